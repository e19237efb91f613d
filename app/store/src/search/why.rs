//! Why somebody was found, word by word. Made for the few who are shown, from their lines.

use super::line::{Line, Role};
use super::words::{Fit, Typed};
use domain::date::PartialDate;
use domain::search_key;
use domain::short_forms::ShortForms;

/// A reason for which somebody was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// A document's number: all of it or a part.
    Document {
        /// All of it.
        same: bool,
    },
    /// A phone number: all of it, but perhaps for the country's code, or a part.
    Phone {
        /// All of it.
        same: bool,
    },
    /// The reference of their group, or its number in proGres.
    Reference,
    /// Their number in proGres.
    File,
    /// Every word typed is a word of their names.
    Name,
    /// Every word typed begins a word of their names.
    Prefix,
    /// The one surname typed is their first.
    Surname1,
    /// The one surname typed is their second.
    Surname2,
    /// What was typed are their surnames.
    Surnames,
    /// A short form, a nickname, another spelling of one name.
    Short(Pair),
    /// One stands for the beginning of the other.
    Cut(Pair),
    /// They sound alike.
    Sound(Pair),
    /// They are the same but for one typing error.
    Near(Pair),
    /// A name taken from a husband.
    Married(String),
    /// A name commonly used.
    Used(String),
    /// The name in its own script.
    Native(String),
    /// A name that somebody else stated, in conflict with the one shown.
    Noted(String),
    /// Their surnames stand the other way round.
    SurnamesSwapped,
    /// The surname was typed before the given name.
    SurnameFirst,
    /// The year of birth.
    Born(u16),
    /// What was typed and is not theirs.
    Without(String),
}

/// A word as typed, and the word that it met.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// As typed.
    pub typed: String,
    /// As it stands in the record.
    pub name: String,
}

/// What was typed, word by word.
pub struct Wanted<'a> {
    /// The words, with the pieces of text that they are of.
    pub words: Vec<(Typed, &'a str)>,
    /// The year of birth among them.
    pub year: Option<u16>,
}

/// A word of somebody's names.
struct Word<'a> {
    role: Role,
    married: bool,
    key: String,
    sound: String,
    text: &'a str,
}

/// How the words typed meet somebody's names.
pub struct Meeting<'a> {
    words: Vec<Word<'a>>,
    /// For each word typed the number of the word it meets, and how.
    met: Vec<Option<(usize, Fit)>>,
}

impl<'a> Meeting<'a> {
    /// Sees who meets whom: each word typed the word that fits best, and no word twice where there is a choice.
    pub fn of(wanted: &Wanted<'_>, line: &Line<'a>, forms: &ShortForms) -> Self {
        let words = words_of(line);
        let mut met: Vec<Option<(usize, Fit)>> = Vec::with_capacity(wanted.words.len());
        for (typed, _) in &wanted.words {
            let best = words
                .iter()
                .enumerate()
                .filter_map(|(at, word)| {
                    let taken = met.iter().flatten().any(|(other, _)| *other == at);
                    Some((word.fit(typed, forms)?.cost(), taken, at, word))
                })
                .min_by_key(|(cost, taken, at, _)| (*cost, *taken, *at));
            met.push(best.and_then(|(_, _, at, word)| Some((at, word.fit(typed, forms)?))));
        }
        Self { words, met }
    }

    /// How badly, and how many words are left over; `None` when a word typed meets none.
    pub fn cost(&self) -> Option<(u32, u32)> {
        let mut cost = 0;
        for met in &self.met {
            cost += u32::from((*met)?.1.cost());
        }
        let left = self.words.len().saturating_sub(self.met.len());
        Some((cost, u32::try_from(left).unwrap_or(u32::MAX)))
    }

    /// The reasons, those first that need explaining most.
    pub fn reasons(&self, wanted: &Wanted<'_>) -> Vec<Why> {
        let mut why = Vec::new();
        let mut without: Vec<&str> = Vec::new();
        for (met, (_, text)) in self.met.iter().zip(&wanted.words) {
            let Some((word, fit)) = met.and_then(|(at, fit)| Some((self.words.get(at)?, fit))) else {
                without.push(text);
                continue;
            };
            let pair = || Pair { typed: plain(text), name: plain(word.text) };
            let reason = match fit {
                Fit::Whole | Fit::Begins => None,
                Fit::Short => Some(Why::Short(pair())),
                Fit::Initial | Fit::Cut => Some(Why::Cut(pair())),
                Fit::Sound | Fit::SoundBegins => Some(Why::Sound(pair())),
                Fit::Near => Some(Why::Near(pair())),
            };
            let whose = match word.role {
                Role::Used if word.married => Some(Why::Married(plain(word.text))),
                Role::Used => Some(Why::Used(plain(word.text))),
                Role::Native => Some(Why::Native(plain(word.text))),
                Role::Noted => Some(Why::Noted(plain(word.text))),
                _ => None,
            };
            for reason in reason.into_iter().chain(whose) {
                if !why.contains(&reason) {
                    why.push(reason);
                }
            }
        }
        let order = self.order();
        if why.is_empty() && order.is_none() {
            why.push(self.plainly());
        }
        why.extend(order);
        if !without.is_empty() {
            without.dedup();
            why.push(Why::Without(without.into_iter().map(plain).collect::<Vec<_>>().join(" ")));
        }
        why
    }

    /// Whether surnames, or surname and given name, were typed the other way round.
    fn order(&self) -> Option<Why> {
        // Of each kind of word, the first and the last place at which one was typed.
        let (mut given, mut first, mut second) = (None::<(usize, usize)>, None, None);
        for (place, met) in self.met.iter().enumerate() {
            let span = match met.and_then(|(at, _)| Some(self.words.get(at)?.role)) {
                Some(Role::Given) => &mut given,
                Some(Role::Surname1) => &mut first,
                Some(Role::Surname2) => &mut second,
                _ => continue,
            };
            let (from, _) = span.unwrap_or((place, place));
            *span = Some((from, place));
        }
        match (given, first, second) {
            (_, Some((first, _)), Some((_, second))) if second < first => Some(Why::SurnamesSwapped),
            (Some((given, _)), Some((_, surname)), None) | (Some((given, _)), _, Some((_, surname)))
                if surname < given =>
            {
                Some(Why::SurnameFirst)
            }
            _ => None,
        }
    }

    /// The reason where every word is as typed.
    fn plainly(&self) -> Why {
        let met = || self.met.iter().flatten();
        let roles = || met().filter_map(|(at, _)| Some(self.words.get(*at)?.role));
        if met().any(|(_, fit)| *fit == Fit::Begins) {
            Why::Prefix
        } else if roles().all(|role| role == Role::Surname1) {
            Why::Surname1
        } else if roles().all(|role| role == Role::Surname2) {
            Why::Surname2
        } else if roles().all(|role| matches!(role, Role::Surname1 | Role::Surname2)) {
            Why::Surnames
        } else {
            Why::Name
        }
    }
}

impl Word<'_> {
    fn fit(&self, typed: &Typed, forms: &ShortForms) -> Option<Fit> {
        let fit = typed.fit(&self.key, &self.sound);
        let is_short = || forms.are_of_one((typed.word(), typed.sound()), (&self.key, &self.sound));
        match fit {
            Some(fit) if fit <= Fit::Short => Some(fit),
            _ if is_short() => Some(Fit::Short),
            fit => fit,
        }
    }
}

fn words_of<'a>(line: &Line<'a>) -> Vec<Word<'a>> {
    let mut words: Vec<Word<'a>> = Vec::with_capacity(8);
    for (role, text) in line.names() {
        for (key, text) in search_key::tokens_with_text(text) {
            let mut sound = String::with_capacity(key.len());
            search_key::append_sound(&key, &mut sound);
            // A word twice is one word, as in the index.
            if !words.iter().any(|word| word.key == key) {
                words.push(Word { role, married: false, key, sound, text });
            }
        }
        if role == Role::Used && line.sex != "M" {
            mark_married(text, &mut words);
        }
    }
    words
}

/// «de» and a surname at the end of a name commonly used is a husband's (rule 3), unless it is the person's own.
fn mark_married(used: &str, words: &mut [Word<'_>]) {
    let mut after_de = false;
    for piece in used.split_whitespace() {
        let key = piece.to_lowercase();
        if search_key::is_particle(&key) {
            after_de |= matches!(key.as_str(), "de" | "del");
            continue;
        }
        if core::mem::take(&mut after_de) {
            words
                .iter_mut()
                .filter(|word| word.role == Role::Used && word.text == piece)
                .for_each(|word| word.married = true);
        }
    }
}

/// The year somebody was born in, as far as it is known.
pub fn year_of(born: &str) -> Option<u16> {
    u16::try_from(PartialDate::from_text(born)?.year()).ok()
}

/// A word without the signs around it.
fn plain(text: &str) -> String {
    text.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, 'ª' | 'º' | '.')).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(typed: &str, line: &Line<'_>) -> Vec<Why> {
        let forms = ShortForms::of([("Pepe", "José"), ("Jhon", "John"), ("Ma", "María")]);
        let words = search_key::tokens_with_text(typed);
        let words = words.into_iter().map(|(word, text)| (Typed::new(&word, &forms), text)).collect();
        let wanted = Wanted { words, year: None };
        Meeting::of(&wanted, line, &forms).reasons(&wanted)
    }

    fn pair(typed: &str, name: &str) -> Pair {
        Pair { typed: typed.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn every_reason_is_told() {
        let ana = Line {
            kind: 2,
            name: "Ana María Pérez Núñez",
            also: "Ana Pérez de Soto Nena آنا",
            lengths: [10, 6, 7, 23, 6, 0],
            sex: "F",
            ..Line::default()
        };
        let jose =
            Line { kind: 2, name: "José John Vásquez", lengths: [10, 8, 0, 0, 0, 0], ..Line::default() };
        for (typed, line, wanted) in [
            ("ana perez", &ana, vec![Why::Name]),
            ("an per", &ana, vec![Why::Prefix]),
            ("Pérez", &ana, vec![Why::Surname1]),
            ("nunnez", &ana, vec![Why::Surname2]),
            ("Núñez", &ana, vec![Why::Surname2]),
            ("perez nuñez", &ana, vec![Why::Surnames]),
            ("Núñez Pérez", &ana, vec![Why::SurnamesSwapped]),
            ("Pérez Ana", &ana, vec![Why::SurnameFirst]),
            ("Pérez Núñez Ana María", &ana, vec![Why::SurnameFirst]),
            ("Ana de Soto", &ana, vec![Why::Married("Soto".into())]),
            ("nena", &ana, vec![Why::Used("Nena".into())]),
            ("آنا", &ana, vec![Why::Native("آنا".into())]),
            ("Ma. Pérez", &ana, vec![Why::Prefix]), // As it would still be typed.
            ("Pepe Vásquez", &jose, vec![Why::Short(pair("Pepe", "José"))]),
            ("JHON", &jose, vec![Why::Short(pair("JHON", "John"))]),
            ("Joze", &jose, vec![Why::Sound(pair("Joze", "José"))]),
            ("Bázquez", &jose, vec![Why::Sound(pair("Bázquez", "Vásquez"))]),
            ("Vasqeuz,", &jose, vec![Why::Near(pair("Vasqeuz", "Vásquez"))]),
            ("Johnatan", &jose, vec![Why::Cut(pair("Johnatan", "John"))]),
            ("José John Soto", &jose, vec![Why::Name, Why::Without("Soto".into())]),
        ] {
            assert_eq!(reasons(typed, line), wanted, "{typed}");
        }
    }

    #[test]
    fn a_husbands_name_is_told_of_women_and_is_not_their_own() {
        let cruz = |sex| Line {
            kind: 2,
            name: "Ana De la Cruz",
            also: "Anita de la Cruz de Soto",
            lengths: [3, 10, 0, 24, 0, 0],
            sex,
            ..Line::default()
        };
        assert_eq!(reasons("soto", &cruz("F")), [Why::Married("Soto".into())]);
        assert_eq!(reasons("soto", &cruz("M")), [Why::Used("Soto".into())]);
        assert_eq!(reasons("cruz", &cruz("F")), [Why::Surname1]);
    }
}
