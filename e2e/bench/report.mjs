// Writes the figures of the last runs into BENCHMARKS.md, between its markers. What stands around them is for people to write.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readResults } from './lib/results.mjs';
import { SECTIONS } from './lib/sections.mjs';

const FILE = path.resolve(import.meta.dirname, '../../BENCHMARKS.md');

/** Puts every section's figures in place of the old ones. */
export function writeReport() {
  const results = readResults();
  let text = fs.readFileSync(FILE, 'utf8');
  for (const [name, section] of Object.entries(SECTIONS)) {
    const [begin, end] = [`<!-- figures: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`BENCHMARKS.md has no place for the figures of ${name}`);
    text = `${text.slice(0, from + begin.length)}\n${section(results).trim()}\n${text.slice(to)}`;
  }
  fs.writeFileSync(FILE, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeReport();
