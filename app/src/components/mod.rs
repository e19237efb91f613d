//! Pieces that pages are made of. Their looks stand in `public/styles`.

pub mod camera;
pub mod fields;
pub mod finder;
pub mod icon;
pub mod language;
pub mod parts;
pub mod photo;
pub mod scanner;
pub mod sheet;
pub mod shell;
pub mod signature;
pub mod strip;
pub mod timeline;

pub use camera::Camera;
pub use fields::{Choices, DateField, Label, Select, TextField};
pub use finder::{Finder, Seeks};
pub use icon::{Draw, Icon, Mark};
pub use parts::{Back, Busy, ErrorSummary, Face, Notice, Status, Tone};
pub use photo::{FacePhoto, Photo, PhotoField};
pub use scanner::{Scanned, Scanner};
pub use signature::{Signature, Signed};
pub use speech::picture;
pub use speech::qr::Qr;
