// The six languages: nothing is cut off where sentences are longer, Arabic runs from the right, and whoever changes the
// language keeps what was typed.
import type { Locator } from "@playwright/test";
import { type Device, type DeviceOptions, PHONE, TABLET } from "../device.ts";
import { type Joined, type Unpack, expect, test } from "../fixtures.ts";
import { clippedText, expectAccessible, expectNoSidewaysScroll, expectNothingClipped } from "../looks.ts";
import { CASEWORKER_IN_METETI, Office } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Unlock } from "../pages/unlock.ts";
import { type Language, expectSpoken, follow, unlock } from "../views.ts";

/** Main pages by what they show; found by address, because their words are in another language. */
type Pages = Record<string, string>;

/** A device of the demo office, with thousands of people on it, and its main pages: a family, a person of it, the longest
    form, and a registration just begun. */
async function everyday(unpack: Unpack, options: DeviceOptions, use: (given: Joined, pages: Pages) => Promise<void>): Promise<void> {
  const office = await Office.open({ demo: true });
  try {
    await office.says(/^Loaded 7890 people/m);
    const device = await unpack(options, office);
    const passphrase = await new Enrol(device).join(await office.invitation("caseworker-meteti"));
    await device.settled();
    await follow(device, "/search");
    await search(device);
    const person = await address(device, "/people/");
    await follow(device, person);
    const group = await address(device, "/groups/");
    await use({ device, passphrase }, {
      home: "/",
      search: "/search",
      register: await begin(device),
      group,
      "every question about a family": `${group}/edit?stage=full`,
      "moving, splitting, merging": `${group}/regroup`,
      "a sealed note": person.replace("/people/", "/notes/"),
      slip: `${group}/slip`,
      consents: `${group}/consents`,
      "every question about a person": `${group}/edit?stage=full&person=${person.replace("/people/", "")}`,
      person,
      outbox: "/outbox",
      settings: "/settings",
    });
  } finally {
    await office.close();
  }
}

/** Looks for a common name until people with it have come. */
async function search({ page }: Device): Promise<void> {
  const found = page.locator('main a[href^="/people/"]').first();
  await expect(async () => {
    await page.getByRole("searchbox").fill("");
    await page.getByRole("searchbox").fill("rodriguez");
    await expect(found).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
}

/** Where the first link of a kind leads, without what it says beside the address. */
async function address({ page }: Device, start: string): Promise<string> {
  const href = await page.locator(`main a[href^="${start}"]`).first().getAttribute("href");
  return /^\/[a-z]+\/[^/?#]+/.exec(href ?? "")?.[0] ?? "";
}

/** Begins a registration and types a name. Gives its address. */
async function begin(device: Device): Promise<string> {
  const { page } = device;
  await new Frame(device).go("nav_register");
  await expect(page).toHaveURL(/\/register\/[^/]+$/);
  await firstInput(device).fill("أمينة");
  return new URL(page.url()).pathname;
}

/** The first line of text that a form asks for. */
function firstInput({ page }: Device): Locator {
  return page.locator('main form input[type="text"]').first();
}

/** Shows every main page, and the results of a search. */
async function eachPage(device: Device, pages: Pages, look: (name: string) => Promise<void>): Promise<void> {
  for (const [name, path] of Object.entries(pages)) {
    await follow(device, path);
    if (name === "search") await search(device);
    if (name.startsWith("every question")) await openSections(device);
    await look(name);
  }
}

/** Opens the sections of a form that wait until somebody needs them. */
async function openSections({ page }: Device): Promise<void> {
  const closed = page.locator("form .section__title + .line > button");
  while ((await closed.count()) > 0) await closed.first().click();
}

/** Chooses a language in the settings. */
async function choose(device: Device, language: Language): Promise<void> {
  await follow(device, "/settings");
  await device.page.locator(`input[name="language"][value="${language}"]`).check();
  await expectSpoken(device, language);
}

/** Opens the app anew in a language that nobody is offered: Spanish, two fifths longer. */
async function stretch({ device, passphrase }: Joined): Promise<void> {
  await device.page.evaluate(async () => {
    const base = await new Promise<IDBDatabase>((done, failed) => {
      const opening = indexedDB.open("reference");
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => failed(opening.error);
    });
    const writing = base.transaction("preferences", "readwrite");
    writing.objectStore("preferences").put("qps", "language");
    await new Promise((done) => writing.addEventListener("complete", done));
    base.close();
  });
  await device.visit("/");
  await expect(device.page.locator("html")).toHaveAttribute("lang", "qps");
  await expectNothingClipped(device.page, "unlocking");
  await unlock(device, passphrase);
}

test("text that is cut off would be found", async ({ unpack }) => {
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  await device.visit("/");
  await expect(page.locator("main h1")).toBeVisible();
  expect(await clippedText(page)).toEqual([]);
  await page.evaluate(() => {
    const narrow = { maxWidth: "3rem", minWidth: "0", whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" };
    for (const it of document.querySelectorAll<HTMLElement>("main h1, main button")) Object.assign(it.style, narrow);
  });
  expect(await clippedText(page)).toHaveLength(await page.locator("main h1, main button").count());
});

test("no text is cut off where sentences are two fifths longer", async ({ unpack }) => {
  test.setTimeout(180_000);
  await everyday(unpack, { viewport: PHONE }, async (somebody, pages) => {
    const { device } = somebody;
    await stretch(somebody);
    for (const viewport of [PHONE, TABLET]) {
      await device.page.setViewportSize(viewport);
      await eachPage(device, pages, async (name) => {
        await expectNothingClipped(device.page, `${name}, ${viewport.width} wide`);
        await expectNoSidewaysScroll(device.page, `${name}, ${viewport.width} wide`);
      });
    }
  });
});

for (const looks of ["light", "dark"] as const) {
  test(`every main page can be used by everybody in Arabic and in Haitian Creole, ${looks}`, async ({ unpack }) => {
    test.setTimeout(300_000);
    await everyday(unpack, { looks }, async ({ device }, pages) => {
      for (const language of ["ar", "ht"] as const) {
        await choose(device, language);
        await eachPage(device, pages, async (name) => {
          await expectAccessible(device.page, `${name}, ${language}, ${looks}`);
          await device.page.setViewportSize(PHONE);
          await expectNoSidewaysScroll(device.page, `${name}, ${language}, 360 wide`);
          await expectNothingClipped(device.page, `${name}, ${language}, 360 wide`);
          await device.page.setViewportSize(TABLET);
        });
      }
      await device.page.locator(".bar__lock").click();
      for (const language of ["ht", "ar"] as const) {
        await device.page.locator("main select").selectOption(language);
        await expectSpoken(device, language);
        await expectAccessible(device.page, `unlocking, ${language}, ${looks}`);
      }
    });
  });
}

test("changing the language keeps what is typed, before the lock and behind it", async ({ unpack, office }) => {
  const device = await unpack();
  const { page } = device;
  const enrol = new Enrol(device);
  await enrol.open(await office.invite(CASEWORKER_IN_METETI));
  const passphrase = await enrol.offered();
  const again = page.locator("#passphrase");
  const tongues = page.locator("main select");
  await again.fill(passphrase);
  for (const language of ["ar", "ht", "fr", "pt", "en", "es"] as const) {
    await tongues.selectOption(language);
    await expectSpoken(device, language);
    await expect(again).toHaveValue(passphrase);
    expect(await enrol.offered()).toBe(passphrase);
  }
  await enrol.choose(passphrase);
  await expect(enrol.lockButton).toBeVisible();
  await device.settled();
  await device.offline();

  const draft = await begin(device);
  const input = await firstInput(device).getAttribute("id");
  for (const language of ["ar", "pt"] as const) {
    await choose(device, language);
    await follow(device, draft);
    await expect(page.locator(`[id="${input}"]`)).toHaveValue("أمينة");
  }

  await page.locator(".bar__lock").click();
  await again.fill(passphrase);
  await tongues.selectOption("ar");
  await expectSpoken(device, "ar");
  await expect(again).toHaveValue(passphrase);
  await again.press("Enter");
  await expect(page.locator(".bar__lock")).toBeVisible();
  // The choice lasts: the next start speaks it too.
  await device.visit("/");
  await expectSpoken(device, "ar");
  await tongues.selectOption("es");
  await new Unlock(device).open(passphrase);
});
