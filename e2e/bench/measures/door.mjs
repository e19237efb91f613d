// The applicants' door over a thin line on a slow phone: how long until the first words can be read and until the first question
// can be answered, at the first visit, and at a later one with no line at all.
import path from 'node:path';
import { launch, slowDown } from '../lib/browser.mjs';
import { quiet } from '../lib/machine.mjs';
import { startOffice } from '../lib/office.mjs';
import { startSlowLine } from '../lib/slowline.mjs';

/** Far from a mast, where many arrive. */
const THIN_LINE = { bitsPerSecond: 50_000, roundTripMs: 500, loss: 0 };
const SLOWDOWN = 6;
const PATIENCE = 4 * 60_000;
const PHONE = { viewport: { width: 360, height: 740 } };

export async function measure(options, { log }) {
  if (!options.dist || !options.server) return null;
  const work = path.join(options.work, 'door');
  const found = { words: [], usable: [], again: [], bytes: [] };
  const office = await startOffice({ server: options.server, site: options.dist, work: path.join(work, 'office') });
  const line = await startSlowLine(office.port);
  try {
    for (let run = 0; run < options.runs; run++) {
      await quiet(options.quiet);
      const profile = path.join(work, `phone-${run}`);
      const url = `http://localhost:${line.port}/apply`;
      line.set(THIN_LINE);
      line.reset();
      const first = await start(profile, url, () => found.bytes.push(line.read().down));
      // The rest, such as other languages, comes over a good line: it is not waited for by anybody.
      line.set(null);
      await settle(profile, url);
      const again = await start(profile, url, () => {}, { offline: true });
      found.words.push(first.words);
      found.usable.push(first.usable);
      found.again.push(again.usable);
      log(`run ${run + 1}: words after ${first.words.toFixed(0)} ms, usable after ${first.usable.toFixed(0)} ms, again after ${again.usable.toFixed(0)} ms`);
    }
  } finally {
    line.close();
    await office.stop();
  }
  return found;
}

/** One visit: milliseconds until the first words are painted, and until the program answers to a touch. */
async function start(profile, url, then, more = {}) {
  const context = await launch(profile, { ...PHONE, ...more });
  try {
    await context.addInitScript(probe);
    const page = context.pages()[0] ?? (await context.newPage());
    await slowDown(page, SLOWDOWN);
    await page.goto(url, { waitUntil: 'commit', timeout: PATIENCE });
    await page.waitForFunction(() => globalThis.answered, null, { timeout: PATIENCE, polling: 50 });
    then();
    return await page.evaluate(() => globalThis.answered);
  } finally {
    await context.close();
  }
}

/** Waits until the worker has kept everything. */
async function settle(profile, url) {
  const context = await launch(profile, PHONE);
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(url, { timeout: PATIENCE });
    await page.waitForFunction(() => navigator.serviceWorker.ready.then((it) => it.active?.state === 'activated'), null, { timeout: PATIENCE });
  } finally {
    await context.close();
  }
}

/** Runs in the page before its scripts: presses «Empezar» as soon as the program shows it, until the next page stands there. */
function probe() {
  const attempt = () => {
    const begin = document.querySelector('.door__page .door__go');
    if (location.pathname === '/apply') begin?.click();
    const there = location.pathname !== '/apply' && document.querySelector('.door__page h1');
    if (!there) return setTimeout(attempt, 4);
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    globalThis.answered = { usable: performance.now(), words: paint?.startTime ?? performance.now() };
  };
  attempt();
}
