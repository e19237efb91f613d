// Chance that can be had again: the same seed throws the same numbers.

export class Dice {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** The seed that somebody asked for, or a new one. */
  static seed(): number {
    const asked = Number(process.env.AMPARO_SEED);
    return Number.isSafeInteger(asked) && asked > 0 ? asked : Math.floor(Math.random() * 2 ** 31) + 1;
  }

  /** Another one, which goes its own way from here. */
  another(nth: number): Dice {
    return new Dice(Math.imul(this.seed + nth + 1, 0x9e37_79b1) >>> 0);
  }

  /** A whole number from 0 up to, and without, this one. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** Whether something of this likelihood happens. */
  happens(likelihood: number): boolean {
    return this.#next() < likelihood;
  }

  /** mulberry32: small, and good enough to choose moments. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** How often a long loop goes round: what the environment says, or few times. */
export function times(name: string, few: number): number {
  const asked = Number(process.env[name]);
  return Number.isSafeInteger(asked) && asked > 0 ? asked : few;
}

/** The one line that a loop says of itself; `cargo xtask ci` and `soak` read it. */
export function tell(what: string, figures: string, seed: number | string, began: number): void {
  console.log(`figures | ${what} | ${figures} | seed ${seed} | ${Math.round((Date.now() - began) / 1000)} s`);
}
