// A day of appointments: a supervisor publishes it, two tablets with no line give its slots and note who came, and over the
// line both show the same list, with what people still have to decide.
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { Phone } from "../intake.ts";
import { expectAccessible, expectContrast, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture } from "../looks.ts";
import { CASEWORKER_IN_METETI, type Staff } from "../office.ts";
import { Applications } from "../pages/applications.ts";
import { Appointments } from "../pages/appointments.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { code } from "../catalogue.ts";
import { follow } from "../views.ts";
import { count, say } from "../words.ts";

const SUPERVISOR: Staff = { name: "Rubiela Sanjur", code: "MET-01", role: "supervisor", site: "meteti" };
const DAY = 24 * 60 * 60 * 1000;

/** Hands in and collects until nothing is left. */
async function round(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  for (const _ of [1, 2]) {
    await outbox.sendNow();
    await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
  }
  await new Frame(device).expectUnsent(0);
}

/** On a tablet both ways and on a phone, in both themes, with a broad finger. */
async function look(device: Device, name: string): Promise<void> {
  const { page } = device;
  for (const [size, width, height] of [["tablet", 1280, 800], ["upright", 800, 1280], ["phone", 360, 740]] as const) {
    await page.setViewportSize({ width, height });
    await expectNoSidewaysScroll(page, `${name}, ${size}`);
    await expectNothingClipped(page, `${name}, ${size}`);
    await expectRoomForFingers(page, `${name}, ${size}`);
    await picture(page, `appointments-${name}-${size}`);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await expectContrast(page, `${name}, dark`);
  await picture(page, `appointments-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1024, height: 768 });
  await expectAccessible(page, name);
}

/** The day at the office, so many days from now: `2026-12-01`. */
function dayFromNow(days: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "America/Panama" }).format(Date.now() + days * DAY);
}

test("a supervisor publishes a day, two tablets with no line give the same slot, note who came and who walked in, and people decide", async ({
  joined,
  office,
}) => {
  test.setTimeout(300_000);
  const boss = await joined(SUPERVISOR);
  const first = await joined(CASEWORKER_IN_METETI);
  const plan = new Appointments(boss.device);
  const [tomorrow, after] = [dayFromNow(1), dayFromNow(2)];

  // What cannot be is said beside its input; two days at once, of two slots for one family each.
  const { page } = boss.device;
  await plan.openPlan();
  await page.locator("#plan-first").fill(tomorrow);
  await page.locator("#plan-until").fill("07:30");
  await page.locator("#plan-priority").fill("9");
  const publish = page.getByRole("button", { name: say("appointments_plan_publish"), exact: true });
  await publish.click();
  await expect(page.locator("#plan-until-fault")).toHaveText(say("appointments_fault_order"));
  await look(boss.device, "faults");
  await page.locator("#plan-until").fill("09:00");
  await page.locator("#plan-places").fill("1");
  await expect(page.locator("#plan-priority-fault")).toHaveText(say("appointments_fault_priority"));
  await page.locator("#plan-priority").fill("0");
  await page.locator("#plan-place").fill("Carpa 2");
  for (const nth of [0, 1, 2, 3, 4, 5, 6]) {
    const box = page.locator(nth === 0 ? "#plan-days" : `#plan-day-${nth}`);
    await box.setChecked([tomorrow, after].some((day) => (new Date(`${day}T12:00Z`).getUTCDay() + 6) % 7 === nth));
  }
  await publish.click();
  await expect(page.getByText(count("appointments_plan_published", 2))).toBeVisible();
  const published = page.getByRole("region", { name: say("appointments_plan_list") }).locator(".rows > li");
  await expect(published).toHaveCount(2);
  await expect(published.first()).toContainText(say("appointments_plan_free", { free: "2" }));
  await look(boss.device, "plan");
  await round(boss.device);
  await round(first.device);

  // Two families by their codes on each tablet, both with no line; both give eight o'clock.
  const rosa = new Phone([{ given: "Rosa", surname1: "Quintero", sex: "F", born: "1991-05-04" }], { illness: true });
  const luis = new Phone([{ given: "Luis", surname1: "Ábrego", sex: "M", born: "1988" }]);
  const marta = new Phone([{ given: "Marta", surname1: "Ríos", sex: "F", born: "1979" }]);
  const slips = [];
  for (const family of [rosa, luis, marta]) slips.push(await family.slip(office, "meteti"));
  for (const { device } of [boss, first]) {
    await device.offline();
    for (const slip of slips) {
      await follow(device, "/applications");
      await new Applications(device).takeFile(slip);
      await expect(new Applications(device).title).not.toHaveText(say("applications_scan_title"));
    }
  }
  const here = new Appointments(first.device);
  const give = async (list: Appointments, typed: string, time: string): Promise<void> => {
    await list.open();
    await list.day(tomorrow);
    const found = await list.find(typed);
    await found.getByRole("button", { name: say("appointments_give"), exact: true }).click();
    await list.choose(time);
  };
  await give(here, "Rosa", "08:00");
  await expect(here.slot("08:00")).toContainText("Rosa Quintero");
  await expect(here.slot("08:00")).toContainText(say("appointments_full"));
  await expect(here.slot("08:00")).toContainText(code("application_mark", "serious_illness"));
  await expect(first.device.page.getByText("Carpa 2")).toBeVisible();
  await give(plan, "Luis", "08:00");

  // Over the line both stand, and it is said.
  for (const { device } of [first, boss, first]) {
    await device.online();
    await round(device);
  }
  await here.open();
  await here.day(tomorrow);
  await expect(here.slot("08:00").locator(".appt__family")).toHaveCount(2);
  await expect(here.slot("08:00").locator(".appt__family").first()).toContainText("Rosa");
  await expect(first.device.page.getByText(say("appointments_overfull"))).toBeVisible();
  await look(first.device, "day");

  // They decide: Luis moves. Marta walks in today. All of it with no line.
  await first.device.offline();
  await here.press("Luis", "appointments_move");
  await expect(first.device.page.locator("#appt-choose")).toBeFocused();
  await look(first.device, "choose");
  await here.choose("08:30");
  await expect(here.slot("08:30")).toContainText("Luis Ábrego");
  await expect(first.device.page.getByText(say("appointments_overfull"))).toHaveCount(0);
  await here.press("Luis", "appointments_missed");
  await expect(here.family("Luis")).toContainText(code("application_slot_state", "missed"));
  await here.press("Luis", "appointments_undo");
  await here.press("Rosa", "appointments_came");
  await expect(here.family("Rosa")).toContainText(say("appointments_came"));
  await expect(here.family("Rosa").getByRole("link")).toBeFocused();
  await here.press("Luis", "appointments_cancel");
  await expect(here.family("Luis")).toHaveCount(0);
  await here.day(dayFromNow(0));
  const found = await here.find("Marta");
  await found.getByRole("button", { name: say("appointments_came"), exact: true }).click();
  // Rosa came a day early: she is received before those who came later, for she is ill.
  await expect(here.walkIns).toHaveCount(2);
  await expect(here.walkIns.first()).toContainText("Rosa Quintero");
  await expect(here.walkIns.last()).toContainText("Marta Ríos");
  await look(first.device, "walk-in");

  // The supervisor sees the same list, and closes the other day.
  await first.device.online();
  await round(first.device);
  await round(boss.device);
  await plan.open();
  await expect(plan.walkIns.last()).toContainText("Marta Ríos");
  await plan.day(tomorrow);
  await expect(plan.slot("08:00").locator(".appt__family")).toHaveCount(1);
  await expect(plan.slot("08:30").locator(".appt__family")).toHaveCount(0);
  await plan.openPlan();
  await published.last().getByRole("button", { name: say("appointments_plan_close"), exact: true }).click();
  await published.last().getByRole("button", { name: say("appointments_plan_close_yes"), exact: true }).click();
  await expect(published.last()).toContainText(say("appointments_closed"));
  await round(boss.device);
});
