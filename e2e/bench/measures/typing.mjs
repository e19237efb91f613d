// How long a letter takes from its key to the screen, in the longest form there is, on a processor slowed down six times:
// every question about the mother of a family of five, with papers, needs and consents, and all rules at work.
import path from 'node:path';
import { slowDown } from '../lib/browser.mjs';
import { field, withDesk } from '../lib/desk.mjs';
import { MOTHER } from '../lib/family.mjs';
import { e2 as registerFamily } from '../lib/registering.mjs';
import { quiet } from '../lib/machine.mjs';
import { generator } from '../lib/records.mjs';
import { code, say } from '../lib/sentences.mjs';
import { median, p95 } from '../lib/statistics.mjs';
import { register } from './taps.mjs';

const SLOWDOWN = 6;
/** Rows of each kind that the mother has besides those she was registered with. */
const ROWS = { document: 3, needs: 3, consent: 3, relative: 2 };
/** What is typed where, each field's key and words: names, numbers, free text of one and of several lines. */
const TYPED = {
  given_names: 'Yesenia Carolina',
  surname2: 'Rivas Aparicio',
  mother_name: 'Carmen Elena Rivas Brito',
  birth_place: 'San Carlos del Zulia',
  phone: '04145550147',
  occupation_text: 'vende comida en la calle',
  safe_time: 'despues de las cinco de la tarde',
  document_number: 'V18442907331',
  need_note: 'pide ayuda para ir al hospital porque el embarazo le duele y no tiene con quien dejar a los tres hijos',
  relative_name: 'Jose Gregorio Marcano',
};

export async function measure(options, { log }) {
  if (!options.site || !options.server) return null;
  const found = { slowdown: SLOWDOWN, runs: [] };
  await withDesk(options, path.join(options.work, 'typing'), async (page) => {
    await openLongestForm(page);
    found.questions = await page.locator('form#family').locator('.ask').count();
    found.inputs = await page.locator('form#family').locator('input, select, textarea').count();
    for (let run = 0; run < options.runs; run++) {
      await quiet(options.quiet);
      const session = await slowDown(page, SLOWDOWN);
      const letters = await typeAll(page, session);
      await slowDown(page, 1);
      found.runs.push(letters);
      const all = Object.values(letters).flat();
      const shown = all.map((it) => it.shown ?? 16);
      log(`run ${run + 1}: ${all.length} letters, median ${median(shown).toFixed(0)} ms, p95 ${p95(shown).toFixed(0)} ms`);
    }
  });
  return found;
}

export async function openLongestForm(page) {
  await register(page, 'e2', registerFamily);
  await page.getByRole('link', { name: say('family_see') }).click();
  await page.getByRole('link', { name: say('raise_full') }).click();
  const people = page.getByRole('navigation', { name: say('family_people') });
  await people.getByRole('link', { name: MOTHER.given }).click();
  await page.locator('#section-life').waitFor();
  for (const [section, count] of Object.entries(ROWS)) {
    const kind = section === 'needs' ? 'need' : section;
    const there = page.locator(`#section-${section}`);
    if (!(await there.isVisible())) await page.getByRole('button', { name: code('section', section), exact: true }).click();
    for (let nth = 0; nth < count; nth++) {
      await there.getByRole('button', { name: say('add_named', { what: code('kind_one', kind) }), exact: true }).click();
    }
  }
  await page.evaluate(watchLetters);
}

/** Types into every field and gives, for each, what the page saw of every letter. */
export async function typeAll(page, session) {
  const next = generator(7);
  const found = {};
  for (const [key, text] of Object.entries(TYPED)) {
    const input = field(page, key);
    await input.scrollIntoViewIfNeeded();
    await input.fill('');
    await input.focus();
    // What emptying it set off is over before the first letter.
    await page.waitForTimeout(1500);
    await page.evaluate(() => globalThis.letters.splice(0));
    const sent = [];
    for (const letter of text) {
      sent.push(session.send('Input.dispatchKeyEvent', { type: 'keyDown', key: letter, text: letter }));
      sent.push(session.send('Input.dispatchKeyEvent', { type: 'keyUp', key: letter }));
      // Forty words a minute, unevenly: 0.3 s a letter. The next key does not wait for the last one.
      await new Promise((done) => setTimeout(done, 150 + next() * 300));
    }
    await Promise.all(sent);
    await page.waitForTimeout(1500);
    found[key] = await page.evaluate(() => globalThis.letters.splice(0));
    const typed = await input.inputValue();
    if (typed !== text || found[key].length !== text.length) {
      throw new Error(`${key}: typed ${text.length} letters, the page saw ${found[key].length}, the input holds "${typed}"`);
    }
  }
  return found;
}

/**
 * Runs in the page. `shown`: the browser's own Event Timing, from the moment it took the key to the next frame on the screen, in
 * steps of 8 ms; absent below 16 ms. `drawn`: to the first task after the frame that shows the letter, when the page has
 * done what the letter set off and can take the next one.
 */
function watchLetters() {
  const letters = (globalThis.letters = []);
  let pressed = null;
  addEventListener('keydown', (event) => (pressed = event.timeStamp), true);
  addEventListener('input', () => {
    const letter = { at: pressed };
    letters.push(letter);
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (letter.drawn = performance.now() - letter.at);
      port2.postMessage(null);
    });
  }, true);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name !== 'keydown') continue;
      const letter = letters.find((it) => Math.abs(it.at - entry.startTime) < 0.2);
      if (letter) letter.shown = entry.duration;
    }
  }).observe({ type: 'event', durationThreshold: 16 });
}
