// What stands on a printed page: text and size of the pages in a PDF as Chromium writes it. No reader for PDFs in
// general.
import { inflateSync } from "node:zlib";

/** A page of a PDF. */
export interface PrintedPage {
  /** Width and height in millimetres. */
  size: [number, number];
  /** Its text as it was drawn, one piece after the other. */
  text: string;
}

/** Numbers of glyphs, in hexadecimal, and the letters they stand for. */
type Letters = Map<string, string>;

/** Reads the pages of a PDF. */
export function printedPages(pdf: Buffer): PrintedPage[] {
  const objects = new Map<string, string>();
  // Latin 1 keeps every byte of a packed stream as one letter.
  for (const [, number = "", body = ""] of pdf.toString("latin1").matchAll(/(\d+) 0 obj\b([^]*?)\bendobj/g)) {
    objects.set(number, body);
  }
  const at = (number: string) => objects.get(number) ?? "";
  const pages: PrintedPage[] = [];
  for (const body of objects.values()) {
    if (!/\/Type \/Page\b/.test(body)) continue;
    const [, , , width = "0", height = "0"] = /\/MediaBox \[([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)\]/.exec(body) ?? [];
    const [, contents = ""] = /\/Contents (\d+) 0 R/.exec(body) ?? [];
    const [, named = ""] = /\/Font <<([^>]*)>>/.exec(body) ?? [];
    const fonts = new Map<string, Letters>();
    for (const [, name = "", number = ""] of named.matchAll(/\/(\w+) (\d+) 0 R/g)) {
      const [, map = ""] = /\/ToUnicode (\d+) 0 R/.exec(at(number)) ?? [];
      fonts.set(name, lettersOf(unpacked(at(map))));
    }
    const size: [number, number] = [millimetres(width), millimetres(height)];
    pages.push({ size, text: drawn(unpacked(at(contents)), fonts) });
  }
  return pages;
}

function millimetres(points: string): number {
  return Math.round((Number(points) * 25.4) / 72);
}

/** The stream of an object. */
function unpacked(body: string): string {
  const [before = "", head = ""] = /^([^]*?)stream\r?\n/.exec(body) ?? [];
  // By its length where it says one: a packed stream may end in a byte that looks like the end of a line.
  const [, length] = /\/Length (\d+)\b(?! \d+ R)/.exec(head) ?? [];
  const end = length === undefined ? body.search(/\r?\nendstream/) : before.length + Number(length);
  const bytes = Buffer.from(body.slice(before.length, end), "latin1");
  return (head.includes("/FlateDecode") ? inflateSync(bytes) : bytes).toString("latin1");
}

/** The letters of a font, from its table for readers of the screen. */
function lettersOf(map: string): Letters {
  const letters: Letters = new Map();
  const text = (hex: string) => Buffer.from(hex, "hex").swap16().toString("utf16le");
  const number = (hex: string) => Number.parseInt(hex, 16);
  const glyph = (of: number) => of.toString(16).toUpperCase().padStart(4, "0");
  for (const [, lines = ""] of map.matchAll(/beginbfchar([^]*?)endbfchar/g)) {
    for (const [, from = "", to = ""] of lines.matchAll(/<(\w+)> <(\w+)>/g)) letters.set(from.toUpperCase(), text(to));
  }
  for (const [, lines = ""] of map.matchAll(/beginbfrange([^]*?)endbfrange/g)) {
    for (const [, first = "", last = "", to = ""] of lines.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      for (let step = 0; step <= number(last) - number(first); step += 1) {
        letters.set(glyph(number(first) + step), text(glyph(number(to) + step)));
      }
    }
  }
  return letters;
}

/** The text that a page draws. */
function drawn(contents: string, fonts: Map<string, Letters>): string {
  let [text, letters]: [string, Letters] = ["", new Map()];
  for (const [word, font, shown] of contents.matchAll(/\/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\bET\b/g)) {
    if (font !== undefined) letters = fonts.get(font) ?? new Map();
    else if (shown !== undefined) text += (shown.match(/.{4}/g) ?? []).map((it) => letters.get(it.toUpperCase()) ?? "").join("");
    else if (word === "ET") text += " ";
  }
  return text;
}
