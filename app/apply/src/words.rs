//! Every sentence of the applicants' door, in the language of people's choice (`locales/` of this crate).

use leptos::prelude::*;
pub use speech::Language;

mod keys {
    include!(concat!(env!("OUT_DIR"), "/keys.rs"));
}
pub use keys::{Key, NAMES};

/// The sentences of the applicants' door.
pub type Words = speech::Words<Key>;

/// The words that `provide_context` put above this component.
#[must_use]
pub fn use_words() -> Words {
    expect_context()
}

/// Where the chosen language is remembered, in local storage. The start script reads it too. A language tells of nobody.
const REMEMBERED: &str = "apply-language";

/// The language chosen on this phone before, or on the first words just now; Spanish else.
#[must_use]
pub fn chosen() -> Language {
    let root = document().document_element();
    Language::from_code(&root.and_then(|root| root.get_attribute("lang")).unwrap_or_default())
}

/// Whether a language was ever chosen here.
#[must_use]
pub fn was_chosen() -> bool {
    storage().and_then(|storage| storage.get_item(REMEMBERED).ok().flatten()).is_some()
}

/// Remembers the language for the next start; where nothing can be kept it is chosen again.
pub fn remember(language: Language) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(REMEMBERED, language.code());
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use speech::Keys as _;

    /// Most words of one sentence: people read on a small screen, many in a language they read slowly.
    const MOST_WORDS: usize = 20;

    fn spoken(language: Language) -> Words {
        let file = format!("{}/locales/{}.toml", env!("CARGO_MANIFEST_DIR"), language.code());
        Words::read(language, &std::fs::read_to_string(file).unwrap())
    }

    /// Sentences of a text that are too long, each as it stands.
    fn too_long(text: &str) -> Vec<String> {
        let sentences = text.split(['.', '!', '?', '|', ':', ';', '\n']);
        let words = |sentence: &&str| {
            sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
        };
        sentences.filter(|sentence| words(sentence) > MOST_WORDS).map(str::to_owned).collect()
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
    fn no_spanish_sentence_has_more_than_twenty_words() {
        let words = spoken(Language::Spanish);
        let long: Vec<_> =
            NAMES.iter().zip(Key::ALL).map(|(name, key)| (name, too_long(&words.get(*key)))).collect();
        let long: Vec<_> = long.into_iter().filter(|(_, found)| !found.is_empty()).collect();
        assert!(long.is_empty(), "{long:#?}");
        assert_eq!(too_long(&"palabra ".repeat(MOST_WORDS + 1)).len(), 1);
    }

    #[test]
    fn no_sentence_of_the_first_words_has_more_than_twenty_words() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../public/apply/index.html");
        let page = std::fs::read_to_string(file).unwrap();
        let (_, spanish) = page.split_once("<section id=\"es\"").unwrap();
        let (spanish, _) = spanish.split_once("</section>").unwrap();
        let texts: Vec<&str> = spanish.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect();
        assert!(texts.iter().filter(|text| !text.trim().is_empty()).count() >= 8, "{texts:?}");
        for text in texts {
            assert!(too_long(text).is_empty(), "{text}");
        }
    }
}
