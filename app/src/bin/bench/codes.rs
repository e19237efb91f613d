//! Codes as a phone shows them, and what the reader of the worker `scan` makes of a picture: on the page itself, because
//! browsers slow no workers down for measuring.

use app::scanning::reader::{self, Grey};
use seal::frames::{self, Sequence};
use speech::qr;
use wasm_bindgen::prelude::*;

/// The text of a still code for these bytes; nothing when they are too many.
#[wasm_bindgen]
pub fn still_code(bytes: &[u8]) -> Option<String> {
    frames::still(bytes)
}

/// The text of a frame of the endless sequence of codes for these bytes.
#[wasm_bindgen]
pub fn code_frame(bytes: &[u8], nth: u32) -> Option<String> {
    Some(Sequence::new(bytes)?.frame(nth))
}

/// A code as the app draws it: modules a side with the quiet zone, a space, and the path of the dark ones.
#[wasm_bindgen]
pub fn drawn_code(text: &str) -> Option<String> {
    qr::drawn(text).map(|(size, path)| format!("{size} {path}"))
}

/// What the code in a frame of a camera says, whose bytes are those of a canvas.
#[wasm_bindgen]
pub fn read_code(width: usize, height: usize, pixels: &[u8], turn: u32) -> Option<String> {
    reader::glance(&Grey::from_rgba(width, height, pixels)?, turn)
}
