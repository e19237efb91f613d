// A family answers the questions on its own phone with no line: all of them, in three languages, with mistakes and second
// thoughts, and nothing that was said is lost.
import type { Page } from "@playwright/test";
import { PHONE } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture, setTextSize } from "../looks.ts";
import { DoorPage, FAMILY, type Person } from "../pages/door.ts";
import { drawnPicture, picturePlace, withPlace } from "../pictures.ts";

const PIN = "739105";
const TARGET = 48;

/** Looks at every question as it comes, and at some again on the smallest screen with text twice as large. */
function lookedAt(door: DoorPage, again: readonly string[]): void {
  const seen = new Set<string>();
  door.look = async (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    const name = `${door.language} ${key}`;
    await expectAccessible(door.page, name);
    await expectRoomForFingers(door.page, name, TARGET);
    await expectNoSidewaysScroll(door.page, name);
    await expectNothingClipped(door.page, name);
    await picture(door.page, `door-${door.language}-${key}`);
    if (!again.includes(key)) return;
    await door.page.setViewportSize({ width: 320, height: 640 });
    await setTextSize(door.page, 200);
    await expectNoSidewaysScroll(door.page, `${name}, large`);
    await expectNothingClipped(door.page, `${name}, large`);
    await picture(door.page, `door-${door.language}-${key}-large`);
    await setTextSize(door.page, 100);
    await door.page.setViewportSize(PHONE);
  };
}

/** How many sealed pieces of pictures lie on the phone. */
async function pieces(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open("applicant");
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction("pieces").objectStore("pieces").count();
          counting.onsuccess = () => {
            opening.result.close();
            done(counting.result);
          };
        };
      }),
  );
}

/** Opens the door on a phone, begins a family, and takes the line away. */
async function without(door: DoorPage): Promise<void> {
  await door.begin(PIN);
  await door.device.settled();
  await door.device.offline();
}

test("a family of four answers all questions with no line, changes one, and finds everything again after the phone was closed", async ({ unpack }) => {
  test.slow();
  const device = await unpack({ viewport: PHONE });
  const door = new DoorPage(device);
  const { page } = device;
  lookedAt(door, ["ask_people_title", "ask_birth_title_you", "ask_nationality_title_you", "ask_contact_title", "ask_register_title", "ask_check_title"]);
  await without(door);
  await door.fill(FAMILY);
  const facts = page.locator("dl");
  const all = [
    ["Yorleny del Carmen Ñáñez Uribe", "2 mar 1991", "Mujer", "Venezuela"],
    ["Wilmer de la Hoz", "Esposo", "jul 1988", "Hombre"],
    ["Zoe de la Hoz Ñáñez", "Hija", "30 oct 2024", "Panamá", "Yorleny del Carmen Ñáñez Uribe"],
    ["Brayan Uribe", "Sobrino", "14 años, aprox.", "Wilmer de la Hoz"],
    ["4 personas en total.", "mar 2026, Aeropuerto de Tocumen", "Darién, Junto a la escuela, casa azul", "Metetí (Darién)", "WhatsApp, +50761234567"],
  ];
  for (const [at, said] of all.entries()) {
    for (const text of said) await expect(facts.nth(at).locator("dd", { hasText: text }).first()).toBeVisible();
  }
  // Nothing is missing, and one answer is changed from here and led back to.
  await expect(door.button("ask_check_send")).toBeVisible();
  await page.getByRole("button", { name: door.say("ask_change_what", { what: door.say("ask_row_arrival") }) }).click();
  await expect(door.input(0, 7, "-month")).toHaveValue("3");
  await door.input(0, 7, "-month").fill("4");
  await door.next();
  await expect(door.title).toHaveText(door.say("ask_check_title"));
  await expect(facts.last().getByText("abr 2026, Aeropuerto de Tocumen")).toBeVisible();

  // A paper with a photograph that knows where it was taken: it comes out small, and knows it no longer.
  await page.getByRole("button", { name: door.say("ask_change_what", { what: door.say("ask_row_papers") }) }).click();
  await door.button("ask_papers_add").click();
  const buffer = withPlace(await drawnPicture(device));
  await page.locator('select[id$="-121"]').selectOption("PASSPORT");
  await page.evaluate(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (made: Blob) => {
      Object.assign(globalThis, { made });
      return make(made);
    };
  });
  await page.locator('input[type="file"]').setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer });
  const image = page.locator("img.ask__photo");
  await expect(image).toBeVisible();
  const bytes = await page.evaluate(async () => {
    const { made } = globalThis as unknown as { made: Blob };
    return [...new Uint8Array(await made.arrayBuffer())];
  });
  expect(bytes.length).toBeLessThanOrEqual(60_000);
  expect(picturePlace(Buffer.from(bytes))).toBe("");
  await expectAccessible(page, "a paper");
  await expectRoomForFingers(page, "a paper", TARGET);
  await picture(page, "door-es-paper");
  await door.next();
  await door.next();
  await expect(facts.last().getByText("Pasaporte")).toBeVisible();

  // The phone is closed and opened again: the PIN, and everything is there.
  await expect(page.getByText(/^Guardado en este teléfono/)).toBeVisible();
  await device.switchOff();
  await device.switchOn();
  await device.visit("/apply/step/check");
  await device.page.locator("#pin").fill(PIN);
  await door.button("frame_next").click();
  await expect(door.title).toHaveText(door.say("ask_check_title"));
  for (const text of ["Brayan Uribe", "abr 2026", "Pasaporte"]) await expect(device.page.getByText(text).first()).toBeVisible();
  await device.page.getByRole("button", { name: door.say("ask_change_what", { what: door.say("ask_row_papers") }) }).click();
  await device.page.getByRole("button", { name: door.say("ask_change"), exact: true }).click();
  await expect(device.page.locator("img.ask__photo")).toBeVisible();

  // A photograph that was taken out leaves nothing on the phone.
  expect(await pieces(device.page)).toBeGreaterThan(0);
  await door.button("ask_paper_photo_remove").click();
  await expect(device.page.locator("img.ask__photo")).toHaveCount(0);
  await expect.poll(() => pieces(device.page)).toBe(0);
});

test("mistakes are named beside their answer, what was taken away comes back, and no to everything ends kindly", async ({ unpack }) => {
  const device = await unpack({ viewport: PHONE, looks: "dark" });
  const door = new DoorPage(device);
  const { page } = device;
  await without(door);
  await door.button("ask_people_add_adult").click();
  await door.button("ask_people_add_child").click();
  await door.button("ask_people_remove_who", { name: "Persona 2" }).click();
  await expect(page.locator(".ask__row")).toHaveCount(2);
  await door.button("ask_undo").click();
  await expect(page.locator(".ask__row")).toHaveCount(3);
  await door.button("ask_people_remove_who", { name: "Persona 3" }).click();
  await door.button("ask_people_remove_who", { name: "Persona 2" }).click();
  await door.next();

  // Nothing written: both are named, and each leads to its input.
  await door.button("frame_next").click();
  const errors = page.getByRole("alert");
  await expect(errors).toBeFocused();
  await expect(errors.getByRole("link")).toHaveText([door.say("ask_need_given"), door.say("ask_need_surname")]);
  await expectAccessible(page, "faults");
  await picture(page, "door-es-faults-dark");
  await errors.getByRole("link").last().click();
  await expect(door.input(1, 43)).toBeFocused();
  await door.input(1, 42).fill("  ana MARÍA ");
  await page.getByLabel(door.say("ask_one_name_you")).check();
  await expect(door.input(1, 43)).toHaveValue("  ana MARÍA ");
  await door.next();

  await door.input(1, 50).fill("31");
  await door.input(1, 50, "-month").fill("2");
  await door.input(1, 50, "-year").fill("1990");
  await door.button("frame_next").click();
  await expect(errors.getByRole("link")).toHaveText([door.say("ask_fault_day")]);
  // What cannot be right yet is still there when they come back.
  await page.reload();
  await page.locator("#pin").fill(PIN);
  await door.button("frame_next").click();
  await expect(door.input(1, 50)).toHaveValue("31");
  await page.getByLabel(door.say("date_inexact")).check();
  await door.input(1, 50, "-age").fill("36");
  await door.next();
  await door.choose(1, 49, "M");
  await door.next();
  // No more than three, and any country by a few letters.
  for (const code of ["VEN", "HTI", "COL", "CUB"]) await page.locator(`#q1-51 input[value="${code}"]`).click();
  await expect(page.locator("#q1-51 input:checked")).toHaveCount(3);
  await door.input(1, 51, "-search").fill("espana");
  await expect(page.locator('#q1-51 input[value="ESP"]')).toBeVisible();
  await door.next();

  await device.visit("/apply/step/register");
  await page.locator("#pin").fill(PIN);
  await door.button("frame_next").click();
  await door.choose(1, 152, "no");
  await door.next();
  await expect(door.title).toHaveText(door.say("ask_stop_title"));
  await expectAccessible(page, "no");
  await picture(page, "door-es-stop-dark");
  await door.button("ask_stop_change").click();
  await door.choose(1, 152, "yes");
  await door.next();
  // What is missing is listed, and leads to its question.
  await device.visit("/apply/step/check");
  await page.locator("#pin").fill(PIN);
  await door.button("frame_next").click();
  await expect(door.button("ask_check_fill")).toBeVisible();
  await expectAccessible(page, "missing");
  await expectRoomForFingers(page, "missing", TARGET);
  await picture(page, "door-es-missing-dark");
  await page.getByRole("link", { name: door.say("ask_need_province") }).click();
  await door.input(0, 4).selectOption("PA-4");
  await door.next();
  await expect(door.title).toHaveText(door.say("ask_office_title"));
  await expect(page.locator('input[value="david"]')).toBeChecked();
});

const SHORT: Record<string, readonly Person[]> = {
  ht: [
    { given: "Wideline", surname: "Jean-Baptiste", born: { age: "29" }, sex: "F", nationality: "HTI" },
    { given: "Dieuseul", surname: "Pierre", relation: "SON", born: { year: "2019" }, nationality: "HTI" },
  ],
  ar: [{ given: "سلمى", surname: "الحدّاد", born: { day: "1", month: "1", year: "1995" }, sex: "F", nationality: "XXA" }],
};

for (const language of ["ht", "ar"]) {
  test(`all questions are asked and answered in ${language}`, async ({ unpack }) => {
    test.slow();
    const device = await unpack({ viewport: PHONE });
    const door = new DoorPage(device, language);
    lookedAt(door, ["ask_birth_title_you", "ask_contact_title", "ask_check_title"]);
    await without(door);
    await door.fill(SHORT[language] ?? []);
    await expect(door.button("ask_check_send")).toBeVisible();
    await expect(device.page.locator("html")).toHaveAttribute("dir", language === "ar" ? "rtl" : "ltr");
  });
}
