// Takes the README's pictures, from the demo office and its made-up people.
import { type Page, expect } from "@playwright/test";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { giveKit, logSession, openPerson, referOn } from "../day.ts";
import { registerWithNoLine } from "../deeds.ts";
import { type Device, TABLET } from "../device.ts";
import { test } from "../fixtures.ts";
import { Office } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Services, Work } from "../pages/work.ts";
import { MARIE, MARQUEZ, type Person, nameOf } from "../people.ts";
import { expectSpoken, follow } from "../views.ts";
import { say } from "../words.ts";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
/** A picture in a README must not be heavier. */
const HEAVIEST = 120_000;
const PHONE = { width: 360, height: 740 };
const [MARIE_ROSE] = MARIE.people as [Person];

test("pictures of the main pages", async ({ unpack }) => {
  const office = await Office.open({ demo: true });
  try {
    await office.says(/^Loaded 7890 people/m);
    const device = await unpack({ viewport: TABLET }, office);
    await new Enrol(device).join(await office.invitation("caseworker-meteti"));
    await device.settled();
    await collected(device);
    await device.offline();
    await pictures(device);
  } finally {
    await office.close();
  }
  for (const name of readdirSync(FOLDER)) expect(statSync(join(FOLDER, name)).size, name).toBeLessThan(HEAVIEST);
});

test("pictures of a counsellor's day", async ({ joined }) => {
  const { device } = await joined({ name: "Dalila Grajales", code: "ONP-01", role: "counsellor", site: "panama", organisation: "ONPAR" });
  const { page } = device;
  await device.offline();
  await registerWithNoLine(device, { people: MARIE.people });
  await openPerson(device, nameOf(MARIE_ROSE));
  const person = new URL(page.url()).pathname;
  await logSession(device, new Date());
  await follow(device, person);
  await giveKit(device);
  await follow(device, person);
  await referOn(device);
  await follow(device, person);
  await expect(new Services(device).items).toHaveCount(4);
  await page.setViewportSize(PHONE);
  await take(device, "timeline-phone", ".services");
  await page.setViewportSize(TABLET);
  await follow(device, `${person}/session`);
  await take(device, "session");
  await follow(device, "/work");
  await expect(new Work(device).rows("work_follow_ups")).toHaveCount(1);
  await take(device, "work");
});

/** Waits until people of the demo lie on the device. */
async function collected(device: Device): Promise<void> {
  const search = new Search(device);
  await search.open();
  await expect(async () => {
    await search.look("");
    await search.look("maria");
    await expect(search.found.first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 90_000 });
}

async function pictures(device: Device): Promise<void> {
  const { page } = device;
  const register = new Register(device);
  const search = new Search(device);

  // In an emergency: who comes, counted, and one who speaks for them; on a phone.
  await register.open();
  await register.aimAt("e1");
  for (const [key, number] of Object.entries({ size: 5, count_f: 3, count_m: 2, count_children: 2 })) {
    await register.field(key).fill(String(number));
  }
  await register.field("given_names").fill("Yesenia del Carmen");
  await register.field("surname1").fill("Márquez");
  await page.setViewportSize(PHONE);
  await take(device, "emergency-phone");
  await page.setViewportSize(TABLET);
  await page.getByRole("button", { name: say("go_on_later") }).click();

  // One person with everything that hangs on her.
  await register.open();
  await register.aimAt("e2");
  await register.typeFamily({ ...MARIE, people: [{ ...MARIE_ROSE, noNeeds: false }] });
  await register.show(new RegExp(nameOf(MARIE_ROSE)));
  await register.openSection("photo");
  const photo = register.section("photo");
  await photo.locator('input[type="file"]').setInputFiles({ name: "dibujo.png", mimeType: "image/png", buffer: await drawnFace(device) });
  await photo.getByRole("button", { name: say("camera_use") }).click();
  await expect(photo.getByRole("img", { name: say("photo_of_person") })).toBeVisible();
  await register.addRow("need");
  await register.field("need_code").selectOption("WR-SF");
  const alone = await register.finish();
  await follow(device, `${alone}/edit`);
  await register.show(new RegExp(nameOf(MARIE_ROSE)));
  await register.field("common_name").fill("Mari");
  await register.saveButton.click();
  await register.changed();
  await page.getByRole("link", { name: nameOf(MARIE_ROSE), exact: true }).click();
  await expect(page.getByRole("img", { name: say("photo_of_person") }).first()).toBeVisible();
  await take(device, "person");
  await follow(device, `${alone}/slip`);
  await take(device, "slip");

  // Who is found, and why.
  await search.open();
  await search.look("maria rodrigues");
  await expect(search.found.first()).toBeVisible();
  await take(device, "search");

  // A family on its way through the form.
  await search.registerNew();
  await register.aimAt("e2");
  const { consents: _, ...focal } = MARQUEZ.people[0];
  await register.typeFamily({ ...MARQUEZ, people: [{ ...focal, status: "" }, ...MARQUEZ.people.slice(1, 4)] });
  await register.show(/Ana Lucía/);
  await take(device, "workspace");
  const draft = new URL(page.url()).pathname;
  await register.saveButton.click();
  await expect(register.findings).toBeVisible();
  await take(device, "finish");
  await page.getByRole("button", { name: say("go_on_later") }).click();
  await expect(page).toHaveURL((url) => url.pathname === "/");
  await take(device, "home");

  // The same form from right to left, in the dark.
  await new Frame(device).go("nav_settings");
  await page.locator('input[name="language"][value="ar"]').check();
  await expectSpoken(device, "ar");
  await page.emulateMedia({ colorScheme: "dark" });
  await follow(device, draft);
  await page.locator(".members .row").nth(3).click();
  await expect(page.locator("#section-name")).toBeVisible();
  await take(device, "workspace-arabic-dark");
}

/** Takes a picture of what the screen shows, from the top of the page or of a part of it. */
async function take({ page }: Device, name: string, part = "body"): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await page.mouse.move(0, 0);
  await page.evaluate((part) => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
    if (part !== "body") scrollTo(0, (document.querySelector(part)?.getBoundingClientRect().top ?? 0) - 120);
  }, part);
  // Whatever is still being drawn: photos come from the sealed store.
  await page.waitForTimeout(300);
  const picture = await page.screenshot({ animations: "disabled" });
  writeFileSync(join(FOLDER, `${name}.webp`), await lighter(page, picture));
}

/** The same picture at a third of its weight, written by the browser that took it. */
async function lighter(page: Page, picture: Buffer): Promise<Buffer> {
  const bytes = await page.evaluate(async (bytes) => {
    const shown = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [shown.width, shown.height];
    canvas.getContext("2d")?.drawImage(shown, 0, 0);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/webp", 0.9));
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
  }, [...picture]);
  return Buffer.from(bytes);
}

/** A face that is plainly drawn: nobody's. */
async function drawnFace(device: Device): Promise<Buffer> {
  const bytes = await device.page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [600, 800];
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("nothing to draw on");
    const fill = (colour: string, draw: (pen: CanvasRenderingContext2D) => void) => {
      pen.fillStyle = colour;
      pen.beginPath();
      draw(pen);
      pen.fill();
    };
    fill("#d9c7a8", (it) => it.rect(0, 0, 600, 800));
    fill("#2c1a14", (it) => it.ellipse(300, 330, 190, 215, 0, 0, 7));
    fill("#b5472f", (it) => it.ellipse(300, 820, 270, 220, 0, 0, 7));
    fill("#7a4a33", (it) => it.rect(245, 480, 110, 140));
    fill("#8a563c", (it) => it.ellipse(300, 375, 140, 180, 0, 0, 7));
    fill("#2c1a14", (it) => it.ellipse(300, 225, 150, 75, 0, 0, 7));
    for (const x of [245, 355]) fill("#1d100c", (it) => it.ellipse(x, 370, 13, 16, 0, 0, 7));
    pen.strokeStyle = "#4a2318";
    pen.lineWidth = 10;
    pen.lineCap = "round";
    pen.beginPath();
    pen.arc(300, 430, 55, 0.35, Math.PI - 0.35);
    pen.stroke();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))];
  });
  return Buffer.from(bytes);
}
