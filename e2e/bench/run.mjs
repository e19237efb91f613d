// Measures the budgets and prints each beside what was measured. `cargo xtask bench` builds what is measured and calls this.
import fs from 'node:fs';
import path from 'node:path';
import { table } from './lib/budgets.mjs';
import { browserVersion } from './lib/browser.mjs';
import { buildPages } from './lib/bundle.mjs';
import { cpuTimes, describe } from './lib/machine.mjs';
import { MEASURES, readOptions } from './lib/options.mjs';
import { keep, readResults } from './lib/results.mjs';
import { writeReport } from './report.mjs';

const options = readOptions();
const started = Date.now();
const log = (line) => console.error(`${((Date.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);

const tools = { pages: await buildPages(), log };
const browser = await browserVersion(path.join(options.work, 'version'));
log(`${browser} on ${describe()}`);

let failed = false;
for (const name of MEASURES.filter((name) => options.only.includes(name))) {
  log(name);
  const { measure } = await import(`./measures/${name}.mjs`);
  const before = cpuTimes();
  try {
    const found = await measure(options, tools);
    const after = cpuTimes();
    const steal = (after.steal - before.steal) / Math.max(1, after.total - before.total);
    if (found) keep(name, { when: new Date().toISOString(), browser, machine: describe(), steal, ...found });
  } catch (error) {
    // One measure that cannot be taken must not cost the others.
    failed = true;
    console.error(`${name} could not be measured: ${error.stack}`);
  }
}
fs.rmSync(options.work, { recursive: true, force: true });

console.log(table(readResults()));
if (options.report) writeReport();
process.exit(failed ? 1 : 0);
