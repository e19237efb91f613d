//! What lists need of an application without opening it. It lies in the sealed search line of its record.

use super::MARKS;
use crate::field::{Field, Kind};
use crate::id::{RecordId, UserId};
use crate::record::Record;
use crate::service::brief::minutes_of;
use crate::value::Value;
use minicbor::{Decode, Encode};

/// How far an application has come: list `application_state`. Later ones win over earlier ones where several stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum State {
    /// Nobody has looked at it.
    #[default]
    #[n(0)]
    Received,
    /// Somebody at an office has read it.
    #[n(1)]
    Seen,
    /// A caseworker is working on it.
    #[n(2)]
    Taken,
    /// Closed without a registration.
    #[n(3)]
    Closed,
    /// It has become a registration group.
    #[n(4)]
    Registered,
}

impl State {
    /// Every one.
    pub const ALL: [State; 5] =
        [State::Received, State::Seen, State::Taken, State::Closed, State::Registered];

    /// Code of the list.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Seen => "seen",
            State::Taken => "taken",
            State::Closed => "closed",
            State::Registered => "registered",
        }
    }

    /// Of its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether the family's corrections are still taken in.
    #[must_use]
    pub fn is_open(self) -> bool {
        self < State::Closed
    }
}

/// An application in a line. Its form is a map with numbered keys; a number is never given a second meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Summary {
    /// The record. Not in the bytes.
    #[cbor(skip)]
    pub record: RecordId,
    /// Eight characters without a hyphen.
    #[n(0)]
    pub reference: String,
    /// The furthest state that stands.
    #[n(1)]
    pub state: State,
    /// Who took it: whoever stated [`State::Taken`] and was not replaced; several when they did so without a line.
    #[cbor(n(2), skip_if = "Vec::is_empty")]
    pub taken_by: Vec<UserId>,
    /// Office: code of table `sites`.
    #[n(3)]
    pub site: String,
    /// Marks of urgency: bit n for the n-th of [`MARKS`].
    #[n(4)]
    pub marks: u8,
    /// People in it.
    #[n(5)]
    pub people: u32,
    /// Language in which it was filled in.
    #[n(6)]
    pub language: String,
    /// When it came in, in minutes since 1970 by the clock of the office.
    #[n(7)]
    pub received: i64,
    /// Its appointment: `agenda:slot`; empty for none.
    #[n(8)]
    pub slot: String,
    /// When that is, in minutes since 1970 by the clock of the office; 0 for none.
    #[n(9)]
    pub at: i64,
    /// Code of list `application_slot_state`; empty for none.
    #[n(10)]
    pub slot_state: String,
    /// When the family came, in minutes since 1970; 0 for not yet.
    #[n(11)]
    pub came: i64,
    /// Without an appointment.
    #[n(12)]
    pub walk_in: bool,
    /// The group that it became.
    #[n(13)]
    pub group: Option<RecordId>,
    /// What is shown of the family in lists: the name of who speaks for it.
    #[n(14)]
    pub name: String,
}

impl Summary {
    /// The line of a record; `None` for another kind, and for one that nothing is told of.
    #[must_use]
    pub fn of(record: &Record) -> Option<Summary> {
        if record.kind != Kind::APPLICATION || record.is_blank() {
            return None;
        }
        let text = |field| record.shown(field).and_then(Value::as_text).unwrap_or_default().to_owned();
        let minutes = |field| minutes_of(&text(field)).unwrap_or(0);
        let states = || {
            record
                .stated(Field::APPLICATION_STATE)
                .filter_map(|it| Some((State::from_code(it.value.as_text()?)?, it.author)))
        };
        let mut taken_by: Vec<UserId> =
            states().filter(|(state, _)| *state == State::Taken).map(|(_, author)| author).collect();
        taken_by.sort_unstable();
        taken_by.dedup();
        let marks = record.shown(Field::APPLICATION_MARKS).and_then(Value::as_codes).unwrap_or_default();
        let people = match record.shown(Field::APPLICATION_PEOPLE) {
            Some(Value::Int(people)) => u32::try_from(*people).unwrap_or(0),
            _ => 0,
        };
        Some(Summary {
            record: record.id,
            reference: text(Field::APPLICATION_REF),
            state: states().map(|(state, _)| state).max().unwrap_or_default(),
            taken_by,
            site: text(Field::APPLICATION_SITE),
            marks: marks.iter().filter_map(|mark| bit(mark)).fold(0, |all, bit| all | bit),
            people,
            language: text(Field::APPLICATION_LANGUAGE),
            received: minutes(Field::APPLICATION_RECEIVED),
            slot: text(Field::APPLICATION_SLOT),
            at: minutes(Field::APPLICATION_AT),
            slot_state: text(Field::APPLICATION_SLOT_STATE),
            came: minutes(Field::APPLICATION_CAME),
            walk_in: record.shown(Field::APPLICATION_WALK_IN).and_then(Value::as_flag) == Some(true),
            group: record.shown(Field::APPLICATION_GROUP).and_then(Value::as_ref),
            name: super::Application::of(record).map(|it| it.spoken_for_by()).unwrap_or_default(),
        })
    }

    /// Its marks: codes of list `application_mark`.
    pub fn marks(&self) -> impl Iterator<Item = &'static str> + '_ {
        MARKS.into_iter().enumerate().filter(|(nth, _)| self.marks & (1 << nth) != 0).map(|(_, mark)| mark)
    }

    /// Whether it goes first where places are given. Anybody may tick a box on a phone: what was only ticked counts once
    /// somebody at an office has seen it; what follows from ages counts at once.
    #[must_use]
    pub fn goes_first(&self) -> bool {
        let by_age = |mark| ["alone_child", "newborn"].contains(&mark);
        self.marks().any(|mark| self.state >= State::Seen || by_age(mark))
    }

    /// The bytes in a line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads them; `None` for what is none.
    #[must_use]
    pub fn from_bytes(record: RecordId, bytes: &[u8]) -> Option<Summary> {
        let summary: Summary = minicbor::decode(bytes).ok()?;
        Some(Summary { record, ..summary })
    }
}

fn bit(mark: &str) -> Option<u8> {
    MARKS.iter().position(|known| *known == mark).and_then(|nth| 1_u8.checked_shl(u32::try_from(nth).ok()?))
}
