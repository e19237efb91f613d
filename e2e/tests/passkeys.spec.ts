// Passkeys: asked for before administration, and as a second way of unlocking a tablet.
import { expect, test as base } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office, type Staff } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Frame } from "../pages/frame.ts";
import { Passkeys } from "../pages/passkeys.ts";
import { Unlock } from "../pages/unlock.ts";
import { Authenticator } from "../passkey.ts";
import { say } from "../words.ts";

const ADMINISTRATOR: Staff = { name: "Aracelis Him", code: "ADM-01", role: "administrator", site: "panama" };

/** An office with a name: browsers make no passkeys for a number. */
const test = base.extend<{ named: Office }>({
  named: async ({}, use) => {
    const office = await Office.open({ named: true });
    await use(office);
    await office.close();
  },
});

test("an administrator registers a passkey, and is asked for it before another one is made or taken out", async ({ joined, named }) => {
  const { device, passphrase } = await joined(ADMINISTRATOR, {}, named);
  const passkeys = new Passkeys(device);
  await passkeys.openSettings();
  await expect(passkeys.page.getByText(say("passkey_none"))).toBeVisible();
  const first = await Authenticator.give(device);
  await passkeys.addAnother();
  await expect(passkeys.listed).toHaveCount(1);

  // Another one: only who has the first makes it.
  await passkeys.addAnother();
  await expect(passkeys.dialog).toBeVisible();
  await passkeys.dialog.getByRole("button", { name: say("cancel"), exact: true }).click();
  await expect(passkeys.page.getByRole("alert").filter({ hasText: say("passkey_needed") })).toBeVisible();
  await passkeys.addAnother();
  await passkeys.show();
  // The same authenticator makes no second one.
  await expect(passkeys.page.getByRole("alert").filter({ hasText: say("passkey_known") })).toBeVisible();
  await first.lose();
  const second = await Authenticator.give(device);
  await passkeys.addAnother();
  await expect(passkeys.listed).toHaveCount(2);
  expect(await second.count()).toBe(1);

  const remove = passkeys.listed.first().getByRole("button", { name: say("passkey_remove"), exact: true });
  await remove.click();
  await expect(passkeys.listed).toHaveCount(1);
  await remove.click();
  await expect(passkeys.page.getByRole("alert").filter({ hasText: say("passkey_last") })).toBeVisible();
  await expect(passkeys.listed).toHaveCount(1);

  // Another day the session is another one: asked again, and a lost passkey opens nothing.
  await passkeys.lock();
  await second.lose();
  await Authenticator.give(device);
  await new Unlock(device).open(passphrase);
  await passkeys.openSettings();
  await passkeys.addAnother();
  await passkeys.dialog.getByRole("button", { name: say("step_up_show"), exact: true }).click();
  await expect(passkeys.dialog.getByRole("alert").filter({ hasText: say("passkey_declined") })).toBeVisible();
  await passkeys.dialog.getByRole("button", { name: say("cancel"), exact: true }).click();
  await expect(passkeys.listed).toHaveCount(1);
});

test("a passkey opens its vault offline, the passphrase still does, and a colleague's vault has no such button", async ({ joined, named }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, named);
  await Authenticator.give(device);
  const passkeys = new Passkeys(device);
  await passkeys.openSettings();
  const setting = passkeys.vaultSetting;
  await passkeys.makeForVault("estas no son mis palabras de paso");
  await expect(setting.getByRole("alert").filter({ hasText: say("passphrase_wrong") })).toBeVisible();
  await passkeys.makeForVault(passphrase);
  await expect(setting.getByText(say("passkey_unlock_on"))).toBeVisible();

  await device.offline();
  await passkeys.lock();
  await device.page.getByRole("button", { name: say("unlock_with_passkey") }).click();
  await expect(passkeys.lockButton).toBeVisible();
  await passkeys.lock();
  await new Unlock(device).open(passphrase);

  // A colleague joins the same tablet: each vault has its own ways.
  await passkeys.lock();
  await device.online();
  const theirs = await new Enrol(device).join(await named.invite(CASEWORKER_IN_PANAMA));
  await passkeys.lock();
  const button = device.page.getByRole("button", { name: say("unlock_with_passkey") });
  await expect(button).toBeVisible();
  await device.page.getByText(CASEWORKER_IN_PANAMA.code).click();
  await expect(button).toBeHidden();
  await new Unlock(device).open(theirs);
  await passkeys.lock();
  await button.click();
  await expect(passkeys.lockButton).toBeVisible();

  // Taken out: the button is gone, the passphrase stays.
  await passkeys.openSettings();
  await setting.getByRole("button", { name: say("passkey_unlock_remove") }).click();
  await setting.getByRole("button", { name: say("passkey_unlock_remove") }).click();
  await expect(setting.getByRole("button", { name: say("passkey_unlock_add") })).toBeVisible();
  await passkeys.lock();
  await expect(button).toBeHidden();
  await new Unlock(device).open(passphrase);
});

test("a vault whose authenticator is gone opens with the passphrase", async ({ joined, named }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, named);
  const authenticator = await Authenticator.give(device);
  await new Passkeys(device).openVault(passphrase);
  await new Frame(device).lock();
  await authenticator.lose();
  const unlock = new Unlock(device);
  const button = device.page.getByRole("button", { name: say("unlock_with_passkey") });
  // Another one, which does not know this vault.
  await Authenticator.give(device);
  await button.click();
  await expect(unlock.fault.filter({ hasText: say("unlock_passkey_declined") })).toBeVisible();
  await unlock.open(passphrase);
});

test("an authenticator that computes nothing is no way in, and nothing is changed", async ({ joined, named }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI, {}, named);
  await Authenticator.give(device, { prf: false });
  const passkeys = new Passkeys(device);
  await passkeys.openSettings();
  await passkeys.makeForVault(passphrase);
  await expect(passkeys.vaultSetting.getByRole("alert").filter({ hasText: say("passkey_no_prf") })).toBeVisible();
  await new Frame(device).lock();
  await expect(device.page.getByRole("button", { name: say("unlock_with_passkey") })).toBeHidden();
  await new Unlock(device).open(passphrase);
});

test("at an address that is a number the settings say that there are no passkeys", async ({ joined }) => {
  const { device } = await joined(ADMINISTRATOR);
  await new Passkeys(device).openSettings();
  await expect(device.page.getByText(say("passkey_impossible")).first()).toBeVisible();
  await expect(device.page.getByRole("button", { name: say("passkey_unlock_add") })).toBeHidden();
});
