// Taking in what somebody brings from another device, and what this device carries for others.
import { type Locator, expect } from "@playwright/test";
import { readFileSync } from "node:fs";
import { count, say } from "../words.ts";
import { Frame } from "./frame.ts";

/** A file as it lies on a stick. */
export interface Carried {
  name: string;
  bytes: Buffer;
}

export class Deliver extends Frame {
  async open(): Promise<void> {
    await this.device.visit("/deliver");
    await expect(this.title).toHaveText(say("carry_deliver_title"));
  }

  /** What came of the last file or code. */
  get notice(): Locator {
    return this.page.getByRole("status").filter({ has: this.page.locator(".notice") });
  }

  /** What this device carries for others. */
  get here(): Locator {
    return this.page.getByRole("region", { name: say("carry_here_title") });
  }

  /** Chooses a file that somebody brought. */
  async choose({ name, bytes }: Carried): Promise<void> {
    const input = this.page.locator('input[type="file"]').first();
    await input.setInputFiles({ name, mimeType: "application/octet-stream", buffer: bytes });
  }

  /** By itself, as soon as there is a line. */
  async expectDelivered(number: number): Promise<void> {
    await expect(this.here).toContainText(count("carry_here_delivered", number), { timeout: 30_000 });
  }

  /** Presses a button that saves a file, and gives what the browser saved. */
  async saves(key: "carry_save" | "carry_receipts_save"): Promise<Carried> {
    const saved = this.page.waitForEvent("download");
    await this.page.getByRole("button", { name: say(key) }).click();
    const download = await saved;
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }
}
