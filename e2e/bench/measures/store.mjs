// The store's workloads on every store in one run: import, save, unlock to first answer, bytes at rest, memory.
import fs from 'node:fs';
import path from 'node:path';
import { pageMemory, slowDown, storedBytes, withPage } from '../lib/browser.mjs';
import { quiet } from '../lib/machine.mjs';
import { makeRecord } from '../lib/records.mjs';
import { startServer } from '../lib/server.mjs';

export const PASSWORD = 'correct horse battery staple';
/** Single saves begin here, far from everything imported. */
const FIRST_SAVE = 1_000_000;
const IMPORT_PART = 10_000;
/** What is typed first after unlocking. */
const QUERY = makeRecord(4321).family.slice(0, 4);

export async function measure(options, { pages, log }) {
  const folders = options.site ? [pages, options.site] : [pages];
  const server = await startServer({ folders, work: path.join(options.work, 'server') });
  const stores = options.stores.filter((name) => name !== 'amparo' || options.site);
  const { n, big, saves } = options;
  const found = { n, big, saves, runs: [] };
  const bench = { options, server, log };
  try {
    for (let run = 0; run < options.runs; run++) {
      const result = { idle: [], stores: {} };
      found.runs.push(result);
      // Nobody is always first: a machine warms up.
      const turn = run % stores.length;
      for (const name of [...stores.slice(turn), ...stores.slice(0, turn)]) {
        log(`run ${run + 1}: ${name}`);
        const step = new Step(bench, name, result.idle);
        result.stores[name] = { ...(await small(step, `${name}-${run}`)), ...(await large(step, run)) };
      }
    }
  } finally {
    server.close();
  }
  return found;
}

/** One store's page in a browser of its own, opened when the machine is quiet. */
class Step {
  constructor({ options, server, log }, name, idle) {
    Object.assign(this, { options, server, log, name, idle });
  }

  profile(label) {
    return path.join(this.options.work, label);
  }

  async run(profile, work) {
    this.idle.push(await quiet(this.options.quiet));
    return withPage(profile, `${this.server.origin}/harness/${this.name}.html`, work);
  }
}

/** Import, single saves at full speed and slowed down, then unlock and push in a new browser. */
async function small(step, label) {
  const { n, saves } = step.options;
  const profile = step.profile(label);
  const found = await step.run(profile, async (page) => {
    const found = { calibration: (await page.evaluate(() => H.calibrate())).ms };
    found.opened = await page.evaluate((password) => H.open(password), PASSWORD);
    found.importMs = await page.evaluate((n) => H.bulk(n, 0), n);
    const save = (from) => page.evaluate(([k, from]) => H.saves(k, from, true), [saves, from]);
    found.save = await save(FIRST_SAVE);
    await slowDown(page, 6);
    found.saveSlow = await save(FIRST_SAVE + saves);
    await slowDown(page, 1);
    await page.evaluate(() => H.close());
    return found;
  });
  found.people = n + 2 * saves;
  found.bytes = storedBytes(profile);
  Object.assign(
    found,
    await step.run(profile, async (page) => {
      const unlock = await page.evaluate(([password, query]) => H.unlock(password, query), [PASSWORD, QUERY]);
      step.server.bytes.reset();
      const push = await page.evaluate((url) => H.push(url), `${step.server.origin}/push`);
      return { unlock, push: { ...push, ...step.server.bytes.read() } };
    }),
  );
  fs.rmSync(profile, { recursive: true, force: true });
  step.log(`  import ${rate(n, found.importMs)}/s, unlocked ${found.unlock.afterKey.toFixed(0)} ms after the key`);
  return found;
}

/** Unlock with many people, who are imported once, in the first run. */
async function large(step, run) {
  const { big, runs } = step.options;
  if (big === 0) return {};
  const profile = step.profile(`${step.name}-big`);
  const found = {};
  if (run === 0) {
    found.importBigMs = await step.run(profile, (page) => importMany(page, big));
    found.bytesBig = storedBytes(profile);
  }
  await step.run(profile, async (page) => {
    found.unlockBig = await page.evaluate(([password, query]) => H.unlock(password, query), [PASSWORD, QUERY]);
    found.memoryBig = await pageMemory(page);
  });
  if (run === runs - 1) fs.rmSync(profile, { recursive: true, force: true });
  step.log(`  ${big}: unlocked ${found.unlockBig.afterKey.toFixed(0)} ms after the key`);
  return found;
}

/** Imports `count` people part by part, so that only the store is large and not the page. Gives milliseconds. */
export async function importMany(page, count) {
  await page.evaluate((password) => H.open(password), PASSWORD);
  let ms = 0;
  for (let from = 0; from < count; from += IMPORT_PART) {
    ms += await page.evaluate(([k, from]) => H.bulk(k, from), [Math.min(IMPORT_PART, count - from), from]);
  }
  await page.evaluate(() => H.close());
  return ms;
}

const rate = (count, ms) => Math.round((count / ms) * 1000);
