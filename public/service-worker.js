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
const LIST = "/assets.json";
const PREFIX = "amparo-shell-";
const VERSION = new URL(location.href).searchParams.get("v");
const SHELL = `${PREFIX}${VERSION}`;
// The sixteen letters in a name that stand for the contents, as in `/desk-0123456789abcdef.wasm`.
const NAMED = /-[0-9a-f]{16}\.[a-z0-9.]+$/;

// Nothing but the program's own script may be loaded, once its list was found to be signed; no string becomes code.
let glue;
try {
  self.trustedTypes?.createPolicy("default", { createScriptURL: (address) => (address === glue ? address : null) });
} catch {
  // A policy by that name was refused; then scripts are too, and there is no delivery in the background.
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("sync", (event) => event.waitUntil(round(event.lastChance)));
self.addEventListener("periodicsync", (event) => event.waitUntil(round(true)));

// A new version waits until the person agrees: taking over in the middle of a form is never done unasked.
self.addEventListener("message", (event) => {
  if (event.data?.type === "update") {
    event.waitUntil(self.skipWaiting());
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // The page for slips is the server's own.
  const slips = url.pathname === "/answer" || url.pathname === "/answer.css";
  const servers = url.pathname.startsWith("/api/") || url.pathname === LIST || slips;
  const own = url.origin === location.origin && !servers;
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
  for (const [path, digest] of Object.entries(list.files)) {
    const isIt = async (response) => response && (await digestOf(await response.clone().arrayBuffer())) === digest;
    if (await isIt(await shell.match(path))) continue;
    const before = NAMED.test(path) && (await caches.match(path, { ignoreVary: true }));
    if (await isIt(before)) {
      await shell.put(path, before);
      continue;
    }
    const response = await fetched(path);
    const body = await response.arrayBuffer();
    if ((await digestOf(body)) !== digest) {
      throw new Refused("file");
    }
    // The headers stay with the body: they carry the rules that the page runs under.
    await shell.put(path, new Response(body, { status: 200, headers: response.headers }));
  }
  load(list);
  await shell.put(LIST, new Response(list.text));
}

async function fetched(path) {
  // Past the browser's own cache, which may hold what another version left.
  const response = await fetch(path, { cache: "reload" });
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
  if (loaded) return;
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
    const door = path === "/apply" || path.startsWith("/apply/") ? "/apply" : "/";
    return (await shell.match(door, lookup)) ?? fetch(request);
  }
  return (await shell.match(path, lookup)) ?? (await caches.match(path, lookup)) ?? fetch(request);
}

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return btoa(String.fromCharCode(...digest)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}
