// Lines of every bad kind: cut anywhere, flapping, slow, and with somebody in between who answers in the office's place.
import { DELIVER, collect, findFamily, registerWithNoLine } from "../../deeds.ts";
import { Dice, tell, times } from "../../dice.ts";
import { type Joined, expect, test } from "../../fixtures.ts";
import {
  answerWith,
  badLine,
  captivePortal,
  cutReply,
  dead,
  dropReply,
  remembers,
  sendsElsewhere,
  shortens,
  type Trick,
} from "../../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, type Office } from "../../office.ts";
import { entriesOf } from "../../office_books.ts";
import { Frame } from "../../pages/frame.ts";
import { Outbox } from "../../pages/outbox.ts";
import { Register } from "../../pages/register.ts";
import { Unlock } from "../../pages/unlock.ts";
import { MARIE, MARQUEZ, alone } from "../../people.ts";
import { say } from "../../words.ts";

/**
 * Has it sent under a trick, and waits until that was played. The line is best dead otherwise: page and worker send by
 * themselves as soon as they can.
 */
async function sendUnder({ device }: Joined, path: string, trick: Trick): Promise<void> {
  const spoilt = device.line.spoil(path, trick);
  await new Outbox(device).sendNow();
  await spoilt.seen;
  spoilt.mend();
  // The page has noticed: it may be asked again.
  await expect(new Outbox(device).notice).not.toBeEmpty();
}

/** Everything is on the server once, and a colleague finds the people. */
async function arrivedOnce(office: Office, { device }: Joined, colleague: Joined, entries: number, people: number): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.sendNow();
  await outbox.expectUnsent(0);
  await collect(colleague, people);
  expect(await entriesOf(office)).toBe(entries);
}

test("a parcel whose request is cut at any kilobyte arrives once", async ({ joined, office }) => {
  test.setTimeout(180_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device } = here;
  const began = Date.now();
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await registerWithNoLine(device, MARIE);
  await new Outbox(device).open();
  let size = 1;
  let cuts = 0;
  for (let at = 0; at < size; at += 1024) {
    await sendUnder(here, DELIVER, async (asked, line) => {
      size = asked.body.length;
      await line.forwardPart(asked, Math.min(Math.max(at, 1), size - 1));
      asked.device.destroy();
    });
    await new Frame(device).expectUnsent(2);
    cuts += 1;
  }
  expect(cuts, "cuts of a request of some kilobytes").toBeGreaterThan(2);
  away.mend();
  await arrivedOnce(office, here, colleague, 2, 6);
  tell("requests cut at each kilobyte", `${cuts} cuts of ${size} bytes, 0 lost, 0 double`, "none", began);
});

test("a receipt that is cut anywhere is none, and what it was for arrives once", async ({ joined, office }) => {
  test.setTimeout(180_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device } = here;
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await new Outbox(device).open();
  for (const part of [0, 0.01, 0.25, 0.5, 0.75, 0.99]) {
    await sendUnder(here, DELIVER, cutReply((whole) => Math.floor(whole * part)));
    await new Frame(device).expectUnsent(1);
  }
  away.mend();
  await arrivedOnce(office, here, colleague, 1, 5);
});

test("a page of records that is cut at any kilobyte is collected whole the next time", async ({ joined }) => {
  test.setTimeout(180_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const away = here.device.line.spoil("/api/", dead);
  for (const family of [MARQUEZ, MARIE]) await registerWithNoLine(here.device, family);
  away.mend();
  await new Outbox(here.device).open();
  await new Outbox(here.device).sendNow();
  await new Frame(here.device).expectUnsent(0);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const second = await joined({ ...CASEWORKER_IN_PANAMA, code: "PAN-04" });
  await new Outbox(second.device).open();
  let size = 1;
  for (let at = 0; at < size; at += 1024) {
    await sendUnder(second, "/api/collect_as", cutReply((whole) => {
      size = Math.max(size, whole);
      return Math.min(at, whole - 1);
    }));
  }
  await collect(second, 6);
  await collect(colleague, 6);
  await findFamily(second, MARQUEZ, "yesenia marquez");
});

test("what the browser sends again by itself is on the server once", async ({ joined, office }) => {
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device } = here;
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await new Outbox(device).open();
  away.mend();
  // Over a connection that served before, the browser repeats a request whose answer never began. Nobody asked it to.
  const silence = device.line.spoil(DELIVER, dropReply);
  await new Outbox(device).sendNow();
  await silence.seen;
  await expect.poll(() => silence.times).toBeGreaterThan(0);
  silence.mend();
  await arrivedOnce(office, here, colleague, 1, 5);
});

test("over a line that comes and goes every three seconds everything arrives, once", async ({ joined, office }) => {
  const flaps = times("AMPARO_FLAPS", 3);
  test.setTimeout(120_000 + flaps * 10_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device } = here;
  let away = device.line.spoil("/api/", dead);
  const flapping = (async () => {
    for (let flap = 0; flap < flaps; flap += 1) {
      await device.offline();
      await new Promise((done) => setTimeout(done, 3_000));
      await device.online();
      away.mend();
      await new Promise((done) => setTimeout(done, 3_000));
      away = device.line.spoil("/api/", dead);
    }
    away.mend();
    await device.online();
  })();
  for (const name of ["Ana", "Berta", "Celia"]) {
    const register = new Register(device);
    await register.open();
    await register.register(alone(name, "Chirú"));
  }
  await flapping;
  await new Outbox(device).open();
  await arrivedOnce(office, here, colleague, 3, 3);
});

test("over 35 kbit/s with 1.4 s there and back and one segment of twenty lost a family arrives within a minute", async ({ joined, office }) => {
  test.setTimeout(240_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device } = here;
  const dice = new Dice(Dice.seed());
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await new Outbox(device).open();
  away.mend();
  const began = Date.now();
  const bad = device.line.spoil("/api/", badLine(() => dice.below(1_000_000) / 1_000_000));
  await new Outbox(device).sendNow();
  await expect(new Frame(device).strip).toContainText(say("strip_all_sent"), { timeout: 60_000 });
  tell("a family over 35 kbit/s, 1.4 s, 5 % lost", "arrived once", dice.seed, began);
  bad.mend();
  await arrivedOnce(office, here, colleague, 1, 5);
});

/** Who stands between the device and the office, and answers everything. */
const between: [string, Trick][] = [
  ["the page of a wifi", captivePortal],
  ["302 to somewhere else", sendsElsewhere],
  ["401", answerWith(401, "<h1>Proxy authentication</h1>")],
  ["404", answerWith(404, "<h1>Not here</h1>")],
  ["410", answerWith(410, "")],
  ["511, network authentication required", answerWith(511, "<h1>Sign in to the network</h1>")],
];
test("whoever answers in the office's place neither takes anything, nor wipes, nor locks out, nor changes the app", async ({ joined, office, faults }) => {
  // Nothing of ours follows anybody elsewhere, and the browser says that it was kept from it.
  faults.allow(/portal\.example|policy breached: connect-src/);
  test.setTimeout(240_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device, passphrase } = here;
  const away = device.line.spoil("/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await new Outbox(device).open();
  for (const [answer, trick] of between) {
    await test.step(answer, async () => {
      device.line.mend();
      const everything = device.line.spoil("/", trick);
      await new Outbox(device).sendNow();
      await everything.seen;
      // Opened anew under it: the app, the vault and what waits are there.
      await device.visit("/outbox");
      await new Unlock(device).open(passphrase);
      await new Frame(device).expectUnsent(1);
      await expect(new Outbox(device).items).toHaveCount(1);
      everything.mend();
    });
  }
  away.mend();
  await arrivedOnce(office, here, colleague, 1, 5);
});

test("proxies that shorten answers, or give old ones, are not believed", async ({ joined, office }) => {
  test.setTimeout(180_000);
  const here = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const { device } = here;
  const outbox = new Outbox(device);
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await outbox.open();
  away.mend();
  await sendUnder(here, DELIVER, shortens);
  await new Frame(device).expectUnsent(1);
  // The receipts of one parcel, given once more for another one.
  const cache = device.line.spoil(DELIVER, remembers());
  await outbox.sendNow();
  await cache.seen;
  await new Frame(device).expectUnsent(0);
  await outbox.go("nav_home");
  const register = new Register(device);
  await register.open();
  await register.register(MARIE);
  await outbox.open();
  await outbox.sendNow();
  await expect(outbox.notice).toContainText(say("trouble_wrong_signature"));
  await new Frame(device).expectUnsent(1);
  cache.mend();
  await arrivedOnce(office, here, colleague, 2, 6);
});
