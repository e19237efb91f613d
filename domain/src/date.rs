//! Dates of which only a part may be known. What is unknown stays unknown: no day is ever made up.

use crate::digit;
use crate::value::Value;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use time::{Date, Month};

/// Nobody is registered as older than this (rule DOB02).
pub const OLDEST: u16 = 120;

/// How much of a date is known, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Day, month and year.
    Exact,
    /// Month and year.
    Month,
    /// The year alone.
    Year,
    /// The person said their age.
    Age,
    /// Staff estimated the age.
    Estimate,
}

impl Precision {
    /// Code of list `dob_precision`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Precision::Exact => "exact",
            Precision::Month => "month",
            Precision::Year => "year",
            Precision::Age => "age",
            Precision::Estimate => "estimate",
        }
    }

    /// All but an exact date are shown with «aprox.».
    #[must_use]
    pub fn is_exact(self) -> bool {
        self == Precision::Exact
    }
}

/// A date with its precision.
///
/// Kept as text in [`Value::Text`]: `1991-03-02`, `1991-03`, `1991`, `1984-07-01 age`, `1984-07-01 estimate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartialDate {
    /// For reckoning only where not exact: the 15th of a month, 1 July of a year (mid-year, least bias).
    stands_for: Date,
    precision: Precision,
}

impl PartialDate {
    /// A day known exactly.
    #[must_use]
    pub fn exact(day: Date) -> Self {
        Self { stands_for: day, precision: Precision::Exact }
    }

    /// Month and year. `None` outside the years 1 to 9999.
    #[must_use]
    pub fn month(year: i32, month: Month) -> Option<Self> {
        Some(Self { stands_for: date(year, month, 15)?, precision: Precision::Month })
    }

    /// A year alone. `None` outside the years 1 to 9999.
    #[must_use]
    pub fn year_only(year: i32) -> Option<Self> {
        mid_year(year, Precision::Year)
    }

    /// From an age the person said today.
    #[must_use]
    pub fn from_age(age: u16, today: Date) -> Option<Self> {
        mid_year(today.year() - i32::from(age), Precision::Age)
    }

    /// From an age that staff estimated today.
    #[must_use]
    pub fn from_estimate(age: u16, today: Date) -> Option<Self> {
        mid_year(today.year() - i32::from(age), Precision::Estimate)
    }

    /// How much is known.
    #[must_use]
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The year: known in every precision, give or take one where it comes from an age.
    #[must_use]
    pub fn year(self) -> i32 {
        self.stands_for.year()
    }

    /// The month, where known.
    #[must_use]
    pub fn month_known(self) -> Option<Month> {
        matches!(self.precision, Precision::Exact | Precision::Month).then(|| self.stands_for.month())
    }

    /// The day, where known.
    #[must_use]
    pub fn day_known(self) -> Option<Date> {
        self.precision.is_exact().then_some(self.stands_for)
    }

    /// One day to sort and reckon by; never shown as if it were known.
    #[must_use]
    pub fn stands_for(self) -> Date {
        self.stands_for
    }

    /// The first day it can mean.
    #[must_use]
    pub fn earliest(self) -> Date {
        let day = self.stands_for;
        let first = match self.precision {
            Precision::Exact => Some(day),
            Precision::Month => day.replace_day(1).ok(),
            Precision::Year => date(day.year(), Month::January, 1),
            // Who is 40 in 2026 was born in 1985 or 1986, and nobody counts that closely.
            Precision::Age | Precision::Estimate => date(day.year() - 1, Month::January, 1),
        };
        first.unwrap_or(day)
    }

    /// The last day it can mean.
    #[must_use]
    pub fn latest(self) -> Date {
        let day = self.stands_for;
        let last = match self.precision {
            Precision::Exact => Some(day),
            Precision::Month => day.replace_day(day.month().length(day.year())).ok(),
            Precision::Year | Precision::Age | Precision::Estimate => date(day.year(), Month::December, 31),
        };
        last.unwrap_or(day)
    }

    /// Completed years on a day; `None` before birth. An age once stated is given back as stated in that year.
    #[must_use]
    pub fn age_on(self, today: Date) -> Option<u16> {
        if self.earliest() > today {
            return None;
        }
        let born = self.stands_for;
        let years = today.year() - born.year();
        let had_birthday = (u8::from(today.month()), today.day()) >= (u8::from(born.month()), born.day());
        let counts_years = matches!(self.precision, Precision::Age | Precision::Estimate);
        let age = if counts_years || had_birthday { years } else { years - 1 };
        Some(u16::try_from(age).unwrap_or(0))
    }

    /// The form kept in records.
    #[must_use]
    pub fn to_text(self) -> String {
        let (year, month, day) = (self.year(), u8::from(self.stands_for.month()), self.stands_for.day());
        match self.precision {
            Precision::Exact => format!("{year:04}-{month:02}-{day:02}"),
            Precision::Month => format!("{year:04}-{month:02}"),
            Precision::Year => format!("{year:04}"),
            Precision::Age => format!("{year:04}-07-01 age"),
            Precision::Estimate => format!("{year:04}-07-01 estimate"),
        }
    }

    /// Reads the form kept in records, and only that; `None` for a form of another version.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (day, suffix) = text.split_once(' ').unwrap_or((text, ""));
        let precision = match (suffix, day.len()) {
            ("", 10) => Precision::Exact,
            ("", 7) => Precision::Month,
            ("", 4) => Precision::Year,
            ("age", 10) => Precision::Age,
            ("estimate", 10) => Precision::Estimate,
            _ => return None,
        };
        let mut parts = day.split('-');
        let year = i32::try_from(digit::number(parts.next()?)?).ok()?;
        let month = parts.next().map_or(Some(Month::July), month_of)?;
        let day_of_month = parts.next().map_or(Some(15), |day| u8::try_from(digit::number(day)?).ok())?;
        let read = match precision {
            Precision::Exact => Self::exact(date(year, month, day_of_month)?),
            Precision::Month => Self::month(year, month)?,
            _ => mid_year(year, precision)?,
        };
        // Only the canonical form: two texts for one date would be a conflict nobody can see.
        (read.to_text() == text).then_some(read)
    }

    /// As a field's value.
    #[must_use]
    pub fn to_value(self) -> Value {
        Value::Text(self.to_text())
    }
}

fn month_of(text: &str) -> Option<Month> {
    Month::try_from(u8::try_from(digit::number(text)?).ok()?).ok()
}

fn date(year: i32, month: Month, day: u8) -> Option<Date> {
    if !(1..=9999).contains(&year) {
        return None;
    }
    Date::from_calendar_date(year, month, day).ok()
}

fn mid_year(year: i32, precision: Precision) -> Option<PartialDate> {
    Some(PartialDate { stands_for: date(year, Month::July, 1)?, precision })
}

/// Which of the boxes is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatePart {
    /// The day.
    Day,
    /// The month.
    Month,
    /// The year.
    Year,
    /// The age, where no date is known.
    Age,
}

/// Why a date was not accepted. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DateFault {
    /// 30 February, 32 May, 29 February of a common year.
    #[error("the calendar has no such day")]
    NoSuchDay,
    /// A day without its month.
    #[error("a day without its month")]
    MonthMissing,
    /// Months go from 1 to 12.
    #[error("the month is not 1 to 12")]
    MonthOutOfRange,
    /// Boxes may be empty from the left only: the year comes last.
    #[error("the year is missing")]
    YearMissing,
    /// A box that holds something else than digits.
    #[error("{0:?} is not a number")]
    NotANumber(DatePart),
    /// The day has not come yet (DOB01, ARR01).
    #[error("the day has not come yet")]
    InTheFuture,
    /// Over 120 years ago (DOB02); also a year of two digits.
    #[error("over 120 years ago")]
    TooOld,
    /// Ages go from 0 to 120.
    #[error("the age is not 0 to 120")]
    AgeOutOfRange,
}

impl DateFault {
    /// The box to look at, so that the focus can go there.
    #[must_use]
    pub fn part(self) -> DatePart {
        match self {
            DateFault::NoSuchDay => DatePart::Day,
            DateFault::MonthMissing | DateFault::MonthOutOfRange => DatePart::Month,
            DateFault::YearMissing | DateFault::InTheFuture | DateFault::TooOld => DatePart::Year,
            DateFault::NotANumber(part) => part,
            DateFault::AgeOutOfRange => DatePart::Age,
        }
    }
}

/// Which question is asked. Behind «no sé la fecha exacta» are the others than [`DateMode::Exact`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateMode {
    /// Three boxes, empty from the left where not known.
    #[default]
    Exact,
    /// The year box alone.
    YearOnly,
    /// The age box: what the person says.
    Age,
    /// The age box: what staff estimate.
    Estimate,
}

impl<C> Encode<C> for DateMode {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        let code = match self {
            DateMode::Exact => 0,
            DateMode::YearOnly => 1,
            DateMode::Age => 2,
            DateMode::Estimate => 3,
        };
        e.u8(code)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DateMode {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(match d.u8()? {
            1 => DateMode::YearOnly,
            2 => DateMode::Age,
            3 => DateMode::Estimate,
            // A way of asking from a later version: the draft opens, the question is asked again.
            _ => DateMode::Exact,
        })
    }
}

/// A date as typed. Every box keeps its text, whichever question is showing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DateText {
    /// Day box.
    #[cbor(n(0), skip_if = "String::is_empty")]
    pub day: String,
    /// Month box.
    #[cbor(n(1), skip_if = "String::is_empty")]
    pub month: String,
    /// Year box.
    #[cbor(n(2), skip_if = "String::is_empty")]
    pub year: String,
    /// Age box.
    #[cbor(n(3), skip_if = "String::is_empty")]
    pub age: String,
    /// Which of them count.
    #[cbor(n(4), default)]
    pub mode: DateMode,
}

impl DateText {
    /// Nothing typed in any box.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.day, &self.month, &self.year, &self.age].iter().all(|text| text.trim().is_empty())
    }

    /// Reads any date, past or to come: only what the calendar does not have is a fault. Nothing typed is `None`.
    ///
    /// # Errors
    /// The first fault, from the year down to the day.
    pub fn parse_any(&self, today: Date) -> Result<Option<PartialDate>, DateFault> {
        match self.mode {
            DateMode::Exact | DateMode::YearOnly => self.read_boxes(),
            DateMode::Age => self.parse_age(today, PartialDate::from_age),
            DateMode::Estimate => self.parse_age(today, PartialDate::from_estimate),
        }
    }

    /// The boxes filled so that reading them on the same day gives the same date.
    #[must_use]
    pub fn of(known: &PartialDate, today: Date) -> DateText {
        let day = known.stands_for();
        let age = || (today.year() - day.year()).to_string();
        let (month, year) = (u8::from(day.month()).to_string(), day.year().to_string());
        match known.precision() {
            Precision::Exact => DateText { day: day.day().to_string(), month, year, ..DateText::default() },
            Precision::Month => DateText { month, year, ..DateText::default() },
            Precision::Year => DateText { year, mode: DateMode::YearOnly, ..DateText::default() },
            Precision::Age => DateText { age: age(), mode: DateMode::Age, ..DateText::default() },
            Precision::Estimate => DateText { age: age(), mode: DateMode::Estimate, ..DateText::default() },
        }
    }

    fn read_boxes(&self) -> Result<Option<PartialDate>, DateFault> {
        let (day, month) = match self.mode {
            DateMode::YearOnly => ("", ""),
            _ => (self.day.trim(), self.month.trim()),
        };
        let year = self.year.trim();
        if year.is_empty() {
            return if day.is_empty() && month.is_empty() { Ok(None) } else { Err(DateFault::YearMissing) };
        }
        let year = number(year, DatePart::Year)?;
        if year > 9999 {
            return Err(DateFault::InTheFuture);
        }
        let year = i32::try_from(year).map_err(|_| DateFault::InTheFuture)?;
        let known = if month.is_empty() {
            if !day.is_empty() {
                return Err(DateFault::MonthMissing);
            }
            PartialDate::year_only(year)
        } else {
            let month = u8::try_from(number(month, DatePart::Month)?)
                .ok()
                .and_then(|month| Month::try_from(month).ok());
            let month = month.ok_or(DateFault::MonthOutOfRange)?;
            if day.is_empty() {
                PartialDate::month(year, month)
            } else {
                // The year 0 has its own fault below; a leap year stands in so that the day alone is judged here.
                let day = u8::try_from(number(day, DatePart::Day)?).map_err(|_| DateFault::NoSuchDay)?;
                if year == 0 && day <= month.length(2000) {
                    None
                } else {
                    Some(PartialDate::exact(date(year, month, day).ok_or(DateFault::NoSuchDay)?))
                }
            }
        };
        known.map(Some).ok_or(DateFault::TooOld)
    }

    fn parse_age(
        &self,
        today: Date,
        make: impl FnOnce(u16, Date) -> Option<PartialDate>,
    ) -> Result<Option<PartialDate>, DateFault> {
        let age = self.age.trim();
        if age.is_empty() {
            return Ok(None);
        }
        let age = u16::try_from(number(age, DatePart::Age)?).ok().filter(|age| *age <= OLDEST);
        make(age.ok_or(DateFault::AgeOutOfRange)?, today).map(Some).ok_or(DateFault::AgeOutOfRange)
    }
}

fn number(text: &str, part: DatePart) -> Result<u32, DateFault> {
    digit::number(text).ok_or(DateFault::NotANumber(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 03 - 02);

    fn typed(day: &str, month: &str, year: &str) -> DateText {
        DateText { day: day.into(), month: month.into(), year: year.into(), ..DateText::default() }
    }

    fn aged(age: &str) -> DateText {
        DateText { age: age.into(), mode: DateMode::Age, ..DateText::default() }
    }

    #[test]
    fn what_is_typed_is_read_no_further_than_it_goes() {
        for (text, wanted) in [
            (typed("2", "3", "1991"), Ok(Some("1991-03-02"))),
            (typed(" 02 ", "03", "1991"), Ok(Some("1991-03-02"))),
            (typed("٢", "٣", "١٩٩١"), Ok(Some("1991-03-02"))),
            (typed("", "3", "1991"), Ok(Some("1991-03"))),
            (typed("", "", "1991"), Ok(Some("1991"))), // We never fill in 1 January.
            (typed("29", "2", "2024"), Ok(Some("2024-02-29"))),
            (typed("2", "3", "2026"), Ok(Some("2026-03-02"))),
            (typed("", "3", "2026"), Ok(Some("2026-03"))),
            (typed("2", "3", "1906"), Ok(Some("1906-03-02"))),
            (typed("", "", ""), Ok(None)),
            (typed("3", "", "1991"), Err(DateFault::MonthMissing)),
            (typed("3", "4", ""), Err(DateFault::YearMissing)),
            (typed("", "4", ""), Err(DateFault::YearMissing)),
            (typed("30", "2", "1991"), Err(DateFault::NoSuchDay)),
            (typed("29", "2", "1900"), Err(DateFault::NoSuchDay)),
            (typed("0", "2", "1991"), Err(DateFault::NoSuchDay)),
            (typed("999", "2", "1991"), Err(DateFault::NoSuchDay)),
            (typed("1", "13", "1991"), Err(DateFault::MonthOutOfRange)),
            (typed("1", "0", "1991"), Err(DateFault::MonthOutOfRange)),
            (typed("1", "marzo", "1991"), Err(DateFault::NotANumber(DatePart::Month))),
            (typed("x", "3", "1991"), Err(DateFault::NotANumber(DatePart::Day))),
            (typed("1", "3", "19-1"), Err(DateFault::NotANumber(DatePart::Year))),
            // Whether a day may lie ahead, or so far back, is for the rules to say.
            (typed("3", "3", "2026"), Ok(Some("2026-03-03"))),
            (typed("", "4", "2026"), Ok(Some("2026-04"))),
            (typed("", "", "2027"), Ok(Some("2027"))),
            (typed("", "", "20261"), Err(DateFault::InTheFuture)),
            (typed("1", "3", "1905"), Ok(Some("1905-03-01"))),
            (typed("1", "3", "91"), Ok(Some("0091-03-01"))),
            (typed("1", "3", "0"), Err(DateFault::TooOld)),
            (typed("", "", "0"), Err(DateFault::TooOld)),
            (DateText { mode: DateMode::YearOnly, ..typed("31", "2", "1991") }, Ok(Some("1991"))),
            (aged("42"), Ok(Some("1984-07-01 age"))),
            (aged("0"), Ok(Some("2026-07-01 age"))),
            (aged("120"), Ok(Some("1906-07-01 age"))),
            (aged(""), Ok(None)),
            (aged("121"), Err(DateFault::AgeOutOfRange)),
            (aged("4 m"), Err(DateFault::NotANumber(DatePart::Age))),
            (DateText { mode: DateMode::Estimate, ..aged("42") }, Ok(Some("1984-07-01 estimate"))),
        ] {
            let read = text.parse_any(TODAY).map(|known| known.map(PartialDate::to_text));
            assert_eq!(read, wanted.map(|known| known.map(String::from)), "{text:?}");
        }
    }

    #[test]
    fn kept_forms_are_read_for_ever_and_no_others_are() {
        for (text, precision) in [
            ("1991-03-02", Precision::Exact),
            ("1991-03", Precision::Month),
            ("1991", Precision::Year),
            ("1984-07-01 age", Precision::Age),
            ("1984-07-01 estimate", Precision::Estimate),
        ] {
            let read = PartialDate::from_text(text).unwrap();
            assert_eq!((read.precision(), read.to_text().as_str()), (precision, text));
        }
        for text in [
            "",
            "91",
            "1991-3-2",
            "1991-13",
            "1991-02-30",
            "1991-03-02 ",
            "1984-07-02 age",
            "1984 age",
            "0000",
            "١٩٩١",
            "1991-03-02 seen",
            "+991",
            "1991-03-02-01",
            "19911",
            "1991/03/02",
        ] {
            assert_eq!(PartialDate::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn ages_are_counted_from_what_is_known() {
        for (text, wanted) in [
            ("1991-03-02", Some(35)),
            ("1991-03-03", Some(34)),
            ("2008-02-29", Some(18)),
            ("2008", Some(17)),
            ("1991-02", Some(35)),
            ("1984-07-01 age", Some(42)), // As the person said it this year.
            ("2026-07-01 age", Some(0)),
            ("2026", Some(0)),
            ("2026-03", Some(0)),
            ("2026-03-03", None),
        ] {
            assert_eq!(PartialDate::from_text(text).unwrap().age_on(TODAY), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn boxes_filled_from_a_date_give_it_back(days in 0i64..44_000, precision in 0u8..5) {
            let day = TODAY - time::Duration::days(days);
            let known = match precision {
                0 => PartialDate::exact(day),
                1 => PartialDate::month(day.year(), day.month()).unwrap(),
                2 => PartialDate::year_only(day.year()).unwrap(),
                3 => mid_year(day.year(), Precision::Age).unwrap(),
                _ => mid_year(day.year(), Precision::Estimate).unwrap(),
            };
            // Only ages have an end here.
            let too_old = precision > 2 && TODAY.year() - day.year() > i32::from(OLDEST);
            let wanted = if too_old { None } else { Some(known) };
            prop_assert_eq!(DateText::of(&known, TODAY).parse_any(TODAY).ok().flatten(), wanted);
            prop_assert_eq!(PartialDate::from_text(&known.to_text()), Some(known));
            prop_assert!(known.earliest() <= known.stands_for() && known.stands_for() <= known.latest());
        }

        #[test]
        fn no_text_makes_it_fail(day in "\\PC{0,3}", month in "\\PC{0,3}", year in "\\PC{0,5}", text in "\\PC{0,12}") {
            let _ = typed(&day, &month, &year).parse_any(TODAY);
            let _ = aged(&text).parse_any(TODAY);
            let _ = PartialDate::from_text(&text);
        }
    }
}
