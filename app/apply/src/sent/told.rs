//! What the server said, in the words of a family: how far it is, the appointment, and what can be done now.

use crate::words::{Key, Words};
use domain::application::{Phase, Reply, StatusTold};
use domain::date::PartialDate;
use time::{Date, Duration};

/// A day of a record, `2026-12-01`, in words with its weekday; as it stands where it is none.
#[must_use]
pub fn day(words: Words, text: &str) -> String {
    let known = PartialDate::from_text(text).and_then(PartialDate::day_known);
    known.map_or_else(|| text.to_owned(), |known| date(words, known))
}

/// A day in words: «martes 1 de diciembre de 2026».
#[must_use]
pub fn date(words: Words, date: Date) -> String {
    let nth = |key, nth: u8| words.get(key).split(' ').nth(usize::from(nth)).unwrap_or_default().to_owned();
    let weekday = nth(Key::SentDays, date.weekday().number_days_from_monday());
    let month = nth(Key::SentMonths, u8::from(date.month()) - 1);
    let (day, year) = (date.day().to_string(), date.year().to_string());
    words.with(Key::SentDay, &[("weekday", &weekday), ("day", &day), ("month", &month), ("year", &year)])
}

/// A day and a time of a record, `2026-12-01T09:20`, in words.
#[must_use]
pub fn day_and_time(words: Words, text: &str) -> String {
    let Some((on, time)) = text.split_once('T') else { return day(words, text) };
    words.with(Key::SentDayTime, &[("day", &day(words, on)), ("time", time)])
}

/// The last day on which a pre-registration can be taken up, from the day on which it was sent.
#[must_use]
pub fn last_day(sent: Date) -> Date {
    sent.checked_add(Duration::days(domain::application::DAYS_KEPT)).unwrap_or(sent)
}

/// How far it has come.
#[must_use]
pub fn phase(phase: Phase) -> Key {
    match phase {
        Phase::Received => Key::StatusReceived,
        Phase::Seen => Key::StatusSeen,
        Phase::Registered => Key::StatusRegistered,
        Phase::Closed => Key::StatusClosed,
    }
}

/// What became of the wish for an appointment: codes of list `application_slot_state`. `None` for what this version does
/// not know, of which nothing is said.
#[must_use]
pub fn appointment(state: &str) -> Option<Key> {
    Some(match state {
        "asked" => Key::BookAsked,
        "kept" => Key::BookKept,
        "offered" => Key::BookOffered,
        "cancelled" => Key::BookCancelled,
        "came" => Key::BookCame,
        "missed" => Key::BookMissed,
        _ => return None,
    })
}

/// What a family can do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Take the time that was offered.
    pub accept: bool,
    /// Ask for an appointment, or for another one.
    pub wish: bool,
    /// Take the appointment back.
    pub cancel: bool,
    /// Take all of it back.
    pub withdraw: bool,
    /// Send changes.
    pub correct: bool,
}

/// What can be done now, as far as is known: before anything was told, all but what needs an offer.
#[must_use]
pub fn open(told: Option<&StatusTold>) -> Open {
    let Some(told) = told else {
        return Open { accept: false, wish: true, cancel: false, withdraw: true, correct: true };
    };
    if !matches!(told.phase, Phase::Received | Phase::Seen) {
        return Open::default();
    }
    let state = told.appointment.as_ref().map_or("", |it| it.state.as_str());
    Open {
        accept: state == "offered",
        wish: state != "came",
        cancel: matches!(state, "asked" | "kept" | "offered"),
        withdraw: true,
        correct: true,
    }
}

/// How it stands, of a reply that says so.
#[must_use]
pub fn standing(reply: &Reply) -> Option<&StatusTold> {
    match reply {
        Reply::Standing(told) | Reply::TooLate(told) => Some(told),
        Reply::NotKnown | Reply::Wait(_) => None,
    }
}

/// What is to be said of a reply besides how it stands.
#[must_use]
pub fn objection(words: Words, reply: &Reply) -> Option<String> {
    match reply {
        Reply::Standing(_) => None,
        Reply::TooLate(_) => Some(words.get(Key::StatusTooLate)),
        Reply::NotKnown => Some(words.get(Key::StatusNotKnown)),
        Reply::Wait(seconds) => Some(wait(words, *seconds)),
    }
}

/// How long to wait, in whole minutes: nobody counts seconds.
#[must_use]
pub fn wait(words: Words, seconds: u32) -> String {
    words.count(Key::StatusWait, u64::from(seconds.div_ceil(60).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::appointment::Appointment;
    use leptos::prelude::Owner;
    use speech::Language;

    fn spanish() -> Words {
        Words::read(Language::Spanish, include_str!("../../locales/es.toml"))
    }

    fn told(phase: Phase, state: &str) -> StatusTold {
        let appointment = Appointment {
            state: state.to_owned(),
            site: "meteti".to_owned(),
            at: "2026-12-01T09:20".to_owned(),
            place: String::new(),
        };
        let appointment = (!state.is_empty()).then_some(appointment);
        let (site, until) = ("meteti".to_owned(), "2027-05-24".to_owned());
        StatusTold { phase, revision: 1, received_at: 0, site, appointment, until }
    }

    #[test]
    fn days_are_said_in_words() {
        let owner = Owner::new();
        owner.set();
        let words = spanish();
        assert_eq!(day(words, "2026-12-01"), "martes 1 de diciembre de 2026");
        assert_eq!(day_and_time(words, "2026-12-01T09:20"), "martes 1 de diciembre de 2026, a las 09:20");
        assert_eq!(day(words, "soon"), "soon");
        let sent = Date::from_calendar_date(2026, time::Month::November, 22).unwrap();
        assert_eq!(date(words, last_day(sent)), "lunes 24 de mayo de 2027");
    }

    #[test]
    fn every_language_has_its_seven_days_and_twelve_months() {
        let owner = Owner::new();
        owner.set();
        let files = [
            include_str!("../../locales/es.toml"),
            include_str!("../../locales/en.toml"),
            include_str!("../../locales/fr.toml"),
            include_str!("../../locales/ht.toml"),
            include_str!("../../locales/pt.toml"),
            include_str!("../../locales/ar.toml"),
        ];
        for (language, text) in Language::ALL.into_iter().zip(files) {
            let words = Words::read(language, text);
            assert_eq!(words.get(Key::SentDays).split(' ').count(), 7, "{}", language.code());
            assert_eq!(words.get(Key::SentMonths).split(' ').count(), 12, "{}", language.code());
        }
    }

    #[test]
    fn what_can_be_done_follows_from_how_it_stands() {
        let all = Open { accept: true, wish: true, cancel: true, withdraw: true, correct: true };
        for (phase, state, wanted) in [
            (Phase::Received, "", Open { accept: false, cancel: false, ..all }),
            (Phase::Received, "asked", Open { accept: false, ..all }),
            (Phase::Seen, "kept", Open { accept: false, ..all }),
            (Phase::Seen, "offered", all),
            (Phase::Seen, "cancelled", Open { accept: false, cancel: false, ..all }),
            (Phase::Seen, "missed", Open { accept: false, cancel: false, ..all }),
            (Phase::Seen, "came", Open { accept: false, wish: false, cancel: false, ..all }),
            (Phase::Registered, "kept", Open::default()),
            (Phase::Closed, "offered", Open::default()),
        ] {
            assert_eq!(open(Some(&told(phase, state))), wanted, "{phase:?} {state}");
        }
        assert!(open(None).wish && !open(None).accept);
        assert_eq!((appointment("later"), appointment("kept")), (None, Some(Key::BookKept)));
    }

    #[test]
    fn a_refusal_is_told_with_what_to_do() {
        let owner = Owner::new();
        owner.set();
        let words = spanish();
        let late = Reply::TooLate(told(Phase::Registered, ""));
        assert!(
            objection(words, &late).is_some_and(|text| text.contains("oficina")) && standing(&late).is_some()
        );
        assert_eq!(objection(words, &Reply::Standing(told(Phase::Seen, ""))), None);
        assert!(objection(words, &Reply::NotKnown).is_some() && standing(&Reply::NotKnown).is_none());
        assert!(wait(words, 61).contains('2') && wait(words, 1).contains('1'));
    }
}
