// The team's board over everybody's services: from a vault just opened to the numbers, and again after one of them changed.
import fs from 'node:fs';
import path from 'node:path';
import { pageMemory, slowDown, storedBytes, withPage } from '../lib/browser.mjs';
import { quiet } from '../lib/machine.mjs';
import { startServer } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';
import { importMany, PASSWORD } from './store.mjs';

/** People whose services come in one go. */
const PART = 10_000;
const OPENINGS = 3;
const SPEEDS = [1, 4];

export async function measure(options, { pages, log }) {
  if (!options.site || options.big === 0) return null;
  const server = await startServer({ folders: [pages, options.site], work: path.join(options.work, 'board-server') });
  const profile = path.join(options.work, 'board');
  const found = { people: options.big, speeds: Object.fromEntries(SPEEDS.map((speed) => [speed, []])) };
  const open = async (work) => {
    await quiet(options.quiet);
    return withPage(profile, `${server.origin}/harness/amparo.html`, work);
  };
  try {
    await open((page) => importMany(page, options.big));
    const before = storedBytes(profile);
    found.services = await open((page) => importServices(page, options.big));
    found.bytes = (storedBytes(profile) - before) / found.services;
    log(`  ${found.services} services, ${found.bytes.toFixed(0)} bytes each on the disk`);
    for (let run = 0; run < options.runs * OPENINGS; run++) {
      for (const speed of SPEEDS) {
        const once = await open((page) => showBoard(page, speed));
        found.speeds[speed].push(once);
        if (once.shown !== (found.shown ??= once.shown)) throw new Error(`another board: ${once.shown}`);
      }
    }
    // Last, because it changes what is shown.
    found.changed = await open((page) => changeOne(page, options.runs));
  } finally {
    server.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
  for (const speed of SPEEDS) {
    const of = (figure) => median(found.speeds[speed].map(figure)).toFixed(0);
    log(`  ${speed}×: known ${of((it) => it.known)} ms, counted ${of((it) => it.counted)} ms, shown ${of((it) => it.all)} ms`);
  }
  log(`  after a change at 4×: ${median(found.changed).toFixed(0)} ms; ${found.shown}`);
  return found;
}

/** Gives how many services there are. */
async function importServices(page, people) {
  await page.evaluate((password) => H.unlock(password, 'ma'), PASSWORD);
  for (let from = 0; from < people; from += PART) {
    await page.evaluate(
      async ([from, to]) => {
        const { app } = globalThis.amparo;
        await app.collect(app.prepare_services(from, to));
      },
      [from, Math.min(people, from + PART)],
    );
  }
  const services = await page.evaluate(() => globalThis.amparo.app.services());
  await page.evaluate(() => H.close());
  return services;
}

/** What a board takes in a page that has just opened the vault, and what it takes once more with nothing changed. */
async function showBoard(page, speed) {
  const { afterKey } = await page.evaluate((password) => H.unlock(password, 'ma'), PASSWORD);
  await page.evaluate(() => globalThis.amparo.app.read_tables());
  const memoryBefore = await pageMemory(page);
  await slowDown(page, speed);
  const shown = () =>
    page.evaluate(async () => {
      const { app } = globalThis.amparo;
      const begun = performance.now();
      await app.services();
      const known = performance.now();
      const shown = await app.board();
      const end = performance.now();
      return { shown, known: known - begun, counted: end - known, all: end - begun };
    });
  const first = await shown();
  const again = await shown();
  await slowDown(page, 1);
  return { ...first, again: again.all, unlocked: afterKey, memory: (await pageMemory(page)) - memoryBefore };
}

/** Milliseconds of a board after one service was answered, at 4×, while whoever shows the board still holds the list. */
async function changeOne(page, times) {
  await page.evaluate((password) => H.unlock(password, 'ma'), PASSWORD);
  await page.evaluate(() => globalThis.amparo.app.board());
  await slowDown(page, 4);
  const took = [];
  for (let nth = 0; nth < times * OPENINGS; nth++) {
    took.push(
      await page.evaluate(async () => {
        const { app } = globalThis.amparo;
        await app.answer_one();
        const begun = performance.now();
        await app.board();
        return performance.now() - begun;
      }),
    );
  }
  return took;
}
