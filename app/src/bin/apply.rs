//! The applicants' door. Its first words are plain HTML (`public/apply/index.html`), readable before and
//! without any of this; the form is not built yet, and so nothing is asked here.

fn main() {
    // Keeps the door for when there is no line: the worker holds the pages of both doors.
    wasm_bindgen_futures::spawn_local(store::worker::register());
}
