// Search: before anybody is registered.
import { type Locator, expect } from "@playwright/test";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Search extends Frame {
  async open(): Promise<void> {
    await this.go("nav_search");
    await expect(this.title).toHaveText(say("nav_search"));
  }

  get input(): Locator {
    return this.page.getByRole("searchbox", { name: say("search_label") });
  }

  /** People found, best first. */
  get found(): Locator {
    return this.page.getByRole("list", { name: say("found_label") }).getByRole("listitem");
  }

  async look(text: string): Promise<void> {
    await this.input.fill(text);
  }

  async expectNobody(): Promise<void> {
    await expect(this.page.getByRole("status").filter({ hasText: say("found_nobody") })).toBeVisible();
    await expect(this.found).toHaveCount(0);
  }

  /** This person is found first; gives their row. */
  async expectFirst(name: string): Promise<Locator> {
    const first = this.found.first();
    await expect(first.getByRole("link", { name, exact: true })).toBeVisible();
    return first;
  }

  get registerButton(): Locator {
    return this.page.getByRole("button", { name: say("register_new") });
  }

  /** Opens the person found by this name. */
  async openPerson(name: string): Promise<void> {
    await this.found.getByRole("link", { name }).click();
    await expect(this.title).toHaveText(name);
  }

  /** Nobody of those found: begins to register; the name typed goes along. */
  async registerNew(): Promise<void> {
    await this.registerButton.click();
    await expect(this.title).toHaveText(say("register_family"));
  }
}
