// Makes a page of every adapter and every search engine: `/harness/<name>.html`.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const BENCH = path.resolve(import.meta.dirname, '..');
/** Where the pages are built. */
export const DIST = path.join(BENCH, 'dist');

const OPTIONS = {
  bundle: true,
  minify: true,
  target: 'chrome120',
  logLevel: 'warning',
  define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
};

/** Builds the pages and gives their folder. */
export async function buildPages() {
  fs.rmSync(DIST, { recursive: true, force: true });
  fs.mkdirSync(path.join(DIST, 'harness'), { recursive: true });
  for (const name of scripts('adapters')) {
    await page(name, `import adapter from './adapters/${name}.js'; import { install } from './page/harness.js'; install(adapter);`);
  }
  for (const name of scripts('engines')) {
    await page(`engine-${name}`, `import make from './engines/${name}.js'; import { install } from './page/engine.js'; install(make);`);
  }
  return DIST;
}

/** Builds the plain React form behind a service worker, and gives its folder. */
export async function buildReact() {
  const from = path.join(BENCH, 'baselines/react');
  const to = path.join(DIST, 'react');
  fs.mkdirSync(to, { recursive: true });
  await build({
    ...OPTIONS,
    entryPoints: [path.join(from, 'main.jsx')],
    outfile: path.join(to, 'main.js'),
    format: 'esm',
    jsx: 'automatic',
  });
  for (const file of ['index.html', 'sw.js']) fs.copyFileSync(path.join(from, file), path.join(to, file));
  return to;
}

function scripts(folder) {
  const files = fs.readdirSync(path.join(BENCH, folder)).filter((file) => file.endsWith('.js'));
  return files.map((file) => path.basename(file, '.js'));
}

async function page(name, contents) {
  const stdin = { contents, resolveDir: BENCH, sourcefile: `${name}.entry.js` };
  const file = path.join(DIST, 'harness', name);
  // A library of a library asks for Node's crypto and does without it when there is none.
  const alias = { crypto: './page/nothing.js' };
  await build({ ...OPTIONS, stdin, alias, outfile: `${file}.js`, format: 'iife' });
  const head = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>${name}</title>`;
  fs.writeFileSync(`${file}.html`, `${head}<script src="/harness/${name}.js"></script>\n`);
}
