// The applicants' door: choosing a PIN and answering the questions, as a family does on its own phone.
import type { Locator, Page } from "@playwright/test";
import type { Device } from "../device.ts";
import { expect } from "../fixtures.ts";
import { tell } from "../words.ts";

/** Somebody of a family, in the words of the form. Codes are those of the tables. */
export interface Person {
  given: string;
  surname: string;
  second?: string;
  /** Code of list `relationship`; none for who fills it in. */
  relation?: string;
  /** Day, month and year as far as they are known, or an age. */
  born: { day?: string; month?: string; year: string } | { age: string };
  /** Code of list `sex`, where the relation does not say it. */
  sex?: string;
  nationality: string;
  /** Who answers for a child whose relation does not say it. */
  carer?: string;
}

/** A mother, her husband, a daughter, and a nephew whose age alone is known. */
export const FAMILY: readonly Person[] = [
  { given: "Yorleny del Carmen", surname: "Ñáñez", second: "Uribe", born: { day: "2", month: "3", year: "1991" }, sex: "F", nationality: "VEN" },
  { given: "Wilmer", surname: "de la Hoz", relation: "HUS", born: { month: "7", year: "1988" }, nationality: "VEN" },
  { given: "Zoe", surname: "de la Hoz", second: "Ñáñez", relation: "DAU", born: { day: "30", month: "10", year: "2024" }, nationality: "PAN" },
  { given: "Brayan", surname: "Uribe", relation: "NEP", born: { age: "14" }, nationality: "VEN", carer: "Wilmer de la Hoz" },
];

/** Numbers of fields, as ids of inputs have them (`domain/src/field.rs`). */
const FIELD = {
  province: 4, address: 6, arrival: 7, entry: 8, relation: 41, given: 42, surname: 43, second: 44, sex: 49, dob: 50,
  nationality: 51, phone: 52, shared: 65, channel: 66, main: 69, interview: 70, pregnant: 87, carer: 90, ill: 93, consent: 152,
};

export class DoorPage {
  readonly device: Device;
  readonly language: string;
  /** Called at every question, before it is answered. */
  look: (name: string) => Promise<void> = async () => {};

  constructor(device: Device, language = "es") {
    this.device = device;
    this.language = language;
  }

  get page(): Page {
    return this.device.page;
  }

  get title(): Locator {
    return this.page.getByRole("heading", { level: 1 });
  }

  say(key: string, blanks: Record<string, string> = {}): string {
    return tell(key, blanks, this.language);
  }

  button(key: string, blanks: Record<string, string> = {}): Locator {
    return this.page.getByRole("button", { name: this.say(key, blanks), exact: true });
  }

  /** Opens the door, chooses the language, and begins a family under a PIN. */
  async begin(pin: string): Promise<void> {
    await this.device.visit("/apply");
    if (this.language !== "es") {
      await this.page.getByRole("combobox").selectOption(this.language);
      await expect(this.title).toHaveText(this.say("welcome_title"));
    }
    await this.button("welcome_begin").click();
    await this.choosePin(pin);
    await expect(this.title).toHaveText(this.say("ask_people_title"));
  }

  /** Types a new PIN twice. */
  async choosePin(pin: string): Promise<void> {
    for (const key of ["keep_pin_choose", "keep_pin_again"]) {
      await expect(this.title).toHaveText(this.say(key));
      await this.page.locator("#pin").fill(pin);
      await this.button("frame_next").click();
    }
  }

  /** Continue; the page after it is another. */
  async next(): Promise<void> {
    const before = this.page.url();
    await this.button("frame_next").click();
    await expect(this.page).not.toHaveURL(before);
  }

  async skip(): Promise<void> {
    const before = this.page.url();
    await this.button("frame_skip").click();
    await expect(this.page).not.toHaveURL(before);
  }

  /** An input of a part's field. */
  input(nth: number, field: number, box = ""): Locator {
    return this.page.locator(`#q${nth}-${field}${box}`);
  }

  /** Chooses one of the cards. */
  async choose(nth: number, field: number, code: string): Promise<void> {
    await this.page.locator(`#q${nth}-${field} input[value="${code}"]`).check();
  }

  async #at(key: string, blanks: Record<string, string> = {}): Promise<void> {
    await expect(this.title).toHaveText(this.say(key, blanks));
    await this.look(key);
  }

  /** All questions, from who comes along to the page with all answers. */
  async fill(people: readonly Person[]): Promise<void> {
    await this.#at("ask_people_title");
    for (const { relation } of people.slice(1)) {
      await this.button(["DAU", "SON", "NEP", "NIE"].includes(relation ?? "") ? "ask_people_add_child" : "ask_people_add_adult").click();
    }
    await expect(this.page.locator(".ask__row")).toHaveCount(people.length);
    await this.next();
    for (const [at, person] of people.entries()) await this.#person(at + 1, person);
    await this.#family();
  }

  async #person(nth: number, person: Person): Promise<void> {
    const first = nth === 1;
    const name = [person.given, person.surname, person.second].filter(Boolean).join(" ");
    const named = async (key: string): Promise<void> => this.#at(first ? `${key}_you` : key, first ? {} : { name: this.#apart(name) });
    await this.#at(first ? "ask_name_title_you" : "ask_name_title", { n: String(nth) });
    await this.input(nth, FIELD.given).fill(person.given);
    await this.input(nth, FIELD.surname).fill(person.surname);
    await this.input(nth, FIELD.second).fill(person.second ?? "");
    await this.next();
    if (person.relation) {
      await this.#at("ask_relation_title", { name: this.#apart(name) });
      await this.choose(nth, FIELD.relation, person.relation);
      await this.next();
    }
    await named("ask_birth_title");
    if ("age" in person.born) {
      await this.page.getByLabel(this.say("date_inexact")).check();
      await this.input(nth, FIELD.dob, "-age").fill(person.born.age);
    } else {
      await this.input(nth, FIELD.dob).fill(person.born.day ?? "");
      await this.input(nth, FIELD.dob, "-month").fill(person.born.month ?? "");
      await this.input(nth, FIELD.dob, "-year").fill(person.born.year);
    }
    await this.next();
    if (person.sex) {
      await named("ask_sex_title");
      await this.choose(nth, FIELD.sex, person.sex);
      await this.next();
    }
    await named("ask_nationality_title");
    await this.#among(nth, FIELD.nationality, person.nationality, "Panam");
    await this.next();
    if (person.carer) {
      await this.#at("ask_carer_title", { name: this.#apart(name) });
      await this.page.getByLabel(person.carer).check();
      await this.next();
    }
  }

  /** Chooses a card, or looks for it where it is not among the likely ones. */
  async #among(nth: number, field: number, code: string, letters: string): Promise<void> {
    const card = this.page.locator(`#q${nth}-${field} input[value="${code}"]`);
    if ((await card.count()) === 0) await this.input(nth, field, "-search").fill(letters);
    await card.check();
  }

  /** Names that run from the left are set apart in sentences that run from the right. */
  #apart(name: string): string {
    return this.language === "ar" ? `\u2068${name}\u2069` : name;
  }

  async #family(): Promise<void> {
    await this.#at("ask_languages_title");
    const own = { es: "spa", ht: "hat", ar: "ara" }[this.language] ?? "spa";
    await this.choose(1, FIELD.main, own);
    await this.input(1, FIELD.interview).selectOption(own);
    await this.next();
    await this.#at("ask_arrival_title");
    await this.input(0, FIELD.arrival, "-month").fill("3");
    await this.input(0, FIELD.arrival, "-year").fill("2026");
    await this.input(0, FIELD.entry).selectOption("tocumen");
    await this.next();
    await this.#at("ask_place_title");
    await this.input(0, FIELD.province).selectOption("PA-5");
    await this.input(0, FIELD.address).fill("Junto a la escuela, casa azul");
    await this.next();
    await this.#at("ask_office_title");
    await expect(this.page.locator('input[value="meteti"]')).toBeChecked();
    await this.next();
    await this.#at("ask_papers_title");
    await this.skip();
    await this.#at("ask_private_title");
    await this.choose(0, 323, "yes");
    await this.next();
    await this.#at("ask_health_title");
    await this.choose(0, FIELD.ill, "no");
    await this.choose(1, FIELD.pregnant, "yes");
    await this.next();
    await this.#at("ask_contact_title");
    await this.choose(1, FIELD.channel, "whatsapp");
    await this.input(1, FIELD.phone).fill("6123-4567");
    await this.choose(1, FIELD.shared, "no");
    await this.next();
    for (const key of ["ask_register_title", "ask_may_contact_title", "ask_may_photo_title"]) {
      await this.#at(key);
      await this.choose(1, FIELD.consent, "yes");
      await this.next();
    }
    await this.#at("ask_check_title");
  }
}
