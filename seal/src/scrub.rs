//! Wipes what deeds with keys left on the stack.
//!
//! What is handed on by value is copied, and the place it was copied from lies on the stack, below whatever runs next,
//! until something happens to be written over it. `zeroize` wipes values, not the places they once had.

use zeroize::Zeroize;

/// More than any deed with keys goes down, also one that a page begins while it is being drawn, deep below, in a build
/// that is not optimised: five eighths of the stack that a Wasm program has. `e2e/tests/memory.spec.ts` looks.
const DEPTH: usize = 640 * 1024;

/// Writes over the stack below whoever calls. To be called from near its top: by a task, not by what it calls.
#[inline(never)]
pub fn stack() {
    let mut room = [0_u8; DEPTH];
    room.zeroize();
    core::hint::black_box(&room);
}
