//! Every sentence people read, in the language of their choice: what both doors do with theirs.
//!
//! Sentences lie in a folder `locales/` of each door, a file a language, and reach the device as files of their own: only the
//! chosen language travels. A door's `Key` is made from them by its `build.rs` (`keys.rs` in this folder), so that a missing
//! sentence fails the build.
//!
//! Something in a second language beside the chosen one, such as a slip for a family that does not read the
//! caseworker's language, takes [`Words::of`]. It can be handed to everything that takes `Words`.

use crate::files;
use crate::language::Language;
use leptos::prelude::*;
use std::marker::PhantomData;
use std::sync::Arc;

/// The sentences of one door, by their names in its `locales/`.
pub trait Keys: Copy + Send + Sync + 'static {
    /// What the names of their files begin with, before the code of the language, such as `locales/`.
    const FILES: &'static str;
    /// Their names, sorted.
    const NAMES: &'static [&'static str];
    /// Each of them, in the order of the names.
    const ALL: &'static [Self];
    /// The place among them.
    fn place(self) -> usize;
}

/// The sentences of a language: of the chosen one, whose changes all follow, or of another that stays. Cheap to copy;
/// reading is reactive.
pub struct Words<K> {
    language: RwSignal<Language>,
    texts: RwSignal<Arc<Vec<String>>>,
    keys: PhantomData<fn() -> K>,
}

impl<K> Clone for Words<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Words<K> {}

impl<K: Keys> Words<K> {
    /// Loads the chosen language and makes it the language of the page.
    pub async fn load(language: Language) -> Self {
        let texts = fetch::<K>(language).await.unwrap_or_default();
        set_document(language);
        Self::made(language, texts)
    }

    /// The sentences of a language beside the chosen one. They are empty until they have come, see [`Words::ready`];
    /// what shows them follows. Dates, counts and numbers are in that language too. The element
    /// that shows them needs the `lang` and `dir` of [`Language::code`] and [`Language::direction`].
    #[must_use]
    pub fn of(language: Language) -> Self {
        let words = Self::made(language, Vec::new());
        leptos::task::spawn_local(async move {
            if let Some(texts) = fetch::<K>(language).await {
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

    /// The sentences of a language as the text of its file says them: for tests, which read the project's own files.
    #[must_use]
    pub fn read(language: Language, text: &str) -> Self {
        Self::made(language, parse::<K>(text))
    }

    fn made(language: Language, texts: Vec<String>) -> Self {
        Self { language: RwSignal::new(language), texts: RwSignal::new(Arc::new(texts)), keys: PhantomData }
    }

    /// Changes the chosen language; what is shown follows at once, and what was typed stays. Without its file, nothing
    /// changes.
    pub async fn change(self, language: Language) -> bool {
        let Some(texts) = fetch::<K>(language).await else { return false };
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
    pub fn get(self, key: K) -> String {
        self.texts.with(|texts| texts.get(key.place()).cloned().unwrap_or_default())
    }

    /// A sentence as a signal: one type for all of them, where a closure of its own would make the program larger.
    #[must_use]
    pub fn text(self, key: K) -> Signal<String> {
        Signal::derive(move || self.get(key))
    }

    /// A sentence with its blanks filled in.
    #[must_use]
    pub fn with(self, key: K, blanks: &[(&str, &str)]) -> String {
        fill(self.language(), self.get(key), blanks)
    }

    /// A sentence about a number of things; its blank `{n}` is the number.
    #[must_use]
    pub fn count(self, key: K, number: u64) -> String {
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

    /// The sentence for a key by its name in the files, where there is one: for faults and verdicts.
    #[must_use]
    pub fn named(self, name: &str) -> Option<String> {
        let at = K::NAMES.binary_search(&name).ok()?;
        K::ALL.get(at).map(|key| self.get(*key))
    }
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

async fn fetch<K: Keys>(language: Language) -> Option<Vec<String>> {
    let text = files::text(&format!("{}{}", K::FILES, language.source().code())).await?;
    let texts = parse::<K>(&text);
    #[cfg(debug_assertions)]
    if language == Language::Stretched {
        return Some(texts.iter().map(|sentence| crate::language::stretch(sentence)).collect());
    }
    Some(texts)
}

/// One sentence a line: `key = "text"`, as `keys.rs` has checked.
fn parse<K: Keys>(text: &str) -> Vec<String> {
    let mut texts = vec![String::new(); K::NAMES.len()];
    for line in text.lines() {
        let parts = line.split_once(" = \"").and_then(|(key, rest)| Some((key, rest.strip_suffix('"')?)));
        if let Some((key, value)) = parts
            && let Ok(at) = K::NAMES.binary_search(&key)
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
