//! Where an envelope stands, and what its device is told of it.

use seal::Verdict;

/// Why what a revoked device hands in is set apart: somebody who may has to look and answer for it.
pub const DEVICE_REVOKED: &str = "device_revoked";
/// Why what somebody hands in who is gone is parked.
pub const USER_DISABLED: &str = "user_disabled";

/// Where an envelope stands. The numbers lie in rows and are fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Stored as it came, not judged yet.
    Waiting = 0,
    /// Entered; its content lies in the entries.
    Entered = 1,
    /// Kept, not entered, with a reason; judged again when rules change.
    Parked = 2,
    /// Kept; somebody must look: the same entry id came with other content before, or its device is revoked.
    Quarantined = 3,
}

impl State {
    /// From its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<State> {
        [State::Waiting, State::Entered, State::Parked, State::Quarantined]
            .into_iter()
            .find(|state| *state as u8 == code)
    }
}

/// What a device is told about one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What became of it.
    pub verdict: Verdict,
    /// A reason as a short code, empty where none is needed. Never about a person.
    pub reason: String,
}

impl Judged {
    /// A verdict with its reason.
    #[must_use]
    pub fn new(verdict: Verdict, reason: &str) -> Self {
        Self { verdict, reason: reason.to_owned() }
    }
}

/// What is said about an envelope that came before. Parked and quarantined are said again, and what was noted of one that
/// was entered: the first answer may have been lost on the way, and its author must hear of it.
#[must_use]
pub fn before(state: State, reason: &str) -> Judged {
    match state {
        State::Parked => Judged::new(Verdict::Parked, reason),
        State::Quarantined => Judged::new(Verdict::Quarantined, reason),
        State::Entered => Judged::new(Verdict::AlreadyHere, reason),
        State::Waiting => Judged::new(Verdict::AlreadyHere, ""),
    }
}

/// What is said about the same bytes a second time in one parcel: the second finds the first.
#[must_use]
pub fn again(first: &Judged) -> Judged {
    match first.verdict {
        Verdict::Accepted => Judged::new(Verdict::AlreadyHere, ""),
        _ => first.clone(),
    }
}

/// How what is not entered is kept: parked, or set apart where somebody must look before it may count.
#[must_use]
pub fn park(reason: &str) -> (State, Judged) {
    let (state, verdict) = match reason {
        DEVICE_REVOKED => (State::Quarantined, Verdict::Quarantined),
        _ => (State::Parked, Verdict::Parked),
    };
    (state, Judged::new(verdict, reason))
}

/// Why somebody's deliveries are not taken in at all. They are kept all the same.
#[must_use]
pub fn unwelcome(is_revoked: bool, is_disabled: bool) -> Option<&'static str> {
    if is_revoked {
        Some(DEVICE_REVOKED)
    } else if is_disabled {
        Some(USER_DISABLED)
    } else {
        None
    }
}

/// Whether something may still be judged otherwise. Only what is open changes its state: a request that judged the same
/// envelope at the same time must not undo what another found.
#[must_use]
pub fn is_open(state: State, reason: &str) -> bool {
    match state {
        State::Waiting | State::Parked => true,
        State::Quarantined => reason == DEVICE_REVOKED,
        State::Entered => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_is_always_acknowledged_and_says_why_it_is_kept() {
        for code in 0..=3 {
            let state = State::from_code(code).unwrap();
            assert_eq!(state as u8, code);
            let said = before(state, "out_of_reach");
            assert!(said.verdict.is_acknowledgement());
            assert_eq!(said.reason.is_empty(), state == State::Waiting);
        }
        assert_eq!(State::from_code(4), None);
    }

    #[test]
    fn what_was_entered_or_came_with_other_content_never_changes_its_state() {
        let cases = [
            (State::Waiting, "", true),
            (State::Entered, "", false),
            (State::Entered, "given_twice", false),
            (State::Parked, "role_lost", true),
            (State::Quarantined, "other_content", false),
            (State::Quarantined, DEVICE_REVOKED, true),
        ];
        for (state, reason, open) in cases {
            assert_eq!(is_open(state, reason), open, "{state:?} {reason}");
        }
    }

    #[test]
    fn what_a_revoked_device_sends_is_set_apart_and_never_refused() {
        let (state, judged) = park(unwelcome(true, true).unwrap());
        assert_eq!((state, judged.verdict), (State::Quarantined, Verdict::Quarantined));
        let (state, judged) = park(unwelcome(false, true).unwrap());
        assert_eq!((state, judged.verdict), (State::Parked, Verdict::Parked));
        assert_eq!(unwelcome(false, false), None);
    }
}
