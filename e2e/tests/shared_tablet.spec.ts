// One tablet in several hands: whatever becomes of one person's access, nobody's unsent work is touched, and whoever picks
// the tablet up sees that it waits.
import type { Device } from "../device.ts";
import { DELIVER, collect, registerWithNoLine } from "../deeds.ts";
import { expect, test } from "../fixtures.ts";
import { dead } from "../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, COUNSELLOR_IN_PANAMA } from "../office.ts";
import { Deliver } from "../pages/deliver.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARIE, MARQUEZ } from "../people.ts";
import { count, escape, say } from "../words.ts";

/** From now on the device's clock can be put forward. */
async function withClock(device: Device): Promise<void> {
  await device.context.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + Number(sessionStorage.getItem("ahead") ?? 0);
  });
}

async function pass(device: Device, seconds: number): Promise<void> {
  await device.page.evaluate((ms) => {
    sessionStorage.setItem("ahead", String(Number(sessionStorage.getItem("ahead") ?? 0) + ms));
  }, seconds * 1_000);
}

/** Chooses one of those who may unlock. */
async function choose(device: Device, code: string): Promise<void> {
  await device.page.getByRole("radio", { name: new RegExp(`^${escape(code)}`) }).check();
}

/** What waits here is said to whoever picks the tablet up. */
async function expectLeft(device: Device, entries: number): Promise<void> {
  const sentence = say("shared_left", { what: count("carry_entries", entries) });
  await expect(device.page.getByText(sentence)).toBeVisible();
}

test("after thirty wrong tries one access is gone from a shared tablet, the other opens, and what both saved is sent", async ({
  joined,
  office,
}) => {
  test.setTimeout(300_000);
  const first = await joined(CASEWORKER_IN_METETI);
  const { device } = first;
  await new Outbox(device).lock();
  const passphrase = await new Enrol(device).join(await office.invite(COUNSELLOR_IN_PANAMA));
  const second = { device, passphrase };
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARIE);
  const frame = new Frame(device);
  await frame.lock();
  const unlock = new Unlock(device);
  await choose(device, CASEWORKER_IN_METETI.code);
  await unlock.open(first.passphrase);
  await registerWithNoLine(device, MARQUEZ);
  await frame.lock();
  await expectLeft(device, 2);

  // Three wrong tries, and the plug: the fourth waits all the same.
  await withClock(device);
  await device.visit("/");
  await choose(device, CASEWORKER_IN_METETI.code);
  for (let wrong = 1; wrong <= 4; wrong++) {
    await unlock.try("correct horse battery staple");
    await expect(unlock.fault.filter({ hasText: say("passphrase_wrong") })).toBeVisible();
    await pass(device, 300);
  }
  await unlock.try("correct horse battery staple");
  await expect(unlock.fault.filter({ hasText: say("passphrase_wrong") })).toBeVisible();
  // The worker, which wakes with the browser, gets nothing through: it is to be seen that both wait to the end.
  device.line.spoil(DELIVER, dead);
  await device.kill();
  await device.switchOn();
  await device.visit("/");
  await choose(device, CASEWORKER_IN_METETI.code);
  // Sixteen seconds after the fifth; the next one is not tried before.
  const wait = new RegExp(say("shared_wait").split(" | ").at(-1)?.split("{n}").map(escape).join("\\d+") ?? "");
  await expect(device.page.getByText(wait)).toBeVisible();
  await withClock(device);
  await device.visit("/");
  await choose(device, CASEWORKER_IN_METETI.code);
  for (let wrong = 6; wrong <= 30; wrong++) {
    await pass(device, 300);
    await unlock.try("correct horse battery staple");
    if (wrong === 30) break;
    await expect(unlock.fault.filter({ hasText: say("passphrase_wrong") })).toBeVisible();
    if (wrong >= 10) await expect(device.page.getByText(say("shared_ask"))).toBeVisible();
    if (wrong >= 20) await expect(device.page.getByText(count("shared_last", 30 - wrong))).toBeVisible();
  }
  const gone = new RegExp(escape(say("shared_emptied", { code: CASEWORKER_IN_METETI.code })).replace("\\{when\\}", ".+"));
  await expect(device.page.getByText(gone)).toBeVisible();
  await expect(device.page.getByRole("radio")).toHaveCount(1);
  await expectLeft(device, 2);

  // The other one opens as before, sees that something of a colleague waits, and sends both.
  await unlock.open(second.passphrase);
  await frame.expectUnsent(2);
  device.line.mend();
  await device.online();
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await outbox.expectUnsent(0);
  await collect(colleague, MARIE.people.length + MARQUEZ.people.length);
});

test("who takes their access off a tablet leaves what they saved to be sent, and nothing else", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARIE);
  const frame = new Frame(device);
  await frame.go("nav_settings");
  const { page } = device;
  await page.getByRole("button", { name: say("shared_off_yes") }).click();
  await page.getByRole("dialog").getByRole("button", { name: say("shared_off_yes") }).click();
  const gone = new RegExp(escape(say("shared_taken_off", { code: CASEWORKER_IN_METETI.code })).replace("\\{when\\}", ".+"));
  await expect(page.getByText(gone)).toBeVisible();
  await expectLeft(device, 1);
  // Nobody can unlock it any more, and a file can still be taken from it to another device; here the line comes back.
  await expect(page.getByLabel(say("passphrase"), { exact: true })).toBeHidden();
  await device.online();
  await new Deliver(device).open();
  await device.visit("/");
  await expect(page.getByText(say("shared_left", { what: count("carry_entries", 1) }))).toBeHidden({ timeout: 30_000 });
  await collect(colleague, MARIE.people.length);
});

test("an older version of the app changes nothing of a newer one's store, says so, and hands in what waits", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  const { page } = device;
  // A later version was here: it made the store its own.
  const look = () =>
    page.evaluate(
      () =>
        new Promise<string[]>((done, failed) => {
          const asked = indexedDB.open("vault");
          asked.onerror = () => failed(asked.error);
          asked.onsuccess = () => {
            const base = asked.result;
            const names = [...base.objectStoreNames];
            const reading = base.transaction(names).objectStore("outbox").getAll();
            reading.onsuccess = () => {
              base.close();
              const rows = reading.result.map((row: Uint8Array) => [...new Uint8Array(row)].join());
              done([String(base.version), names.join(), ...rows]);
            };
          };
        }),
    );
  await page.evaluate(
    () =>
      new Promise<void>((done, failed) => {
        const asked = indexedDB.open("vault", 99);
        asked.onupgradeneeded = () => asked.result.createObjectStore("of_tomorrow");
        asked.onerror = () => failed(asked.error);
        asked.onsuccess = () => {
          asked.result.close();
          done();
        };
      }),
  );
  await device.visit("/");
  await expect(page.getByText(say("shared_newer"))).toBeVisible();
  const before = await look();
  expect(before[0]).toBe("99");
  expect(before).toHaveLength(3);
  const held = (number: string) => page.getByText(say("shared_newer_held", { held: number, of: "1" }));
  await expect(held("0")).toBeVisible();
  const file = await new Deliver(device).saves("carry_save");
  expect(file.bytes.length).toBeGreaterThan(1_000);
  await device.online();
  await page.reload();
  await expect(held("1")).toBeVisible({ timeout: 30_000 });
  expect(await look()).toEqual(before);
  await collect(colleague, MARQUEZ.people.length);
});
