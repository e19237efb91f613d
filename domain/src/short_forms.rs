//! Short forms of names (rule 9): Pepe for José, Jhon for John, Mohd for Muhammad. For search alone; what was typed
//! is never changed by them.
//!
//! Which forms there are is data (`public/tables/short_names.csv`), handed in by whoever holds it.

use crate::search_key;
use std::collections::BTreeMap;

/// Which names are forms of one another.
///
/// Forms of one name make a set; a form may be in several (Chencho is Inocencio and Florencio).
#[derive(Clone, Debug, Default)]
pub struct ShortForms {
    /// The sets of a key.
    by_key: BTreeMap<String, Vec<u16>>,
    /// The sets of a sound key, for spellings that the table does not have.
    by_sound: BTreeMap<String, Vec<u16>>,
}

/// Names that belong together by the table of short forms.
pub type Set = u16;

impl ShortForms {
    /// Makes the sets of rows of the table: a form, and the name it stands for.
    ///
    /// A row whose parts are not one word each is passed over: names are searched word by word.
    pub fn of<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut made, mut names) = (Self::default(), BTreeMap::<String, Set>::new());
        for (form, name) in rows {
            let (form, name) = (search_key::key(form), search_key::key(name));
            if [&form, &name].into_iter().any(|word| word.is_empty() || word.contains(' ')) || form == name {
                continue;
            }
            let Ok(next) = Set::try_from(names.len()) else { break };
            let set = *names.entry(name.clone()).or_insert(next);
            made.put(name, set);
            made.put(form, set);
        }
        made
    }

    fn put(&mut self, word: String, set: Set) {
        let mut sound = String::with_capacity(word.len());
        search_key::append_sound(&word, &mut sound);
        for (sets, word) in [(&mut self.by_key, word), (&mut self.by_sound, sound)] {
            let sets = sets.entry(word).or_default();
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
    }

    /// The sets that a word of a search key is in; those of words that sound alike where the table does not have it.
    #[must_use]
    pub fn sets(&self, word: &str, sound: &str) -> &[Set] {
        self.by_key.get(word).or_else(|| self.by_sound.get(sound)).map_or(&[], Vec::as_slice)
    }

    /// Whether two different words of search keys are forms of one name.
    ///
    /// Two spellings of one sound are only where the table says so: all others simply sound alike.
    #[must_use]
    pub fn are_of_one(&self, one: (&str, &str), other: (&str, &str)) -> bool {
        let listed = |word: &str| self.by_key.contains_key(word);
        let told = one.1 != other.1 || listed(one.0) && listed(other.0);
        let sets = self.sets(other.0, other.1);
        told && one.0 != other.0 && self.sets(one.0, one.1).iter().any(|set| sets.contains(set))
    }

    /// Whether there are no forms at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../public/tables/short_names.csv");

    /// Form and name of every row; neither is ever quoted.
    fn rows() -> Vec<(&'static str, &'static str)> {
        TABLE
            .lines()
            .skip(1)
            .filter_map(|row| {
                let mut cells = row.splitn(3, ',');
                Some((cells.next()?, cells.next()?))
            })
            .collect()
    }

    fn together(forms: &ShortForms, one: &str, other: &str) -> bool {
        let keys = |text: &str| (search_key::key(text), search_key::sound(text));
        let (one, other) = (keys(one), keys(other));
        forms.are_of_one((&one.0, &one.1), (&other.0, &other.1))
    }

    #[test]
    fn short_forms_and_names_belong_together() {
        let forms = ShortForms::of(rows());
        for (one, other, wanted) in [
            ("Mª", "María", true),
            ("Ma.", "María", true),
            ("Fco", "Francisco", true),
            ("Jhon", "John", true),
            ("Yon", "Jhon", true),
            ("Pepe", "José", true),
            ("Chepe", "Pepe", true),     // Both are José.
            ("Pako", "Francisco", true), // As Paco sounds.
            ("Lupe", "Guadalupe", true),
            ("Mohd", "Mohamed", true),
            ("Muhammad", "Mohammed", true),
            ("José", "José", false), // The same, no form of it.
            ("Joze", "José", false), // Sounds alike; no table says it.
            ("Jhon", "Juan", false), // A translation, no form.
            ("Paco", "Pepe", false),
            ("Ana", "María", false),
        ] {
            assert_eq!(together(&forms, one, other), wanted, "{one} {other}");
            assert_eq!(together(&forms, other, one), wanted, "{other} {one}");
        }
    }

    #[test]
    fn every_row_of_the_table_is_used() {
        let forms = ShortForms::of(rows());
        let mut seen = std::collections::BTreeSet::new();
        for (form, name) in rows() {
            assert!(together(&forms, form, name), "{form},{name}");
            assert!(seen.insert((search_key::key(form), search_key::key(name))), "twice: {form},{name}");
        }
        assert!(seen.len() > 400);
    }

    #[test]
    fn rows_that_cannot_be_used_are_passed_over() {
        let forms = ShortForms::of([("", "José"), ("Pepe", ""), ("Juanca", "Juan Carlos"), ("josé", "Jose")]);
        assert!(forms.is_empty());
        assert!(!together(&forms, "Juanca", "Juan"));
    }
}
