// A new version of the app waits until the person agrees, and never shows itself over an open form.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, Office } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Register } from "../pages/register.ts";
import { Unlock } from "../pages/unlock.ts";
import { pattern, say } from "../words.ts";

/** Has the browser look for a new version, and waits until it lies ready. */
async function newVersionArrives(device: Device): Promise<void> {
  await device.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const found = new Promise((done) => registration.addEventListener("updatefound", done, { once: true }));
    await registration.update();
    await found;
    while (registration.installing) {
      const { installing } = registration;
      await new Promise((done) => installing.addEventListener("statechange", done, { once: true }));
    }
  });
}

test("a new version waits until nobody types and the person agrees, and nothing typed is lost over it", async ({ joined }) => {
  const site = mkdtempSync(join(tmpdir(), "amparo-site-"));
  cpSync(process.env.AMPARO_SITE ?? "", site, { recursive: true });
  const office = await Office.open({ site });
  try {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, office);
    await device.visit("/");
    await new Unlock(device).open(passphrase);
    const register = new Register(device);
    await register.open();
    await register.field("given_names").fill("Marie Rose");
    await expect(register.said).toHaveText(pattern("saved_on_device"));

    const assets = join(site, "service-worker-assets.js");
    writeFileSync(assets, readFileSync(assets, "utf8").replace(/"version": "/, "$&next-"));
    await newVersionArrives(device);
    const notice = device.page.getByText(say("update_ready"));
    await expect(notice).toBeHidden();
    await register.field("surname1").fill("Desrosiers");
    await expect(notice).toBeHidden();

    const frame = new Frame(device);
    await frame.go("nav_home");
    await expect(notice).toBeVisible();
    const loaded = device.page.waitForEvent("load");
    await device.page.getByRole("button", { name: say("update_now") }).click();
    await loaded;
    await new Unlock(device).open(passphrase);
    await expect(notice).toBeHidden();
    const drafts = device.page.getByRole("region", { name: say("drafts") });
    await drafts.getByRole("link", { name: "Marie Rose Desrosiers" }).click();
    await expect(register.field("surname1")).toHaveValue("Desrosiers");
  } finally {
    await office.close();
    rmSync(site, { recursive: true, force: true });
  }
});
