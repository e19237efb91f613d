// What a member told in confidence: sealed notes, and members of whom only those know who are named.
import { collect, registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test, type Joined } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, COUNSELLOR_IN_PANAMA, type Staff } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Notes, Sealing } from "../pages/notes.ts";
import { Outbox } from "../pages/outbox.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { Search } from "../pages/search.ts";
import { Slip } from "../pages/slip.ts";
import { Unlock } from "../pages/unlock.ts";
import { type Family, nameOf } from "../people.ts";
import { pattern, say } from "../words.ts";

const COLLEAGUE: Staff = { name: "Yamileth Ortega", code: "DAV-02", role: "counsellor", site: "david" };
const SUPERVISOR: Staff = { name: "Rubiela Sanjur", code: "PAN-01", role: "supervisor", site: "panama" };

const FAMILY: Family = {
  people: [
    { given: "Ramón", surname1: "Villarreal", sex: "M", born: "1979" },
    { given: "Zulay", surname1: "Berrocal", sex: "F", born: "1984", relationship: "WIF" },
    { given: "Nayeli", surname1: "Villarreal", surname2: "Berrocal", sex: "F", born: "2009", relationship: "DAU" },
  ],
};
const [HEAD, MEMBER, DAUGHTER] = FAMILY.people.map(nameOf) as [string, string, string];
const SAID = "Zafarrancho: dice que él la golpea.\nNo quiere que él lo sepa.";
const MARK = "Zafarrancho";

async function sendNow(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
}

/** Sends what waits and takes in what others stated, until nothing is left to send. */
async function round(device: Device): Promise<void> {
  await sendNow(device);
  await new Frame(device).expectUnsent(0);
  await sendNow(device);
}

async function openPerson(device: Device, name: string): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(name);
  await search.openPerson(name);
}

/** Everything that a page says. */
async function said(device: Device): Promise<string> {
  await expect(device.page.getByRole("heading", { level: 1 })).toBeVisible();
  await device.page.waitForTimeout(300);
  return device.page.getByRole("main").innerText();
}

test("what a counsellor seals about a member the caseworker of the head never sees, and a colleague who was let in reads it with no line", async ({ joined }) => {
  test.setTimeout(240_000);
  const caseworker = await joined(CASEWORKER_IN_METETI);
  const counsellor = await joined(COUNSELLOR_IN_PANAMA);
  const supervisor = await joined(SUPERVISOR);
  const colleague = await joined(COLLEAGUE);
  await registerWithLine(caseworker.device, FAMILY);
  await openPerson(caseworker.device, MEMBER);
  const before = await look(caseworker);

  // The counsellor begins a note; the device locks in the middle of a word, and nothing of it is lost.
  await collect(counsellor, 3);
  await openPerson(counsellor.device, MEMBER);
  const notes = new Notes(counsellor.device);
  await notes.begin();
  await notes.typeNote("gbv", SAID.slice(0, 17));
  await notes.lock();
  await new Unlock(counsellor.device).open(counsellor.passphrase);
  await expect(notes.text).toHaveValue(SAID.slice(0, 17));
  await notes.text.fill(SAID);
  await notes.save();
  await expect(await notes.read()).toHaveText(SAID);
  await round(counsellor.device);

  // The head's caseworker: everything is as it was before, letter by letter.
  await round(caseworker.device);
  await openPerson(caseworker.device, MEMBER);
  expect(await look(caseworker)).toEqual(before);
  const search = new Search(caseworker.device);
  await search.open();
  await search.look(MARK);
  await search.expectNobody();

  // A supervisor learns that there is one, not what it says, and lets a colleague in.
  await collect(supervisor, 3);
  await openPerson(supervisor.device, MEMBER);
  const stub = new Notes(supervisor.device);
  await expect(stub.all).toHaveText(new RegExp(`^${say("note_stub", { who: COUNSELLOR_IN_PANAMA.name })}`));
  await expect(stub.section).not.toContainText("Violencia");
  await stub.letIn(COLLEAGUE.name);
  await round(supervisor.device);

  // The counsellor's device hears of it and sees to it by itself.
  await round(counsellor.device);
  await new Frame(counsellor.device).expectUnsent(0);
  await round(colleague.device);
  await colleague.device.offline();
  await openPerson(colleague.device, MEMBER);
  const theirs = new Notes(colleague.device);
  await expect(await theirs.read()).toHaveText(SAID);

  // Taken off again, it is gone from the colleague's device at the next round.
  await openPerson(supervisor.device, MEMBER);
  await stub.takeOff(COLLEAGUE.name);
  await round(supervisor.device);
  await colleague.device.online();
  await round(colleague.device);
  await openPerson(colleague.device, MEMBER);
  await expect(theirs.section).toBeVisible();
  await expect(theirs.all).toHaveCount(0);
  await openPerson(caseworker.device, MEMBER);
  expect(await look(caseworker)).toEqual(before);
});

/** What the person's page says, and the family's, and every paper of it; from the person's page. */
async function look({ device }: Joined): Promise<string[]> {
  const found = [await said(device)];
  await new PersonPage(device).openGroup();
  const group = new Group(device);
  await expect(group.people.first()).toBeVisible();
  found.push(await said(device));
  for (const link of ["slip_see", "consents_see", "regroup_see"]) {
    await device.page.getByRole("link", { name: say(link), exact: true }).click();
    found.push(await said(device));
    await device.page.goBack();
    await expect(group.people.first()).toBeVisible();
  }
  return found;
}

test("of a sealed member nothing is left on the device of the head's caseworker after the next round", async ({ joined }) => {
  test.setTimeout(180_000);
  const caseworker = await joined(CASEWORKER_IN_METETI);
  const counsellor = await joined(COUNSELLOR_IN_PANAMA);
  await registerWithLine(caseworker.device, FAMILY);
  await openPerson(caseworker.device, DAUGHTER);
  const address = new URL(caseworker.device.page.url()).pathname;
  const before = await look(caseworker);
  expect(before.join("\n")).toContain(DAUGHTER);

  await collect(counsellor, 3);
  await openPerson(counsellor.device, HEAD);
  const sealing = new Sealing(counsellor.device);
  // Who speaks for the group is not sealed: everybody asks for them.
  await sealing.seal();
  await expect(counsellor.device.page.getByText(say("seal_fault_focal"))).toBeVisible();
  await openPerson(counsellor.device, DAUGHTER);
  await sealing.seal();
  await expect(sealing.banner(say("oneself"))).toBeVisible();
  await round(counsellor.device);

  // The page that shows her follows, and afterwards she is nowhere.
  await openPerson(caseworker.device, DAUGHTER);
  await caseworker.device.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(new Frame(caseworker.device).title).toHaveText(say("not_here_title"));
  expect(new URL(caseworker.device.page.url()).pathname).toBe(address);
  await round(caseworker.device);
  await openPerson(caseworker.device, HEAD);
  const after = (await look(caseworker)).join("\n");
  expect(after).not.toContain("Nayeli");
  expect(after).not.toContain("3 personas");
  expect(after).not.toContain(say("another_record"));
  expect(after).not.toMatch(pattern("people_counted"));
  const search = new Search(caseworker.device);
  await search.open();
  await search.look("Nayeli");
  await search.expectNobody();
  await search.go("nav_home");
  await expect(caseworker.device.page.getByText("2 personas")).toBeVisible();

  // Whoever knows of her sees her, and no paper of the family names or counts her.
  await openPerson(counsellor.device, DAUGHTER);
  await new PersonPage(counsellor.device).openGroup();
  await expect(new Group(counsellor.device).people).toHaveCount(3);
  await new Slip(counsellor.device).open();
  await counsellor.device.page.getByRole("checkbox", { name: say("slip_with_names") }).check();
  const paper = (await new Slip(counsellor.device).print()).map((page) => JSON.stringify(page)).join("\n");
  expect(paper).toContain("Zulay");
  expect(paper).not.toContain("Nayeli");

  // Unsealed, she is there again.
  await openPerson(counsellor.device, DAUGHTER);
  await sealing.unseal();
  await expect(sealing.banner(say("oneself"))).toHaveCount(0);
  await round(counsellor.device);
  await round(caseworker.device);
  await openPerson(caseworker.device, DAUGHTER);
});
