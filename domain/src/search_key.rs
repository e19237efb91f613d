//! Search keys: what names, papers and phones are found by. Built beside what was typed, never instead of it.
//!
//! Everything appends to a buffer, because a device makes the keys of tens of thousands of people when it opens.

use crate::digit;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

/// Words that belong to a surname and tell nobody apart (rule 7), as words of a key.
#[must_use]
pub fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "del"
            | "la"
            | "las"
            | "los"
            | "da"
            | "do"
            | "dos"
            | "e"
            | "y"
            | "van"
            | "von"
            | "al"
            | "el"
            | "bin"
            | "ibn"
    )
}

/// Appends the key of a text: its words in plain small letters, a space between them and before the first
/// where something stands in `out` already.
///
/// Rule 7: case folded, marks stripped except ñ, which becomes `nn`; hyphens part words, apostrophes vanish;
/// particles are dropped, unless there is nothing else (somebody may be called that, or is still typing).
/// Letters of other scripts stay.
pub fn append_key(text: &str, out: &mut String) {
    if !append_words(text, out, false) {
        append_words(text, out, true);
    }
}

/// The key of a text, see [`append_key`].
#[must_use]
pub fn key(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    append_key(text, &mut out);
    out
}

/// The words of the key of a text: what is looked for, and in any order.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    key(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words of the key of a text, each with the piece of the text it was made of.
///
/// Pieces are parted where the key parts words, and keep their marks, their case and what stands around them.
#[must_use]
pub fn tokens_with_text(text: &str) -> Vec<(String, &str)> {
    let pieces = |with_particles: bool| {
        let pieces = text.split(|c: char| c.is_whitespace() || c == '-').flat_map(|piece| {
            let mut key = String::with_capacity(piece.len());
            append_words(piece, &mut key, true);
            key.split(' ').map(|word| (word.to_owned(), piece)).collect::<Vec<_>>()
        });
        pieces
            .filter(|(word, _)| !word.is_empty() && (with_particles || !is_particle(word)))
            .collect::<Vec<_>>()
    };
    let found = pieces(false);
    if found.is_empty() { pieces(true) } else { found }
}

/// Appends the sound key of a key, word by word (rule 8): spellings that sound alike in Spanish become one.
pub fn append_sound(key: &str, out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') && !key.is_empty() {
        out.push(' ');
    }
    let bytes = key.as_bytes();
    let is_soft = |at: usize| matches!(bytes.get(at), Some(b'e' | b'i'));
    let mut skip = false;
    let mut last = ' ';
    for (at, c) in key.char_indices() {
        if core::mem::take(&mut skip) {
            continue;
        }
        let next = bytes.get(at + 1);
        let sound = match c {
            'h' => continue,
            'v' => 'b',
            'z' | 'x' => 's',
            'k' => 'c',
            'w' => 'u',
            'c' if is_soft(at + 1) => 's',
            'l' if next == Some(&b'l') => {
                skip = true;
                'y'
            }
            'p' if next == Some(&b'h') => {
                skip = true;
                'f'
            }
            'q' if next == Some(&b'u') => {
                skip = true;
                'c'
            }
            'g' if next == Some(&b'u') && is_soft(at + 2) => {
                skip = true;
                'g'
            }
            other => other,
        };
        if sound != last || !sound.is_alphabetic() {
            out.push(sound);
        }
        last = sound;
    }
}

/// The sound key of a text, see [`append_sound`].
#[must_use]
pub fn sound(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    append_sound(&key(text), &mut out);
    out
}

/// Appends the digits of a text, whatever script they are in: the key of a phone number.
pub fn append_digits(text: &str, out: &mut String) {
    out.extend(text.chars().filter_map(digit::plain));
}

/// The digits of a text, see [`append_digits`].
#[must_use]
pub fn digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    append_digits(text, &mut out);
    out
}

/// Appends the letters and digits of a text as one word: the key of a document's number or a reference.
pub fn append_code(text: &str, out: &mut String) {
    let mut folder = Folder { out, after_n: false };
    for c in text.chars() {
        // What parts words in a name only parts groups of digits here.
        let _ = folder.fold(c);
    }
}

/// Letters and digits as one word, see [`append_code`].
#[must_use]
pub fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    append_code(text, &mut out);
    out
}

/// Appends words and tells whether there were any.
fn append_words(text: &str, out: &mut String, with_particles: bool) -> bool {
    let before = out.len();
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    let first = out.len();
    let mut begin = first;
    let mut folder = Folder { out, after_n: false };
    for c in text.chars().map(Some).chain([None]) {
        if c.is_some_and(|c| folder.fold(c)) {
            continue;
        }
        let out = &mut *folder.out;
        if out.len() > begin {
            if !with_particles && out.get(begin..).is_some_and(is_particle) {
                out.truncate(begin);
            } else {
                out.push(' ');
                begin = out.len();
            }
        }
        folder.after_n = false;
    }
    if begin == first {
        out.truncate(before);
        return false;
    }
    out.truncate(begin - 1);
    true
}

struct Folder<'a> {
    out: &'a mut String,
    /// The last letter was a plain n: a tilde over it is a letter of its own, not a mark.
    after_n: bool,
}

impl Folder<'_> {
    /// Appends what a character is in a key; `false` where it parts two words.
    fn fold(&mut self, c: char) -> bool {
        if c.is_ascii() {
            return self.fold_plain(c.to_ascii_lowercase());
        }
        let mut joins = true;
        for small in c.to_lowercase() {
            decompose_canonical(small, |part| joins &= self.fold_part(part));
        }
        joins
    }

    fn fold_plain(&mut self, c: char) -> bool {
        match c {
            'a'..='z' | '0'..='9' => {
                self.out.push(c);
                self.after_n = c == 'n';
                true
            }
            '\'' | '`' => true,
            _ => false,
        }
    }

    fn fold_part(&mut self, c: char) -> bool {
        if c.is_ascii() {
            return self.fold_plain(c);
        }
        match c {
            '\u{303}' if self.after_n => self.out.push('n'),
            // Letters with a mark that Unicode does not take apart, and ligatures.
            'ß' => self.out.push_str("ss"),
            'æ' => self.out.push_str("ae"),
            'œ' => self.out.push_str("oe"),
            'ø' | 'º' => self.out.push('o'),
            'ª' => self.out.push('a'),
            'đ' => self.out.push('d'),
            'ł' => self.out.push('l'),
            'ħ' => self.out.push('h'),
            'ı' => self.out.push('i'),
            'ς' => self.out.push('σ'),
            // Apostrophes and letters used as such, tatweel, soft hyphen, joiners and marks of direction.
            '‘' | '’' | '‛' | '´' | '′' | '\u{2b9}'..='\u{2c1}' | '\u{640}' | '\u{ad}' => {
                return true;
            }
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                return true;
            }
            _ if canonical_combining_class(c) != 0 => return true,
            _ => match digit::plain(c) {
                Some(plain) => self.out.push(plain),
                None if c.is_alphanumeric() => self.out.push(c),
                None => return false,
            },
        }
        self.after_n = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_keys() {
        for (text, wanted) in [
            ("Núñez-De la Peña", "nunnez penna"),
            ("NU\u{301}N\u{303}EZ", "nunnez"),
            ("María de los Ángeles", "maria angeles"),
            ("O'Brien", "obrien"),
            ("D’Angelo", "dangelo"),
            ("Mª José", "ma jose"),
            ("Al-Hassan bin Said", "hassan said"),
            ("Straße", "strasse"),
            ("Nguyễn Đức", "nguyen duc"),
            ("Łukasz Sørensen", "lukasz sorensen"),
            ("İbrahim", "ibrahim"),
            ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("أحمد", "احمد"),
            ("محـمد", "محمد"),
            ("王小明", "王小明"),
            ("Ana  2", "ana 2"),
            ("Pérez, Ana", "perez ana"),
            // Nothing but particles: kept, somebody is called so or is still typing.
            ("De la", "de la"),
            ("Y", "y"),
            ("", ""),
            ("- '", ""),
        ] {
            assert_eq!(key(text), wanted, "{text}");
        }
    }

    #[test]
    fn names_that_sound_alike_have_one_sound_key() {
        for (text, wanted) in [
            ("Yhonny Bázquez", "yony basces"),
            ("Jhony Vásquez", "jony basces"),
            ("Núñez", "nunes"),
            ("Philippe", "filipe"),
            ("Guillermo", "giyermo"),
            ("Guerrero", "gerero"),
            ("Wilson", "uilson"),
            ("Cecilia", "sesilia"),
            ("Katherine Xiomara", "caterine siomara"),
            ("1122", "1122"),
            ("Ñañez", "nanes"),
            ("أحمد", "احمد"),
            ("", ""),
        ] {
            assert_eq!(sound(text), wanted, "{text}");
        }
    }

    #[test]
    fn words_are_known_with_what_was_typed() {
        for (text, wanted) in [
            ("Núñez-De la Peña", vec![("nunnez", "Núñez"), ("penna", "Peña")]),
            ("Pérez, Ana", vec![("perez", "Pérez,"), ("ana", "Ana")]),
            ("O’Brien/Ruiz", vec![("obrien", "O’Brien/Ruiz"), ("ruiz", "O’Brien/Ruiz")]),
            ("De la", vec![("de", "De"), ("la", "la")]),
            (" - ", vec![]),
        ] {
            let found = tokens_with_text(text);
            let found: Vec<(&str, &str)> = found.iter().map(|(word, text)| (word.as_str(), *text)).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }

    /// Rule 10.
    #[test]
    fn the_order_of_words_does_not_matter() {
        let sorted = |text: &str| {
            let mut tokens = tokens(text);
            tokens.sort();
            tokens
        };
        for (typed, name) in [("Pérez Ana", "Ana Pérez"), ("soto perez, ANA MARIA", "Ana María Pérez Soto")]
        {
            assert_eq!(sorted(typed), sorted(name));
        }
    }

    #[test]
    fn numbers_are_found_however_they_are_written() {
        for (text, all_digits, one_word) in [
            ("+507 6123-4567", "50761234567", "50761234567"),
            ("E-8-12345", "812345", "e812345"),
            ("VEN 00.123", "00123", "ven00123"),
            ("٦١٢٣", "6123", "6123"),
            ("kx7m-42p2", "7422", "kx7m42p2"),
        ] {
            assert_eq!((digits(text).as_str(), code(text).as_str()), (all_digits, one_word), "{text}");
        }
    }

    #[test]
    fn keys_are_appended_with_one_space_between() {
        let mut out = String::new();
        append_key("", &mut out);
        append_key("Ana", &mut out);
        append_key("--", &mut out);
        append_key("de la Cruz", &mut out);
        append_key("Pérez", &mut out);
        assert_eq!(out, "ana cruz perez");
        let mut heard = String::new();
        append_sound(&out, &mut heard);
        append_sound("", &mut heard);
        append_sound("vera", &mut heard);
        assert_eq!(heard, "ana crus peres bera");
    }

    proptest! {
        #[test]
        fn words_are_found_in_any_order(words in proptest::collection::vec("[\\PC&&[^\u{300}-\u{36f}]]{1,8}|de|la|[a-zñáüÑ]{1,8}", 0..6)) {
            let sorted = |words: &[String]| {
                let mut tokens = tokens(&words.join(" "));
                tokens.sort();
                tokens
            };
            let backwards: Vec<String> = words.iter().rev().cloned().collect();
            prop_assert_eq!(sorted(&words), sorted(&backwards));
        }

        #[test]
        fn words_with_text_are_the_words(text in "\\PC{0,30}|[a-zñÑáÜ' -]{0,30}|(de|la|y|ana|[A-Z]-| ){0,6}") {
            let words: Vec<String> = tokens_with_text(&text).into_iter().map(|(word, _)| word).collect();
            prop_assert_eq!(words, tokens(&text));
        }

        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,30}|[a-zñÑáÜ' -]{0,30}") {
            let once = key(&text);
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
            prop_assert_eq!(key(&once), once.clone());
            prop_assert_eq!(key(&text.to_uppercase()).is_empty(), once.is_empty());
        }
    }
}
