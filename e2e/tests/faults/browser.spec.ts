// What browsers do to an app: they evict, refuse room, stop workers, freeze and crash pages, and tell the wrong time.
import type { CDPSession } from "@playwright/test";
import { DELIVER, collect, findFamily, registerWithLine, registerWithNoLine } from "../../deeds.ts";
import type { Device } from "../../device.ts";
import { expect, test } from "../../fixtures.ts";
import { dead, dropReply, forbidsWasm } from "../../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA } from "../../office.ts";
import { entriesOf } from "../../office_books.ts";
import { Enrol } from "../../pages/enrol.ts";
import { Frame } from "../../pages/frame.ts";
import { Outbox } from "../../pages/outbox.ts";
import { Register } from "../../pages/register.ts";
import { Unlock } from "../../pages/unlock.ts";
import { type Family, MARIE, MARQUEZ } from "../../people.ts";
import { pattern, say } from "../../words.ts";

const BERTA: Family = { people: [{ given: "Berta", surname1: "Chirú", sex: "F", born: "1970" }] };

/** A page of the same origin on which nothing of the app runs. */
const ASIDE = "/manifest.webmanifest";

/** The browser throws away what it keeps for the app. */
async function evict(device: Device, what: string): Promise<void> {
  await (await device.inside()).send("Storage.clearDataForOrigin", { origin: device.office.address, storageTypes: what });
}

/** Developer tools for workers, with the registration of the app's own. */
async function workers(device: Device): Promise<{ session: CDPSession; registration: string }> {
  const session = await device.inside();
  const told = new Promise<string>((done) =>
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find((it) => it.scopeURL === `${device.office.address}/` && !it.isDeleted);
      if (own) done(own.registrationId);
    }),
  );
  await session.send("ServiceWorker.enable");
  return { session, registration: await told };
}

test("a device whose browser threw everything away can join again, and what was delivered comes back", async ({ joined, office }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await registerWithLine(device, MARQUEZ);
  await new Frame(device).expectUnsent(0);
  await device.visit(ASIDE);
  await evict(device, "all");
  // Nobody is told that a vault is here, and nothing is broken.
  await device.visit("/");
  await expect(device.page.getByRole("main")).toBeVisible();
  await expect(device.page.getByRole("button", { name: say("unlock_open"), exact: true })).toBeHidden();
  const passphrase = await new Enrol(device).join(await office.invite(CASEWORKER_IN_METETI));
  await findFamily({ device, passphrase }, MARQUEZ, "yesenia");
});

test("a device whose browser threw away the app's files alone opens its vault again, and works with no line once more", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  await device.visit(ASIDE);
  await evict(device, "cache_storage");
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await new Frame(device).expectUnsent(1);
  // Whatever was thrown away is fetched again.
  await device.settled();
  away.mend();
  await new Outbox(device).open();
  await new Outbox(device).sendNow();
  await new Frame(device).expectUnsent(0);
});

test("a draft that finds no room says so, stays on the screen, and is kept when there is room", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  await device.switchOff();
  await device.switchOn();
  await device.limitStorage(1);
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  const register = new Register(device);
  await register.open();
  await register.field("given_names").pressSequentially("Marie Rose");
  await expect(device.page.getByRole("status").filter({ hasText: say("store_full") })).toBeVisible();
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
  await device.limitStorage(null);
  await register.field("surname1").pressSequentially("Desrosiers");
  await expect(register.said).toHaveText(pattern("saved_on_device"));
  await register.lock();
  await new Unlock(device).open(passphrase);
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
});

test("what finds no room while it is collected is collected later, and saving goes on when there is room", async ({ joined }) => {
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await registerWithLine(colleague.device, MARQUEZ);
  await new Frame(colleague.device).expectUnsent(0);
  const away = await joined(CASEWORKER_IN_METETI);
  const { device, passphrase } = away;
  await device.switchOff();
  await registerWithLine(colleague.device, MARIE);
  await new Frame(colleague.device).expectUnsent(0);
  await device.switchOn();
  await device.limitStorage(1);
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await new Outbox(device).open();
  await new Outbox(device).sendNow();
  await expect(new Outbox(device).notice).toBeVisible();
  await device.limitStorage(null);
  await collect(away, 6);
  const register = new Register(device);
  await register.open();
  await register.register({ people: [{ given: "Ana", surname1: "Chirú", sex: "F", born: "1990" }] });
  await register.expectUnsent(0);
});

for (const [what, locks] of [["", true], [", in a browser that knows no locks", false]] as const) {
  test(`two tabs and the worker that send at once deliver everything once${what}`, async ({ joined, office }) => {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
    const colleague = await joined(CASEWORKER_IN_PANAMA);
    if (!locks) {
      await device.context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "locks"));
      await device.visit("/");
      await new Unlock(device).open(passphrase);
    }
    const away = device.line.spoil("/api/", dead);
    await registerWithNoLine(device, MARQUEZ);
    await registerWithNoLine(device, MARIE);
    const second = await device.context.newPage();
    await second.goto(device.office.address);
    const { session, registration } = await workers(device);
    away.mend();
    // All three begin at the same moment.
    await Promise.all([
      device.page.evaluate(() => dispatchEvent(new Event("online"))),
      second.evaluate(() => dispatchEvent(new Event("online"))),
      session.send("ServiceWorker.dispatchSyncEvent", {
        origin: device.office.address,
        registrationId: registration,
        tag: "deliver-now",
        lastChance: false,
      }),
    ]);
    await new Frame(device).expectUnsent(0);
    await collect(colleague, 6);
    expect(await entriesOf(office)).toBe(2);
  });
}

test("a worker that is stopped in mid-upload, after the server took the parcel, costs nothing and doubles nothing", async ({ joined, office }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  await device.closePage();
  const { session } = await workers(device);
  let stopped = () => {};
  const stopping = new Promise<void>((done) => (stopped = done));
  const held = device.line.spoil(DELIVER, async (asked, line) => {
    await line.forward(asked);
    await session.send("ServiceWorker.stopAllWorkers");
    stopped();
    asked.device.destroy();
  });
  await device.online();
  await stopping;
  held.mend();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await new Frame(device).expectUnsent(0);
  await collect(colleague, 5);
  expect(await entriesOf(office)).toBe(1);
});

test("when the browser's last chance to deliver fails the queue is not given up, and the open app delivers", async ({ joined, office }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  const away = device.line.spoil("/api/", dead);
  await registerWithNoLine(device, MARQUEZ);
  const { session, registration } = await workers(device);
  await session.send("ServiceWorker.dispatchSyncEvent", {
    origin: device.office.address,
    registrationId: registration,
    tag: "deliver-last",
    lastChance: true,
  });
  await away.seen;
  await device.closePage();
  away.mend();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await new Frame(device).expectUnsent(0);
  await collect(colleague, 5);
  expect(await entriesOf(office)).toBe(1);
});

test("where the worker may not run Wasm the app opens with no line all the same, and the page delivers", async ({ office, unpack, faults }) => {
  faults.allow(/wasm-unsafe-eval|WebAssembly|CompileError|Content Security Policy/);
  const device = await unpack();
  device.line.spoil("/service-worker.js", forbidsWasm);
  const passphrase = await new Enrol(device).join(await office.invite(CASEWORKER_IN_METETI));
  await device.settled();
  await device.offline();
  await registerWithNoLine(device, MARQUEZ);
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await new Frame(device).expectUnsent(1);
  await device.online();
  await new Frame(device).expectUnsent(0);
  expect(await entriesOf(office)).toBe(1);
});

test("when the browser's process for the page crashes in mid-form the draft is there again", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const register = new Register(device);
  await register.open();
  await register.field("given_names").pressSequentially("Marie Rose");
  await expect(register.said).toHaveText(pattern("saved_on_device"), { timeout: 2_000 });
  const crashed = device.page.waitForEvent("crash");
  void (await device.inside()).send("Page.crash").catch(() => {});
  await crashed;
  await device.closePage();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  const drafts = device.page.getByRole("region", { name: say("drafts") });
  await drafts.getByRole("link", { name: "Marie Rose" }).click();
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
});

test("another tab that crashes takes nothing with it: who types in this one goes on and saves", async ({ joined }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  const register = new Register(device);
  await register.open();
  const other = await device.context.newPage();
  await other.goto(device.office.address);
  const crashed = other.waitForEvent("crash");
  void (await device.context.newCDPSession(other)).send("Page.crash").catch(() => {});
  await crashed;
  await device.page.bringToFront();
  await register.register(MARIE);
  await register.expectUnsent(1);
});

test("a tab that the browser freezes locks itself and has kept what was typed", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const register = new Register(device);
  await register.open();
  await register.field("given_names").pressSequentially("Marie Rose");
  // A browser with no screen shows every page, and freezes none that is shown. This is how it tells a page, and whom.
  await device.page.evaluate(() => document.dispatchEvent(new Event("freeze")));
  await new Unlock(device).expectLocked();
  await new Unlock(device).open(passphrase);
  await expect(register.field("given_names")).toHaveValue("Marie Rose");
});

for (const [what, years] of [["ten years ahead", 10], ["ten years behind", -10]] as const) {
  test(`a device whose clock is ${what} saves, sends, locks and opens, and goes on when the clock is right again`, async ({ joined, office }) => {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
    const colleague = await joined(CASEWORKER_IN_PANAMA);
    // In pages alone: the worker's clock and the browser's own stay right, so both are at odds too.
    await device.context.addInitScript((years) => {
      const off = years * 365.25 * 86_400_000;
      const True = Date;
      const wrong = class extends True {
        constructor(...args: unknown[]) {
          if (args.length === 0) super(True.now() + off);
          else super(...(args as [number]));
        }
        static override now() {
          return True.now() + off;
        }
      };
      if (sessionStorage.getItem("right") === null) globalThis.Date = wrong as DateConstructor;
    }, years);
    await device.visit("/");
    await new Unlock(device).open(passphrase);
    const away = device.line.spoil("/api/", dead);
    // A grown woman by either clock.
    await registerWithNoLine(device, BERTA);
    away.mend();
    await new Outbox(device).open();
    await new Outbox(device).sendNow();
    await new Frame(device).expectUnsent(0);
    await new Frame(device).lock();
    await new Unlock(device).open(passphrase);
    // The clock is set right.
    await device.page.evaluate(() => sessionStorage.setItem("right", "1"));
    await device.visit("/");
    await new Unlock(device).open(passphrase);
    const register = new Register(device);
    await register.open();
    await register.register(MARIE);
    await register.expectUnsent(0);
    await collect(colleague, 2);
    await findFamily(colleague, BERTA, "chirú berta");
    expect(await entriesOf(office)).toBe(2);
  });
}

test("a receipt that never arrives while the tab is closed is asked for again, not taken for granted", async ({ joined, office }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const silence = device.line.spoil(DELIVER, dropReply);
  const register = new Register(device);
  await register.open();
  await register.register(MARQUEZ);
  await silence.seen;
  await device.kill();
  silence.mend();
  await device.switchOn();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await new Frame(device).expectUnsent(0);
  expect(await entriesOf(office)).toBe(1);
});
