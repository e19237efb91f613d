//! Why an input cannot be read, and how much weighs what a check finds.

use crate::date::DateFault;
use crate::name::NameFault;

/// How much a problem weighs. None of them ever keeps what was typed from being saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Must be mended before the form can be finished.
    Error,
    /// A question; the answer may be that all is well.
    Warning,
    /// Good to know.
    Info,
}

/// Why an input cannot be read as what its field asks for. Always an error: it is kept as typed, and stated by
/// nobody. For logs and tests; the app has the words. What is only implausible is for [`crate::rules`] to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// A part of a name.
    #[error(transparent)]
    Name(#[from] NameFault),
    /// A date; the field says which.
    #[error(transparent)]
    Date(#[from] DateFault),
    /// More than three.
    #[error("more than three nationalities")]
    TooManyNationalities,
    /// Free text longer than [`crate::case::Typed`] takes.
    #[error("the text is too long")]
    TextTooLong,
    /// More answers than one field holds.
    #[error("too many answers")]
    TooMany,
    /// Something else than a whole number, or one beyond all sense.
    #[error("not a number")]
    NotANumber,
    /// Something else than an amount of money with at most two decimals.
    #[error("not an amount")]
    NotMoney,
    /// No day with a time.
    #[error("not a day with a time")]
    NotATime,
    /// A whole day is needed here; the month or the year alone will not do.
    #[error("the day is needed")]
    DayNeeded,
    /// The question changed its form since it was answered.
    #[error("must be asked again")]
    AskAgain,
}

impl Fault {
    /// A short name for finding the words: `fault_…` in every language file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Fault::Name(NameFault::TooLong) => "name_too_long",
            Fault::Name(NameFault::OddCharacters) => "name_odd_characters",
            Fault::Date(DateFault::NoSuchDay) => "date_no_such_day",
            Fault::Date(DateFault::MonthMissing) => "date_month_missing",
            Fault::Date(DateFault::MonthOutOfRange) => "date_month_out_of_range",
            Fault::Date(DateFault::YearMissing) => "date_year_missing",
            Fault::Date(DateFault::NotANumber(_)) => "date_not_a_number",
            Fault::Date(DateFault::InTheFuture) => "date_in_the_future",
            Fault::Date(DateFault::TooOld) => "date_too_old",
            Fault::Date(DateFault::AgeOutOfRange) => "age_out_of_range",
            Fault::TooManyNationalities => "too_many_nationalities",
            Fault::TextTooLong => "text_too_long",
            Fault::TooMany => "too_many",
            Fault::NotANumber => "not_a_number",
            Fault::NotMoney => "not_money",
            Fault::NotATime => "not_a_time",
            Fault::DayNeeded => "day_needed",
            Fault::AskAgain => "ask_again",
        }
    }
}
