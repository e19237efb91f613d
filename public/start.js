// Starts the program of a page. The build makes one of these for each program: it puts in the program's name
// and the table of files.
import init from "/__MODULE__.js";

// Files are named after their contents, which change; the app finds them here by their plain names.
globalThis.AMPARO_FILES = Object.freeze(__FILES__);

// The words are wanted as soon as the program runs, so they travel beside it. The app asks for them again and
// then has them from the browser's cache.
const files = globalThis.AMPARO_FILES;
const words = files[`locales/${document.documentElement.lang}`] ?? files["locales/es"];
if (words) {
  fetch(words).catch(() => {});
}

init({ module_or_path: "/__MODULE__.wasm" }).catch((fault) => {
  console.error(fault);
  document.getElementById("not-started")?.removeAttribute("hidden");
});
