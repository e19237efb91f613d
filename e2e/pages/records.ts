// A family and a person, as recorded.
import { type Locator, expect } from "@playwright/test";
import { nameOf, type Person } from "../people.ts";
import { count, say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Group extends Frame {
  get people(): Locator {
    return this.page.getByRole("region", { name: say("people_title") }).getByRole("listitem");
  }

  /** Shows exactly these people, the focal point first. */
  async expectPeople(people: Person[]): Promise<void> {
    await expect(this.title).toContainText(say("family"));
    await expect(this.page.getByText(count("people", people.length))).toBeVisible();
    await expect(this.people).toHaveCount(people.length);
    for (const person of people) {
      await expect(this.people.getByRole("link", { name: nameOf(person), exact: true })).toBeVisible();
    }
    const [focal] = people;
    if (focal) {
      await expect(this.people.first()).toContainText(nameOf(focal));
      await expect(this.people.first()).toContainText(say("focal_point"));
    }
  }

  async openPerson(name: string): Promise<void> {
    await this.people.getByRole("link", { name, exact: true }).click();
    await expect(this.title).toHaveText(name);
  }
}

export class PersonPage extends Frame {
  /** A fact by its name. */
  fact(key: string): Locator {
    const facts = this.page.getByRole("region", { name: say("facts_title") });
    return facts.locator("dl > div").filter({ has: this.page.getByText(say(key), { exact: true }) }).getByRole("definition");
  }

  /** Goes to the person's family. */
  async openGroup(): Promise<void> {
    await this.page.getByRole("main").getByRole("link", { name: say("family"), exact: true }).click();
    await expect(this.page).toHaveURL(/\/groups\//);
  }

  async correct(): Promise<void> {
    await this.page.getByRole("link", { name: say("correct") }).click();
    await expect(this.title).toContainText(say("correct"));
  }
}
