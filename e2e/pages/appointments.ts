// Appointments, as an office works with them.
import { type Locator, expect } from "@playwright/test";
import type { Device } from "../device.ts";
import { follow } from "../views.ts";
import { say } from "../words.ts";

export class Appointments {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Opens the list of the day from the list of pre-registrations. */
  async open(): Promise<void> {
    await follow(this.#device, "/appointments");
    await expect(this.title).toHaveText(say("appointments_title"));
  }

  /** Opens the days that are published. */
  async openPlan(): Promise<void> {
    await follow(this.#device, "/appointments/plan");
    await expect(this.title).toHaveText(say("appointments_plan_title"));
  }

  get title(): Locator {
    return this.#device.page.getByRole("heading", { level: 1 });
  }

  /** Goes to a day: `2026-12-01`. */
  async day(day: string): Promise<void> {
    await this.#device.page.locator("#appt-day").fill(day);
    await this.#device.page.locator("#appt-day").blur();
  }

  /** The slot that begins at a time. */
  slot(time: string): Locator {
    return this.#device.page.locator(".appt__slot").filter({ has: this.#device.page.locator(".appt__time strong", { hasText: time }) });
  }

  /** A family, wherever it stands in the list. */
  family(name: string): Locator {
    return this.#device.page.locator(".appt__family").filter({ hasText: name });
  }

  /** Those without an appointment, in their order. */
  get walkIns(): Locator {
    return this.#device.page.getByRole("region", { name: say("appointments_walk_ins") }).locator(".appt__family");
  }

  /** What is done with a family at the door. */
  async press(name: string, key: string): Promise<void> {
    await this.family(name).getByRole("button", { name: say(key), exact: true }).click();
  }

  /** Looks for a family that has no slot, or another one. */
  async find(typed: string): Promise<Locator> {
    await this.#device.page.locator("#appt-find").fill(typed);
    return this.#device.page.locator(".appt__found > li");
  }

  /** The slot that is chosen for it. */
  async choose(time: string): Promise<void> {
    await this.#device.page.locator(".appt__pick").filter({ hasText: time }).click();
    await expect(this.#device.page.locator("#appt-choose")).toHaveCount(0);
  }
}
