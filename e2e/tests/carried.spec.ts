// Work that leaves a device with no line by another way: as a file, and from screen to camera. What was shown as taken over
// arrives, nothing arrives twice, and the first device hears of it with no line of its own.
import { Scene } from "../camera.ts";
import { DELIVER, collect, findFamily, registerWithNoLine } from "../deeds.ts";
import { expect, test } from "../fixtures.ts";
import { dead } from "../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, COUNSELLOR_IN_PANAMA, Office } from "../office.ts";
import { Deliver } from "../pages/deliver.ts";
import { Outbox } from "../pages/outbox.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARIE, MARQUEZ } from "../people.ts";
import { count, escape, say } from "../words.ts";

test("a family saved with no line goes to the server in a file over a locked tablet, and the receipts come back the same way", async ({
  joined,
  unpack,
}) => {
  test.setTimeout(240_000);
  const first = await joined(CASEWORKER_IN_METETI);
  const other = await joined(COUNSELLOR_IN_PANAMA);
  const colleague = await joined(CASEWORKER_IN_PANAMA);
  await first.device.offline();
  await registerWithNoLine(first.device, MARQUEZ);
  const outbox = new Outbox(first.device);
  await outbox.open();
  const at = new Deliver(first.device);
  const file = await at.saves("carry_save");
  expect(file.name).toMatch(/^amparo-work-\d{12}\.amparo$/);
  await expect(first.device.page.getByText(count("carry_entries", 1))).toBeVisible();
  for (const { given, surname1 } of MARQUEZ.people) {
    for (const word of [given, surname1]) expect(file.bytes.includes(word ?? "\0")).toBe(false);
  }
  // It stays here until the server has it.
  await expect(outbox.items).toHaveCount(1);
  await outbox.expectUnsent(1);

  // The other tablet is locked and has no line either; it takes the file over and keeps it through a kill.
  await new Outbox(other.device).lock();
  await other.device.offline();
  const carrier = new Deliver(other.device);
  await carrier.open();
  await carrier.choose(file);
  await expect(carrier.notice).toContainText(count("carry_taken", 1));
  await expect(carrier.here).toContainText(count("carry_here_waiting", 1));
  await carrier.choose(file);
  await expect(carrier.notice).toContainText(count("carry_there", 1));
  await carrier.choose({ name: "notes.amparo", bytes: Buffer.from("nothing of ours") });
  await expect(other.device.page.getByRole("alert").filter({ hasText: say("carry_fault_not_ours") })).toBeVisible();
  await carrier.choose({ name: "cut.amparo", bytes: file.bytes.subarray(0, 60) });
  await expect(carrier.notice).toContainText(say("carry_fault_damaged"));
  // Not even the worker, which wakes with the browser, gets through.
  other.device.line.spoil(DELIVER, dead);
  await other.device.kill();
  await other.device.switchOn();
  await carrier.open();
  await expect(carrier.here).toContainText(count("carry_here_waiting", 1));
  other.device.line.mend();
  await other.device.online();
  await carrier.expectDelivered(1);
  await collect(colleague, MARQUEZ.people.length);
  await findFamily(colleague, MARQUEZ, "marquez yesenia");

  // The first tablet hears of it with no line.
  const receipts = await carrier.saves("carry_receipts_save");
  expect(receipts.name).toMatch(/^amparo-receipts-\d{12}\.amparo$/);
  await at.open();
  const forged = Buffer.from(receipts.bytes);
  forged[forged.length - 120]! ^= 1;
  await at.choose({ name: "forged.amparo", bytes: forged });
  await expect(at.notice).not.toContainText(count("carry_learnt", 1));
  await at.choose(receipts);
  await expect(at.notice).toContainText(count("carry_learnt", 1));
  const { page } = first.device;
  await page.getByRole("link", { name: say("carry_back") }).click();
  await new Unlock(first.device).open(first.passphrase);
  await outbox.expectUnsent(0);
  // With a line again nothing comes a second time.
  await first.device.online();
  await outbox.open();
  await outbox.sendNow();
  await collect(colleague, MARQUEZ.people.length);

  // Another office has nothing to do with it.
  const elsewhere = await Office.open();
  const stranger = await joined(CASEWORKER_IN_METETI, {}, elsewhere);
  const there = new Deliver(stranger.device);
  await there.open();
  await there.choose(file);
  await expect(there.notice).toContainText(say("carry_fault_other_office"));
  await stranger.device.switchOff();
  await elsewhere.close();
  const nobody = new Deliver(await unpack());
  await nobody.open();
  await nobody.choose(file);
  await expect(nobody.notice).toContainText(say("carry_fault_nobody"));
});

test("a tablet shows what waits on its screen, another one reads it, and neither has a line", async ({ joined }) => {
  test.setTimeout(240_000);
  const first = await joined(CASEWORKER_IN_METETI, { viewport: { width: 1280, height: 800 } });
  const scene = await Scene.dark(first.device);
  const other = await joined(CASEWORKER_IN_PANAMA, { camera: scene.file });
  await first.device.offline();
  await other.device.offline();
  await registerWithNoLine(first.device, MARIE);
  const outbox = new Outbox(first.device);
  await outbox.open();
  const { page } = first.device;
  await page.getByRole("button", { name: say("carry_show") }).click();
  await expect(page.getByText(say("carry_part", { nth: "1", of: "1", what: count("carry_entries", 1) }))).toBeVisible();
  const seconds = say("carry_seconds").split(" | ").at(-1) ?? "";
  const said = new RegExp(escape(seconds).replace("\\{n\\}", "(\\d+)"));
  const takes = Number(said.exec((await page.getByText(said).textContent()) ?? "")?.[1]);
  const [stop, goOn] = ["carry_stop", "carry_go_on"].map((key) => page.getByRole("button", { name: say(key) }));
  const code = page.getByRole("img", { name: say("carry_code") });
  await stop!.click();
  await code.scrollIntoViewIfNeeded();
  // One and a half times as many as there are pieces: as long as the page says that it takes.
  await scene.film(code, Math.ceil((takes * 1_000) / 350), async (nth) => {
    if (nth === 0) return;
    const before = await code.getAttribute("data-nth");
    await goOn!.click();
    await expect(code).not.toHaveAttribute("data-nth", before ?? "");
    await stop!.click();
  });

  const carrier = new Deliver(other.device);
  await carrier.open();
  await other.device.page.getByRole("button", { name: say("carry_scan") }).click();
  await expect(carrier.notice).toContainText(count("carry_taken", 1), { timeout: 60_000 });
  await other.device.online();
  await carrier.expectDelivered(1);
  // The first one has a line again: the server says that it is here already.
  await first.device.online();
  await outbox.sendNow();
  await outbox.expectUnsent(0);
  await other.device.page.getByRole("link", { name: say("carry_back") }).click();
  await new Unlock(other.device).open(other.passphrase);
  await collect(other, MARIE.people.length);
  await scene.end();
});
