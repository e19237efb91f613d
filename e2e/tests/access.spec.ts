// Every page in Spanish, Haitian Creole and Arabic, light and dark; and for people who see, move or read differently.
import { PHONE, TABLET } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped } from "../looks.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import { type Language, lockedIn, makeViews, unlock } from "../views.ts";

test("every page in es", async ({ joined }) => {
  test.setTimeout(300_000);
  const somebody = await joined(CASEWORKER_IN_METETI);
  const { device, passphrase } = somebody;
  const t0 = Date.now();
  const views = await makeViews(somebody);
  console.log("made", Date.now() - t0);
  const shots = process.env.SHOTS;
  const only = process.env.ONLY?.split("|");
  const { page } = device;
  for (const language of (process.env.LANGS ?? "es").split(",") as Language[]) {
    await lockedIn(device, language);
    await unlock(device, passphrase);
    for (const { name, show } of views) {
      if (only && !only.some((it) => name.includes(it))) continue;
      await show(device);
      const t = Date.now();
      if (!process.env.NOAXE) await expectAccessible(page, `${name}, ${language}`);
      const axed = Date.now() - t;
      if (shots) {
        for (const kind of (process.env.KINDS ?? "tablet,phone").split(",")) {
          await page.emulateMedia({ colorScheme: kind.includes("dark") ? "dark" : "light", forcedColors: kind.includes("forced") ? "active" : "none" });
          await page.setViewportSize(kind.includes("phone") ? PHONE : kind.includes("320") ? { width: 320, height: 640 } : kind.includes("wide") ? { width: 1180, height: 820 } : TABLET);
          if (kind.includes("200")) await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
          await page.waitForTimeout(100);
          if (!kind.includes("view")) { const h = await page.evaluate(() => document.documentElement.scrollHeight); await page.setViewportSize({ ...page.viewportSize()!, height: h }); await page.waitForTimeout(50); }
          await page.screenshot({ path: `${shots}/${name.replaceAll(/[ ,]+/g, "-")}.${language}.${kind}.png`, fullPage: !kind.includes("view") });
          await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
        }
        await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
        await page.setViewportSize(TABLET);
      }
      console.log(name, axed);
    }
  }
});
