// The second start: the browser was closed, there is no line, the processor is slow. How long until the page answers to the
// person, for both doors and for a plain React form, each behind its service worker.
import path from 'node:path';
import { launch, slowDown, withPage } from '../lib/browser.mjs';
import { buildReact } from '../lib/bundle.mjs';
import { quiet } from '../lib/machine.mjs';
import { startServer } from '../lib/server.mjs';
import { PASSWORD } from './store.mjs';

const SLOWDOWN = 4;
const PATIENCE = 60_000;

/** For every page: its address, and what is done to it until it answers (`probes` below). */
const PAGES = {
  react: { path: '/', probe: 'react' },
  desk: { path: '/', probe: 'desk' },
  apply: { path: '/apply', probe: 'apply' },
};

export async function measure(options, { pages, log }) {
  if (!options.site) return null;
  const work = path.join(options.work, 'start');
  const react = await startServer({ folders: [await buildReact()], work: path.join(work, 'react-server') });
  const amparo = await startServer({ folders: [pages, options.site], work: path.join(work, 'server') });
  const origins = { react: react.origin, desk: amparo.origin, apply: amparo.origin };
  const profiles = { react: path.join(work, 'react'), desk: path.join(work, 'amparo'), apply: path.join(work, 'amparo') };
  const found = Object.fromEntries(Object.keys(PAGES).map((name) => [name, []]));
  found.firstPaint = Object.fromEntries(Object.keys(PAGES).map((name) => [name, []]));
  try {
    await withPage(profiles.desk, `${amparo.origin}/harness/amparo.html`, makeVault);
    await firstVisit(profiles.react, `${react.origin}/`);
    await firstVisit(profiles.desk, `${amparo.origin}/`);
    await firstVisit(profiles.apply, `${amparo.origin}/apply`);
  } finally {
    // From here on there is no line.
    react.close();
    amparo.close();
  }
  for (let run = 0; run < options.runs; run++) {
    for (const [name, page] of Object.entries(PAGES)) {
      await quiet(options.quiet);
      const { answered, firstPaint } = await secondStart(profiles[name], origins[name] + page.path, page.probe);
      found[name].push(answered);
      found.firstPaint[name].push(firstPaint);
    }
    log(`run ${run + 1}: ${Object.keys(PAGES).map((name) => `${name} ${found[name].at(-1)?.toFixed(0)} ms`).join(', ')}`);
  }
  return found;
}

/** The staff door's first page depends on whether somebody joined the device. */
async function makeVault(page) {
  await page.evaluate((password) => H.open(password), PASSWORD);
  await page.evaluate(() => H.close());
}

/** Visits once and waits until the worker has kept everything. */
async function firstVisit(profile, url) {
  const context = await launch(profile);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url);
  await page.waitForFunction(() => navigator.serviceWorker.ready.then((it) => Boolean(it.active)), null, { timeout: PATIENCE });
  await page.waitForTimeout(1000);
  await context.close();
}

async function secondStart(profile, url, probe) {
  const context = await launch(profile);
  try {
    await context.addInitScript(probes, probe);
    const page = context.pages()[0] ?? (await context.newPage());
    await slowDown(page, SLOWDOWN);
    await page.goto(url, { waitUntil: 'commit', timeout: PATIENCE });
    await page.waitForFunction(() => globalThis.answered, null, { timeout: PATIENCE, polling: 50 });
    return await page.evaluate(() => globalThis.answered);
  } finally {
    await context.close();
  }
}

/** Runs in the page before its scripts: does what a person does, until the page's own program answers to it. */
function probes(name) {
  const find = (selector) => document.querySelector(selector);
  const attempts = {
    // Typing a name changes what the form shows elsewhere.
    react() {
      const input = find('input[name=family]');
      if (!input) return false;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'Probe');
      input.dispatchEvent(new Event('input', { bubbles: true }));
      return find('output')?.textContent === 'Probe';
    },
    // The eye beside the passphrase shows what is typed.
    desk() {
      const eye = find('button[aria-controls=passphrase]');
      if (eye?.getAttribute('aria-pressed') === 'false') eye.click();
      return eye?.getAttribute('aria-pressed') === 'true';
    },
    // «Empezar» leads on.
    apply() {
      if (location.pathname === '/apply') find('.door__page .door__go')?.click();
      return location.pathname !== '/apply';
    },
  };
  const attempt = () => {
    if (!attempts[name]()) return setTimeout(attempt, 4);
    report(performance.now());
  };
  // The browser tells of the first paint a little after it.
  const report = (answered) => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (!paint && performance.now() < answered + 3000) return setTimeout(report, 50, answered);
    globalThis.answered = { answered, firstPaint: paint?.startTime ?? null };
  };
  attempt();
}
