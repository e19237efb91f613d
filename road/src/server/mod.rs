//! The server's side of the road: what is answered to an envelope, where one that was not entered stands, how far a
//! device has collected, and when a database is behind what it once promised.
//!
//! Nothing here knows a table, a key or a record. Whoever stores asks before a change and writes what comes back; so do
//! the simulation's servers.

mod arriving;
mod collecting;
mod drafts;
mod epochs;
mod standing;

pub use arriving::{Arriving, Same, arriving, same_entry};
pub use collecting::{Changes, Reached, may_lie_there, reached, tells_departure};
pub use drafts::DraftState;
pub use epochs::{Handed, Ours, Weighed, weigh};
pub use standing::{DEVICE_REVOKED, Judged, State, USER_DISABLED, again, before, is_open, park, unwelcome};
