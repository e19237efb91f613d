// Pre-registrations at the office: read from a family's phone with no line, taken by two at once, checked and registered
// as one family, whichever way it comes.
import { readFileSync, writeFileSync } from "node:fs";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { Phone } from "../intake.ts";
import { expectAccessible, expectContrast, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, type Staff } from "../office.ts";
import { Applications } from "../pages/applications.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { code, table } from "../catalogue.ts";
import { type Language, expectSpoken, follow } from "../views.ts";
import { count, say } from "../words.ts";

const COLLEAGUE: Staff = { name: "Nereida Cunampia", code: "MET-08", site: "meteti" };
const ROSA = { given: "Rosa", surname1: "Quintero", sex: "F", born: "1991-05-04" } as const;
const ANA = { given: "Ana", surname1: "Quintero", sex: "F", born: "2026-09", relationship: "DAU" } as const;
const SITE = table("sites").find((row) => row.code === "david")?.name_es ?? "";
const NAME = "Rosa Quintero";

/** Hands in and collects until nothing is left. */
async function round(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  for (const _ of [1, 2]) {
    await outbox.sendNow();
    await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
  }
  await new Frame(device).expectUnsent(0);
}

/** Hears the office's intake keys: the notice that is asked for after them has come. */
async function hearKeys(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  const heard = device.page.waitForResponse((response) => response.url().endsWith("/api/door"));
  await outbox.sendNow();
  await heard;
}

/** On a tablet both ways and on a phone, in both themes, with a broad finger. */
async function look(device: Device, name: string): Promise<void> {
  const { page } = device;
  for (const [size, width, height] of [["tablet", 1280, 800], ["upright", 800, 1280], ["phone", 360, 740]] as const) {
    await page.setViewportSize({ width, height });
    await expectNoSidewaysScroll(page, `${name}, ${size}`);
    await expectNothingClipped(page, `${name}, ${size}`);
    await expectRoomForFingers(page, `${name}, ${size}`);
    await picture(page, `applications-${name}-${size}`);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await expectContrast(page, `${name}, dark`);
  await picture(page, `applications-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1024, height: 768 });
  await expectAccessible(page, name);
}

/** The same pages written from right to left. */
async function lookInArabic(device: Device, paths: string[]): Promise<void> {
  const { page } = device;
  const choose = async (language: Language) => {
    await follow(device, "/settings");
    await page.locator(`input[name="language"][value="${language}"]`).check();
    await expectSpoken(device, language);
  };
  await choose("ar");
  for (const [at, path] of paths.entries()) {
    await follow(device, path);
    await expectAccessible(page, `${path}, Arabic`);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectNoSidewaysScroll(page, `${path}, Arabic`);
    await expectNothingClipped(page, `${path}, Arabic`);
    await picture(page, `applications-ar-${at}`);
    await page.setViewportSize({ width: 1024, height: 768 });
  }
  await choose("es");
}

test("two tablets with no line read one family's code and take it: both names are shown, one registers, and it is one family", async ({
  joined,
  office,
}) => {
  test.setTimeout(300_000);
  await office.invite({ name: "Edilma Serracín", code: "DAV-01", site: "david" });
  const first = await joined(CASEWORKER_IN_METETI);
  const second = await joined(COLLEAGUE);
  const [here, there] = [new Applications(first.device), new Applications(second.device)];
  for (const { device } of [first, second]) await hearKeys(device);
  const family = new Phone([{ ...ROSA }, { ...ANA }], { privateTalk: true });
  const slip = await family.slip(office, "meteti");
  const [own, elsewhere] = [readFileSync(slip), await new Phone([{ ...ROSA }]).slip(office, "david")];
  for (const { device } of [first, second]) await device.offline();

  // What is no slip of this office says so, each in its own words; nothing is kept of it.
  await here.open();
  await look(first.device, "empty");
  await here.takeFile(elsewhere);
  const { page } = first.device;
  const said = page.getByRole("main").getByRole("alert");
  await expect(said).toContainText(say("applications_slip_of", { site: SITE }));
  for (const [sentence, bytes] of [
    ["applications_slip_torn", own.subarray(0, own.length - 3)],
    ["applications_slip_newer", Buffer.concat([Buffer.from([7]), own.subarray(1)])],
  ] as const) {
    const file = slip.replace("preinscripcion", sentence);
    writeFileSync(file, bytes);
    await here.choose(file);
    await expect(said).toContainText(say(sentence));
  }
  await look(first.device, "scan");

  // The same code before both tablets.
  await here.choose(slip);
  await there.open();
  await there.takeFile(slip);
  for (const one of [here, there]) {
    await expect(one.title).toHaveText(NAME);
    await one.take();
  }
  await expect(page.getByText(say("applications_taken_by_me"))).toBeVisible();
  await expect(page.getByText(say("applications_private_talk"))).toBeVisible();
  await expect(page.getByRole("main")).toContainText(code("application_mark", "newborn"));
  await here.open();
  await expect(here.row(NAME)).toHaveCount(1);
  await look(first.device, "list");

  // Over the line it is one, and both names stand there.
  for (const { device } of [first, second, first]) {
    await device.online();
    await round(device);
  }
  await here.open();
  await expect(here.row(NAME)).toHaveCount(1);
  await here.openOne(NAME);
  await expect(page.getByRole("main")).toContainText(CASEWORKER_IN_METETI.name);
  await expect(page.getByRole("main")).toContainText(COLLEAGUE.name);
  await look(first.device, "one");
  await lookInArabic(first.device, ["/applications", "/applications/scan", family.address]);

  // Found by the search before anybody is registered twice.
  const search = new Search(first.device);
  await search.open();
  await search.look("quintero ros");
  await expect(page.getByRole("link", { name: NAME })).toBeVisible();

  // Checked and registered, with no line: what is put right shows what was said.
  await first.device.offline();
  await here.see(family.address);
  await here.register();
  const register = new Register(first.device);
  await expect(register.field("given_names")).toHaveValue("Rosa");
  await register.field("surname1").fill("Quinteros");
  await expect(page.getByText(say("applications_said_was", { value: "Quintero" }))).toBeVisible();
  await look(first.device, "form");
  const group = await register.saveAsIs();
  await here.see(family.address);
  await expect(page.getByText(say("applications_registered"))).toBeVisible();
  await first.device.online();
  await round(first.device);

  // The other tablet reads the family's code once more: it is told who registered it, and there is one family of two.
  await round(second.device);
  await there.open();
  await expect(there.row(NAME)).toHaveCount(0);
  await there.takeFile(slip);
  await expect(second.device.page.getByText(say("applications_registered"))).toBeVisible();
  await second.device.page.getByRole("link", { name: say("applications_see_family") }).click();
  await expect(second.device.page).toHaveURL((url) => url.pathname === group);
  await new Frame(second.device).go("nav_home");
  await expect(second.device.page.getByText(count("home_here", 2))).toBeVisible();
});

test("a family that came without a pre-registration stands in the list, is registered under its reference, and another is closed with a reason", async ({
  joined,
}) => {
  test.setTimeout(180_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  const { page } = device;
  const list = new Applications(device);
  await device.offline();
  const references: string[] = [];
  for (const people of [3, 1]) {
    await list.open();
    await page.getByRole("button", { name: say("applications_walk_in"), exact: true }).click();
    await page.locator("#walk-in-people").fill(String(people));
    await page.getByRole("button", { name: say("applications_walk_in_note"), exact: true }).click();
    await expect(list.title).toHaveText(say("applications_walk_in_name"));
    references.push((await page.locator("main .code").first().textContent()) ?? "");
  }
  // By the reference, of this device's own; and what is none says so.
  await list.open();
  await expect(list.rows).toHaveCount(2);
  await page.getByRole("link", { name: say("applications_scan") }).click();
  const input = page.locator("#application-reference");
  await input.fill("QQQQ-QQQQ");
  await input.press("Enter");
  await expect(page.getByText(say("applications_ref_fault"))).toBeVisible();
  await input.fill((references[0] ?? "").toLowerCase());
  await expect(page).toHaveURL(/\/applications\/[0-9a-f-]+$/);
  await list.register();
  const register = new Register(device);
  await register.field("given_names").fill("Marisol");
  await register.field("surname1").fill("Ábrego");
  await register.saveAsIs();
  await expect(page.getByRole("main")).toContainText((references[0] ?? "").slice(0, 4));

  await list.open();
  await expect(list.rows).toHaveCount(1);
  await list.openOne(say("applications_walk_in_name"));
  const close = page.getByRole("button", { name: say("applications_close"), exact: true });
  await close.first().click();
  await close.last().click();
  await expect(page.getByText(say("applications_close_fault"))).toBeVisible();
  await page.locator("#application-why").selectOption("not_reached");
  await close.last().click();
  await expect(page.getByRole("main")).toContainText(code("application_close", "not_reached"));
  await device.online();
  await round(device);
});
