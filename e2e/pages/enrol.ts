// Joining a device by invitation.
import { type Locator, expect } from "@playwright/test";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Enrol extends Frame {
  /** Opens the link, compares the marks and comes to the passphrase. */
  async open(link: string): Promise<void> {
    await this.device.visit(link);
    await expect(this.title).toHaveText(say("enrol_title"));
    await this.page.getByRole("button", { name: say("enrol_marks_same") }).click();
    await expect(this.title).toHaveText(say("passphrase_title"));
  }

  /** The passphrase that the device offers. */
  async offered(): Promise<string> {
    const words = await this.page.locator("#phrase").innerText();
    return words.trim().split(/\s+/).join(" ");
  }

  /** Types the passphrase and joins. */
  async choose(passphrase: string): Promise<void> {
    await this.page.getByLabel(say("passphrase_again")).fill(passphrase);
    await this.page.getByRole("button", { name: say("passphrase_use") }).click();
  }

  /** The whole of it. Gives the passphrase. */
  async join(link: string): Promise<string> {
    await this.open(link);
    const passphrase = await this.offered();
    await this.choose(passphrase);
    await expect(this.lockButton).toBeVisible();
    return passphrase;
  }

  /** What is wrong, as the summary says it. */
  get summary(): Locator {
    return this.page.getByRole("alert");
  }
}
