// Opening a locked device.
import { type Locator, expect } from "@playwright/test";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Unlock extends Frame {
  get input(): Locator {
    return this.page.getByLabel(say("passphrase"), { exact: true });
  }

  /** What was wrong with the last try. */
  get fault(): Locator {
    return this.page.getByRole("alert");
  }

  async expectLocked(): Promise<void> {
    await expect(this.title).toHaveText(say("unlock_title"));
  }

  /** Tries a passphrase. */
  async try(passphrase: string): Promise<void> {
    await this.expectLocked();
    await this.input.fill(passphrase);
    await this.page.getByRole("button", { name: say("unlock_open"), exact: true }).click();
  }

  /** Opens the device. */
  async open(passphrase: string): Promise<void> {
    await this.try(passphrase);
    await expect(this.lockButton).toBeVisible();
  }
}
