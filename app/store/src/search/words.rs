//! How a typed word meets a word of a name.

use domain::search_key;

/// How well; the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The same word.
    Whole,
    /// It begins like that.
    Begins,
    /// With one typing error, or it sounds alike.
    Near,
}

/// A typed word, made ready to be compared with many.
pub struct Typed {
    word: String,
    sound: String,
}

/// Below this a word is too short for a typing error to mean anything.
const FOR_ERRORS: usize = 4;
/// Likewise for sounding alike.
const FOR_SOUND: usize = 3;

impl Typed {
    pub fn new(word: &str) -> Self {
        let mut sound = String::new();
        search_key::append_sound(word, &mut sound);
        Self { word: word.to_owned(), sound }
    }

    /// How the word meets another whose sound key is `sound`.
    pub fn fit(&self, other: &str, sound: &str) -> Option<Fit> {
        let (typed, word) = (self.word.as_bytes(), other.as_bytes());
        if word.starts_with(typed) {
            return Some(if word.len() == typed.len() { Fit::Whole } else { Fit::Begins });
        }
        if search_key::long_form(other).is_some_and(|long| long == self.word) {
            return Some(Fit::Near);
        }
        if typed.len() >= FOR_SOUND
            && sound.as_bytes().starts_with(self.sound.as_bytes())
            && !self.sound.is_empty()
        {
            return Some(Fit::Near);
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
            ("peres", "perez", Some(Fit::Near)),  // Sounds alike.
            ("prez", "perez", Some(Fit::Near)),   // A letter missing.
            ("peerez", "perez", Some(Fit::Near)), // One too many.
            ("pedez", "perez", Some(Fit::Near)),  // A wrong one.
            ("epre", "perez", Some(Fit::Near)),   // Two swapped, still typing.
            ("perezz", "perez", Some(Fit::Near)),
            ("gonzlaez", "gonzalez", Some(Fit::Near)),
            ("vasquez", "bazques", Some(Fit::Near)),
            ("maria", "ma", Some(Fit::Near)),
            ("pe", "paez", None), // Too short to be mistyped.
            ("abxy", "abced", None),
            ("lopez", "perez", None),
            ("xerex", "perez", None),
            ("احمذ", "احمد", Some(Fit::Near)),
        ] {
            let mut sound = String::new();
            search_key::append_sound(word, &mut sound);
            assert_eq!(Typed::new(typed).fit(word, &sound), wanted, "{typed} {word}");
        }
    }
}
