// The service worker's loader: the one file that a browser takes as it comes. It is the same for every version of the
// app until the release key or the loader itself changes. Which version it is for stands in its address, as `?v=`
// and the digest of that version's list.
//
// A version is installed whole or not at all, and only if the release key signed its list and every file is the one
// of the list. Otherwise the version that is here stays, and the open pages are told. On a thin line that may take
// several attempts: what one fetched the next finds, and files that did not change are taken over from before.
//
// Every listener is added at once, as browsers demand. Fetches are answered here, from the files that were kept: the app
// starts without waiting for the worker's program, and starts all the same where that cannot.
"use strict";

// The public half of the release key (ECDSA P-256, the point uncompressed, base64url); the build puts it in.
const RELEASE_KEY = "__RELEASE_KEY__";
const ASKED = new URL(location.href).searchParams;
const VERSION = ASKED.get("v");
// The applicants' door has a worker of its own, with fewer files, no program and the scope `/apply`. Neither touches what
// the other one keeps.
const IS_APPLY = ASKED.get("door") === "apply";
const LIST = IS_APPLY ? "/apply-assets.json" : "/assets.json";
const PREFIX = IS_APPLY ? "amparo-apply-" : "amparo-shell-";
const SHELL = `${PREFIX}${VERSION}`;
// The sixteen letters in a name that stand for the contents, as in `/desk-0123456789abcdef.wasm`.
const NAMED = /-[0-9a-f]{16}\.[a-z0-9.]+$/;

// Lists of files, and plain pages of the server's own.
const SERVERS = new Set(["/assets.json", "/apply-assets.json", "/answer", "/answer.css", "/offices", "/offices.css"]);
const isApply = (path) => path === "/apply" || path.startsWith("/apply/");

// Nothing but the program's own script may be loaded, once its list was found to be signed; no string becomes code.
let glue;
try {
  self.trustedTypes?.createPolicy("default", { createScriptURL: (address) => (address === glue ? address : null) });
} catch {
  // A policy by that name was refused; then scripts are too, and there is no delivery in the background.
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("sync", (event) => event.waitUntil(IS_APPLY ? handIn() : round(event.lastChance)));
self.addEventListener("periodicsync", (event) => event.waitUntil(IS_APPLY ? handIn() : round(true)));

// A new version waits until the person agrees: taking over in the middle of a form is never done unasked.
self.addEventListener("message", (event) => {
  if (event.data?.type === "update") {
    event.waitUntil(self.skipWaiting());
  }
  if (IS_APPLY && event.data?.type === "languages") {
    event.waitUntil(keepLanguages(event.data.first));
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const servers = url.pathname.startsWith("/api/") || SERVERS.has(url.pathname);
  // Where the other door's worker is not there yet, that door comes from the server.
  const others = request.mode === "navigate" && isApply(url.pathname) !== IS_APPLY;
  const own = url.origin === location.origin && !servers && !others;
  if (VERSION && own && request.method === "GET") {
    event.respondWith(answer(request, url.pathname));
  }
});

// What was offered is not what the release key signed. Anything else that goes wrong is the line's doing.
class Refused extends Error {}

async function install() {
  // A page of a time without versions in the address asked: it gets no files and the next page asks properly.
  if (!VERSION) return;
  try {
    await keep(await offered());
  } catch (fault) {
    if (fault instanceof Refused) {
      const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
      pages.forEach((page) => page.postMessage({ type: "refused", reason: fault.message }));
    }
    throw fault;
  }
}

// The list that the server offers, if the release key signed it and it does not lead back or to another key.
async function offered() {
  const response = await fetched(LIST);
  const text = await response.text();
  const list = await read(text);
  const { version } = list;
  if (version !== VERSION) {
    throw new Error("the server offers another version by now");
  }
  const before = await newest();
  if (before && list.number < before.number) {
    throw new Refused("older");
  }
  if (before && ![before.key, before.next].includes(list.key)) {
    throw new Refused("key");
  }
  return { ...list, text };
}

async function read(text) {
  let signed, signature;
  try {
    ({ signed, signature } = JSON.parse(text));
    signature = bytesOf(signature);
  } catch {
    // A hotel's page, or an answer that was cut off.
    throw new Error("no list of files came");
  }
  const bytes = new TextEncoder().encode(signed);
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(RELEASE_KEY), curve, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, bytes))) {
    throw new Refused("signature");
  }
  const list = JSON.parse(signed);
  if (list.form !== 1 || list.key !== RELEASE_KEY) {
    throw new Refused("signature");
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 8);
  return { ...list, version: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

// The list of the newest version that was ever installed whole here.
async function newest() {
  let found;
  for (const name of await caches.keys()) {
    const kept = name.startsWith(PREFIX) && (await (await caches.open(name)).match(LIST));
    const list = kept && JSON.parse(JSON.parse(await kept.text()).signed);
    if (list && (!found || list.number >= found.number)) {
      found = list;
    }
  }
  return found;
}

async function keep(list) {
  const shell = await caches.open(SHELL);
  await keepFiles(shell, Object.entries(list.files));
  await keepFiles(shell, await spoken(list));
  load(list);
  await shell.put(LIST, new Response(list.text));
}

// Words and choices in the languages that earlier versions hold: with no line the new one must speak them too, from its
// first page.
async function spoken({ later = {} }) {
  const language = (path) => /^\/apply\/[a-z]+-([a-z]+)-[0-9a-f]{16}\./.exec(path)?.[1];
  const held = new Set();
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== SHELL) {
      const kept = await (await caches.open(name)).keys();
      kept.forEach(({ url }) => held.add(language(new URL(url).pathname)));
    }
  }
  return Object.entries(later).filter(([path]) => held.has(language(path) ?? ""));
}

async function keepFiles(shell, files) {
  for (const [path, digest] of files) {
    const isIt = async (response) => response && (await digestOf(await response.clone().arrayBuffer())) === digest;
    if (await isIt(await shell.match(path))) continue;
    const before = NAMED.test(path) && (await caches.match(path, { ignoreVary: true }));
    if (await isIt(before)) {
      await shell.put(path, before);
      continue;
    }
    // What is named after its contents the page may just have fetched: on a thin line nothing should come twice.
    let response = NAMED.test(path) && (await fetched(path, "default"));
    if (!(await isIt(response))) {
      response = await fetched(path);
    }
    const body = await response.arrayBuffer();
    if ((await digestOf(body)) !== digest) {
      throw new Refused("file");
    }
    // The headers stay with the body: they carry the rules that the page runs under.
    await shell.put(path, new Response(body, { status: 200, headers: response.headers }));
  }
}

// Words and choices of the language that is spoken, then those of all others: a phone is handed on. What cannot be had now
// is asked for again at the next start.
let keeping;
function keepLanguages(first) {
  return (keeping ??= (async () => {
    const shell = await caches.open(SHELL);
    const kept = await shell.match(LIST);
    if (!kept) return;
    const later = Object.entries((await read(await kept.text())).later ?? {});
    const isFirst = ([path]) => path.includes(`-${first}-`);
    await keepFiles(shell, [...later.filter(isFirst), ...later.filter((file) => !isFirst(file))]);
  })()
    .catch((fault) => console.warn(fault))
    .finally(() => (keeping = undefined)));
}

async function fetched(path, cache = "reload") {
  // Past the browser's own cache, which may hold what another version left.
  const response = await fetch(path, { cache });
  if (!response.ok || response.redirected) {
    throw new Error(`${path}: ${response.status}`);
  }
  return response;
}

// Forgets the files of earlier versions, but for the last whole one: a tab may still be running it. The very first page
// is served, and may deliver in the background, without being loaded twice.
async function activate() {
  const earlier = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL).reverse();
  let kept = false;
  for (const name of earlier) {
    if (!kept && (await (await caches.open(name)).match(LIST))) {
      kept = true;
    } else {
      await caches.delete(name);
    }
  }
  await self.clients.claim();
}

// The script that ties the worker's program to the browser. The first time is while installing: browsers let no other
// script be loaded later.
let loaded = false;
function load(list) {
  if (loaded || !list.glue) return;
  glue = list.glue;
  try {
    importScripts(glue);
    loaded = true;
  } catch (fault) {
    console.warn(fault);
  }
}

// The program, started when it is first needed; null where it cannot be started.
let started;
const program = () => (started ??= start().catch((fault) => (console.warn(fault), (started = null))));

async function start() {
  const shell = await caches.open(SHELL);
  const list = await read(await (await shell.match(LIST)).text());
  load(list);
  await wasm_bindgen({ module_or_path: await shell.match(list.wasm) });
  return wasm_bindgen;
}

// Delivers and collects. Where the program cannot be started now it fails, so that the browser tries again; an open
// page does the same meanwhile.
async function round(lastChance) {
  const ready = await program();
  if (!ready) {
    throw new Error("the program could not be started");
  }
  await ready.sync(Boolean(lastChance));
}

// Pages are made by the app, so every address of one is answered with its door, with or without a line. Everything
// else is looked for among the kept files of this version, then of the one before, then asked for.
async function answer(request, path) {
  const lookup = { ignoreVary: true };
  const shell = await caches.open(SHELL);
  if (request.mode === "navigate" && !path.split("/").pop().includes(".")) {
    return (await shell.match(IS_APPLY ? "/apply" : "/", lookup)) ?? fetch(request);
  }
  return (await shell.match(path, lookup)) ?? (await caches.match(path, lookup)) ?? fetch(request);
}

// What the applicants' door has sealed for the server lies in its database as rows of fixed widths (`store::applicant`):
// 84, then POSTED, the answer, when it was tried, SEALED. This worker opens nothing of it: it posts what lies there and puts
// the answer beside it, whose signature the page checks.
const DATABASE = "applicant";
const LETTERS = "letters";
// An answer's least length, and what its first byte and its eighteenth say where it settles the letter.
const ANSWER_LENGTH = 83;
const FATE_AT = 17;
const TAKEN = 1;
const SETTLES = [TAKEN, 3, 4, 5];
// The family comes first in a letter's key.
const FAMILY_LENGTH = 16;

// One round after the other: browsers may call twice at once, and nothing should be sent twice.
let handing = Promise.resolve();
function handIn() {
  handing = handing.catch(() => {}).then(handOver);
  return handing;
}

// Hands in what waits, in the order in which it was written. What comes after a letter of the same family that was not
// taken stays here: a wish means nothing before its application. Where something could not be handed in now it fails, so
// that the browser tries again.
async function handOver() {
  const database = await openLetters();
  if (!database) return;
  const held = new Set();
  let left = 0;
  try {
    for (const [key, row] of await waiting(database)) {
      const family = new Uint8Array(key).subarray(0, FAMILY_LENGTH).join();
      if (held.has(family)) continue;
      let fate = fateIn(row);
      if (fate === undefined) {
        const answer = await post(posted(row));
        await settle(database, key, row, answer);
        left += answer ? 0 : 1;
        fate = answer?.[FATE_AT];
      }
      if (fate !== TAKEN) held.add(family);
    }
  } finally {
    database.close();
  }
  new BroadcastChannel(DATABASE).postMessage(LETTERS);
  if (left > 0) {
    throw new Error(`${left} not handed in`);
  }
}

// The database as it is; none is made where there is none.
function openLetters() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE);
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => (asked.error?.name === "AbortError" ? resolve(null) : reject(asked.error));
  });
}

function waiting(database) {
  return new Promise((resolve, reject) => {
    const letters = database.transaction(LETTERS).objectStore(LETTERS);
    const [keys, rows] = [letters.getAllKeys(), letters.getAll()];
    rows.onsuccess = () => {
      const all = keys.result.map((key, at) => [key, rows.result[at]]);
      resolve(all.filter(([, row]) => posted(row).length > 0));
    };
    rows.onerror = () => reject(rows.error);
  });
}

const lengthAt = (row, at) => new DataView(row.buffer, row.byteOffset).getUint32(at);
const posted = (row) => row.subarray(6, 6 + lengthAt(row, 2));
const answerAt = (row) => 6 + lengthAt(row, 2);
// What became of a letter whose answer lies here already; a page has yet to take that up.
const fateIn = (row) => (row[answerAt(row)] === 0xf6 ? undefined : row[answerAt(row) + 5 + FATE_AT]);

// The answer, if it settles the letter.
async function post(letter) {
  const head = new Uint8Array([0xa1, 0x66, ...new TextEncoder().encode("letter"), 0x5a, 0, 0, 0, 0]);
  new DataView(head.buffer).setUint32(head.length - 4, letter.length);
  try {
    const type = "application/cbor";
    const headers = { "content-type": type, accept: type };
    const response = await fetch("/api/hand_in", { method: "POST", headers, body: new Blob([head, letter]) });
    const answer = response.ok && bytesIn(new Uint8Array(await response.arrayBuffer()));
    const settles = answer && answer.length >= ANSWER_LENGTH && answer[0] === 1 && SETTLES.includes(answer[FATE_AT]);
    return settles ? answer : null;
  } catch {
    return null;
  }
}

// What a CBOR byte string holds (RFC 8949), if that is all there is.
function bytesIn(cbor) {
  const [first, second] = cbor;
  const start = { 0x58: 2, 0x59: 3, 0x5a: 5 }[first] ?? 1;
  const view = new DataView(cbor.buffer);
  const lengths = { 1: () => first - 0x40, 2: () => second, 3: () => view.getUint16(1), 5: () => view.getUint32(1) };
  const isBytes = (first >= 0x40 && first < 0x58) || start > 1;
  return isBytes && cbor.length >= start && cbor.length === start + lengths[start]() ? cbor.subarray(start) : null;
}

// Writes what came of it into the row, unless the page changed that meanwhile.
function settle(database, key, row, answer) {
  const at = answerAt(row);
  const middle = new Uint8Array(9 + (answer ? 5 + answer.length : 1));
  const view = new DataView(middle.buffer);
  middle[0] = 0xf6;
  if (answer) {
    middle[0] = 0x5a;
    view.setUint32(1, answer.length);
    middle.set(answer, 5);
  }
  middle[middle.length - 9] = 0x1b;
  view.setBigUint64(middle.length - 8, BigInt(Date.now()));
  // One byte for the answer there was not, nine for when it was tried.
  const next = new Uint8Array([...row.subarray(0, at), ...middle, ...row.subarray(at + 10)]);
  return new Promise((resolve, reject) => {
    const writing = database.transaction(LETTERS, "readwrite", { durability: "strict" });
    const letters = writing.objectStore(LETTERS);
    const asked = letters.get(key);
    asked.onsuccess = () => {
      const now = asked.result;
      const same = now && now[answerAt(now)] === 0xf6 && isSame(posted(now), posted(row));
      if (same) letters.put(next, key);
    };
    writing.oncomplete = () => resolve();
    writing.onabort = () => reject(writing.error);
  });
}

function isSame(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}
