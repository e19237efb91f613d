// Search comes first: a person is found however somebody knows the name, and the result says why.
import { expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import type { Device } from "../device.ts";
import { Search } from "../pages/search.ts";
import { say } from "../words.ts";

/** What is typed of a person, by the keys of the fields; nobody here exists. */
interface Known {
  name: string;
  texts: Record<string, string>;
  born: [string, string, string];
  sex: "F" | "M";
}

const JOSE: Known = {
  name: "José Gregorio Vásquez Rondón",
  texts: { given_names: "José Gregorio", surname1: "Vásquez", surname2: "Rondón", phone: "+507 6123-4567" },
  born: ["2", "11", "1991"],
  sex: "M",
};
const ANA: Known = {
  name: "Ana Lucía Peña Núñez",
  texts: {
    given_names: "Ana Lucía",
    surname1: "Peña",
    surname2: "Núñez",
    // Since she married (step 3 of the rules for names).
    common_name: "Ana Peña de Soto",
  },
  born: ["14", "3", "1988"],
  sex: "F",
};

/** What is typed, who is found first, and the reasons shown. */
const LOOKED_FOR: [string, Known, string[]][] = [
  ["Chepe Vásquez", JOSE, [say("why_short", { typed: "Chepe", name: "José" })]],
  ["jose bázquez", JOSE, [say("why_sound", { typed: "bázquez", name: "Vásquez" })]],
  ["Vasqeuz", JOSE, [say("why_near", { typed: "Vasqeuz", name: "Vásquez" })]],
  ["RONDÓN", JOSE, [say("why_surname2")]],
  ["rondon vasquez jose", JOSE, [say("why_swapped")]],
  ["jose vasquez 1991", JOSE, [say("why_name"), say("why_born", { year: "1991" })]],
  ["José Vásquez Mendoza", JOSE, [say("why_without", { typed: "Mendoza" })]],
  ["ana de soto", ANA, [say("why_married", { name: "Soto" })]],
  ["peña ana", ANA, [say("why_surname_first")]],
  ["1988", ANA, [say("why_born", { year: "1988" })]],
  ["6123 4567", JOSE, [say("why_phone_same")]],
];

/** Types a person into the card that is open. */
async function type({ page }: Device, person: Known): Promise<void> {
  const form = page.locator("form#family");
  for (const [key, text] of Object.entries(person.texts)) await form.locator(`input[id^="${key}-"]`).fill(text);
  const born = form.locator('input[inputmode="numeric"][id^="dob-"]');
  for (const [at, text] of person.born.entries()) await born.nth(at).fill(text);
  await form.locator(`input[type="radio"][value="${person.sex}"]`).check();
}

test("a caseworker finds people by what is known of them and sees why, and registers from below the results", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const { page } = device;
  await device.offline();
  const search = new Search(device);
  const given = page.locator('form#family input[id^="given_names-"]');

  await search.open();
  await search.look(JOSE.name);
  await search.expectNobody();
  await search.registerNew();
  // Every section stands open then.
  await page.locator("#stage-full").check();
  await type(device, JOSE);
  await page.getByRole("button", { name: say("member_add") }).first().click();
  await expect(given).toHaveValue("");
  await type(device, ANA);
  await page.locator("#finish").click();
  // Much is missing yet, and what is known can be kept all the same.
  await page.getByRole("button", { name: say("save_as_is") }).click();
  await expect(page).toHaveURL(/\/saved\/[0-9a-f-]+$/);

  for (const [typed, person, reasons] of LOOKED_FOR) {
    await test.step(typed, async () => {
      await search.open();
      await search.look(typed);
      const first = await search.expectFirst(person.name);
      for (const reason of [...reasons, say("hit_here")]) await expect(first).toContainText(reason);
    });
  }

  await test.step("nobody of those found: the name goes along, the year does not", async () => {
    await search.look("José Vásquez 1991");
    await search.expectFirst(JOSE.name);
    const last = await search.found.last().boundingBox();
    const button = await search.registerButton.boundingBox();
    expect(button?.y).toBeGreaterThan((last?.y ?? Infinity) + (last?.height ?? 0) - 1);
    await search.registerNew();
    await expect(given).toHaveValue("José");
    await expect(page.locator('form#family input[id^="surname1-"]')).toHaveValue("Vásquez");
  });
});

test("a megabyte pasted into the search is cut and hangs nothing", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const search = new Search(device);
  await search.open();
  const begun = Date.now();
  await search.look("María de los Ángeles 1991 ".repeat(40_000));
  await search.expectNobody();
  expect(Date.now() - begun).toBeLessThan(5_000);
  await expect.poll(async () => (await search.input.inputValue()).length).toBeLessThanOrEqual(200);
});
