// A day's work, the board of a team, and the line of time on the pages of people and groups.
import { type Locator, expect } from "@playwright/test";
import { pattern, say } from "../words.ts";
import { follow } from "../views.ts";
import { Frame } from "./frame.ts";

export class Work extends Frame {
  async open(): Promise<void> {
    await this.go("work_nav");
    await expect(this.title).toHaveText(say("work_title"));
    await expect(this.asOf).toBeVisible();
  }

  /** Up to when it is complete. */
  get asOf(): Locator {
    return this.page.getByText(pattern("work_as_of"));
  }

  /** The rows of a list, by the key of its title. */
  rows(title: string): Locator {
    return this.page.getByRole("region", { name: say(title) }).getByRole("listitem");
  }
}

export class Team extends Frame {
  async open(): Promise<void> {
    await follow(this.device, "/team");
    await expect(this.title).toHaveText(say("team_title"));
  }

  get asOf(): Locator {
    return this.page.getByText(pattern("work_as_of"));
  }

  /** A row of a table, by its heading. */
  row(of: string | RegExp): Locator {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: of }) });
  }

  /** The rows of the list behind a number, which stands in the row of this heading. */
  async listOf(heading: string | RegExp): Promise<Locator> {
    await this.row(heading).getByRole("button").click();
    const fold = this.page.locator("details[open]").filter({ hasText: heading });
    return fold.getByRole("listitem");
  }
}

/** The card of services of a person or a group. */
export class Services extends Frame {
  get card(): Locator {
    return this.page.getByRole("region", { name: say("time_services"), exact: true });
  }

  /** What was done, newest first. */
  get items(): Locator {
    return this.card.getByRole("list").getByRole("listitem");
  }

  /** Begins a session, a gift, a referral. */
  async begin(what: "time_session" | "time_give" | "time_refer"): Promise<void> {
    await this.card.getByRole("link", { name: say(what), exact: true }).click();
  }
}
