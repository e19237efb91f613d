// What the store says of itself when its rows are damaged, swapped, gone, or held by another tab.
import type { Page } from "@playwright/test";
import { registerWithNoLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import { Group } from "../pages/records.ts";
import { Register } from "../pages/register.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { count, say } from "../words.ts";

/** A page of the same origin on which nothing of the app runs. */
const ASIDE = "/manifest.webmanifest";

/** Registers the family and gives the addresses of the group and of its people. */
async function registered(device: Device): Promise<{ group: string; people: string[] }> {
  const group = await registerWithNoLine(device, MARQUEZ);
  await device.page.getByRole("link", { name: say("family_see") }).click();
  const page = new Group(device);
  await page.expectPeople(MARQUEZ.people);
  const links = await page.people.getByRole("link").all();
  const people = await Promise.all(links.map(async (link) => (await link.getAttribute("href")) ?? ""));
  return { group, people };
}

/** Changes the stored rows of some records, found by their ids at the end of the keys. */
async function tamper(page: Page, addresses: string[], how: "flip" | "swap"): Promise<void> {
  const ids = addresses.map((address) => address.replace(/^.*\//, "").replaceAll("-", ""));
  await page.evaluate(
    async ([ids, how]) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const bytes = (value: ArrayBuffer | Uint8Array) => new Uint8Array(value as ArrayBuffer);
      const hex = (value: ArrayBuffer) => [...bytes(value)].map((it) => it.toString(16).padStart(2, "0")).join("");
      const database = await done(indexedDB.open("vault"));
      const table = database.transaction("records", "readwrite").objectStore("records");
      const all = (await done(table.getAllKeys())) as ArrayBuffer[];
      const keys = ids.map((id) => all.find((key) => hex(key).endsWith(id)));
      const rows = await Promise.all(keys.map(async (key) => (await done(table.get(key as ArrayBuffer))) as Uint8Array));
      if (how === "swap") rows.reverse();
      await Promise.all(
        rows.map((row, at) => {
          const changed = bytes(row).slice();
          const last = changed.length - 1;
          if (how === "flip") changed[last] = (changed[last] ?? 0) ^ 1;
          return done(table.put(row instanceof ArrayBuffer ? changed.buffer : changed, keys[at] as ArrayBuffer));
        }),
      );
      database.close();
    },
    [ids, how] as const,
  );
}

for (const [what, how, others] of [
  ["a damaged row is set aside", "flip", 1],
  ["rows that were swapped are set aside", "swap", 2],
] as const) {
  test(`${what}, said so, and everybody else stays readable`, async ({ joined }) => {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
    await device.offline();
    const { group, people } = await registered(device);
    await device.visit(ASIDE);
    await tamper(device.page, people.slice(1, 1 + others), how);

    await device.visit("/");
    await new Unlock(device).open(passphrase);
    await expect(device.page.getByText(count("rows_set_aside", others))).toBeVisible();
    await device.visit(group);
    await new Unlock(device).open(passphrase);
    const page = new Group(device);
    await expect(page.people).toHaveCount(MARQUEZ.people.length - others);
    await expect(page.people.first()).toContainText(nameOf(MARQUEZ.people[0]));
    await page.expectUnsent(1);
  });
}

test("a device whose browser lost the store and its second copy says so, and puts no empty one in its place", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.visit(ASIDE);
  await device.page.evaluate(
    () =>
      new Promise((done, failed) => {
        const deleted = indexedDB.deleteDatabase("vault");
        deleted.onsuccess = done;
        deleted.onerror = failed;
      }),
  );
  await device.page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry("journal", { recursive: true }));
  await device.visit("/");
  await expect(device.page.getByRole("alert")).toHaveText(say("store_lost"));
  await device.visit("/search");
  await expect(device.page.getByRole("alert")).toHaveText(say("store_lost"));
});

test("a tab that will not let go of the store is named as the reason, and nothing hangs", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.visit(ASIDE);
  // An upgrade that waits for ever on another connection, as one of an old version would.
  const holder = await device.context.newPage();
  await holder.goto(`${device.office.address}${ASIDE}`);
  await holder.evaluate(
    () =>
      new Promise<void>((done) => {
        const held = indexedDB.open("vault");
        held.onsuccess = () => {
          Object.assign(globalThis, { held: held.result });
          const upgrade = indexedDB.open("vault", held.result.version + 1);
          upgrade.onupgradeneeded = () => upgrade.transaction?.abort();
          upgrade.onblocked = () => done();
        };
      }),
  );
  await device.visit("/");
  await expect(device.page.getByRole("alert")).toHaveText(say("store_blocked"), { timeout: 25_000 });
  await holder.close();
  await device.page.getByRole("button", { name: say("try_again") }).click();
  await new Unlock(device).open(passphrase);
});

test("an open app lets a newer version have the store, and says that it must be opened again", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const register = new Register(device);
  await register.open();
  const newer = await device.context.newPage();
  await newer.goto(`${device.office.address}${ASIDE}`);
  await newer.evaluate(
    () =>
      new Promise<void>((done, failed) => {
        const upgrade = indexedDB.open("vault", 1_000);
        upgrade.onsuccess = () => {
          upgrade.result.close();
          done();
        };
        upgrade.onerror = failed;
      }),
  );
  await newer.close();
  await register.field("given_names").fill("Marie Rose");
  await expect(device.page.getByRole("status").filter({ hasText: say("store_closed") })).toBeVisible();
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
});

/** Leaves the store as the first released version of the app made it: its tables, its number, and every row. */
async function asInTheFirstVersion(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const committed = (transaction: IDBTransaction) =>
      new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    const tables = "vaults posts records blocks segments authors drafts outbox sent capsules inbox counters".split(" ");
    const now = await done(indexedDB.open("vault"));
    const rows = new Map<string, [IDBValidKey, unknown][]>();
    for (const name of tables) {
      const table = now.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([done(table.getAllKeys()), done(table.getAll())]);
      rows.set(name, keys.map((key, at) => [key, values[at]]));
    }
    now.close();
    await done(indexedDB.deleteDatabase("vault"));
    const opening = indexedDB.open("vault", 1);
    opening.onupgradeneeded = () => tables.forEach((name) => opening.result.createObjectStore(name));
    const first = await done(opening);
    const writing = first.transaction(tables, "readwrite");
    for (const [name, of] of rows) of.forEach(([key, value]) => writing.objectStore(name).put(value, key));
    await committed(writing);
    first.close();
  });
}

test("a device of the first version keeps all it holds when the app is a newer one", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const { group } = await registered(device);
  await device.visit(ASIDE);
  await asInTheFirstVersion(device.page);

  await device.visit(group);
  await new Unlock(device).open(passphrase);
  const page = new Group(device);
  await page.expectPeople(MARQUEZ.people);
  await page.expectUnsent(1);
  const found = await device.page.evaluate(
    () =>
      new Promise<[number, string[]]>((resolve, reject) => {
        const opening = indexedDB.open("vault");
        opening.onsuccess = () => {
          resolve([opening.result.version, [...opening.result.objectStoreNames]]);
          opening.result.close();
        };
        opening.onerror = () => reject(opening.error);
      }),
  );
  expect(found[0]).toBe(2);
  expect(found[1]).toEqual(expect.arrayContaining(["chunks", "chunks_due", "records"]));
  expect(found[1]).toHaveLength(14);
});
