// Two people correct the same thing without seeing each other: nothing is silently lost, and a person decides.
import { label } from "../catalogue.ts";
import { collect, findFamily, registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { type Joined, expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { say } from "../words.ts";

const NAME = nameOf(MARQUEZ.people[0]);

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
