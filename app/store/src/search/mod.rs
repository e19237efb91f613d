//! Finding people among everything on the device, in memory. Pure: lines in, hits out.

mod codes;
mod half;
mod index;
mod line;
mod listed;
mod names;
mod services;
mod why;
mod words;

pub use index::{Counts, Disputed, Hit, Index};
#[cfg(test)]
pub use line::Line;
pub use line::{append_line, append_packed_line};
pub use why::{Pair, Why};
