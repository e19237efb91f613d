// Passkeys: the dialog that asks for one, and the settings about them.
import { type Locator, expect } from "@playwright/test";
import { pattern, say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Passkeys extends Frame {
  async openSettings(): Promise<void> {
    await this.go("nav_settings");
    await expect(this.title).toHaveText(say("nav_settings"));
  }

  /** The dialog that asks for a passkey. */
  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  /** Registers the first passkey and shows it, as the dialog asks. */
  async registerFirst(): Promise<void> {
    await expect(this.dialog.getByRole("heading", { name: say("step_up_make_title") })).toBeVisible();
    await this.dialog.getByRole("button", { name: say("step_up_make"), exact: true }).click();
    await expect(this.dialog.getByText(say("step_up_made_text"))).toBeVisible();
    await this.show();
  }

  /** Shows a passkey, as the dialog asks. */
  async show(): Promise<void> {
    await expect(this.dialog.getByRole("heading", { name: say("step_up_title") })).toBeVisible();
    await this.dialog.getByRole("button", { name: say("step_up_show"), exact: true }).click();
    await expect(this.dialog).toBeHidden();
  }

  /** The setting about a passkey that opens the vault. */
  get vaultSetting(): Locator {
    return this.page.locator(".setting", { hasText: say("passkey_unlock_title") });
  }

  /** Types the passphrase again and makes a passkey for the vault, in the settings. */
  async makeForVault(passphrase: string): Promise<void> {
    const add = this.vaultSetting.getByRole("button", { name: say("passkey_unlock_add") });
    if (await add.isVisible()) await add.click();
    await this.vaultSetting.getByLabel(say("passphrase"), { exact: true }).fill(passphrase);
    await this.vaultSetting.getByRole("button", { name: say("passkey_unlock_make") }).click();
  }

  /** The whole of it, from any page: from now on the passkey opens the vault. */
  async openVault(passphrase: string): Promise<void> {
    await this.openSettings();
    await this.makeForVault(passphrase);
    await expect(this.vaultSetting.getByText(say("passkey_unlock_on"))).toBeVisible();
  }

  /** Those that the settings list for administration. */
  get listed(): Locator {
    return this.page.getByRole("listitem").filter({ hasText: pattern("passkey_added") });
  }

  async addAnother(): Promise<void> {
    await this.page.getByRole("button", { name: say("passkey_add"), exact: true }).click();
  }
}
