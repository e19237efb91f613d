// Deeds that several stories share.
import { expect } from "@playwright/test";
import type { Device } from "./device.ts";
import type { Joined } from "./fixtures.ts";
import { Group, PersonPage } from "./pages/records.ts";
import { Outbox } from "./pages/outbox.ts";
import { Register } from "./pages/register.ts";
import { Search } from "./pages/search.ts";
import { type Family, nameOf } from "./people.ts";
import { count, say } from "./words.ts";

/** Where a device hands in what it has. */
export const DELIVER = "/api/deliver";

/** Searches for the focal point, finds nobody, registers the family and sees that it is saved here and not sent. */
export async function registerWithNoLine(device: Device, family: Family): Promise<string> {
  return searchAndRegister(device, family, "saved_title");
}

/** The same with a line: sees that it is saved and sent. */
export async function registerWithLine(device: Device, family: Family): Promise<string> {
  return searchAndRegister(device, family, "saved_sent_title");
}

async function searchAndRegister(device: Device, family: Family, outcome: string): Promise<string> {
  const search = new Search(device);
  await search.open();
  await search.look(`${family.people[0].given} ${family.people[0].surname1}`);
  await search.expectNobody();
  await search.registerNew();
  const register = new Register(device);
  const group = await register.register(family);
  await expect(register.title).toHaveText(say(outcome));
  return group;
}

/** Collects what others stated, and sees exactly so many people on the device. */
export async function collect({ device }: Joined, people: number): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await outbox.go("nav_home");
  await expect(device.page.getByText(count("home_here", people))).toBeVisible();
}

/** Finds the family by parts of a name, opens its people and sees all of them, once. */
export async function findFamily({ device }: Joined, family: Family, typed: string): Promise<void> {
  const [focal] = family.people;
  const search = new Search(device);
  await search.open();
  await search.look(typed);
  await expect(search.found).toHaveCount(1);
  await search.openPerson(nameOf(focal));
  const person = new PersonPage(device);
  if (focal.phone) await expect(person.fact("phone")).toHaveText(focal.phone.replaceAll(/[^+\d]/g, ""));
  await person.openGroup();
  await new Group(device).expectPeople(family.people);
}

/** No page of the app is open in the browser: whatever leaves now, leaves by itself. */
export function expectNoPageOpen(device: Device): void {
  const pages = device.context.pages().map((page) => page.url());
  expect(pages.filter((url) => url.startsWith(device.office.address))).toEqual([]);
}
