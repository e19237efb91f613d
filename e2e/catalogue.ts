// The questions, as the app itself reads them: public/tables. A test names a field by its key, and a better label or
// another order breaks nothing.
import { readFileSync } from "node:fs";

/** A row of a table: cells by column. */
export type Row = Record<string, string>;

/** The stages of a registration, in their order. */
export const STAGES = ["e1", "e2", "full"] as const;
export type Stage = (typeof STAGES)[number];

/** A field as `fields.csv` describes it. */
export interface Field extends Row {
  kind: string;
  key: string;
  section: string;
  type: string;
  list: string;
  when: string;
  sensitivity: string;
  label_es: string;
}

/** Reads CSV with a line of headings: cells in quotes may hold commas, line ends and doubled quotes. */
export function parseCsv(text: string): Row[] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], "", false];
  const end = () => {
    row.push(cell);
    cell = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (quoted && letter === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"') {
      quoted = !quoted;
    } else if (!quoted && letter === ",") {
      end();
    } else if (!quoted && letter === "\n") {
      end();
      rows.push(row);
      row = [];
    } else if (letter !== "\r" || quoted) {
      cell += letter;
    }
  }
  if (cell || row.length > 0) {
    end();
    rows.push(row);
  }
  const [headings = [], ...body] = rows;
  const named = (cells: string[]) => Object.fromEntries(headings.map((heading, at) => [heading, cells[at] ?? ""]));
  return body.filter((cells) => cells.some(Boolean)).map(named);
}

/** A table of the app. */
export function table(name: string): Row[] {
  return parseCsv(readFileSync(new URL(`../public/tables/${name}.csv`, import.meta.url), "utf8"));
}

/** Every field. */
export const FIELDS = table("fields") as Field[];
const lists = table("lists");

/** A field by its key. */
export function field(key: string): Field {
  const found = FIELDS.find((it) => it.key === key);
  if (!found) throw new Error(`fields.csv lacks ${key}`);
  return found;
}

/** What is asked, in Spanish. */
export function label(key: string): string {
  return field(key).label_es;
}

/** A code of a short list, in Spanish. */
export function code(list: string, code: string): string {
  const found = lists.find((it) => it.list === list && it.code === code);
  if (!found) throw new Error(`lists.csv lacks ${code} of ${list}`);
  return found.label_es ?? "";
}
