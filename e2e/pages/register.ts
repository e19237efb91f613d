// The workspace: a family and its people on the left, the questions about one of them on the right.
import { type Locator, expect } from "@playwright/test";
import { type Stage, code, field } from "../catalogue.ts";
import type { Family, Person } from "../people.ts";
import { nameOf } from "../people.ts";
import { pattern, say, starting } from "../words.ts";
import { Frame } from "./frame.ts";

export class Register extends Frame {
  async open(): Promise<void> {
    await this.go("nav_register");
    await expect(this.title).toHaveText(say("register_family"));
    await expect(this.form).toBeVisible();
  }

  get form(): Locator {
    return this.page.locator("form#family");
  }

  /** The stages to choose from. */
  async aimAt(stage: Stage): Promise<void> {
    await this.page.locator(`#stage-${stage}`).check();
  }

  /** Every input of a field, by its key: one for each record on the page, or within a part of it. */
  fields(key: string, within = this.form): Locator {
    // The field's key and twelve hexadecimal digits of the record; parts of an input have more behind that.
    const length = key.length + 13;
    return within.locator(`xpath=.//*[starts-with(@id, "${key}-") and string-length(@id) = ${length}]`);
  }

  /** The input of a field; where there are several rows, that of the last one. */
  field(key: string, within = this.form): Locator {
    return this.fields(key, within).last();
  }

  /** One of the answers that stand in sight: a code; or `yes` or `no`, where that is the question. */
  answer(key: string, value: string, within = this.form): Locator {
    const group = `starts-with(@name, "${key}-") and string-length(@name) = ${key.length + 13}`;
    const ending = field(key).type === "bool" && { yes: "", no: "-no" }[value];
    const which = ending === undefined || ending === false ? `@value = "${value}"` : `@id = concat(@name, "${ending}")`;
    return within.locator(`xpath=.//input[${group} and ${which}]`).last();
  }

  /** What was chosen for a question that takes several answers. */
  chips(key: string, within = this.form): Locator {
    return this.field(key, within).locator('xpath=ancestor::div[@class="stack"][1]').locator(".chip--picked");
  }

  /** Chooses one more answer. */
  async add(key: string, value: string, within = this.form): Promise<void> {
    const before = await this.chips(key, within).count();
    await this.field(key, within).selectOption(value);
    await expect(this.chips(key, within)).toHaveCount(before + 1);
  }

  /** What the form says about being kept. */
  get said(): Locator {
    const hasText = new RegExp(`${pattern("saved_on_device").source}|${say("saves_itself")}`);
    return this.page.getByRole("status").filter({ hasText });
  }

  get saveButton(): Locator {
    return this.page.getByRole("button", { name: say("family_save") });
  }

  /** What is missing and what is doubtful, shown when somebody wants to finish. */
  get findings(): Locator {
    return this.page.locator("section.finish");
  }

  /** The people of the family, and their place. */
  get people(): Locator {
    return this.page.getByRole("navigation", { name: say("family_people") });
  }

  /** A section of the card that is open, by its code. */
  section(section: string): Locator {
    return this.form.locator(`#section-${section}`);
  }

  /** Opens a section that may be answered and need not. */
  async openSection(section: string): Promise<void> {
    await this.form.getByRole("button", { name: code("section", section), exact: true }).click();
    await expect(this.section(section)).toBeVisible();
  }

  /** Adds a paper, a need, a consent …, and gives its part of the card. */
  async addRow(kind: string): Promise<Locator> {
    const section = this.section(kind === "need" ? "needs" : kind);
    const rows = section.getByRole("article");
    const before = await rows.count();
    await section.getByRole("button", { name: say("add_named", { what: code("kind_one", kind) }), exact: true }).click();
    await expect(rows).toHaveCount(before + 1);
    return rows.last();
  }

  /** Types a person into the card that is open. */
  async type(person: Person): Promise<void> {
    // The name carried over from the search may have been split otherwise.
    await this.field("given_names").fill(person.given);
    await this.field("surname1").fill(person.surname1);
    await this.field("surname2").fill(person.surname2 ?? "");
    await this.answer("sex", person.sex).check();
    if (typeof person.born === "string") await this.typeYear(person.born);
    else if (person.born) await this.typeDate("dob", person.born);
    if (person.relationship) await this.field("relationship").selectOption(person.relationship);
    for (const country of person.nationality ?? []) await this.add("nationality", country);
    if (person.origin) await this.field("origin_country").selectOption(person.origin);
    if (person.language) {
      await this.field("lang_main").selectOption(person.language);
      await this.field("lang_interview").selectOption(person.language);
    }
    if (person.status) await this.field("protection_status").selectOption(person.status);
    if (person.sameAsFocal) await this.page.getByRole("button", { name: say("same_as_focal") }).click();
    if (person.fears !== undefined) await this.answer("fears_return", person.fears ? "yes" : "no").check();
    if (person.birth) await this.answer("birth_registered", person.birth).check();
    if (person.noNeeds) await this.field("needs_none").check();
    if (person.responsible) await this.field("responsible_adult").selectOption({ label: person.responsible });
    if (person.phone) {
      if (!(await this.section("contact").isVisible())) await this.openSection("contact");
      await this.field("phone").fill(person.phone);
    }
    if (person.document) {
      await this.addRow("document");
      await this.field("document_type").selectOption(person.document.type);
      await this.field("document_number").fill(person.document.number);
    }
    if (person.consents) await this.consentBySpeech(person.consents);
  }

  /** The focal point agrees by word, before a witness. */
  async consentBySpeech(witness: string): Promise<void> {
    await this.addRow("consent");
    await this.answer("consent_decision", "yes").check();
    await this.answer("consent_form", "spoken").check();
    await this.field("consent_witness").fill(witness);
  }

  async typeDate(key: string, [day, month, year]: [string, string, string], within = this.form): Promise<void> {
    const first = this.field(key, within);
    const id = await first.getAttribute("id");
    await first.fill(day);
    await this.form.locator(`#${id}-month`).fill(month);
    await this.form.locator(`#${id}-year`).fill(year);
  }

  /** Only the year of birth is known. */
  async typeYear(year: string): Promise<void> {
    const id = await this.field("dob").getAttribute("id");
    await this.form.locator(`#${id}-unsure`).check();
    await this.form.locator(`#${id}-year-only`).check();
    await this.form.locator(`#${id}-year`).fill(year);
  }

  async addPerson(): Promise<void> {
    const cards = this.people.getByRole("listitem");
    const before = await cards.count();
    await this.people.getByRole("button", { name: say("member_add") }).click();
    await expect(cards).toHaveCount(before + 1);
    await expect(this.field("given_names")).toHaveValue("");
  }

  /** Opens a person of the family. */
  async show(name: string | RegExp): Promise<void> {
    await this.people.getByRole("link", { name }).click();
  }

  /** Opens what is asked about the family as a whole. */
  async showPlace(): Promise<void> {
    await this.show(starting(say("place_title")));
    await expect(this.field("arrival_date")).toBeVisible();
  }

  /** Types a whole family. */
  async typeFamily(family: Family): Promise<void> {
    for (const [at, person] of family.people.entries()) {
      if (at > 0) await this.addPerson();
      await this.type(person);
    }
    const { address, province, arrival, entryPoint } = family;
    if (!address && !province && !arrival && !entryPoint) return;
    await this.showPlace();
    if (arrival) await this.typeDate("arrival_date", arrival);
    if (entryPoint) await this.field("entry_point").selectOption(entryPoint);
    if (province) await this.field("province").selectOption(province);
    if (address) await this.field("address_text").fill(address);
  }

  /** Finishes: nothing is missing and nothing doubtful. Gives the group's address. */
  async finish(): Promise<string> {
    await this.saveButton.click();
    return this.saved();
  }

  /** Saves what there is, although something is missing. Gives the group's address. */
  async saveAsIs(): Promise<string> {
    await this.saveButton.click();
    await this.findings.getByRole("button", { name: say("save_as_is") }).click();
    return this.saved();
  }

  /** Saves, whatever is missing or doubtful. Gives the group's address. */
  async saveAnyway(): Promise<string> {
    await this.saveButton.click();
    const anyway = this.findings.getByRole("button", { name: new RegExp(`${say("save_as_is")}|${say("finish_anyway")}`) });
    const saved = this.page.getByRole("link", { name: say("family_see") });
    await expect(anyway.or(saved)).toBeVisible();
    if (await anyway.isVisible()) await anyway.click();
    return this.saved();
  }

  /** Waits until a new family is saved; gives the group's address. */
  async saved(): Promise<string> {
    await expect(this.page).toHaveURL(/\/saved\/[0-9a-f-]+$/);
    return new URL(this.page.url()).pathname.replace("/saved/", "/groups/");
  }

  /** Waits until what was changed of a family is saved, and its page is there. */
  async changed(): Promise<void> {
    await expect(this.page).toHaveURL(/\/groups\/[0-9a-f-]+$/);
  }

  /** The same, where something is doubtful and may be so. */
  async changedAnyway(): Promise<void> {
    await this.findings.getByRole("button", { name: say("finish_anyway") }).click();
    await this.changed();
  }

  /** Registers a family from an open form and sees that it lies here. */
  async register(family: Family): Promise<string> {
    await this.typeFamily(family);
    const group = family.complete ? await this.finish() : await this.saveAsIs();
    await expect(this.page.getByText(nameOf(family.people[0]), { exact: true })).toBeVisible();
    return group;
  }
}
