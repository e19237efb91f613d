// Somebody looking for people: "given middle family" typed letter by letter, every second family name with one error.
import { generator, makeRecord } from './records.mjs';

/** One typing error: a wrong letter, two letters swapped, or one left out. The first letter is always right. */
function mistype(name, next) {
  const at = 1 + Math.floor(next() * (name.length - 2));
  const kind = Math.floor(next() * 3);
  if (kind === 0) return `${name.slice(0, at)}e${name.slice(at + 1)}`;
  if (kind === 1) return name.slice(0, at) + name[at + 1] + name[at] + name.slice(at + 2);
  return name.slice(0, at) + name.slice(at + 1);
}

/** `targets` people among the first `count`: their id, whether there is an error, and what stands in the box step by step. */
export function keystrokes(count, targets = 40) {
  const next = generator(42);
  return Array.from({ length: targets }, (_, nth) => {
    const record = makeRecord(Math.floor(next() * count));
    const typo = nth % 2 === 1;
    const family = typo ? mistype(record.family, next) : record.family;
    const full = `${record.given} ${record.middle} ${family}`;
    const steps = [];
    for (let length = 2; length <= full.length; length++) {
      if (full[length - 1] !== ' ') steps.push(full.slice(0, length));
    }
    return { id: record.id, typo, steps };
  });
}
