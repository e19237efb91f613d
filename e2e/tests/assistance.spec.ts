// Help that is given: in a few taps, warned of when it was given before, and handed out to many without losing any.
import { label } from "../catalogue.ts";
import { collect, registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office } from "../office.ts";
import { Distribution, Give, Taps } from "../pages/assistance.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { follow } from "../views.ts";
import { count, say } from "../words.ts";

const NAME = nameOf(MARQUEZ.people[0]);
/** How many families are handed something before the tablet dies, and in all. */
const [BEFORE, ALL] = [90, 200];

async function openPerson(device: Device): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(NAME);
  await search.openPerson(NAME);
}

async function look(device: Device, name: string): Promise<void> {
  await expectAccessible(device.page, name);
  await expectNoSidewaysScroll(device.page, name);
  await expectNothingClipped(device.page, name);
  await expectRoomForFingers(device.page, name);
  await picture(device.page, name);
}

test("the same gift from two tablets without a line: both are saved, and the second is told", async ({ joined }) => {
  const meteti = await joined(CASEWORKER_IN_METETI);
  const panama = await joined(CASEWORKER_IN_PANAMA);
  await registerWithLine(meteti.device, MARQUEZ);
  await collect(panama, MARQUEZ.people.length);
  for (const { device } of [meteti, panama]) {
    await device.offline();
    await openPerson(device);
  }

  const first = new Give(meteti.device);
  // A wrong amount is refused by the name of its field, and nothing is saved.
  await first.open();
  await first.kind("cash_mpc").click();
  for (const [typed, fault] of [
    ["-20", "give_fault_negative"],
    ["0", "give_fault_zero"],
    ["veinte", "fault_not_a_number"],
    ["1,000", "give_fault_ambiguous"],
  ] as const) {
    await first.amount.fill(typed);
    await first.save.click();
    await expect(first.wrong).toContainText(say("give_fault_at", { field: label("assistance_amount"), fault: say(fault) }));
  }
  await first.amount.fill("50000 COP");
  await first.save.click();
  await expect(first.wrong).toContainText(say("give_fault_foreign", { money: "COP" }));
  await look(meteti.device, "give-wrong");
  await expect(first.title).toHaveText(say("give_title"));
  await first.amount.fill("");
  await openPerson(meteti.device);

  // In a few taps, typing not counted.
  const taps = new Taps();
  await first.open(taps);
  await taps.tap(first.kind("hygiene_kit"));
  await taps.tap(first.proof("witness"));
  await meteti.device.page.locator("#give-witness").fill("Omaira Chanapi");
  await look(meteti.device, "give");
  await taps.tap(first.save);
  await first.expectSaved();
  console.log(`taps: gift ${taps.count}`);
  expect(taps.count).toBeLessThanOrEqual(6);
  await look(meteti.device, "gift");

  // The other tablet knows nothing of it, and says what it cannot know.
  const second = new Give(panama.device);
  await second.open();
  await second.kind("hygiene_kit").click();
  await expect(second.before).toHaveCount(0);
  await second.save.click();
  await second.expectSaved();
  // On the same tablet the second is warned of before it is saved, and asked why.
  await openPerson(panama.device);
  await second.open();
  await second.kind("hygiene_kit").click();
  await expect(second.before).toHaveText(say("give_before", { when: say("when_today"), site: "Ciudad de Panamá" }));
  await look(panama.device, "give-again");
  await second.save.click();
  await expect(second.wrong).toContainText(label("assistance_again"));
  await new Frame(panama.device).go("nav_home");

  // With the line back both are there; whoever came second is told so.
  await meteti.device.online();
  await new Frame(meteti.device).expectUnsent(0);
  await panama.device.online();
  await new Outbox(panama.device).open();
  await new Outbox(panama.device).sendNow();
  const told = new Outbox(panama.device).items.filter({ hasText: say("reason_given_twice") });
  await expect(told).toHaveCount(1);
  await expect(told).toContainText(say("give_act"));
  await openPerson(panama.device);
  await second.open();
  await second.kind("hygiene_kit").click();
  await expect(second.before).toContainText("Metetí");
});

test("a distribution to two hundred families goes on where the tablet died, and gives nobody twice", async ({ unpack }) => {
  test.setTimeout(240_000);
  const office = await Office.open({ demo: true });
  try {
    await office.says(/^Loaded 7890 people in 5575 groups/m, 120_000);
    const device = await unpack({}, office);
    const passphrase = await new Enrol(device).join(await office.invitation("caseworker-meteti"));
    await expect(device.page.getByText(count("home_here", 2049))).toBeVisible({ timeout: 60_000 });
    await device.settled();
    await device.offline();

    const distribution = new Distribution(device);
    await follow(device, "/distributions/new");
    await device.page.locator("#dist-name").fill("Útiles en Metetí");
    await device.page.locator("#give-other").selectOption("photo_docs");
    // The first two hundred of the site's families: all, and then those beyond are not handed anything.
    await expect(distribution.addFound).toHaveAttribute("aria-disabled", "false");
    await distribution.addFound.click();
    await look(device, "distribution-new");
    await distribution.create("Útiles en Metetí");
    const all = Number(/de (\d+)/.exec(await distribution.progress.innerText())?.[1]);
    expect(all).toBeGreaterThanOrEqual(ALL);
    await look(device, "distribution");

    const address = new URL(device.page.url()).pathname;
    await distribution.show("dist_show_open");
    /** Hands out until so many have it. */
    const handOut = async (until: number): Promise<void> => {
      for (let given = await shown(); given < until; given += 1) {
        await distribution.toGive.first().click();
        await expect(distribution.progress).toContainText(say("dist_progress", { given: String(given + 1), all: String(all) }));
      }
    };
    const shown = async (): Promise<number> => Number(/(\d+) de/.exec(await distribution.progress.innerText())?.[1]);
    await handOut(BEFORE);
    // One more tap, and the battery is torn out in the middle of it.
    await distribution.toGive.first().click({ noWaitAfter: true });
    const seen = await shown();
    await device.kill();

    await device.switchOn();
    await device.visit(address);
    await new Unlock(device).open(passphrase);
    await expect(distribution.progress).toBeVisible();
    const held = await shown();
    expect(held, "what was shown as saved is there").toBeGreaterThanOrEqual(seen);
    expect(held, "and nothing that nobody gave").toBeLessThanOrEqual(BEFORE + 1);

    await distribution.show("dist_show_open");
    // What was handed over by mistake is taken back at once.
    await handOut(held + 1);
    await device.page.getByRole("button", { name: say("undo"), exact: true }).click();
    await expect(distribution.progress).toContainText(say("dist_progress", { given: String(held), all: String(all) }));
    await distribution.show("dist_show_open");
    await handOut(ALL);

    // Each once: as many gifts wait as were handed out, with the one taken back and its return, and the distribution.
    await device.online();
    await new Frame(device).expectUnsent(0);
    await device.page.reload();
    await new Unlock(device).open(passphrase);
    await expect(distribution.progress).toContainText(say("dist_progress", { given: String(ALL), all: String(all) }));
    await distribution.show("dist_show_given");
    await expect(device.page.getByText(count("dist_families", ALL))).toBeVisible();
    await look(device, "distribution-given");
  } finally {
    await office.close();
  }
});
