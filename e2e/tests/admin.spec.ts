// Administration: inviting a person, seeing what waits on a device, revoking one with unsent work, places.
import { registerWithNoLine } from "../deeds.ts";
import { PHONE, TABLET } from "../device.ts";
import { expect, test as base } from "../fixtures.ts";
import { answerWith } from "../line.ts";
import { expectAccessible, expectNoSidewaysScroll, expectRoomForFingers, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office, type Staff } from "../office.ts";
import { Admin } from "../pages/admin.ts";
import { Enrol } from "../pages/enrol.ts";
import { Outbox } from "../pages/outbox.ts";
import { Authenticator } from "../passkey.ts";
import { MARQUEZ } from "../people.ts";
import { follow, lockedIn, unlock } from "../views.ts";
import { count, pattern, say } from "../words.ts";

const ADMINISTRATOR: Staff = { name: "Aracelis Him", code: "ADM-01", role: "administrator", site: "panama" };
const SUPERVISOR: Staff = { name: "Eusebia Chami", code: "MET-01", role: "supervisor", site: "meteti" };
const NEWCOMER: Staff = { name: "Yariela Degaiza", code: "MET-22", role: "counsellor", site: "meteti" };

/** An office with a name: browsers make no passkeys for a number. */
const test = base.extend<{ named: Office }>({
  named: async ({}, use) => {
    const office = await Office.open({ named: true });
    await use(office);
    await office.close();
  },
});

test("an administrator invites a person, whose device joins by that link, and what is wrong is said beside its input", async ({ joined, named, unpack }) => {
  const { device } = await joined(ADMINISTRATOR, {}, named);
  await Authenticator.give(device);
  const admin = new Admin(device);
  await admin.open();
  await expect(admin.page.getByText(say("admin_nothing"))).toBeVisible();
  await admin.beginInvitation();
  await admin.button("admin_invite_make").click();
  await admin.passkey("first");
  const summary = admin.page.getByRole("alert").filter({ has: admin.page.getByRole("heading") });
  await expect(summary).toBeFocused();
  await expect(summary.getByRole("link")).toHaveCount(3);
  await summary.getByRole("link").first().click();
  await expect(admin.name).toBeFocused();
  await admin.describe(NEWCOMER);
  await admin.button("admin_invite_make").click();
  const link = await admin.link();
  await expect(admin.page.getByRole("img", { name: say("admin_qr") })).toBeVisible();
  await picture(device.page, "admin-invitation");

  // It waits, by name, and can be counted from the first page.
  await admin.part("admin_overview");
  await expect(admin.page.getByText(count("admin_invitations_open", 1))).toBeVisible();
  await admin.part("admin_people");
  await expect(admin.item(NEWCOMER.name)).toBeVisible();
  await expect(admin.page).not.toHaveURL(/Yariela|MET-22/);
  expect(await admin.page.title()).not.toContain("Yariela");

  const theirs = await unpack({}, named);
  await new Enrol(theirs).join(link);
  await admin.part("admin_overview");
  await admin.part("admin_people");
  await expect(admin.item(NEWCOMER.name)).toHaveCount(0);
  await expect(admin.row(NEWCOMER.name)).toContainText(say("role_counsellor"));
  const again = await unpack({}, named);
  await new Enrol(again).open(link);
  await new Enrol(again).choose(await new Enrol(again).offered());
  await expect(new Enrol(again).summary).toContainText(say("invitation_used"));

  // Changed to another place, by the same form; one's own account is for reading alone.
  await admin.openRow(NEWCOMER.name);
  await admin.site.selectOption("panama");
  await admin.role.selectOption("caseworker");
  await admin.button("admin_save").click();
  await expect(admin.page.getByText(say("admin_done"), { exact: true })).toBeVisible();
  await admin.part("admin_people");
  await expect(admin.row(NEWCOMER.name)).toContainText(say("role_caseworker"));
  await admin.openRow(ADMINISTRATOR.name);
  await expect(admin.page.getByText(say("admin_own"))).toBeVisible();
  await expect(admin.button("admin_save")).toHaveCount(0);
});

test("an invitation that was withdrawn joins nobody, and somebody who was disabled collects nothing", async ({ joined, named, unpack }) => {
  const { device } = await joined(ADMINISTRATOR, {}, named);
  await Authenticator.give(device);
  const link = await named.invite(CASEWORKER_IN_METETI);
  const admin = new Admin(device);
  await admin.open();
  await admin.part("admin_people");
  await admin.item(CASEWORKER_IN_METETI.name).getByRole("button").click();
  await admin.passkey("first");
  await expect(admin.page.getByText(say("admin_withdrawn"))).toBeVisible();
  const theirs = await unpack({}, named);
  await new Enrol(theirs).open(link);
  await new Enrol(theirs).choose(await new Enrol(theirs).offered());
  await expect(new Enrol(theirs).summary).toContainText(say("invitation_expired"));
  await admin.openRow(CASEWORKER_IN_METETI.name);
  await admin.button("admin_disable").click();
  await expect(admin.page.getByRole("dialog").getByText(say("admin_disable_kept"))).toBeVisible();
  await picture(device.page, "admin-confirm");
  await admin.confirm("admin_disable");
  await expect(admin.page.getByText(say("admin_person_disabled"))).toBeVisible();
  await expect(admin.button("admin_enable")).toBeVisible();
});

test("a supervisor sees a device's unsent count and age, and nobody of another site", async ({ joined, named }) => {
  const theirs = await joined(CASEWORKER_IN_METETI, {}, named);
  await joined(CASEWORKER_IN_PANAMA, {}, named);
  const { device, passphrase } = await joined(SUPERVISOR, {}, named);
  await theirs.device.offline();
  await registerWithNoLine(theirs.device, MARQUEZ);
  // The office takes nothing in, and answers all else: as with a full disk.
  const unable = Buffer.concat([Buffer.from([0x60 + "Unavailable".length]), Buffer.from("Unavailable")]);
  theirs.device.line.spoil("/api/deliver", answerWith(503, unable.toString("latin1"), "application/cbor"));
  await theirs.device.online();
  const outbox = new Outbox(theirs.device);
  await outbox.open();
  const told = theirs.device.line.answered("/api/standing");
  await expect(async () => {
    await outbox.sendNow();
    expect(theirs.device.line.answered("/api/standing")).toBeGreaterThan(told);
  }).toPass({ timeout: 60_000 });

  const admin = new Admin(device);
  await admin.open();
  await admin.part("admin_devices");
  const row = admin.row(CASEWORKER_IN_METETI.name);
  await expect(row).toContainText(count("admin_unsent_count", 1));
  await expect(row).toContainText(pattern("admin_oldest"));
  await expect(admin.row(CASEWORKER_IN_PANAMA.name)).toHaveCount(0);
  await admin.part("admin_people");
  await expect(admin.row(CASEWORKER_IN_METETI.name)).toBeVisible();
  await expect(admin.row(CASEWORKER_IN_PANAMA.name)).toHaveCount(0);
  await expect(admin.page.getByRole("link", { name: say("admin_places"), exact: true })).toHaveCount(0);

  // Without a line what was seen stays, with its time, and nothing can be changed.
  await device.offline();
  await admin.part("admin_devices");
  await expect(admin.page.getByRole("status").filter({ hasText: pattern("admin_offline") })).toBeVisible();
  await expect(row).toContainText(count("admin_unsent_count", 1));
  await admin.openRow(CASEWORKER_IN_METETI.name);
  await admin.button("admin_revoke").click();
  await admin.confirm("admin_revoke");
  await expect(admin.page.getByRole("alert").filter({ hasText: say("admin_no_line") })).toBeVisible();

  // Locked, the names are gone from memory: opened again without a line, the page shows nobody.
  await device.page.getByRole("dialog").waitFor({ state: "hidden" });
  await admin.lock();
  await unlock(device, passphrase);
  await expect(admin.page.getByRole("status").filter({ hasText: say("admin_no_line") })).toBeVisible();
  await expect(admin.page.getByText(CASEWORKER_IN_METETI.name)).toHaveCount(0);

  // Who looks after nobody has no way in, and the address alone shows nothing.
  await theirs.device.line.mend();
  await outbox.go("nav_home");
  await expect(theirs.device.page.getByRole("link", { name: say("admin_open") })).toHaveCount(0);
  await follow(theirs.device, "/admin/people");
  await expect(theirs.device.page.getByRole("status").filter({ hasText: say("admin_refused") })).toBeVisible();
});

test("a revoked device with unsent work hands it in into quarantine, its vault no longer opens, and the work is taken over", async ({ joined, named }) => {
  const theirs = await joined(CASEWORKER_IN_METETI, {}, named);
  const { device } = await joined(SUPERVISOR, {}, named);
  await Authenticator.give(device);
  await theirs.device.offline();
  await registerWithNoLine(theirs.device, MARQUEZ);
  const admin = new Admin(device);
  await admin.open();
  await admin.part("admin_devices");
  await admin.openRow(CASEWORKER_IN_METETI.name);
  await admin.button("admin_revoke").click();
  for (const sentence of ["admin_revoke_lost", "admin_revoke_kept", "admin_revoke_others"]) {
    await expect(admin.page.getByRole("dialog").getByText(say(sentence))).toBeVisible();
  }
  await picture(device.page, "admin-revoke");
  await admin.confirm("admin_revoke", "first");
  await expect(admin.page.getByText(say("admin_device_revoked"), { exact: true })).toBeVisible();

  await theirs.device.online();
  await expect(theirs.device.page.getByText(pattern("withdrawn_text"))).toBeVisible({ timeout: 60_000 });
  await expect(theirs.device.page.getByText(CASEWORKER_IN_METETI.code)).toHaveCount(0);
  await expect(theirs.device.page.getByText(say("withdrawn_sent"))).toBeVisible({ timeout: 60_000 });

  await admin.part("admin_overview");
  await expect(admin.item(CASEWORKER_IN_METETI.name)).toContainText(count("admin_apart", 1));
  await picture(device.page, "admin-overview");
  await admin.item(CASEWORKER_IN_METETI.name).getByRole("link").click();
  await expect(admin.page.getByText(say("admin_kept_device_revoked"))).toBeVisible();
  await admin.button("admin_take_over").click();
  await admin.confirm("admin_take_over");
  await expect(admin.page.getByText(count("admin_done_entered", 1))).toBeVisible();
  await expect(admin.page.getByText(say("admin_device_revoked"), { exact: true })).toBeVisible();
  await expect(admin.page.getByText(say("admin_kept_device_revoked"))).toBeHidden();
});

test("an administrator adds a site and a team, and pages of administration can be used by everybody", async ({ joined, named }) => {
  test.setTimeout(180_000);
  const theirs = await joined(CASEWORKER_IN_METETI, {}, named);
  const { device, passphrase } = await joined(ADMINISTRATOR, {}, named);
  await Authenticator.give(device);
  const admin = new Admin(device);
  const { page } = admin;
  await admin.open();
  await admin.part("admin_places");
  const add = page.getByRole("button", { name: `${say("admin_add")} ${say("admin_sites")}` });
  await add.click();
  await page.locator("#place-code").fill("lajas blancas");
  await admin.button("admin_save").click();
  await admin.passkey("first");
  await expect(page.getByRole("alert").getByRole("link")).toHaveCount(1);
  await page.locator("#place-code").fill("lajas");
  await page.locator("#place-name-es").fill("Lajas Blancas");
  await admin.button("admin_save").click();
  await expect(page.getByText(say("admin_place_saved"))).toBeVisible();
  await expect(admin.item("Lajas Blancas")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: `${say("admin_add")} ${say("admin_teams")}` }).click();
  await page.locator("#place-code").fill("lajas-1");
  await page.locator("#place-name-es").fill("Equipo del río");
  await page.locator("#place-site").selectOption("lajas");
  await admin.button("admin_save").click();
  await expect(admin.item("Equipo del río")).toBeVisible({ timeout: 30_000 });
  await theirs.device.closePage();

  const looks = async (name: string) => {
    await expectAccessible(page, name);
    await expectNoSidewaysScroll(page, name);
    await picture(page, `admin-${name.replaceAll(/[ ,/]+/g, "-")}`);
  };
  for (const language of ["es", "ar"] as const) {
    await lockedIn(device, language);
    await unlock(device, passphrase);
    for (const [screen, viewport] of [["tablet", TABLET], ["phone", PHONE]] as const) {
      await page.setViewportSize(viewport);
      for (const colorScheme of language === "ar" ? (["light"] as const) : (["light", "dark"] as const)) {
        await page.emulateMedia({ colorScheme });
        for (const part of ["", "/people", "/devices", "/places", "/people/new"]) {
          await follow(device, `/admin${part}`);
          await expect(page.locator("main .note").first()).toBeVisible();
          await looks(`${part || "overview"}, ${screen}, ${colorScheme}, ${language}`);
          if (screen === "phone") await expectRoomForFingers(page, `${part}, phone`);
        }
        await follow(device, "/admin/people");
        await page.getByRole("rowheader").filter({ hasText: CASEWORKER_IN_METETI.name }).getByRole("link").click();
        await looks(`person, ${screen}, ${colorScheme}, ${language}`);
        await page.getByRole("rowheader").getByRole("link").first().click();
        await looks(`device, ${screen}, ${colorScheme}, ${language}`);
      }
    }
    await page.setViewportSize(TABLET);
  }
});
