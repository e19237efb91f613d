// The slip that a family takes along.
import { expect } from "@playwright/test";
import { type PrintedPage, printedPages } from "../pdf.ts";
import { say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Slip extends Frame {
  /** Opens it from the page of a group. */
  async open(): Promise<void> {
    await this.page.getByRole("link", { name: say("slip_see"), exact: true }).click();
    await expect(this.title).toHaveText(say("slip_title"));
  }

  /** The reference in large letters. */
  async reference(): Promise<string> {
    return this.page.locator(".slip__ref").innerText();
  }

  async choosePaper(paper: "a4" | "letter" | "roll"): Promise<void> {
    await this.page.getByRole("radio", { name: say(`slip_paper_${paper}`), exact: true }).check();
  }

  /** What the printer gives out. */
  async print(): Promise<PrintedPage[]> {
    return printedPages(await this.page.pdf({ preferCSSPageSize: true }));
  }
}
