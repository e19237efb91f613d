// Every page of the app and every state of it that looks different, to be looked at in any language and any theme: they
// are made once, and found again without a word of any language.
import { type Locator, expect } from "@playwright/test";
import { registerWithNoLine } from "./deeds.ts";
import type { Device } from "./device.ts";
import type { Joined } from "./fixtures.ts";
import { Outbox } from "./pages/outbox.ts";
import { Register } from "./pages/register.ts";
import { MARIE, MARQUEZ, nameOf } from "./people.ts";
import { say } from "./words.ts";

/** The languages offered, and which way each is written. */
export const LANGUAGES = { es: "ltr", en: "ltr", fr: "ltr", ht: "ltr", pt: "ltr", ar: "rtl" } as const;
export type Language = keyof typeof LANGUAGES;

/** A page in some state. */
export interface View {
  name: string;
  /** Goes there from anywhere behind the lock. */
  show: (device: Device) => Promise<void>;
}

/** Goes to a page as a link there would, so that the device stays open. */
export async function follow({ page }: Device, path: string): Promise<void> {
  await page.evaluate((path) => {
    // What is shown now is marked, so that it is not taken for the page to come.
    if (`${location.pathname}${location.search}` !== path) document.querySelector("main")?.setAttribute("data-left", "");
    const link = document.createElement("a");
    link.href = path;
    document.body.append(link);
    link.click();
    link.remove();
  }, path);
  await expect(page).toHaveURL((url) => `${url.pathname}${url.search}` === path);
  await expect(page.locator("main:not([data-left]) h1")).toBeVisible();
}

/** Sees that a language is spoken and written its way. */
export async function expectSpoken({ page }: Device, language: Language): Promise<void> {
  const root = page.locator("html");
  await expect(root).toHaveAttribute("lang", language);
  await expect(root).toHaveAttribute("dir", LANGUAGES[language]);
}

/** Locks the device, and chooses a language where everybody can. */
export async function lockedIn(device: Device, language: Language): Promise<void> {
  await follow(device, "/");
  await device.page.locator(".bar__lock").click();
  await device.page.locator("main select").selectOption(language);
  await expectSpoken(device, language);
}

/** Opens the device whatever it speaks. */
export async function unlock({ page }: Device, passphrase: string): Promise<void> {
  await page.locator("#passphrase").fill(passphrase);
  await page.locator("#passphrase").press("Enter");
  await expect(page.locator(".bar__lock")).toBeVisible();
}

/** Two families, three registrations half typed, and all that can be seen of them. The device must speak Spanish. */
export async function makeViews({ device }: Joined): Promise<View[]> {
  const { page } = device;
  const [focal] = MARIE.people;
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await outbox.expectEmpty();
  await device.offline();
  const family = await registerWithNoLine(device, MARQUEZ);
  const register = new Register(device);
  await register.open();
  await register.typeFamily({ ...MARIE, people: [{ ...focal, noNeeds: false }] });
  await register.show(new RegExp(nameOf(focal)));
  await takePhoto(register);
  await register.addRow("document");
  await register.field("document_type").selectOption("PASSPORT");
  await register.field("document_number").fill("HT 118 204");
  await register.addRow("need");
  await register.field("need_code").selectOption("WR-SF");
  const alone = await register.finish();
  // Something to tell of in its history.
  await follow(device, `${alone}/edit`);
  await register.show(new RegExp(nameOf(focal)));
  await register.field("common_name").fill("Mari");
  await register.saveButton.click();
  await register.changed();
  const person = await firstLink(page.locator("main"), "/people/");

  const e1 = await begin(register, "e1");
  await register.field("size").fill("5");
  await register.field("given_names").fill("Yesenia");
  await pause(register);
  const e2 = await begin(register, "e2");
  await register.type({ ...focal, given: "Joanne" });
  await register.typeDate("dob", ["31", "2", "1990"]);
  await register.addPerson();
  await pause(register);
  const full = await begin(register, "full");
  await register.type({ given: "Mirlande", surname1: "Desrosiers", sex: "F", born: ["3", "5", "1991"] });
  await addOneOfEach(register);
  await pause(register);

  const at = (path: string) => (it: Device) => follow(it, path);
  const typed = (path: string, then: (it: Device) => Promise<void>) => async (it: Device) => {
    // From one half typed registration to another there is no link.
    await follow(it, "/");
    await follow(it, path);
    await expect(it.page.locator("#finish")).toBeVisible();
    await then(it);
  };
  const openPerson = async (it: Device) => {
    await it.page.locator(".members .row").nth(1).click();
    await expect(it.page.locator("#section-name")).toBeVisible();
  };
  return [
    { name: "home", show: at("/") },
    { name: "search", show: at("/search") },
    { name: "search, people found", show: found },
    { name: "search, nobody", show: nobody },
    { name: "registering in an emergency", show: typed(e1, async () => {}) },
    { name: "registering in an emergency, finish", show: typed(e1, finish) },
    { name: "registering, person", show: typed(e2, openPerson) },
    { name: "registering, group", show: typed(e2, openGroup) },
    { name: "registering, finish", show: typed(e2, finish) },
    { name: "registering, newborn", show: typed(e2, openNewborn) },
    { name: "registering in full, a row of each kind", show: typed(full, openPerson) },
    { name: "registering in full, group", show: typed(full, openGroup) },
    { name: "saved", show: at(family.replace("/groups/", "/saved/")) },
    { name: "group", show: at(family) },
    { name: "person, with photo and history", show: async (it) => {
      await follow(it, person);
      for (const more of await it.page.locator("main details > summary").all()) await more.click();
    } },
    { name: "sealed note, being written", show: at(person.replace("/people/", "/notes/")) },
    { name: "regroup", show: at(`${family}/regroup`) },
    { name: "slip", show: at(`${family}/slip`) },
    { name: "consents", show: at(`${alone}/consents`) },
    { name: "outbox", show: at("/outbox") },
    { name: "settings", show: at("/settings") },
    { name: "an address that leads nowhere", show: at("/nowhere") },
  ];
}

/** Begins a practice, and gives some of its pages: its frame stands around each. */
export async function practiceViews(device: Device): Promise<View[]> {
  await device.visit("/");
  await device.page.getByRole("button", { name: say("practice_begin") }).click();
  await expect(device.page.locator(".strip__line")).toBeVisible({ timeout: 60_000 });
  await follow(device, "/search");
  await device.page.getByRole("searchbox").fill("vermudez");
  const person = await firstLink(device.page.locator("main"), "/people/");
  await follow(device, person);
  const group = await firstLink(device.page.locator("main"), "/groups/");
  const pages = { home: "/", group, person, slip: `${group}/slip`, correction: `${group}/edit?stage=full`, outbox: "/outbox" };
  return Object.entries(pages).map(([name, path]) => ({ name, show: (it) => follow(it, path) }));
}

async function begin(register: Register, stage: "e1" | "e2" | "full"): Promise<string> {
  await register.open();
  await register.aimAt(stage);
  await expect(register.page).toHaveURL(/\/register\/[^/]+$/);
  return new URL(register.page.url()).pathname;
}

async function pause({ page }: Register): Promise<void> {
  await page.getByRole("button", { name: say("go_on_later") }).click();
  await expect(page).toHaveURL((url) => url.pathname === "/");
}

/** Takes a photo of whoever is shown, with the camera. */
export async function takePhoto(register: Register): Promise<void> {
  if (!(await register.section("photo").isVisible())) await register.openSection("photo");
  const photo = register.section("photo");
  await photo.getByRole("button", { name: say("camera_open") }).click();
  await expect.poll(() => photo.locator("video").evaluate((it: HTMLVideoElement) => it.readyState)).toBeGreaterThan(1);
  await photo.getByRole("button", { name: say("camera_take") }).click();
  await photo.getByRole("button", { name: say("camera_use") }).click();
  await expect(photo.getByRole("img", { name: say("photo_of_person") })).toBeVisible();
}

/** Adds a row of each kind that is offered to whoever is shown. */
async function addOneOfEach({ page }: Register): Promise<void> {
  const closed = page.locator("form .section__title + .line > button");
  while ((await closed.count()) > 0) await closed.first().click();
  const lists = page.locator("form .rowlist");
  for (const list of await lists.all()) {
    await list.locator(":scope > div:last-child > .btn").click();
    await expect(list.locator("article")).not.toHaveCount(0);
  }
}

async function found(device: Device): Promise<void> {
  await follow(device, "/search");
  await device.page.getByRole("searchbox").fill("pena");
  await expect(device.page.locator('main a[href^="/people/"]').first()).toBeVisible();
}

async function nobody(device: Device): Promise<void> {
  await follow(device, "/search");
  await device.page.getByRole("searchbox").fill("nadiequetienenombre");
  await expect(device.page.locator('main a[href^="/people/"]')).toHaveCount(0);
}

async function finish({ page }: Device): Promise<void> {
  await page.locator("#finish").click();
  await expect(page.locator("section.finish")).toBeVisible();
}

async function openGroup({ page }: Device): Promise<void> {
  await page.locator(".members .row").first().click();
  await expect(page.locator("#section-place")).toBeVisible();
}

async function openNewborn({ page }: Device): Promise<void> {
  await page.locator(".members .card__foot .btn").last().click();
  await expect(page.locator("#newborn-mother")).toBeVisible();
}

async function firstLink(within: Locator, start: string): Promise<string> {
  const href = await within.locator(`a[href^="${start}"]`).first().getAttribute("href");
  return /^\/[a-z]+\/[^/?#]+/.exec(href ?? "")?.[0] ?? "";
}
