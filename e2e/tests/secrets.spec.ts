// Whoever finds the tablet or steals the server's disk reads nobody's name.
import { readFileSync } from "node:fs";
import { DELIVER, collect, registerWithNoLine } from "../deeds.ts";
import { expect, test } from "../fixtures.ts";
import { Markers } from "../markers.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { filesIn, scan, scanText } from "../scan.ts";
import { pattern, say } from "../words.ts";

test("after a day's work no name lies readable on either device, on the server or in its log", async ({ joined, office }) => {
  test.setTimeout(150_000);
  const markers = new Markers(20_261_121);
  const metetiStaff = { ...CASEWORKER_IN_METETI, name: `${markers.name()} ${markers.name()}` };
  const { device, passphrase } = await joined(metetiStaff);
  const colleague = await joined({ ...CASEWORKER_IN_PANAMA, name: `${markers.name()} ${markers.name()}` });
  const families = [markers.family(3), markers.family(3), markers.family(2), markers.family(1)];

  await device.offline();
  for (const family of families) await registerWithNoLine(device, family);
  // Half-typed text is no less secret: a draft, and a search for somebody.
  const register = new Register(device);
  await register.open();
  await register.field("given_names").fill(markers.name());
  await register.field("surname1").fill(markers.name());
  await expect(register.said).toHaveText(pattern("saved_on_device"));
  const search = new Search(device);
  await search.open();
  await search.look(`${markers.name()} ${markers.name()}`);
  await search.expectNobody();
  const delivered = device.line.next(DELIVER);
  await device.online();
  await delivered;
  await new Frame(device).expectUnsent(0);
  const people = families.reduce((sum, family) => sum + family.people.length, 0);
  await collect(colleague, people);
  // Opened and read, too.
  const found = new Search(colleague.device);
  await found.open();
  const [focal] = families[0]?.people ?? [];
  await found.look(focal?.surname1 ?? "");
  await found.openPerson([focal?.given, focal?.surname1, focal?.surname2].join(" "));
  await new Frame(colleague.device).lock();
  // Some like to see what they type.
  const unlock = new Unlock(colleague.device);
  await colleague.device.page.getByRole("button", { name: say("passphrase_show") }).click();
  await unlock.open(colleague.passphrase);

  expect(markers.words.length).toBeGreaterThanOrEqual(50);
  const secrets = [...markers.words, passphrase, colleague.passphrase];
  // First as a thief finds them, torn from their batteries; then after they were put away in good order.
  await device.kill();
  await colleague.device.switchOff();
  await office.kill();
  const folders = [device.profile, colleague.device.profile, office.data];
  for (const folder of folders) expect(filesIn(folder).length).toBeGreaterThan(2);
  // The second copy of what waits is among what is looked through.
  expect(filesIn(device.profile).filter((file) => readFileSync(file).includes("AMPAROJ1")).length).toBeGreaterThan(0);
  expect(scan(folders, secrets)).toEqual([]);
  expect(scanText(office.log, secrets, "log")).toEqual([]);

  await device.switchOn();
  await device.switchOff();
  expect(scan([device.profile], secrets)).toEqual([]);
});

test("the scan finds names where sealing is switched off", async ({ joined }) => {
  const site = process.env.AMPARO_SITE_PLAIN;
  test.skip(!site, "AMPARO_SITE_PLAIN is not set");
  const office = await Office.open({ site: site ?? "" });
  try {
    const markers = new Markers(7);
    const { device } = await joined(CASEWORKER_IN_METETI, {}, office);
    await device.offline();
    const family = markers.family(1);
    await registerWithNoLine(device, family);
    await device.switchOff();
    const hits = scan([device.profile], markers.words);
    expect(new Set(hits.map((hit) => hit.word))).toContain(family.people[0].surname1.toLowerCase());
  } finally {
    await office.close();
  }
});
