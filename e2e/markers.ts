// Words that stand nowhere else in the world, typed wherever people type, to be looked for afterwards.
import type { Family, Person } from "./people.ts";

/** Made-up words of letters only, because names have no digits; each is different from all others in every part. */
export class Markers {
  /** Every word made so far. */
  readonly words: string[] = [];
  #random: number;

  constructor(seed: number) {
    this.#random = seed;
  }

  /** A name of twelve letters. */
  name(): string {
    const name = Array.from({ length: 6 }, () => this.#pick("bdfgjklmnprstvwxz") + this.#pick("aeiou")).join("");
    this.words.push(name);
    return name.charAt(0).toUpperCase() + name.slice(1);
  }

  /** A number of a paper: letters and digits. */
  paper(): string {
    const paper = `XW${this.#digits(9)}Q`;
    this.words.push(paper.toLowerCase());
    return paper;
  }

  /** A phone of Panama, as it is kept. */
  phone(): string {
    const phone = `+5076${this.#digits(7)}`;
    this.words.push(phone.slice(1));
    return phone;
  }

  /** A family whose every word is a marker. */
  family(size: number): Family {
    const people = Array.from({ length: size }, (_, at) => this.#person(at === 0 ? undefined : "DAU"));
    const [focal = this.#person(undefined), ...others] = people;
    return { people: [focal, ...others], address: `${this.name()} ${this.name()}` };
  }

  #person(relationship: string | undefined): Person {
    return {
      given: this.name(),
      surname1: this.name(),
      surname2: this.name(),
      sex: "F",
      born: "1991",
      document: { type: "PASSPORT", number: this.paper() },
      phone: this.phone(),
      ...(relationship ? { relationship } : {}),
    };
  }

  #digits(length: number): string {
    return Array.from({ length }, () => this.#pick("0123456789")).join("");
  }

  /** A simple generator of numbers: the same seed gives the same words, so that a find can be found again. */
  #pick(letters: string): string {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return letters.charAt(Math.floor((this.#random / 2 ** 32) * letters.length));
  }
}
