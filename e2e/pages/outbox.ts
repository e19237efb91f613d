// What waits to be sent.
import { type Locator, expect } from "@playwright/test";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Outbox extends Frame {
  async open(): Promise<void> {
    await this.go("nav_outbox");
    await expect(this.title).toHaveText(say("nav_outbox"));
  }

  get items(): Locator {
    return this.page.getByRole("list", { name: say("outbox_label") }).getByRole("listitem");
  }

  /** The item of this name. */
  item(name: string): Locator {
    return this.items.filter({ hasText: name });
  }

  async sendNow(): Promise<void> {
    await this.page.getByRole("button", { name: say("send_now") }).click();
  }

  /** The notice about the last attempt. */
  get notice(): Locator {
    return this.page.getByRole("main").getByRole("status").first();
  }

  async expectEmpty(): Promise<void> {
    await expect(this.page.getByText(say("outbox_empty"))).toBeVisible();
  }
}
