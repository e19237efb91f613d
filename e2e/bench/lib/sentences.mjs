// The app's own sentences and questions, from the files that it speaks from: a better wording changes no measure.
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const sentences = new Map();
for (const line of fs.readFileSync(path.join(ROOT, 'app/locales/es.toml'), 'utf8').split('\n')) {
  const [, key, text] = /^([a-z0-9_]+) = "(.*)"$/.exec(line.trim()) ?? [];
  if (key) sentences.set(key, text);
}

/** A sentence in Spanish, with its blanks filled in. */
export function say(key, blanks = {}) {
  const text = sentences.get(key);
  if (text === undefined) throw new Error(`app/locales/es.toml lacks ${key}`);
  return text.replace(/\{(\w+)\}/g, (blank, name) => blanks[name] ?? blank);
}

/** Plain rows of a table whose cells hold no line ends: columns by name. */
function table(name) {
  const [heads, ...rows] = fs.readFileSync(path.join(ROOT, `public/tables/${name}.csv`), 'utf8').split('\n').filter(Boolean).map(cells);
  return rows.map((row) => Object.fromEntries(heads.map((head, at) => [head, row[at] ?? ''])));
}

function cells(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

const lists = table('lists');

/** A code of a short list, in Spanish. */
export function code(list, code) {
  const found = lists.find((it) => it.list === list && it.code === code);
  if (!found) throw new Error(`lists.csv lacks ${code} of ${list}`);
  return found.label_es;
}
