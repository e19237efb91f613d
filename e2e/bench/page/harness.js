// Runs the workloads on an adapter, inside the page. `window.H` is what the measures call from outside.
import { keystrokes } from '../lib/keystrokes.mjs';
import { makeRecord, makeRecords } from '../lib/records.mjs';

const now = () => performance.now();

/** Puts `window.H` in place. See adapters/README.md for what an adapter is. */
export function install(adapter) {
  window.H = {
    /** Resolves when the adapter can be called. */
    ready: Promise.resolve(adapter.ready?.()).then(() => true),

    open: (password) => adapter.open(password),
    close: () => adapter.close(),
    calibrate,

    /** Milliseconds to import `count` people; preparing what others would have sent is not counted. */
    async bulk(count, from) {
      const records = makeRecords(count, from);
      const prepared = adapter.prepare ? await adapter.prepare(records) : records;
      const start = now();
      await adapter.bulk(prepared);
      return now() - start;
    },

    /** Milliseconds of each of `count` single saves, every one awaited until it is on the disk when `strict`. */
    async saves(count, from, strict) {
      const latencies = [];
      for (let i = 0; i < count; i++) {
        const record = makeRecord(from + i);
        await adapter.beforeSave?.(record);
        const start = now();
        await adapter.save(record, { strict });
        latencies.push(now() - start);
      }
      return latencies;
    },

    /** From "password typed" to the first answered query, and the steps in between. */
    async unlock(password, query) {
      const start = now();
      const opened = await adapter.open(password);
      const loaded = await adapter.load();
      const asked = now();
      const hits = await adapter.search(query);
      const end = now();
      return { ...opened, ...loaded, total: end - start, afterKey: end - start - opened.kdf, query: end - asked, hits: hits.length };
    },

    memory: () => adapter.memory?.() ?? 0,

    type: (count) => type(adapter, count),

    /** Sends everything unsent; how long it took and how many people went. */
    async push(url) {
      const start = now();
      const { n } = await adapter.push(url);
      return { ms: now() - start, n };
    },
  };
}

/** A fixed loop: how fast this machine is just now. */
function calibrate() {
  const start = now();
  let x = 1;
  for (let i = 0; i < 3e7; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return { ms: now() - start, x };
}

/** Types the keystroke script over `count` people: milliseconds a keystroke, and how often the person was found. */
export async function type(adapter, count) {
  const keys = keystrokes(count);
  for (const key of keys.slice(0, 5)) await adapter.search(key.steps[3]);
  const latencies = [];
  const found = { exact: 0, typo: 0 };
  for (const key of keys) {
    let hits = [];
    for (const step of key.steps) {
      const start = now();
      hits = await adapter.search(step);
      latencies.push(now() - start);
    }
    if (hits.slice(0, 20).includes(key.id)) found[key.typo ? 'typo' : 'exact']++;
    await new Promise((done) => setTimeout(done));
  }
  const half = keys.length / 2;
  return {
    latencies,
    recall: (found.exact + found.typo) / keys.length,
    recallExact: found.exact / half,
    recallTypo: found.typo / half,
  };
}
