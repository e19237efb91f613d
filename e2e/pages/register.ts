// The form for a family.
import { type Locator, expect } from "@playwright/test";
import type { Family, Person } from "../people.ts";
import { nameOf } from "../people.ts";
import { pattern, say, starting } from "../words.ts";
import { Frame } from "./frame.ts";

export class Register extends Frame {
  async open(): Promise<void> {
    await this.go("nav_register");
    await expect(this.title).toHaveText(say("register_family"));
  }

  get form(): Locator {
    return this.page.locator("form#family");
  }

  /** An input by its label. */
  field(key: string): Locator {
    return this.form.getByLabel(starting(say(key)));
  }

  /** Three boxes of a date by what they ask. */
  date(key: string): Locator {
    return this.form.getByRole("group", { name: say(key), exact: true });
  }

  /** What the form says about being kept. */
  get said(): Locator {
    return this.page.getByRole("status").filter({ hasText: new RegExp(`${pattern("saved_on_device").source}|${say("saves_itself")}`) });
  }

  get saveButton(): Locator {
    return this.page.getByRole("button", { name: say("family_save") });
  }

  /** Types a person into the part that is open. */
  async type(person: Person): Promise<void> {
    await this.field("given_names").fill(person.given);
    await this.field("surname1").fill(person.surname1);
    // The name carried over from the search may have been split otherwise.
    await this.field("surname2").fill(person.surname2 ?? "");
    if (typeof person.born === "string") {
      await this.form.getByLabel(say("date_unsure")).check();
      await this.form.getByLabel(say("date_year_only"), { exact: true }).check();
      await this.date("date_of_birth").getByLabel(say("date_year")).fill(person.born);
    } else if (person.born) {
      await this.typeDate("date_of_birth", person.born);
    }
    await this.form.locator(`input[type="radio"][value="${person.sex}"]`).check();
    for (const country of person.nationality ?? []) {
      await this.field("nationality_add").selectOption(country);
    }
    if (person.document) {
      await this.form.getByRole("button", { name: say("document_add") }).click();
      await this.field("document_type").last().selectOption(person.document.type);
      await this.field("document_number").last().fill(person.document.number);
    }
    if (person.phone) await this.field("phone").fill(person.phone);
    if (person.relationship) await this.field("relationship").selectOption(person.relationship);
  }

  async typeDate(key: string, [day, month, year]: [string, string, string]): Promise<void> {
    const boxes = this.date(key);
    await boxes.getByLabel(say("date_day")).fill(day);
    await boxes.getByLabel(say("date_month")).fill(month);
    await boxes.getByLabel(say("date_year")).fill(year);
  }

  async addPerson(): Promise<void> {
    const cards = this.page.getByRole("navigation", { name: say("family_people") }).getByRole("listitem");
    const before = await cards.count();
    await this.page.getByRole("button", { name: say("member_add") }).click();
    await expect(cards).toHaveCount(before + 1);
    await expect(this.field("given_names")).toHaveValue("");
  }

  /** Opens a person of the family, or its place. */
  async show(name: string | RegExp): Promise<void> {
    const people = this.page.getByRole("navigation", { name: say("family_people") });
    await people.getByRole("link", { name }).click();
  }

  /** Types a whole family. */
  async typeFamily(family: Family): Promise<void> {
    for (const [at, person] of family.people.entries()) {
      if (at > 0) await this.addPerson();
      await this.type(person);
    }
    const { address, province, arrival, entryPoint } = family;
    if (!address && !province && !arrival && !entryPoint) return;
    if (family.people.length > 1) await this.show(starting(say("place_title")));
    if (province) await this.field("province").selectOption(province);
    if (address) await this.field("address").fill(address);
    if (arrival) await this.typeDate("arrival_date", arrival);
    if (entryPoint) await this.field("entry_point").selectOption(entryPoint);
  }

  /** Saves and waits for the page that says so; gives the group's address. */
  async save(): Promise<string> {
    await this.saveButton.click();
    return this.saved();
  }

  /** Waits until the family is saved; gives the group's address. */
  async saved(): Promise<string> {
    await expect(this.page).toHaveURL(/\/saved\/[0-9a-f-]+$/);
    return new URL(this.page.url()).pathname.replace("/saved/", "/groups/");
  }

  /** Registers a family from an open form and sees that it lies here. */
  async register(family: Family): Promise<string> {
    await this.typeFamily(family);
    const group = await this.save();
    await expect(this.page.getByText(nameOf(family.people[0]), { exact: true })).toBeVisible();
    return group;
  }
}
