//! Every sentence people read, in the language of their choice.
//!
//! Sentences lie in `locales/`, a file a language, and reach the device as files of their own: only the
//! chosen language travels. `Key` is made from them by `build.rs`, so that a missing sentence fails the build.

use crate::files;
use leptos::prelude::*;
use std::sync::Arc;

mod keys {
    include!(concat!(env!("OUT_DIR"), "/keys.rs"));
}
pub use keys::{Key, NAMES};

/// A language the app speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Spanish, the default.
    Spanish,
    /// English.
    English,
}

impl Language {
    /// In the order they are offered.
    pub const ALL: [Language; 2] = [Language::Spanish, Language::English];

    /// Code for `lang`, files and preferences.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Language::Spanish => "es",
            Language::English => "en",
        }
    }

    /// Its own name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Spanish => "Español",
            Language::English => "English",
        }
    }

    /// From a code such as `es-PA`; Spanish where it is not spoken here.
    #[must_use]
    pub fn from_code(code: &str) -> Language {
        let code = code.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.code() == code).unwrap_or(Language::Spanish)
    }

    /// Which plural form a number takes (CLDR cardinals of the languages spoken so far).
    fn form(self, number: u64) -> usize {
        match self {
            Language::Spanish | Language::English => usize::from(number != 1),
        }
    }
}

/// The sentences of the chosen language. Cheap to copy; reading is reactive.
#[derive(Clone, Copy)]
pub struct Words {
    language: RwSignal<Language>,
    texts: RwSignal<Arc<Vec<String>>>,
}

impl Words {
    /// Loads a language.
    pub async fn load(language: Language) -> Words {
        let texts = fetch(language).await.unwrap_or_default();
        set_document(language);
        Words { language: RwSignal::new(language), texts: RwSignal::new(Arc::new(texts)) }
    }

    /// Changes the language; what is shown follows at once. Without its file, nothing changes.
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
        fill(self.get(key), blanks)
    }

    /// A sentence about a number of things; its blank `{n}` is the number.
    #[must_use]
    pub fn count(self, key: Key, number: u64) -> String {
        let text = self.get(key);
        let forms: Vec<&str> = text.split(" | ").collect();
        let form = forms.get(self.language().form(number)).or(forms.last()).copied().unwrap_or_default();
        fill(form.to_owned(), &[("n", &self.number(number))])
    }

    /// A number with its thousands apart by a narrow space, as both Spanish and English readers understand.
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

fn fill(mut text: String, blanks: &[(&str, &str)]) -> String {
    for (name, value) in blanks {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

async fn fetch(language: Language) -> Option<Vec<String>> {
    let text = files::text(&format!("locales/{}", language.code())).await?;
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
    Some(texts)
}

fn set_document(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.code());
        let _ = root.set_attribute("dir", "ltr");
    }
}
