// What a caseworker does with the form for the family of five, decision by decision.
import { answer, field } from './desk.mjs';
import { CHILDREN, FATHER, MOTHER, PLACE, WITNESS } from './family.mjs';
import { code, say } from './sentences.mjs';

/** The emergency list: counts first, then the one who speaks for all. */
export async function e1(page, hands) {
  for (const [key, number] of Object.entries({ size: 5, count_f: 3, count_m: 2, count_children: 3 })) {
    await hands.type(key, field(page, key), String(number));
  }
  await pick(page, hands, 'sex', MOTHER.sex);
  await hands.type('age', field(page, 'age_stated'), MOTHER.age);
  await pick(page, hands, 'nationality', 'VEN');
  await pick(page, hands, 'protection_status', 'ASR');
  await hands.tap('no needs', page.locator('label:has(input[id^="needs_none-"])'));
  const read = await consent(page, hands);
  await place(page, hands);
  return read;
}

/** The second stage: everybody by themselves, then where they are. */
export async function e2(page, hands) {
  await pick(page, hands, 'sex', MOTHER.sex);
  await hands.date('born', field(page, 'dob'), MOTHER.born);
  await pick(page, hands, 'nationality', 'VEN');
  await pick(page, hands, 'origin_country', 'VEN');
  await pick(page, hands, 'lang_main', 'spa');
  await pick(page, hands, 'lang_interview', 'spa');
  await pick(page, hands, 'protection_status', 'ASR');
  await pick(page, hands, 'fears_return', 'yes');
  await hands.tap('no needs', page.locator('label:has(input[id^="needs_none-"])'));
  await addRow(page, hands, 'document');
  await pick(page, hands, 'document_type', 'PASSPORT');
  await hands.type('its number', field(page, 'document_number'), MOTHER.passport);
  const read = await consent(page, hands);
  for (const person of [FATHER, ...CHILDREN]) await member(page, hands, person);
  await hands.tap('place', page.getByRole('navigation', { name: say('family_people') }).getByRole('link', { name: say('place_title') }));
  await place(page, hands);
  return read;
}

async function member(page, hands, person) {
  await hands.tap('next person', page.locator('button[data-next]').last());
  await page.waitForFunction(() => document.querySelector('input[id^="given_names-"]')?.value === '');
  const child = person !== FATHER;
  await hands.type('given names', field(page, 'given_names'), person.given);
  await hands.type('surname', field(page, 'surname1'), person.surname1);
  await hands.type('second surname', field(page, 'surname2'), person.surname2);
  await pick(page, hands, 'sex', person.sex);
  await hands.date('born', field(page, 'dob'), person.born);
  await pick(page, hands, 'relationship', person.relation);
  await hands.tap('as the focal point', page.getByRole('button', { name: say('same_as_focal') }));
  if (child) {
    await pick(page, hands, 'birth_registered', 'reg_origin');
    const adult = field(page, 'responsible_adult');
    await hands.choose('responsible_adult', adult, await byName(adult, MOTHER.given));
  } else {
    await pick(page, hands, 'fears_return', 'yes');
  }
  await hands.tap('no needs', page.locator('label:has(input[id^="needs_none-"])'));
}

/** One answer, in sight or in a list, as the form has it. */
async function pick(page, hands, key, value) {
  const list = page.locator(`form#family select[id^="${key}-"]`).last();
  const inSight = answer(page, key, value);
  await list.or(inSight).first().waitFor();
  if (await list.isVisible()) await hands.choose(key, list, value);
  else await hands.tap(key, inSight);
}

/** The value of the option that begins with a name. */
async function byName(select, name) {
  return select.locator('option').filter({ hasText: name }).first().getAttribute('value');
}

/** She agrees by word before a witness. Gives how many words were read aloud to her. */
async function consent(page, hands) {
  await addRow(page, hands, 'consent');
  const read = (await page.locator('.toread p').last().innerText()).trim().split(/\s+/).length;
  await pick(page, hands, 'consent_decision', 'yes');
  await pick(page, hands, 'consent_form', 'spoken');
  await pick(page, hands, 'consent_heard', 'yes');
  const witness = field(page, 'consent_witness');
  if (await witness.isVisible()) await hands.type('consent_witness', witness, WITNESS);
  return read;
}

async function place(page, hands) {
  await hands.date('arrived', field(page, 'arrival_date'), PLACE.arrived);
  await pick(page, hands, 'province', PLACE.province);
}

async function addRow(page, hands, kind) {
  const section = page.locator(`#section-${kind}`);
  await hands.tap(`add ${kind}`, section.getByRole('button', { name: say('add_named', { what: code('kind_one', kind) }), exact: true }));
}
