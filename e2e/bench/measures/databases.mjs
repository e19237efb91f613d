// The same load on each database: SQLite, PostgreSQL, and PostgreSQL behind three server processes, in turn within each run.
// Every commit is durable in all of them. The PostgreSQL is one of our own, with its defaults but for the number of connections.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { quiet } from '../lib/machine.mjs';
import { load } from './server.mjs';

/** What is measured, and by how many server processes. */
const CASES = { sqlite: 1, postgres: 1, postgres3: 3 };

export async function measure(options, { log }) {
  if (!options.server || !options.site || !options.postgres) return null;
  const found = { runs: [] };
  for (let run = 0; run < options.runs; run++) {
    const told = {};
    for (const [name, processes] of Object.entries(CASES)) {
      await quiet(options.quiet);
      const work = path.join(options.work, `${name}-${run}`);
      const more = name === 'sqlite' ? [] : ['--database', fresh(options.postgres, `${name}_${run}`)];
      told[name] = await load(options, work, { processes, more });
      fs.rmSync(work, { recursive: true, force: true });
      log(`run ${run + 1}, ${name}: ${told[name].rate} entries/s, p99 ${told[name].p99} ms`);
    }
    found.runs.push(told);
  }
  return found;
}

/** Makes a database in the cluster and gives its address. */
function fresh({ psql, url }, name) {
  execFileSync(psql, [url, '--quiet', '--command', `CREATE DATABASE ${name}`]);
  return url.replace('/postgres?', `/${name}?`);
}
