//! Help given to many from a list: what there is, making one, and handing out.

mod adding;
mod family;
mod index;
mod one;
mod plan;
mod row;
mod undo;

pub use index::Distributions;
pub use one::OneDistribution;
pub use plan::NewDistribution;
