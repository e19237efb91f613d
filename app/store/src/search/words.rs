//! How a typed word meets a word of a name.

use domain::search_key;
use domain::short_forms::{Set, ShortForms};

/// How well; the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The same word.
    Whole,
    /// It begins like that.
    Begins,
    /// Both are forms of one name.
    Short,
    /// Its first letter stands for it.
    Initial,
    /// It sounds alike.
    Sound,
    /// Its beginning sounds alike.
    SoundBegins,
    /// It is the beginning of what was typed.
    Cut,
    /// With one typing error.
    Near,
}

impl Fit {
    /// What it counts against somebody: one word that is only near weighs more than any number that merely begin so.
    pub fn cost(self) -> u8 {
        match self {
            Fit::Whole => 0,
            Fit::Begins => 1,
            Fit::Short => 8,
            Fit::Initial => 12,
            Fit::Sound => 16,
            Fit::SoundBegins => 18,
            Fit::Cut => 20,
            Fit::Near => 32,
        }
    }
}

/// A typed word, made ready to be compared with many.
pub struct Typed {
    word: String,
    sound: String,
    sets: Vec<Set>,
}

/// Below this a word is too short for a typing error to mean anything.
const FOR_ERRORS: usize = 4;
/// Likewise for sounding alike.
const FOR_SOUND: usize = 3;
/// A sound shorter than this begins far too many.
const FOR_SOUND_BEGUN: usize = 2;
/// Likewise for what somebody wrote of a longer name.
const FOR_CUT: usize = 3;

impl Typed {
    pub fn new(word: &str, forms: &ShortForms) -> Self {
        let mut sound = String::new();
        search_key::append_sound(word, &mut sound);
        let sets = forms.sets(word, &sound).to_vec();
        Self { word: word.to_owned(), sound, sets }
    }

    /// As it was typed, as a key.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// Its sound key.
    pub fn sound(&self) -> &str {
        &self.sound
    }

    /// The sets of short forms that it is in.
    pub fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// How the word meets another whose sound key is `sound`. Short forms are not looked at: `Names` finds them
    /// without looking at every word.
    pub fn fit(&self, other: &str, sound: &str) -> Option<Fit> {
        let (typed, word) = (self.word.as_bytes(), other.as_bytes());
        if word.starts_with(typed) {
            return Some(if word.len() == typed.len() { Fit::Whole } else { Fit::Begins });
        }
        if typed.starts_with(word) {
            // One letter, whatever its length in bytes.
            if other.chars().nth(1).is_none() && !other.is_empty() {
                return Some(Fit::Initial);
            }
            if sound != self.sound && word.len() >= FOR_CUT {
                return Some(Fit::Cut);
            }
        }
        if typed.len() >= FOR_SOUND && !sound.is_empty() && sound.starts_with(&self.sound) {
            if sound.len() == self.sound.len() {
                return Some(Fit::Sound);
            }
            if self.sound.len() >= FOR_SOUND_BEGUN {
                return Some(Fit::SoundBegins);
            }
        }
        if typed.len() < FOR_ERRORS {
            return None;
        }
        let near = if self.word.is_ascii() && other.is_ascii() {
            begins_but_for_one(typed, word)
        } else {
            let (typed, word): (Vec<char>, Vec<char>) =
                (self.word.chars().collect(), other.chars().collect());
            typed.len() >= FOR_ERRORS && begins_but_for_one(&typed, &word)
        };
        near.then_some(Fit::Near)
    }
}
/// Whether a word begins with what was typed, but for one letter wrong, missing, too many, or two swapped.
fn begins_but_for_one<T: PartialEq + Copy>(typed: &[T], word: &[T]) -> bool {
    let same = typed.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (a, b) = (typed.get(same..).unwrap_or_default(), word.get(same..).unwrap_or_default());
    let (a1, b1) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
    // Wrong, too many, missing.
    if b1.starts_with(a1) && !b.is_empty() || b.starts_with(a1) || b1.starts_with(a) {
        return true;
    }
    match (a, b) {
        ([x, y, a2 @ ..], [u, v, b2 @ ..]) => x == v && y == u && b2.starts_with(a2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_meet_as_people_expect() {
        for (typed, word, wanted) in [
            ("perez", "perez", Some(Fit::Whole)),
            ("per", "perez", Some(Fit::Begins)),
            ("peres", "perez", Some(Fit::Sound)),
            ("vasqu", "bazquez", Some(Fit::SoundBegins)),
            ("prez", "perez", Some(Fit::Near)),   // A letter missing.
            ("peroez", "perez", Some(Fit::Near)), // One too many.
            ("pedez", "perez", Some(Fit::Near)),  // A wrong one.
            ("epre", "perez", Some(Fit::Near)),   // Two swapped, still typing.
            ("gonzlaez", "gonzalez", Some(Fit::Near)),
            ("vasquez", "bazques", Some(Fit::Sound)),
            ("maria", "m", Some(Fit::Initial)),
            ("émile", "é", Some(Fit::Initial)),
            ("yonathan", "yonat", Some(Fit::Cut)),
            ("perezz", "perez", Some(Fit::Sound)), // Letters twice are heard once.
            ("maria", "ma", None),                 // The table of short forms says it.
            ("pe", "paez", None),                  // Too short to be mistyped.
            ("abxy", "abced", None),
            ("lopez", "perez", None),
            ("xerex", "perez", None),
            ("احمذ", "احمد", Some(Fit::Near)),
        ] {
            let mut sound = String::new();
            search_key::append_sound(word, &mut sound);
            assert_eq!(Typed::new(typed, &ShortForms::default()).fit(word, &sound), wanted, "{typed} {word}");
        }
    }
}
