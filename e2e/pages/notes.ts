// Sealed notes and sealed members.
import { type Locator, expect } from "@playwright/test";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Notes extends Frame {
  /** The notes on the person or group that is shown. */
  get section(): Locator {
    return this.page.getByRole("region", { name: say("notes_title"), exact: true });
  }

  get all(): Locator {
    return this.section.getByRole("article");
  }

  async begin(): Promise<void> {
    await this.section.getByRole("link", { name: say("note_write"), exact: true }).click();
    await expect(this.title).toHaveText(say("note_write"));
  }

  get text(): Locator {
    return this.page.getByRole("textbox", { name: say("note_text"), exact: true });
  }

  async typeNote(topic: string, text: string): Promise<void> {
    await this.page.getByLabel(say("note_topic"), { exact: true }).selectOption(topic);
    await this.text.fill(text);
  }

  async save(): Promise<void> {
    await this.page.getByRole("button", { name: say("note_save"), exact: true }).click();
    await expect(this.section).toBeVisible();
  }

  /** Opens a note and gives what it says. */
  async read(note = this.all.first()): Promise<Locator> {
    await note.getByRole("button", { name: say("note_open"), exact: true }).click();
    return note.getByRole("region", { name: say("note_text"), exact: true });
  }

  async letIn(name: string, note = this.all.first()): Promise<void> {
    await note.getByRole("button", { name: say("note_let_in"), exact: true }).click();
    const choice = note.getByRole("group", { name: say("note_let_in_who"), exact: true });
    await choice.getByRole("checkbox", { name: new RegExp(`^${name}`) }).check();
    await note.getByRole("button", { name: say("note_let_in"), exact: true }).click();
    await this.#readers(note, name);
  }

  /** Opens the list of readers until somebody stands in it: a page that takes in what was saved draws it anew, closed. */
  async #readers(note: Locator, name: string): Promise<Locator> {
    const reader = note.getByRole("listitem").filter({ hasText: name });
    await expect(async () => {
      if (!(await reader.isVisible())) await note.getByText(say("note_readers"), { exact: true }).click();
      await expect(reader).toBeVisible({ timeout: 1_500 });
    }).toPass({ timeout: 20_000 });
    return reader;
  }

  async takeOff(name: string, note = this.all.first()): Promise<void> {
    const reader = await this.#readers(note, name);
    await reader.getByRole("button", { name: new RegExp(`^${say("note_take_off")}.*${name}$`) }).click();
    await reader.getByRole("button", { name: say("note_take_off_yes"), exact: true }).click();
  }
}

export class Sealing extends Frame {
  async seal(...names: string[]): Promise<void> {
    await this.page.getByRole("button", { name: say("seal_member"), exact: true }).click();
    const who = this.page.getByRole("group", { name: say("seal_who"), exact: true });
    for (const name of names) await who.getByRole("checkbox", { name: new RegExp(`^${name}`) }).check();
    await this.page.getByRole("button", { name: say("seal_yes"), exact: true }).click();
  }

  async unseal(): Promise<void> {
    await this.page.getByRole("button", { name: say("unseal"), exact: true }).click();
    await this.page.getByRole("button", { name: say("unseal_yes"), exact: true }).click();
  }

  /** What is said above a sealed person, for whom alone they are there. */
  banner(who: string): Locator {
    return this.page.getByText(say("sealed_for", { who }));
  }
}
