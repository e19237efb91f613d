//! Every sentence people read, in the language of their choice.
//!
//! Sentences lie in `locales/`, a file a language, and reach the device as files of their own: only the
//! chosen language travels. `Key` is made from them by `build.rs`, so that a missing sentence fails the build.
//!
//! Something in a second language beside the chosen one, such as a slip for a family that does not read the
//! caseworker's language, takes [`Words::of`]. It can be handed to everything that takes `Words`.

use crate::files;
use leptos::prelude::*;
use std::sync::Arc;

mod language;
pub use language::Language;
#[cfg(debug_assertions)]
pub use language::stretch_labels;

mod keys {
    include!(concat!(env!("OUT_DIR"), "/keys.rs"));
}
pub use keys::{Key, NAMES};

/// The sentences of a language: of the chosen one, whose changes all follow, or of another that stays. Cheap to copy;
/// reading is reactive.
#[derive(Clone, Copy)]
pub struct Words {
    language: RwSignal<Language>,
    texts: RwSignal<Arc<Vec<String>>>,
}

impl Words {
    /// Loads the chosen language and makes it the language of the page.
    pub async fn load(language: Language) -> Words {
        let texts = fetch(language).await.unwrap_or_default();
        set_document(language);
        Words { language: RwSignal::new(language), texts: RwSignal::new(Arc::new(texts)) }
    }

    /// The sentences of a language beside the chosen one. They are empty until they have come, see [`Words::ready`];
    /// what shows them follows. Dates ([`crate::when`]), counts and numbers are in that language too. The element
    /// that shows them needs the `lang` and `dir` of [`Language::code`] and [`Language::direction`].
    #[must_use]
    pub fn of(language: Language) -> Words {
        let words = Words { language: RwSignal::new(language), texts: RwSignal::default() };
        leptos::task::spawn_local(async move {
            if let Some(texts) = fetch(language).await {
                // The page that asked may be gone by now.
                words.texts.try_set(Arc::new(texts));
            }
        });
        words
    }

    /// Whether the sentences have come. Never, where their file cannot be had: all languages lie on the device with
    /// the app, so that is before the worker has fetched them.
    #[must_use]
    pub fn ready(self) -> bool {
        self.texts.with(|texts| !texts.is_empty())
    }

    /// Changes the chosen language; what is shown follows at once, and what was typed stays. Without its file, nothing
    /// changes.
    pub async fn change(self, language: Language) -> bool {
        let Some(texts) = fetch(language).await else { return false };
        set_document(language);
        self.language.set(language);
        self.texts.set(Arc::new(texts));
        true
    }

    /// The language spoken now.
    #[must_use]
    pub fn language(self) -> Language {
        self.language.get()
    }

    /// A sentence.
    #[must_use]
    pub fn get(self, key: Key) -> String {
        self.texts.with(|texts| texts.get(key as usize).cloned().unwrap_or_default())
    }

    /// A sentence with its blanks filled in.
    #[must_use]
    pub fn with(self, key: Key, blanks: &[(&str, &str)]) -> String {
        fill(self.language(), self.get(key), blanks)
    }

    /// A sentence about a number of things; its blank `{n}` is the number.
    #[must_use]
    pub fn count(self, key: Key, number: u64) -> String {
        let text = self.get(key);
        let forms: Vec<&str> = text.split(" | ").collect();
        let form = forms.get(self.language().form(number)).or(forms.last()).copied().unwrap_or_default();
        fill(self.language(), form.to_owned(), &[("n", &self.number(number))])
    }

    /// A number with its thousands apart by a narrow space (ISO 80000-1), which readers of all six languages
    /// understand alike. Arabic keeps these figures too: so are they printed on the papers and typed into the forms.
    #[must_use]
    pub fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push('\u{202f}');
            }
            text.push(digit);
        }
        text
    }

    /// Items one after the other, with the comma of the language.
    #[must_use]
    pub fn list<S: AsRef<str>>(self, items: impl IntoIterator<Item = S>) -> String {
        let mut text = String::new();
        for item in items {
            if !text.is_empty() {
                text.push_str(self.language().comma());
            }
            text.push_str(item.as_ref());
        }
        text
    }

    /// How whoever stated something is called, by the name under which the server tells of them: a member of staff, a
    /// desk that answered with a slip, or somebody of whom nothing is told.
    #[must_use]
    pub fn author(self, name: Option<&str>) -> String {
        match name.map(|name| (name, domain::service::slip::voice_of(name))) {
            Some((_, Some(institution))) => self.with(Key::ReferBySlip, &[("who", institution)]),
            Some((name, None)) => name.to_owned(),
            None => self.get(Key::AColleague),
        }
    }

    /// The sentence for a key by its name in the files, where there is one: for faults and verdicts.
    #[must_use]
    pub fn named(self, name: &str) -> Option<String> {
        let at = NAMES.binary_search(&name).ok()?;
        Key::ALL.get(at).map(|key| self.get(*key))
    }
}

/// The words that `provide_context` put above this component.
#[must_use]
pub fn use_words() -> Words {
    expect_context()
}

/// In a sentence that runs from the right, a blank filled with letters that run from the left is set apart by Unicode's
/// isolates (UAX #9), as `bdi` does in markup: what stands beside it would change places otherwise.
fn fill(language: Language, mut text: String, blanks: &[(&str, &str)]) -> String {
    let rtl = language.direction() == "rtl";
    for (name, value) in blanks {
        let blank = format!("{{{name}}}");
        text = if rtl && value.chars().any(runs_from_left) {
            text.replace(&blank, &format!("\u{2068}{value}\u{2069}"))
        } else {
            text.replace(&blank, value)
        };
    }
    text
}

/// Letters of any script but those written from the right (blocks as Unicode reserves them).
fn runs_from_left(letter: char) -> bool {
    let from_right = matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    letter.is_alphabetic() && !from_right
}

async fn fetch(language: Language) -> Option<Vec<String>> {
    let text = files::text(&format!("locales/{}", language.source().code())).await?;
    let texts = parse(&text);
    #[cfg(debug_assertions)]
    if language == Language::Stretched {
        return Some(texts.iter().map(|sentence| language::stretch(sentence)).collect());
    }
    Some(texts)
}

/// One sentence a line: `key = "text"`, as `build.rs` has checked.
fn parse(text: &str) -> Vec<String> {
    let mut texts = vec![String::new(); NAMES.len()];
    for line in text.lines() {
        let parts = line.split_once(" = \"").and_then(|(key, rest)| Some((key, rest.strip_suffix('"')?)));
        if let Some((key, value)) = parts
            && let Ok(at) = NAMES.binary_search(&key)
            && let Some(slot) = texts.get_mut(at)
        {
            value.clone_into(slot);
        }
    }
    texts
}

fn set_document(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.code());
        let _ = root.set_attribute("dir", language.direction());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The sentences of a language as its file in the project says them.
    pub(crate) fn spoken(language: Language) -> Words {
        let file = format!("{}/locales/{}.toml", env!("CARGO_MANIFEST_DIR"), language.code());
        let texts = parse(&std::fs::read_to_string(file).unwrap());
        Words { language: RwSignal::new(language), texts: RwSignal::new(Arc::new(texts)) }
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
    fn who_stated_something_is_named_and_a_slip_is_no_person() {
        let words = spoken(Language::Spanish);
        for (name, expected) in [
            (Some("Yadira Batista"), "Yadira Batista"),
            (Some("slip:SNM"), "SNM, con la hoja"),
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
