// The browser loses what it was given to keep, in part or whole, with or without a word. Whatever was saved and not sent is
// there all the same, goes out, and people are told what happened.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DELIVER, collect, findFamily, registerWithNoLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectRoomForFingers, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, type Office } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Unlock } from "../pages/unlock.ts";
import { type Family, alone } from "../people.ts";
import { Dice, ruinOf } from "../ruin.ts";
import { count, say } from "../words.ts";

/** A page of the same origin on which nothing of the app runs. */
const ASIDE = "/manifest.webmanifest";

const FAMILIES: Family[] = [alone("Yaneth", "Quispe"), alone("Omaira", "Tunay"), alone("Rosmery", "Villca")];

/** What the office's ledger holds, as its own tool counts it. */
async function entries(office: Office): Promise<number> {
  const { stdout } = await promisify(execFile)(process.env.AMPARO_BIN ?? "", ["verify", "--data", office.data]);
  const [, number] = /Looked at (\d+) entries/.exec(stdout) ?? [];
  if (number === undefined) throw new Error(`verify said: ${stdout}`);
  return Number(number);
}

/** Saves every family with no line, and waits until all of them lie on the device twice. */
async function saveAll(device: Device): Promise<void> {
  await device.settled();
  await device.offline();
  for (const family of FAMILIES) await registerWithNoLine(device, family);
  await expect(device.page.getByText(say("saved_twice"), { exact: true })).toBeVisible();
}

const notice = (device: Device) => device.page.getByRole("status", { name: say("recovery_title") });

/** Starts the app. Whether something had to be put back, as the store noted it; then it is said, and else nothing is. */
async function start(device: Device): Promise<boolean> {
  await device.switchOn();
  await device.visit("/");
  await new Unlock(device).expectLocked();
  const recovered = await device.page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("vault"));
    const counters = database.transaction("counters").objectStore("counters");
    const row = await done(counters.get(new TextEncoder().encode("recovered")));
    database.close();
    return row !== undefined;
  });
  await expect(notice(device)).toBeVisible({ visible: recovered });
  return recovered;
}

// Each registers families as people do, and starts browsers more than once.
test.describe.configure({ timeout: 180_000 });

const corruptions = Number(process.env.AMPARO_CORRUPTIONS ?? 3);
const seed = Number(process.env.AMPARO_SEED ?? 20_261_122);

test(`of ${corruptions} kinds of damage to the browser's files none costs an unsent family`, async ({ joined, office }) => {
  test.setTimeout(60_000 + corruptions * 25_000);
  const began = Date.now();
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const before = await entries(office);
  await saveAll(device);
  await device.switchOff();
  await office.stop();
  const kept = mkdtempSync(join(tmpdir(), "amparo-kept-"));
  cpSync(device.profile, join(kept, "profile"), { recursive: true });
  cpSync(office.data, join(kept, "data"), { recursive: true });
  const dice = new Dice(seed);
  const told = { recovered: 0, whole: 0, shut: 0 };
  try {
    for (let turn = 0; turn < corruptions; turn += 1) {
      const ruin = ruinOf(turn, dice);
      await test.step(`${turn}: ${ruin.name}`, async () => {
        for (const [from, to] of [["profile", device.profile], ["data", office.data]] as const) {
          rmSync(to, { recursive: true, force: true });
          cpSync(join(kept, from), to, { recursive: true });
        }
        ruin.harm(device.profile, dice);
        await device.offline();
        if (ruin.shut) {
          await device.switchOn();
          await device.visit("/");
          await expect(new Frame(device).title).toHaveText(say("trouble_title"));
          await office.restart();
          await device.online();
          await device.page.reload();
          // Handed in from the second copy, with no database.
          const held = { held: String(FAMILIES.length), of: String(FAMILIES.length) };
          await expect(device.page.getByText(say("shared_newer_held", held))).toBeVisible();
          await device.switchOff();
          await office.stop();
          expect(await entries(office), ruin.name).toBe(before + FAMILIES.length);
          told.shut += 1;
          return;
        }
        const recovered = await start(device);
        told[recovered ? "recovered" : "whole"] += 1;
        if (ruin.total) {
          await expect(notice(device)).toContainText(say("recovery_all"));
          await expect(notice(device)).toContainText(count("recovery_entries", FAMILIES.length));
          await expect(notice(device)).toContainText(say("recovery_same"));
        }
        // The same passphrase opens it, and every family waits.
        await new Unlock(device).open(passphrase);
        await new Frame(device).expectUnsent(FAMILIES.length);
        await office.restart();
        await device.online();
        await new Frame(device).expectUnsent(0);
        await device.switchOff();
        await office.stop();
        expect(await entries(office), ruin.name).toBe(before + FAMILIES.length);
      });
    }
  } finally {
    rmSync(kept, { recursive: true, force: true });
  }
  const seconds = Math.round((Date.now() - began) / 1_000);
  const figures = `${corruptions} damages: ${told.recovered} recovered with words, ${told.whole} cost nothing, ${told.shut} handed in from the second copy alone, 0 of ${corruptions * FAMILIES.length} unsent lost`;
  console.log(`figures | corruptions | ${figures} | seed ${seed} | ${seconds} s`);
  if (corruptions > 2) expect(told.recovered).toBeGreaterThan(0);
});

test("a device that lost its database delivers what waited with nobody at it, says so, and collects the rest again", async ({
  joined,
}) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await saveAll(device);
  await device.visit(ASIDE);
  await forgetDatabase(device);
  await device.online();
  const delivered = device.line.next(DELIVER);
  await device.visit("/");
  await expect(notice(device)).toContainText(say("recovery_all"));
  await expect(notice(device)).toContainText(count("recovery_entries", FAMILIES.length));
  await expect(notice(device)).toContainText(say("recovery_collect"));
  await delivered;
  await expectAccessible(device.page, "recovery");
  await expectNoSidewaysScroll(device.page, "recovery");
  await expectRoomForFingers(device.page, "recovery");
  await picture(device.page, "recovery");

  // It is said until somebody read it.
  await device.page.reload();
  await notice(device).getByRole("button", { name: say("recovery_understood") }).click();
  await expect(notice(device)).toBeHidden();
  await device.page.reload();
  await new Unlock(device).open(passphrase);
  await expect(notice(device)).toBeHidden();
  await new Frame(device).expectUnsent(0);
  await expect(device.page.getByText(count("home_here", FAMILIES.length))).toBeVisible();
  await collect(colleague, FAMILIES.length);
  for (const family of FAMILIES) await findFamily(colleague, family, family.people[0].surname1);
});

/** The browser forgets the database, and says nothing of it. */
async function forgetDatabase(device: Device): Promise<void> {
  await device.page.evaluate(
    () =>
      new Promise((done, failed) => {
        const deleted = indexedDB.deleteDatabase("vault");
        deleted.onsuccess = done;
        deleted.onerror = failed;
      }),
  );
}

test("an empty store that a browser made of itself is no store: what waited comes back", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await saveAll(device);
  await device.visit(ASIDE);
  await forgetDatabase(device);
  // Asked with no version, browsers make one without tables.
  await device.page.evaluate(
    () =>
      new Promise<void>((done, failed) => {
        const opened = indexedDB.open("vault");
        opened.onerror = failed;
        opened.onsuccess = () => {
          opened.result.close();
          done();
        };
      }),
  );
  await device.visit("/");
  await expect(notice(device)).toContainText(say("recovery_all"));
  await expect(notice(device)).toContainText(count("recovery_entries", FAMILIES.length));
  const unlock = new Unlock(device);
  await unlock.open(passphrase);
  await unlock.expectUnsent(FAMILIES.length);
});

test("a second copy that does not answer is waited for: nothing is begun anew, and then all of it is there", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await saveAll(device);
  await device.context.addInitScript(() => {
    if (globalThis.sessionStorage?.getItem("silent")) {
      FileSystemFileHandle.prototype.getFile = () => Promise.reject(new DOMException("held", "NotReadableError"));
    }
  });
  await device.visit(ASIDE);
  await forgetDatabase(device);
  await device.page.evaluate(() => sessionStorage.setItem("silent", "yes"));
  await device.visit("/");
  await expect(device.page.getByRole("alert")).toHaveText(say("store_second_copy"));
  await expect(device.page.getByRole("button", { name: say("store_start_over") })).toBeHidden();
  await expectAccessible(device.page, "second copy does not answer");
  await picture(device.page, "second-copy");
  const databases = () => device.page.evaluate(async () => (await indexedDB.databases()).map((it) => it.name));
  expect(await databases()).not.toContain("vault");

  await device.page.evaluate(() => sessionStorage.removeItem("silent"));
  await device.page.getByRole("button", { name: say("try_again") }).click();
  await expect(notice(device)).toContainText(count("recovery_entries", FAMILIES.length));
  const unlock = new Unlock(device);
  await unlock.open(passphrase);
  await unlock.expectUnsent(FAMILIES.length);
});

/** Does something to every file of the journal. */
async function harmJournal(device: Device, how: "garble" | "tear" | "remove"): Promise<number> {
  return device.page.evaluate(async (how) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("journal");
    let harmed = 0;
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
      const file = await folder.getFileHandle(name);
      const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
      if (how === "remove") {
        await folder.removeEntry(name);
      } else {
        if (how === "garble") bytes.forEach((byte, at) => (bytes[at] = at % 50 === 49 ? byte ^ 1 : byte));
        const writing = await file.createWritable();
        await writing.write(how === "garble" ? bytes : bytes.subarray(0, bytes.length - 7));
        await writing.close();
      }
      harmed += 1;
    }
    return harmed;
  }, how);
}

test("a journal that is garbled, torn or gone is nothing to anybody: the database is right, and the second copy is made anew", async ({
  joined,
}) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await saveAll(device);
  for (const how of ["garble", "tear", "remove"] as const) {
    await device.visit(ASIDE);
    expect(await harmJournal(device, how)).toBe(2);
    await device.visit("/");
    const unlock = new Unlock(device);
    await unlock.open(passphrase);
    await expect(notice(device)).toBeHidden();
    await unlock.expectUnsent(FAMILIES.length);
    await expect(unlock.strip).toContainText(say("saved_twice_short"));
    await unlock.go("nav_settings");
    await expect(device.page.getByText(say("saved_twice_kept"))).toBeVisible();
  }
  // What was made anew is whole: the database may go now.
  await device.visit(ASIDE);
  await forgetDatabase(device);
  await device.visit("/");
  await expect(notice(device)).toContainText(count("recovery_entries", FAMILIES.length));
});

test("a kill between saving and the second copy costs neither: the next start makes it", async ({ joined, office }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await saveAll(device);
  // A browser that starts again may send before it is told that it has no line.
  await office.stop();
  // Nobody can write the journal as long as somebody else has its lock.
  await device.page.evaluate(
    () =>
      new Promise<void>((held) => {
        void navigator.locks.request("amparo-journal", () => {
          held();
          return new Promise(() => {});
        });
      }),
  );
  await new Frame(device).go("nav_home");
  await registerWithNoLine(device, alone("Nicolasa", "Pacheco"));
  await expect(device.page.getByText(say("saved_twice"), { exact: true })).toBeHidden();
  await device.kill();

  await device.switchOn();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await expect(notice(device)).toBeHidden();
  await expect(new Frame(device).strip).toContainText(say("saved_twice_short"));
  await device.visit(ASIDE);
  await forgetDatabase(device);
  await device.visit("/");
  await expect(notice(device)).toContainText(count("recovery_entries", FAMILIES.length + 1));
});

test("where the browser gives no files there is one copy, saving works, and the settings say so", async ({ unpack, office }) => {
  const device = await unpack();
  await device.context.addInitScript(() => {
    if ("StorageManager" in globalThis) Reflect.deleteProperty(StorageManager.prototype, "getDirectory");
  });
  const { Enrol } = await import("../pages/enrol.ts");
  await new Enrol(device).join(await office.invite(CASEWORKER_IN_METETI));
  await device.settled();
  await device.offline();
  await registerWithNoLine(device, FAMILIES[0] as Family);
  const frame = new Frame(device);
  await frame.expectUnsent(1);
  await expect(frame.strip).not.toContainText(say("saved_twice_short"));
  await frame.go("nav_settings");
  await expect(device.page.getByText(say("saved_twice_missing"))).toBeVisible();
});

test("where the browser threw everything away the first page says what that means", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.visit("about:blank");
  const session = await device.inside();
  await session.send("Storage.clearDataForOrigin", { origin: device.office.address, storageTypes: "all" });
  await device.visit("/");
  await expect(device.page.getByText(say("recovery_evicted"))).toBeVisible();
});
