// Type-ahead over everybody: the store's own search beside two search engines that hold the same people in memory.
import fs from 'node:fs';
import path from 'node:path';
import { pageMemory, withPage } from '../lib/browser.mjs';
import { quiet } from '../lib/machine.mjs';
import { startServer } from '../lib/server.mjs';
import { importMany, PASSWORD } from './store.mjs';

const ENGINES = ['flexsearch', 'ufuzzy'];

export async function measure(options, { pages, log }) {
  const folders = options.site ? [pages, options.site] : [pages];
  const server = await startServer({ folders, work: path.join(options.work, 'search') });
  const sizes = [options.n, options.big].filter(Boolean);
  const found = { sizes, runs: [] };
  const open = async (profile, name, work) => {
    await quiet(options.quiet);
    return withPage(path.join(options.work, profile), `${server.origin}/harness/${name}.html`, work);
  };
  try {
    for (let run = 0; run < options.runs; run++) {
      const result = {};
      found.runs.push(result);
      for (const size of sizes) {
        for (const name of ENGINES) result[`${name} ${size}`] = await open('engine', `engine-${name}`, typeInEngine(size));
        if (options.site && options.stores.includes('amparo')) {
          const profile = `search-${size}`;
          if (run === 0) await open(profile, 'amparo', (page) => importMany(page, size));
          result[`amparo ${size}`] = await open(profile, 'amparo', typeInStore(size));
        }
      }
      log(`run ${run + 1}: ${Object.keys(result).join(', ')}`);
    }
  } finally {
    server.close();
    fs.rmSync(path.join(options.work, 'engine'), { recursive: true, force: true });
  }
  return found;
}

const typeInEngine = (size) => async (page) => {
  const ready = await page.evaluate((size) => H.build(size), size);
  return { ready, ...(await page.evaluate((size) => H.type(size), size)), memory: await pageMemory(page) };
};

const typeInStore = (size) => async (page) => {
  const { afterKey } = await page.evaluate((password) => H.unlock(password, 'ma'), PASSWORD);
  return { ready: afterKey, ...(await page.evaluate((size) => H.type(size), size)), memory: await pageMemory(page) };
};
