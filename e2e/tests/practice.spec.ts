// Practice: the whole app with made-up people, from which nothing ever leaves, with a frame that nobody overlooks.
import { type Device, TABLET } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped } from "../looks.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { type Family, nameOf } from "../people.ts";
import { counted, say } from "../words.ts";

const PRACTISED: Family = {
  people: [{ given: "Inventada", surname1: "Practicante", surname2: "Prueba", sex: "F", born: "1990" }],
};
const REAL: Family = {
  people: [{ given: "Amina", surname1: "Verdadera", surname2: "Cierta", sex: "F", born: "1991" }],
};
/** Somebody of the file of made-up people. */
const MADE_UP = "Yessica Vermúdez Arias";

class Practice extends Frame {
  get banner() {
    return this.page.getByRole("complementary", { name: say("practice_word") });
  }

  /** Begins where it is offered, and waits for its people. */
  async begin(): Promise<void> {
    await this.page.getByRole("button", { name: say("practice_begin") }).click();
    await this.expectFramed();
    await expect(this.strip).toBeVisible({ timeout: 60_000 });
  }

  async expectFramed(): Promise<void> {
    await expect(this.banner).toContainText(say("practice_word"));
    await expect(this.banner).toContainText(say("practice_note"));
    await expect(this.page).toHaveTitle(new RegExp(`^${say("practice_word")} · `));
    const border = await this.page.evaluate(() => {
      const { borderImageSource, position, borderTopWidth } = getComputedStyle(document.body, "::after");
      return { striped: borderImageSource.includes("repeating-linear-gradient"), position, wide: parseFloat(borderTopWidth) };
    });
    expect(border.striped && border.position === "fixed" && border.wide >= 8, JSON.stringify(border)).toBe(true);
  }

  async expectNoFrame(): Promise<void> {
    await expect(this.banner).toHaveCount(0);
    await expect(this.page).not.toHaveTitle(new RegExp(say("practice_word")));
  }

  /** Ends it: asked once, and everything is gone. */
  async end(): Promise<void> {
    await this.banner.getByRole("button", { name: say("practice_end"), exact: true }).click();
    await expect(this.banner).toContainText(say("practice_end_ask"));
    await this.banner.getByRole("button", { name: say("practice_end_yes") }).click();
    await this.expectNoFrame();
    await expect.poll(() => databases(this.device)).not.toContain("practice");
    expect(await this.page.evaluate(() => localStorage.getItem("amparo-practice"))).toBeNull();
  }

  /** Unlocks with the passphrase that the page shows. */
  async unlock(): Promise<void> {
    await this.expectFramed();
    const phrase = await this.page.locator("#practice-phrase").innerText();
    await new Unlock(this.device).open(phrase);
  }
}

async function databases(device: Device): Promise<string[]> {
  return device.page.evaluate(async () => (await indexedDB.databases()).map((it) => it.name ?? "").sort());
}

/** What was asked of the server's functions. */
function asked(device: Device): string[] {
  return device.line.passed.map((passed) => passed.path).filter((path) => path.startsWith("/api"));
}

/** What lies in the real database, byte for byte. */
async function outbox(device: Device): Promise<string[]> {
  return device.page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((done, failed) => {
      const request = indexedDB.open("vault");
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
    const rows: string[] = [];
    for (const name of ["outbox", "records", "vaults"]) {
      const values = await new Promise<Uint8Array[]>((done, failed) => {
        const request = database.transaction(name).objectStore(name).getAll();
        request.onsuccess = () => done(request.result as Uint8Array[]);
        request.onerror = () => failed(request.error);
      });
      rows.push(...values.map((value) => `${name} ${Array.from(value).join(",")}`));
    }
    database.close();
    return rows;
  });
}

test("on a device that nobody has joined somebody practises everything, and the server is never asked", async ({
  unpack,
  office,
}) => {
  const device = await unpack();
  const practice = new Practice(device);
  const search = new Search(device);
  const register = new Register(device);
  await device.visit("/");
  await practice.begin();
  await device.settled();
  expect(await databases(device)).toContain("practice");
  expect(await outbox(device), "the store of real people is as empty as it was").toEqual([]);

  await test.step("somebody made up is found, and shown", async () => {
    await search.open();
    await search.look("jesica bermudes");
    await expect(search.found.getByRole("link", { name: MADE_UP })).toBeVisible();
    await search.openPerson(MADE_UP);
    await practice.expectFramed();
  });

  await device.offline();
  let group = "";
  await test.step("a family is registered with no line", async () => {
    await search.open();
    await search.look("Inventada Practicante");
    await search.registerNew();
    group = await register.register(PRACTISED);
  });

  await test.step("the slip says on every page that it is none", async () => {
    await device.visit(`${group}/slip`);
    await practice.unlock();
    await expect(device.page.locator(".sheet")).toBeVisible();
    await device.page.emulateMedia({ media: "print" });
    await expect(device.page.locator(".practice__stamp")).toBeVisible();
    await expect(device.page.locator(".practice__stamp")).toHaveText(say("practice_word"));
    await expect(practice.banner).toBeVisible();
    await device.page.emulateMedia({ media: null });
  });

  await test.step("locked and unlocked, loaded anew, and the battery torn out", async () => {
    await practice.lock();
    await new Unlock(device).try("otra frase cualquiera");
    await expect(new Unlock(device).fault.filter({ hasText: say("passphrase_wrong") })).toBeVisible();
    await practice.unlock();
    await device.page.reload();
    await practice.unlock();
    await device.kill();
    await device.switchOn();
    await device.visit("/");
    await practice.unlock();
    await search.open();
    await search.look("Inventada Practicante");
    await search.expectFirst(nameOf(PRACTISED.people[0]!));
  });

  await device.online();
  await test.step("what waits is shown, and sending is pretended", async () => {
    await practice.go("nav_outbox");
    await expect(device.page.getByText(say("practice_outbox"))).toBeVisible();
    await expect(device.page.getByText(say("practice_waiting")).first()).toBeVisible();
    await device.page.getByRole("button", { name: say("practice_send") }).click();
    await practice.expectUnsent(0);
    await expect(device.page.getByText(say("practice_sent"))).toBeVisible();
  });

  await test.step("nobody joins meanwhile; the invitation stays good", async () => {
    const link = await office.invite(CASEWORKER_IN_METETI);
    await device.visit(link);
    await expect(device.page.getByText(say("practice_join"))).toBeVisible();
    await practice.expectFramed();
    expect(asked(device), "asked of the server in the whole practice").toEqual([]);
    await practice.end();
    await expect(device.page.getByRole("button", { name: say("enrol_marks_same") })).toBeVisible();
  });
  expect(await device.page.evaluate(() => localStorage.getItem("amparo-vault"))).toBeNull();
});

test("on a device with real people they are as they were, whatever was practised", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const practice = new Practice(device);
  const register = new Register(device);
  await device.offline();
  await register.open();
  await register.register(REAL);
  await practice.expectUnsent(1);
  await practice.go("nav_settings");
  await practice.lock();
  const before = await outbox(device);
  const asking = asked(device).length;

  await test.step("practised, with as much sent as ever", async () => {
    await practice.begin();
    await new Search(device).open();
    await new Search(device).look("Amina Verdadera");
    await new Search(device).expectNobody();
    await new Search(device).registerNew();
    await register.register(PRACTISED);
    await practice.go("nav_outbox");
    await device.page.getByRole("button", { name: say("practice_send") }).click();
    await practice.expectUnsent(0);
    expect(asked(device).length).toBe(asking);
    expect(await outbox(device), "not a byte is another").toEqual(before);
  });

  await practice.end();
  // The real app has begun again, and may have noted by now that there is no line.
  const kept = (rows: string[]) => rows.filter((row) => !row.startsWith("outbox"));
  expect(kept(await outbox(device)), "not a byte is another").toEqual(kept(before));
  await new Unlock(device).open(passphrase);
  await practice.expectUnsent(1);
  await new Search(device).open();
  await new Search(device).look("Practicante");
  await new Search(device).expectNobody();

  await device.online();
  await practice.expectUnsent(0);
  await expect(practice.strip).toContainText(counted("strip_saved", 1));
});

test("the frame is overlooked by nobody: in every language, in light and dark, in forced colours, on the narrowest phone", async ({
  unpack,
}) => {
  const device = await unpack();
  const practice = new Practice(device);
  const { page } = device;
  await device.visit("/");
  await practice.begin();
  await practice.go("nav_settings");
  const words: Record<string, string> = { es: "PRÁCTICA", en: "PRACTICE", fr: "EXERCICE", pt: "PRÁTICA", ht: "EGZÈSIS", ar: "تدريب" };
  for (const [language, word] of Object.entries(words)) {
    await page.locator(`input[name=language][value=${language}]`).check();
    await expect(page.locator(".practice__word")).toHaveText(word);
    await expect(page).toHaveTitle(new RegExp(`^${word} · `));
    for (const looks of [
      { colorScheme: "light", forcedColors: "none" },
      { colorScheme: "dark", forcedColors: "none" },
      { colorScheme: "light", forcedColors: "active" },
    ] as const) {
      const name = `${language} ${looks.colorScheme} ${looks.forcedColors}`;
      await page.emulateMedia(looks);
      await expect(page.locator(".practice__word")).toBeInViewport();
      // Forced colours are the person's own; how they stand together is not for axe to judge.
      if (looks.forcedColors === "none") await expectAccessible(page, name);
    }
    await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
    for (const viewport of [{ width: 320, height: 640 }, TABLET]) {
      await page.setViewportSize(viewport);
      await expectNoSidewaysScroll(page, `${language} ${viewport.width}`);
      await expectNothingClipped(page, `${language} ${viewport.width}`);
    }
  }
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".practice__stamp")).toBeVisible();
});
