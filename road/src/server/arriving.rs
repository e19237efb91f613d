//! What is done with an envelope when it comes, and with the entry that it turns out to hold.

use super::{Judged, State, before};
use seal::Verdict;

/// What is done with an envelope that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arriving {
    /// It is new: its bytes are stored, durably, before anything is said.
    Store,
    /// It lies here from before and was not judged: that is done now.
    Judge,
    /// It came before; this is said of it.
    Before(Judged),
    /// Nobody sent its capsule: nothing could ever open it. Not stored, and sent again with the capsule.
    CapsuleMissing,
}

/// Decides on an envelope by what lies here under the digest of exactly its bytes, and whether its capsule does.
#[must_use]
pub fn arriving(held: Option<(State, &str)>, has_capsule: bool) -> Arriving {
    match held {
        Some((State::Waiting, _)) => Arriving::Judge,
        Some((state, reason)) => Arriving::Before(before(state, reason)),
        None if !has_capsule => Arriving::CapsuleMissing,
        None => Arriving::Store,
    }
}

impl Arriving {
    /// What is said at once, without judging.
    #[must_use]
    pub fn said(self) -> Option<Judged> {
        match self {
            Arriving::Store | Arriving::Judge => None,
            Arriving::Before(judged) => Some(judged),
            Arriving::CapsuleMissing => Some(Judged::new(Verdict::CapsuleMissing, "")),
        }
    }
}

/// Whether an entry is one that stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// No entry of this id stands there.
    New,
    /// The very same does: nothing is done twice.
    AlreadyHere,
    /// Another does: both are kept, and somebody must look.
    OtherContent,
}

/// Compares an entry with the one of its id in the ledger, by the digests of their signed bytes.
#[must_use]
pub fn same_entry<D: PartialEq>(held: Option<&D>, came: &D) -> Same {
    match held {
        None => Same::New,
        Some(held) if held == came => Same::AlreadyHere,
        Some(_) => Same::OtherContent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_stored_twice_and_nothing_is_acknowledged_that_is_not_here() {
        assert_eq!(arriving(None, true), Arriving::Store);
        assert_eq!(arriving(None, false), Arriving::CapsuleMissing);
        assert!(!arriving(None, false).said().unwrap().verdict.is_acknowledgement());
        // A capsule is asked for once: what lies here is opened with the one that lies here.
        for has_capsule in [false, true] {
            assert_eq!(arriving(Some((State::Waiting, "")), has_capsule), Arriving::Judge);
            let said = arriving(Some((State::Parked, "role_lost")), has_capsule).said().unwrap();
            assert_eq!(said, Judged::new(Verdict::Parked, "role_lost"));
        }
        assert_eq!(Arriving::Store.said(), None);
    }

    #[test]
    fn one_id_with_other_bytes_is_never_taken_for_the_same() {
        assert_eq!(same_entry(None, &1), Same::New);
        assert_eq!(same_entry(Some(&1), &1), Same::AlreadyHere);
        assert_eq!(same_entry(Some(&2), &1), Same::OtherContent);
    }
}
