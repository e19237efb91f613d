// Drafts whose record went from the device, and a locked page beside one that is open.
import { collect, registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll } from "../looks.ts";
import { CASEWORKER_IN_METETI, COUNSELLOR_IN_PANAMA, Office, type Staff } from "../office.ts";
import { Admin } from "../pages/admin.ts";
import { Frame } from "../pages/frame.ts";
import { Notes, Sealing } from "../pages/notes.ts";
import { Outbox } from "../pages/outbox.ts";
import { Passkeys } from "../pages/passkeys.ts";
import { PersonPage } from "../pages/records.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Authenticator } from "../passkey.ts";
import { type Family, nameOf } from "../people.ts";
import { count, say } from "../words.ts";

const COLLEAGUE: Staff = { name: "Yamileth Ortega", code: "DAV-02", role: "counsellor", site: "david" };
const ADMINISTRATOR: Staff = { name: "Aracelis Him", code: "ADM-01", role: "administrator", site: "panama" };
const FAMILY: Family = {
  people: [
    { given: "Ramón", surname1: "Villarreal", sex: "M", born: "1979" },
    { given: "Zulay", surname1: "Berrocal", sex: "F", born: "1984", relationship: "WIF" },
  ],
};
const MEMBER = nameOf(FAMILY.people[1]!);
const SAID = "Zafarrancho: dice que él la golpea.\nNo quiere que él lo sepa.";

async function round(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
}

async function openPerson(device: Device, name: string): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(name);
  await search.openPerson(name);
}

test("what was typed about a person who is sealed meanwhile is read, copied and discarded", async ({ joined }) => {
  test.setTimeout(240_000);
  const caseworker = await joined(CASEWORKER_IN_METETI);
  const writer = await joined(COLLEAGUE);
  const sealer = await joined(COUNSELLOR_IN_PANAMA);
  await registerWithLine(caseworker.device, FAMILY);
  await collect(writer, 2);
  await openPerson(writer.device, MEMBER);
  const notes = new Notes(writer.device);
  await notes.begin();
  await notes.typeNote("gbv", SAID);
  await expect(writer.device.page.getByText(/^Guardado en este aparato/).first()).toBeVisible();

  await collect(sealer, 2);
  await openPerson(sealer.device, MEMBER);
  await new Sealing(sealer.device).seal();
  await round(sealer.device);
  await new Frame(sealer.device).expectUnsent(0);

  const { page } = writer.device;
  const frame = new Frame(writer.device);
  await round(writer.device);
  await round(writer.device);
  await openPerson(writer.device, nameOf(FAMILY.people[0]!));
  await expect(page.getByText(MEMBER)).toHaveCount(0);
  await frame.go("nav_home");
  const draft = page.getByRole("region", { name: say("drafts"), exact: true }).getByRole("link", { name: MEMBER });
  await draft.click();
  await expect(frame.title).toHaveText(say("left_title"));
  await expect(page.getByText(say("left_gone"))).toBeVisible();
  await expect(page.getByRole("definition").filter({ hasText: "Zafarrancho" })).toHaveText(SAID);
  await expectAccessible(page, "a draft without its record");
  await expectNoSidewaysScroll(page, "a draft without its record");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: say("admin_copy"), exact: true }).click();
  await expect(page.getByText(say("admin_copied"), { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(SAID);

  await page.getByRole("button", { name: say("left_discard"), exact: true }).click();
  await page.getByRole("button", { name: say("draft_discard_yes"), exact: true }).click();
  await expect(page.getByText(say("drafts_none"))).toBeVisible();
  await expect(draft).toHaveCount(0);
});

test("corrections of a family stay to be read when whoever typed them no longer sees it", async ({ joined }) => {
  test.setTimeout(240_000);
  const office = await Office.open({ named: true });
  try {
    const { device } = await joined(CASEWORKER_IN_METETI, {}, office);
    const boss = await joined(ADMINISTRATOR, {}, office);
    await Authenticator.give(boss.device);
    await registerWithLine(device, FAMILY);
    await openPerson(device, nameOf(FAMILY.people[0]!));
    await new PersonPage(device).correct();
    const register = new Register(device);
    await register.field("surname2").fill("Sanmartín");
    await expect(register.said).toContainText(/^Guardado en este aparato/);

    const admin = new Admin(boss.device);
    await admin.open();
    await admin.part("admin_people");
    await admin.openRow(CASEWORKER_IN_METETI.name);
    await admin.role.selectOption("auditor");
    await admin.button("admin_save").click();
    await admin.passkey("first");
    await expect(boss.device.page.getByText(say("admin_done"), { exact: true })).toBeVisible();

    const { page } = device;
    const frame = new Frame(device);
    await round(device);
    await round(device);
    await frame.go("nav_home");
    await expect(page.getByText(count("home_here", 0))).toBeVisible();
    await page.getByRole("region", { name: say("drafts"), exact: true }).getByRole("listitem").getByRole("link").click();
    await expect(frame.title).toHaveText(say("left_title"));
    await expect(new PersonPage(device).fact("surname2")).toHaveText("Sanmartín");
    await page.getByRole("button", { name: say("left_discard"), exact: true }).click();
    await page.getByRole("button", { name: say("draft_discard_yes"), exact: true }).click();
    await expect(page.getByText(say("drafts_none"))).toBeVisible();
  } finally {
    await office.close();
  }
});

test("a passkey that is made in one page leaves what is typed on a locked one, and is offered there", async ({ joined }) => {
  const office = await Office.open({ named: true });
  try {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, office);
    await Authenticator.give(device);
    const passkeys = new Passkeys(device);
    await passkeys.openSettings();
    const other = await device.context.newPage();
    await other.goto(device.page.url());
    const typed = other.getByLabel(say("passphrase"), { exact: true });
    await typed.fill("estas no son");
    await device.page.bringToFront();
    await passkeys.makeForVault(passphrase);
    await expect(passkeys.vaultSetting.getByText(say("passkey_unlock_on"))).toBeVisible();
    await expect(other.getByRole("button", { name: say("unlock_with_passkey") })).toBeVisible();
    await expect(typed).toHaveValue("estas no son");
    expect(other.url()).toBe(device.page.url());
    await typed.fill(passphrase);
    await other.getByRole("button", { name: say("unlock_open"), exact: true }).click();
    await expect(other.getByRole("button", { name: `${say("lock")} ${say("lock_device")}` })).toBeVisible();
  } finally {
    await office.close();
  }
});
