// What to measure, from the command line and the environment.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

/** Every measure, in the order in which they run. */
export const MEASURES = ['weights', 'store', 'search', 'board', 'kdf', 'scan', 'start', 'door', 'taps', 'typing', 'group', 'line', 'server', 'databases', 'flood'];

const USAGE = `node run.mjs [--runs 3] [--n 10000] [--big 50000] [--saves 200] [--quiet 10] [--only ${MEASURES.join(',')}]
  [--stores raw,rawpack,dexie,amparo] [--report]
  AMPARO_BIN         the server's program, optimised
  AMPARO_FLOOD       the program that floods it
  AMPARO_POSTGRES    address of the database postgres in a PostgreSQL that may be filled, AMPARO_PSQL its client
  AMPARO_SITE_BENCH  folder of the app as people get it, with the bench page
  AMPARO_DIST        folder of the app as people get it, compressed
  AMPARO_WEIGHTS     JSON: what each door weighs, as the build found it
  CHROMIUM           the browser`;

/** Reads them; a wrong one ends the program with the usage. */
export function readOptions() {
  const option = (fallback) => ({ type: 'string', default: fallback });
  const options = {
    runs: option('3'),
    n: option('10000'),
    big: option('50000'),
    saves: option('200'),
    quiet: option('10'),
    only: option(MEASURES.join(',')),
    stores: option('raw,rawpack,dexie,amparo'),
    report: { type: 'boolean', default: false },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
    const strange = values.only.split(',').find((name) => !MEASURES.includes(name));
    if (strange) throw new Error(`no such measure: ${strange}`);
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  const env = process.env;
  return {
    runs: Number(values.runs),
    n: Number(values.n),
    big: Number(values.big),
    saves: Number(values.saves),
    quiet: Number(values.quiet),
    only: values.only.split(','),
    stores: values.stores.split(','),
    report: values.report,
    work: fs.mkdtempSync(path.join(os.tmpdir(), 'amparo-bench-')),
    server: folderOrFile(env.AMPARO_BIN),
    flood: folderOrFile(env.AMPARO_FLOOD),
    postgres: env.AMPARO_POSTGRES ? { url: env.AMPARO_POSTGRES, psql: env.AMPARO_PSQL ?? 'psql' } : null,
    site: folderOrFile(env.AMPARO_SITE_BENCH),
    dist: folderOrFile(env.AMPARO_DIST),
    weights: env.AMPARO_WEIGHTS ? JSON.parse(env.AMPARO_WEIGHTS) : null,
  };
}

function folderOrFile(name) {
  return name && fs.existsSync(name) ? path.resolve(name) : null;
}
