// A new version of the app waits until the person agrees, and never shows itself over an open form. One that its makers
// did not sign, or that is not what they signed, is not taken over at all.
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { DELIVER, registerWithNoLine } from "../deeds.ts";
import { CASEWORKER_IN_METETI, Office } from "../office.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Register } from "../pages/register.ts";
import { Unlock } from "../pages/unlock.ts";
import { foreignKey, Release } from "../release.ts";
import { pattern, say } from "../words.ts";

/** The page looks for a new version when a line comes back. Waits until one lies ready. */
async function newVersionArrives(device: Device): Promise<void> {
  await device.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const found = new Promise((done) => registration.addEventListener("updatefound", done, { once: true }));
    window.dispatchEvent(new Event("online"));
    await found;
    while (registration.installing) {
      const { installing } = registration;
      await new Promise((done) => installing.addEventListener("statechange", done, { once: true }));
    }
    if (!registration.waiting) throw new Error("the new version was not installed");
  });
}

/** Lets the page look, and gives the reason for which the worker refuses what it finds. */
async function refusal(device: Device): Promise<string> {
  return device.page.evaluate(async () => {
    const told = new Promise<string>((done) => {
      const listen = ({ data }: MessageEvent) => {
        if (data?.type !== "refused") return;
        navigator.serviceWorker.removeEventListener("message", listen);
        done(data.reason);
      };
      navigator.serviceWorker.addEventListener("message", listen);
    });
    window.dispatchEvent(new Event("online"));
    return told;
  });
}

/** The address of the worker that serves the page, and whether another waits. */
function serving(device: Device): Promise<{ address: string | undefined; waits: boolean }> {
  return device.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return { address: registration.active?.scriptURL, waits: registration.waiting !== null };
  });
}

test("a new version waits until nobody types and the person agrees, and nothing typed is lost over it", async ({ joined }) => {
  const release = new Release();
  const office = await Office.open({ site: release.folder });
  try {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, office);
    await device.visit("/");
    await new Unlock(device).open(passphrase);
    const register = new Register(device);
    await register.open();
    await register.field("given_names").fill("Marie Rose");
    await expect(register.said).toHaveText(pattern("saved_on_device"));

    const warning = device.page.getByText(say("update_refused"));
    await expect(warning).toBeHidden();
    release.tamper((signed) => signed.replace("manifest", "manifesto"));
    expect(await refusal(device)).toBe("signature");
    await expect(warning).toBeVisible();

    release.offer({ number: release.number + 1 });
    await newVersionArrives(device);
    const notice = device.page.getByText(say("update_ready"));
    await expect(notice).toBeHidden();
    await register.field("surname1").fill("Desrosiers");
    await expect(notice).toBeHidden();

    const frame = new Frame(device);
    await frame.go("nav_home");
    await expect(notice).toBeVisible();
    const loaded = device.page.waitForEvent("load");
    await device.page.getByRole("button", { name: say("update_now") }).click();
    await loaded;
    await new Unlock(device).open(passphrase);
    await expect(notice).toBeHidden();
    const drafts = device.page.getByRole("region", { name: say("drafts") });
    await drafts.getByRole("link", { name: "Marie Rose Desrosiers" }).click();
    await expect(register.field("surname1")).toHaveValue("Desrosiers");
  } finally {
    await office.close();
    release.close();
  }
});

test("of two tabs the one in which somebody types goes on and asks in its turn, and unsent work and drafts are there afterwards", async ({
  joined,
}) => {
  // Two unlocks more than other stories.
  test.slow();
  const release = new Release();
  const office = await Office.open({ site: release.folder });
  try {
    const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, office);
    await device.visit("/");
    await new Unlock(device).open(passphrase);
    // There is a line, and the office takes nothing in.
    const refused = device.line.spoil(DELIVER, (asked) => {
      asked.device.writeHead(503).end();
    });
    await device.offline();
    await registerWithNoLine(device, MARQUEZ);
    await device.online();
    const first = device.page;
    const second = await device.context.newPage();
    const other = Object.create(device, { page: { get: () => second } }) as Device;
    await second.goto(office.address);
    await new Unlock(other).open(passphrase);
    const typing = new Register(other);
    await typing.open();
    await typing.field("given_names").fill("Marie Rose");
    await expect(typing.said).toHaveText(pattern("saved_on_device"));

    await first.bringToFront();
    await new Frame(device).go("nav_home");
    release.offer({ number: release.number + 1 });
    await newVersionArrives(device);
    const notice = (page: typeof first) => page.getByText(say("update_ready"));
    await expect(notice(first)).toBeVisible();
    await expect(notice(second)).toBeHidden();
    const loaded = first.waitForEvent("load");
    await first.getByRole("button", { name: say("update_now") }).click();
    await loaded;
    await new Unlock(device).open(passphrase);
    await expect(notice(first)).toBeHidden();

    // The other tab was not touched; it asks once nothing is open in it.
    await second.bringToFront();
    await expect(typing.field("given_names")).toHaveValue("Marie Rose");
    await typing.field("given_names").fill("Marie Rose Claire");
    await expect(typing.said).toHaveText(pattern("saved_on_device"));
    await typing.go("nav_home");
    await expect(notice(second)).toBeVisible();
    const again = second.waitForEvent("load");
    await second.getByRole("button", { name: say("update_now") }).click();
    await again;
    await second.close();

    await first.bringToFront();
    await device.visit("/");
    await new Unlock(device).open(passphrase);
    const drafts = first.getByRole("region", { name: say("drafts") });
    await expect(drafts.getByRole("link", { name: "Marie Rose Claire" })).toBeVisible();
    const outbox = new Outbox(device);
    await outbox.open();
    await expect(outbox.items.filter({ hasText: nameOf(MARQUEZ.people[0]) })).toHaveCount(1);
    refused.mend();
    await outbox.sendNow();
    await new Frame(device).expectUnsent(0);
  } finally {
    await office.close();
    release.close();
  }
});

test("a version that its makers did not sign, or with other files than they signed, is not taken over", async ({ unpack }) => {
  const release = new Release();
  const office = await Office.open({ site: release.folder });
  const next = release.number + 1;
  const foreign = foreignKey();
  try {
    const device = await unpack({}, office);
    await device.visit("/");
    const before = await serving(device);

    const attacks: [reason: string, attack: () => void][] = [
      ["file", () => release.offer({ number: next, files: release.filesWith("/manifest.webmanifest", "{}") })],
      ["file", () => release.offer({ number: next, files: release.filesWith("/", "<!doctype html>") })],
      ["signature", () => release.tamper((signed) => signed.replace("manifest", "manifesto"))],
      ["signature", () => release.offer({ number: next }, foreign.key)],
      ["signature", () => release.offer({ number: next, key: foreign.name }, foreign.key)],
      ["signature", () => release.offer({ number: next, key: foreign.name })],
      ["older", () => release.offer({ number: release.number - 1 })],
    ];
    for (const [reason, attack] of attacks) {
      attack();
      expect(await refusal(device), attack.toString()).toBe(reason);
      expect(await serving(device)).toEqual(before);
    }

    // The version that was here goes on working, and what its makers sign is taken over afterwards.
    await device.visit("/");
    expect(await serving(device)).toEqual(before);
    release.offer({ number: next });
    await newVersionArrives(device);
    expect(await serving(device)).toEqual({ ...before, waits: true });
  } finally {
    await office.close();
    release.close();
  }
});

test("the key that signs changes only where the former key named the next one", async ({ unpack }) => {
  const release = new Release();
  const office = await Office.open({ site: release.folder });
  const { key, name } = foreignKey();
  try {
    const device = await unpack({}, office);
    await device.visit("/");
    const before = await serving(device);
    // The whole app built and signed by somebody else, loader included.
    release.pin(name);
    release.offer({ number: release.number + 2, key: name }, key);
    expect(await refusal(device)).toBe("key");
    expect(await serving(device)).toEqual(before);
    // First the makers name that key, in a version of their own; then it may sign.
    release.pin();
    release.offer({ number: release.number + 1, next: name });
    await newVersionArrives(device);
    release.pin(name);
    release.offer({ number: release.number + 2, key: name }, key);
    await newVersionArrives(device);
  } finally {
    await office.close();
    release.close();
  }
});
