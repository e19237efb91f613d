// Two people correct the same thing without seeing each other: nothing is silently lost, and a person decides.
import { label } from "../catalogue.ts";
import { collect, findFamily, registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { type Joined, expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA } from "../office.ts";
import { expectAccessible, expectNoSidewaysScroll } from "../looks.ts";
import { Conflicts } from "../pages/conflicts.ts";
import { Frame } from "../pages/frame.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { say } from "../words.ts";

const NAME = nameOf(MARQUEZ.people[0]);

/** Finds the focal point and corrects what a field says. */
async function correct(device: Device, key: string, text: string): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(NAME);
  await search.openPerson(NAME);
  await new PersonPage(device).correct();
  const register = new Register(device);
  await register.field(key).fill(text);
  await register.saveButton.click();
  await register.changed();
}

/** Finds the focal point and corrects their phone. */
async function correctPhone(device: Device, phone: string): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(NAME);
  await search.openPerson(NAME);
  const person = new PersonPage(device);
  await person.correct();
  const register = new Register(device);
  await register.field("phone").fill(phone);
  await register.saveButton.click();
  await register.changed();
  await new Group(device).openPerson(NAME);
  await expect(person.fact("phone")).toHaveText(phone);
}

/** Collects and opens the focal point's page. */
async function look(joined: Joined): Promise<void> {
  await collect(joined, MARQUEZ.people.length);
  const search = new Search(joined.device);
  await search.open();
  await search.look(NAME);
  await search.openPerson(NAME);
}

test("two corrections of one phone, made without seeing each other, are both shown until a person decides", async ({
  joined,
}) => {
  const meteti = await joined(CASEWORKER_IN_METETI);
  const panama = await joined(CASEWORKER_IN_PANAMA);
  await registerWithLine(meteti.device, MARQUEZ);
  await collect(panama, MARQUEZ.people.length);
  await findFamily(panama, MARQUEZ, "yesenia");

  await meteti.device.offline();
  await panama.device.offline();
  await correctPhone(meteti.device, "+50760001111");
  await correctPhone(panama.device, "+50760002222");
  for (const { device } of [meteti, panama]) {
    await device.online();
    await new Frame(device).expectUnsent(0);
  }
  const conflict = ({ device }: Joined) =>
    device.page.getByRole("region", { name: say("conflict_title", { field: label("phone") }) });
  for (const side of [meteti, panama]) {
    await look(side);
    await expect(conflict(side)).toContainText("+50760001111");
    await expect(conflict(side)).toContainText("+50760002222");
    await expect(conflict(side)).toContainText(CASEWORKER_IN_METETI.name);
    await expect(conflict(side)).toContainText(CASEWORKER_IN_PANAMA.name);
  }

  await conflict(panama).getByRole("button", { name: "+50760001111" }).click();
  await expect(conflict(panama)).toBeHidden();
  await new Frame(panama.device).expectUnsent(0);
  await look(meteti);
  await expect(conflict(meteti)).toBeHidden();
  for (const { device } of [meteti, panama]) {
    await expect(new PersonPage(device).fact("phone")).toHaveText("+50760001111");
  }
});

/** Both tablets hold the family, lose their line, and say another name and another phone of the focal point. */
async function twoWhoDisagree(joined: (who: typeof CASEWORKER_IN_METETI) => Promise<Joined>): Promise<[Joined, Joined]> {
  const meteti = await joined(CASEWORKER_IN_METETI);
  const panama = await joined(CASEWORKER_IN_PANAMA);
  await registerWithLine(meteti.device, MARQUEZ);
  await collect(panama, MARQUEZ.people.length);
  const told: [Joined, string, string][] = [
    [meteti, "+50760001111", "Yesenia María"],
    [panama, "+50760002222", "Jesenia"],
  ];
  for (const [{ device }, phone, name] of told) {
    await device.offline();
    await correctPhone(device, phone);
    await correct(device, "given_names", name);
  }
  for (const [{ device }] of told) {
    await device.online();
    await new Frame(device).expectUnsent(0);
  }
  for (const [side] of told) await collect(side, MARQUEZ.people.length);
  return [meteti, panama];
}

const SURNAMES = NAME.replace(MARQUEZ.people[0].given, "").trim();
const BOTH = `Jesenia / Yesenia María ${SURNAMES}`;

test("what two decide in the same way with no line is decided, both phones are kept, and no list takes one name for the name", async ({
  joined,
}) => {
  const sides = await twoWhoDisagree(joined);
  for (const { device } of sides) {
    const search = new Search(device);
    await search.open();
    await search.look("jesenia");
    const row = search.found.filter({ hasText: BOTH });
    await expect(row).toHaveCount(1);
    await expect(row).toContainText(say("decide_in_conflict"));
  }
  // With no line, both say the same.
  for (const { device } of sides) {
    await device.offline();
    const conflicts = new Conflicts(device);
    await conflicts.open();
    await expect(conflicts.rows).toHaveCount(1);
    await expectAccessible(device.page, "list of conflicts");
    await conflicts.openOne(BOTH);
    const names = conflicts.field("given_names");
    await expect(names).toContainText(CASEWORKER_IN_METETI.name);
    await expect(names).toContainText(CASEWORKER_IN_PANAMA.name);
    await expect(names.getByText(say("decide_before", { before: `\u2068${MARQUEZ.people[0].given}\u2069` }))).toHaveCount(2);
    await expectAccessible(device.page, "a record in conflict");
    await expectNoSidewaysScroll(device.page, "a record in conflict");
    await conflicts.save();
    await expect(device.page.getByText(say("decide_nothing_chosen"))).toBeVisible();
    await conflicts.choose("given_names", "Yesenia María");
    await conflicts.answer("phone", "decide_all_beside");
    await conflicts.save();
    await conflicts.expectDone();
  }
  for (const { device } of sides) {
    await device.online();
    await new Frame(device).expectUnsent(0);
  }
  for (const side of sides) {
    await collect(side, MARQUEZ.people.length);
    const { device } = side;
    await device.visit("/conflicts");
    await new Unlock(device).open(side.passphrase);
    await expect(device.page.getByText(say("decide_none"))).toBeVisible();
    const search = new Search(device);
    await search.open();
    await search.look("yesenia");
    await search.openPerson(`Yesenia María ${SURNAMES}`);
    const person = new PersonPage(device);
    await expect(person.fact("phone")).toHaveText(/^\+5076000(1111|2222)$/);
    await expect(person.fact("other_phones")).toHaveText(/^\+5076000(1111|2222)$/);
  }
});

test("what two decide in different ways with no line stands as both decisions until it is decided again, with another value", async ({
  joined,
}) => {
  const sides = await twoWhoDisagree(joined);
  const choices: [Joined, string][] = [
    [sides[0], "Jesenia"],
    [sides[1], "Yesenia María"],
  ];
  for (const [{ device }, choice] of choices) {
    await device.offline();
    const conflicts = new Conflicts(device);
    await conflicts.open();
    await conflicts.openOne(BOTH);
    await conflicts.choose("given_names", choice);
    await conflicts.save();
    await expect(conflicts.field("given_names")).toBeHidden();
    await expect(conflicts.field("phone")).toBeVisible();
  }
  for (const { device } of sides) {
    await device.online();
    await new Frame(device).expectUnsent(0);
  }
  for (const side of sides) await collect(side, MARQUEZ.people.length);
  const [meteti, panama] = sides;
  const conflicts = new Conflicts(panama.device);
  await conflicts.open();
  await conflicts.openOne(BOTH);
  const names = conflicts.field("given_names");
  await expect(names).toContainText(say("decide_means_decided_twice"));
  await conflicts.answer("given_names", "decide_other");
  await conflicts.save();
  await expect(names).toContainText(say("decide_write", { field: label("given_names") }));
  const main = panama.device.page.getByRole("main");
  await new Register(panama.device).field("given_names", main).fill("Yessenia");
  await conflicts.save();
  await expect(names).toBeHidden();
  await new Frame(panama.device).expectUnsent(0);
  await collect(meteti, MARQUEZ.people.length);
  const search = new Search(meteti.device);
  await search.open();
  await search.look("yessenia");
  await search.openPerson(`Yessenia ${SURNAMES}`);
  // Everything that anybody ever said of it is in the history.
  const history = new PersonPage(meteti.device).page.getByRole("region", { name: say("history_title") });
  for (const name of ["Jesenia", "Yesenia María", "Yessenia"]) await expect(history).toContainText(name);
});
