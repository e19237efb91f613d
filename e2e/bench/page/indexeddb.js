// IndexedDB as promises, and no more than that.

/** What a request gives. */
export const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves when a transaction has committed. */
export const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });

/** Opens a database; `stores` maps names to their options. */
export function openDatabase(name, stores) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [store, options] of Object.entries(stores)) request.result.createObjectStore(store, options);
  };
  return result(request);
}

/** A transaction that writes. Strict: it is complete only when it lies on the disk. */
export const writing = (database, stores, strict = false) =>
  database.transaction(stores, 'readwrite', { durability: strict ? 'strict' : 'relaxed' });
