// The directory of desks: looked after by administrators, read by everybody, also with no line.
import { type Locator } from "@playwright/test";
import { PHONE, TABLET } from "../device.ts";
import { expect, test as base } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture } from "../looks.ts";
import { Office, type Staff } from "../office.ts";
import { Admin } from "../pages/admin.ts";
import { Authenticator } from "../passkey.ts";
import { follow, lockedIn, unlock } from "../views.ts";
import { pattern, say, starting } from "../words.ts";

const ADMINISTRATOR: Staff = { name: "Aracelis Him", code: "ADM-01", role: "administrator", site: "panama" };
const CLINIC = "Consultorio de Metetí";
const NEEDED = "Legal";

/** An office with a name: browsers make no passkeys for a number. */
const test = base.extend<{ named: Office }>({
  named: async ({}, use) => {
    const office = await Office.open({ named: true });
    await use(office);
    await office.close();
  },
});

test("an administrator adds a desk, everybody finds it with no line, and retired it is said to take nobody", async ({ joined, named }) => {
  test.setTimeout(180_000);
  const { device, passphrase } = await joined(ADMINISTRATOR, { viewport: { width: 1280, height: 800 } }, named);
  await Authenticator.give(device);
  const { page } = device;
  const admin = new Admin(device);
  await admin.open();
  await admin.part("admin_places");
  await page.getByRole("button", { name: `${say("admin_add")} ${say("desk_admin")}` }).click();
  await page.locator("#place-code").fill("clinic_meteti");
  await page.locator("#place-name-es").fill(CLINIC);
  const ask = (column: string): Locator => page.locator(`#place-${column}`);
  await ask("valid_from").fill("2020-02-01");
  await ask("valid_to").fill("2020-01-01");
  await admin.button("admin_save").click();
  await admin.passkey("first");
  // Everything that is wrong with it, each beside its question.
  const summary = page.getByRole("alert").getByRole("link");
  await expect(summary).toHaveCount(5);
  await expectAccessible(page, "a desk that lacks much");
  await picture(page, "desk-form");
  await ask("institution").selectOption("LAW_CLINICS");
  await ask("site").selectOption("meteti");
  await page.getByRole("group", { name: say("desk_accepts"), exact: true }).getByText(NEEDED, { exact: true }).click();
  await page.getByRole("group", { name: say("desk_languages"), exact: true }).locator("label").first().click();
  await ask("hours").fill("Lunes a viernes, 8:00 a 15:00");
  await ask("address").fill("Calle principal, junto al parque");
  await ask("phone").fill("+507 555-0101");
  await page.getByText(say("desk_slip"), { exact: true }).click();
  await ask("valid_to").fill("");
  await admin.button("admin_save").click();
  await expect(page.getByText(say("admin_place_saved"))).toBeVisible();
  await expect(admin.item(CLINIC)).toBeVisible({ timeout: 30_000 });
  await device.offline();

  const clinic = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: CLINIC }) });
  await follow(device, "/directory");
  await expect(page.getByText(pattern("desk_as_of"))).toBeVisible();
  await expect(clinic).toContainText("Lunes a viernes, 8:00 a 15:00");
  await expect(clinic).toContainText(say("desk_slip"));
  await expect(clinic.getByRole("link")).toHaveAttribute("href", "tel:+5075550101");
  // Grouped by institution; found by any part of its name or address, with or without accents.
  const institution = page.getByRole("region", { name: "Consultorios jurídicos universitarios" });
  await expect(institution.getByRole("listitem")).toHaveCount(2);
  await page.locator("#desk-text").fill("juridicos parque");
  await expect(page.locator(".desks__one")).toHaveCount(1);
  await page.locator("#desk-text").fill("");
  await page.getByLabel(starting(say("desk_sector"))).selectOption({ label: "Violencia de género" });
  await expect(clinic).toHaveCount(0);
  await expect(page.getByRole("region", { name: "HIAS" }).getByRole("listitem")).toHaveCount(3);
  await page.getByLabel(starting(say("site"))).selectOption("david");
  await expect(page.locator(".desks__one")).toHaveCount(1);
  await page.getByLabel(starting(say("desk_language"))).selectOption({ label: "francés" });
  await expect(page.getByText(say("desk_none"))).toBeVisible();

  for (const language of ["es", "ar"] as const) {
    await lockedIn(device, language);
    await unlock(device, passphrase);
    for (const [screen, viewport] of [["tablet", TABLET], ["phone", PHONE]] as const) {
      await page.setViewportSize(viewport);
      for (const colorScheme of language === "ar" ? (["light"] as const) : (["light", "dark"] as const)) {
        await page.emulateMedia({ colorScheme });
        await follow(device, "/directory");
        const name = `directory-${screen}-${colorScheme}-${language}`;
        await expectAccessible(page, name);
        await expectNoSidewaysScroll(page, name);
        await expectNothingClipped(page, name);
        if (screen === "phone") await expectRoomForFingers(page, name);
        await picture(page, name);
      }
    }
  }

  // Retired: nobody is sent there any more, and its name stays.
  await device.online();
  await lockedIn(device, "es");
  await unlock(device, passphrase);
  await page.setViewportSize(TABLET);
  await admin.open();
  await admin.part("admin_places");
  await page.getByRole("button", { name: `${say("admin_edit")} ${CLINIC}` }).click();
  await page.getByLabel(say("admin_retire")).check();
  await admin.button("admin_save").click();
  // Unlocked anew: the passkey is asked for again.
  await admin.passkey("asked");
  await expect(page.getByText(say("admin_place_saved"))).toBeVisible();
  await expect(admin.item(CLINIC)).toContainText(say("admin_retired"), { timeout: 30_000 });
  await follow(device, "/directory");
  await expect(clinic).toHaveCount(0);
  await page.getByLabel(say("desk_also_closed")).check();
  await expect(clinic).toContainText(say("desk_closed"));
});
