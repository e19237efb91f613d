// Pre-registrations, as a caseworker works with them.
import { type Locator, expect } from "@playwright/test";
import type { Device } from "../device.ts";
import { follow } from "../views.ts";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Applications {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Opens the list by the card of the first page. */
  async open(): Promise<void> {
    await new Frame(this.#device).go("nav_home");
    await this.#device.page.getByRole("link", { name: say("applications_home_see") }).click();
    await expect(this.title).toHaveText(say("applications_title"));
  }

  get title(): Locator {
    return this.#device.page.getByRole("heading", { level: 1 });
  }

  get rows(): Locator {
    return this.#device.page.getByRole("region").locator(".rows > li");
  }

  /** The row of a family. */
  row(name: string): Locator {
    return this.rows.filter({ hasText: name });
  }

  async openOne(name: string): Promise<void> {
    await this.row(name).getByRole("link").click();
    await expect(this.title).toHaveText(name);
  }

  /** Opens one by its address: the list may not show it. */
  async see(address: string): Promise<void> {
    await follow(this.#device, address);
  }

  /** Takes a file in, as the family's phone made it. */
  async takeFile(file: string): Promise<void> {
    await this.#device.page.getByRole("link", { name: say("applications_scan") }).click();
    await expect(this.title).toHaveText(say("applications_scan_title"));
    await this.choose(file);
  }

  /** Another one, on the page that takes them in. */
  async choose(file: string): Promise<void> {
    await this.#device.page.locator("input[type=file]").setInputFiles(file);
  }

  async take(): Promise<void> {
    await this.#device.page.locator("#application-take").click();
  }

  async register(): Promise<void> {
    await this.#device.page.locator("#application-register").click();
  }
}
