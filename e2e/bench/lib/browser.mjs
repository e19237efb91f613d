// Starts the browser that everything is measured in, and looks at it from outside.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens a browser with a profile folder of its own, which stays when the browser is closed; `more` is Playwright's. */
export function launch(profile, more = {}) {
  fs.mkdirSync(profile, { recursive: true });
  return chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    args: ARGS,
    // The harness's pages are not the app's; on a real server its policy would stop them.
    bypassCSP: true,
    // Large shared memory is what people have; without it big messages go through files.
    ignoreDefaultArgs: ['--disable-dev-shm-usage'],
    ...more,
  });
}

/** Runs `work(page)` on `url` in a fresh browser process, so that every step starts cold. */
export async function withPage(profile, url, work) {
  const context = await launch(profile);
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.on('pageerror', (error) => console.error(`  ${url}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') console.error(`  ${url}: ${message.text().slice(0, 300)}`);
    });
    page.setDefaultTimeout(15 * 60_000);
    await page.goto(url);
    await page.waitForFunction(() => globalThis.H?.ready);
    await page.evaluate(() => H.ready);
    return await work(page);
  } finally {
    await context.close();
  }
}

/** The version of the browser in use. */
export async function browserVersion(profile) {
  const context = await launch(profile);
  const page = context.pages()[0] ?? (await context.newPage());
  const session = await context.newCDPSession(page);
  const { product } = await session.send('Browser.getVersion');
  await context.close();
  return product;
}

/** Slows the page's main thread down; 1 is full speed. */
export async function slowDown(page, rate) {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  return session;
}

/** Memory of the page in MB after a collection: script objects, the buffers they hold, and Wasm memory. */
export async function pageMemory(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const usage = await session.send('Runtime.getHeapUsage');
  const bytes = usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
  return (bytes + (await page.evaluate(() => H.memory()))) / 2 ** 20;
}

/** Size of everything in a folder. */
export function folderBytes(folder) {
  if (!fs.existsSync(folder)) return 0;
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + fs.statSync(path.join(file.parentPath ?? file.path, file.name)).size, 0);
}

/** What IndexedDB takes on disk. Its place moved between versions of Chromium: both are counted. */
export function storedBytes(profile) {
  return ['IndexedDB', 'WebStorage'].reduce((sum, name) => sum + folderBytes(path.join(profile, 'Default', name)), 0);
}
