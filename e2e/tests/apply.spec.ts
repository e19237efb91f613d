// The applicants' door before anybody has answered anything: what can be read with nothing else there, in every language, with
// no line, and on phones that cannot run the program.
import type { Page } from "@playwright/test";
import { PHONE } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { dead } from "../line.ts";
import {
  expectAccessible,
  expectContrast,
  expectMirrored,
  expectNoSidewaysScroll,
  expectRoomForFingers,
  picture,
  setTextSize,
} from "../looks.ts";
import { Pin } from "../pages/pin.ts";
import { tell } from "../words.ts";

/** Where people end up who leave in a hurry. */
const NEUTRAL = "https://es.wikipedia.org/";
const TARGET = 48;

/** Stands in for the neutral page, which no test machine needs to reach. */
async function neutral(page: Page): Promise<void> {
  await page.route(`${NEUTRAL}**`, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Enciclopedia</h1>" }));
}

test("the first words are read before the program comes, in every language, and where it never comes they say what to do", async ({
  unpack,
  faults,
  office,
}) => {
  faults.allow(/apply|wasm|fetch/i);
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  await neutral(page);
  const list = (await (await fetch(new URL("/apply-assets.json", office.address))).json()) as { signed: string };
  const files = Object.keys((JSON.parse(list.signed) as { files: object }).files);
  const cut = device.line.spoil(files.find((path) => /^\/apply-\w+\.wasm$/.test(path)) ?? "", dead);
  await device.visit("/apply");
  await expect(page.getByRole("heading", { level: 2, name: tell("welcome_title") })).toBeVisible();
  await cut.seen;
  // The program could not be had: help is opened, and everything else stays as it was.
  await expect(page.getByText("Chrome, Firefox o Samsung Internet").first()).toBeVisible();
  await expectAccessible(page, "first words");
  await expectRoomForFingers(page, "first words", TARGET);
  await expectNoSidewaysScroll(page, "first words");
  await picture(page, "door-first-words");
  for (const [name, language] of [["Kreyòl ayisyen", "ht"], ["العربية", "ar"]] as const) {
    await page.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 2 })).toHaveText(tell("welcome_title", {}, language));
    await expect(page.locator("html")).toHaveAttribute("lang", language);
  }
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await page.setViewportSize({ width: 320, height: 640 });
  await setTextSize(page, 200);
  await expectNoSidewaysScroll(page, "first words, Arabic, large text");
  // Leaving needs no program, and there is no way back.
  await page.getByRole("link", { name: /Salir/ }).click();
  await expect(page.getByRole("heading", { name: "Enciclopedia" })).toBeVisible();
  await page.goBack();
  expect(page.url()).not.toContain("/apply");
});

test("with no scripts at all the first words say everything in six languages", async ({ unpack }) => {
  const device = await unpack({ viewport: PHONE });
  await (await device.inside()).send("Emulation.setScriptExecutionDisabled", { value: true });
  await device.visit("/apply");
  const titles = ["es", "en", "fr", "ht", "pt", "ar"].map((language) => tell("welcome_title", {}, language));
  await expect(device.page.getByRole("heading", { level: 2 })).toHaveText(titles);
});

test("the door opens with no line after one visit, in every language, and never fetches the staff door", async ({ unpack, office }) => {
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  await device.visit("/apply");
  const title = page.getByRole("heading", { level: 1 });
  await expect(title).toHaveText(tell("welcome_title"));
  await page.getByRole("button", { name: "Kreyòl ayisyen" }).click();
  await expect(title).toHaveText(tell("welcome_title", {}, "ht"));
  await device.settled();
  // All languages follow the one that is spoken.
  const kept = () => page.evaluate(async () => {
    const names = await caches.keys();
    const shell = await caches.open(names[0] ?? "");
    return { names: names.length, languages: (await shell.keys()).filter((it) => it.url.includes("/apply/words-")).length };
  });
  await expect.poll(kept).toEqual({ names: 1, languages: 6 });
  const asked = device.line.passed.map(({ path }) => path);
  expect(asked.filter((path) => /desk|styles|locales|tables|sheet|\/assets\.json/.test(path))).toEqual([]);
  // What the page had fetched the worker did not fetch again.
  const wasm = asked.filter((path) => /\/apply-[0-9a-f]{16}\.wasm$/.test(path));
  expect(wasm).toHaveLength(1);

  await device.offline();
  await office.stop();
  await (await device.inside()).send("Network.clearBrowserCache");
  for (const path of ["/apply", "/apply/"]) {
    await device.visit(path);
    await expect(title).toHaveText(tell("welcome_title", {}, "ht"));
  }
  await page.getByRole("combobox").selectOption("ar");
  await expect(title).toHaveText(tell("welcome_title", {}, "ar"));
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
});

test("leaving from within the program leads to a page that tells nothing, and Back not into the door", async ({ unpack }) => {
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  await neutral(page);
  await device.visit("/apply");
  await page.getByRole("button", { name: tell("welcome_begin") }).click();
  await expect(page).not.toHaveURL(/\/apply$/);
  await page.getByRole("button", { name: tell("frame_leave") }).click();
  await expect(page.getByRole("heading", { name: "Enciclopedia" })).toBeVisible();
  await page.goBack();
  expect(page.url()).not.toContain("/apply");
});

test("every page of the door is for everybody: targets of 48 px, light and dark, right to left, large text on the smallest screen", async ({
  unpack,
}) => {
  test.setTimeout(240_000);
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  await device.visit("/apply");
  await page.getByRole("button", { name: tell("welcome_begin") }).click();
  await new Pin(page).choose();
  const pages = await page.evaluate(() => (globalThis as unknown as { AMPARO_PAGES: string[] }).AMPARO_PAGES);
  expect(pages.length).toBeGreaterThan(3);
  for (const address of pages) {
    await test.step(address, async () => {
      await goTo(page, address);
      const name = address.slice(1).replaceAll("/", "-");
      await expectAccessible(page, address);
      await expectRoomForFingers(page, address, TARGET);
      await expectNoSidewaysScroll(page, address);
      await picture(page, `door-${name}`);
      await page.setViewportSize({ width: 320, height: 640 });
      await setTextSize(page, 200);
      await expectNoSidewaysScroll(page, `${address}, large text`);
      await setTextSize(page, 100);
      await page.setViewportSize(PHONE);
    });
  }
  await page.getByRole("combobox", { name: tell("frame_language") }).selectOption("ar");
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await page.emulateMedia({ colorScheme: "dark" });
  for (const address of pages) {
    await test.step(`${address}, Arabic, dark`, async () => {
      await goTo(page, address);
      await expectContrast(page, `${address}, dark`);
      await expectMirrored(page, `${address}, Arabic`);
      await expectNoSidewaysScroll(page, `${address}, Arabic`);
      await picture(page, `door-${address.slice(1).replaceAll("/", "-")}-ar`);
    });
  }
});

/** Goes to a page as the browser's own Back and Forward do. */
async function goTo(page: Page, address: string): Promise<void> {
  await page.evaluate((address) => {
    history.pushState(1, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
  }, address);
  await expect(page).toHaveURL(new RegExp(`${address}$`));
  await expect(page.locator(".door__page h1")).not.toBeEmpty();
}
