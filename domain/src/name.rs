//! Names: kept as they were typed. Any script, any order; only search keys are ever normalised.

use crate::search_key;
use unicode_normalization::UnicodeNormalization as _;

/// Most characters in one part of a name (rule NAM04).
pub const MAX_CHARS: usize = 100;

/// What is wrong with a part of a name. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NameFault {
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

/// A name as proGres takes it (rule 11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgresName {
    /// `givenname`: the first given name; a dash where somebody has one name only (rule 6).
    pub given: String,
    /// `middlename`: the other given names.
    pub middle: String,
    /// `familyname`: both surnames with a space between.
    pub family: String,
}

/// The parts of a name for an export to proGres, as typed (rules 6 and 11).
///
/// `middle` is what was given as a middle name of its own; where there is none, all given names but the first are.
/// Particles stay with the name they lead to: `de los Ángeles` is a middle name, `los` none.
#[must_use]
pub fn progres_parts(given: &str, middle: &str, surname1: &str, surname2: &str) -> ProgresName {
    let (given, middle) = (keep(given), keep(middle));
    let split = if middle.is_empty() { given.split_once(' ') } else { None };
    let (first, rest) = split.unwrap_or((&given, &middle));
    let (first, rest) = (first.to_owned(), rest.to_owned());
    let family = display_name("", &keep(surname1), &keep(surname2));
    let given = if first.is_empty() && !family.is_empty() { "-".to_owned() } else { first };
    ProgresName { given, middle: rest, family }
}

/// A name as the machine-readable zone of a passport spells it, without its fillers (rule 12): A to Z alone.
///
/// Marks go, so that Ñ becomes N; letters that are no plain one with a mark follow the table of ICAO 9303, part 3.
/// What has no Latin letters becomes empty: nobody is to compare a guess.
#[must_use]
pub fn mrz(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_uppercase) {
        match c {
            'Å' => out.push_str("AA"),
            'Æ' => out.push_str("AE"),
            'Ø' | 'Œ' => out.push_str("OE"),
            'Þ' => out.push_str("TH"),
            'Ð' | 'Đ' => out.push('D'),
            'Ł' => out.push('L'),
            'Ŋ' => out.push('N'),
            'Ħ' => out.push('H'),
            'ẞ' => out.push_str("SS"),
            'Ĳ' => out.push_str("IJ"),
            c => out.extend(core::iter::once(c).nfd().filter(char::is_ascii_uppercase)),
        }
    }
    out
}

/// A full name taken apart, for a person to put right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuessedParts {
    /// Given names.
    pub given_names: String,
    /// First surname.
    pub surname1: String,
    /// Second surname.
    pub surname2: String,
    /// The whole name where it seems to end in a married name (rule 3).
    pub common_name: String,
}

/// A guess at which words are given names and which surnames: of three names and more the last two are surnames,
/// as Spanish speakers say them. Particles stay with their surname (rule 2); a name that ends in «de» and one more
/// after a surname is a married name, and no second surname (rule 3), while «de la Cruz» is one. The words stay as they were typed.
#[must_use]
pub fn guess_parts(text: &str) -> GuessedParts {
    let kept = keep(text);
    let mut names: Vec<String> = Vec::new();
    let mut open = false;
    for word in kept.split(' ').filter(|word| !word.is_empty()) {
        match names.last_mut().filter(|_| open) {
            Some(name) => {
                name.push(' ');
                name.push_str(word);
            }
            None => names.push(word.to_owned()),
        }
        open = search_key::is_particle(&word.to_lowercase()) && word.chars().count() > 1;
    }
    let married = names.len() > 2
        && names.last().is_some_and(|last| last.starts_with("de ") && last.split(' ').count() == 2);
    let mut guessed = GuessedParts::default();
    if married {
        names.pop();
        guessed.common_name.clone_from(&kept);
    }
    let surnames = match names.len() {
        0 | 1 => 0,
        2 => 1,
        _ if married => 1,
        _ => 2,
    };
    let mut surnames = names.split_off(names.len() - surnames).into_iter();
    guessed.given_names = names.join(" ");
    guessed.surname1 = surnames.next().unwrap_or_default();
    guessed.surname2 = surnames.next().unwrap_or_default();
    guessed
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

    #[test]
    fn progres_gets_three_parts() {
        for ((given, middle, first, second), (wanted_given, wanted_middle, family)) in [
            // The example of rule 11.
            (("Ana María", "", "Pérez", "Soto"), ("Ana", "María", "Pérez Soto")),
            (("Ana", "", "De la Cruz", "Pérez"), ("Ana", "", "De la Cruz Pérez")),
            (("María de los Ángeles", "", "Núñez", ""), ("María", "de los Ángeles", "Núñez")),
            (("Jean Paul", "Marc", "Baptiste", ""), ("Jean Paul", "Marc", "Baptiste")),
            // Rule 6.
            (("", "", "Rahmatullah", ""), ("-", "", "Rahmatullah")),
            (("Ana", "", "", ""), ("Ana", "", "")),
            (("", "", "", ""), ("", "", "")),
        ] {
            let parts = progres_parts(given, middle, first, second);
            let found = (parts.given.as_str(), parts.middle.as_str(), parts.family.as_str());
            assert_eq!(found, (wanted_given, wanted_middle, family));
        }
    }

    #[test]
    fn passports_spell_with_plain_letters() {
        for (name, spelt) in [
            ("Muñoz", "MUNOZ"), // The example of rule 12.
            ("De la Cruz-Pérez", "DELACRUZPEREZ"),
            ("O’Brien", "OBRIEN"),
            ("Agüero", "AGUERO"),
            ("Straße", "STRASSE"),
            ("Ångström Ørsted Æbelø", "AANGSTROMOERSTEDAEBELOE"),
            ("Đặng Łukasz", "DANGLUKASZ"),
            ("Mun\u{303}oz", "MUNOZ"),
            ("Ana 2", "ANA"),
            ("محمد", ""),
            ("", ""),
        ] {
            assert_eq!(mrz(name), spelt, "{name}");
        }
    }

    #[test]
    fn full_names_are_taken_apart() {
        for (typed, [given, first, second, common]) in [
            ("Ana", ["Ana", "", "", ""]),
            ("Ana Pérez", ["Ana", "Pérez", "", ""]),
            ("Ana María Pérez Soto", ["Ana María", "Pérez", "Soto", ""]),
            // Rule 2.
            ("Ana De la Cruz Pérez", ["Ana", "De la Cruz", "Pérez", ""]),
            // Rule 3.
            ("Ana Pérez de Soto", ["Ana", "Pérez", "", "Ana Pérez de Soto"]),
            ("Ana María Pérez de la Cruz", ["Ana María", "Pérez", "de la Cruz", ""]),
            // Rule 4.
            ("Jean Baptiste", ["Jean", "Baptiste", "", ""]),
            // Rule 5.
            ("João Silva Santos", ["João", "Silva", "Santos", ""]),
            // Rule 6: the tick says it; a lone word goes where a given name goes until then.
            ("Rahmatullah", ["Rahmatullah", "", "", ""]),
            ("  María  ", ["María", "", "", ""]),
            ("", ["", "", "", ""]),
        ] {
            let [given_names, surname1, surname2, common_name] =
                [given, first, second, common].map(str::to_owned);
            let wanted = GuessedParts { given_names, surname1, surname2, common_name };
            assert_eq!(guess_parts(typed), wanted, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_guess_loses_no_word(typed in "\\PC{0,40}|((de|la|van|y|ana|Pérez|Soto) ?){0,8}") {
            let parts = guess_parts(&typed);
            let shown = display_name(&parts.given_names, &parts.surname1, &parts.surname2);
            prop_assert!(shown == keep(&typed) || parts.common_name == keep(&typed));
        }

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
