// Registering people, from an emergency list to the last paper: all of it with no line unless a deed says otherwise.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { code, label, table } from "../catalogue.ts";
import { collect, registerWithNoLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { dead } from "../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, COUNSELLOR_IN_PANAMA } from "../office.ts";
import { sign } from "../pages/answers.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { Register } from "../pages/register.ts";
import { Regroup } from "../pages/regroup.ts";
import { Search } from "../pages/search.ts";
import { Slip } from "../pages/slip.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARIE, MARQUEZ, type Person, alone, nameOf } from "../people.ts";
import { drawnPicture, picturePlace, withPlace } from "../pictures.ts";
import { count, say } from "../words.ts";

const [YESENIA, LUIS, ANA, JOSE, ROSA] = MARQUEZ.people as [Person, Person, Person, Person, Person];
const NAME = nameOf(YESENIA);
const MARIE_NAME = nameOf(MARIE.people[0]);

/** Opens the page of a family from the one that says it was saved. */
async function seeFamily(device: Device): Promise<Group> {
  await device.page.getByRole("link", { name: say("family_see") }).click();
  return new Group(device);
}

/** Finds a person and opens their page. */
async function openPerson(device: Device, name: string): Promise<PersonPage> {
  const search = new Search(device);
  await search.open();
  await search.look(name);
  await search.openPerson(name);
  return new PersonPage(device);
}

test("an emergency list of a family of five is raised to a full list of its people, and nothing is asked twice", async ({
  joined,
}) => {
  test.setTimeout(150_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const register = new Register(device);
  const search = new Search(device);
  await search.open();
  await search.look(NAME);
  await search.expectNobody();
  await search.registerNew();
  await register.aimAt("e1");
  // The name came along; five are counted and one speaks for them.
  await expect(register.field("given_names")).toHaveValue(YESENIA.given);
  await expect(register.field("surname2")).toHaveValue(YESENIA.surname2 ?? "");
  for (const [key, number] of Object.entries({ size: 5, count_f: 3, count_m: 2, count_children: 2 })) {
    await register.field(key).fill(String(number));
  }
  await register.answer("sex", "F").check();
  await register.field("age_stated").fill("38");
  await register.add("nationality", "VEN");
  await register.field("protection_status").selectOption("ASR");
  await register.field("needs_none").check();
  await register.typeDate("arrival_date", ["8", "11", "2026"]);
  await register.field("province").selectOption("PA-5");
  await register.finish();
  await expect(register.title).toHaveText(say("saved_title"));

  const group = await seeFamily(device);
  await expect(device.page.getByText(count("people_counted", 4))).toBeVisible();
  await group.raise("e2");
  // What was told at the first stage stands where the second asks for it.
  await expect(register.people.getByText(count("people_counted", 4))).toBeVisible();
  await register.showPlace();
  const arrival = await register.field("arrival_date").getAttribute("id");
  await expect(register.field("arrival_date")).toHaveValue("8");
  await expect(device.page.locator(`#${arrival}-month`)).toHaveValue("11");
  await expect(device.page.locator(`#${arrival}-year`)).toHaveValue("2026");
  await expect(register.field("province")).toHaveValue("PA-5");
  await expect(register.fields("size")).toHaveCount(0);
  await register.show(new RegExp(NAME));
  await expect(register.field("given_names")).toHaveValue(YESENIA.given);
  await expect(register.field("surname1")).toHaveValue(YESENIA.surname1);
  await expect(register.field("surname2")).toHaveValue(YESENIA.surname2 ?? "");
  await expect(register.answer("sex", "F")).toBeChecked();
  await expect(register.field("dob")).toHaveValue("38");
  await expect(register.chips("nationality")).toHaveText("Venezuela");
  await expect(register.field("protection_status")).toHaveValue("ASR");
  await expect(register.field("needs_none")).toBeChecked();

  await register.field("origin_country").selectOption("VEN");
  await register.field("lang_main").selectOption("spa");
  await register.field("lang_interview").selectOption("spa");
  await register.answer("fears_return", "yes").check();
  await register.consentBySpeech("Omaira Chanapi");
  await register.addPerson();
  const { nationality: _, sameAsFocal: __, fears: ___, ...luis } = LUIS;
  await register.type(luis);
  await device.page.getByRole("button", { name: say("same_as_focal") }).click();
  // One tap copies what a family mostly shares, and never more than that.
  await expect(register.chips("nationality")).toHaveText("Venezuela");
  await expect(register.field("origin_country")).toHaveValue("VEN");
  await expect(register.field("lang_main")).toHaveValue("spa");
  await expect(register.field("lang_interview")).toHaveValue("spa");
  await expect(register.field("protection_status")).toHaveValue("ASR");
  await expect(register.answer("fears_return", "yes")).not.toBeChecked();
  await register.answer("fears_return", "yes").check();
  for (const person of [ANA, JOSE, ROSA]) {
    await register.addPerson();
    await register.type(person);
  }
  await expect(register.people.getByText(count("people_counted", 1))).toBeHidden();
  await register.saveButton.click();
  await register.changed();
  await group.expectPeople(MARQUEZ.people);
  await expect(device.page.getByText(code("data_level", "emergency"), { exact: true }).first()).toBeVisible();
  await expect(new PersonPage(device).fact("size")).toHaveText("5");
  await expect(new PersonPage(device).fact("count_children")).toHaveText("2");
  await new Frame(device).expectUnsent(2);
});

test("one person is registered in full", async ({ joined }) => {
  test.setTimeout(120_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const register = new Register(device);
  await register.open();
  await register.aimAt("full");
  await register.type(MARIE.people[0]);
  const chosen = {
    birth_country: "HTI",
    marital_status: "SN",
    photo_skipped: "refused",
    contact_channel: "whatsapp",
    education: "12",
    occupation: "5",
    legal_stay: "none",
    stateless_flags: "born_in_transit",
  };
  for (const [key, value] of Object.entries(chosen)) await choose(register, key, value);
  await register.field("birth_place").fill("Jérémie");
  await register.field("phone").fill("+507 6123-4567");
  await register.answer("interview_preference", "woman").check();
  await register.typeDate("flight_date", ["", "9", "2026"]);
  await register.showPlace();
  await register.typeDate("arrival_date", ["8", "11", "2026"]);
  for (const [key, value] of Object.entries({ entry_point: "bajo_chiquito", entry_mode: "land", residence_country: "CHL" })) {
    await choose(register, key, value);
  }
  await register.field("province").selectOption("PA-5");
  const district = await register.field("district").locator("option").nth(1).getAttribute("value");
  await register.field("district").selectOption(district);
  await register.field("address_text").fill("Casa verde, Metetí");
  await register.finish();

  const group = await seeFamily(device);
  await expect(device.page.getByText(code("data_level", "comprehensive"), { exact: true }).first()).toBeVisible();
  await group.openPerson(MARIE_NAME);
  const person = new PersonPage(device);
  await expect(person.fact("occupation")).toHaveText(code("occupation", "5"));
  // What is known of a date is shown as it is known.
  await expect(person.fact("flight_date")).toHaveText(say("date_about", { date: "sep 2026" }));
});

/** Chooses a code, whether it stands in sight or in a list. */
async function choose(register: Register, key: string, value: string): Promise<void> {
  if ((await register.chips(key).count()) > 0 || label(key) === label("stateless_flags")) return register.add(key, value);
  const input = register.field(key);
  await expect(input).toBeVisible();
  if ((await input.getAttribute("type")) === "radio") await register.answer(key, value).check();
  else await input.selectOption(value);
}

test("consent is given to the text in one's own language, signed, and withdrawn later: both stay in the history", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const texts = table("consent_texts").find((row) => row.purpose === "register");
  const register = new Register(device);
  await register.open();
  const [{ consents: _, ...marie }] = MARIE.people;
  await register.typeFamily({ ...MARIE, people: [marie] });
  await register.show(new RegExp(MARIE_NAME));
  await register.addRow("consent");
  const read = register.section("consent").locator("blockquote");
  await expect(read.locator('p[lang="ht"]')).toHaveText(texts?.text_ht ?? "");
  await expect(read).toContainText(texts?.version ?? "");
  // Nothing is ticked beforehand.
  for (const decision of ["yes", "no", "withdrawn", "not_asked"]) {
    await expect(register.answer("consent_decision", decision)).not.toBeChecked();
  }
  await register.answer("consent_decision", "yes").check();
  await expect(register.field("consent_at")).not.toHaveValue("");
  await register.answer("consent_heard", "yes").check();
  await register.answer("consent_form", "signature").check();
  await sign(register, register.field("consent_signature"), [
    [[0.2, 0.6], [0.5, 0.2]],
    [[0.5, 0.2], [0.8, 0.7]],
  ]);
  await register.finish();

  await (await seeFamily(device)).openPerson(MARIE_NAME);
  const person = new PersonPage(device);
  await expect(person.fact("consent_decision")).toHaveText(code("consent_decision", "yes"));
  await expect(person.fact("consent_text_version")).toHaveText(texts?.version ?? "");
  await expect(person.fact("consent_signature").getByRole("img", { name: say("signature"), exact: true })).toBeVisible();

  await person.correct();
  await register.answer("consent_decision", "withdrawn").check();
  await expect(register.field("consent_withdrawn_at")).not.toHaveValue("");
  await register.saveButton.click();
  await register.changed();
  await new Group(device).openPerson(MARIE_NAME);
  await expect(person.fact("consent_decision")).toHaveText(code("consent_decision", "withdrawn"));
  const added = `consentimiento: ${code("consent_purpose", "register")}`;
  await expect(person.history).toContainText(added);
  const [yes, withdrawn] = [code("consent_decision", "yes"), code("consent_decision", "withdrawn")];
  const changed = new RegExp(`${label("consent_decision")}: de «.?${yes}.?» a «.?${withdrawn}.?»`);
  await expect(person.history).toContainText(changed);
  // The printed copy says both too, with the text that was read.
  await person.openGroup();
  await device.page.getByRole("link", { name: say("consents_see"), exact: true }).click();
  const copy = device.page.locator("article.copy");
  await expect(copy).toContainText(texts?.text_ht ?? "");
  await expect(copy).toContainText(withdrawn);
  await expect(copy.getByText(say("consents_withdrawn")).first()).toBeVisible();
});

test("a caseworker reports that there is a need, and of what a counsellor finds out sees only that it is there", async ({
  joined,
}) => {
  test.setTimeout(150_000);
  const meteti = await joined(CASEWORKER_IN_METETI);
  const panama = await joined(COUNSELLOR_IN_PANAMA);
  await meteti.device.offline();
  const register = new Register(meteti.device);
  await register.open();
  const [{ noNeeds: _, ...marie }] = MARIE.people;
  await register.typeFamily({ ...MARIE, people: [marie] });
  await register.show(new RegExp(MARIE_NAME));
  await register.addRow("need");
  // Needs that few may know of are not for everybody to note.
  await expect(register.field("need_code").locator('option[value="SV-VN"], option[value="WR-SF"]')).not.toHaveCount(0);
  const violence = table("specific_needs").filter((row) => row.category === "SV" && row.level === "sub");
  const secret = violence.find((row) => row.sensitivity === "need_to_know" && row.status === "offer");
  expect(secret).toBeDefined();
  await expect(register.field("need_code").locator(`option[value="${secret?.code}"]`)).toHaveCount(0);
  await register.field("need_code").selectOption("X-PE");
  await register.field("need_note").fill("Pidió hablar con alguien a solas.");
  await register.finish();
  await meteti.device.online();
  await new Frame(meteti.device).expectUnsent(0);

  await collect(panama, 1);
  const known = await openPerson(panama.device, MARIE_NAME);
  await expect(known.fact("need_note")).toHaveText("Pidió hablar con alguien a solas.");
  await panama.device.offline();
  await known.correct();
  const assessed = new Register(panama.device);
  await assessed.addRow("need");
  await assessed.field("need_code").selectOption(secret?.code ?? "");
  await assessed.answer("need_state", "confirmed").check();
  await assessed.field("need_note").fill("Solo para consejería.");
  await assessed.saveButton.click();
  await assessed.changed();
  await panama.device.online();
  await new Frame(panama.device).expectUnsent(0);

  await collect(meteti, 1);
  const seen = await openPerson(meteti.device, MARIE_NAME);
  const main = meteti.device.page.getByRole("main");
  // Whoever may not know of it is handed nothing of it, not even that there is something.
  await expect(seen.fact("need_code")).toHaveCount(1);
  await expect(main.getByText(count("reserved_notes", 1))).toHaveCount(0);
  await expect(main).not.toContainText("Solo para consejería.");
  await expect(main).not.toContainText(secret?.label_es ?? "");
  await seen.correct();
  await expect(register.section("needs").getByRole("article")).toHaveCount(1);
  await expect(register.section("needs").getByText(count("reserved_notes", 1))).toHaveCount(0);
  // Correcting something else leaves the reserved note as it is.
  await register.field("common_name").fill("Mari");
  await register.saveButton.click();
  await register.changed();
  await new Frame(meteti.device).expectUnsent(0);
  await collect(panama, 1);
  await openPerson(panama.device, MARIE_NAME);
  await expect(panama.device.page.getByRole("main")).toContainText("Solo para consejería.");
  // A supervisor learns that there is something, and not what.
  const supervisor = await joined({ ...COUNSELLOR_IN_PANAMA, name: "Marcelina Tuñón", code: "PAN-31", role: "supervisor" });
  await collect(supervisor, 1);
  await openPerson(supervisor.device, MARIE_NAME);
  const told = supervisor.device.page.getByRole("main");
  await expect(told.getByText(count("reserved_notes", 1))).toBeVisible();
  await expect(told).not.toContainText("Solo para consejería.");
  await expect(told).not.toContainText(secret?.label_es ?? "");
});

test("a photo taken with no line is sent after everything else, and a colleague sees it", async ({ joined }) => {
  test.setTimeout(120_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  const register = new Register(device);
  await register.open();
  await register.typeFamily(MARIE);
  await register.show(new RegExp(MARIE_NAME));
  await register.openSection("photo");
  const photo = register.section("photo");
  await photo.getByRole("button", { name: say("camera_open") }).click();
  // Whoever takes a photo waits until the camera shows something.
  await expect.poll(() => photo.locator("video").evaluate((it: HTMLVideoElement) => it.videoWidth)).toBeGreaterThan(0);
  await photo.getByRole("button", { name: say("camera_take") }).click();
  await photo.getByRole("button", { name: say("camera_use") }).click();
  await expect(photo.getByRole("img", { name: say("photo_of_person") })).toBeVisible();
  await expect(register.fields("photo_skipped")).toHaveCount(0);
  await register.finish();
  await (await seeFamily(device)).openPerson(MARIE_NAME);
  await expect(device.page.getByRole("img", { name: say("photo_of_person") })).toBeVisible();

  // A line that carries no photo carries the family all the same.
  const stuck = device.line.spoil("/api/chunks_", dead);
  await keepPictures(colleague.device);
  await colleague.device.visit("/");
  await new Unlock(colleague.device).open(colleague.passphrase);
  await device.online();
  await stuck.seen;
  await collect(colleague, 1);
  await openPerson(colleague.device, MARIE_NAME);
  await expect(colleague.device.page.getByText(say("photo_not_there"))).toBeVisible();

  stuck.mend();
  const sent = device.line.next("/api/chunks_put");
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await sent;
  const order = device.line.passed.map((it) => it.path).filter((path) => /^\/api\/(deliver|chunks_put)/.test(path));
  expect(order.lastIndexOf("/api/deliver")).toBeLessThan(order.indexOf("/api/chunks_put"));

  await colleague.device.page.getByRole("button", { name: say("photo_fetch") }).click();
  const seen = colleague.device.page.getByRole("img", { name: say("photo_of_person") });
  await expect(seen).toBeVisible();
  await expect.poll(() => seen.evaluate((it: HTMLImageElement) => it.naturalHeight)).toBeGreaterThan(100);
  for (const picture of await keptPictures(colleague.device)) {
    expect(picturePlace(picture)).toBe("");
    expect(picture.length).toBeLessThanOrEqual(60_000);
  }
});

/** Remembers every picture that a page is given to show. */
async function keepPictures(device: Device): Promise<void> {
  await device.context.addInitScript(() => {
    const kept: Blob[] = [];
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      kept.push(blob);
      return make(blob);
    };
    Object.assign(globalThis, { kept });
  });
}

/** The files of these pictures. */
async function keptPictures(device: Device): Promise<Buffer[]> {
  const files = await device.page.evaluate(async () => {
    const { kept } = globalThis as unknown as { kept: Blob[] };
    const bytes = await Promise.all(kept.map(async (blob) => [...new Uint8Array(await blob.arrayBuffer())]));
    return bytes;
  });
  expect(files.length).toBeGreaterThan(0);
  return files.map((bytes) => Buffer.from(bytes));
}

test("a photo from a file tells no longer where it was taken, and what is no photo is refused in words", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await keepPictures(device);
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await device.offline();
  const register = new Register(device);
  await register.open();
  await register.field("given_names").fill("Marie Rose");
  await register.openSection("photo");
  const photo = register.section("photo");
  const file = photo.locator('input[type="file"]');
  const picture = withPlace(await drawnPicture(device));
  expect(picturePlace(picture)).toContain("9.0N 79.5W");
  await file.setInputFiles({ name: "foto.jpg", mimeType: "image/jpeg", buffer: picture });
  await photo.getByRole("button", { name: say("camera_use") }).click();
  const shown = photo.getByRole("img", { name: say("photo_of_person") });
  await expect(shown).toBeVisible();
  // The file said that it lies on its side.
  await expect.poll(() => shown.evaluate((it: HTMLImageElement) => it.naturalHeight > it.naturalWidth)).toBe(true);
  for (const kept of await keptPictures(device)) {
    expect(picturePlace(kept)).toBe("");
    expect(kept.includes("79.5W")).toBe(false);
    expect(kept.length).toBeLessThanOrEqual(60_000);
  }

  await file.setInputFiles({ name: "foto.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no soy una foto") });
  await expect(photo).toContainText(say("picture_not_an_image"));
  const large = join(device.profile, "grande.jpg");
  writeFileSync(large, Buffer.alloc(50 * 1024 * 1024, 7));
  await file.setInputFiles(large);
  await expect(photo).toContainText(say("picture_too_large"));
  // The picture there was is still there.
  await expect(shown).toBeVisible();
});

test("the slip is printed on every paper, with the reference and without a name", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  await registerWithNoLine(device, MARIE);
  await seeFamily(device);
  const slip = new Slip(device);
  await slip.open();
  const reference = await slip.reference();
  for (const [paper, width] of [["a4", 210], ["letter", 216], ["roll", 80]] as const) {
    await test.step(paper, async () => {
      await slip.choosePaper(paper);
      const pages = await slip.print();
      expect(pages).toHaveLength(1);
      const [page] = pages;
      expect(page?.size[0]).toBe(width);
      const text = page?.text.replaceAll(/\s+/g, "") ?? "";
      expect(text).toContain(reference.replaceAll(/\s+/g, ""));
      expect(text).toContain(say("slip_not_identity").replaceAll(/\s+/g, ""));
      for (const name of MARIE_NAME.split(" ")) expect(text).not.toContain(name);
    });
  }
  // Both languages stand on it: hers is Haitian Creole.
  await expect(device.page.locator('.slip__languages [lang="es"]')).toBeVisible();
  await expect(device.page.locator('.slip__languages [lang="ht"]')).toBeVisible();
});

test("a family is listed in an emergency with the keyboard alone", async ({ joined }) => {
  test.setTimeout(120_000);
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  await device.visit("/");
  const { page } = device;
  const { keyboard } = page;
  const register = new Register(device);
  /** Goes on with Tab until this has the focus. */
  const tabTo = async (target: ReturnType<typeof page.locator>) => {
    for (let step = 0; step < 80; step += 1) {
      if (await target.evaluate((it) => it === document.activeElement)) return;
      await keyboard.press("Tab");
    }
    await expect(target).toBeFocused();
  };
  await tabTo(new Unlock(device).input);
  await keyboard.type(passphrase);
  await keyboard.press("Enter");
  await expect(register.lockButton).toBeVisible();
  await tabTo(page.getByRole("main").getByRole("link", { name: say("register_family") }));
  await keyboard.press("Enter");
  await expect(register.form).toBeVisible();
  await tabTo(page.locator("#stage-e2"));
  await keyboard.press("ArrowLeft");
  await expect(page.locator("#stage-e1")).toBeChecked();
  await tabTo(register.field("size"));
  /** Types an answer; Enter goes on to the next question. */
  const answer = async (key: string, text: string) => {
    await expect(register.field(key)).toBeFocused();
    await keyboard.type(text);
    await keyboard.press("Enter");
  };
  await answer("size", "5");
  await answer("count_f", "3");
  await answer("count_m", "2");
  await answer("count_children", "2");
  await answer("given_names", "Yesenia del Carmen");
  await answer("surname1", "Márquez");
  await answer("surname2", "Rondón");
  await expect(register.field("one_name")).toBeFocused();
  await keyboard.press("Enter");
  await expect(register.field("sex")).toBeFocused();
  await keyboard.press("Space");
  await keyboard.press("Enter");
  await answer("age_stated", "38");
  await expect(register.field("nationality")).toBeFocused();
  await pick(register, "nationality", "Venezuela");
  // What the letters went through on the way is not added; what is left standing is.
  await keyboard.press("Enter");
  await expect(register.chips("nationality")).toHaveText("Venezuela");
  await tabTo(register.field("protection_status"));
  await pick(register, "protection_status", code("protection_status", "ASR"));
  await tabTo(register.field("needs_none"));
  await keyboard.press("Space");
  await tabTo(register.field("arrival_date"));
  for (const part of ["8", "11", "2026"]) {
    await keyboard.type(part);
    await keyboard.press("Enter");
  }
  await tabTo(register.field("province"));
  await pick(register, "province", "Darién");
  await tabTo(register.saveButton);
  await keyboard.press("Enter");
  await register.saved();
  await expect(register.title).toBeFocused();
});

/** Chooses from a list by its first letters, as far as every keyboard has them. */
async function pick(register: Register, key: string, label: string): Promise<void> {
  await expect(register.field(key)).toBeFocused();
  await register.page.keyboard.type(label.replace(/[^ -~].*/, ""));
}

// The first rule for names: a letter with its marks is kept in one form (NFC), whichever way a keyboard makes it.
test("names of every kind are kept letter by letter, here and on a colleague's device", async ({ joined }) => {
  test.setTimeout(150_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  const register = new Register(device);
  await register.open();
  const names: [string, string][] = [
    ["Wolfeschlegelstein".repeat(6).slice(0, 100), "Bergerdorff".repeat(10).slice(0, 100)],
    ["عبد الرحمن", "بن يوسف"],
    ["María 🌻👩‍👧", "Ñ\u0303o\u0308"],
    ["I\u0307brahim\u200d", "Nguye\u0302\u0303n"],
    ["<b>Ana</b> & \"Q\"", "O’Brien-d'Åse"],
  ];
  for (const [at, [given, surname]] of names.entries()) {
    if (at > 0) await register.addPerson();
    await register.field("given_names").fill(given);
    await register.field("surname1").fill(surname);
  }
  await register.saveAsIs();
  const expectAll = async (on: Device) => {
    const people = new Group(on).people;
    await expect(people).toHaveCount(names.length);
    for (const [given, surname] of names) {
      const shown = await people.getByRole("link").allTextContents();
      expect(shown).toContain(`${given} ${surname}`.normalize("NFC"));
    }
  };
  await expectAll((await seeFamily(device)).device);
  await device.online();
  await new Frame(device).expectUnsent(0);
  await collect(colleague, names.length);
  await openPerson(colleague.device, "عبد الرحمن بن يوسف");
  await new PersonPage(colleague.device).openGroup();
  await expectAll(colleague.device);
  await new Group(colleague.device).correct();
  const edit = new Register(colleague.device);
  for (const [given, surname] of names) {
    await edit.people.getByRole("link").filter({ hasText: surname.normalize("NFC") }).click();
    await expect(edit.field("given_names")).toHaveValue(given.normalize("NFC"));
    await expect(edit.field("surname1")).toHaveValue(surname.normalize("NFC"));
  }
});

test("a date that cannot be says which part is wrong", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const register = new Register(device);
  await register.open();
  const said = async (key: string) => register.form.locator(`#${await register.field(key).getAttribute("id")}-fault`);
  for (const [parts, fault] of [
    [["31", "2", "1990"], "date_no_such_day"],
    [["1", "13", "1990"], "date_month_out_of_range"],
    [["1", "1", ""], "date_year_missing"],
    [["x", "1", "1990"], "date_not_a_number"],
    [["1", "1", "2090"], "date_in_the_future"],
    [["1", "1", "1850"], "date_too_old"],
  ] as const) {
    await register.typeDate("dob", [...parts]);
    await register.field("given_names").focus();
    await expect(await said("dob")).toHaveText(new RegExp(`${say(`fault_${fault}`)}|${ruleFor(fault)}`));
  }
});

/** The rule that says the same as a fault, where a date can be read and cannot be. */
function ruleFor(fault: string): string {
  const id = { date_in_the_future: "DOB01", date_too_old: "DOB02" }[fault];
  return table("rules").find((row) => row.id === id)?.message_es ?? "—";
}

test("a megabyte pasted into a name hangs nothing, and the next letter stands where it was typed", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const register = new Register(device);
  await register.open();
  await register.field("given_names").focus();
  await device.page.keyboard.insertText("María de los Ángeles ".repeat(50_000));
  await register.field("surname1").pressSequentially("P");
  await expect(register.field("surname1")).toHaveValue("P");
  await register.field("given_names").fill("María");
  await expect(register.field("given_names")).toHaveValue("María");
});

test("a family is split with no line and made whole again, and both stay in the history", async ({ joined }) => {
  test.setTimeout(120_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  const group = await seeFamily(device);
  const regroup = new Regroup(device);
  await regroup.open();
  await regroup.choose("split");
  await regroup.leave(nameOf(LUIS), nameOf(JOSE));
  await regroup.letSpeak(nameOf(LUIS));
  await regroup.relate(nameOf(JOSE), "SON");
  await regroup.doIt("split");
  await expect(regroup.done).toContainText(say("regroup_done_split", { ref: "" }).replace(/\.$/, ""));
  await regroup.see("other");
  await group.expectPeople([LUIS, JOSE]);
  // Each group says where the others went.
  await device.page.getByRole("link", { name: say("group_see_other") }).click();
  await group.expectPeople([YESENIA, ANA, ROSA]);
  // Undone from the history: nothing is lost over it.
  await group.history.getByRole("button", { name: say("undo"), exact: true }).first().click();
  await group.history.getByRole("button", { name: say("undo_yes") }).click();
  await group.expectPeople(MARQUEZ.people);
  const left = say("history_left", { people: "" }).trim();
  await expect(group.history.getByRole("listitem").filter({ hasText: left }).first()).toBeVisible();
});

test("two groups are joined with no line, undone at once, joined again, and a colleague sees one", async ({ joined }) => {
  test.setTimeout(150_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  const other = alone("Gladys", "Rondón");
  await registerWithNoLine(device, other);
  await registerWithNoLine(device, MARIE);
  const group = await seeFamily(device);
  const regroup = new Regroup(device);
  for (const again of [false, true]) {
    await regroup.open();
    await regroup.choose("merge");
    await regroup.toGroupOf(nameOf(other.people[0]));
    await regroup.relate(MARIE_NAME, "SIS");
    await regroup.doIt("merge");
    await expect(regroup.done).toHaveText(say("regroup_done_merged"));
    if (!again) {
      await regroup.undo();
      await regroup.see("this");
      await group.expectPeople(MARIE.people);
    }
  }
  await device.online();
  await new Frame(device).expectUnsent(0);
  await collect(colleague, 2);
  const person = await openPerson(colleague.device, MARIE_NAME);
  await person.openGroup();
  await new Group(colleague.device).expectPeople([other.people[0], ...MARIE.people]);
});

test("a child born in the field is added to its parents, with what follows for its papers", async ({ joined }) => {
  test.setTimeout(120_000);
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  const group = await seeFamily(device);
  await group.correct();
  const register = new Register(device);
  await register.people.getByRole("button", { name: say("newborn"), exact: true }).click();
  await device.page.locator("#newborn-mother").selectOption({ label: NAME });
  await device.page.locator("#newborn-father").selectOption({ label: nameOf(LUIS) });
  await device.page.locator('input[name="newborn-sex"][value="F"]').check();
  await register.people.getByRole("button", { name: say("newborn_add"), exact: true }).click();
  // What follows from the parents is filled in, to be looked over; the name is the parents' to give.
  await expect(register.field("given_names")).toHaveValue("");
  await expect(register.field("given_names")).toBeFocused();
  await expect(register.field("surname1")).toHaveValue("Peña");
  await expect(register.field("surname2")).toHaveValue("Márquez");
  await expect(register.answer("sex", "F")).toBeChecked();
  await expect(register.field("birth_country")).toHaveValue("PAN");
  await expect(register.field("relationship")).toHaveValue("DAU");
  await expect(register.answer("birth_registered", "reg_none")).toBeChecked();
  await expect(register.field("responsible_adult").locator("option:checked")).toHaveText(NAME);
  // Nobody's nationality is decided for them.
  await expect(register.chips("nationality")).toHaveCount(0);
  const flag = table("statelessness_flags").find((row) => row.code === "born_pa_unregistered")?.label_es ?? "";
  await device.page.getByRole("button", { name: say("suggest_flag", { flag }) }).click();
  await expect(register.chips("stateless_flags")).toHaveText(flag);
  await register.field("given_names").fill("Luna");
  await register.add("nationality", "PAN");
  await register.field("needs_none").check();
  await device.page.getByRole("button", { name: say("same_as_focal") }).click();
  await register.saveButton.click();
  await register.changedAnyway();
  const luna = { given: "Luna", surname1: "Peña", surname2: "Márquez", sex: "F" } as const;
  await group.expectPeople([...MARQUEZ.people, luna]);
  await group.openPerson(nameOf(luna));
  const person = new PersonPage(device);
  await expect(person.fact("birth_mother")).toHaveText(NAME);
  await expect(person.fact("stateless_flags")).toHaveText(flag);
});
