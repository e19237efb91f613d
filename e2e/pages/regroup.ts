// Moving people to another group, splitting a group, joining two.
import { type Locator, expect } from "@playwright/test";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Regroup extends Frame {
  /** Opens it from the page of a group. */
  async open(): Promise<void> {
    await this.page.getByRole("link", { name: say("regroup_see"), exact: true }).click();
    await expect(this.title).toHaveText(say("regroup_title"));
  }

  async choose(way: "move" | "split" | "merge"): Promise<void> {
    await this.page.getByRole("radio", { name: say(`regroup_${way}`), exact: true }).check();
  }

  #question(key: string): Locator {
    return this.page.getByRole("group", { name: say(key), exact: true });
  }

  /** These people leave. */
  async leave(...names: string[]): Promise<void> {
    for (const name of names) await this.#question("regroup_who").getByRole("checkbox", { name, exact: true }).check();
  }

  /** Who speaks for the group that is made. */
  async letSpeak(name: string): Promise<void> {
    await this.#question("regroup_focal_new").getByRole("radio", { name, exact: true }).check();
  }

  /** What somebody is to the one who speaks for them now. */
  async relate(name: string, code: string): Promise<void> {
    const questions = this.#question("regroup_relations").locator("div.field");
    await questions.filter({ hasText: name }).getByRole("combobox").selectOption(code);
  }

  /** Finds the other group by somebody of it. */
  async toGroupOf(name: string): Promise<void> {
    await this.#question("regroup_where").getByRole("searchbox").fill(name);
    await this.page.getByRole("button", { name: `${say("regroup_choose")} ${name}`, exact: true }).click();
  }

  async doIt(way: "move" | "split" | "merge"): Promise<void> {
    await this.page.getByRole("button", { name: say(`regroup_do_${way}`), exact: true }).click();
  }

  /** What was done, or undone. */
  get done(): Locator {
    return this.page.getByRole("main").getByRole("status").getByRole("heading");
  }

  async undo(): Promise<void> {
    await this.page.getByRole("button", { name: say("undo"), exact: true }).click();
    await expect(this.done).toHaveText(say("undo_done"));
  }

  async see(which: "this" | "other"): Promise<void> {
    await this.page.getByRole("link", { name: say(`regroup_see_${which}`), exact: true }).click();
  }
}
