// Writes the journal, the second copy of what waits to be sent: files of this origin that only a worker like this one can
// flush to the disk. It knows nothing of what is in them; the store makes the bytes and reads them again.
//
// One page writes at a time. A file is only appended to where it ends as the page believes that it ends; a new file is
// whole on the disk before the former one goes.
"use strict";

const FOLDER = "journal";
const TRIES = 40;
const PAUSE = 25;

const pause = () => new Promise((done) => setTimeout(done, PAUSE));

// Pages that have no locks still find out by the end of a file that another one wrote.
const alone = (deed) => (navigator.locks ? navigator.locks.request("amparo-journal", deed) : deed());

const folder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

// Whether a newer file of the same kind lies there: one with a lower number would not count.
async function overtaken(name) {
  const [, kind, own] = /^(\D+)(\d+)$/.exec(name) ?? [];
  for await (const other of (await folder()).keys()) {
    const [, same, number] = /^(\D+)(\d+)$/.exec(other) ?? [];
    if (kind && same === kind && Number(number) > Number(own)) return true;
  }
  return false;
}

// A handle to a file that is there, or is to be made; `null` where it is not as it should be.
async function open(name, create) {
  const within = await folder();
  const there = await within.getFileHandle(name).catch((fault) => {
    if (fault.name !== "NotFoundError") throw fault;
    return null;
  });
  if (Boolean(there) === create) return null;
  const file = there ?? (await within.getFileHandle(name, { create: true }));
  for (let tries = 1; ; tries += 1) {
    try {
      return await file.createSyncAccessHandle();
    } catch (fault) {
      if (fault.name !== "NoModificationAllowedError" || tries === TRIES) throw fault;
      await pause();
    }
  }
}

// All of the bytes on the disk, or none.
function write(handle, bytes, at) {
  let written = 0;
  try {
    while (written < bytes.length) {
      const part = handle.write(bytes.subarray(written), { at: at + written });
      if (!part) break;
      written += part;
    }
    if (written === bytes.length) {
      handle.flush();
      return "done";
    }
  } catch (fault) {
    handle.truncate(at);
    throw fault;
  }
  handle.truncate(at);
  return "full";
}

const deeds = {
  async append({ name, size, link, bytes }) {
    const handle = await open(name, false);
    if (!handle) return "moved";
    try {
      const last = new Uint8Array(link.length);
      const ends = handle.getSize() === size && handle.read(last, { at: size - link.length }) === link.length;
      if (!ends || last.some((byte, at) => byte !== link[at])) return "moved";
      return write(handle, bytes, size);
    } finally {
      handle.close();
    }
  },

  async replace({ name, bytes, former }) {
    if (await overtaken(name)) return "moved";
    const handle = await open(name, true);
    if (!handle) return "moved";
    let outcome;
    try {
      outcome = write(handle, bytes, 0);
    } finally {
      handle.close();
    }
    const within = await folder();
    for (const other of outcome === "done" ? former : [name]) {
      await within.removeEntry(other).catch(() => {});
    }
    return outcome;
  },
};

addEventListener("message", async ({ data }) => {
  let outcome;
  try {
    outcome = await alone(() => deeds[data.deed](data));
  } catch (fault) {
    outcome = fault.name === "QuotaExceededError" ? "full" : `failed: ${fault.name}`;
  }
  postMessage({ number: data.number, outcome });
});
