//! Names: kept as they were typed. Any script, any order; only search keys are ever normalised.

use unicode_normalization::UnicodeNormalization as _;

/// Most characters in one part of a name (rule NAM04).
pub const MAX_CHARS: usize = 100;

/// What is wrong with a part of a name. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NameFault {
    /// Nothing was typed where a name is needed (NAM01).
    #[error("the name is missing")]
    Missing,
    /// Over [`MAX_CHARS`] characters (NAM04).
    #[error("the name is longer than {MAX_CHARS} characters")]
    TooLong,
    /// Digits or `@` (NAM03). Only a question: what people are called is theirs to say.
    #[error("the name has digits or symbols")]
    OddCharacters,
}

/// Keeps text as it was typed: NFC, trimmed, inner whitespace made single (rule 1). Case and marks stay.
#[must_use]
pub fn keep(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfc() {
        if c.is_whitespace() {
            gap = true;
        } else {
            if gap && !kept.is_empty() {
                kept.push(' ');
            }
            gap = false;
            kept.push(c);
        }
    }
    kept
}

/// Keeps one part of a name and says what stands out about it. An empty part is no fault here.
#[must_use]
pub fn keep_part(text: &str) -> (String, Option<NameFault>) {
    let kept = keep(text);
    let fault = if kept.chars().count() > MAX_CHARS {
        Some(NameFault::TooLong)
    } else if kept.chars().any(|c| c == '@' || c.is_numeric() && !c.is_alphabetic()) {
        Some(NameFault::OddCharacters)
    } else {
        None
    };
    (kept, fault)
}

/// The parts in the order they were typed, with single spaces; empty ones leave no trace.
#[must_use]
pub fn display_name(given_names: &str, surname1: &str, surname2: &str) -> String {
    let mut name = String::with_capacity(given_names.len() + surname1.len() + surname2.len() + 2);
    for part in [given_names, surname1, surname2].into_iter().filter(|part| !part.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(part);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_kept_as_typed() {
        for (typed, kept) in [
            (" María  de los Ángeles ", "María de los Ángeles"),
            ("Mari\u{301}a", "María"),
            ("JOSÉ", "JOSÉ"),
            ("o'Brien-núñez", "o'Brien-núñez"),
            ("عبد\u{a0}الرحمن", "عبد الرحمن"),
            ("\t\n", ""),
            ("王\u{3000}小明", "王 小明"),
        ] {
            assert_eq!(keep(typed), kept, "{typed:?}");
        }
    }

    #[test]
    fn what_stands_out_is_said() {
        let long = |count| "ñ".repeat(count);
        for (typed, fault) in [
            ("Ana".to_owned(), None),
            (String::new(), None),
            ("Ana 2".to_owned(), Some(NameFault::OddCharacters)),
            ("ana@x".to_owned(), Some(NameFault::OddCharacters)),
            ("٣".to_owned(), Some(NameFault::OddCharacters)),
            ("一郎".to_owned(), None), // A numeral and a name.
            (long(100), None),
            (long(101), Some(NameFault::TooLong)),
        ] {
            assert_eq!(keep_part(&typed).1, fault, "{typed}");
        }
    }

    #[test]
    fn parts_are_shown_in_order() {
        for (given, first, second, shown) in [
            ("Ana", "De la Cruz", "Pérez", "Ana De la Cruz Pérez"),
            ("", "Rahmatullah", "", "Rahmatullah"),
            ("Jean", "Baptiste", "", "Jean Baptiste"),
            ("", "", "", ""),
        ] {
            assert_eq!(display_name(given, first, second), shown);
        }
    }

    proptest! {
        #[test]
        fn any_name_is_kept_byte_for_byte_but_for_its_spaces(typed in "\\PC{0,40}|[a-zñ\\s\u{301}\u{303}]{0,40}") {
            let nfc: String = typed.nfc().collect();
            let words: Vec<&str> = nfc.split_whitespace().collect();
            let kept = keep(&typed);
            prop_assert_eq!(&kept, &words.join(" "));
            prop_assert_eq!(&keep(&kept), &kept);
        }
    }
}
