// Asking whether somebody is registered elsewhere, and what others ask.
import { type Locator, expect } from "@playwright/test";
import { follow } from "../views.ts";
import { say } from "../words.ts";
import { Search } from "./search.ts";

export class Elsewhere extends Search {
  get beginButton(): Locator {
    return this.page.getByRole("button", { name: say("elsewhere_begin") });
  }

  get names(): Locator {
    return this.page.getByLabel(say("elsewhere_names"), { exact: true });
  }

  get born(): Locator {
    return this.page.getByLabel(say("elsewhere_born"), { exact: true });
  }

  get sendButton(): Locator {
    return this.page.getByRole("button", { name: say("elsewhere_send"), exact: true });
  }

  /** Searches here, and asks for the same person elsewhere. */
  async ask(names: string, year: string): Promise<void> {
    await this.go("nav_home");
    await this.open();
    await this.look(`${names} ${year}`);
    await this.beginButton.click();
    await expect(this.names).toHaveValue(names);
    await expect(this.born).toHaveValue(year);
    await this.sendButton.click();
  }

  /** Who may be meant, elsewhere. */
  get somebody(): Locator {
    return this.page.getByRole("list", { name: say("elsewhere_found_label") }).getByRole("listitem");
  }

  async openRequests(): Promise<void> {
    await follow(this.device, "/requests");
    await expect(this.title).toHaveText(say("requests_title"));
  }

  /** A part of the page of requests. */
  part(key: "requests_to_decide" | "requests_mine" | "requests_done"): Locator {
    return this.page.getByRole("region", { name: say(key) });
  }
}
