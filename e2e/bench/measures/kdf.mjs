// Stretching a passphrase on a slow tablet: the costs that a new vault gets first, and the least that is ever accepted.
import path from 'node:path';
import { slowDown, withPage } from '../lib/browser.mjs';
import { quiet } from '../lib/machine.mjs';
import { startServer } from '../lib/server.mjs';
import { PASSWORD } from './store.mjs';

/** `seal::Kdf::STANDARD` and `seal::Kdf::FLOOR`: KiB, passes, lanes. */
const COSTS = { standard: [64 * 1024, 3, 1], floor: [19 * 1024, 2, 1] };
const TIMES = 10;

export async function measure(options, { pages, log }) {
  if (!options.site) return null;
  const server = await startServer({ folders: [pages, options.site], work: path.join(options.work, 'kdf') });
  const found = { runs: [] };
  try {
    for (let run = 0; run < options.runs; run++) {
      await quiet(options.quiet);
      const profile = path.join(options.work, `kdf-${run}`);
      found.runs.push(await withPage(profile, `${server.origin}/harness/amparo.html`, once));
      log(`run ${run + 1}: standard ${found.runs.at(-1).standardSlow[0].toFixed(0)} ms at 6×`);
    }
  } finally {
    server.close();
  }
  return found;
}

/** In the app's own worker at full speed, then on the page itself slowed down: the slowing down does not reach workers. */
async function once(page) {
  const worker = [];
  for (let i = 0; i < TIMES; i++) worker.push((await page.evaluate((password) => H.open(password), PASSWORD)).kdf);
  await slowDown(page, 6);
  const found = { worker };
  for (const [name, costs] of Object.entries(COSTS)) {
    found[`${name}Slow`] = await page.evaluate(stretch, [costs, TIMES]);
  }
  return found;
}

/** Runs in the page. */
function stretch([costs, times]) {
  const took = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    amparo.app.stretch(...costs);
    took.push(performance.now() - start);
  }
  return took;
}
