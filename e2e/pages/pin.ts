// The PIN of a family on its own phone.
import { type Page, expect } from "@playwright/test";
import { tell } from "../words.ts";

/** Six digits that are in no row. */
export const PIN = "271828";

export class Pin {
  readonly #page: Page;
  readonly #language: string;

  constructor(page: Page, language = "es") {
    this.#page = page;
    this.#language = language;
  }

  /** Chooses it, twice, for a new family: «Empezar» was pressed. The first question comes. */
  async choose(pin = PIN): Promise<void> {
    await this.#title("keep_pin_choose");
    await this.type(pin);
    await this.go();
    await this.#title("keep_pin_again");
    await this.type(pin);
    await this.go();
    await expect(this.#page).toHaveURL(/\/apply\/step\//);
  }

  /** Opens a family with it. */
  async enter(pin = PIN): Promise<void> {
    await this.#title("keep_pin_enter");
    await this.type(pin);
    await this.go();
    await expect(this.#page.locator("#pin")).toBeHidden();
  }

  /** Presses its keys. */
  async type(pin: string): Promise<void> {
    for (const digit of pin) await this.#page.locator(".pin__keys").getByRole("button", { name: digit, exact: true }).click();
  }

  /** Goes on. */
  async go(): Promise<void> {
    await this.#page.getByRole("button", { name: tell("frame_next", {}, this.#language) }).click();
  }

  async #title(key: string): Promise<void> {
    await expect(this.#page.getByRole("heading", { level: 1 })).toHaveText(tell(key, {}, this.#language));
  }
}
