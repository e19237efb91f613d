// Every budget of the design that can be measured by now: its limit, and where its figure lies in the results.
import { readingAloud, seconds } from './model.mjs';
import { median, p95, spread } from './statistics.mjs';

/** As the build counts when it weighs. */
const KB = 1000;
const upTo = (limit) => ({ limit, met: (value) => value <= limit });
const atLeast = (limit) => ({ limit, met: (value) => value >= limit });

/** A figure of the app's store in every run. */
const own = (figure) => (results) => results.store?.runs.map((run) => attempt(() => figure(run.stores.amparo)));
/** The app's store against another one in the same run. */
const against = (peer, figure) => (results) =>
  results.store?.runs.map(({ stores }) => attempt(() => figure(stores.amparo) / figure(stores[peer])));
const typing = (figure) => ({ search }) =>
  search?.runs.map((run) => attempt(() => figure(run[`amparo ${search.sizes.at(-1)}`])));
/** One figure, or one a run, straight out of a measure. */
const plain = (measure, figure) => (results) => {
  const value = attempt(() => figure(results[measure]));
  return value == null ? null : [value].flat();
};

/** `what` it is, its `unit`, the `bound` it must keep, and its `values`, one a run. */
export const BUDGETS = [
  budget('applicants’ door to usable, brotli', 'KB', upTo(180), plain('weights', (it) => it.apply / KB)),
  budget('applicants’ door, first words, brotli', 'KB', upTo(14), plain('weights', (it) => it.firstWords / KB)),
  budget('staff door to usable, brotli', 'KB', upTo(450), plain('weights', (it) => it.desk / KB)),
  budget('staff door, second start offline, 4× slowdown', 'ms', upTo(800), plain('start', (it) => it.desk)),
  budget('  against a plain React form', '×', upTo(1), plain('start', (it) => ratios(it.desk, it.react))),
  budget('applicants’ door, second start offline, 4× slowdown', 'ms', upTo(800), plain('start', (it) => it.apply)),
  budget('applicants’ door at 50 kbit/s, 0.5 s round trip, 6× slowdown: first words', 's', upTo(4), plain('door', (it) => it.words.map(inSeconds))),
  budget('  first question usable', 's', upTo(50), plain('door', (it) => it.usable.map(inSeconds))),
  budget('  again, with no line', 's', upTo(2), plain('door', (it) => it.again.map(inSeconds))),
  budget('save, against raw', '×', upTo(1.5), against('raw', (it) => median(it.save))),
  budget('save at 6× slowdown, p95', 'ms', upTo(60), own((it) => p95(it.saveSlow))),
  budget('import, against rawpack', '×', atLeast(0.8), against('rawpack', (it) => 1 / it.importMs)),
  budget('key derivation at 6× slowdown, p95', 'ms', upTo(1300), plain('kdf', (it) => it.runs.map((run) => p95(run.standardSlow)))),
  budget('  with the least costs that are accepted', 'ms', upTo(1300), plain('kdf', (it) => it.runs.map((run) => p95(run.floorSlow)))),
  budget('codes of 120 to 800 bytes read of 100, at 300 pixels', '', atLeast(100), plain('scan', (it) => it.read.plain)),
  budget('  with blur, skew, glare and noise of a cheap camera', '', atLeast(100), plain('scan', (it) => it.read.all)),
  budget('  the slowest kind of frame at 4× slowdown, p95', 'ms', upTo(150), plain('scan', (it) => Math.max(...Object.values(it.times).map(p95)))),
  budget('key known to first answer, n, against rawpack', '×', upTo(1.5), against('rawpack', (it) => it.unlock.afterKey)),
  budget('key known to first answer, big, against rawpack', '×', upTo(1.5), against('rawpack', (it) => it.unlockBig.afterKey)),
  budget('a keystroke’s search over big, p95', 'ms', upTo(5), typing((it) => p95(it.latencies))),
  budget('  recall in the first 20', '', atLeast(0.95), typing((it) => it.recall)),
  budget('the team’s board over everybody’s services, 4× slowdown', 'ms', upTo(300), plain('board', (it) => it.speeds[4].map((once) => once.all))),
  budget('a family of five in an emergency, reading aloud included', 's', upTo(180), plain('taps', (it) => personal(it.e1))),
  budget('  at stage e2, reading aloud included', 's', upTo(900), plain('taps', (it) => personal(it.e2))),
  budget('from key to letter in the longest form, 6× slowdown, p95', 'ms', upTo(100), plain('typing', (it) => it.runs.map((run) => p95(letters(run, 'shown'))))),
  budget('a group of twelve with photos, from the search', 'ms', upTo(300), plain('group', (it) => median(it.speeds[1].person))),
  budget('  the group’s own page', 'ms', upTo(300), plain('group', (it) => median(it.speeds[1].group))),
  budget('at rest, one person', 'bytes', upTo(800), own((it) => it.bytes / it.people)),
  budget('a family of five on the wire, a person', 'bytes', upTo(600), plain('line', (it) => it.wirePerPerson)),
  budget('initial collect, a person', 'bytes', upTo(250), plain('line', (it) => it.collectPerPerson)),
  budget('40 registrations over a bad line', 's', upTo(90), plain('line', (it) => it.day?.map((run) => run.seconds))),
  budget('  bytes against what they weigh', '×', upTo(1.3), plain('line', (it) => it.day?.map((run) => run.ratio))),
  budget('server, entries accepted durably', '/s', atLeast(2000), plain('server', (it) => it.runs.map((run) => run.rate))),
  budget('  p99 under that load', 'ms', upTo(250), plain('server', (it) => it.runs.map((run) => run.p99))),
  budget('staff while 100,000 junk letters come in, against idle, p95: delivering', '×', upTo(2), plain('flood', (it) => it.busy.deliver[1] / it.idle.deliver[1])),
  budget('  collecting', '×', upTo(2), plain('flood', (it) => it.busy.collect[1] / it.idle.collect[1])),
  budget('  real families found of 200', '', atLeast(200), plain('flood', (it) => it.found)),
  budget('  growth of the server’s folder', 'MB', upTo(150), plain('flood', (it) => it.grown / 1e6)),
];

const inSeconds = (ms) => ms / 1000;

function budget(what, unit, bound, values) {
  return { what, unit, bound, values };
}

/** Seconds that a scripted person needs for one registration. */
function personal(counted) {
  return seconds(counted) + readingAloud(counted.read);
}

/** One figure of every letter that was typed in a run. The browser leaves out what took less than 16 ms. */
export function letters(run, figure) {
  return Object.values(run).flatMap((field) => field.map((letter) => letter[figure] ?? 16));
}

function ratios(ours, theirs) {
  return ours.map((value, run) => value / theirs[run]);
}

/** A figure that is not there yet is no figure, and no fault. */
function attempt(figure) {
  try {
    const value = figure();
    return Array.isArray(value) || Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

/** Every budget with its figure: `{what, limit, measured, met}` as text. */
export function judged(results) {
  return BUDGETS.map(({ what, unit, bound, values }) => {
    const figure = spread(values(results) ?? []);
    const sign = bound.met(bound.limit + 1) ? '≥' : '≤';
    return {
      what: named(what, results),
      limit: `${sign} ${number(bound.limit)} ${unit}`.trim(),
      measured: figure ? withSpread(figure, unit) : 'not measured',
      met: figure ? (bound.met(figure.median) ? 'yes' : 'NO') : '–',
    };
  });
}

/** `n` and `big` become the numbers of people that were measured. */
function named(what, { store, search }) {
  const people = (count) => (count ? `${count.toLocaleString('en')} people` : null);
  return what
    .replace(/\bn\b(?=,)/, people(store?.n) ?? 'few people')
    .replace(/\bbig\b/, people(store?.big ?? search?.sizes.at(-1)) ?? 'many people');
}

/** Median, then the spread where there was more than one run. */
export function withSpread({ median, min, max, runs }, unit = '') {
  const range = runs > 1 ? ` (${number(min)}–${number(max)})` : '';
  return `${number(median)} ${unit}`.trim() + range;
}

/** Three digits that count. */
export function number(value) {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString('en');
}

/** The budgets as a table for a terminal. */
export function table(results) {
  const rows = [{ what: 'budget', limit: 'limit', measured: 'measured (min–max)', met: 'met?' }, ...judged(results)];
  const widths = ['what', 'limit', 'measured'].map((key) => Math.max(...rows.map((row) => row[key].length)));
  return rows
    .map(({ what, limit, measured, met }) =>
      [what.padEnd(widths[0]), limit.padEnd(widths[1]), measured.padEnd(widths[2]), met].join('  '),
    )
    .join('\n');
}
