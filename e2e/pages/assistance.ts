// Giving help: to one person, to a family, and to many from a list.
import { type Locator, expect } from "@playwright/test";
import { anyCount, pattern, say, starting } from "../words.ts";
import { Frame } from "./frame.ts";

/** How often something was pressed or tapped, typing not counted. */
export class Taps {
  count = 0;

  async tap(what: Locator): Promise<void> {
    this.count += 1;
    await what.click();
  }
}

export class Give extends Frame {
  /** The form of a person whose page is open. */
  async open(taps = new Taps()): Promise<void> {
    await taps.tap(this.page.locator('a[href$="/give"]').first());
    await expect(this.title).toHaveText(say("give_title"));
  }

  /** A kind of help that is near. */
  kind(code: string): Locator {
    return this.page.locator(`label.choice:has(input[name="give-type"][value="${code}"])`);
  }

  get amount(): Locator {
    return this.page.locator("#give-amount");
  }

  get quantity(): Locator {
    return this.page.locator("#give-quantity");
  }

  proof(code: string): Locator {
    return this.page.locator(`label.choice:has(input[name="give-proof"][value="${code}"])`);
  }

  get save(): Locator {
    return this.page.getByRole("main").locator('button[type="submit"]');
  }

  /** What they have already, as it is told. */
  get before(): Locator {
    return this.page.locator(".give__before");
  }

  /** What is wrong, as the summary says it. */
  get wrong(): Locator {
    return this.page.getByRole("alert").filter({ has: this.page.getByRole("link") });
  }

  /** It was saved: the page of what was given is shown. */
  async expectSaved(): Promise<void> {
    await expect(this.title).toHaveText(say("give_one_title"));
  }

  /** Notes what becomes of it. */
  async step(label: string): Promise<void> {
    await this.page.getByRole("button", { name: say("give_step_to", { status: label }) }).click();
  }
}

export class Distribution extends Frame {
  /** Adds the families that the filter found. */
  get addFound(): Locator {
    return this.page.getByRole("button", { name: anyCount("dist_add_found") });
  }

  async create(name: string): Promise<void> {
    await this.page.getByRole("button", { name: say("dist_create") }).click();
    await expect(this.title).toHaveText(name);
  }

  /** What is handed out still waits in these rows. */
  get toGive(): Locator {
    return this.page.locator(".dist__rows").getByRole("button", { name: starting(say("dist_deliver")) });
  }


  /** `143 de 200`, with or without when. */
  get progress(): Locator {
    return this.page.locator(".dist__count").filter({ hasText: pattern("dist_progress") });
  }

  async show(key: string): Promise<void> {
    await this.page.getByRole("group", { name: say("dist_show") }).getByRole("button", { name: say(key) }).click();
  }
}
