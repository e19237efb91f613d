// The real app on a device of a caseworker: joined to a real server by invitation, driven from outside.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { launch } from './browser.mjs';
import { startOffice } from './office.mjs';
import { say } from './sentences.mjs';

/** The tablet of the caseworkers, held across. */
const TABLET = { width: 1024, height: 768 };
const PATIENCE = 60_000;

/** Opens an office with nobody in it and a device joined to it; `work(page)` begins on the first page of the app. */
export async function withDesk(options, folder, work) {
  const office = await startOffice({ server: options.server, site: options.site, work: path.join(folder, 'office') });
  const context = await launch(path.join(folder, 'device'), { viewport: TABLET, hasTouch: true, reducedMotion: 'reduce', bypassCSP: false, locale: 'es-PA', timezoneId: 'America/Panama' });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => console.error(`  ${error.message}`));
    await join(page, invite(options.server, folder, office.port));
    return await work(page);
  } finally {
    await context.close();
    await office.stop();
  }
}

/** Makes an invitation beside the running server. */
function invite(server, folder, port) {
  const args = { data: path.join(folder, 'office/data'), role: 'caseworker', site: 'meteti', name: 'Itzel Caisamo', code: 'MET-07', 'base-url': `http://localhost:${port}` };
  const said = execFileSync(server, ['invite', ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, value])]);
  return String(said).trim();
}

async function join(page, link) {
  await page.goto(link);
  await page.getByRole('button', { name: say('enrol_marks_same') }).click();
  const phrase = (await page.locator('#phrase').innerText()).trim().split(/\s+/).join(' ');
  await page.getByLabel(say('passphrase_again')).fill(phrase);
  await page.getByRole('button', { name: say('passphrase_use') }).click();
  await page.getByRole('button', { name: `${say('lock')} ${say('lock_device')}` }).waitFor();
}

/** Goes to the search page by the bar. */
export async function goToSearch(page) {
  const bar = page.getByRole('navigation', { name: say('nav_label') });
  await bar.getByRole('link', { name: say('nav_search') }).click();
  await page.locator('#q').waitFor();
}

/** The form of a registration. */
export const FORM = 'form#family';

/** The input of a field by its key; where there are several rows, that of the last one. */
export function field(page, key) {
  // The field's key and twelve hexadecimal digits of the record; parts of an input have more behind that.
  return page.locator(`xpath=//form[@id="family"]//*[starts-with(@id, "${key}-") and string-length(@id) = ${key.length + 13}]`).last();
}

/** One of the answers that stand in sight, as what a finger touches: the words beside the button. */
export function answer(page, key, value) {
  const group = `starts-with(@name, "${key}-") and string-length(@name) = ${key.length + 13}`;
  const which = value === 'yes' ? '@id = @name' : value === 'no' ? '@id = concat(@name, "-no")' : `@value = "${value}"`;
  const codes = `xpath=//form[@id="family"]//input[${group} and @value = "${value}"]/..`;
  return (/^(yes|no)$/.test(value) && key !== 'consent_decision' ? page.locator(`xpath=//form[@id="family"]//input[${group} and ${which}]/..`) : page.locator(codes)).last();
}
