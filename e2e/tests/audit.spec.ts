// Who opened what: noted on the device also without a line, kept over a kill, and shown to auditors without a name.
import { type Locator } from "@playwright/test";
import { registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, type Staff } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { PersonPage } from "../pages/records.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { pattern, say } from "../words.ts";

const AUDITOR: Staff = { name: "Noris Ábrego", code: "AUD-01", role: "auditor", site: "panama" };
const [FOCAL] = MARQUEZ.people;

class Log extends Frame {
  async open(): Promise<void> {
    await this.page.getByRole("navigation", { name: say("nav_label") }).getByRole("link", { name: say("nav_audit") }).click();
    await expect(this.title).toHaveText(say("audit_title"));
  }

  get lines(): Locator {
    return this.page.getByRole("list", { name: say("audit_title") }).getByRole("listitem");
  }

  /** Lines that say that somebody opened something, and for what. */
  opened(why: string, who: Staff): Locator {
    const what = `${say("audit_opened")} · ${say(`audit_why_${why}`)}`;
    return this.lines.filter({ hasText: what }).filter({ hasText: who.name });
  }

  async again(): Promise<void> {
    await this.page.getByRole("button", { name: say("audit_again") }).click();
  }
}

/** Finds the focal point and opens their page. */
async function openFocal(device: Device): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(`${FOCAL.given} ${FOCAL.surname1}`);
  await search.openPerson(nameOf(FOCAL));
}

async function send(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect(device.page.getByText(pattern("outbox_reached")).first()).toBeVisible();
}

/** The device that a line names. */
async function deviceIn(line: Locator): Promise<string> {
  const [, code] = /Dispositivo ([0-9a-f]{8})/.exec(await line.innerText()) ?? [];
  expect(code).toBeDefined();
  return code ?? "";
}

test("an auditor sees who opened a person with no line, when and on which device, and no name of the person", async ({
  joined,
}) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const group = await registerWithLine(device, MARQUEZ);
  await device.offline();
  await openFocal(device);
  await new PersonPage(device).openGroup();
  const person = new Frame(device);
  // What was read is nothing that anybody has to send.
  await person.expectUnsent(0);
  await device.online();
  await send(device);

  const other = await joined(CASEWORKER_IN_PANAMA);
  await send(other.device);
  await openFocal(other.device);
  await send(other.device);

  const auditor = await joined(AUDITOR);
  const log = new Log(auditor.device);
  await log.open();
  await expect(log.opened("person", CASEWORKER_IN_METETI)).toHaveCount(1);
  await expect(log.opened("group", CASEWORKER_IN_METETI)).not.toHaveCount(0);
  await expect(log.opened("person", CASEWORKER_IN_PANAMA)).toHaveCount(1);
  const mine = log.opened("person", CASEWORKER_IN_METETI);
  await expect(mine).toContainText(say("when_today"));
  const [here, there] = [await deviceIn(mine), await deviceIn(log.opened("person", CASEWORKER_IN_PANAMA))];
  expect(here).not.toBe(there);
  await expect(auditor.device.page.getByText(pattern("audit_whole"))).toBeVisible();
  await expect(auditor.device.page.getByText(pattern("audit_checkpoint"))).toBeVisible();

  // Only the record, whoever opened it.
  const id = group.split("/").at(-1) ?? "";
  await auditor.device.page.getByLabel(say("audit_record")).fill(group);
  await auditor.device.page.keyboard.press("Enter");
  await expect(log.opened("person", CASEWORKER_IN_METETI)).toHaveCount(0);
  await expect(log.opened("group", CASEWORKER_IN_METETI)).not.toHaveCount(0);
  for (const line of await log.lines.all()) await expect(line).toContainText(id.replaceAll("-", "").slice(-8));

  const told = await auditor.device.page.content();
  for (const name of [FOCAL.given, FOCAL.surname1, FOCAL.phone ?? FOCAL.given]) expect(told).not.toContain(name);
});

test("what was read before the battery was torn out arrives after the next unlocking", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await registerWithLine(device, MARQUEZ);
  await device.offline();
  await openFocal(device);
  await device.page.waitForTimeout(2_000);
  await device.kill();
  await device.switchOn();
  await device.online();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await send(device);

  const auditor = await joined(AUDITOR);
  const log = new Log(auditor.device);
  await log.open();
  await expect(log.opened("person", CASEWORKER_IN_METETI)).toHaveCount(1);
});

test("the log says that it needs a line, and is for auditors alone", async ({ joined }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.visit("/audit");
  await new Unlock(device).open(passphrase);
  await expect(device.page.getByText(say("audit_not_yours"))).toBeVisible();
  await expect(new Log(device).lines).toHaveCount(0);

  const auditor = await joined(AUDITOR);
  const log = new Log(auditor.device);
  await log.open();
  // Whoever tried stands in it.
  const tried = log.lines.filter({ hasText: say("audit_foreign_id") });
  await expect(tried.filter({ hasText: CASEWORKER_IN_METETI.name })).not.toHaveCount(0);
  await auditor.device.offline();
  await log.again();
  await expect(auditor.device.page.getByText(say("audit_offline"))).toBeVisible();
  await auditor.device.online();
  await log.again();
  await expect(auditor.device.page.getByText(pattern("audit_whole"))).toBeVisible();
});

for (const looks of ["light", "dark"] as const) {
  test(`everybody can use the page of the log, ${looks}`, async ({ joined }) => {
    const worker = await joined(CASEWORKER_IN_METETI);
    await registerWithLine(worker.device, MARQUEZ);
    await openFocal(worker.device);
    await send(worker.device);
    const { device } = await joined(AUDITOR, { looks });
    const log = new Log(device);
    await log.open();
    await expect(log.opened("person", CASEWORKER_IN_METETI)).toHaveCount(1);
    for (const size of [{ width: 1024, height: 768 }, { width: 360, height: 740 }]) {
      await device.page.setViewportSize(size);
      const name = `log, ${looks}, ${size.width}`;
      await expectAccessible(device.page, name);
      await expectNoSidewaysScroll(device.page, name);
      await expectNothingClipped(device.page, name);
      await picture(device.page, `audit-${looks}-${size.width}`);
    }
  });
}
