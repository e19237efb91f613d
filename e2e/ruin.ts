// What happens to the files in which a browser keeps its databases: every kind of it that was ever seen, made by hand.
import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Numbers that look drawn and are the same for the same seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number below another. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }
}

/** One kind of damage, done to the folder of a profile's databases. */
export interface Ruin {
  name: string;
  /** Whether nothing of the database can be left. */
  total?: boolean;
  /** Whether the browser then opens no database of this origin at all, and cannot be brought to. */
  shut?: boolean;
  harm(profile: string, dice: Dice): void;
}

const databases = (profile: string) => join(profile, "Default", "IndexedDB");

/** The files of the databases whose name matches. */
function files(profile: string, name: RegExp): string[] {
  const found = readdirSync(databases(profile), { recursive: true, withFileTypes: true });
  return found.filter((it) => it.isFile() && name.test(it.name)).map((it) => join(it.parentPath, it.name));
}

/** Where the logs lie: what was written since the browser last tidied up. */
const LOG = /^\d+\.log$/;

function garble(file: string, bytes: number, dice: Dice): void {
  const held = readFileSync(file);
  if (held.length === 0) return;
  for (let nth = 0; nth < bytes; nth += 1) {
    const at = dice.below(held.length);
    held[at] = (held[at] ?? 0) ^ (1 + dice.below(255));
  }
  writeFileSync(file, held);
}

function cut(file: string, size: number): void {
  const open = openSync(file, "r+");
  ftruncateSync(open, size);
  closeSync(open);
}

const all = (profile: string, name: RegExp, harm: (file: string) => void) => files(profile, name).forEach(harm);
const remove = (file: string) => rmSync(file, { force: true });

/** The twelve that every longer run begins with, and more. */
export const RUINS: Ruin[] = [
  { name: "the log is garbled in 4,000 places", harm: (profile, dice) => all(profile, LOG, (file) => garble(file, 4_000, dice)) },
  { name: "the log is cut to half", harm: (profile) => all(profile, LOG, (file) => cut(file, statSync(file).size >> 1)) },
  { name: "the whole folder is gone", total: true, harm: (profile) => rmSync(databases(profile), { recursive: true }) },
  { name: "the log is empty", harm: (profile) => all(profile, LOG, (file) => cut(file, 0)) },
  { name: "MANIFEST is garbled", harm: (profile, dice) => all(profile, /^MANIFEST/, (file) => garble(file, 200, dice)) },
  { name: "CURRENT is gone", harm: (profile) => all(profile, /^CURRENT$/, remove) },
  { name: "the log is gone", harm: (profile) => all(profile, LOG, remove) },
  { name: "the tables and the lock are gone", harm: (profile) => all(profile, /\.ldb$|^LOCK$/, remove) },
  { name: "the log lost its last bytes", harm: (profile, dice) => all(profile, LOG, (file) => cut(file, Math.max(0, statSync(file).size - 1 - dice.below(6_000)))) },
  { name: "sixteen bytes are flipped anywhere", harm: (profile, dice) => all(profile, /^(\d+\.(log|ldb)|MANIFEST.*|CURRENT)$/, (file) => garble(file, 16, dice)) },
  { name: "MANIFEST is gone", shut: true, harm: (profile) => all(profile, /^MANIFEST/, remove) },
  {
    name: "every file is there and empty",
    harm: (profile) => all(profile, /./, (file) => cut(file, 0)),
  },
  { name: "one byte of the log is flipped", harm: (profile, dice) => all(profile, LOG, (file) => garble(file, 1, dice)) },
  { name: "the log is cut anywhere", harm: (profile, dice) => all(profile, LOG, (file) => cut(file, dice.below(statSync(file).size + 1))) },
  {
    name: "a page of the log is zeros",
    harm: (profile, dice) =>
      all(profile, LOG, (file) => {
        const held = readFileSync(file);
        const from = dice.below(held.length + 1);
        writeFileSync(file, held.fill(0, from, from + 4_096));
      }),
  },
  {
    name: "a page of the log was never written",
    harm: (profile, dice) =>
      all(profile, LOG, (file) => {
        const held = readFileSync(file);
        const from = dice.below(held.length + 1);
        writeFileSync(file, Buffer.concat([held.subarray(0, from), held.subarray(from + 4_096)]));
      }),
  },
  // Left by a kill in the middle of writing; a start later Chromium throws the database away for it.
  { name: "the log ends in a bare header", harm: (profile) => all(profile, LOG, (file) => appendFileSync(file, Buffer.of(0, 0, 0, 0, 100, 1, 1))) },
  { name: "the folder of large values is gone", harm: (profile) => rmSync(join(databases(profile), "..", "blob_storage"), { recursive: true, force: true }) },
];

/** The damage of a turn: first each of the list, then any of them at random. */
export function ruinOf(turn: number, dice: Dice): Ruin {
  const at = turn < RUINS.length ? turn : dice.below(RUINS.length);
  const ruin = RUINS[at];
  if (!ruin) throw new Error(`no damage of number ${at}`);
  return ruin;
}
