// The tables of BENCHMARKS.md, a function a section.
import { judged, letters, number, withSpread } from './budgets.mjs';
import { readingAloud, SECONDS, seconds } from './model.mjs';
import { median, p95, spread } from './statistics.mjs';

/** A table in Markdown. */
function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

const NOTHING = '*Not measured yet.*';

/** Where and when a measure was taken. */
function circumstances(it) {
  const busy = it.steal > 0.01 ? `, ${(it.steal * 100).toFixed(0)} % of its time taken by other guests` : '';
  return `${it.when.slice(0, 10)}, ${it.browser}, ${it.machine}${busy}.`;
}

function budgets(results) {
  const rows = judged(results).map(({ what, limit, measured, met }) => [what, limit, measured, met]);
  return table(['what', 'budget', 'measured: median (min–max)', 'met'], rows);
}

function store({ store }) {
  if (!store) return NOTHING;
  const names = Object.keys(store.runs[0].stores).sort();
  const cell = (name, figure) => {
    const values = store.runs.map(({ stores }) => stores[name] && figure(stores[name]));
    const figures = spread(values);
    return figures ? withSpread(figures) : '–';
  };
  const count = (value) => value.toLocaleString('en');
  const figures = {
    'save, ms, median': (it) => median(it.save),
    'save, ms, p95': (it) => p95(it.save),
    'save at 6× slowdown, ms, p95': (it) => p95(it.saveSlow),
    [`import of ${count(store.n)}, people/s`]: (it) => (store.n / it.importMs) * 1000,
    [`import of ${count(store.big)}, people/s (once)`]: (it) => (store.big / it.importBigMs) * 1000,
    'key derivation, ms': (it) => it.unlock.kdf,
    [`key known to first answer, ${count(store.n)} people, ms`]: (it) => it.unlock.afterKey,
    [`key known to first answer, ${count(store.big)} people, ms`]: (it) => it.unlockBig?.afterKey,
    'at rest, bytes a person': (it) => it.bytes / it.people,
    [`at rest, bytes a person of ${count(store.big)} (once)`]: (it) => it.bytesBig / store.big,
    [`memory of the page with ${count(store.big)} people, MB`]: (it) => it.memoryBig,
    'sent on, people/s': (it) => (it.push.n / it.push.ms) * 1000,
    'sent on, bytes a person': (it) => it.push.up / it.push.n,
  };
  const rows = Object.entries(figures).map(([what, figure]) => [what, ...names.map((name) => cell(name, figure))]);
  return `${circumstances(store)}\n\n${table(['', ...names], rows)}`;
}

function search({ search }) {
  if (!search) return NOTHING;
  const rows = Object.keys(search.runs[0]).map((key) => {
    const cell = (figure) => withSpread(spread(search.runs.map((run) => figure(run[key]))));
    const [name, size] = key.split(' ');
    return [
      name,
      Number(size).toLocaleString('en'),
      cell((it) => it.ready),
      cell((it) => median(it.latencies)),
      cell((it) => p95(it.latencies)),
      cell((it) => it.recallExact),
      cell((it) => it.recallTypo),
      cell((it) => it.memory),
    ];
  });
  const heads = ['', 'people', 'ready, ms', 'median, ms', 'p95, ms', 'recall, exact', 'recall, one error', 'memory, MB'];
  return `${circumstances(search)}\n\n${table(heads, rows)}`;
}

function start({ start }) {
  if (!start) return NOTHING;
  const names = { desk: 'staff door, unlocking', apply: 'applicants’ door', react: 'plain React form' };
  const rows = Object.entries(names).map(([key, name]) => {
    const cells = [start[key], start.firstPaint[key]].map((values) => withSpread(spread(values)));
    return [name, ...cells];
  });
  return `${circumstances(start)}\n\n${table(['', 'answers, ms', 'first paint, ms'], rows)}`;
}

function kdf({ kdf }) {
  if (!kdf) return NOTHING;
  const rows = Object.entries({
    'in the app’s worker, as new vaults ask (64 MiB, 3 passes)': 'worker',
    'on a page at 6× slowdown, the same': 'standardSlow',
    'on a page at 6× slowdown, the least accepted (19 MiB, 2 passes)': 'floorSlow',
  }).map(([what, key]) => {
    const cells = [median, p95].map((figure) => withSpread(spread(kdf.runs.map((run) => figure(run[key])))));
    return [what, ...cells];
  });
  return `${circumstances(kdf)}\n\n${table(['', 'median, ms', 'p95, ms'], rows)}`;
}

function scan({ scan }) {
  if (!scan) return NOTHING;
  const names = {
    plain: 'upright and sharp',
    blur: 'out of focus',
    skew: 'held askew',
    glare: 'a lamp in the glass, shade',
    noise: 'grainy and pale',
    all: 'all of it at once',
  };
  const read = Object.entries(names).map(([key, name]) => [name, `${scan.read[key]} of ${scan.codes}`]);
  const times = Object.entries(scan.times).map(([name, took]) => [name, ...[median(took), p95(took)].map(number)]);
  const codes = `Codes of 120 to 800 bytes, ${scan.side} pixels a side with their quiet zone, one frame of 640 × 480 each.`;
  const heads = [`a frame at ${scan.slowdown}× slowdown`, 'median, ms', 'p95, ms'];
  return `${circumstances(scan)} ${codes}\n\n${table(['', 'read'], read)}\n\n${table(heads, times)}`;
}

function line({ line }) {
  if (!line) return NOTHING;
  const bytes = (value) => `${Math.round(value).toLocaleString('en')} bytes`;
  const rows = [
    ['a family of five alone in a parcel, with the capsule of its session', bytes(line.parcel)],
    ['the same, a person', bytes(line.wirePerPerson)],
    ['the next family of the session, a person', bytes(line.nextPerPerson)],
  ];
  if (line.collected) {
    const { people, up, down } = line.collected;
    rows.push([`first collect of ${people.toLocaleString('en')} people, both ways`, bytes(up + down)]);
    rows.push(['the same, a person', bytes(line.collectPerPerson)]);
  }
  if (line.day) {
    const figure = (pick, unit) => withSpread(spread(line.day.map(pick)), unit);
    rows.push(['40 families of five over the bad line', figure((it) => it.seconds, 's')]);
    rows.push(['their envelopes', figure((it) => it.weight, 'bytes')]);
    rows.push(['over the line for them, both ways', figure((it) => it.up + it.down, 'bytes')]);
    rows.push(['setting up TCP and TLS, apart', figure((it) => it.handshakes, 'bytes')]);
    rows.push(['segments lost', figure((it) => it.lost)]);
  }
  return `${circumstances(line)}\n\n${table(['', ''], rows)}`;
}

function server({ server }) {
  if (!server) return NOTHING;
  const figure = (pick, unit) => withSpread(spread(server.runs.map(pick)), unit);
  const rows = [
    ['entries accepted durably', figure((it) => it.rate, '/s')],
    ['time to the receipts of a parcel, p99', figure((it) => it.p99, 'ms')],
    ['signed and sealed by the client in', figure((it) => it.sealed, 'ms')],
    ['a person on the wire', figure((it) => it.wire, 'bytes')],
    ['a person in a family of five on the wire, envelopes alone', figure((it) => it.five, 'bytes')],
    ['a person in the ledger', figure((it) => it.ledger, 'bytes')],
  ];
  const { people, groups } = server.runs[0];
  const load = `${people.toLocaleString('en')} people in ${groups.toLocaleString('en')} groups, an entry a group.`;
  return `${circumstances(server)} ${load}\n\n${table(['', ''], rows)}`;
}

function databases({ databases }) {
  if (!databases) return NOTHING;
  const cases = { sqlite: 'SQLite', postgres: 'PostgreSQL', postgres3: 'PostgreSQL, three processes' };
  const rows = Object.entries(cases).map(([name, words]) => {
    const figure = (pick, unit) => withSpread(spread(databases.runs.map((run) => pick(run[name]))), unit);
    return [words, figure((it) => it.rate, '/s'), figure((it) => it.p99, 'ms')];
  });
  return `${circumstances(databases)}\n\n${table(['', 'entries accepted durably', 'p99 of a parcel'], rows)}`;
}

function taps({ taps }) {
  if (!taps) return NOTHING;
  const stages = ['e1', 'e2'].map((stage) => taps[stage]);
  const both = (figure) => stages.map(figure);
  const minutes = (value) => `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  const rows = [
    ['taps', ...both((it) => it.taps)],
    ['swipes to bring a question into sight', ...both((it) => it.swipes)],
    ['keys', ...both((it) => it.keys)],
    ['questions answered and buttons chosen', ...both((it) => it.decisions)],
    ['time for these', ...both((it) => minutes(seconds(it)))],
    ['reading the consent aloud', ...both((it) => `${minutes(readingAloud(it.read))} (${it.read} words)`)],
    ['both', ...both((it) => minutes(seconds(it) + readingAloud(it.read)))],
    ['apart: keys for the search before', ...both((it) => `${it.searching.keys} (${minutes(seconds(it.searching))})`)],
  ];
  const { key, tap, swipe, decision } = SECONDS;
  const model = `A key ${number(key)} s, a tap ${number(tap)} s, a swipe ${number(swipe)} s, a decision ${number(decision)} s.`;
  return `${circumstances(taps)}\n\n${table(['', 'e1', 'e2'], rows)}\n\n${model}`;
}

function typing({ typing }) {
  if (!typing) return NOTHING;
  const row = (name, pick) => {
    const cell = (figure, of) => withSpread(spread(typing.runs.map((run) => of(pick(run, figure)))));
    return [name, letters(typing.runs[0], 'drawn').length, cell('shown', median), cell('shown', p95), cell('drawn', p95)];
  };
  const fields = Object.keys(typing.runs[0]);
  const rows = [
    row('all', letters),
    ...fields.map((key) => {
      const [, , ...cells] = row(key, (run, figure) => letters({ key: run[key] }, figure));
      return [`\`${key}\``, typing.runs[0][key].length, ...cells];
    }),
  ];
  const form = `${typing.questions} questions with ${typing.inputs} inputs stand on the page, ${typing.slowdown}× slowdown.`;
  return `${circumstances(typing)} ${form}\n\n${table(['', 'letters', 'on the screen, median, ms', 'p95, ms', 'page at rest, p95, ms'], rows)}`;
}

function group({ group }) {
  if (!group) return NOTHING;
  const pages = { person: 'from the search to a person’s page, which shows everybody', group: 'from there to the group’s page' };
  const rows = Object.entries(group.speeds).flatMap(([slowdown, speed]) =>
    Object.entries(pages).map(([key, name]) => [
      name,
      `${slowdown}×`,
      speed[key].length,
      number(speed[key][0]),
      ...[median, p95].map((figure) => number(figure(speed[key]))),
    ]),
  );
  const [least, most] = [Math.min(...group.bytes), Math.max(...group.bytes)].map((bytes) => bytes.toLocaleString('en'));
  const people = `${group.people} people, photos of ${least} to ${most} bytes.`;
  return `${circumstances(group)} ${people}\n\n${table(['', 'slowdown', 'openings', 'the first, ms', 'median, ms', 'p95, ms'], rows)}`;
}

/** Section name to what stands in it. */
export const SECTIONS = { budgets, store, search, kdf, start, taps, typing, group, scan, line, server, databases };
