//! Pieces that pages are made of. Their looks stand in `public/styles`.

pub mod fields;
pub mod icon;
pub mod parts;
pub mod shell;
pub mod strip;

pub use fields::{Choices, DateField, Select, TextField};
pub use icon::{Draw, Icon, Mark};
pub use parts::{Back, Busy, ErrorSummary, Face, Notice, Status, Tone};
