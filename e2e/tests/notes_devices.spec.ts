// A device that somebody got after they could read a sealed note: nothing opens on it before a person said yes.
import { registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test as base } from "../fixtures.ts";
import { COUNSELLOR_IN_PANAMA, Office, type Staff } from "../office.ts";
import { picture } from "../looks.ts";
import { Admin } from "../pages/admin.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Notes } from "../pages/notes.ts";
import { Outbox } from "../pages/outbox.ts";
import { Search } from "../pages/search.ts";
import { Authenticator } from "../passkey.ts";
import { type Family, nameOf } from "../people.ts";
import { say } from "../words.ts";

const SUPERVISOR: Staff = { name: "Rubiela Sanjur", code: "PAN-01", role: "supervisor", site: "panama" };
const FAMILY: Family = { people: [{ given: "Zulay", surname1: "Berrocal", sex: "F", born: "1984" }] };
const [MEMBER] = FAMILY.people.map(nameOf) as [string];
const SAID = "Zafarrancho: dice que él la golpea.";

/** An office with a name: browsers make no passkeys for a number. */
const test = base.extend<{ named: Office }>({
  named: async ({}, use) => {
    const office = await Office.open({ named: true });
    await use(office);
    await office.close();
  },
});

/** Sends what waits and takes in what others stated. */
async function round(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  for (let times = 0; times < 2; times += 1) {
    await outbox.open();
    await outbox.sendNow();
    await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
    await new Frame(device).expectUnsent(0);
  }
}

async function openPerson(device: Device): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(MEMBER);
  await search.openPerson(MEMBER);
}

/** The key that a device shows in its settings. */
async function key(device: Device): Promise<string> {
  await new Frame(device).go("nav_settings");
  const setting = device.page.locator(".setting").filter({ hasText: say("device_key_text") });
  return setting.locator(".print-groups").innerText();
}

/** Sets the clock of a device back by so many minutes; its timers run on. */
async function setBack(device: Device, minutes: number): Promise<void> {
  await device.page.evaluate((ms) => {
    Date.now = () => new Date().getTime() - ms;
  }, minutes * 60_000);
}

test("a second device that a supervisor invited opens no note before its reader compared the keys and said yes", async ({ joined, named, unpack }) => {
  test.setTimeout(180_000);
  const counsellor = await joined(COUNSELLOR_IN_PANAMA, {}, named);
  const supervisor = await joined(SUPERVISOR, {}, named);
  await registerWithLine(counsellor.device, FAMILY);
  await openPerson(counsellor.device);
  const notes = new Notes(counsellor.device);
  await notes.begin();
  await notes.typeNote("gbv", SAID);
  // It was written half an hour ago: more than clocks may differ.
  await setBack(counsellor.device, 30);
  await notes.save();
  await setBack(counsellor.device, 0);
  await round(counsellor.device);

  const admin = new Admin(supervisor.device);
  await Authenticator.give(supervisor.device);
  await admin.open();
  await admin.part("admin_people");
  await admin.openRow(COUNSELLOR_IN_PANAMA.name);
  await admin.button("admin_invite_device").click();
  await admin.passkey("first");
  if ((await admin.page.getByRole("heading", { name: say("admin_invite_ready") }).count()) === 0) {
    await admin.button("admin_invite_device").click();
  }
  const second = await unpack({}, named);
  await new Enrol(second).join(await admin.link());
  await second.settled();
  const marks = await key(second);

  // The counsellor's device hears of it, does nothing by itself, and says on the first page that something waits.
  await round(counsellor.device);
  await openPerson(second);
  const theirs = new Notes(second);
  await expect(theirs.section).toContainText(say("note_closed_here"));
  await expect(theirs.section).not.toContainText("Zafarrancho");
  await picture(second.page, "notes-closed");
  await new Frame(counsellor.device).go("nav_home");
  const { page } = counsellor.device;
  await expect(page.getByText(say("notes_wait"))).toBeVisible();
  await picture(counsellor.device.page, "notes-home");
  expect(await page.title()).not.toContain("Zulay");
  await page.getByRole("link", { name: say("notes_wait_go"), exact: true }).click();
  await notes.section.getByRole("button", { name: say("note_device_give"), exact: true }).click();
  await expect(notes.section).toContainText(say("note_device_ask_own"));
  await expect(notes.section.locator(".print-groups")).toHaveText(marks.replace(/\s+/g, ""));
  await picture(counsellor.device.page, "notes-ask");
  await notes.section.getByRole("button", { name: say("note_device_yes"), exact: true }).click();
  await expect(notes.section.getByText(say("note_waiting"))).toHaveCount(0);
  await round(counsellor.device);

  await round(second);
  await openPerson(second);
  await expect(await theirs.read()).toHaveText(SAID);
  await new Frame(counsellor.device).go("nav_home");
  await expect(page.getByText(say("notes_wait"))).toHaveCount(0);
});
