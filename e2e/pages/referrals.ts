// Referrals: the form, the lists, one with its steps, and its slip.
import { type Locator, type Page, expect } from "@playwright/test";
import { label } from "../catalogue.ts";
import { type PrintedPage, printedPages } from "../pdf.ts";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

/** What is written into a referral. Codes are those of the tables. */
export interface Referral {
  sector: string;
  desk: string;
  urgency?: string;
  reason?: string;
  /** Keys of fields to be shared; `name` for the whole name. */
  share: string[];
}

/** Follows a link within the app. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((path) => {
    const link = document.createElement("a");
    link.href = path;
    document.body.append(link);
    link.click();
    link.remove();
  }, path);
}

export class Refer extends Frame {
  /** Taps since the counter was set to nought: every press of a button, a box, a link or an input. Typing is none. */
  taps = 0;

  async tap(what: Locator): Promise<void> {
    this.taps += 1;
    await what.click();
  }

  /** The box of something that may be shared. */
  shared(key: string): Locator {
    const name = key === "name" ? say("refer_name") : label(key);
    return this.page.getByRole("checkbox", { name: new RegExp(`^${name}: `) });
  }

  radio(name: string, code: string): Locator {
    return this.page.locator(`input[type="radio"][name="${name}"][value="${code}"]`);
  }

  button(key: string): Locator {
    return this.page.getByRole("button", { name: say(key), exact: true });
  }

  /** Opens the form from the page of a person. */
  async begin(): Promise<void> {
    await this.tap(this.page.getByRole("main").locator('a[href$="/refer"]').first());
    await expect(this.title).toHaveText(say("refer_title"));
  }

  /** Writes it, without a tap that nobody makes. */
  async write(referral: Referral): Promise<void> {
    await this.tap(this.radio("refer-sector", referral.sector));
    await this.tap(this.radio("refer-desk", referral.desk));
    if (referral.urgency) await this.tap(this.radio("refer-urgency", referral.urgency));
    if (referral.reason) {
      await this.tap(this.page.locator("#refer-reason"));
      await this.page.keyboard.insertText(referral.reason);
    }
    for (const key of referral.share) await this.tap(this.shared(key));
  }

  /** Shows what will be sent. */
  async show(): Promise<void> {
    await this.tap(this.button("refer_show"));
    await expect(this.title).toHaveText(say("refer_show_title"));
  }

  /** What the person is shown. */
  get told(): Locator {
    return this.page.locator(".refer__told");
  }

  /** Notes that they agreed by word, before a witness where one is named. */
  async agreed(witness?: string): Promise<void> {
    await this.tap(this.radio("refer-agrees", "spoken"));
    if (witness) {
      await this.tap(this.page.locator("#refer-witness"));
      await this.page.keyboard.insertText(witness);
    }
  }

  async send(): Promise<void> {
    await this.tap(this.button("refer_send"));
    await expect(this.page).toHaveURL(/\/referrals\/[0-9a-f]+$/);
  }

  async keep(): Promise<void> {
    await this.tap(this.button("refer_keep"));
    await expect(this.page).toHaveURL(/\/referrals$/);
  }
}

export class Referrals extends Frame {
  /** Goes there within the app: a page loaded anew is locked. */
  async open(): Promise<void> {
    await goTo(this.page, "/referrals");
    await expect(this.title).toHaveText(say("refer_list_title"));
  }

  region(key: "refer_kept" | "refer_received" | "refer_sent_ones" | "refer_begun"): Locator {
    return this.page.getByRole("region", { name: say(key), exact: true });
  }

  rows(key: "refer_kept" | "refer_received" | "refer_sent_ones" | "refer_begun"): Locator {
    return this.region(key).getByRole("listitem");
  }

  /** Opens the one referral of a list. */
  async openOnly(key: "refer_kept" | "refer_received" | "refer_sent_ones", name?: string): Promise<void> {
    const rows = name ? this.rows(key).filter({ hasText: name }) : this.rows(key);
    await expect(rows).toHaveCount(1);
    await rows.getByRole("link").click();
    await expect(this.title).toBeVisible();
  }
}

export class ReferralPage extends Frame {
  button(key: string): Locator {
    return this.page.getByRole("main").getByRole("button", { name: say(key), exact: true });
  }

  link(key: string): Locator {
    return this.page.getByRole("main").getByRole("link", { name: say(key), exact: true });
  }

  /** The state that stands above everything, in words. */
  get state(): Locator {
    return this.page.getByRole("main").locator(".page__head .status");
  }

  /** What somebody brought it to, in the order in which it happened. */
  get history(): Locator {
    return this.page.getByRole("region", { name: say("history_title"), exact: true }).getByRole("listitem");
  }

  radio(name: string, code: string): Locator {
    return this.page.locator(`input[type="radio"][name="${name}"][value="${code}"]`);
  }

  /** Number and code of the slip. */
  async slip(): Promise<{ number: string; code: string }> {
    const facts = this.page.getByRole("region", { name: say("refer_slip_title"), exact: true }).getByRole("definition");
    return { number: await facts.nth(0).innerText(), code: await facts.nth(1).innerText() };
  }

  async end(outcome: string, next = ""): Promise<void> {
    await this.button("refer_end").click();
    await this.radio("refer-outcome", outcome).click();
    if (next) await this.page.locator("#refer-next").fill(next);
    await this.button("refer_end_yes").click();
  }

  /** What the printer gives out. */
  async print(): Promise<PrintedPage[]> {
    return printedPages(await this.page.pdf({ preferCSSPageSize: true }));
  }
}
