// A tablet that saves as fast as its store takes it, and may die at any moment. The app's own store, in the browser,
// through the bench page's program (`app/src/bin/bench/kept.rs`); what is saved is known by its number.
import { expect } from "@playwright/test";
import { Device } from "./device.ts";
import type { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";
import type { Office, Staff } from "./office.ts";

const PASSPHRASE = "abaco abdomen abeja abierto abogado";

/** What `kept` says of a number, added up. */
export const ROW = 1;
export const WAITS = 2;
export const DRAFT = 4;

/** What the bench page's program offers. */
interface Bench {
  started(): boolean;
  derive(passphrase: string): Promise<unknown>;
  enrol(link: string, stretched: unknown): Promise<void>;
  reopen(stretched: unknown): Promise<void>;
  recovered(): Promise<boolean>;
  sign_in(): Promise<void>;
  line_of(number: number): string;
  entry_of(number: number): string;
  draft(line: string): Promise<void>;
  save(line: string): Promise<void>;
  kept(from: number, to: number): Promise<Uint8Array>;
  set_aside(): number;
  go(collect: boolean): Promise<{ delivered: number; left: number; trouble: string }>;
}

type Page = typeof globalThis & { bench: Bench; acknowledged(number: number): void; stop?: boolean };

export class Saver {
  /** Numbers of which the page was told that they are saved. */
  readonly acknowledged = new Set<number>();
  /** How often the browser had lost its database, and the app put it together again. */
  recoveries = 0;
  #next = 0;
  /** Below, what was sent before a recovery: its envelopes are with the server alone. */
  #recoveredTo = 0;

  private constructor(readonly device: Device) {}

  static async unpack(office: Office, faults: Faults): Promise<Saver> {
    return new Saver(await Device.unpack(office, faults));
  }

  /** The first number that was never tried. */
  get next(): number {
    return this.#next;
  }

  /** Starts the program on the bench page. */
  async start(): Promise<void> {
    const { device } = this;
    await device.context.exposeBinding("acknowledged", (_, number: number) => {
      this.acknowledged.add(number);
      this.#next = Math.max(this.#next, number + 1);
    });
    await device.visit("/bench.html");
    await device.page.evaluate(async () => {
      const find = async (address: string, what: RegExp) => what.exec(await (await fetch(address)).text())?.[1] ?? "";
      const script = await find("/bench.html", /"(\/start-bench[^"]*\.js)"/);
      await import(script);
      const bench: Bench = await import(await find(script, /from "(\/bench[^"]*\.js)"/));
      Object.assign(globalThis, { bench });
    });
    // Its functions throw until the program is there.
    await expect
      .poll(() => device.page.evaluate(() => {
        try {
          return (globalThis as Page).bench.started();
        } catch {
          return false;
        }
      }), { intervals: [5, 10, 20, 40] })
      .toBe(true);
  }

  /** Joins with an invitation. */
  async join(staff: Staff): Promise<void> {
    const link = await this.device.office.invite(staff);
    await this.device.page.evaluate(
      async ({ link, passphrase }) => {
        const { bench } = globalThis as Page;
        await bench.enrol(link, await bench.derive(passphrase));
      },
      { link, passphrase: PASSPHRASE },
    );
  }

  /** Opens the vault again. That it opens is a part of what is tested. */
  async unlock(): Promise<void> {
    const recovered = await this.device.page.evaluate(async (passphrase) => {
      const { bench } = globalThis as Page;
      await bench.reopen(await bench.derive(passphrase));
      return bench.recovered();
    }, PASSPHRASE);
    if (!recovered) return;
    // The browser threw its database away. What was unsent came back from the second copy; now it goes to the server, and
    // all that is there comes back from it.
    this.recoveries += 1;
    await this.deliverAll();
    await this.collect();
    this.#recoveredTo = this.#next + 2;
  }

  /**
   * Begins to save one number after the other, every third one from a draft, with rounds to the server meanwhile, and
   * comes back at once. It goes on until the tablet dies.
   */
  begin(rounds: boolean): void {
    const saving = this.device.page.evaluate(
      async ({ from, rounds }) => {
        const { bench, acknowledged } = globalThis as Page;
        const deliver = async () => {
          while (rounds) {
            await bench.go(false);
            await new Promise((done) => setTimeout(done, 20));
          }
        };
        void deliver();
        for (let number = from; ; number += 1) {
          const line = bench.line_of(number);
          if (number % 3 === 0) await bench.draft(line);
          await bench.save(line);
          acknowledged(number);
        }
      },
      { from: this.#next, rounds },
    );
    // It ends by the death of the browser, and in no other way.
    saving.catch((fault: Error) => {
      if (!/closed|crashed|Target/.test(fault.message)) this.#broke = fault;
    });
  }

  #broke: Error | undefined;

  /** Waits until so many more were acknowledged, and then some milliseconds; then the battery is torn out. */
  async dieAfter(saves: number, milliseconds: number): Promise<void> {
    const goal = this.acknowledged.size + saves;
    const until = Date.now() + 60_000;
    while (this.acknowledged.size < goal) {
      if (this.#broke) throw this.#broke;
      if (Date.now() > until) throw new Error(`${goal - this.acknowledged.size} saves were not acknowledged in a minute`);
      await new Promise((done) => setTimeout(done, 2));
    }
    await new Promise((done) => setTimeout(done, milliseconds));
    await this.device.kill();
    if (this.#broke) throw this.#broke;
  }

  /** Begins anew over the profile that was left. */
  async rise(): Promise<void> {
    await this.device.switchOn();
    await this.start();
    await this.unlock();
  }

  /**
   * Looks at every number from one on: what was acknowledged is here with row and envelope, and nothing is here by
   * half. Gives how many are here. What was not acknowledged may be here; then its number is not used again.
   */
  async look(from: number): Promise<number> {
    // One more may have been saved without a word.
    const to = this.#next + 2;
    const { kept, sent, aside } = await this.device.page.evaluate(
      async ({ from, to }) => {
        const { bench } = globalThis as Page;
        const done = <T>(request: IDBRequest<T>) =>
          new Promise<T>((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
          });
        const hex = (bytes: Uint8Array) => [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
        const kept = [...(await bench.kept(from, to))];
        const database = await done(indexedDB.open("vault"));
        const keys = (await done(database.transaction("sent").objectStore("sent").getAllKeys())) as ArrayBuffer[];
        database.close();
        const ids = new Set(keys.map((key) => hex(new Uint8Array(key).slice(-16))));
        const sent = kept.map((_, at) => ids.has(bench.entry_of(from + at)));
        return { kept, sent, aside: bench.set_aside() };
      },
      { from, to },
    );
    // Not asserted one by one: the test runner keeps a step for each assertion, and there are many thousands.
    const faults: string[] = aside === 0 ? [] : [`${aside} rows do not open`];
    let here = 0;
    for (const [at, bits] of kept.entries()) {
      const number = from + at;
      const row = (bits & ROW) !== 0;
      const envelope = (bits & WAITS) !== 0 || sent[at] === true;
      if (this.acknowledged.has(number) && !row) faults.push(`${number} was acknowledged, and its row is lost`);
      const recovered = number < this.#recoveredTo;
      if (this.acknowledged.has(number) && !envelope && !recovered) faults.push(`${number} was acknowledged, and its envelope is lost`);
      if (row !== envelope && !recovered) faults.push(`${number} is here by half: row ${row}, envelope ${envelope}`);
      if (row && (bits & DRAFT) !== 0) faults.push(`${number} was saved, and its draft came back`);
      if (row) {
        here += 1;
        this.#next = Math.max(this.#next, number + 1);
      }
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
    return here;
  }

  /** Delivers until nothing is left. */
  async deliverAll(): Promise<void> {
    await expect
      .poll(() => this.device.page.evaluate(async () => (await (globalThis as Page).bench.go(false)).left), { timeout: 120_000 })
      .toBe(0);
  }

  /** Collects everything that is in its reach. */
  async collect(): Promise<void> {
    await this.device.page.evaluate(async () => {
      const { bench } = globalThis as Page;
      await bench.sign_in();
      const { trouble } = await bench.go(true);
      if (trouble) throw new Error(trouble);
    });
  }

  /** Numbers of which this tablet has a record, after it collected everything. */
  async collected(to: number): Promise<Set<number>> {
    await this.collect();
    const rows = await this.device.page.evaluate(async (to) => [...(await (globalThis as Page).bench.kept(0, to))], to);
    return new Set(rows.flatMap((bits, number) => ((bits & ROW) !== 0 ? [number] : [])));
  }
}

/** When to die: after some saves, and some milliseconds on. */
export function moment(dice: Dice, saves: number): [number, number] {
  return [dice.below(2 * saves), dice.below(30)];
}
