// The app's own store, driven through the bench page's program (`app/src/bin/bench.rs`), which the harness's server has at
// its root. Each person goes over as one line of columns with tabs between them.

const PATIENCE = 60_000;
let app;
let stretched;

/** Starts the program the way the bench page does, and gives its functions. */
async function start() {
  const text = async (address) => (await fetch(address)).text();
  const script = (await text('/bench.html')).match(/"(\/start-bench[^"]*\.js)"/)[1];
  const glue = (await text(script)).match(/from "(\/bench[^"]*\.js)"/)[1];
  await import(script);
  const functions = await import(glue);
  for (const begun = performance.now(); performance.now() - begun < PATIENCE; ) {
    try {
      if (functions.started()) return functions;
    } catch {
      // Its functions throw until the program is there.
      await new Promise((done) => setTimeout(done, 10));
    }
  }
  throw new Error('the bench program does not start');
}

/** A person's columns: first those the app has fields for, then the rest, so that every store keeps the same content. */
function columns(record) {
  const [first, second] = record.documents;
  const { address, consent } = record;
  const papers = [first, second].flatMap(({ type, number, issued }) => [type, number, issued]);
  const known = [
    Number(record.id.slice(4)),
    `${record.given} ${record.middle}`,
    record.family,
    record.alias,
    record.father,
    record.mother,
    record.sex,
    record.dob,
    record.nationality,
    record.phone,
    record.maritalStatus,
    address.origin,
    record.relation,
    ...papers,
    `${address.camp} ${address.block} ${address.shelter}`,
    record.arrival,
  ];
  const rest = [
    record.notes,
    record.ethnicity,
    record.religion,
    record.language,
    record.household,
    record.education,
    record.occupation,
    ...record.needs,
    record.dobEstimated,
    consent.share,
    consent.at,
    consent.by,
  ];
  return [...known, ...rest];
}

/** A person as one line. */
export const line = (record) => columns(record).join('\t');

const id = (number) => `REG-${String(number).padStart(8, '0')}`;

export default {
  name: 'amparo',
  relaxed: false,

  async ready() {
    app = await start();
    // Other measures go on from here: what they call has no counterpart in other stores.
    window.amparo = { app, line };
  },

  async open(password) {
    const start = performance.now();
    stretched = await app.derive(password);
    const kdf = performance.now() - start;
    // `load` is where a vault that exists is unlocked; one that does not is made here.
    if (stretched.fresh) await app.unlock(stretched);
    return { kdf };
  },

  beforeSave: (record) => app.draft(line(record)),
  save: (record) => app.save(line(record)),
  prepare: (records) => app.prepare(records.map(line).join('\n')),
  bulk: (pages) => app.collect(pages),

  async load() {
    await app.unlock(stretched);
    return { n: app.people() };
  },

  search: (text) => Array.from(app.search(text), id),

  async push(url) {
    const body = { method: 'POST', headers: { 'content-type': 'application/octet-stream' } };
    const post = async (parcel) => {
      const response = await fetch(url, { ...body, body: parcel });
      if (!response.ok) throw new Error(`push failed: ${response.status}`);
    };
    return { n: await app.deliver(post) };
  },

  memory: () => app.memory_bytes(),
  close: () => app.close(),
};
