//! Asking whether somebody is registered elsewhere: what must be told of them before anything is answered, and how
//! sure it is that somebody is meant.
//!
//! Whoever asks must know a person already. One name alone, a pattern or the beginning of a number would let them
//! leaf through people whom they may not see.

use crate::date::PartialDate;
use crate::digit;
use crate::field::{Field, Kind};
use crate::record::Record;
use crate::search_key;
use crate::short_forms::ShortForms;
use crate::value::Value;
use minicbor::{Decode, Encode};

/// Most characters of each part.
pub const LONGEST: usize = 200;
/// Fewest letters and digits of a document's number.
pub const SHORTEST_NUMBER: usize = 5;
/// Fewest different words of a name, and letters of each: initials fit everybody.
const NAMES: (usize, usize) = (2, 2);
/// Oldest age that is not a slip.
const OLDEST: u16 = 120;

/// What is told of somebody, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wanted {
    /// Names, in any order.
    #[n(0)]
    pub names: String,
    /// Year of birth.
    #[n(1)]
    pub year: Option<u16>,
    /// A document's number, whole.
    #[n(2)]
    pub number: String,
}

/// The part that a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Part {
    /// The names.
    #[n(0)]
    Names,
    /// Year of birth or age.
    #[n(1)]
    Born,
    /// The document's number.
    #[n(2)]
    Number,
}

/// Why nothing is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Fault {
    /// Neither names nor a number.
    #[n(0)]
    #[error("nothing to look for")]
    Nothing,
    /// Fewer than two names, initials apart.
    #[n(1)]
    #[error("fewer than two names")]
    OneName,
    /// Names without a year of birth.
    #[n(2)]
    #[error("no year of birth")]
    NoYear,
    /// A year in which nobody alive was born.
    #[n(3)]
    #[error("no such year")]
    NoSuchYear,
    /// Too short for a whole number.
    #[n(4)]
    #[error("not a whole number")]
    NumberTooShort,
    /// A sign that stands for any letter elsewhere.
    #[n(5)]
    #[error("a pattern")]
    Pattern,
    /// Too long.
    #[n(6)]
    #[error("too long")]
    TooLong,
}

/// How sure it is that somebody is meant, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Sure {
    /// The number of a document is the same.
    #[n(1)]
    Document,
    /// The names are the same, and the year of birth within one.
    #[n(2)]
    NamesAndYear,
    /// They sound alike, or are forms of one another.
    #[n(3)]
    Similar,
}

/// Reads a year of birth or an age. `None` for nothing typed.
///
/// # Errors
/// [`Fault::NoSuchYear`].
pub fn year_of(text: &str, this_year: u16) -> Result<Option<u16>, Fault> {
    let text: String = text.trim().chars().map(|c| digit::plain(c).unwrap_or(c)).collect();
    if text.is_empty() {
        return Ok(None);
    }
    let number: u16 = text.parse().map_err(|_| Fault::NoSuchYear)?;
    let year = if text.len() <= 3 { this_year.checked_sub(number) } else { Some(number) };
    year.filter(|year| is_possible(*year, this_year)).map(Some).ok_or(Fault::NoSuchYear)
}

fn is_possible(year: u16, this_year: u16) -> bool {
    (this_year.saturating_sub(OLDEST)..=this_year).contains(&year)
}

/// Somebody to look for: enough was told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// Words of a search key, each with its sound. Empty where the number alone counts.
    words: Vec<(String, String)>,
    year: u16,
    /// Letters and digits as one word; empty for none.
    number: String,
}

impl Wanted {
    /// Whether enough is told to look for somebody.
    ///
    /// # Errors
    /// Everything that is lacking, each with its part.
    pub fn check(&self, this_year: u16) -> Result<Sought, Vec<(Part, Fault)>> {
        let mut faults = Vec::new();
        for (part, text) in [(Part::Names, &self.names), (Part::Number, &self.number)] {
            if text.chars().count() > LONGEST {
                faults.push((part, Fault::TooLong));
            } else if text.contains(['*', '?', '%', '_']) {
                faults.push((part, Fault::Pattern));
            }
        }
        if self.year.is_some_and(|year| !is_possible(year, this_year)) {
            faults.push((Part::Born, Fault::NoSuchYear));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let number = search_key::code(&self.number);
        let has_number = number.chars().count() >= SHORTEST_NUMBER;
        if !number.is_empty() && !has_number {
            faults.push((Part::Number, Fault::NumberTooShort));
        }
        let mut words = search_key::tokens(&self.names);
        words.retain(|word| word.chars().count() >= NAMES.1 && !search_key::is_particle(word));
        words.sort();
        words.dedup();
        let has_names = words.len() >= NAMES.0 && self.year.is_some();
        if !has_names && !has_number {
            if self.names.trim().is_empty() && number.is_empty() {
                faults.push((Part::Names, Fault::Nothing));
            } else if !self.names.trim().is_empty() {
                if words.len() < NAMES.0 {
                    faults.push((Part::Names, Fault::OneName));
                }
                if self.year.is_none() {
                    faults.push((Part::Born, Fault::NoYear));
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let words = if has_names { words } else { Vec::new() };
        let words = words.into_iter().map(|word| (sound_of(&word), word)).map(|(sound, word)| (word, sound));
        Ok(Sought { words: words.collect(), year: self.year.unwrap_or_default(), number })
    }
}

fn sound_of(word: &str) -> String {
    let mut sound = String::with_capacity(word.len());
    search_key::append_sound(word, &mut sound);
    sound
}

/// What somebody who is registered is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    words: Vec<(String, String)>,
    /// First and last year in which they may be born; `None` where nobody knows.
    years: Option<(i32, i32)>,
}

impl Known {
    /// Reads an individual's record: every name and date that stands, also where they contradict each other.
    #[must_use]
    pub fn of(person: &Record) -> Self {
        if person.kind != Kind::INDIVIDUAL {
            return Self::default();
        }
        let names = [
            Field::GIVEN_NAMES,
            Field::MIDDLE_NAME,
            Field::SURNAME1,
            Field::SURNAME2,
            Field::COMMON_NAME,
            Field::NAME_NATIVE,
        ];
        let texts = |field| person.stated(field).filter_map(|stated| stated.value.as_text());
        let mut words: Vec<String> = names.into_iter().flat_map(texts).flat_map(search_key::tokens).collect();
        words.sort();
        words.dedup();
        let words = words.into_iter().map(|word| (sound_of(&word), word)).map(|(sound, word)| (word, sound));
        let born = texts(Field::DATE_OF_BIRTH).filter_map(PartialDate::from_text);
        let years = born.map(|born| (born.earliest().year(), born.latest().year()));
        let years = years.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        Self { words: words.collect(), years }
    }
}

/// The numbers of a document, each as one word.
#[must_use]
pub fn numbers_of(document: &Record) -> Vec<String> {
    let texts = document.stated(Field::DOCUMENT_NUMBER).filter_map(|stated| Value::as_text(&stated.value));
    texts.map(search_key::code).filter(|code| !code.is_empty()).collect()
}

impl Sought {
    /// Whether somebody who is registered may be meant, and how sure that is.
    pub fn meets<'n>(
        &self,
        known: &Known,
        numbers: impl IntoIterator<Item = &'n String>,
        forms: &ShortForms,
    ) -> Option<Sure> {
        let by_number = numbers.into_iter().filter_map(|number| self.meets_number(number)).min();
        by_number.into_iter().chain(self.meets_names(known, forms)).min()
    }

    fn meets_number(&self, number: &str) -> Option<Sure> {
        if self.number.is_empty() {
            return None;
        }
        if self.number == *number {
            return Some(Sure::Document);
        }
        // Written with its kind or country before it, or without.
        let bare = |code: &str| code.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let (mine, theirs) = (bare(&self.number), bare(number));
        (mine == theirs && mine.len() >= SHORTEST_NUMBER).then_some(Sure::Similar)
    }

    fn meets_names(&self, known: &Known, forms: &ShortForms) -> Option<Sure> {
        if self.words.is_empty() {
            return None;
        }
        let year = i32::from(self.year);
        let years = known.years.is_some_and(|(first, last)| first - 1 <= year && year <= last + 1);
        if !years && known.years.is_some() {
            return None;
        }
        // Each word of theirs answers for one of ours.
        let mut free: Vec<&(String, String)> = known.words.iter().collect();
        let mut take = |fits: &dyn Fn(&(String, String)) -> bool| {
            free.iter().position(|word| fits(word)).map(|at| free.swap_remove(at)).is_some()
        };
        let rest: Vec<_> = self.words.iter().filter(|word| !take(&|theirs| theirs.0 == word.0)).collect();
        if rest.is_empty() {
            return Some(if years { Sure::NamesAndYear } else { Sure::Similar });
        }
        let exact = self.words.len() - rest.len();
        let alike = |word: &(String, String), theirs: &(String, String)| {
            word.1 == theirs.1 || forms.are_of_one((&word.0, &word.1), (&theirs.0, &theirs.1))
        };
        let missing = rest.iter().filter(|word| !take(&|theirs| alike(word, theirs))).count();
        // One name too many is often a second surname that only one of two offices wrote down.
        (years && (missing == 0 || missing == 1 && exact >= 2)).then_some(Sure::Similar)
    }
}

#[cfg(test)]
mod tests;
