// Referrals between desks: consent, what is shared, the answer, and what is left when consent is taken back.
import { registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, picture } from "../looks.ts";
import type { Staff } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { goTo, ReferralPage, Referrals, Refer } from "../pages/referrals.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { type Family, nameOf } from "../people.ts";
import { code, table } from "../catalogue.ts";
import { say } from "../words.ts";

const ONPAR: Staff = { name: "Dalila Grajales", code: "ONP-01", role: "counsellor", site: "panama", organisation: "ONPAR" };
const INAMU: Staff = { name: "Maribel Sáenz", code: "INA-01", role: "referral_focal_point", site: "panama", organisation: "INAMU" };
const INAMU_TOO: Staff = { name: "Ruth Camarena", code: "INA-02", role: "referral_focal_point", site: "panama", organisation: "INAMU" };
const BORDER: Staff = { name: "Sargento Batista", code: "SEN-01", role: "border_officer", site: "meteti", organisation: "SENAFRONT" };

const FAMILY: Family = {
  people: [
    { given: "Yadira", surname1: "Contreras", sex: "F", born: ["4", "5", "1991"], phone: "+507 6555 0142" },
    { given: "Zenobia", surname1: "Contreras", sex: "F", born: "2015", relationship: "DAU" },
  ],
};
const [NAME, CHILD] = FAMILY.people.map(nameOf) as [string, string];
/** What a state is called. */
function state(code: string): string {
  return labelled("referral_status", code);
}

function labelled(name: string, code: string): string {
  const row = table(name).find((it) => it.code === code);
  if (!row?.label_es) throw new Error(`${name}.csv lacks ${code}`);
  return row.label_es;
}

const WITNESS = "Omaira Chanapi";
const REASON = "Necesita un albergue seguro hoy.";

async function sendNow(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
}

/** Sends what waits and takes in what others stated, until nothing is left to send. */
async function round(device: Device): Promise<void> {
  await sendNow(device);
  await new Frame(device).expectUnsent(0);
  await sendNow(device);
}

async function openPerson(device: Device, name = NAME): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(name);
  await search.openPerson(name);
}

/** Refers the head of the family to INAMU, from her page on. */
async function referToInamu(device: Device): Promise<Refer> {
  const refer = new Refer(device);
  await openPerson(device);
  refer.taps = 0;
  await refer.begin();
  await refer.write({ sector: "gbv", desk: "inamu_panama", reason: REASON, share: ["name", "phone"] });
  await refer.show();
  await refer.agreed(WITNESS);
  await refer.send();
  return refer;
}

/** Every word that a page says. */
async function words(device: Device): Promise<string> {
  await expect(device.page.getByRole("heading", { level: 1 })).toBeVisible();
  return device.page.getByRole("main").innerText();
}

test("a referral goes to INAMU and back with its consent withdrawn midway, and INAMU keeps nothing of the person", async ({ joined }) => {
  test.setTimeout(300_000);
  const onpar = await joined(ONPAR);
  const inamu = await joined(INAMU);
  await registerWithLine(onpar.device, FAMILY);
  await round(onpar.device);

  // Without a line: in twelve taps, and it waits.
  await onpar.device.offline();
  const refer = await referToInamu(onpar.device);
  console.log(`taps: referral ${refer.taps}`);
  expect(refer.taps).toBeLessThanOrEqual(12);
  const sent = new ReferralPage(onpar.device);
  await expect(sent.state).toHaveText(state("queued"));
  await expectAccessible(onpar.device.page, "a referral that waits");
  await onpar.device.online();
  await round(onpar.device);
  const address = new Referrals(onpar.device);
  await address.open();
  await address.openOnly("refer_sent_ones", NAME);
  await expect(sent.state).toHaveText(state("sent"));

  // INAMU sees what was shared, and nothing else; that it was opened is said by itself.
  await round(inamu.device);
  const list = new Referrals(inamu.device);
  await list.open();
  await expectAccessible(inamu.device.page, "what a desk received");
  await list.openOnly("refer_received", NAME);
  const page = new ReferralPage(inamu.device);
  await expect(page.state).toHaveText(state("received"));
  expect(await words(inamu.device)).toContain("+50765550142");
  expect(await words(inamu.device)).not.toContain(CHILD);
  await page.button("refer_accept").click();
  await expect(page.state).toHaveText(state("accepted"));
  await expectAccessible(inamu.device.page, "a referral that was accepted");

  // It goes back to ONPAR with what INAMU was told and no more.
  await page.link("refer_back").click();
  const back = new Refer(inamu.device);
  await inamu.device.page.locator("#refer-reason").fill("Cupo listo desde el lunes.");
  await back.show();
  await expect(back.told).toContainText(NAME);
  await back.send();
  await round(inamu.device);
  await round(onpar.device);
  const received = new Referrals(onpar.device);
  await received.open();
  await received.openOnly("refer_received", NAME);
  expect(await words(onpar.device)).toContain("Cupo listo desde el lunes.");

  // Midway the person takes it back, while ONPAR has no line. Before saving the page says who is told.
  await onpar.device.offline();
  await openPerson(onpar.device);
  await new PersonPage(onpar.device).openGroup();
  await expect(new Group(onpar.device).people.first()).toBeVisible();
  await onpar.device.page.getByRole("link", { name: say("consents_see"), exact: true }).click();
  await onpar.device.page.getByRole("button", { name: new RegExp(`^${say("refer_consent_withdraw")}.*Instituto Nacional de la Mujer`) }).click();
  await expect(onpar.device.page.getByRole("main")).toContainText(say("refer_withdraw_tells", { who: "Instituto Nacional de la Mujer" }));
  await expectAccessible(onpar.device.page, "taking back a consent");
  await onpar.device.page.getByRole("button", { name: say("refer_consent_withdraw_yes"), exact: true }).click();
  await expect(onpar.device.page.getByRole("button", { name: say("refer_consent_withdraw_yes"), exact: true })).toHaveCount(0);
  await onpar.device.online();
  await round(onpar.device);

  // Nothing of the person is left with INAMU: neither on a page nor to be found. They acknowledge.
  await round(inamu.device);
  await list.open();
  await expect(list.region("refer_received")).toBeVisible();
  const left = list.rows("refer_received").filter({ hasText: say("refer_not_acknowledged") });
  await expect(left).toHaveCount(1);
  expect(await words(inamu.device)).not.toContain(NAME);
  await left.getByRole("link").click();
  await expect(inamu.device.page.getByText(say("refer_gone"))).toBeVisible();
  const gone = await words(inamu.device);
  for (const secret of [NAME, "Yadira", "+50765550142", REASON]) expect(gone).not.toContain(secret);
  await expectAccessible(inamu.device.page, "a referral that was withdrawn");
  await page.button("refer_acknowledge").click();
  await expect(page.button("refer_acknowledge")).toHaveCount(0);
  await round(inamu.device);

  // ONPAR sees that.
  await round(onpar.device);
  await address.open();
  await onpar.device.page.locator('input[name="refer-which"][value="ended"]').click();
  await expect(address.rows("refer_sent_ones").filter({ hasText: say("refer_acknowledged") })).toHaveCount(1);
});

test("a border officer refers somebody within two minutes and with no line, a desk without account answers by the slip's code, and the officer reads the receipt and nothing else", async ({ joined, unpack }) => {
  test.setTimeout(240_000);
  const { device } = await joined(BORDER);
  await round(device);
  await device.offline();
  await goTo(device.page, "/refer");
  const refer = new Refer(device);
  await expect(refer.title).toHaveText(say("refer_title"));
  await expectAccessible(device.page, "a referral at the border");
  await picture(device.page, "border");
  await device.page.locator("#refer-given").fill("Rahmatullah");
  await device.page.locator("#refer-born").fill("34");
  await refer.tap(refer.radio("refer-sector", "documentation"));
  await refer.tap(refer.radio("refer-desk", "snm_panama"));
  await refer.tap(refer.radio("refer-urgency", "urgent"));
  await refer.tap(refer.radio("refer-sex", "M"));
  await device.page.locator("#refer-nationality").selectOption("AFG");
  await device.page.locator("#refer-people").fill("3");
  await refer.show();
  await expect(refer.told).toContainText("Rahmatullah");
  // Without a yes it can only be kept.
  await expect(refer.button("refer_send")).toHaveAttribute("aria-disabled", "true");
  await refer.agreed();
  await refer.send();
  console.log(`taps: border referral ${refer.taps}`);
  expect(refer.taps).toBeLessThanOrEqual(12);
  const page = new ReferralPage(device);
  await expect(page.state).toHaveText(state("queued"));
  const { number, code: secret } = await page.slip();
  await page.link("refer_slip_see").click();
  await expect(page.title).toHaveText(say("refer_slip_title"));
  await expect(device.page.locator("article.slip")).toContainText(number);
  await expect(device.page.locator("article.slip")).toContainText(secret);
  await expect(device.page.locator("article.slip")).not.toContainText("Rahmatullah");
  await expectAccessible(device.page, "the slip of a referral");
  await picture(device.page, "slip");
  const printed = await page.print();
  expect(printed).toHaveLength(1);
  await device.online();
  await round(device);

  await answerBySlip(await unpack(), number, secret);

  // The officer reads what became of it, and of nobody else.
  await round(device);
  const list = new Referrals(device);
  await list.open();
  await expect(list.region("refer_received")).toHaveCount(0);
  await list.openOnly("refer_sent_ones");
  await expect(page.state).toHaveText(state("accepted"));
  await expect(page.history.last()).toContainText(say("refer_by_slip", { who: "" }).replace("{who}", "").trim());
});

/** A desk without an account opens the slip's page in a browser of its own and accepts. */
async function answerBySlip(device: Device, number: string, secret: string): Promise<void> {
  const { page } = device;
  await device.visit(`/answer?n=${number.replace("-", "")}`);
  await page.getByLabel(say("answer_page_code"), { exact: true }).fill(secret);
  await page.getByRole("button", { name: say("answer_page_open"), exact: true }).click();
  await expect(page.getByText("Rahmatullah").first()).toBeVisible();
  await page.getByRole("radio", { name: say("answer_page_accept"), exact: true }).check();
  await page.locator("#next").fill("Venga el martes a las 9.");
  await page.getByRole("button", { name: say("answer_page_send"), exact: true }).click();
  await expect(page.getByText(say("answer_page_done")).first()).toBeVisible();
}

test("two people of a desk accept at once: one has it, and the other reads who took it", async ({ joined }) => {
  test.setTimeout(240_000);
  const onpar = await joined(ONPAR);
  const first = await joined(INAMU);
  const second = await joined(INAMU_TOO);
  await registerWithLine(onpar.device, FAMILY);
  await round(onpar.device);
  await referToInamu(onpar.device);
  await round(onpar.device);
  for (const { device } of [first, second]) {
    await round(device);
    const list = new Referrals(device);
    await list.open();
    await list.openOnly("refer_received", NAME);
    await expect(new ReferralPage(device).button("refer_accept")).toBeVisible();
    await expect(new ReferralPage(device).state).toHaveText(state("received"));
  }
  for (const { device } of [first, second]) await device.offline();
  for (const { device } of [first, second]) {
    await new ReferralPage(device).button("refer_accept").click();
    await expect(new ReferralPage(device).state).toHaveText(state("accepted"));
  }
  await first.device.online();
  await round(first.device);
  await second.device.online();
  await sendNow(second.device);
  await sendNow(second.device);
  const list = new Referrals(second.device);
  await list.open();
  await list.openOnly("refer_received", NAME);
  const page = new ReferralPage(second.device);
  await expect(page.state).toHaveText(state("accepted"));
  await expect(second.device.page.getByRole("main")).toContainText(INAMU.name);
  await new Outbox(second.device).open();
  await expect(second.device.page.getByRole("main")).toContainText(say("reason_step_taken"));
});

test("without consent a referral is only kept, and finished when there is one", async ({ joined }) => {
  test.setTimeout(180_000);
  const { device } = await joined(ONPAR);
  await registerWithLine(device, FAMILY);
  await round(device);
  await openPerson(device);
  const refer = new Refer(device);
  await refer.begin();
  await expectAccessible(device.page, "the form of a referral");
  await picture(device.page, "refer");
  // What is missing is said at once, and nothing is chosen beforehand.
  await refer.tap(refer.button("refer_show"));
  await expect(device.page.getByRole("alert").filter({ hasText: say("refer_fault_sector") })).toBeVisible();
  await expect(device.page.locator(".refer__tick input:checked")).toHaveCount(0);
  await refer.write({ sector: "gbv", desk: "inamu_panama", urgency: "emergency", reason: REASON, share: ["name"] });
  await refer.show();
  await expect(refer.told).toContainText(NAME);
  await expect(refer.told).not.toContainText("+507");
  await expect(device.page.locator("#refer-why")).toHaveText(say("refer_why_consent"));
  await expect(refer.button("refer_send")).toHaveAttribute("aria-disabled", "true");
  await expectAccessible(device.page, "what will be sent");
  await picture(device.page, "telling");
  await refer.button("refer_send").click({ force: true });
  await expect(refer.title).toHaveText(say("refer_show_title"));
  await refer.keep();
  await round(device);
  const list = new Referrals(device);
  await list.open();
  await expect(list.rows("refer_kept")).toHaveCount(1);
  await expectAccessible(device.page, "the list of referrals");
  await list.rows("refer_kept").getByRole("link").click();
  await expect(refer.title).toHaveText(say("refer_title"));
  await expect(device.page.locator("#refer-reason")).toHaveValue(REASON);
  await refer.show();
  await refer.agreed(WITNESS);
  await refer.send();
  await expect(new ReferralPage(device).title).toHaveText(NAME);
  await round(device);
  await list.open();
  await expect(list.rows("refer_sent_ones")).toHaveCount(1);
  await expect(list.region("refer_kept")).toHaveCount(0);
});

/** INAMU opens the newest of what it received of her. */
async function openAtInamu(device: Device): Promise<ReferralPage> {
  await round(device);
  const list = new Referrals(device);
  await list.open();
  await list.openOnly("refer_received", NAME);
  const page = new ReferralPage(device);
  await expect(page.state).toHaveText(state("received"));
  return page;
}

test("from the directory to an answer: refused with a reason, served, sent without consent, and a consent taken back in the registration", async ({ joined }) => {
  test.setTimeout(240_000);
  const { device } = await joined(ONPAR);
  const inamu = await joined(INAMU);
  await registerWithLine(device, FAMILY);
  await round(device);
  const main = device.page.getByRole("main");
  const theirs = inamu.device.page.getByRole("main");
  const sent = new ReferralPage(device);
  const refer = new Refer(device);

  // The desk that was chosen in the directory is chosen in the form, with its only sector.
  await openPerson(device);
  await refer.begin();
  await main.getByRole("link", { name: say("desk_title"), exact: true }).click();
  const inamuDesk = main.getByRole("region", { name: "Instituto Nacional de la Mujer" }).getByRole("listitem");
  await inamuDesk.getByRole("link", { name: new RegExp(`^${say("desk_refer")}`) }).click();
  await expect(refer.title).toHaveText(say("refer_title"));
  await expect(refer.radio("refer-sector", "gbv")).toBeChecked();
  await expect(refer.radio("refer-desk", "inamu_panama")).toBeChecked();
  await device.page.locator("#refer-reason").fill(REASON);
  await refer.shared("name").click();
  await refer.show();
  await refer.agreed(WITNESS);
  await refer.send();
  await round(device);

  // Refused with a reason, which the sender reads; the desk is left with nothing of hers.
  const page = await openAtInamu(inamu.device);
  await page.button("refer_reject").click();
  await page.button("refer_reject_yes").click();
  await expect(inamu.device.page.getByText(say("refer_fault_reject_reason"))).toBeVisible();
  await page.radio("refer-reject", "no_capacity").check();
  await inamu.device.page.locator("#refer-next").fill("Llame el lunes.");
  await expectAccessible(inamu.device.page, "refusing a referral");
  await picture(inamu.device.page, "reject");
  await page.button("refer_reject_yes").click();
  await expect(page.state).toHaveText(state("rejected"));
  await round(inamu.device);
  await round(device);
  const list = new Referrals(device);
  await list.open();
  await device.page.locator('input[name="refer-which"][value="ended"]').click();
  await list.openOnly("refer_sent_ones", NAME);
  await expect(sent.state).toHaveText(state("rejected"));
  await expect(main).toContainText(labelled("referral_reject_reasons", "no_capacity"));
  await expect(main).toContainText("Llame el lunes.");
  const refused = new Referrals(inamu.device);
  await refused.open();
  expect(await words(inamu.device)).not.toContain(NAME);

  // Again, on the consent that is recorded by now: served.
  const again = async (): Promise<void> => {
    await openPerson(device);
    await refer.begin();
    await refer.write({ sector: "gbv", desk: "inamu_panama", reason: REASON, share: ["name"] });
    await refer.show();
    await expect(main).toContainText(say("refer_consent_there"));
    await refer.send();
    await expect(sent.state).toHaveText(state("sent"));
  };
  await again();
  const served = await openAtInamu(inamu.device);
  await served.button("refer_accept").click();
  await expect(served.state).toHaveText(state("accepted"));
  await served.end("served", "Tiene cupo.");
  await expect(served.state).toHaveText(state("closed"));
  await expect(theirs).toContainText(NAME);
  await round(inamu.device);
  await again();

  // Taken back where it was recorded: in the registration, which says who is told.
  await openPerson(device);
  await new PersonPage(device).correct();
  const register = new Register(device);
  await register.answer("consent_decision", "withdrawn").check();
  await expect(main).toContainText(say("refer_withdraw_tells", { who: "Instituto Nacional de la Mujer" }));
  await register.saveButton.click();
  await register.findings.getByRole("button", { name: new RegExp(`${say("save_as_is")}|${say("finish_anyway")}`) }).click();
  await register.changed();
  await round(device);
  await round(inamu.device);
  await refused.open();
  await expect(refused.rows("refer_received").filter({ hasText: say("refer_not_acknowledged") })).toHaveCount(1);
  expect(await words(inamu.device)).not.toContain(NAME);

  // Without consent, by who may, with a ground and a word of why.
  await openPerson(device);
  await refer.begin();
  await refer.write({ sector: "health", desk: "minsa_panama", urgency: "emergency", reason: REASON, share: ["name"] });
  await refer.show();
  await main.locator("details > summary").click();
  await refer.radio("refer-ground", "life_at_risk").check();
  await expect(device.page.locator("#refer-why")).toHaveText(say("refer_why_explain"));
  await device.page.locator("#refer-explanation").fill("Está inconsciente.");
  await expectAccessible(device.page, "sending without consent");
  await picture(device.page, "without");
  await refer.send();
  await expect(sent.state).toHaveText(state("sent"));
  await expect(main).toContainText(code("referral_override", "life_at_risk"));
});
