//! What people must decide: several values of one thing, stated by people who had not seen each other's. A list over
//! everybody on this device, and a page for each record, field by field.

mod at_home;
mod banner;
mod choice;
mod field;
mod list;
mod one;
mod removed;
mod saying;

pub use at_home::{AtHome, Link, counted};
pub use banner::{InConflict, Mark, StandsBeside};
pub use list::Conflicts;
pub use one::Decide;

use domain::Kind;
use store::Disputed;

/// Whether conflicts in records of a kind are for people to decide here. Applications, appointments and sealed notes
/// have rules of their own for what several said of them at once, and places of their own where that is shown.
#[must_use]
pub fn is_decided_here(kind: Kind) -> bool {
    !matches!(kind, Kind::APPLICATION | Kind::AGENDA | Kind::NOTE) && kind.key().is_some()
}

/// What of all conflicts is listed, the gravest first: those in which no value holds until somebody decides.
fn listed(found: Vec<Disputed>) -> Vec<Disputed> {
    let mut listed: Vec<Disputed> = found.into_iter().filter(|it| is_decided_here(it.kind)).collect();
    let is_grave =
        |it: &Disputed| !it.fields.iter().all(|field| domain::conflict::has_provisional_winner(*field));
    listed.sort_by_key(|it| (!is_grave(it), core::cmp::Reverse(it.record)));
    listed
}
