//! What became of what a family asked for. «Received» is said of nothing but what the server answered to that very letter.

use super::carry::use_carrier;
use super::told;
use crate::pieces::{Notice, Tone, dynamic};
use crate::words::{Key, use_words};
use domain::application::{Act, Letter, Reply};
use leptos::prelude::*;
use seal::letter::Fate;
use store::applicant::{Answered, LetterKey, Purpose};
use zeroize::Zeroizing;

/// What was asked for last on these pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It goes along with the application, which was not sent yet.
    Along,
    /// A letter of its own, and what was heard of it.
    Letter(LetterKey, Heard),
}

/// What the server answered to a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing yet: it waits here.
    Nothing,
    /// It was done.
    Done,
    /// It was not done: what the server says, where it says something.
    NotDone(Option<Reply>),
}

/// What an answer says; `None` while the letter stays here.
#[must_use]
pub fn heard(answered: &Answered) -> Option<Heard> {
    match (answered.fate, &answered.told) {
        (Fate::Taken, Some(Reply::Standing(_))) => Some(Heard::Done),
        (Fate::Taken | Fate::Refused, told) => Some(Heard::NotDone(told.clone())),
        _ => None,
    }
}

/// What the letters ask for that still wait, but for mere questions how it stands.
#[must_use]
pub fn pending(letters: &[(Purpose, Zeroizing<Vec<u8>>)]) -> Vec<Act> {
    let asks = letters.iter().filter(|(purpose, _)| *purpose == Purpose::Ask);
    let acts = asks.filter_map(|(_, said)| match minicbor::decode(said) {
        Ok(Letter::Ask { act, .. }) => Some(act),
        _ => None,
    });
    acts.filter(|act| *act != Act::Status).collect()
}

/// What waits of it, and what became of it.
#[component]
pub(super) fn Hears() -> impl IntoView {
    let (words, carrier) = (use_words(), use_carrier());
    let shown = move || {
        let withdraws = carrier.pending.with(|acts| acts.contains(&Act::Withdraw));
        let (tone, text) = match carrier.asked.get() {
            Some(Asked::Along) => (Tone::Attention, words.get(Key::BookAlong)),
            Some(Asked::Letter(_, Heard::Done)) => (Tone::Sent, words.get(Key::BookArrived)),
            Some(Asked::Letter(_, Heard::NotDone(told))) => {
                let why = told.as_ref().and_then(|told| told::objection(words, told));
                (Tone::Error, why.unwrap_or_else(|| words.get(Key::BookRefused)))
            }
            _ if withdraws => (Tone::Attention, words.get(Key::StatusWithdraws)),
            Some(Asked::Letter(_, Heard::Nothing)) => (Tone::Attention, words.get(Key::BookWaits)),
            None if carrier.pending.with(Vec::is_empty) => return None,
            None => (Tone::Attention, words.get(Key::BookWaits)),
        };
        Some(view! { <Notice tone><p class="slip__where">{text}</p></Notice> })
    };
    view! { <div role="status">{dynamic(move || shown().into_any())}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::RecordId;
    use domain::application::{Application, Phase, StatusTold};

    fn ask(act: Act) -> (Purpose, Zeroizing<Vec<u8>>) {
        let reference = Application::begin(RecordId([7; 16]), 5, "es").reference();
        (Purpose::Ask, Zeroizing::new(super::super::post::ask(&reference, &[1; 32], act)))
    }

    #[test]
    fn what_waits_is_read_from_the_letters_and_a_question_is_no_wish() {
        let letters = [
            (Purpose::Application(1), Zeroizing::new(vec![1])),
            ask(Act::Status),
            ask(Act::Withdraw),
            (Purpose::Ask, Zeroizing::default()),
        ];
        assert_eq!(pending(&letters), [Act::Withdraw]);
    }

    #[test]
    fn only_how_it_stands_now_says_that_it_was_done() {
        let (site, until) = (String::new(), String::new());
        let standing =
            StatusTold { phase: Phase::Seen, revision: 1, received_at: 0, site, appointment: None, until };
        for (fate, told, wanted) in [
            (Fate::Taken, Some(Reply::Standing(standing.clone())), Some(Heard::Done)),
            (Fate::Taken, Some(Reply::NotKnown), Some(Heard::NotDone(Some(Reply::NotKnown)))),
            (Fate::Taken, Some(Reply::Wait(9)), Some(Heard::NotDone(Some(Reply::Wait(9))))),
            (Fate::Taken, None, Some(Heard::NotDone(None))),
            (Fate::Refused, None, Some(Heard::NotDone(None))),
            (Fate::OtherKey, None, None),
            (Fate::MoreWork(20), None, None),
        ] {
            let key = LetterKey::default();
            let answered = Answered { key, purpose: Purpose::Ask, fate, told, said: Zeroizing::default() };
            assert_eq!(heard(&answered), wanted, "{fate:?}");
        }
    }
}
