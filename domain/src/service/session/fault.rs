//! With whom a session is held, how long anything of it may be, and what can be wrong with it.

use crate::field::Field;

/// Longest session, in minutes: ten hours.
pub const MINUTES_LIMIT: u32 = 600;
/// Most people of one session that are only counted.
pub const HEADS_LIMIT: u32 = 2_000;
/// Longest next step, in characters: a step, no story.
pub const STEP_LIMIT: usize = 200;

/// With whom a session is held: list `session_form`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// One person.
    #[default]
    Individual,
    /// A person and others of their group.
    Family,
    /// Many, who need not know each other. Hangs on nobody.
    Group,
}

impl Form {
    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Form::Individual => "individual",
            Form::Family => "family",
            Form::Group => "group",
        }
    }

    /// The form of a code; `None` for one of a later version.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Form> {
        [Form::Individual, Form::Family, Form::Group].into_iter().find(|form| form.code() == code)
    }
}

/// Why a session cannot be saved yet. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum SessionFault {
    /// Nobody attended, neither registered nor counted.
    #[error("nobody attended")]
    Nobody,
    /// More registered people than one record names.
    #[error("more people than a record names")]
    TooManyPeople,
    /// No number of people from 0 to [`HEADS_LIMIT`].
    #[error("no number of heads")]
    Heads,
    /// Nobody said what it was about.
    #[error("no topic")]
    NoTopic,
    /// Nobody said how it was held.
    #[error("no mode")]
    NoMode,
    /// Nobody said what came of it.
    #[error("no outcome")]
    NoOutcome,
    /// No day of the calendar.
    #[error("no date")]
    NoDate,
    /// It has not come yet.
    #[error("the date is to come")]
    DateToCome,
    /// No number of minutes from 1 to [`MINUTES_LIMIT`].
    #[error("no number of minutes")]
    Minutes,
    /// Longer than [`STEP_LIMIT`].
    #[error("the next step is too long")]
    NextStep,
    /// No day of the calendar.
    #[error("no day to follow up")]
    FollowUp,
    /// Before the session itself.
    #[error("the day to follow up is before the session")]
    FollowUpTooSoon,
    /// Longer than a sealed note can be.
    #[error("the narrative is too long")]
    Narrative,
}

impl SessionFault {
    /// Every one, in the order of the form.
    pub const ALL: [SessionFault; 13] = [
        SessionFault::Nobody,
        SessionFault::TooManyPeople,
        SessionFault::Heads,
        SessionFault::NoTopic,
        SessionFault::NoOutcome,
        SessionFault::NoMode,
        SessionFault::Minutes,
        SessionFault::NoDate,
        SessionFault::DateToCome,
        SessionFault::NextStep,
        SessionFault::FollowUp,
        SessionFault::FollowUpTooSoon,
        SessionFault::Narrative,
    ];

    /// The field that it is about.
    #[must_use]
    pub fn field(self) -> Field {
        match self {
            SessionFault::Nobody | SessionFault::TooManyPeople => Field::SESSION_PEOPLE,
            SessionFault::Heads => Field::SESSION_HEADS,
            SessionFault::NoTopic => Field::SESSION_TYPE,
            SessionFault::NoOutcome => Field::SESSION_OUTCOMES,
            SessionFault::NoMode => Field::SESSION_MODE,
            SessionFault::Minutes => Field::SESSION_MINUTES,
            SessionFault::NoDate | SessionFault::DateToCome => Field::SESSION_DATE,
            SessionFault::NextStep => Field::SESSION_NEXT_STEP,
            SessionFault::FollowUp | SessionFault::FollowUpTooSoon => Field::SESSION_FOLLOW_UP_ON,
            SessionFault::Narrative => Field::SESSION_NARRATIVE,
        }
    }
}
