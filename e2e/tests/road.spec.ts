// A family registered offline arrives: the whole road, with two devices and a real server.
import { DELIVER, collect, expectNoPageOpen, findFamily, registerWithNoLine } from "../deeds.ts";
import { type Joined, expect, test } from "../fixtures.ts";
import { type Trick, cutMidway, dead, dropReply } from "../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, alone } from "../people.ts";

/** The colleague in Panama City collects and finds the five of the family, each once. */
async function colleagueFindsThem(colleague: Joined): Promise<void> {
  await collect(colleague, 5);
  await findFamily(colleague, MARQUEZ, "rondon yesenia marq");
}

test("a family registered with no line leaves in the background after the page is closed, and a colleague finds it", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  await new Frame(device).expectUnsent(1);
  await device.closePage();

  const delivered = device.line.next(DELIVER);
  await device.online();
  await delivered;
  expectNoPageOpen(device);

  await colleagueFindsThem(colleague);
});

test("a family leaves although the tablet is locked, and nobody has to unlock it", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  await new Frame(device).lock();

  const delivered = device.line.next(DELIVER);
  await device.online();
  await delivered;
  const unlock = new Unlock(device);
  await unlock.expectLocked();

  await colleagueFindsThem(colleague);
  // The caseworker sees it too, later.
  await unlock.open(passphrase);
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.expectEmpty();
  await outbox.expectUnsent(0);
});

test("in a browser without Background Sync a family leaves as soon as the app is opened again, still locked", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI, { withoutSync: true });
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  await device.closePage();
  await device.online();

  const delivered = device.line.next(DELIVER);
  await device.visit("/");
  await delivered;
  await new Unlock(device).expectLocked();

  await colleagueFindsThem(colleague);
});

test("a family outlives a tablet whose battery is torn out right after it said saved, and leaves in the background", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  // The family is safe from here on. That it leaves by itself is the browser's promise, once it has taken the request:
  // torn out before, it leaves when the app is opened again (see below).
  await expect.poll(() => device.page.evaluate(syncsAskedFor)).toBeGreaterThan(0);
  await device.kill();

  await device.switchOn();
  const delivered = device.line.next(DELIVER);
  await device.online();
  await delivered;
  expectNoPageOpen(device);

  await colleagueFindsThem(colleague);
});

test("a family outlives a torn battery in a browser without Background Sync too", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI, { withoutSync: true });
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  const group = await registerWithNoLine(device, MARQUEZ);
  await device.kill();

  await device.switchOn();
  await device.visit(group);
  await new Unlock(device).open(passphrase);
  await new Frame(device).expectUnsent(1);
  await device.online();
  await new Frame(device).expectUnsent(0);

  await colleagueFindsThem(colleague);
});

/** The server dies while a parcel is on its way; what it has got of it differs. */
const deaths: [string, Trick][] = [
  ["with half of the parcel read", cutMidway],
  ["after it committed and before it answered", dropReply],
];
for (const [when, trick] of deaths) {
  test(`nothing is lost and nothing doubled when the server dies in mid-parcel, ${when}`, async ({ joined, office }) => {
    const { device } = await joined(CASEWORKER_IN_METETI);
    const colleague = await joined(CASEWORKER_IN_PANAMA);
    await device.offline();
    await registerWithNoLine(device, MARQUEZ);
    await registerWithNoLine(device, alone("Marie Rose", "Desrosiers"));
    await device.closePage();

    let died = () => {};
    const dying = new Promise<void>((done) => (died = done));
    // The browser sends again by itself; only the first time there is a server to die.
    let alive = true;
    const death = device.line.spoil(DELIVER, async (asked, line) => {
      if (!alive) return dead(asked, line);
      alive = false;
      await trick(asked, line);
      await office.kill();
      died();
    });
    await device.online();
    await dying;
    await office.restart();
    const delivered = device.line.next(DELIVER);
    death.mend();
    await delivered;
    expectNoPageOpen(device);

    await collect(colleague, 6);
    await findFamily(colleague, MARQUEZ, "yesenia");
    await findFamily(colleague, alone("Marie Rose", "Desrosiers"), "desrosiers marie");
    expect(office.log).not.toMatch(/panic/i);
  });
}

/** How many background deliveries the browser has taken on. */
async function syncsAskedFor(): Promise<number> {
  const worker = await navigator.serviceWorker.ready;
  const { sync } = worker as unknown as { sync: { getTags(): Promise<string[]> } };
  return (await sync.getTags()).length;
}
