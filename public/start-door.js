// Starts the applicants' door. The first words are there before this is, and stay when nothing else ever comes.
// Globals for the program: where its files lie, and the fingerprint of the root that vouches for the server's keys; where
// the build named none, the program pins the one it meets first.
globalThis.AMPARO_FILES = Object.freeze(__FILES__);
globalThis.AMPARO_ROOT = "__ROOT__";
// It runs here: `too-old.js` leaves its hints shut.
globalThis.AMPARO_STARTS = true;

const NEUTRAL = "https://es.wikipedia.org/";
const REMEMBERED = "apply-language";
const files = globalThis.AMPARO_FILES;
const root = document.documentElement;
const sections = [...document.querySelectorAll("#first-words section[lang]")];
const tongues = document.querySelectorAll("#first-words a.door__tongue");

// What the program will ask for first travels beside it.
const fetched = new Set();
function ahead(language) {
  for (const name of [`apply/words-${language}`, `apply/choices-${language}`]) {
    if (files[name] && !fetched.has(name)) {
      fetched.add(name);
      fetch(files[name]).catch(() => {});
    }
  }
}

function speak(language) {
  const section = sections.find((it) => it.id === language);
  if (!section) return;
  root.lang = language;
  root.dir = section.dir || "ltr";
  for (const it of sections) it.hidden = it !== section;
  for (const it of tongues) it.setAttribute("aria-current", String(it.lang === language));
  ahead(language);
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

const offered = (code) => sections.find((it) => it.id === code?.slice(0, 2))?.id;
const known = offered(remembered()) ?? offered(location.hash.slice(1));
if (known) speak(known);
// Nobody chose yet: all languages stay in sight, and the program begins in the phone's.
else {
  const likely = navigator.languages?.map(offered).find(Boolean) ?? "es";
  root.lang = likely;
  root.dir = likely === "ar" ? "rtl" : "ltr";
  ahead(likely);
}

for (const it of tongues) {
  it.addEventListener("click", (event) => {
    event.preventDefault();
    speak(it.lang);
    try {
      localStorage.setItem(REMEMBERED, it.lang);
    } catch {
      // Chosen again next time.
    }
  });
}

// Leaves no way back to this page.
document.querySelector("#first-words .door__leave")?.addEventListener("click", (event) => {
  event.preventDefault();
  location.replace(NEUTRAL);
});

// How much of the program is here, of its bytes as they are unpacked.
const bar = document.querySelector("#coming progress");
const coming = [...document.querySelectorAll("#coming, .door__coming")];
async function program() {
  const response = await fetch("/__MODULE__.wasm");
  if (!response.ok || !response.body || !bar) return response;
  for (const it of coming) it.hidden = false;
  const reader = response.body.getReader();
  let here = 0;
  const counted = new ReadableStream({
    async pull(into) {
      const { done, value } = await reader.read();
      if (done) return into.close();
      here += value.length;
      bar.value = here / __BYTES__;
      into.enqueue(value);
    },
  });
  return new Response(counted, { headers: { "content-type": "application/wasm" } });
}

// No `await` of a module's own: phones that know modules and not that would run nothing of all this.
async function start() {
  try {
    const wasm = program();
    const { default: init } = await import("/__MODULE__.js");
    await init({ module_or_path: wasm });
  } catch (fault) {
    console.error(fault);
    for (const it of coming) it.hidden = true;
    for (const it of document.querySelectorAll("details.door__cannot")) it.open = true;
  }
}

start();
