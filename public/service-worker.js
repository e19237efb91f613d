// The service worker's loader. Its address never changes; what changes with each version is in the file of assets.
//
// It adds every listener at once, as browsers demand, and hands events to the program when that is ready. Fetches
// it answers by itself, from the files that were kept: the app starts without waiting for the program, and starts
// all the same where the program cannot.
"use strict";

// Nothing but our own two scripts may be loaded, and no string becomes code.
try {
  self.trustedTypes?.createPolicy("default", {
    createScriptURL: (address) =>
      address === "/service-worker-assets.js" || address === self.AMPARO?.glue ? address : null,
  });
} catch {
  // A policy by that name was refused; then scripts are too, and the worker is not installed.
}

importScripts("/service-worker-assets.js");
const { version, glue, wasm, precache } = self.AMPARO;
const SHELL = `amparo-shell-${version}`;

try {
  importScripts(glue);
} catch (fault) {
  console.warn(fault);
}

// The program, started when it is first needed; null where it cannot be started.
let started;
const program = () => (started ??= start().catch((fault) => (console.warn(fault), (started = null))));

async function start() {
  const shell = await caches.open(SHELL);
  let kept = await shell.match(wasm);
  if (!kept) {
    const fetched = await fetch(wasm);
    if (!fetched.ok) {
      throw new Error(`${wasm}: ${fetched.status}`);
    }
    await shell.put(wasm, fetched.clone());
    kept = fetched;
  }
  await wasm_bindgen({ module_or_path: kept });
  return wasm_bindgen;
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
  if (request.method === "GET" && url.origin === location.origin && !url.pathname.startsWith("/api/")) {
    event.respondWith(answer(request, url.pathname));
  }
});

async function install() {
  const ready = await program();
  if (ready) {
    await ready.install(SHELL, precache);
  } else {
    const shell = await caches.open(SHELL);
    await shell.addAll(precache.map((path) => new Request(path, { cache: "reload" })));
  }
}

async function activate() {
  const ready = await program();
  await (ready ? ready.activate(SHELL) : self.clients.claim());
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
