//! What waits for whoever has unlocked: the page of a day's work, its card on the first page, and which pages are for
//! which role.

mod door;
mod held;
mod lines;
mod page;
mod today;

pub use door::{Door, NotForRole, door, lies_at, opens};
pub use held::{AsOf, Held};
pub use lines::{Line, Lines, What, day_words, late_words, moment_words, service_label, state_label};
pub use page::Work;
pub use today::{BorderHome, FocalHome, Today};
