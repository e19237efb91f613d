// The figures of the last run of each measure, kept in one file.
import fs from 'node:fs';
import path from 'node:path';

const FILE = path.resolve(import.meta.dirname, '../results/latest.json');

/** What has been measured so far: measure name to what it found, with when and where. */
export function readResults() {
  return fs.existsSync(FILE) ? JSON.parse(fs.readFileSync(FILE, 'utf8')) : {};
}

/** Keeps what one measure found; the others stay. */
export function keep(name, found) {
  const results = { ...readResults(), [name]: found };
  fs.mkdirSync(path.dirname(FILE), { recursive: true });
  fs.writeFileSync(FILE, `${JSON.stringify(results, shorten)}\n`);
}

/** Three digits after the point are more than any of these figures holds. */
function shorten(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value;
}
