// A family and a person, as recorded.
import { type Locator, expect } from "@playwright/test";
import { type Stage, label } from "../catalogue.ts";
import { nameOf, type Person } from "../people.ts";
import { count, say } from "../words.ts";
import { Frame } from "./frame.ts";

export class Group extends Frame {
  get people(): Locator {
    return this.page.getByRole("region", { name: say("family_people") }).getByRole("listitem");
  }

  /** Shows exactly these people, the focal point first. */
  async expectPeople(people: Person[]): Promise<void> {
    await expect(this.title).toContainText(say("family"));
    await expect(this.page.getByRole("main").locator("p").getByText(count("people", people.length)).first()).toBeVisible();
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

  /** Goes on with the registration, at the next stage. */
  async raise(stage: Exclude<Stage, "e1">): Promise<void> {
    await this.page.getByRole("link", { name: say(`raise_${stage}`), exact: true }).click();
    await expect(this.page.locator(`#stage-${stage}`)).toBeChecked();
  }

  async correct(): Promise<void> {
    await this.page.getByRole("link", { name: say("correct"), exact: true }).click();
    await expect(this.title).toHaveText(say("complete_family"));
  }

  /** What happened to the family and its people, newest first. */
  get history(): Locator {
    return this.page.getByRole("region", { name: say("history_title") });
  }
}

export class PersonPage extends Frame {
  /** A fact by the key of its field. */
  fact(key: string): Locator {
    const facts = this.page.getByRole("main").locator("dl.facts > div");
    return facts.filter({ has: this.page.getByText(label(key), { exact: true }) }).getByRole("definition");
  }

  /** Goes to the person's family. */
  async openGroup(): Promise<void> {
    await this.page.getByRole("main").getByRole("link", { name: say("family"), exact: true }).first().click();
    await expect(this.page).toHaveURL(/\/groups\//);
  }

  /** Opens the questions about the person. */
  async correct(): Promise<void> {
    await this.page.getByRole("link", { name: say("correct") }).click();
    await expect(this.title).toHaveText(say("complete_family"));
  }

  get history(): Locator {
    return this.page.getByRole("region", { name: say("history_title") });
  }
}
