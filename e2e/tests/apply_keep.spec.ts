// What a family types stays on its own phone, and nobody else who picks the phone up reads it.
import type { Page } from "@playwright/test";
import { type Device, PHONE } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture, setTextSize } from "../looks.ts";
import { Markers } from "../markers.ts";
import { PIN, Pin } from "../pages/pin.ts";
import { filesIn, scan } from "../scan.ts";
import { tell } from "../words.ts";

/** Where people end up who leave in a hurry. */
const NEUTRAL = "https://es.wikipedia.org/";
const OTHER_PIN = "161803";

/** A phone with the door open, and the time in the test's hands. */
async function openDoor(device: Device): Promise<void> {
  await device.page.clock.install();
  await device.context.route(`${NEUTRAL}**`, (route) => route.fulfill({ contentType: "text/html", body: "<h1>Enciclopedia</h1>" }));
  await device.visit("/apply");
}

async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: tell("welcome_begin") }).click();
}

const title = (page: Page) => page.getByRole("heading", { level: 1 });
const given = (page: Page) => page.getByLabel(tell("ask_given"));
const saved = (page: Page) => page.locator(".door__saved");
const go = (page: Page) => page.getByRole("button", { name: tell("frame_next") });

/** Says who fills it in; it lies on the phone when this is over. */
async function name(page: Page, as: string): Promise<void> {
  await expect(page).toHaveURL(/\/step\/people$/);
  await go(page).click();
  await given(page).fill(as);
  await expectSaved(page);
}

/** What was typed lies on the disk. */
async function expectSaved(page: Page): Promise<void> {
  await expect(saved(page)).toContainText(tell("frame_saved", { time: "" }).trim());
}

/** How many rows each table holds. */
async function rows(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const base = await done(indexedDB.open("applicant"));
    const names = [...base.objectStoreNames];
    const counts = await Promise.all(names.map((it) => done(base.transaction(it).objectStore(it).count())));
    base.close();
    return Object.fromEntries(names.map((it, at) => [it, counts[at] ?? -1]));
  });
}

/** Lays a letter of the first family into its table, in the form that the worker's script reads and writes. */
async function layLetter(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const base = await done(indexedDB.open("applicant"));
    const [family] = await done(base.transaction("families").objectStore("families").getAllKeys());
    const posted = new Uint8Array(1200).fill(7);
    const row = [0x84, 0x5a, 0, 0, 4, 176, ...posted, 0xf6, 0x1b, 0, 0, 0, 0, 0, 0, 0, 0, 0x5a, 0, 0, 0, 1, 9];
    const letters = base.transaction("letters", "readwrite").objectStore("letters");
    await done(letters.put(new Uint8Array(row), new Uint8Array([...new Uint8Array(family as ArrayBuffer), 0, 0, 0, 0])));
    base.close();
  });
}

test("a half-filled form comes back after its browser was killed, with its PIN and with no other", async ({ unpack }) => {
  const device = await unpack({ viewport: PHONE });
  const markers = new Markers(61);
  const [first, more] = [markers.name(), markers.name()];
  await openDoor(device);
  await begin(device.page);
  // What anybody would try first is no PIN.
  const pin = new Pin(device.page);
  await pin.type("123456");
  await pin.go();
  await expect(device.page.getByRole("alert")).toContainText(tell("keep_pin_easy"));
  for (let digit = 0; digit < 6; digit += 1) await device.page.getByRole("button", { name: tell("keep_pin_back") }).click();
  await pin.choose();
  await name(device.page, first);
  await device.page.getByLabel(tell("ask_surname1")).fill(more);
  await expectSaved(device.page);

  await device.kill();
  expect(filesIn(device.profile).length).toBeGreaterThan(2);
  expect(scan([device.profile], [...markers.words, PIN])).toEqual([]);

  await device.switchOn();
  const { page } = device;
  // A phone with no room left opens what it holds, says so, and keeps what is typed on the page.
  await device.limitStorage(1);
  await openDoor(device);
  await begin(page);
  const again = new Pin(page);
  await again.enter();
  await expect(page).toHaveURL(/\/step\/name-1$/);
  await given(page).fill(`${first} ${more}`);
  await expect(saved(page)).toHaveText(tell("keep_full"));
  await expect(given(page)).toHaveValue(`${first} ${more}`);
  await device.limitStorage(null);
  await page.getByLabel(tell("ask_surname2")).fill(more);
  await expectSaved(page);

  await page.reload();
  for (const [sentence, pin] of [["keep_pin_wrong", OTHER_PIN], ["keep_pin_wrong", OTHER_PIN], ["keep_pin_wait", OTHER_PIN], ["keep_pin_wait", PIN]] as const) {
    await again.type(pin);
    await again.go();
    // The right one has to wait too.
    await expect(page.locator("#pin")).toHaveValue("");
    await expect(page.getByRole("alert")).toContainText(tell(sentence, { time: "" }).replace(/ ?\.$/, ""));
  }
  await page.clock.fastForward(31_000);
  await again.enter();
  await expect(given(page)).toHaveValue(`${first} ${more}`);
  await expect(page.getByLabel(tell("ask_surname2"))).toHaveValue(more);
});

test("the phone locks when nobody is there, and whoever leaves in a hurry leaves nothing on the screen", async ({ unpack }) => {
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  await openDoor(device);
  await begin(page);
  await new Pin(page).choose();
  await name(page, "Yomaira");
  await page.clock.fastForward(121_000);
  await expect(title(page)).toHaveText(tell("keep_pin_enter"));
  expect(await page.content()).not.toContain("Yomaira");
  await new Pin(page).enter();
  await expect(given(page)).toHaveValue("Yomaira");
  // A second tab goes on from there, and the first shows what it saved.
  const tab = await device.context.newPage();
  await tab.goto(page.url());
  await new Pin(tab).enter();
  await given(tab).fill("Yomaira Isabel");
  await expectSaved(tab);
  await expect(given(page)).toHaveValue("Yomaira Isabel");
  await given(page).fill("Yomaira");
  await expect(given(tab)).toHaveValue("Yomaira");
  await tab.close();
  // The button; then the keys.
  await page.getByRole("button", { name: tell("frame_leave") }).click();
  await expect(title(page)).toHaveText("Enciclopedia");
  await page.goBack();
  expect(page.url()).not.toContain("/apply");
  await device.visit("/apply/step/name-1");
  await new Pin(page).enter();
  await expect(given(page)).toHaveValue("Yomaira");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(title(page)).toHaveText("Enciclopedia");
  await device.visit("/apply/step/name-1");
  await expect(title(page)).toHaveText(tell("keep_pin_enter"));
});

test("two families on one phone do not read each other, and one that is deleted is gone", async ({ unpack }) => {
  test.setTimeout(120_000);
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  const markers = new Markers(62);
  const [one, two] = [markers.name(), markers.name()];
  await openDoor(device);
  await begin(page);
  await look(page, "pin-new");
  await new Pin(page).choose();
  await name(page, one);
  await device.visit("/apply/kept");
  await page.getByRole("button", { name: tell("keep_another") }).click();
  await new Pin(page).choose(OTHER_PIN);
  await name(page, two);
  await device.visit("/apply/kept");
  await expect(page.getByRole("listitem")).toHaveCount(2);
  expect(await page.content()).not.toMatch(new RegExp(`${one}|${two}`));
  await look(page, "list");

  await page.getByRole("button", { name: new RegExp(`^${tell("keep_family", { n: "1" })}`) }).click();
  await new Pin(page).type(OTHER_PIN);
  await new Pin(page).go();
  await expect(page.getByRole("alert")).toContainText(tell("keep_pin_wrong"));
  await look(page, "pin");
  await new Pin(page).enter();
  await expect(given(page)).toHaveValue(one);

  await device.visit("/apply/kept");
  await page.getByRole("button", { name: tell("keep_erase_one", { n: "1" }) }).click();
  await expect(page.getByText(tell("keep_erase_lost"))).toBeVisible();
  await look(page, "erase");
  // What waits to be sent may go on its way with nothing left here that opens it.
  await layLetter(page);
  await device.visit("/apply/kept");
  await expect(page.getByText(tell("keep_waiting"))).toBeVisible();
  await page.getByRole("button", { name: tell("keep_erase_one", { n: "1" }) }).click();
  const erase = page.getByRole("button", { name: tell("keep_erase_now"), exact: true });
  await erase.click();
  await expect(page.getByRole("alert")).toContainText(tell("keep_erase_choose"));
  await look(page, "erase-waiting");
  await page.getByRole("radio", { name: tell("keep_erase_send") }).check();
  await erase.click();
  await expect(title(page)).toHaveText(tell("keep_list_title"));
  await expect(page.getByRole("listitem")).toHaveCount(1);
  expect(await rows(page)).toMatchObject({ families: 1, letters: 1, pieces: 0 });

  await device.kill();
  expect(scan([device.profile], markers.words)).toEqual([]);
  await device.switchOn();
  await device.visit("/apply/kept/pin");
  await new Pin(device.page).enter(OTHER_PIN);
  await expect(given(device.page)).toHaveValue(two);
});

/** The page as people see it who need it large, dark, or from right to left. */
async function look(page: Page, name: string): Promise<void> {
  await expectAccessible(page, name);
  await expectRoomForFingers(page, name, 48);
  await expectNoSidewaysScroll(page, name);
  await picture(page, `keep-${name}`);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page, `${name}, dark`);
  await picture(page, `keep-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("combobox").selectOption("ar");
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await expectNothingClipped(page, `${name}, Arabic`);
  await picture(page, `keep-${name}-ar`);
  await page.getByRole("combobox").selectOption("es");
  await expect(page.locator("html")).toHaveAttribute("dir", "ltr");
  await setTextSize(page, 200);
  await expectNoSidewaysScroll(page, `${name}, large text`);
  await picture(page, `keep-${name}-large`);
  await setTextSize(page, 100);
}
