// What goes over the line: a family of five, the first collect of a device, and a day's registrations over a bad line.
import fs from 'node:fs';
import path from 'node:path';
import { withPage } from '../lib/browser.mjs';
import { startOffice } from '../lib/office.mjs';
import { startServer } from '../lib/server.mjs';
import { BAD_LINE, startSlowLine } from '../lib/slowline.mjs';
import { makeRecord } from '../lib/records.mjs';
import { PASSWORD } from './store.mjs';

const FAMILY = 5;
const REGISTRATIONS = 40;

export async function measure(options, { pages, log }) {
  if (!options.site) return null;
  const work = path.join(options.work, 'line');
  const found = await wire(options, pages, path.join(work, 'wire'));
  log(`  a family of five: ${found.parcel} bytes in a parcel of its own`);
  if (!options.server) return found;

  const office = await startOffice({
    server: options.server,
    site: withHarness(options.site, pages, path.join(work, 'site')),
    work: path.join(work, 'office'),
    demo: true,
  });
  const line = await startSlowLine(office.port);
  try {
    const url = `http://localhost:${line.port}/harness/amparo.html`;
    const profile = path.join(work, 'device');
    await withPage(profile, url, async (page) => {
      Object.assign(found, await firstCollect(page, line, office.invitations[0]));
      log(`  first collect: ${found.collected.people} people, ${found.collectPerPerson.toFixed(0)} bytes a person`);
      found.day = [];
      for (let run = 0; run < options.runs; run++) {
        found.day.push(await day(page, line, run));
        log(`run ${run + 1}: ${REGISTRATIONS} families over the bad line in ${found.day[run].seconds.toFixed(0)} s`);
      }
    });
  } finally {
    line.close();
    await office.stop();
  }
  return found;
}

/** The parcel that one family makes, the first of a session and the next one, whose capsule the server holds already. */
async function wire(options, pages, work) {
  const server = await startServer({ folders: [pages, options.site], work });
  try {
    return await withPage(path.join(work, 'profile'), `${server.origin}/harness/amparo.html`, async (page) => {
      await page.evaluate((password) => H.open(password), PASSWORD);
      const parcels = [];
      for (let nth = 0; nth < 2; nth++) {
        parcels.push(await page.evaluate(parcelOf, family(nth)));
      }
      const [parcel, next] = parcels;
      return { parcel, wirePerPerson: parcel / FAMILY, nextPerPerson: next / FAMILY };
    });
  } finally {
    server.close();
  }
}

/** Runs in the page: registers a family and gives the bytes of the parcel that it is delivered in. */
async function parcelOf(people) {
  let bytes = 0;
  await amparo.app.save_family(people.map(amparo.line));
  await amparo.app.deliver(async (parcel) => {
    bytes += parcel.length;
  });
  return bytes;
}

/** Five people as an intake form asks for them: one phone a family, one paper each. */
function family(nth) {
  return Array.from({ length: FAMILY }, (_, member) => {
    const record = makeRecord(2_000_000 + nth * FAMILY + member);
    return member === 0 ? record : { ...record, phone: '' };
  });
}

/** The app with the harness's pages beside it, for a server that serves one folder. */
function withHarness(site, pages, folder) {
  fs.cpSync(site, folder, { recursive: true });
  fs.cpSync(path.join(pages, 'harness'), path.join(folder, 'harness'), { recursive: true });
  return folder;
}

async function firstCollect(page, line, invitation) {
  const enrol = async ([link, password]) => amparo.app.enrol(link, await amparo.app.derive(password));
  await page.evaluate(enrol, [invitation, PASSWORD]);
  line.reset();
  for (;;) {
    const round = await page.evaluate(go, true);
    if (round.trouble) throw new Error(`the first collect stopped: ${round.trouble}`);
    if (round.pages === 0) break;
  }
  const { up, down } = line.read();
  const people = await page.evaluate(() => amparo.app.people());
  return { collected: { people, up, down }, collectPerPerson: (up + down) / people };
}

/** Registers the day's families with no line, then has a bad one until everything has gone. */
async function day(page, line, run) {
  const families = Array.from({ length: REGISTRATIONS }, (_, nth) => family(100 + run * REGISTRATIONS + nth));
  const weight = await page.evaluate(registerAll, families);
  line.set(BAD_LINE);
  line.reset();
  const start = Date.now();
  let rounds = 0;
  for (let left = 1; left > 0; rounds++) {
    if (rounds > 0) await page.waitForTimeout(1000);
    left = (await page.evaluate(go, false)).left;
  }
  const seconds = (Date.now() - start) / 1000;
  const { up, down, lost, handshakes } = line.read();
  line.set(null);
  return { seconds, weight, up, down, lost, handshakes, rounds, ratio: (up + down) / weight };
}

/** Runs in the page: registers families and gives the bytes that wait for them. */
async function registerAll(families) {
  for (const people of families) await amparo.app.save_family(people.map(amparo.line));
  return amparo.app.waiting_bytes();
}

/** Runs in the page: one round with the server. */
async function go(collect) {
  const { delivered, pages, left, trouble } = await amparo.app.go(collect);
  return { delivered, pages, left, trouble };
}
