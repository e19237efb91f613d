// How long a group of twelve takes to open, all faces painted: from the touch on a search result to the person's page, which
// shows everybody, and from there to the group's own page. Photos were put in through the form and lie on the device.
import path from 'node:path';
import { slowDown } from '../lib/browser.mjs';
import { field, goToSearch, withDesk } from '../lib/desk.mjs';
import { quiet } from '../lib/machine.mjs';
import { say } from '../lib/sentences.mjs';
import { median } from '../lib/statistics.mjs';

const PEOPLE = 12;
const OPENINGS = 12;
const SURNAME = 'Apartado';
const GIVEN = 'Abel Berta Celia Dario Elsa Fabio Gilda Hugo Irma Jairo Karen Leonel'.split(' ');

export async function measure(options, { log }) {
  if (!options.site || !options.server) return null;
  return withDesk(options, path.join(options.work, 'group'), async (page) => {
    const bytes = await registerGroup(page);
    log(`  ${PEOPLE} people, photos of ${Math.min(...bytes)} to ${Math.max(...bytes)} bytes`);
    await page.evaluate(watchFaces, PEOPLE);
    const found = { people: PEOPLE, bytes, speeds: {} };
    for (const slowdown of [1, 4]) {
      await quiet(options.quiet);
      const session = await slowDown(page, slowdown);
      const speed = (found.speeds[slowdown] = { person: [], group: [] });
      for (let nth = 0; nth < OPENINGS * options.runs; nth++) {
        const { person, group } = await open(page);
        speed.person.push(person);
        speed.group.push(group);
      }
      await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
      log(`  ${slowdown}×: from the search ${median(speed.person).toFixed(0)} ms, the group's page ${median(speed.group).toFixed(0)} ms`);
    }
    return found;
  });
}

/** Registers twelve people with a photo each and gives what the photos weigh as the device keeps them. */
async function registerGroup(page) {
  await goToSearch(page);
  await page.getByRole('button', { name: say('register_new') }).click();
  await page.locator('label:has(#stage-full)').click();
  for (const [at, given] of GIVEN.entries()) {
    if (at > 0) {
      await page.getByRole('navigation', { name: say('family_people') }).getByRole('button', { name: say('member_add') }).click();
    }
    await page.waitForFunction(() => document.querySelector('input[id^="given_names-"]')?.value === '');
    await field(page, 'given_names').fill(given);
    await field(page, 'surname1').fill(SURNAME);
    const photo = page.locator('#section-photo');
    const buffer = Buffer.from(await page.evaluate(portrait, at), 'base64');
    await photo.locator('input[type=file]').setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer });
    await photo.getByRole('button', { name: say('camera_use') }).click();
    await photo.getByRole('button', { name: say('camera_retake') }).waitFor();
  }
  await page.locator('#finish').click();
  await page.locator('.finish').getByRole('button', { name: say('save_as_is') }).click();
  await page.locator('section.saved').waitFor();
  await page.evaluate(weighPictures);
  await page.getByRole('link', { name: say('family_see') }).click();
  await page.waitForFunction((people) => document.querySelectorAll('main img.face--photo').length === people, PEOPLE);
  return page.evaluate(() => globalThis.pictures.slice(0));
}

/** Runs in the page: notes in `pictures` the bytes of every picture that the app shows from now on. */
function weighPictures() {
  globalThis.pictures = [];
  const show = URL.createObjectURL;
  URL.createObjectURL = (picture) => {
    globalThis.pictures.push(picture.size);
    return show.call(URL, picture);
  };
}

/** From the search to the first person found, then to the whole group. */
async function open(page) {
  await goToSearch(page);
  await page.locator('#q').fill(SURNAME);
  const first = page.getByRole('list', { name: say('found_label') }).getByRole('link').first();
  await first.waitFor();
  await page.waitForTimeout(500);
  const person = await timed(page, () => first.tap());
  const group = await timed(page, () => page.locator('main').getByRole('link', { name: say('family'), exact: true }).last().tap());
  return { person, group };
}

async function timed(page, deed) {
  await page.evaluate(() => (globalThis.faces = null));
  await deed();
  const took = await page.waitForFunction(() => globalThis.faces).then((it) => it.jsonValue());
  await page.waitForTimeout(500);
  return took;
}

/** Runs in the page: notes in `faces` how long it took from a touch until all faces of the next page are decoded and drawn. */
function watchFaces(people) {
  const all = () => [...document.querySelectorAll('main img.face--photo')];
  addEventListener('click', (event) => {
    if (!event.target.closest('a')) return;
    const old = new Set(all());
    const look = async () => {
      const faces = all().filter((face) => !old.has(face));
      if (faces.length < people || !faces.every((face) => face.complete && face.naturalWidth > 0)) return requestAnimationFrame(look);
      await Promise.all(faces.map((face) => face.decode()));
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => (globalThis.faces = performance.now() - event.timeStamp);
        port2.postMessage(null);
      });
    };
    if (event.target.closest('main')) requestAnimationFrame(look);
  }, true);
}

/** Runs in the page: a picture with as much in it as a portrait has, another one for everybody. */
async function portrait(nth) {
  const canvas = new OffscreenCanvas(1200, 1600);
  const pen = canvas.getContext('2d');
  pen.fillStyle = `hsl(${nth * 30} 30% 70%)`;
  pen.fillRect(0, 0, 1200, 1600);
  let seed = 1 + nth;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  // Skin, hair and cloth: thousands of small strokes of near colours over a face.
  for (let stroke = 0; stroke < 30_000; stroke++) {
    const [x, y] = [next() * 1200, next() * 1600];
    const face = Math.hypot((x - 600) / 330, (y - 700) / 430) < 1;
    pen.fillStyle = `hsl(${(face ? 24 : nth * 30) + next() * 16} ${30 + next() * 25}% ${(face ? 45 : 30) + next() * 25}%)`;
    pen.fillRect(x, y, 3 + next() * 14, 3 + next() * 14);
  }
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
}
