// Sending with and without a line, the slip, and how it stands: on the family's phone and on one that never held it.
import { type Page, expect as check } from "@playwright/test";
import { readFileSync } from "node:fs";
import { type Device, PHONE } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectRoomForFingers, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office, type Staff } from "../office.ts";
import { Appointments } from "../pages/appointments.ts";
import { DoorPage, FAMILY } from "../pages/door.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { count, say, tell } from "../words.ts";

const PIN = "482915";
const TARGET = 48;
const SUPERVISOR: Staff = { name: "Rubiela Sanjur", code: "MET-01", role: "supervisor", site: "meteti" };
const DAY = 24 * 60 * 60 * 1000;

/** Presses a button of the door. */
async function press(page: Page, key: string): Promise<void> {
  await page.getByRole("button", { name: tell(key), exact: true }).click();
}

/** Opens the family that lies on a phone. */
async function unlock(device: Device): Promise<void> {
  await device.visit("/apply/sent/slip");
  await device.page.locator("#pin").fill(PIN);
  await press(device.page, "frame_next");
}

/** The reference, as it stands on the slip. */
async function referenceOn(page: Page): Promise<string> {
  const reference = await page.locator(".door__code").getAttribute("data-reference");
  return reference ?? "";
}

/** Looks a page over as people see and use it. */
async function looksRight(page: Page, name: string): Promise<void> {
  await expectAccessible(page, name);
  await expectRoomForFingers(page, name, TARGET);
  await expectNoSidewaysScroll(page, name);
  await picture(page, `door-${name}`);
}

/** Asks how it stands, with reference and PIN. */
async function askStatus(page: Page, reference: string, pin: string): Promise<void> {
  await page.locator("#status-reference").fill(reference.toLowerCase());
  await page.locator("#status-pin").fill(pin);
  await press(page, "status_see");
}

const sent = (page: Page) => page.getByText(new RegExp(`^${tell("sent_at", { time: "\\d\\d:\\d\\d" })}$`));

/** Presses a button and takes the file that the browser saves. */
async function saved(page: Page, key: string): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent("download");
  await press(page, key);
  const download = await coming;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Reads a code in a picture with the worker that tablets read them with. */
async function read(page: Page, png: Buffer): Promise<string> {
  const text = await page.evaluate(async (png) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(png)], { type: "image/png" }));
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
    if (!pen) throw new Error("no canvas");
    pen.drawImage(image, 0, 0);
    const { width, height, data } = pen.getImageData(0, 0, image.width, image.height);
    const files = (globalThis as unknown as { AMPARO_FILES: Record<string, string> }).AMPARO_FILES;
    const worker = new Worker(files["scan"] ?? "", { type: "module" });
    const said = () => new Promise<unknown>((give) => worker.addEventListener("message", ({ data }) => give(data), { once: true }));
    worker.postMessage({ turn: null, width, height, pixels: data });
    return String(await said());
  }, [...png]);
  return text;
}

/** The bytes of a still code: base45 (RFC 9285) behind its mark. */
function plain(text: string): Buffer {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  expect(text.slice(0, 8)).toBe("AMPARO1:");
  const values = [...text.slice(8)].map((letter) => letters.indexOf(letter));
  const bytes: number[] = [];
  for (let at = 0; at < values.length; at += 3) {
    const [a = 0, b = 0, c] = values.slice(at, at + 3);
    const value = a + 45 * b + 2025 * (c ?? 0);
    bytes.push(...(c === undefined ? [value] : [value >> 8, value & 255]));
  }
  return Buffer.from(bytes);
}

test("a family sends with no line and closes the page; the worker hands it in; changes and status follow", async ({ unpack, office }) => {
  await office.invite(CASEWORKER_IN_METETI);
  const device = await unpack({ viewport: PHONE });
  const door = new DoorPage(device);
  await door.begin(PIN);
  await device.settled();
  await door.fill(FAMILY);
  await device.offline();
  await press(device.page, "ask_check_send");
  await expect(door.title).toHaveText(tell("sent_title"));
  await looksRight(device.page, "send");
  await press(device.page, "sent_send");
  await expect(device.page.getByText(tell("sent_waits"))).toBeVisible();
  await looksRight(device.page, "slip");
  const reference = await referenceOn(device.page);
  expect(reference).toMatch(/^[2-9A-HJ-KM-NP-Z]{8}$/);

  // Nobody looks any more: the line comes, and the letter goes.
  const handed = () => device.line.passed.filter(({ path, status }) => path === "/api/hand_in" && status === 200);
  await device.closePage();
  await device.online();
  await check.poll(() => handed().length, { timeout: 30_000 }).toBe(1);
  test.info().annotations.push({ type: "one sent family of four", description: `${handed()[0]?.sent} bytes` });

  // Opened with the PIN, the answer is read, and only then it is said to be sent.
  await unlock(device);
  await expect(sent(device.page)).toBeVisible();
  expect(handed()).toHaveLength(1);

  // On a phone that never held it.
  const other = await unpack({ viewport: PHONE });
  await other.visit("/apply/status");
  await askStatus(other.page, reference, "482916");
  await expect(other.page.getByText(tell("status_not_known"))).toBeVisible();
  await askStatus(other.page, reference, PIN);
  await expect(other.page.getByText(tell("status_received"))).toBeVisible();
  await expect(other.page.getByText("Yorleny")).toHaveCount(0);
  await looksRight(other.page, "status");

  // A change, sent as such; it is said to be here alone until then.
  await press(device.page, "slip_to_correct");
  await expect(door.title).toHaveText(tell("ask_check_title"));
  await device.page.locator(".ask__change").first().click();
  await door.input(1, 42).fill("Yorleny");
  await press(device.page, "frame_next");
  await expect(door.title).toHaveText(tell("ask_check_title"));
  await press(device.page, "ask_check_send");
  await press(device.page, "sent_send_again");
  await expect(sent(device.page)).toBeVisible();
  expect(handed().length).toBeGreaterThan(1);
  await press(other.page, "status_see");
  await expect(other.page.getByText(tell("status_received"))).toBeVisible();
  expect(office.log).not.toMatch(/Yorleny|Ñáñez|6123/);
});

test("the slip is a picture, a file and a code that reads back, also for another office", async ({ unpack, office }) => {
  await office.invite(CASEWORKER_IN_METETI);
  await office.invite(CASEWORKER_IN_PANAMA);
  const device = await unpack({ viewport: PHONE });
  const { page } = device;
  // A phone of today, three pixels where the page counts one: the whole family is one code that stands still.
  const metrics = { ...PHONE, deviceScaleFactor: 3, mobile: true };
  await (await device.inside()).send("Emulation.setDeviceMetricsOverride", metrics);
  const door = new DoorPage(device);
  await door.begin(PIN);
  await device.settled();
  await door.fill(FAMILY);
  await device.offline();
  await press(page, "ask_check_send");
  await press(page, "sent_send");
  const reference = await referenceOn(page);
  const file = await saved(page, "slip_file");
  expect(file.name).toBe(`amparo-${reference.slice(0, 4)}-${reference.slice(4)}.amparo`);
  const photo = await saved(page, "slip_picture");
  expect(photo.name).toMatch(/\.png$/);

  // Another device reads both screens and picture: all three say what the file holds.
  const reader = await unpack();
  await reader.visit("/");
  expect(plain(await read(reader.page, await page.locator(".slip__code").screenshot()))).toEqual(file.bytes);
  expect(plain(await read(reader.page, photo.bytes))).toEqual(file.bytes);
  expect(file.bytes.includes("Yorleny")).toBe(false);

  // For another office it is sealed anew, to another key.
  await page.locator("#slip-office").selectOption({ label: "Ciudad de Panamá" });
  const other = await saved(page, "slip_file");
  expect(other.bytes.subarray(1, 5)).not.toEqual(file.bytes.subarray(1, 5));

  // On paper nothing but the slip stands.
  await page.emulateMedia({ media: "print" });
  await expect(page.getByText(tell("slip_no_status"))).toBeVisible();
  await expect(page.getByRole("button", { name: tell("slip_print") })).toBeHidden();
  await expect(page.locator(".slip__code")).toBeHidden();
  await picture(page, "door-slip-printed");
  expect(plain(await read(reader.page, await page.locator(".slip__paper").screenshot()))).toEqual(other.bytes);
});

/** The day at the office, so many days from now: `2026-12-01`. */
function dayFromNow(days: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "America/Panama" }).format(Date.now() + days * DAY);
}

/** Hands in and collects until nothing is left. */
async function round(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  for (const _ of [1, 2]) {
    await outbox.sendNow();
    await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
  }
  await new Frame(device).expectUnsent(0);
}

test("an appointment is wished for with both lines cut, kept when they come back, moved and taken back", async ({ joined, unpack }) => {
  test.setTimeout(240_000);
  // Wishes are drawn together every ten minutes; here every second.
  process.env["AMPARO_DRAW_SECONDS"] = "1";
  const office = await Office.open();
  delete process.env["AMPARO_DRAW_SECONDS"];
  const [tomorrow, after] = [dayFromNow(1), dayFromNow(2)];
  const { device: tablet } = await joined(SUPERVISOR, {}, office);
  const plan = new Appointments(tablet);
  await plan.openPlan();
  await tablet.page.locator("#plan-first").fill(tomorrow);
  for (const nth of [0, 1, 2, 3, 4, 5, 6]) {
    const box = tablet.page.locator(nth === 0 ? "#plan-days" : `#plan-day-${nth}`);
    await box.setChecked([tomorrow, after].some((day) => (new Date(`${day}T12:00Z`).getUTCDay() + 6) % 7 === nth));
  }
  await tablet.page.getByRole("button", { name: say("appointments_plan_publish"), exact: true }).click();
  await expect(tablet.page.getByText(count("appointments_plan_published", 2))).toBeVisible();
  await round(tablet);

  const phone = await unpack({ viewport: PHONE }, office);
  const { page } = phone;
  const door = new DoorPage(phone);
  await door.begin(PIN);
  await phone.settled();
  await tablet.offline();
  await phone.offline();
  await door.fill(FAMILY);
  await press(page, "ask_check_send");
  await press(page, "sent_send");
  await press(page, "slip_to_book");
  await page.locator("#book-from").selectOption(after);
  await page.locator("#book-until").selectOption(after);
  await looksRight(page, "appointment");
  await press(page, "book_ask");
  await expect(page.getByText(tell("book_waits"))).toBeVisible();

  await phone.online();
  await expect(page.getByText(tell("book_arrived"))).toBeVisible({ timeout: 30_000 });
  await phone.visit("/apply/sent/mine");
  await page.locator("#pin").fill(PIN);
  await press(page, "frame_next");
  await asksUntil(page, "book_kept", after);
  await looksRight(page, "mine");
  const shown = page.locator(".door__facts");
  const first = await shown.textContent();

  // The tablet hears of it when its line is back.
  await tablet.online();
  await round(tablet);
  await plan.open();
  await plan.day(after);
  await expect(plan.family("Yorleny")).toBeVisible();

  // Moved to the day before, then taken back.
  await press(page, "book_title");
  await page.locator("#book-from").selectOption(tomorrow);
  await page.locator("#book-until").selectOption(tomorrow);
  await press(page, "book_ask");
  await expect(page.getByText(tell("book_arrived"))).toBeVisible({ timeout: 30_000 });
  await page.goBack();
  await asksUntil(page, "book_kept", tomorrow);
  expect(await shown.textContent()).not.toBe(first);
  await press(page, "book_title");
  await press(page, "book_cancel");
  await expect(page.getByText(tell("book_arrived"))).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(tell("book_cancelled"))).toBeVisible();
  await office.close();
});

/** Asks how it stands until it is said so, of this day. */
async function asksUntil(page: Page, key: string, day: string): Promise<void> {
  const nth = String(Number(day.slice(8)));
  await expect(async () => {
    await press(page, "status_ask");
    await expect(page.getByText(tell(key))).toBeVisible({ timeout: 1_500 });
    await expect(page.locator(".door__facts").getByText(new RegExp(` ${nth} de `)).first()).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 40_000 });
}
