// People registered by another organisation: whether there are any, asking for them, and opening them in an emergency.
import { type Device, TABLET } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectContrast, expectNoSidewaysScroll, expectRoomForFingers } from "../looks.ts";
import { Office } from "../office.ts";
import { Elsewhere } from "../pages/elsewhere.ts";
import { Enrol } from "../pages/enrol.ts";
import { Outbox } from "../pages/outbox.ts";
import { Group } from "../pages/records.ts";
import { Unlock } from "../pages/unlock.ts";
import { follow } from "../views.ts";
import { count, pattern, say } from "../words.ts";

/** Two people of the demo whom HIAS registered at Metetí. */
const CANDELARIA = { names: "Candelaria González", year: "1979", shown: "Candelaria Estefany González Cabrera", people: 4 };
const YOLANDA = { names: "Mora Holguín Yolanda", year: "1976", shown: "Yolanda Mora Holguín" };
const EMERGENCY = "La trajeron desmayada y no sabemos qué toma";

/** Looks at a page as everybody might: in both themes, on the narrowest screen, with a broad finger. */
async function look({ page }: Device, name: string): Promise<void> {
  await expectAccessible(page, `${name}, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectContrast(page, `${name}, dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScroll(page, name);
  await expectRoomForFingers(page, name);
  await page.setViewportSize(TABLET);
}

test("a neighbour finds that somebody like this is registered, opens her in an emergency, and her owner hears of it", async ({
  unpack,
}) => {
  test.setTimeout(400_000);
  const office = await Office.open({ demo: true });
  try {
    await office.says(/^Loaded 7890 people/m, 240_000);
    const device = await unpack({}, office);
    await device.page.clock.install();
    const passphrase = await new Enrol(device).join(await office.invitation("neighbour-panama"));
    const neighbour = new Elsewhere(device);

    // Too little is told in words, beside what is lacking; nothing is sent for it.
    await neighbour.open();
    await neighbour.look("González");
    await neighbour.beginButton.click();
    await neighbour.sendButton.click();
    await expect(device.page.locator("#elsewhere-names-fault")).toHaveText(say("elsewhere_fault_one_name"));
    await expect(device.page.locator("#elsewhere-born-fault")).toHaveText(say("elsewhere_fault_no_year"));

    // Found: where, by whom, how sure. No name, no link.
    await neighbour.ask(CANDELARIA.names, CANDELARIA.year);
    await expect(neighbour.somebody).toHaveCount(1);
    await expect(neighbour.somebody).toContainText(/Metetí/);
    await expect(neighbour.somebody).toContainText(/HIAS/);
    await expect(neighbour.somebody).toContainText(say("sure_names"));
    await expect(neighbour.somebody).not.toContainText("Estefany");
    await expect(neighbour.somebody.getByRole("link")).toHaveCount(0);

    // A reason is needed, and a ground.
    await neighbour.somebody.getByRole("button", { name: say("emergency_open") }).click();
    const reason = neighbour.page.getByLabel(say("emergency_reason"), { exact: true });
    const open = neighbour.page.getByRole("button", { name: say("emergency_confirm") });
    await open.click();
    await expect(neighbour.somebody.getByRole("alert").filter({ hasText: say("ground_missing") })).toBeVisible();
    await neighbour.page.getByLabel(say("ground_life"), { exact: true }).check();
    await reason.fill("urgente");
    await open.click();
    await expect(neighbour.somebody.getByRole("alert").filter({ hasText: say("emergency_reason_short") })).toBeVisible();
    await expect(neighbour.somebody).not.toContainText(say("ground_missing"));
    await look(device, "an emergency");
    await reason.fill(EMERGENCY);
    await open.click();
    await neighbour.page.getByRole("link", { name: say("request_read"), exact: true }).click();

    // Read, and nothing but read.
    const group = new Group(device);
    await expect(group.people).toHaveCount(CANDELARIA.people);
    const banner = device.page.getByRole("note").filter({ hasText: pattern("lent_until") });
    await expect(banner).toContainText(say("lent_emergency"));
    await expect(banner).toContainText(EMERGENCY);
    await look(device, "a group opened for reading");
    const address = new URL(device.page.url()).pathname;
    const tools = [say("correct"), say("slip_see"), say("consents_see"), say("regroup_see"), say("raise_e2"), say("raise_full")];
    for (const name of tools) await expect(device.page.getByRole("link", { name, exact: true })).toHaveCount(0);
    await group.openPerson(CANDELARIA.shown);
    await expect(banner).toBeVisible();
    await expect(device.page.getByRole("link", { name: say("correct"), exact: true })).toHaveCount(0);
    const person = new URL(device.page.url()).pathname;
    const [ours, theirs] = [address.replace("/groups/", "/notes/"), person.replace("/people/", "/notes/")];
    const changing = ["edit", "regroup", "slip", "consents"].map((page) => `${address}/${page}`);
    for (const page of [theirs, ...changing, ours]) {
      await follow(device, page);
      await expect(group.title).toHaveText(say("lent_title"));
    }
    const outbox = new Outbox(device);
    await outbox.open();
    await outbox.sendNow();
    await outbox.expectEmpty();

    // Asking for another: her supervisor decides.
    await neighbour.ask(YOLANDA.names, YOLANDA.year);
    await neighbour.somebody.getByRole("button", { name: say("request_ask") }).click();
    await neighbour.page.getByLabel(say("request_reason"), { exact: true }).fill("Su hija está con nosotras");
    await neighbour.page.getByRole("button", { name: say("request_send") }).click();
    await expect(neighbour.somebody.getByRole("status")).toContainText(say("request_sent"));

    const supervising = await unpack({}, office);
    await new Enrol(supervising).join(await office.invitation("supervisor-panama"));
    const supervisor = new Elsewhere(supervising);
    await expect(supervising.page.getByText(count("requests_waiting", 2))).toBeVisible();
    await supervisor.openRequests();
    const waiting = supervisor.part("requests_to_decide").getByRole("listitem");
    const emergency = waiting.filter({ hasText: EMERGENCY });
    await expect(emergency).toContainText("Itzel Samudio");
    await expect(emergency).toContainText(say("ground_life"));
    await expect(emergency.getByText(say("opened_what"))).toBeVisible();
    await look(supervising, "requests to decide on");
    await emergency.getByRole("button", { name: say("emergency_seen") }).click();
    const request = waiting.filter({ hasText: "Su hija está con nosotras" });
    await request.getByLabel(say("request_days"), { exact: true }).fill("40");
    await request.getByRole("button", { name: say("request_answer_send") }).click();
    await expect(request.getByRole("alert")).toHaveText(say("request_days_fault"));
    await request.getByLabel(say("request_days"), { exact: true }).fill("2");
    await request.getByRole("button", { name: say("request_answer_send") }).click();
    await expect(supervisor.part("requests_to_decide")).toHaveCount(0);
    await expect(supervisor.part("requests_done").getByText(pattern("request_seen_by"))).toBeVisible();

    // The answer comes with the next round.
    await outbox.open();
    await outbox.sendNow();
    await neighbour.openRequests();
    const granted = neighbour.part("requests_mine").locator(".request").filter({ hasText: "Su hija está con nosotras" });
    await expect(granted).toContainText(say("request_granted"));
    await expect(granted.getByRole("link", { name: say("request_read") })).toBeVisible();

    // Three hours later, with no line: the device itself has dropped it.
    await device.offline();
    await device.page.clock.fastForward("03:00:30");
    await new Unlock(device).open(passphrase);
    await follow(device, address);
    await expect(group.title).toHaveText(say("not_here_title"));
    await neighbour.open();
    await neighbour.look("Candelaria");
    await neighbour.expectNobody();
    await neighbour.look("Yolanda Mora");
    await neighbour.expectFirst(YOLANDA.shown);

    // Whoever asks needs a line, and is told so.
    await neighbour.look("Candelaria González 1979");
    await expect(neighbour.beginButton).toBeDisabled();
    await expect(device.page.getByText(say("elsewhere_needs_line"))).toBeVisible();
    expect(office.log).not.toMatch(/Candelaria|desmayada|González/);
  } finally {
    await office.close();
  }
});
