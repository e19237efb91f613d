//! Stretching in a worker of its own (`speech::derive`).

pub use speech::derive::{NotAble, stretch};
