// What waits for whom: a counsellor's day, the board of the team, and the first page of who only works with referrals.
import { giveKit, logSession, openPerson, referOn } from "../day.ts";
import { registerWithNoLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectContrast, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture } from "../looks.ts";
import type { Staff } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Sessions } from "../pages/sessions.ts";
import { Unlock } from "../pages/unlock.ts";
import { Services, Team, Work } from "../pages/work.ts";
import { type Family, nameOf } from "../people.ts";
import { follow } from "../views.ts";
import { anyCount, count, say } from "../words.ts";

const COUNSELLOR: Staff = { name: "Dalila Grajales", code: "ONP-01", role: "counsellor", site: "panama", organisation: "ONPAR" };
const SUPERVISOR: Staff = { name: "Rubiela Sanjur", code: "ONP-02", role: "supervisor", site: "panama", organisation: "ONPAR" };
const FOCAL: Staff = { name: "Maribel Sáenz", code: "NRC-01", role: "referral_focal_point", site: "panama", organisation: "NRC" };
const BORDER: Staff = { name: "Sargento Batista", code: "SEN-01", role: "border_officer", site: "meteti", organisation: "SENAFRONT" };

const FAMILY: Family = { people: [{ given: "Yadira", surname1: "Contreras", sex: "F", born: ["4", "5", "1991"] }] };
const NAME = nameOf(FAMILY.people[0]);
const DAY = 24 * 60 * 60 * 1000;
const DESK = "NRC, Ciudad de Panamá";

async function round(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  for (const _ of [1, 2]) {
    await outbox.sendNow();
    await expect(device.page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
  }
  await new Frame(device).expectUnsent(0);
}

/** On a tablet and a phone, in both themes, with a broad finger. */
async function look(device: Device, name: string): Promise<void> {
  const { page } = device;
  for (const [size, width, height] of [["tablet", 1280, 800], ["phone", 360, 740]] as const) {
    await page.setViewportSize({ width, height });
    await expectNoSidewaysScroll(page, `${name}, ${size}`);
    await expectNothingClipped(page, `${name}, ${size}`);
    await expectRoomForFingers(page, `${name}, ${size}`);
    await picture(page, `work-${name}-${size}`);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await expectContrast(page, `${name}, dark`);
  await picture(page, `work-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1024, height: 768 });
  await expectAccessible(page, name);
}

test("a counsellor's day of three days ago: what became due waits for her, and stands on the supervisor's board after it was sent, offline too", async ({
  joined,
  unpack,
  office,
}) => {
  test.setTimeout(300_000);
  const device = await unpack();
  const { page } = device;
  await page.clock.install();
  const passphrase = await new Enrol(device).join(await office.invite(COUNSELLOR));
  await device.settled();
  const now = Date.now();
  await device.offline();
  await page.clock.setSystemTime(now - 3 * DAY);
  await registerWithNoLine(device, FAMILY);
  await openPerson(device, NAME);
  const person = new URL(page.url()).pathname;
  const services = new Services(device);
  await expect(services.items).toHaveCount(1);
  await logSession(device, new Date(now - DAY));
  await follow(device, person);
  await giveKit(device);
  await follow(device, person);
  await referOn(device);

  // Three days later. The tablet lay untouched meanwhile, and has locked.
  await page.clock.setSystemTime(Date.now());
  await new Unlock(device).open(passphrase);
  const work = new Work(device);
  await work.go("nav_home");
  const today = page.getByRole("region", { name: say("work_today"), exact: true });
  await expect(today.getByRole("definition").first()).toHaveText("1");
  await today.getByRole("link", { name: say("work_see") }).click();
  await expect(work.rows("work_follow_ups")).toHaveCount(1);
  await expect(work.rows("work_follow_ups")).toContainText(NAME);
  await expect(work.rows("work_follow_ups")).toContainText(count("work_late_days", 1));
  await expect(work.rows("work_late")).toHaveCount(1);
  await expect(work.rows("work_late")).toContainText(DESK);
  await expect(work.rows("work_late")).toContainText(anyCount("work_late_days"));
  await look(device, "work");

  // One line of time, newest first, with what comes next.
  await follow(device, person);
  await expect(services.items).toHaveCount(4);
  await expect(services.items.filter({ hasText: say("time_next_follow_up").split(":")[0] ?? "" })).toContainText(say("time_late"));
  await expect(services.items.filter({ hasText: say("time_registered") })).toContainText(say("time_registered"));
  await look(device, "timeline");
  await device.online();
  await round(device);

  // The supervisor sees who waits for whom; the numbers stay when the line goes.
  const supervisor = await joined(SUPERVISOR);
  await round(supervisor.device);
  await supervisor.device.offline();
  const team = new Team(supervisor.device);
  await team.open();
  await expect(team.asOf).toContainText(say("when_today"));
  const waits = say("team_we", { name: DESK });
  await expect(team.row(waits).getByRole("cell")).toHaveText([/^1/, "1", /\S/]);
  await expect(await team.listOf(waits)).toContainText(NAME);
  await expect(team.row(COUNSELLOR.name).getByRole("cell").first()).toContainText("1");
  await expect(await team.listOf(COUNSELLOR.name)).toContainText(NAME);
  await look(supervisor.device, "team");

  // The desk has it on its first page, and no record of anybody to look for.
  const focal = await joined(FOCAL);
  await round(focal.device);
  const desk = new Work(focal.device);
  await desk.go("nav_home");
  await expect(desk.rows("work_to_answer")).toHaveCount(1);
  await look(focal.device, "focal");
  await follow(focal.device, "/search");
  await expect(desk.title).toHaveText(say("work_not_yours"));

  // A session follows the one that asked for it, by one tap.
  await device.visit("/work");
  await new Unlock(device).open(passphrase);
  await work.rows("work_follow_ups").getByRole("link", { name: new RegExp(say("work_do_follow_up")) }).click();
  const sessions = new Sessions(device);
  await sessions.chip("session_topics", "Seguimiento").click();
  await sessions.chip("session_outcomes", "Caso cerrado").click();
  await sessions.save.click();
  await expect(sessions.saved).toBeVisible();
  await work.open();
  await expect(work.rows("work_late")).toHaveCount(1);
  await expect(work.rows("work_follow_ups")).toHaveCount(0);
});

test("a border officer refers from the first page, and no page of records opens for them", async ({ joined }) => {
  const { device } = await joined(BORDER);
  const frame = new Frame(device);
  await expect(device.page.getByRole("main").getByRole("link", { name: say("time_refer"), exact: true })).toHaveAttribute("href", "/refer");
  await expect(device.page.getByText(say("work_border_none"))).toBeVisible();
  await look(device, "border");
  for (const path of ["/search", "/register", "/work", "/team", "/sessions"]) {
    await follow(device, path);
    await expect(frame.title, path).toHaveText(say("work_not_yours"));
    await expect(device.page.getByText(say("work_not_yours_text"))).toBeVisible();
  }
  await expectAccessible(device.page, "a page that is not for this role");
  await frame.go("work_nav_referrals");
  await expect(device.page).toHaveURL(/\/referrals$/);
});
