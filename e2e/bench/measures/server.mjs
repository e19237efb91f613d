// The server under load: the made-up caseload comes in over the same road as any other, from a program of its own on the same
// machine, into an empty ledger. Every run begins with a new one.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { quiet } from '../lib/machine.mjs';
import { startOffice } from '../lib/office.mjs';

/** What `amparo load` says when it is done, and what each number is. */
const SAID =
  /Loaded (?<people>\d+) people in (?<groups>\d+) groups, \d+ services \((?<before>\d+) here before, (?<refused>\d+) refused\): (?<rate>\d+) entries\/s, parcels p99 (?<p99>\d+) ms, sealed in (?<sealed>\d+) ms, (?<wire>\d+) bytes a person on the wire \((?<five>\d+) in a family of five\), (?<ledger>\d+) ledger bytes a person/;

export async function measure(options, { log }) {
  if (!options.server || !options.site) return null;
  const found = { runs: [] };
  for (let run = 0; run < options.runs; run++) {
    await quiet(options.quiet);
    const work = path.join(options.work, `office-${run}`);
    found.runs.push(await load(options, work));
    fs.rmSync(work, { recursive: true, force: true });
    const { rate, p99 } = found.runs[run];
    log(`run ${run + 1}: ${rate} entries/s, p99 ${p99} ms`);
  }
  return found;
}

/**
 * Loads the caseload once, into a new office in `work` that so many processes serve; `more` are further arguments for them.
 * Gives what `amparo load` says, as numbers.
 */
export async function load({ server, site }, work, { processes = 1, more = [] } = {}) {
  const offices = [];
  try {
    for (let nth = 0; nth < processes; nth++) offices.push(await startOffice({ server, site, work, demo: false, more }));
    const urls = offices.map(({ port }) => `http://127.0.0.1:${port}`).join(',');
    const { stdout } = await promisify(execFile)(server, ['load', '--url', urls, '--data', path.join(work, 'data')]);
    const said = stdout.match(SAID)?.groups;
    if (!said) throw new Error(`amparo load said: ${stdout}`);
    return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, Number(value)]));
  } finally {
    for (const office of offices) await office.stop();
  }
}
