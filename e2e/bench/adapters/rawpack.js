// By hand, packed: people in deflated and sealed segments of 500, a small sealed search column beside each, single saves in
// rows of their own. The search needs no index (uFuzzy), so nothing has to be built on unlocking.
import fuzzy from '../engines/ufuzzy.js';
import { searchText } from '../lib/records.mjs';
import { committed, openDatabase, result, writing } from '../page/indexeddb.js';
import { box, deriveKey } from '../page/key.js';
import { post, through } from '../page/push.js';

const SEGMENT = 500;
const STORES = {
  segments: { autoIncrement: true },
  columns: { autoIncrement: true },
  rows: {},
  outbox: { autoIncrement: true },
};
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let database;
let sealer;
let engine;

const deflate = (bytes) => through(bytes, new CompressionStream('deflate-raw')).then((buffer) => new Uint8Array(buffer));
const openAll = (rows) => Promise.all(rows.map((row) => sealer.open(row)));
const openText = async (rows) => (await openAll(rows)).map((bytes) => decoder.decode(bytes));

/** A segment and its search column. */
async function pack(records) {
  const lines = records.map((record) => JSON.stringify(record)).join('\n');
  const column = records.map((record) => `${record.id}\t${searchText(record)}`).join('\n');
  return Promise.all([
    deflate(encoder.encode(lines)).then((bytes) => sealer.seal(bytes)),
    sealer.seal(encoder.encode(column)),
  ]);
}

export default {
  name: 'rawpack',
  relaxed: true,

  async open(password) {
    const { key, kdf } = await deriveKey(password);
    sealer = box(key);
    database = await openDatabase('rawpack', STORES);
    return { kdf };
  },

  async save(record, { strict }) {
    const row = await sealer.seal(encoder.encode(JSON.stringify(record)));
    const transaction = writing(database, 'rows', strict);
    transaction.objectStore('rows').put(row, record.id);
    transaction.commit();
    await committed(transaction);
  },

  async bulk(records) {
    let pending;
    for (let i = 0; i < records.length; i += SEGMENT) {
      const [segment, column] = await pack(records.slice(i, i + SEGMENT));
      await pending;
      const transaction = writing(database, ['segments', 'columns', 'outbox']);
      const written = transaction.objectStore('segments').put(segment);
      transaction.objectStore('columns').put(column);
      written.onsuccess = () => {
        transaction.objectStore('outbox').put(written.result);
        transaction.commit();
      };
      pending = committed(transaction);
    }
    await pending;
  },

  async load() {
    engine = fuzzy();
    let n = 0;
    const transaction = database.transaction(['columns', 'rows']);
    const read = ['columns', 'rows'].map((name) => result(transaction.objectStore(name).getAll()));
    const [columns, rows] = await Promise.all(read);
    for (const column of await openText(columns)) {
      for (const line of column.split('\n')) {
        const tab = line.indexOf('\t');
        engine.add(line.slice(0, tab), line.slice(tab + 1));
        n++;
      }
    }
    for (const row of await openText(rows)) {
      const record = JSON.parse(row);
      engine.add(record.id, searchText(record));
      n++;
    }
    return { n };
  },

  search: (text) => engine.search(text),

  // A segment goes out as it lies: opened, still deflated. Two are on their way at a time; rows go as one last batch.
  async push(url) {
    const send = async (body) => (await post(url, body, 'application/x-ndjson', 'deflate-raw')).n;
    const get = (store, key) => result(database.transaction(store).objectStore(store).get(key));
    const all = (store) => result(database.transaction(store).objectStore(store).getAll());
    const sendSegment = async (id) => send(await sealer.open(await get('segments', id)));
    const [ids, rows] = await Promise.all([all('outbox'), all('rows')]);
    let n = 0;
    for (let i = 0; i < ids.length; i += 2) {
      for (const count of await Promise.all(ids.slice(i, i + 2).map(sendSegment))) n += count;
    }
    if (rows.length > 0) n += await send(await deflate(encoder.encode((await openText(rows)).join('\n'))));
    const transaction = writing(database, 'outbox');
    transaction.objectStore('outbox').clear();
    await committed(transaction);
    return { n };
  },

  close: () => database.close(),
};
