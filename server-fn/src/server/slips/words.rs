//! The sentences of the page, in the languages of the app and from its files: `app/locales`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    place: usize,
}

/// Code, name as its speakers write it, text of its file.
const LANGUAGES: [(&str, &str, &str); 6] = [
    ("es", "Español", include_str!("../../../../app/locales/es.toml")),
    ("en", "English", include_str!("../../../../app/locales/en.toml")),
    ("fr", "Français", include_str!("../../../../app/locales/fr.toml")),
    ("ht", "Kreyòl ayisyen", include_str!("../../../../app/locales/ht.toml")),
    ("pt", "Português", include_str!("../../../../app/locales/pt.toml")),
    ("ar", "العربية", include_str!("../../../../app/locales/ar.toml")),
];

/// Beginning of the page's keys.
const OURS: &str = "answer_page_";

type Sentences = BTreeMap<&'static str, &'static str>;

static SENTENCES: LazyLock<Vec<Sentences>> =
    LazyLock::new(|| LANGUAGES.iter().map(|(_, _, text)| read(text)).collect());

/// One sentence a line, `key = "text"`, as `app/build.rs` checks them.
fn read(text: &'static str) -> Sentences {
    let line = |line: &'static str| {
        let (key, rest) = line.strip_prefix(OURS)?.split_once(" = \"")?;
        Some((key, rest.strip_suffix('"')?))
    };
    text.lines().filter_map(line).collect()
}

impl Words {
    /// Every language, in the order in which they are offered.
    pub fn all() -> impl Iterator<Item = Words> {
        (0..LANGUAGES.len()).map(|place| Words { place })
    }

    /// The language of a code such as `fr` or `fr-HT`; `None` for one that is not spoken here.
    pub fn of(code: &str) -> Option<Words> {
        let code = code.split('-').next().unwrap_or_default();
        Words::all().find(|words| words.code().eq_ignore_ascii_case(code))
    }

    /// The first of the languages that a browser asks for (`Accept-Language`) that is spoken here; Spanish for none.
    pub fn asked(header: &str) -> Words {
        let weight = |part: &str| -> u16 {
            let weight = part.split(';').skip(1).find_map(|it| it.trim().strip_prefix("q="));
            weight.map_or(1_000, |weight| weight.parse::<f32>().map_or(0, |weight| (weight * 1_000.0) as u16))
        };
        let name = |part: &str| part.split(';').next().unwrap_or_default().trim().to_owned();
        let mut asked: Vec<(u16, Words)> = header
            .split(',')
            .take(32)
            .filter_map(|part| Some((weight(part), Words::of(&name(part))?)))
            .filter(|(weight, _)| *weight > 0)
            .collect();
        asked.sort_by_key(|(weight, _)| core::cmp::Reverse(*weight));
        asked.first().map_or(Words { place: 0 }, |(_, words)| *words)
    }

    /// Its code, for `lang` and the columns of tables.
    pub fn code(self) -> &'static str {
        LANGUAGES.get(self.place).map_or("es", |(code, ..)| code)
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        LANGUAGES.get(self.place).map_or("", |(_, name, _)| name)
    }

    /// For `dir`.
    pub fn direction(self) -> &'static str {
        if self.code() == "ar" { "rtl" } else { "ltr" }
    }

    /// A sentence, by its key without the beginning; the key itself where there is none.
    pub fn get(self, key: &'static str) -> &'static str {
        SENTENCES.get(self.place).and_then(|sentences| sentences.get(key)).copied().unwrap_or(key)
    }

    /// A sentence with a blank filled in.
    pub fn with(self, key: &'static str, blank: &str, filling: &str) -> String {
        self.get(key).replace(&format!("{{{blank}}}"), filling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_sentence_that_the_page_says() {
        // Keys stand in the page's code as words of their own, in quotes.
        let code = concat!(
            include_str!("page.rs"),
            include_str!("door.rs"),
            include_str!("said.rs"),
            include_str!("labels.rs"),
            include_str!("../door/page.rs")
        );
        let keys: Vec<&str> = SENTENCES[0].keys().copied().collect();
        assert!(keys.len() > 30);
        for key in &keys {
            assert!(code.contains(&format!("\"{key}\"")), "nobody says {key}");
            for words in Words::all() {
                assert!(SENTENCES[words.place].contains_key(key), "{key} in {}", words.code());
            }
        }
        for part in code.split("words.get(\"").chain(code.split("words.with(\"")).skip(1) {
            let key = part.split('"').next().unwrap_or_default();
            if part.len() < code.len() / 2 && key.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                assert!(keys.contains(&key), "no sentence {key}");
            }
        }
    }

    #[test]
    fn the_browser_is_asked_first_and_spanish_is_spoken_otherwise() {
        for (header, code) in [
            ("", "es"),
            ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
            ("de-DE,en;q=0.3,ar;q=0.7", "ar"),
            ("zh", "es"),
            ("HT", "ht"),
            ("en;q=0, pt;q=0.1", "pt"),
            ("en;q=x,es", "es"),
            ("*", "es"),
        ] {
            assert_eq!(Words::asked(header).code(), code, "{header}");
        }
        assert_eq!(Words::of("ar").map(Words::direction), Some("rtl"));
        assert_eq!(Words::of("qps"), None);
    }
}
