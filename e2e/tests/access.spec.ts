// Every page, and every state of it, in languages that run either way, light and dark; and for people who see, move or read
// differently: large text, a narrow screen, forced colours, no motion, no pointer, a broad finger.
import { type Device, PHONE, TABLET } from "../device.ts";
import { type Joined, type Unpack, expect, test } from "../fixtures.ts";
import {
  expectAccessible,
  expectContrast,
  expectEdges,
  expectFocusSeen,
  expectMirrored,
  expectNoSidewaysScroll,
  expectNothingClipped,
  expectRoomForFingers,
  expectStill,
  setTextSize,
} from "../looks.ts";
import { CASEWORKER_IN_METETI, type Office } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { expectSpoken, follow, lockedIn, makeViews, practiceViews, unlock } from "../views.ts";
import { say } from "../words.ts";

const SPOKEN = ["es", "ht", "ar"] as const;
const NARROWEST = { width: 320, height: 640 };

/** Looks at a page in both themes. */
async function expectBothThemes({ page }: Device, name: string): Promise<void> {
  await expectAccessible(page, `${name}, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectContrast(page, `${name}, dark`);
  await page.emulateMedia({ colorScheme: "light" });
}

/** Joins with an invitation, and looks at each step in every language. */
async function join(unpack: Unpack, office: Office): Promise<Joined> {
  const device = await unpack();
  const tongues = device.page.locator("main select");
  const enrol = new Enrol(device);
  const inEach = async (name: string) => {
    for (const language of ["ht", "ar", "es"] as const) {
      await tongues.selectOption(language);
      await expectSpoken(device, language);
      await expectBothThemes(device, `${name}, ${language}`);
    }
  };
  await device.visit(await office.invite(CASEWORKER_IN_METETI));
  await expect(enrol.title).toHaveText(say("enrol_title"));
  await inEach("joining, the marks");
  await device.page.getByRole("button", { name: say("enrol_marks_same") }).click();
  await expect(enrol.title).toHaveText(say("passphrase_title"));
  await inEach("joining, the passphrase");
  const passphrase = await enrol.offered();
  await enrol.choose(passphrase);
  await expect(enrol.lockButton).toBeVisible();
  await device.settled();
  return { device, passphrase };
}

test("every page can be used by everybody in Spanish, Haitian Creole and Arabic, light and dark", async ({ unpack, office }) => {
  test.setTimeout(300_000);
  const somebody = await join(unpack, office);
  const { device, passphrase } = somebody;
  const views = await makeViews(somebody);
  for (const language of SPOKEN) {
    await lockedIn(device, language);
    await expectBothThemes(device, `unlocking, ${language}`);
    await unlock(device, passphrase);
    for (const { name, show } of views) {
      await show(device);
      await expectBothThemes(device, `${name}, ${language}`);
    }
  }
});

test("every page is whole on the narrowest screen and with large text, and needs neither colour, motion nor pointer", async ({ joined }) => {
  test.setTimeout(300_000);
  const somebody = await joined(CASEWORKER_IN_METETI);
  const { device, passphrase } = somebody;
  const { page } = device;
  const views = await makeViews(somebody);
  for (const language of ["es", "ar"] as const) {
    await lockedIn(device, language);
    await unlock(device, passphrase);
    for (const { name, show } of views) {
      const at = (how: string) => `${name}, ${language}, ${how}`;
      await show(device);
      await expectStill(page, at("no motion"));
      await expectRoomForFingers(page, at("fingers"));
      if (language === "ar") await expectMirrored(page, at("arrows"));
      await expectFocusSeen(page, at("keyboard"));
      await page.emulateMedia({ forcedColors: "active" });
      await expectEdges(page, at("forced colours"));
      await page.emulateMedia({ forcedColors: "none" });
      await page.setViewportSize(PHONE);
      await expectRoomForFingers(page, at("fingers, phone"));
      await page.setViewportSize(NARROWEST);
      await expectNoSidewaysScroll(page, at("320 wide"));
      await expectNothingClipped(page, at("320 wide"));
      await page.setViewportSize(TABLET);
      await setTextSize(page, 200);
      await expectNoSidewaysScroll(page, at("text at 200 %"));
      await expectNothingClipped(page, at("text at 200 %"));
      await setTextSize(page, 100);
    }
  }
});

test("practice can be used by everybody as the app itself can", async ({ unpack }) => {
  test.setTimeout(180_000);
  const device = await unpack();
  const views = await practiceViews(device);
  for (const language of SPOKEN) {
    await follow(device, "/settings");
    await device.page.locator(`input[name="language"][value="${language}"]`).check();
    await expectSpoken(device, language);
    for (const { name, show } of views) {
      await show(device);
      await expectBothThemes(device, `practice: ${name}, ${language}`);
      await device.page.setViewportSize(NARROWEST);
      await expectNoSidewaysScroll(device.page, `practice: ${name}, ${language}, 320 wide`);
      await expectNothingClipped(device.page, `practice: ${name}, ${language}, 320 wide`);
      await device.page.setViewportSize(TABLET);
    }
  }
});
