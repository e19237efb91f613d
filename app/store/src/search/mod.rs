//! Finding people among everything on the device, in memory. Pure: lines in, hits out.

mod codes;
mod half;
mod index;
mod line;
mod names;
mod why;
mod words;

pub use index::{Counts, Hit, Index};
pub use line::{append_line, append_packed_line};
pub use why::{Pair, Why};
