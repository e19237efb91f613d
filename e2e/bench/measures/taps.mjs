// How many touches and keys a family of five costs in the real form, in an emergency and at the second stage, and the time
// that a person would need who types forty words a minute.
import path from 'node:path';
import { goToSearch, withDesk } from '../lib/desk.mjs';
import { SEARCHED } from '../lib/family.mjs';
import { Hands } from '../lib/hands.mjs';
import * as registering from '../lib/registering.mjs';
import { say } from '../lib/sentences.mjs';

export async function measure(options, { log }) {
  if (!options.site || !options.server) return null;
  const found = {};
  for (const [stage, answerAll] of Object.entries(registering)) {
    // A device of its own: a family that lies there already would be asked about.
    const folder = path.join(options.work, `taps-${stage}`);
    found[stage] = await withDesk(options, folder, (page) => register(page, stage, answerAll));
    const { taps, swipes, keys, decisions } = found[stage];
    log(`  ${stage}: ${taps} taps, ${swipes} swipes, ${keys} keys, ${decisions} decisions`);
  }
  return found;
}

/** From «Registrar nueva» on the search page to the page that says it is saved. */
export async function register(page, stage, answerAll) {
  await goToSearch(page);
  const hands = await Hands.on(page);
  // Nobody is registered before they were searched for. Counted apart; the name goes along into the form.
  await hands.type('search', page.locator('#q'), SEARCHED);
  const searching = await hands.done();
  await hands.tap('register', page.getByRole('button', { name: say('register_new') }));
  const chosen = page.locator(`#stage-${stage}`);
  await chosen.waitFor({ state: 'attached' });
  if (!(await chosen.isChecked())) await hands.tap(`stage ${stage}`, page.locator(`label:has(#stage-${stage})`));
  const read = await answerAll(page, hands);
  await hands.tap('save', page.locator('#finish'));
  const anyway = page.locator('.finish').getByRole('button', { name: say('finish_anyway') });
  const saved = page.locator('section.saved');
  await anyway.or(saved).first().waitFor();
  // What is only asked is shown once; whoever has looked at it saves all the same.
  const asked = (await anyway.isVisible()) ? await page.locator('.finish li').allInnerTexts() : [];
  if (asked.length > 0) await hands.tap('save anyway', anyway);
  await saved.waitFor();
  return { searching, ...(await hands.done()), read, asked };
}
