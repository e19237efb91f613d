// A flood of junk pre-registrations against the server, with staff at work and real families among it. The flood is a program of its
// own with the lowest priority: its own work is not the server's. All come through a proxy that names 300 blocks of addresses, the
// families 40 others.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { quiet } from '../lib/machine.mjs';
import { startOffice } from '../lib/office.mjs';

const LETTERS = 100_000;
const FAMILIES = 200;
/** Who looks for families by their reference: each may ask sixty times at once. */
const STAFF = 4;

export async function measure(options, { log }) {
  if (!options.server || !options.flood || !options.site) return null;
  await quiet(options.quiet);
  const work = path.join(options.work, 'flood');
  const more = ['--public-url', 'https://amparo.example'];
  const office = await startOffice({ server: options.server, site: options.site, work, demo: true, more });
  try {
    const url = `http://127.0.0.1:${office.port}`;
    const staff = office.invitations.slice(0, STAFF);
    const data = path.join(work, 'data');
    const args = ['measure', url, data, String(LETTERS), String(FAMILIES), ...staff];
    const { stdout } = await promisify(execFile)(options.flood, args);
    const found = JSON.parse(stdout);
    log(`${found.letters} letters in ${found.seconds} s, ${found.found} of ${found.families} families found`);
    return found;
  } finally {
    await office.stop();
    fs.rmSync(work, { recursive: true, force: true });
  }
}
