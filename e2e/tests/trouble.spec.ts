// Bad luck of every kind: nothing is lost, nothing doubled, and the reason is said in words.
import { label } from "../catalogue.ts";
import { DELIVER, collect, findFamily, registerWithNoLine } from "../deeds.ts";
import { expect, test } from "../fixtures.ts";
import { answerWith, captivePortal, dead, dropReply, type Trick } from "../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Group } from "../pages/records.ts";
import { Outbox } from "../pages/outbox.ts";
import { Register } from "../pages/register.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARIE, MARQUEZ, nameOf } from "../people.ts";
import { count, escape, pattern, say } from "../words.ts";

test("two taps on save make one family", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const register = new Register(device);
  await register.open();
  await register.typeFamily(MARIE);
  await register.form.evaluate((form: HTMLFormElement) => {
    form.requestSubmit();
    form.requestSubmit();
  });
  await register.saved();
  await register.expectUnsent(0);
  await register.go("nav_home");
  await expect(device.page.getByText(count("home_here", 1))).toBeVisible();
  await collect(colleague, 1);
});

test("when the line dies after the server committed, there is exactly one copy", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const silence = device.line.spoil(DELIVER, dropReply);
  const register = new Register(device);
  await register.open();
  await register.register(MARQUEZ);
  await silence.seen;
  await register.expectUnsent(1);
  // The server has it, the device does not know: the colleague finds it already.
  await collect(colleague, 5);

  silence.mend();
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await outbox.expectUnsent(0);
  await outbox.expectEmpty();
  await collect(colleague, 5);
  await findFamily(colleague, MARQUEZ, "marquez yesenia");
});

const TROUBLES = ["no_answer", "wrong_signature", "server_unavailable", "refused", "not_signed_in", "deposit_refused", "too_many"];
const inWords = new RegExp(TROUBLES.map((trouble) => escape(say(`trouble_${trouble}`))).join("|"));

/** What the server says to whoever asks too often: `{"TooMany": {"seconds": 9}}`, as CBOR. */
const tooMany: Trick = ({ device }) => {
  const said = Buffer.concat([Buffer.from("\xa1\x67TooMany\xa1\x67seconds", "latin1"), Buffer.of(9)]);
  device.writeHead(429, { "content-type": "application/cbor", "retry-after": "9", serverfnerror: "/api" }).end(said);
};

/** Answers that are not the server's receipts. */
const answers: [string, Trick][] = [
  ["the page of a wifi that wants a password", captivePortal],
  ["401 from a proxy", answerWith(401, "<h1>Proxy authentication</h1>")],
  ["500", answerWith(500, "Internal Server Error", "text/plain")],
  ["502 from a gateway", answerWith(502, "<h1>Bad Gateway</h1>")],
  ["503", answerWith(503, "")],
  ["429, the server's own: wait nine seconds", tooMany],
  ["200 with nothing", answerWith(200, "", "application/cbor")],
  ["200 with something else in our form", answerWith(200, "\u0001\u0002\u0003", "application/cbor")],
  ["nothing at all", dead],
];
test("no answer but the server's own receipt is taken for one: nothing is deleted, and the reason is said", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const register = new Register(device);
  const outbox = new Outbox(device);
  const spoilt = device.line.spoil("/api/", dead);
  await register.open();
  await register.register(MARQUEZ);
  await spoilt.seen;
  for (const [answer, trick] of answers) {
    await test.step(answer, async () => {
      device.line.mend();
      const tried = device.line.spoil("/api/", trick);
      await outbox.open();
      await outbox.sendNow();
      await tried.seen;
      await expect(outbox.notice).toContainText(inWords);
      await expect(outbox.items).toHaveCount(1);
      await expect(outbox.item(nameOf(MARQUEZ.people[0]))).toContainText(say("state_unsent"));
      await expect(outbox.item(nameOf(MARQUEZ.people[0]))).toContainText(inWords);
      await outbox.expectUnsent(1);
    });
  }
  device.line.mend();
  await outbox.sendNow();
  await outbox.expectEmpty();
  await outbox.expectUnsent(0);
  await collect(colleague, 5);
});

test("an invitation of another server, one that is used, one that has expired, and a wrong text are told apart", async ({
  office,
  unpack,
}) => {
  const device = await unpack();
  const enrol = new Enrol(device);
  const refused = async (link: string, sentence: string) => {
    await device.visit("about:blank");
    await enrol.open(link);
    await enrol.choose(await enrol.offered());
    await expect(enrol.summary).toContainText(say(sentence));
    await expect(enrol.lockButton).toBeHidden();
  };

  const other = await Office.open();
  const foreign = new URL(await other.invite(CASEWORKER_IN_METETI));
  await other.close();
  await refused(`${office.address}/enrol${foreign.hash}`, "invitation_unknown");

  await refused(await office.invite(CASEWORKER_IN_METETI, ["--hours", "0"]), "invitation_expired");

  await device.visit("about:blank");
  await device.visit("/enrol");
  await device.page.getByLabel(say("enrol_link")).fill("hola");
  await device.page.getByRole("button", { name: say("go_on"), exact: true }).click();
  await expect(enrol.summary).toHaveText(say("enrol_link_fault"));

  const link = await office.invite(CASEWORKER_IN_METETI);
  await device.visit("about:blank");
  await enrol.join(link);
  const second = await unpack();
  const again = new Enrol(second);
  await again.open(link);
  await again.choose(await again.offered());
  await expect(again.summary).toContainText(say("invitation_used"));
});

test("with no line an invitation is not spent: the same one serves when the line is back", async ({ office, unpack }) => {
  const device = await unpack();
  const enrol = new Enrol(device);
  await enrol.open(await office.invite(CASEWORKER_IN_METETI));
  await device.settled();
  const passphrase = await enrol.offered();
  await device.offline();
  await enrol.choose(passphrase);
  await expect(enrol.summary).toContainText(say("enrol_no_line"));
  await device.online();
  await enrol.choose(passphrase);
  await expect(enrol.lockButton).toBeVisible();
});

test("a passphrase that was not copied right is not taken", async ({ office, unpack }) => {
  const enrol = new Enrol(await unpack());
  await enrol.open(await office.invite(CASEWORKER_IN_METETI));
  await enrol.choose("no es esta");
  await expect(enrol.summary).toContainText(say("passphrase_differs"));
  await expect(enrol.summary).not.toContainText(say("summary_kept"));
  await enrol.choose((await enrol.offered()).toUpperCase());
  await expect(enrol.lockButton).toBeVisible();
});

test("a wrong passphrase is said, the right one opens, and nothing was changed in between", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const group = await registerWithNoLine(device, MARQUEZ);
  await new Frame(device).lock();
  const unlock = new Unlock(device);
  await unlock.try("abaco abdomen abeja abierto abogado");
  await expect(unlock.fault).toHaveText(say("passphrase_wrong"));
  await unlock.open(passphrase);
  await new Frame(device).expectUnsent(1);
  await device.visit(group);
  await unlock.open(passphrase);
  await new Group(device).expectPeople(MARQUEZ.people);
});

test("when the device is full the text stays on the screen, the message says what to do, and saving works after", async ({
  joined,
}) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  // The browser remembers for half a minute how much room there was, so it begins anew.
  await device.switchOff();
  await device.switchOn();
  await device.limitStorage(1);
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  const register = new Register(device);
  await register.open();
  await register.typeFamily(MARIE);
  await register.saveButton.click();
  await expect(device.page.getByRole("status").filter({ hasText: say("store_full") })).toBeVisible();
  await register.show(nameOf(MARIE.people[0]));
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
  await expect(register.field("surname1")).toHaveValue("Desrosiers");

  await device.limitStorage(null);
  await register.finish();
  await expect(register.title).toHaveText(say("saved_title"));
  await register.expectUnsent(1);
});

test("what was typed is there two seconds after the last key, even if the battery is torn out", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const register = new Register(device);
  await register.open();
  await register.field("given_names").pressSequentially("Marie Rose");
  await register.field("surname1").pressSequentially("Desrosiers");
  await expect(register.said).toHaveText(pattern("saved_on_device"), { timeout: 2_000 });
  await device.kill();

  await device.switchOn();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  const drafts = device.page.getByRole("region", { name: say("drafts") });
  await drafts.getByRole("link", { name: "Marie Rose Desrosiers" }).click();
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
  await expect(register.field("surname1")).toHaveValue("Desrosiers");
});

test("a lock in mid-word loses nothing", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const register = new Register(device);
  await register.open();
  await register.field("given_names").pressSequentially("Marie Ro");
  await register.lock();
  await expect(device.page.getByText("Marie Ro")).toBeHidden();
  await new Unlock(device).open(passphrase);
  await expect(register.field("given_names")).toHaveValue("Marie Ro");
});

test("problems are listed all at once, each leads to its box, and what was typed is kept meanwhile", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const register = new Register(device);
  await register.open();
  await register.field("given_names").fill("Marie Rose");
  await register.field("surname1").fill("Desrosiers");
  await register.typeDate("dob", ["31", "2", "1990"]);
  await register.saveButton.click();
  const { findings } = register;
  await expect(findings.getByRole("heading", { level: 2 })).toBeFocused();
  await expect(findings).toContainText(say("summary_kept"));
  const problem = (key: string, sentence: string) =>
    findings.getByRole("link", { name: `Marie Rose Desrosiers: ${label(key)} — ${say(sentence)}` });
  await problem("sex", "answer_missing").click();
  await expect(register.field("sex")).toBeFocused();
  await problem("dob", "fault_date_no_such_day").click();
  await expect(register.field("dob")).toBeFocused();
  // What is asked of the whole family stands on another card, which opens.
  await findings.getByRole("link", { name: `${label("province")} — ${say("answer_missing")}` }).click();
  await expect(register.field("province")).toBeFocused();
  await expect(register.said).toHaveText(pattern("saved_on_device"));
  // What cannot be read cannot be saved: it is put right first.
  await expect(findings.getByRole("button", { name: say("save_as_is") })).toBeHidden();
});
