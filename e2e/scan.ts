// Looks for words in every file of a folder, in the forms in which a program might have let them slip.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a word was found. */
export interface Hit {
  word: string;
  form: string;
  file: string;
}

/** Files of a folder and all folders in it. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Looks for words in files. */
export function scan(folders: string[], words: string[]): Hit[] {
  const needles = words.flatMap((word) => formsOf(word).map(([form, bytes]) => ({ word, form, bytes })));
  const hits: Hit[] = [];
  for (const file of folders.flatMap(filesIn)) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch {
      continue; // Gone since it was listed.
    }
    hits.push(...scanBytes(bytes, needles).map((hit) => ({ ...hit, file })));
  }
  return hits;
}

/** Looks for words in a text, such as a log. */
export function scanText(text: string, words: string[], name: string): Hit[] {
  const needles = words.flatMap((word) => formsOf(word).map(([form, bytes]) => ({ word, form, bytes })));
  return scanBytes(Buffer.from(text), needles).map((hit) => ({ ...hit, file: name }));
}

interface Needle {
  word: string;
  form: string;
  bytes: Buffer;
}

function scanBytes(bytes: Buffer, needles: Needle[]): { word: string; form: string }[] {
  // Hex and names of keys may be written either way; small letters stand for both.
  const small = lowered(bytes);
  return needles.filter((needle) => small.includes(needle.bytes)).map(({ word, form }) => ({ word, form }));
}

/** The forms of a word, their ASCII letters made small. */
export function formsOf(word: string): [string, Buffer][] {
  const utf8 = Buffer.from(word, "utf8");
  const little = Buffer.from(word, "utf16le");
  const forms: [string, Buffer][] = [
    ["UTF-8", utf8],
    ["UTF-16LE", little],
    ["UTF-16BE", Buffer.from(little).swap16()],
    ["hex", Buffer.from(utf8.toString("hex"))],
    ["percent", Buffer.from(encodeURIComponent(word))],
  ];
  // In base64 a word looks different at each of three offsets; only the part that is sure is looked for.
  for (const shift of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(shift), utf8]).toString("base64").replace(/=+$/, "");
    const sure = padded.slice(shift === 0 ? 0 : shift + 1, padded.length - 1);
    forms.push([`base64 at ${shift}`, Buffer.from(sure)]);
  }
  return forms.map(([form, bytes]) => [form, lowered(bytes)]);
}

function lowered(bytes: Buffer): Buffer {
  const small = Buffer.from(bytes);
  for (let at = 0; at < small.length; at += 1) {
    const byte = small[at] ?? 0;
    if (byte >= 0x41 && byte <= 0x5a) small[at] = byte + 0x20;
  }
  return small;
}
