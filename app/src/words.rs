//! Every sentence of the staff door, in the language of people's choice. What both doors do with theirs lies in `speech`.

use domain::application::VOICE;
use leptos::prelude::*;

pub use speech::Language;
#[cfg(debug_assertions)]
pub use speech::language::stretch_labels;

mod keys {
    include!(concat!(env!("OUT_DIR"), "/keys.rs"));
}
pub use keys::{Key, NAMES};

/// The sentences of the staff door.
pub type Words = speech::Words<Key>;

/// The words that `provide_context` put above this component.
#[must_use]
pub fn use_words() -> Words {
    expect_context()
}

/// Names for whoever stated something.
pub trait Authors {
    /// How whoever stated something is called, by the name under which the server tells of them: a member of staff, a
    /// desk that answered with a slip, a family on its own phone, or somebody of whom nothing is told.
    fn author(self, name: Option<&str>) -> String;
}

impl Authors for Words {
    fn author(self, name: Option<&str>) -> String {
        match name.map(|name| (name, domain::service::slip::voice_of(name))) {
            Some((VOICE, _)) => self.get(Key::ApplicationsVoice),
            Some((_, Some(institution))) => self.with(Key::ReferBySlip, &[("who", institution)]),
            Some((name, None)) => name.to_owned(),
            None => self.get(Key::AColleague),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speech::Keys;

    /// The sentences of a language as its file in the project says them.
    pub(crate) fn spoken(language: Language) -> Words {
        let file = format!("{}/locales/{}.toml", env!("CARGO_MANIFEST_DIR"), language.code());
        Words::read(language, &std::fs::read_to_string(file).unwrap())
    }

    #[test]
    fn every_language_has_every_sentence() {
        for language in Language::ALL {
            let words = spoken(language);
            for (name, key) in NAMES.iter().zip(Key::ALL) {
                assert!(!words.get(*key).is_empty(), "{name} in {language:?}");
            }
        }
    }

    #[test]
    fn numbers_are_counted_in_the_form_of_their_language() {
        for (language, number, expected) in [
            (Language::Spanish, 1, "1 persona"),
            (Language::Spanish, 0, "0 personas"),
            (Language::French, 0, "0 personne"),
            (Language::French, 2, "2 personnes"),
            (Language::Portuguese, 1, "1 pessoa"),
            (Language::Haitian, 1, "1 moun"),
            (Language::Haitian, 12, "12 moun"),
            (Language::Arabic, 0, "لا أحد"),
            (Language::Arabic, 1, "شخص واحد"),
            (Language::Arabic, 2, "شخصان"),
            (Language::Arabic, 7, "7 أشخاص"),
            (Language::Arabic, 11, "11 شخصًا"),
            (Language::Arabic, 100, "100 شخص"),
        ] {
            assert_eq!(spoken(language).count(Key::People, number), expected, "{number} in {language:?}");
        }
    }

    #[test]
    fn what_fills_an_arabic_sentence_stands_apart() {
        let sentence = |language| spoken(language).with(Key::RemoveNamed, &[("name", "Ana")]);
        assert_eq!(sentence(Language::Arabic), "حذف \u{2068}Ana\u{2069}");
        assert_eq!(sentence(Language::Spanish), "Quitar Ana");
    }

    #[test]
    fn who_stated_something_is_named_and_neither_a_slip_nor_a_phone_is_a_person() {
        let words = spoken(Language::Spanish);
        for (name, expected) in [
            (Some("Yadira Batista"), "Yadira Batista"),
            (Some("slip:SNM"), "SNM, con la hoja"),
            (Some("applicant:"), "la familia, desde su teléfono"),
            (None, "una colega o un colega"),
        ] {
            assert_eq!(words.author(name), expected);
        }
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_000, "1\u{202f}000"), (1_234_567, "1\u{202f}234\u{202f}567")]
        {
            assert_eq!(spoken(Language::Arabic).number(number), expected);
        }
    }

    #[test]
    fn lists_have_the_comma_of_their_language() {
        for (language, expected) in [(Language::French, "a, b, c"), (Language::Arabic, "a، b، c")] {
            assert_eq!(spoken(language).list(["a", "b", "c"]), expected);
        }
        assert_eq!(spoken(Language::Spanish).list(Vec::<String>::new()), "");
    }
}
