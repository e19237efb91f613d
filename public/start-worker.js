// Starts the program of a worker, which a page makes with the address it finds in AMPARO_FILES.
import init from "/__MODULE__.js";

// What arrives before the program listens is kept and given to it then.
const early = [];
const keep = (event) => early.push(event.data);
addEventListener("message", keep);

await init({ module_or_path: "/__MODULE__.wasm" });

removeEventListener("message", keep);
for (const data of early) {
  dispatchEvent(new MessageEvent("message", { data }));
}
