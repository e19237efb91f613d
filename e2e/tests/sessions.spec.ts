// What counsellors log of their sessions: with nobody's line, in a few taps, and never edited.
import { label } from "../catalogue.ts";
import { collect, registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, picture } from "../looks.ts";
import { CASEWORKER_IN_PANAMA, COUNSELLOR_IN_PANAMA, type Staff } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Notes } from "../pages/notes.ts";
import { Outbox } from "../pages/outbox.ts";
import { Search } from "../pages/search.ts";
import { Sessions } from "../pages/sessions.ts";
import { type Family, alone, nameOf } from "../people.ts";
import { count, counted, say } from "../words.ts";

const SUPERVISOR: Staff = { name: "Rubiela Sanjur", code: "PAN-01", role: "supervisor", site: "panama" };
const FAMILY: Family = {
  people: [
    { given: "Ramón", surname1: "Villarreal", sex: "M", born: "1979" },
    { given: "Zulay", surname1: "Berrocal", sex: "F", born: "1984", relationship: "WIF" },
  ],
};
const ALONE = alone("Marisol", "Quijano");
const [HEAD, WIFE] = FAMILY.people.map(nameOf) as [string, string];
const SOLO = nameOf(ALONE.people[0]);
const SAID = "Zafarrancho: no quiere que nadie lo sepa.";

const OFFICE = "En oficina";
const RECEPTION = "Recepción e información";
const GIVEN = "Información entregada";

async function sendNow(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
}

async function openPerson(device: Device, name: string): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(name);
  await search.openPerson(name);
}

/** The reference on somebody's slip. */
async function referenceOf(device: Device, name: string): Promise<string> {
  await openPerson(device, name);
  return device.page.getByRole("main").locator("h1 ~ .line .code").innerText();
}

test("a group session held with no line arrives once, with everybody who attended", async ({ joined }) => {
  test.setTimeout(180_000);
  const counsellor = await joined(COUNSELLOR_IN_PANAMA);
  const supervisor = await joined(SUPERVISOR);
  const { device, passphrase } = counsellor;
  await registerWithLine(device, FAMILY);
  await registerWithLine(device, ALONE);
  const reference = await referenceOf(device, SOLO);
  const familys = await referenceOf(device, HEAD);
  await device.offline();
  // Chromium reads codes by itself on tablets, and not where tests run: this one reads what is held before it.
  await device.context.addInitScript(() => {
    const held = globalThis as { slipInSight?: string };
    const detect = async () => (held.slipInSight ? [{ rawValue: held.slipInSight }] : []);
    Object.assign(globalThis, { BarcodeDetector: class { detect = detect; } });
  });

  const sessions = new Sessions(device);
  await sessions.visit("/sessions", passphrase);
  await expect(sessions.page.getByText(say("sessions_none"))).toBeVisible();
  await expectAccessible(device.page, "no sessions yet");
  await device.page.getByRole("link", { name: say("session_new"), exact: true }).click();
  await expectAccessible(device.page, "with whom");
  await device.page.getByRole("link", { name: say("session_group_title"), exact: true }).click();

  // By name, by a slip whose characters a scanner types, by a family's slip before the camera, and by heads.
  await sessions.finder.fill("Zulay");
  await sessions.found.getByRole("button", { name: WIFE }).click();
  await expect(sessions.attendees).toHaveCount(1);
  await expect(sessions.finder).toBeFocused();
  await device.page.keyboard.type(reference.toLowerCase());
  await device.page.keyboard.press("Enter");
  await expect(sessions.attendees).toHaveCount(2);
  await expect(sessions.attendees.first()).toContainText(SOLO);
  await sessions.finder.fill(reference);
  await expect(device.page.getByText(say("finder_already"))).toBeVisible();
  await device.page.evaluate((slip) => Object.assign(globalThis, { slipInSight: slip }), familys);
  await device.page.getByRole("button", { name: say("finder_scan"), exact: true }).click();
  await expect(device.page.getByText(count("finder_family", 2))).toBeVisible();
  await expect(device.page.locator("video")).toHaveCount(0);
  await expect(device.page.getByRole("button", { name: count("finder_whole", 2), exact: true })).toBeVisible();
  await sessions.found.getByRole("button", { name: HEAD }).click();
  await expect(sessions.attendees).toHaveCount(3);
  await sessions.attendees.filter({ hasText: HEAD }).getByRole("button").click();
  await expect(sessions.attendees).toHaveCount(2);
  await sessions.heads.fill("12");
  await device.page.getByRole("button", { name: say("session_heads_more"), exact: true }).click();
  await expect(sessions.heads).toHaveValue("13");
  await expect(device.page.getByText(count("session_attended", 15), { exact: true })).toBeVisible();

  // What is missing is said all at once, beside its question.
  await sessions.save.click();
  await expect(device.page.locator(".summary li")).toHaveText([
    say("session_fault_topic"),
    say("session_fault_outcome"),
    say("session_fault_mode"),
  ]);
  await sessions.chip("session_topics", "Sesión grupal").click();
  await sessions.chip("session_outcomes", GIVEN).click();
  await sessions.chip("session_mode", OFFICE).click();
  await sessions.unfold();
  await device.page.getByRole("button", { name: count("session_minutes_chip", 60), exact: true }).click();
  await expectAccessible(device.page, "a group session");
  await expectNoSidewaysScroll(device.page, "a group session");
  await picture(device.page, "session-group");
  await sessions.save.click();
  await expect(sessions.saved).toBeVisible();
  await expect(device.page).toHaveTitle(`${say("session_new")} · Amparo`);
  await new Frame(device).expectUnsent(1);
  await device.page.getByRole("link", { name: say("sessions_title"), exact: true }).last().click();
  await expect(sessions.days.first()).toContainText(count("sessions_tally", 1));
  await expect(sessions.days.first()).toContainText(say("unsent"));

  await device.online();
  await sendNow(device);
  await new Frame(device).expectUnsent(0);
  // Two homes are there now, three people; and the session once, whoever comes in twice.
  await collect(supervisor, 3);
  await sendNow(supervisor.device);
  const theirs = new Sessions(supervisor.device);
  await theirs.visit("/sessions", supervisor.passphrase);
  await expect(theirs.page.getByRole("radio", { name: say("sessions_all"), exact: true })).toBeChecked();
  await expect(theirs.days).toHaveCount(1);
  await expect(theirs.days.first().getByRole("listitem")).toHaveCount(1);
  await expect(theirs.days.first().locator(".card__head .note")).toHaveText(
    [count("sessions_tally", 1), count("people", 15), count("session_minutes_chip", 60)].join(" · "),
  );
  await theirs.days.first().getByRole("link").click();
  const came = theirs.page.getByRole("region", { name: say("session_who_came"), exact: true });
  await expect(came.getByRole("link", { name: WIFE, exact: true })).toBeVisible();
  await expect(came.getByRole("link", { name: SOLO, exact: true })).toBeVisible();
  await expect(came).toContainText(count("session_heads_told", 13));
  await expectAccessible(theirs.page, "a group session, shown");
});

test("a known person's session takes five taps, survives a torn battery, and is corrected by another one", async ({ joined }) => {
  test.setTimeout(240_000);
  const { device, passphrase } = await joined(COUNSELLOR_IN_PANAMA);
  const caseworker = await joined(CASEWORKER_IN_PANAMA);
  const { page } = device;
  await registerWithLine(device, FAMILY);
  await device.offline();
  const sessions = new Sessions(device);

  // The first ever at this office: how it was held is asked, and known the next time.
  await openPerson(device, HEAD);
  await sessions.tap(sessions.begin);
  await sessions.tap(sessions.chip("session_topics", RECEPTION));
  await sessions.tap(sessions.chip("session_outcomes", GIVEN));
  await sessions.tap(sessions.chip("session_mode", OFFICE));
  await sessions.tap(sessions.save);
  await expect(sessions.saved).toBeVisible();
  expect(sessions.taps).toBeLessThanOrEqual(5);
  console.log(`taps: session, the first at an office ${sessions.taps}`);
  await expect(page.getByRole("link", { name: say("session_refer"), exact: true })).toBeVisible();
  await expectAccessible(page, "a session was saved");

  await openPerson(device, HEAD);
  sessions.taps = 0;
  await sessions.tap(sessions.begin);
  await expect(sessions.box("session_mode", OFFICE)).toBeChecked();
  await sessions.tap(sessions.chip("session_topics", "Orientación de vivienda"));
  await sessions.tap(sessions.chip("session_outcomes", GIVEN));
  await sessions.tap(sessions.save);
  await expect(sessions.saved).toBeVisible();
  expect(sessions.taps).toBeLessThanOrEqual(5);
  console.log(`taps: session ${sessions.taps}`);

  // The battery is torn out in the middle of the third, with a narrative begun.
  await openPerson(device, HEAD);
  await sessions.begin.click();
  await sessions.chip("session_topics", RECEPTION).click();
  await sessions.unfold();
  await page.getByText(say("session_narrative"), { exact: true }).click();
  await page.getByRole("textbox", { name: say("note_text"), exact: true }).fill(SAID);
  await page.getByText(WIFE, { exact: true }).click();
  await page.getByRole("group", { name: say("session_follow_up_soon") }).getByRole("button").first().click();
  await page.getByLabel(label("session_next_step")).fill("Llamar el lunes");
  await expectAccessible(page, "a session, all of it");
  await expectNoSidewaysScroll(page, "a session, all of it");
  await picture(page, "session-person");
  // Whatever was typed last lies on the device: leaving the page keeps it, and the list of drafts says so.
  await new Frame(device).go("nav_home");
  await expect(page.getByRole("region", { name: say("drafts"), exact: true }).getByRole("link", { name: HEAD })).toBeVisible();
  await device.kill();
  await device.switchOn();
  const again = new Sessions(device);
  await again.visit("/", passphrase);
  await again.openDraft(HEAD);
  await expect(again.box("session_topics", RECEPTION)).toBeChecked();
  await again.unfold();
  await expect(again.page.getByRole("textbox", { name: say("note_text"), exact: true })).toHaveValue(SAID);
  await expect(again.page.getByLabel(label("session_next_step"))).toHaveValue("Llamar el lunes");
  await again.chip("session_outcomes", GIVEN).click();
  await again.save.click();
  await expect(again.saved).toBeVisible();

  // Corrected: a new one, and the old one struck out with the way to it.
  await again.page.getByRole("link", { name: say("session_see"), exact: true }).click();
  await expect(again.page.getByText(say("session_narrative_there"))).toBeVisible();
  const original = new URL(again.page.url()).pathname;
  await expect(again.fact(label("session_outcomes"))).toHaveText(GIVEN);
  await again.page.getByRole("link", { name: say("session_amend"), exact: true }).click();
  await again.chip("session_outcomes", GIVEN).click();
  await again.chip("session_outcomes", "Trámite iniciado").click();
  await again.save.click();
  await expect(again.saved).toBeVisible();
  await again.page.getByRole("link", { name: say("session_see"), exact: true }).click();
  await expect(again.fact(label("session_outcomes"))).toHaveText("Trámite iniciado");
  await again.page.getByRole("link", { name: say("session_see_original"), exact: true }).click();
  await expect(again.page).toHaveURL(new RegExp(`${original}$`));
  await expect(again.page.getByText(say("session_was_amended"))).toBeVisible();
  await expect(again.page.getByRole("link", { name: say("session_amend"), exact: true })).toHaveCount(0);
  await expectAccessible(again.page, "a session that was corrected");
  await picture(again.page, "session-corrected");

  // Three sessions, not four; one to be followed up, which one tap begins.
  await again.visit("/sessions", passphrase);
  await expect(again.days.first().locator(".card__head .note")).toContainText(counted("sessions_tally", 3));
  await expect(again.due).toHaveCount(1);
  await expectAccessible(again.page, "my sessions");
  await picture(again.page, "sessions");
  await again.due.getByRole("link").click();
  await expect(again.page.getByText(say("session_follows_note"))).toBeVisible();
  await again.chip("session_topics", "Seguimiento").click();
  await again.chip("session_outcomes", "Caso cerrado").click();
  await again.save.click();
  await expect(again.saved).toBeVisible();
  await again.visit("/sessions", passphrase);
  await expect(again.days.first().locator(".card__head .note")).toContainText(counted("sessions_tally", 4));
  await expect(again.due).toHaveCount(0);

  // On the phone, and from right to left.
  await again.page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(again.page, "my sessions on a phone");
  await picture(again.page, "sessions-phone");

  // A caseworker of the same team sees the sessions, and of the narrative nothing.
  await device.online();
  await sendNow(device);
  await new Frame(device).expectUnsent(0);
  await collect(caseworker, 2);
  await openPerson(caseworker.device, HEAD);
  await expect(new Notes(caseworker.device).all).toHaveCount(0);
  const theirs = new Sessions(caseworker.device);
  await theirs.visit(original, caseworker.passphrase);
  await expect(theirs.fact(label("session_type"))).toHaveText(RECEPTION);
  await expect(theirs.page.getByText(say("session_narrative_there"))).toHaveCount(0);
  await expect(theirs.page.getByRole("main")).not.toContainText("Zafarrancho");
  const search = new Search(caseworker.device);
  await search.open();
  await search.look("Zafarrancho");
  await search.expectNobody();
  // Whoever wrote it reads it on the person's page.
  await again.page.setViewportSize({ width: 1024, height: 768 });
  await openPerson(device, HEAD);
  await expect(await new Notes(device).read()).toHaveText(SAID);
});
