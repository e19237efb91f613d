//! What a message says: when, and the reference. No name, no place, nothing about why. In the language of the family,
//! from the same files as every other sentence.

use domain::GroupRef;
use domain::service::brief::time_text;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Code, text of its file.
const LANGUAGES: [(&str, &str); 6] = [
    ("es", include_str!("../../../../app/locales/es.toml")),
    ("en", include_str!("../../../../app/locales/en.toml")),
    ("fr", include_str!("../../../../app/locales/fr.toml")),
    ("ht", include_str!("../../../../app/locales/ht.toml")),
    ("pt", include_str!("../../../../app/locales/pt.toml")),
    ("ar", include_str!("../../../../app/locales/ar.toml")),
];

/// Beginnings of the keys that are read here.
const OURS: [&str; 3] = ["appointments_sms_", "date_months", "date_first"];

type Sentences = BTreeMap<&'static str, &'static str>;

static SENTENCES: LazyLock<BTreeMap<&'static str, Sentences>> =
    LazyLock::new(|| LANGUAGES.iter().map(|(code, text)| (*code, read(text))).collect());

/// One sentence a line, `key = "text"`, as `app/build.rs` checks them.
fn read(text: &'static str) -> Sentences {
    let line = |line: &'static str| {
        let (key, rest) = line.split_once(" = \"")?;
        Some((key, rest.strip_suffix('"')?))
    };
    let ours = |(key, _): &(&str, &str)| OURS.iter().any(|ours| key.starts_with(ours));
    text.lines().filter_map(line).filter(ours).collect()
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The appointment is tomorrow.
    Tomorrow,
    /// It stands, at a time that was not told before.
    Kept,
    /// A time was offered, and waits for an answer.
    Offered,
    /// The office closed the day: another time is on the way.
    Changed,
}

impl About {
    /// Its code, in keys of sentences and of what was sent.
    pub fn code(self) -> &'static str {
        match self {
            About::Tomorrow => "appointments_sms_tomorrow",
            About::Kept => "appointments_sms_kept",
            About::Offered => "appointments_sms_offered",
            About::Changed => "appointments_sms_changed",
        }
    }

    /// The text, in a language (Spanish for one that is not spoken here), for a time in minutes since 1970 by the clock of
    /// the office.
    pub fn text(self, language: &str, at: i64, reference: &str) -> String {
        let code = language.split('-').next().unwrap_or_default();
        let sentences = SENTENCES.get(code).or_else(|| SENTENCES.get("es"));
        let say = |key: &str| sentences.and_then(|all| all.get(key).copied()).unwrap_or_default();
        let written = time_text(at);
        let (day, time) = written.split_once('T').unwrap_or_default();
        let reference = GroupRef::parse(reference).map_or_else(|_| reference.to_owned(), |it| it.to_string());
        say(self.code())
            .replace("{day}", &day_in_words(day, say("date_months"), say("date_first")))
            .replace("{time}", time.strip_prefix('0').unwrap_or(time))
            .replace("{ref}", &reference)
    }
}

/// `1 dic` of `2026-12-01`.
fn day_in_words(day: &str, months: &str, first: &str) -> String {
    let mut parts = day.split('-').skip(1).map(|part| part.parse::<usize>().unwrap_or(0));
    let (month, day) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let month = months.split(' ').nth(month.saturating_sub(1)).unwrap_or_default();
    let day = if day == 1 { first.to_owned() } else { day.to_string() };
    format!("{day} {month}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_a_time_and_a_reference_in_every_language_and_nothing_else() {
        let at = 20_788 * 1440 + 9 * 60 + 20;
        let said = |about: About, language: &str| about.text(language, at, "KX7M42P2");
        assert_eq!(said(About::Tomorrow, "es"), "Recuerde su cita mañana a las 9:20. Ref KX7M-42P2");
        assert_eq!(said(About::Kept, "fr-HT"), "Votre rendez-vous est le 1er déc. à 9:20. Réf KX7M-42P2");
        assert_eq!(said(About::Tomorrow, "xx"), said(About::Tomorrow, "es"));
        for (language, _) in LANGUAGES {
            for about in [About::Tomorrow, About::Kept, About::Offered, About::Changed] {
                let text = said(about, language);
                assert!(text.contains("KX7M-42P2") && !text.contains('{'), "{language}: {text}");
                assert_eq!(text.contains("9:20"), about != About::Changed, "{language}: {text}");
                // Two parts of an SMS in Unicode.
                assert!(text.chars().count() <= 134, "{language}: {text}");
            }
        }
    }
}
