// By hand, one row a person: IndexedDB and AES-GCM of the browser, MiniSearch in memory.
import mini from '../engines/minisearch.js';
import { committed, openDatabase, result, writing } from '../page/indexeddb.js';
import { box, deriveKey } from '../page/key.js';
import { post, through } from '../page/push.js';

const BATCH = 1000;
const PAGE = 2000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
let database;
let sealer;
let engine;

const seal = (record) => sealer.seal(encoder.encode(JSON.stringify(record)));
const open = async (bytes) => JSON.parse(decoder.decode(await sealer.open(bytes)));

export default {
  name: 'raw',
  relaxed: true,

  async open(password) {
    const { key, kdf } = await deriveKey(password);
    sealer = box(key);
    database = await openDatabase('raw', { people: {}, outbox: {} });
    return { kdf };
  },

  async save(record, { strict }) {
    const row = await seal(record);
    const transaction = writing(database, ['people', 'outbox'], strict);
    transaction.objectStore('people').put(row, record.id);
    transaction.objectStore('outbox').put(1, record.id);
    transaction.commit();
    await committed(transaction);
  },

  async bulk(records) {
    let pending;
    for (let i = 0; i < records.length; i += BATCH) {
      const part = records.slice(i, i + BATCH);
      const rows = await Promise.all(part.map(seal));
      await pending;
      const transaction = writing(database, ['people', 'outbox']);
      const [people, outbox] = ['people', 'outbox'].map((name) => transaction.objectStore(name));
      part.forEach((record, nth) => {
        people.put(rows[nth], record.id);
        outbox.put(1, record.id);
      });
      transaction.commit();
      pending = committed(transaction);
    }
    await pending;
  },

  async load() {
    const people = () => database.transaction('people').objectStore('people');
    const records = [];
    let range = null;
    let next = result(people().getAll(null, PAGE));
    for (;;) {
      const rows = await next;
      if (rows.length === 0) break;
      const keys = await result(people().getAllKeys(range, PAGE));
      range = IDBKeyRange.lowerBound(keys.at(-1), true);
      // The next rows are read while these are opened.
      next = result(people().getAll(range, PAGE));
      records.push(...(await Promise.all(rows.map(open))));
    }
    engine = mini();
    engine.build(records);
    return { n: records.length };
  },

  search: (text) => engine.search(text),

  async push(url) {
    for (let n = 0; ; ) {
      const ids = await result(database.transaction('outbox').objectStore('outbox').getAllKeys(null, BATCH));
      if (ids.length === 0) return { n };
      const people = database.transaction('people').objectStore('people');
      const rows = await Promise.all(ids.map((id) => result(people.get(id))));
      const body = JSON.stringify(await Promise.all(rows.map(open)));
      await post(url, await through(body, new CompressionStream('gzip')), 'application/json', 'gzip');
      const transaction = writing(database, 'outbox');
      transaction.objectStore('outbox').delete(IDBKeyRange.bound(ids[0], ids.at(-1)));
      await committed(transaction);
      n += ids.length;
    }
  },

  close: () => database.close(),
};
