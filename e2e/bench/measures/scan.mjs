// Reading codes: how many of a hundred are read in one frame of a cheap camera, and how long a frame takes on a slow tablet.
import path from 'node:path';
import { slowDown, withPage } from '../lib/browser.mjs';
import { numbers, picture, SIGHTS } from '../lib/codes.mjs';
import { quiet } from '../lib/machine.mjs';
import { startServer } from '../lib/server.mjs';

const CODES = 100;
/** Bytes of the smallest and of the largest code. */
const LEAST = 120;
const MOST = 800;
const SLOWDOWN = 4;
/** Pixels of a code with its quiet zone. */
const SIDE = 300;
/** Frames: of a cheap camera, and as large as the app looks at any (`FRAME` in `app/src/scanning.rs`). */
const SMALL = { width: 640, height: 480 };
const LARGE = { width: 1024, height: 768 };
/** Of these each is timed. A frame with no code takes longest: every way of looking is tried. */
const TIMED = 20;

export async function measure(options, { pages, log }) {
  if (!options.site) return null;
  const server = await startServer({ folders: [pages, options.site], work: path.join(options.work, 'scan') });
  try {
    await quiet(options.quiet);
    return await withPage(path.join(options.work, 'scan-page'), `${server.origin}/harness/amparo.html`, async (page) => {
      const codes = await page.evaluate(drawAll, Array.from({ length: CODES }, (_, nth) => payload(nth)));
      const read = {};
      const lost = {};
      for (const [name, sight] of Object.entries(SIGHTS)) {
        lost[name] = [];
        for (const [nth, { text, drawn }] of codes.entries()) {
          const seen = picture(modules(drawn), sight, { seed: nth + 1, side: SIDE, ...SMALL });
          const { said } = await page.evaluate(look, frame(seen, 0));
          if (said !== text) lost[name].push(payload(nth).length);
        }
        read[name] = CODES - lost[name].length;
        log(`  ${name}: ${read[name]} of ${CODES} read${lost[name].length ? `, not those of ${lost[name]} bytes` : ''}`);
      }
      await slowDown(page, SLOWDOWN);
      const times = {};
      for (const [name, size, sight, code] of [
        ['read, 640 × 480', SMALL, SIGHTS.all, true],
        ['read, 1024 × 768', LARGE, SIGHTS.all, true],
        ['no code, 640 × 480', SMALL, SIGHTS.all, false],
        ['no code, 1024 × 768', LARGE, SIGHTS.all, false],
      ]) {
        times[name] = [];
        for (let nth = 0; nth < TIMED; nth++) {
          const { drawn } = codes[Math.floor((nth * CODES) / TIMED)];
          const shown = code ? modules(drawn) : { size: 21, dark: (x, y) => (x * 7 + y * 3) % 5 < 2 };
          const side = (SIDE * size.width) / SMALL.width;
          const { took } = await page.evaluate(look, frame(picture(shown, sight, { seed: nth + 1, side, ...size }), nth));
          // The first ones warm the program up.
          if (nth >= 4) times[name].push(took);
        }
        log(`  ${name} at ${SLOWDOWN}×: ${Math.max(...times[name]).toFixed(0)} ms at most`);
      }
      return { codes: CODES, side: SIDE, slowdown: SLOWDOWN, read, lost, times };
    });
  } finally {
    server.close();
  }
}

/** Bytes like sealed ones: the same every time. */
function payload(nth) {
  const draw = numbers(nth + 1);
  const length = LEAST + Math.floor(((MOST - LEAST) * nth) / (CODES - 1));
  return Array.from({ length }, () => Math.floor(draw() * 256));
}

/** The code that the app draws as a path. */
function modules(drawn) {
  const [side, path] = drawn.split(/ (.*)/s);
  const size = Number(side) - 8;
  const dark = new Uint8Array(size * size);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let at = 0; at < Number(length); at++) dark[(Number(y) - 4) * size + Number(x) - 4 + at] = 1;
  }
  return { size, dark: (x, y) => dark[y * size + x] === 1 };
}

/** A frame on its way into the page. */
function frame({ width, height, grey }, turn) {
  return { width, height, turn, light: Buffer.from(grey).toString('base64') };
}

/** Runs in the page. */
function drawAll(payloads) {
  const { app } = globalThis.amparo;
  return payloads.map((bytes) => {
    const text = app.still_code(new Uint8Array(bytes));
    return { text, drawn: app.drawn_code(text) };
  });
}

/** Runs in the page. */
function look({ width, height, turn, light }) {
  const grey = Uint8Array.from(atob(light), (letter) => letter.charCodeAt(0));
  const pixels = Uint8Array.from({ length: grey.length * 4 }, (_, at) => (at % 4 === 3 ? 255 : grey[at >> 2]));
  const start = performance.now();
  const said = globalThis.amparo.app.read_code(width, height, pixels, turn);
  return { said, took: performance.now() - start };
}
