// What frames every page behind the lock: the bar, and the line of what waits.
import { type Locator, type Page, expect } from "@playwright/test";
import type { Device } from "../device.ts";
import { anyCount, counted, say, starting } from "../words.ts";

export class Frame {
  readonly device: Device;

  constructor(device: Device) {
    this.device = device;
  }

  get page(): Page {
    return this.device.page;
  }

  get title(): Locator {
    return this.page.getByRole("heading", { level: 1 });
  }

  /** The one line that is always visible. */
  get strip(): Locator {
    return this.page.getByRole("banner").getByRole("link", { name: anyCount("strip_saved") });
  }

  get lockButton(): Locator {
    return this.page.getByRole("button", { name: `${say("lock")} ${say("lock_device")}` });
  }

  /** Goes to a page by the bar. */
  async go(label: "nav_home" | "nav_search" | "nav_register" | "nav_outbox" | "nav_settings" | "work_nav" | "work_nav_referrals" | "work_nav_refer"): Promise<void> {
    const bar = this.page.getByRole("navigation", { name: say("nav_label") });
    await bar.getByRole("link", { name: starting(say(label)) }).click();
  }

  async lock(): Promise<void> {
    await this.lockButton.click();
    await expect(this.page.getByRole("heading", { name: say("unlock_title") })).toBeVisible();
  }

  /** So many things are saved here and not sent. */
  async expectUnsent(number: number): Promise<void> {
    await expect(this.strip).toContainText(number === 0 ? say("strip_all_sent") : counted("strip_unsent", number));
  }
}
