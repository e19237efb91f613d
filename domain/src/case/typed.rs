//! What a person put into one input, as they put it, and how it is read.

use crate::catalogue::{FieldSpec, Form};
use crate::date::{DateMode, DateText, PartialDate, Precision};
use crate::field::Field;
use crate::id::{RecordId, hex};
use crate::individual::MAX_NATIONALITIES;
use crate::name::{self, NameFault};
use crate::phone::Phone;
use crate::problem::Fault;
use crate::value::Value;
use minicbor::{Decode, Encode};
use time::Date;

/// Longest free text, in characters. A page of a story does not belong here, and a megabyte pasted by mistake
/// must not travel.
pub const LONGEST_TEXT: usize = 4_000;
/// Longest code, word of one's own, or language with its level, in characters.
const LONGEST_CODE: usize = 200;
/// Longest phone number, with what people write around it, in characters.
const LONGEST_PHONE: usize = 100;
/// Longest reference to a picture, or signature, in bytes.
const LONGEST_REFERENCE: usize = 16_000;
/// Most answers of one field.
const MOST_CODES: usize = 100;
/// Longest part of a name, in characters. What is longer was pasted by mistake.
const LONGEST_NAME: usize = 1_000;
/// Largest whole number taken.
const LARGEST: i64 = 1_000_000;

/// One input as it stands. Nothing is judged: whatever was typed is held.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Typed {
    /// Text, a code, a number, a phone number, a picture, a signature.
    #[n(0)]
    Text(#[n(0)] String),
    /// A date in its boxes.
    #[n(1)]
    Date(#[n(0)] DateText),
    /// Codes, in the order chosen.
    #[n(2)]
    Codes(#[n(0)] Vec<String>),
    /// Yes, no, or not answered.
    #[n(3)]
    Flag(#[n(0)] Option<bool>),
    /// Another record.
    #[n(4)]
    Ref(#[n(0)] Option<RecordId>),
}

impl Typed {
    /// An input in which nothing was put.
    #[must_use]
    pub fn empty(form: Form) -> Typed {
        match form {
            Form::Date | Form::PartialDate => Typed::Date(DateText::default()),
            Form::Codes | Form::Tags | Form::Languages | Form::Refs => Typed::Codes(Vec::new()),
            Form::Flag => Typed::Flag(None),
            Form::Ref => Typed::Ref(None),
            _ => Typed::Text(String::new()),
        }
    }

    /// The input that shows a value. A value of another form than the field's shows as nothing.
    #[must_use]
    pub fn of(value: Option<&Value>, form: Form, today: Date) -> Typed {
        let empty = Typed::empty(form);
        match (value, &empty) {
            (Some(Value::Text(text)), Typed::Text(_)) => Typed::Text(text.clone()),
            (Some(Value::Int(number)), Typed::Text(_)) => Typed::Text(number.to_string()),
            (Some(Value::Text(text)), Typed::Date(_)) => {
                PartialDate::from_text(text).map_or(empty, |date| Typed::Date(DateText::of(&date, today)))
            }
            (Some(Value::Codes(codes)), Typed::Codes(_)) => Typed::Codes(codes.clone()),
            (Some(Value::Flag(flag)), Typed::Flag(_)) => Typed::Flag(Some(*flag)),
            (Some(Value::Ref(id)), Typed::Ref(_)) => Typed::Ref(Some(*id)),
            _ => empty,
        }
    }

    /// Nothing was put in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Typed::Text(text) => text.trim().is_empty(),
            Typed::Date(date) => date.is_empty(),
            Typed::Codes(codes) => codes.iter().all(|code| code.trim().is_empty()),
            Typed::Flag(flag) => flag.is_none(),
            Typed::Ref(id) => id.is_none(),
        }
    }

    /// Text of a text input; empty for others.
    #[must_use]
    pub fn as_text(&self) -> &str {
        if let Typed::Text(text) = self { text } else { "" }
    }

    /// Reads what was put in. An empty input is [`Value::Nothing`]. Only what cannot be read as its form is a fault:
    /// whether it is plausible is for the rules to say.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self, spec: &FieldSpec, today: Date) -> Result<Value, Fault> {
        if self.is_empty() {
            return Ok(Value::Nothing);
        }
        match (spec.form, self) {
            // A long name is asked about (NAM04) and kept all the same; only what cannot be a name is not taken.
            (Form::Name, Typed::Text(text)) if text.chars().count() > LONGEST_NAME => {
                Err(NameFault::TooLong.into())
            }
            (Form::Name, Typed::Text(text)) => Ok(Value::Text(name::keep(text))),
            (Form::Text, Typed::Text(text)) => text_value(text),
            (Form::Code, Typed::Text(text)) if is_longer(text, LONGEST_CODE) => Err(Fault::TextTooLong),
            (Form::Image | Form::Strokes, Typed::Text(text)) if text.len() > LONGEST_REFERENCE => {
                Err(Fault::TextTooLong)
            }
            (Form::Code | Form::Image | Form::Strokes, Typed::Text(text)) => {
                Ok(Value::Text(name::keep(text)))
            }
            (Form::Phone, Typed::Text(text)) if is_longer(text, LONGEST_PHONE) => Err(Fault::TextTooLong),
            (Form::Phone, Typed::Text(text)) => Ok(Value::Text(Phone::keep(text).0)),
            (Form::Int, Typed::Text(text)) => whole(text).map(Value::Int).ok_or(Fault::NotANumber),
            (Form::Decimal, Typed::Text(text)) => decimal(text, 3).map(Value::Text).ok_or(Fault::NotANumber),
            (Form::Money, Typed::Text(text)) => money(text).map(Value::Text).ok_or(Fault::NotMoney),
            (Form::DateTime, Typed::Text(text)) => {
                if is_time(text.trim()) {
                    Ok(Value::text(text.trim()))
                } else {
                    Err(Fault::NotATime)
                }
            }
            (Form::Date, Typed::Date(date)) => match date.parse_any(today)? {
                None => Ok(Value::Nothing),
                Some(known) if known.precision() == Precision::Exact => Ok(known.to_value()),
                Some(_) => Err(Fault::DayNeeded),
            },
            (Form::PartialDate, Typed::Date(date)) => {
                Ok(date.parse_any(today)?.map_or(Value::Nothing, PartialDate::to_value))
            }
            (Form::Codes | Form::Tags | Form::Languages | Form::Refs, Typed::Codes(codes)) => {
                let mut kept: Vec<String> = Vec::new();
                for code in codes {
                    if is_longer(code, LONGEST_CODE) {
                        return Err(Fault::TextTooLong);
                    }
                    let code = name::keep(code);
                    if code.is_empty() {
                        continue;
                    }
                    if !kept.contains(&code) {
                        kept.push(code);
                    }
                    // At once: a column of a table pasted by mistake must not keep anybody waiting.
                    if spec.field == Field::NATIONALITY && kept.len() > MAX_NATIONALITIES {
                        return Err(Fault::TooManyNationalities);
                    }
                    if kept.len() > MOST_CODES {
                        return Err(Fault::TooMany);
                    }
                }
                Ok(Value::Codes(kept))
            }
            (Form::Flag, Typed::Flag(Some(flag))) => Ok(Value::Flag(*flag)),
            (Form::Ref, Typed::Ref(Some(id))) => Ok(Value::Ref(*id)),
            // The table gave the field another form since this was typed: asked again, nothing is guessed.
            _ => Err(Fault::AskAgain),
        }
    }
}

impl Default for Typed {
    fn default() -> Self {
        Typed::Text(String::new())
    }
}

/// The text by which [`Value::Codes`] names a record.
#[must_use]
pub fn ref_code(id: RecordId) -> String {
    hex(&id.0)
}

/// Without counting a megabyte to its end.
fn is_longer(text: &str, most: usize) -> bool {
    text.chars().nth(most).is_some()
}

/// Free text: its lines stay, blanks at its ends go.
fn text_value(text: &str) -> Result<Value, Fault> {
    if is_longer(text, LONGEST_TEXT) {
        return Err(Fault::TextTooLong);
    }
    let kept: Vec<String> = text.trim().lines().map(name::keep).collect();
    Ok(Value::text(kept.join("\n").trim()))
}

fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits: Option<String> = text.chars().map(digit).collect();
    digits?.parse::<i64>().ok().filter(|number| *number <= LARGEST)
}

/// A digit of any script that people type with.
fn digit(c: char) -> Option<char> {
    crate::digit::plain(c)
}

/// A number with at most so many decimals, in its plainest form: `12.5`. Comma and point both part the decimals.
fn decimal(text: &str, places: usize) -> Option<String> {
    let text = text.trim().replace(',', ".");
    let (whole_part, rest) = text.split_once('.').unwrap_or((&text, ""));
    let number = whole(whole_part)?;
    let rest: String = rest.chars().map(digit).collect::<Option<String>>()?;
    let rest = rest.trim_end_matches('0');
    if rest.len() > places {
        return None;
    }
    Some(if rest.is_empty() { number.to_string() } else { format!("{number}.{rest}") })
}

fn money(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('$').trim_start_matches("B/.");
    let plain = decimal(text, 2)?;
    let (whole, cents) = plain.split_once('.').unwrap_or((&plain, ""));
    Some(format!("{whole}.{cents:0<2}"))
}

/// `2026-11-22T10:42`.
fn is_time(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let day = PartialDate::from_text(day).is_some_and(|date| date.precision() == Precision::Exact);
    let part = |text: &str, below: u8| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|n| n < below)
    };
    day && time.split_once(':').is_some_and(|(hour, minute)| part(hour, 24) && part(minute, 60))
}

/// Whether a date of birth is asked as an age.
#[must_use]
pub fn asks_age(typed: &Typed) -> bool {
    matches!(typed, Typed::Date(date) if matches!(date.mode, DateMode::Age | DateMode::Estimate))
}
