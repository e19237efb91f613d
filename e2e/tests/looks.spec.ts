// Every page, light and dark, on a tablet, on a narrow phone and with large text.
import { registerWithNoLine } from "../deeds.ts";
import { type Device, PHONE, TABLET } from "../device.ts";
import { type Joined, expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, setTextSize } from "../looks.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { Outbox } from "../pages/outbox.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { say } from "../words.ts";

type Look = (name: string) => Promise<void>;

/** Goes through all pages before the lock. Gives whoever has joined. */
async function beforeTheLock(device: Device, link: string, look: Look): Promise<Joined> {
  const enrol = new Enrol(device);
  await device.visit("/");
  await expect(enrol.title).toHaveText(say("enrol_title"));
  await device.page.getByRole("button", { name: say("go_on"), exact: true }).click();
  await expect(enrol.summary).toHaveText(say("enrol_link_fault"));
  await look("nobody has joined");
  await device.visit("/deliver");
  await expect(enrol.title).toHaveText(say("carry_deliver_title"));
  await look("deliver for somebody");
  await device.visit("/nowhere");
  await expect(enrol.title).toHaveText(say("missing_title"));
  await look("an address that leads nowhere");
  await device.visit(link);
  await expect(enrol.title).toHaveText(say("enrol_title"));
  await look("invitation");
  await device.page.getByRole("button", { name: say("enrol_marks_same") }).click();
  await expect(enrol.title).toHaveText(say("passphrase_title"));
  const passphrase = await enrol.offered();
  await enrol.choose("otra cosa");
  await expect(enrol.summary).toBeVisible();
  await look("passphrase");
  await enrol.choose(passphrase);
  await expect(enrol.lockButton).toBeVisible();
  await device.settled();
  return { device, passphrase };
}

/** Goes through all pages behind the lock, with somebody registered and somebody half typed. */
async function behindTheLock({ device, passphrase }: Joined, look: Look): Promise<void> {
  const { page } = device;
  const frame = new Frame(device);
  await frame.go("nav_home");
  await expect(page.getByRole("heading", { name: say("home_search_first") })).toBeVisible();
  await look("home, empty");
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await outbox.expectEmpty();
  await look("outbox, empty");
  await device.offline();
  const group = await registerWithNoLine(device, MARQUEZ);
  await look("saved");
  await outbox.open();
  await expect(outbox.items).toHaveCount(1);
  await outbox.sendNow();
  await expect(outbox.notice).not.toBeEmpty();
  await look("outbox");
  await page.getByRole("button", { name: say("carry_show") }).click();
  await page.getByRole("button", { name: say("carry_stop") }).click();
  await look("outbox, shown to another device");
  const search = new Search(device);
  await search.open();
  await search.look("peña");
  await expect(search.found).not.toHaveCount(0);
  await look("search");
  await search.look("nadie");
  await search.expectNobody();
  await look("search, nobody");
  await search.look(nameOf(MARQUEZ.people[0]));
  await search.openPerson(nameOf(MARQUEZ.people[0]));
  await look("person");
  const register = new Register(device);
  const person = new PersonPage(device);
  await person.correct();
  await expect(register.field("given_names")).toHaveValue(MARQUEZ.people[0].given);
  await look("correction");
  await page.goBack();
  await person.openGroup();
  await new Group(device).expectPeople(MARQUEZ.people);
  expect(new URL(page.url()).pathname).toBe(group);
  await look("family");
  for (const [link, heading] of [
    ["slip_see", "slip_title"],
    ["consents_see", "consents_copy"],
    ["regroup_see", "regroup_title"],
  ] as const) {
    await page.getByRole("link", { name: say(link), exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: say(heading) })).toBeVisible();
    await look(heading);
    await page.goBack();
    await new Group(device).expectPeople(MARQUEZ.people);
  }

  await register.open();
  await register.aimAt("e1");
  await register.field("size").fill("dos");
  await look("registering in an emergency");
  await register.aimAt("e2");
  await register.field("given_names").fill("Marie Rose 2");
  await register.typeDate("dob", ["31", "2", "1990"]);
  await register.addRow("document");
  await register.field("document_type").selectOption("NONE");
  await register.addRow("consent");
  await register.answer("consent_decision", "yes").check();
  await register.answer("consent_form", "signature").check();
  await register.openSection("contact");
  await register.field("phone").fill("llame");
  await look("registering");
  await register.addPerson();
  await look("registering, second person");
  await register.showPlace();
  await register.typeDate("arrival_date", ["1", "13", "2026"]);
  await look("registering, place");
  await register.saveButton.click();
  await expect(register.findings.getByRole("link").first()).toBeVisible();
  await look("registering, problems");
  await register.aimAt("full");
  await register.show("Marie Rose 2");
  await expect(register.section("protection")).toBeVisible();
  await look("registering in full");
  await page.getByRole("button", { name: say("go_on_later") }).click();
  const drafts = page.getByRole("region", { name: say("drafts") });
  await expect(drafts.getByRole("link", { name: "Marie Rose 2" })).toBeVisible();
  await look("home");
  await frame.go("nav_settings");
  await expect(frame.title).toHaveText(say("nav_settings"));
  await look("settings");
  await frame.lock();
  const unlock = new Unlock(device);
  await unlock.try("no es esta frase");
  await expect(unlock.fault).toHaveText(say("passphrase_wrong"));
  await look("unlocking");
  await unlock.open(passphrase);
}

for (const looks of ["light", "dark"] as const) {
  test(`every page can be used by everybody, ${looks}`, async ({ unpack, office }) => {
    test.setTimeout(180_000);
    const device = await unpack({ looks, viewport: TABLET });
    const look: Look = (name) => expectAccessible(device.page, `${name}, ${looks}`);
    await behindTheLock(await beforeTheLock(device, await office.invite(CASEWORKER_IN_METETI), look), look);
  });
}

test("on a narrow phone, and with text twice as large, no page has to be scrolled sideways", async ({ unpack, office }) => {
  test.setTimeout(180_000);
  const device = await unpack({ viewport: PHONE });
  const look: Look = async (name) => {
    await expectNoSidewaysScroll(device.page, `${name}, 360 wide`);
    await device.page.setViewportSize(TABLET);
    await setTextSize(device.page, 200);
    await expectNoSidewaysScroll(device.page, `${name}, text at 200 %`);
    await setTextSize(device.page, 100);
    await device.page.setViewportSize(PHONE);
  };
  await behindTheLock(await beforeTheLock(device, await office.invite(CASEWORKER_IN_METETI), look), look);
});
