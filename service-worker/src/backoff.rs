//! When to try again.

use store::{RoundOutcome, Trouble};

/// What becomes of a background delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do.
    Done,
    /// The browser tries the same tag again, in its own time: minutes, and three times at most.
    Later,
    /// The browser will not try this tag again: a fresh one is asked for, which fires when there is a line.
    Anew,
}

/// What to do after a round.
pub fn after(outcome: &RoundOutcome, last_chance: bool) -> Next {
    let done = match outcome.trouble {
        // A page is at it, which may be closed before it is through; or nothing that trying again would change:
        // somebody has to sign in, to make room, or to look.
        Some(Trouble::Busy | Trouble::NotSignedIn | Trouble::Full) | None => {
            outcome.left == 0 && outcome.chunks_left == 0
        }
        Some(_) => false,
    };
    match (done, last_chance) {
        (true, _) => Next::Done,
        (false, false) => Next::Later,
        (false, true) => Next::Anew,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tried_again_as_long_as_something_waits() {
        for (left, trouble, last_chance, wanted) in [
            (0, None, false, Next::Done),
            (2, None, false, Next::Later),
            (2, None, true, Next::Anew),
            (0, Some(Trouble::NoAnswer), false, Next::Later),
            (2, Some(Trouble::NoAnswer), true, Next::Anew),
            (2, Some(Trouble::Busy), false, Next::Later),
            (2, Some(Trouble::Busy), true, Next::Anew),
            (0, Some(Trouble::Busy), false, Next::Done),
            (1, Some(Trouble::TooMany(30)), false, Next::Later),
            (1, Some(Trouble::TooMany(30)), true, Next::Anew),
            (0, Some(Trouble::NotSignedIn), false, Next::Done),
            (1, Some(Trouble::NotSignedIn), false, Next::Later),
        ] {
            let outcome = RoundOutcome { left, trouble, ..RoundOutcome::default() };
            assert_eq!(after(&outcome, last_chance), wanted, "{outcome:?} {last_chance}");
            // A picture that waits is reason enough, too.
            let outcome = RoundOutcome { left: 0, chunks_left: left, ..outcome };
            assert_eq!(after(&outcome, last_chance), wanted, "{outcome:?} {last_chance}");
        }
    }
}
