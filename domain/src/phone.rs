//! Phone numbers: E.164 where they can be read so, else as typed.

use crate::digit;

/// Calling code of the country of asylum, for numbers typed as people there say them.
const HERE: &str = "507";

/// What is wrong with a phone number. Only a question: a number is kept whatever it is (rule PHO01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PhoneFault {
    /// Not an international number, nor one of seven or eight digits.
    #[error("not readable as a phone number")]
    Unreadable,
}

/// A phone number.
pub struct Phone;

impl Phone {
    /// The form to keep, with a fault where it could not be read as E.164. Nothing typed is nothing kept.
    #[must_use]
    pub fn keep(text: &str) -> (String, Option<PhoneFault>) {
        // Not as names are kept: composing letters needs Unicode's tables, which the applicants' door has no room for.
        let typed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if typed.is_empty() {
            return (typed, None);
        }
        match e164(&typed) {
            Some(number) => (number, None),
            None => (typed, Some(PhoneFault::Unreadable)),
        }
    }
}

fn e164(typed: &str) -> Option<String> {
    let mut digits = String::with_capacity(typed.len());
    let mut international = false;
    for c in typed.chars() {
        match c {
            '+' | '＋' if digits.is_empty() && !international => international = true,
            ' ' | '-' | '.' | '(' | ')' | '/' | '‐' | '‑' | '–' => {}
            // Marks of direction come along when a number is pasted from right-to-left text.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ => digits.push(digit::plain(c)?),
        }
    }
    let number = match digits.strip_prefix("00") {
        Some(rest) if !international => rest.to_owned(),
        _ if international => digits,
        _ if (7..=8).contains(&digits.len()) => format!("{HERE}{digits}"),
        _ if digits.starts_with(HERE) => digits,
        _ => return None,
    };
    let length_fits = match number.strip_prefix(HERE) {
        Some(national) => (7..=8).contains(&national.len()),
        None => (8..=15).contains(&number.len()),
    };
    (length_fits && !number.starts_with('0')).then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_people_here_say_them() {
        for (typed, wanted) in [
            ("6123-4567", Ok("+50761234567")),
            ("299 1234", Ok("+5072991234")),
            ("507 6123 4567", Ok("+50761234567")),
            ("+507 6123 4567", Ok("+50761234567")),
            ("00 57 300 123 4567", Ok("+573001234567")),
            ("+58 (412) 123.45.67", Ok("+584121234567")),
            ("٦١٢٣٤٥٦٧", Ok("+50761234567")),
            ("\u{202a}+93 70 012 3456\u{202c}", Ok("+93700123456")),
            ("", Ok("")),
            ("   ", Ok("")),
            ("300 123 4567", Err("300 123 4567")), // Whose country code it lacks, nobody can tell.
            ("+507 123", Err("+507 123")),
            ("+1234567890123456", Err("+1234567890123456")),
            ("+0123456789", Err("+0123456789")),
            ("la vecina  6123-4567", Err("la vecina 6123-4567")),
            ("61+234567", Err("61+234567")),
            ("123", Err("123")),
        ] {
            let (kept, fault) = Phone::keep(typed);
            let outcome = if fault.is_none() { Ok(kept.as_str()) } else { Err(kept.as_str()) };
            assert_eq!(outcome, wanted, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_was_read_once_is_read_again(typed in "[+0-9 ()./-]{0,18}|\\PC{0,12}") {
            let (kept, fault) = Phone::keep(&typed);
            prop_assert_eq!(Phone::keep(&kept), (kept, fault));
        }
    }
}
