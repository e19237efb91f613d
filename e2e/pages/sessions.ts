// Counselling sessions: logging one, the list by day, one of them.
import { type Locator, expect } from "@playwright/test";
import { say, starting } from "../words.ts";
import { Frame } from "./frame.ts";
import { Unlock } from "./unlock.ts";

export class Sessions extends Frame {
  /** How often something was tapped since the count began. Typing is no tap. */
  taps = 0;

  async tap(what: Locator): Promise<void> {
    this.taps += 1;
    await what.click();
  }

  /** Goes to an address, which starts the app anew: the device must be unlocked. */
  async visit(path: string, passphrase: string): Promise<void> {
    await this.device.visit(path);
    await new Unlock(this.device).open(passphrase);
  }

  /** From a person's page. */
  get begin(): Locator {
    return this.page.locator('main a[href$="/session"]').first();
  }

  chip(question: "session_topics" | "session_outcomes" | "session_mode", answer: string): Locator {
    const group = this.page.getByRole("group", { name: say(question), exact: true });
    return group.locator("label").filter({ has: this.page.getByText(answer, { exact: true }) });
  }

  box(question: "session_topics" | "session_outcomes" | "session_mode", answer: string): Locator {
    return this.chip(question, answer).locator("input");
  }

  get save(): Locator {
    return this.page.getByRole("button", { name: say("session_save"), exact: true });
  }

  get saved(): Locator {
    return this.page.locator("#session-saved");
  }

  /** What is folded: preset, or seldom said. */
  async unfold(): Promise<void> {
    await this.page.locator("details.fold > summary").click();
    await expect(this.page.locator("#session-minutes")).toBeVisible();
  }

  /** The box in which people and families are found. */
  get finder(): Locator {
    return this.page.getByRole("searchbox", { name: say("finder_label"), exact: true });
  }

  /** What it found. */
  get found(): Locator {
    return this.page.getByRole("list", { name: say("found_label") }).getByRole("listitem");
  }

  /** Those on the list of a group session. */
  get attendees(): Locator {
    return this.page.getByRole("list", { name: say("session_on_list") }).getByRole("listitem");
  }

  get heads(): Locator {
    return this.page.getByLabel(say("session_heads"), { exact: true });
  }

  /** The follow-ups that are due. */
  get due(): Locator {
    return this.page.getByRole("region", { name: say("sessions_due"), exact: true }).getByRole("listitem");
  }

  /** Days with their sessions, the newest first. */
  get days(): Locator {
    return this.page.getByRole("main").locator("section[aria-labelledby^='sessions-']");
  }

  /** A fact of the session that is shown. */
  fact(label: string): Locator {
    const facts = this.page.getByRole("main").locator("dl.facts > div");
    return facts.filter({ has: this.page.getByText(label, { exact: true }) }).getByRole("definition");
  }

  async openDraft(title: string): Promise<void> {
    const drafts = this.page.getByRole("region", { name: say("drafts"), exact: true });
    await drafts.getByRole("link", { name: starting(title) }).click();
  }
}
