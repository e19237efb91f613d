//! What a desk may answer, and the steps that an answer consists of.

use domain::permission::Role;
use domain::service::Status;
use domain::service::referral::{Parties, allowed};

/// An answer that the page offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The desk takes it.
    Accept,
    /// The desk does not take it, and says why.
    Reject,
    /// The service was given.
    Served,
    /// A part of it.
    Partly,
    /// Nobody was found.
    NotReached,
    /// The person did not want it.
    Declined,
    /// No step: only what happens next.
    Note,
}

/// Of the receiving side alone.
const RECEIVER: Parties = Parties { sender: false, receiver: true };
/// Most steps of an answer: a referral that was just sent is served in three.
const MOST: usize = 3;

impl Answer {
    /// In the order in which they are offered.
    pub const ALL: [Answer; 7] = [
        Answer::Accept,
        Answer::Reject,
        Answer::Served,
        Answer::Partly,
        Answer::NotReached,
        Answer::Declined,
        Answer::Note,
    ];

    /// Its code in forms and in the log. Of an end it is that of list `referral_outcome`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Answer::Accept => "accept",
            Answer::Reject => "reject",
            Answer::Note => "note",
            answer => answer.outcome().unwrap_or_default(),
        }
    }

    /// The answer of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Answer> {
        Answer::ALL.into_iter().find(|answer| answer.code() == code)
    }

    /// The outcome that it states.
    #[must_use]
    pub fn outcome(self) -> Option<&'static str> {
        match self {
            Answer::Served => Some("served"),
            Answer::Partly => Some("partly"),
            Answer::NotReached => Some("not_reached"),
            Answer::Declined => Some("declined"),
            Answer::Accept | Answer::Reject | Answer::Note => None,
        }
    }

    /// The states through which it brings a referral, the last one last; `None` where it cannot be said. Who gave the
    /// service before they ever said that they would says both at once.
    #[must_use]
    pub fn steps(self, from: Status) -> Option<Vec<Status>> {
        match self {
            Answer::Accept => way(from, Status::Accepted, 1),
            Answer::Reject => way(from, Status::Rejected, 1),
            Answer::Served | Answer::Partly => way(from, Status::Closed, MOST),
            Answer::NotReached | Answer::Declined => way(from, Status::ClosedNoService, MOST),
            Answer::Note => from.is_open().then(Vec::new),
        }
    }

    /// The answers that a state allows.
    #[must_use]
    pub fn offered(from: Status) -> Vec<Answer> {
        Answer::ALL.into_iter().filter(|answer| answer.steps(from).is_some()).collect()
    }
}

/// The shortest way from a state to another in so many steps, through states that mean no more than going on.
fn way(from: Status, to: Status, most: usize) -> Option<Vec<Status>> {
    let next = allowed(from, RECEIVER, Role::Slip);
    if next.contains(&to) {
        return Some(vec![to]);
    }
    let between = next.into_iter().filter(|state| matches!(state, Status::Received | Status::Accepted));
    let ways = between.filter_map(|state| {
        let rest = way(state, to, most.checked_sub(1).filter(|left| *left > 0)?)?;
        Some([vec![state], rest].concat())
    });
    ways.min_by_key(Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_in_each_state_and_by_which_steps() {
        use Answer::{Accept, Declined, NotReached, Note, Partly, Reject, Served};
        let all = vec![Accept, Reject, Served, Partly, NotReached, Declined, Note];
        let ends = vec![Served, Partly, NotReached, Declined, Note];
        for (status, offered) in [
            (Status::Draft, vec![]),
            (Status::Sent, all.clone()),
            (Status::Received, all),
            (Status::Accepted, ends.clone()),
            (Status::InProgress, ends.clone()),
            (Status::Counter, ends),
            (Status::Closed, vec![]),
            (Status::ClosedNoService, vec![]),
            (Status::Rejected, vec![]),
            (Status::Cancelled, vec![]),
        ] {
            assert_eq!(Answer::offered(status), offered, "{status:?}");
        }
        assert_eq!(Served.steps(Status::Sent), Some(vec![Status::Accepted, Status::Closed]));
        assert_eq!(Declined.steps(Status::Received), Some(vec![Status::Accepted, Status::ClosedNoService]));
        assert_eq!(Partly.steps(Status::InProgress), Some(vec![Status::Closed]));
        assert_eq!(Accept.steps(Status::Accepted), None);
    }

    #[test]
    fn every_answer_is_found_by_its_code_and_its_outcome_fits_where_it_leads() {
        for answer in Answer::ALL {
            assert_eq!(Answer::from_code(answer.code()), Some(answer));
            let last = answer.steps(Status::Received).and_then(|steps| steps.last().copied());
            if let (Some(outcome), Some(last)) = (answer.outcome(), last) {
                assert!(domain::service::referral::fits(last, outcome), "{answer:?}");
            }
        }
        assert_eq!(Answer::from_code("sent"), None);
    }
}
