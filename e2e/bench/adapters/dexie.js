// The best library with encryption: Dexie 4 with dexie-encrypted (TweetNaCl), MiniSearch in memory. Ids and the outbox lie in
// clear, as the library wants them.
import Dexie from 'dexie';
import { applyEncryptionMiddleware, clearAllTables, NON_INDEXED_FIELDS } from 'dexie-encrypted';
import mini from '../engines/minisearch.js';
import { deriveBits } from '../page/key.js';
import { post } from '../page/push.js';

const BATCH = 1000;
let relaxed;
let strict;
let engine;

async function connect(key, durability) {
  const database = new Dexie('dexie', { chromeTransactionDurability: durability });
  applyEncryptionMiddleware(database, key, { people: NON_INDEXED_FIELDS }, clearAllTables);
  database.version(1).stores({ people: 'id', outbox: 'id' });
  await database.open();
  return database;
}

export default {
  name: 'dexie',
  relaxed: true,

  async open(password) {
    const start = performance.now();
    const key = await deriveBits(password);
    const kdf = performance.now() - start;
    relaxed = await connect(key, 'relaxed');
    strict = await connect(key, 'strict');
    return { kdf };
  },

  save(record, options) {
    const database = options.strict ? strict : relaxed;
    return database.transaction('rw', database.people, database.outbox, () => {
      database.people.put(record);
      database.outbox.put({ id: record.id });
    });
  },

  async bulk(records) {
    for (let i = 0; i < records.length; i += BATCH) {
      const part = records.slice(i, i + BATCH);
      await relaxed.transaction('rw', relaxed.people, relaxed.outbox, () =>
        Promise.all([relaxed.people.bulkPut(part), relaxed.outbox.bulkPut(part.map(({ id }) => ({ id })))]),
      );
    }
  },

  async load() {
    const records = await relaxed.people.toArray();
    engine = mini();
    engine.build(records);
    return { n: records.length };
  },

  search: (text) => engine.search(text),

  async push(url) {
    for (let n = 0; ; ) {
      const ids = await relaxed.outbox.limit(BATCH).primaryKeys();
      if (ids.length === 0) return { n };
      await post(url, JSON.stringify(await relaxed.people.bulkGet(ids)), 'application/json');
      await relaxed.outbox.bulkDelete(ids);
      n += ids.length;
    }
  },

  close() {
    relaxed.close();
    strict.close();
  },
};
