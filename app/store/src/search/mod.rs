//! Finding people among everything on the device, in memory. Pure: lines in, hits out.

mod codes;
mod index;
mod line;
mod names;
mod words;

pub use index::{Counts, Hit, Index, Why};
pub use line::{append_line, append_line_of};
