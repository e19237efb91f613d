// A pre-registration handed over from a phone to a tablet, neither of which has a line: the screen of the one before the
// camera of the other. What the phone hands in later, over the line, is the same family.
import type { Locator } from "@playwright/test";
import { Scene } from "../camera.ts";
import { PHONE } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import { Applications } from "../pages/applications.ts";
import { DoorPage, FAMILY } from "../pages/door.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Register } from "../pages/register.ts";
import { count, say, tell } from "../words.ts";

const PIN = "739105";
const NAME = "Yorleny del Carmen Ñáñez Uribe";

/** Waits until nothing above it comes or goes any more: a picture of it is whole then. */
async function standsStill(code: Locator): Promise<void> {
  await code.scrollIntoViewIfNeeded();
  let before = "";
  await expect
    .poll(async () => {
      const [last, place] = [before, await code.boundingBox()];
      before = JSON.stringify(place);
      return before === last;
    })
    .toBe(true);
}

test("a family of four with no line shows its code, a tablet with no line reads and registers it, and what comes over the line later is the same family", async ({
  unpack,
  office,
}) => {
  test.setTimeout(300_000);
  const invitation = await office.invite(CASEWORKER_IN_METETI);
  const phone = await unpack({ viewport: PHONE });
  const scene = await Scene.dark(phone);
  const tablet = await unpack({ camera: scene.file });
  await new Enrol(tablet).join(invitation);
  await tablet.settled();
  const outbox = new Outbox(tablet);
  await outbox.open();
  const keys = tablet.page.waitForResponse((response) => response.url().endsWith("/api/door"));
  await outbox.sendNow();
  await keys;
  await tablet.offline();

  const door = new DoorPage(phone);
  const notice = phone.page.waitForResponse((response) => response.url().endsWith("/api/door"));
  await door.begin(PIN);
  await notice;
  await phone.settled();
  await phone.offline();
  await door.fill(FAMILY);
  await door.button("ask_check_send").click();
  await door.button("sent_send").click();
  const shown = phone.page.locator(".slip__code");
  await expect(shown).toBeVisible({ timeout: 30_000 });
  await expect(phone.page.getByText(tell("sent_no_line"))).toBeVisible();
  const reference = (await phone.page.locator("[data-reference]").first().getAttribute("data-reference")) ?? "";
  // On a screen of so few pixels a family of four needs several codes, one after the other.
  // It is stopped for each picture, as slow as this machine may be.
  const [stop, goOn] = [door.button("slip_stop"), door.button("slip_go_on")];
  await stop.click();
  await standsStill(shown);
  await scene.film(shown, 8, async (nth) => {
    if (nth === 0) return;
    const before = await shown.getAttribute("data-nth");
    await goOn.click();
    await expect(shown).not.toHaveAttribute("data-nth", before ?? "");
    await stop.click();
  });

  const list = new Applications(tablet);
  const { page } = tablet;
  await list.open();
  await page.getByRole("link", { name: say("applications_scan") }).click();
  await page.getByRole("button", { name: say("scanner_open") }).click();
  await expect(list.title).toHaveText(NAME, { timeout: 60_000 });
  await expect(page.getByRole("main")).toContainText(count("people", 4));
  await expect(page.getByRole("main")).toContainText(`${reference.slice(0, 4)}-${reference.slice(4)}`);
  await expect(page.getByText(say("applications_private_talk"))).toBeVisible();
  await expect(page.getByRole("region", { name: say("applications_said_title") })).toContainText("Brayan Uribe");
  await list.register();
  const register = new Register(tablet);
  await expect(register.field("given_names")).toHaveValue("Yorleny del Carmen");
  await register.saveAnyway();

  // The line comes back to both, to the phone first: one family of four, and it is registered.
  await phone.online();
  const sent = new RegExp(tell("sent_at").replace(/\{time\}.*/, ""));
  await expect(phone.page.getByText(sent).first()).toBeVisible({ timeout: 60_000 });
  await tablet.online();
  await outbox.open();
  for (const _ of [1, 2]) {
    await outbox.sendNow();
    await expect(page.getByRole("button", { name: say("send_now") })).toHaveAttribute("aria-busy", "false");
  }
  await new Frame(tablet).expectUnsent(0);
  await list.open();
  await page.locator("#applications-state").selectOption("all");
  await expect(list.row(NAME)).toHaveCount(1);
  await list.openOne(NAME);
  await expect(page.getByText(say("applications_registered"))).toBeVisible();
  await new Frame(tablet).go("nav_home");
  await expect(page.getByText(count("home_here", 4))).toBeVisible();
  await scene.end();
});
