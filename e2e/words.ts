// The sentences of the app, from the file that the app itself speaks from: a test names what it means, and a better
// wording breaks nothing.
import { readFileSync } from "node:fs";

function read(path: string): Map<string, string> {
  const sentences = new Map<string, string>();
  for (const line of readFileSync(new URL(`../${path}`, import.meta.url), "utf8").split("\n")) {
    const [, key, text] = /^([a-z0-9_]+) = "(.*)"$/.exec(line.trim()) ?? [];
    if (key !== undefined && text !== undefined) sentences.set(key, text);
  }
  return sentences;
}

const sentences = read("app/locales/es.toml");

/** A sentence of the applicants' door, with its blanks filled in. */
export function tell(key: string, blanks: Record<string, string> = {}, language = "es"): string {
  const file = `app/apply/locales/${language}.toml`;
  const text = read(file).get(key);
  if (text === undefined) throw new Error(`${file} lacks ${key}`);
  return fill(text, blanks);
}

/** A sentence in Spanish, with its blanks filled in. */
export function say(key: string, blanks: Record<string, string> = {}): string {
  const text = sentences.get(key);
  if (text === undefined) throw new Error(`app/locales/es.toml lacks ${key}`);
  return fill(text, blanks);
}

/** A sentence about a number of things. */
export function count(key: string, number: number): string {
  const forms = say(key).split(" | ");
  return fill(forms[number === 1 ? 0 : forms.length - 1] ?? "", { n: figure(number) });
}

/** A number as the app writes it: thousands apart by a narrow space. */
export function figure(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Text that begins with a sentence: labels may carry "(si lo hay)" behind them. */
export function starting(text: string): RegExp {
  return new RegExp(`^${escape(text)}(\\s|$)`);
}

/** A sentence with whatever stands in its blanks. */
export function pattern(key: string): RegExp {
  return new RegExp(
    say(key)
      .split(/\{\w+\}/)
      .map(escape)
      .join(".+"),
  );
}

/** A sentence about any number of things. */
export function anyCount(key: string): RegExp {
  const forms = say(key).split(" | ");
  return new RegExp(forms.map((form) => form.split("{n}").map(escape).join("[\\d\u202f]+")).join("|"));
}

/** A number of things, wherever it stands. */
export function counted(key: string, number: number): RegExp {
  return new RegExp(`(^|[^\\d])${escape(count(key, number))}`);
}

function fill(text: string, blanks: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (blank, name: string) => blanks[name] ?? blank);
}

export function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
