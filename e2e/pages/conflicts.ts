// What people must decide: the list, and the page of one record.
import { type Locator, expect } from "@playwright/test";
import { label } from "../catalogue.ts";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Conflicts extends Frame {
  /** Goes there from the first page, by what it says waits. */
  async open(): Promise<void> {
    await this.go("nav_home");
    await this.page.getByRole("main").getByRole("link", { name: say("decide_see") }).click();
    await expect(this.title).toHaveText(say("decide_title"));
  }

  get rows(): Locator {
    return this.page.getByRole("main").locator(".rows > li");
  }

  async openOne(name: string): Promise<void> {
    await this.rows.getByRole("link", { name, exact: true }).click();
    await expect(this.title).toHaveText(name);
  }

  /** A field in conflict. */
  field(key: string): Locator {
    return this.page.getByRole("region", { name: say("conflict_title", { field: label(key) }) });
  }

  /** Chooses one of the values that stand. */
  async choose(key: string, value: string): Promise<void> {
    await this.field(key).getByRole("radio", { name: value }).check();
  }

  /** Chooses what else can be done with a field. */
  async answer(key: string, words: string): Promise<void> {
    await this.field(key).getByRole("radio", { name: say(words), exact: true }).check();
  }

  async save(): Promise<void> {
    await this.page.getByRole("button", { name: say("decide_save") }).click();
  }

  /** Nothing is left to decide here. */
  async expectDone(): Promise<void> {
    await expect(this.page.getByRole("main").getByText(say("decide_done"))).toBeVisible();
  }
}
