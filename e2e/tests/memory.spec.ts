// After locking, the keys are gone from the browser's memory.
import type { Device } from "../device.ts";
import { registerWithNoLine } from "../deeds.ts";
import { expect, test as base } from "../fixtures.ts";
import { Markers } from "../markers.ts";
import { Inside, count, countInProcesses, renderers, secretsOf, shownAs } from "../memory.ts";
import { CASEWORKER_IN_METETI, Office } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Passkeys } from "../pages/passkeys.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { Authenticator } from "../passkey.ts";
import { say } from "../words.ts";

/** An office with a name: browsers make no passkeys for a number. */
const test = base.extend<{ named: Office }>({
  named: async ({}, use) => {
    const office = await Office.open({ named: true });
    await use(office);
    await office.close();
  },
});

/** How often each secret lies in the processes' memory, in Wasm memories and buffers, and in the heap, after locking. */
async function left(device: Device, secrets: Map<string, Buffer>, words: Map<string, Buffer>): Promise<Record<string, number>> {
  const inside = await Inside.of(device);
  // The worker is the one that writes the second copy of what is sealed.
  expect(inside.kinds).toEqual(["page", "service_worker", "worker"]);
  await inside.collectGarbage();
  // First the scan that changes nothing; the others bring copies of what they read with them.
  const counts = Object.fromEntries(countInProcesses(await renderers(device), secrets));
  const buffers = await inside.buffers();
  const snapshots = await inside.snapshots();
  await inside.leave();
  for (const [name, needle] of secrets) {
    counts[`${name} in the heap`] = snapshots.filter((text) => shownAs(needle).some((form) => text.includes(form))).length;
  }
  // Text that was typed lies in the browser's own strings for a while, which nobody can wipe: what is ours is looked into.
  for (const [name, needle] of [...secrets, ...words]) {
    counts[`${name} in buffers`] = buffers.reduce((sum, bytes) => sum + count(bytes, needle), 0);
  }
  return counts;
}

/** All of them, counted nought times. */
function nothing(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.keys(counts).map((name) => [name, 0]));
}

test("after locking and collecting garbage no copy of a vault's keys is left in page or worker", async ({ joined, unpack, named }) => {
  test.setTimeout(300_000);
  test.skip(process.platform !== "linux", "the memory of processes is read as Linux shows it");
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, named);
  const frame = new Frame(device);
  await frame.lock();
  const secrets = await secretsOf(device, await unpack({}, named), passphrase);
  const needles = new Map(Object.entries(secrets) as [string, Buffer][]);
  const words = new Map([["passphrase", Buffer.from(passphrase)]]);
  // The enrolment itself: the keys were made in this page, and the passphrase was shown and typed.
  const enrolled = await left(device, needles, words);
  expect(enrolled, "after the enrolment").toEqual(nothing(enrolled));

  // Begun anew; then a piece of an ordinary day, after a slip of the finger.
  await device.visit("/");
  const unlock = new Unlock(device);
  await unlock.try("no es esta la frase");
  await expect(unlock.fault).toHaveText(say("passphrase_wrong"));
  await unlock.open(passphrase);
  await device.offline();
  const family = new Markers(20_261_122).family(2);
  await registerWithNoLine(device, family);
  const search = new Search(device);
  await search.open();
  await search.look(family.people[0].surname1);
  await search.openPerson([family.people[0].given, family.people[0].surname1, family.people[0].surname2].join(" "));

  // The scans see the keys while they are at work: they could not fail in silence.
  const open = countInProcesses(await renderers(device), needles);
  for (const name of ["vault", "signing", "inbox"]) expect(open.get(name), name).toBeGreaterThan(0);
  const inside = await Inside.of(device);
  expect((await inside.buffers()).reduce((sum, bytes) => sum + count(bytes, secrets.vault), 0)).toBeGreaterThan(0);
  await inside.leave();

  await frame.lock();
  const after = await left(device, needles, words);
  expect(after, "after a day's work").toEqual(nothing(after));

  // The other way in.
  await device.visit("/");
  await unlock.open(passphrase);
  await Authenticator.give(device);
  await new Passkeys(device).openVault(passphrase);
  await frame.lock();
  await device.page.getByRole("button", { name: say("unlock_with_passkey") }).click();
  await expect(frame.lockButton).toBeVisible();
  await frame.lock();
  const other = await left(device, needles, words);
  expect(other, "after a passkey").toEqual(nothing(other));
});
