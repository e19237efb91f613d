//! The languages the app speaks, and what differs between them beside the sentences: plural forms, direction,
//! commas. Which form a number takes follows CLDR's cardinal rules (unicode.org/cldr, `plurals.xml`).

/// A language the app speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Spanish, the default.
    Spanish,
    /// English.
    English,
    /// French.
    French,
    /// Haitian Creole.
    Haitian,
    /// Portuguese.
    Portuguese,
    /// Arabic.
    Arabic,
    /// Spanish with every vowel doubled and accented, about two fifths longer: tests look for text that is cut off.
    /// Never offered, and not in what people download.
    #[cfg(debug_assertions)]
    Stretched,
}

impl Language {
    /// In the order they are offered.
    pub const ALL: [Language; 6] = [
        Language::Spanish,
        Language::English,
        Language::French,
        Language::Haitian,
        Language::Portuguese,
        Language::Arabic,
    ];

    /// Code for `lang`, files and preferences.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Language::Spanish => "es",
            Language::English => "en",
            Language::French => "fr",
            Language::Haitian => "ht",
            Language::Portuguese => "pt",
            Language::Arabic => "ar",
            #[cfg(debug_assertions)]
            Language::Stretched => "qps",
        }
    }

    /// Its own name, as its speakers write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Spanish => "Español",
            Language::English => "English",
            Language::French => "Français",
            Language::Haitian => "Kreyòl ayisyen",
            Language::Portuguese => "Português",
            Language::Arabic => "العربية",
            #[cfg(debug_assertions)]
            Language::Stretched => "Eespaañool",
        }
    }

    /// From a code such as `es-PA`; Spanish where it is not spoken here.
    #[must_use]
    pub fn from_code(code: &str) -> Language {
        let code = code.split('-').next().unwrap_or_default();
        #[cfg(debug_assertions)]
        if code == Language::Stretched.code() {
            return Language::Stretched;
        }
        Language::ALL.into_iter().find(|language| language.code() == code).unwrap_or(Language::Spanish)
    }

    /// Which way it is written, for `dir`.
    #[must_use]
    pub fn direction(self) -> &'static str {
        match self {
            Language::Arabic => "rtl",
            _ => "ltr",
        }
    }

    /// The language whose file is read.
    pub(crate) fn source(self) -> Language {
        match self {
            #[cfg(debug_assertions)]
            Language::Stretched => Language::Spanish,
            language => language,
        }
    }

    /// Which plural form a number takes: the place among the forms of a sentence, see `keys.rs`.
    ///
    /// Only whole numbers are counted here. CLDR's further form of Spanish, French and Portuguese is for millions
    /// ("un millón *de* personas"), which no sentence of this app comes to.
    pub(crate) fn form(self, number: u64) -> usize {
        match self {
            Language::French | Language::Portuguese => usize::from(number > 1),
            // Nouns do not change: « yon moun, de moun ».
            Language::Haitian => 0,
            Language::Arabic => match (number, number % 100) {
                (0..=2, _) => number as usize,
                (_, 3..=10) => 3,
                (_, 11..=99) => 4,
                _ => 5,
            },
            _ => usize::from(number != 1),
        }
    }

    /// What stands between the items of a list.
    pub(crate) fn comma(self) -> &'static str {
        match self {
            Language::Arabic => "، ",
            _ => ", ",
        }
    }
}

/// Makes a sentence longer and foreign, its blanks and forms left as they are.
#[cfg(debug_assertions)]
pub(crate) fn stretch(sentence: &str) -> String {
    let mut longer = String::with_capacity(sentence.len() * 2);
    let mut blank = false;
    for letter in sentence.chars() {
        blank = (blank || letter == '{') && letter != '}';
        let doubled = match letter {
            _ if blank => None,
            'a' | 'á' => Some("åâ"),
            'e' | 'é' => Some("ëê"),
            'i' | 'í' => Some("ïî"),
            'o' | 'ó' => Some("öô"),
            'u' | 'ú' | 'ü' => Some("ùû"),
            'A' | 'Á' => Some("Åâ"),
            'E' | 'É' => Some("Ëê"),
            'I' | 'Í' => Some("Ïî"),
            'O' | 'Ó' => Some("Öô"),
            'U' | 'Ú' => Some("Ùû"),
            _ => None,
        };
        match doubled {
            Some(doubled) => longer.push_str(doubled),
            None => longer.push(letter),
        }
    }
    longer
}

/// Gives a row of a table labels in the stretched language, beside those in Spanish (`label_es`, `message_es`).
#[cfg(debug_assertions)]
pub fn stretch_labels(row: &mut std::collections::BTreeMap<String, String>) {
    let code = Language::Stretched.code();
    let spanish = row.iter().filter_map(|(column, text)| Some((column.strip_suffix("_es")?, text)));
    let stretched: Vec<_> = spanish.map(|(name, text)| (format!("{name}_{code}"), stretch(text))).collect();
    row.extend(stretched);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of CLDR's `plurals.xml`, its categories as places among the forms.
    #[test]
    fn numbers_take_the_forms_of_cldr() {
        let table: [(Language, &[(usize, &[u64])]); 6] = [
            (Language::Spanish, &[(0, &[1]), (1, &[0, 2, 16, 100, 1_000, 10_001])]),
            (Language::English, &[(0, &[1]), (1, &[0, 2, 16, 100, 1_000, 10_001])]),
            (Language::French, &[(0, &[0, 1]), (1, &[2, 17, 100, 1_000, 10_001])]),
            (Language::Portuguese, &[(0, &[0, 1]), (1, &[2, 17, 100, 1_000, 10_001])]),
            (Language::Haitian, &[(0, &[0, 1, 2, 15, 100, 1_000])]),
            (
                Language::Arabic,
                &[
                    (0, &[0]),
                    (1, &[1]),
                    (2, &[2]),
                    (3, &[3, 10, 103, 110, 1_003, 1_010]),
                    (4, &[11, 26, 99, 111, 199, 1_011, 1_099]),
                    (5, &[100, 101, 102, 200, 202, 300, 600, 1_000, 1_002, 10_000, 100_000]),
                ],
            ),
        ];
        for (language, forms) in table {
            for (form, numbers) in forms {
                for number in *numbers {
                    assert_eq!(language.form(*number), *form, "{number} in {language:?}");
                }
            }
        }
    }

    #[test]
    fn a_language_is_known_by_its_code_and_all_others_are_spanish() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), language);
        }
        for (code, expected) in
            [("pt-BR", Language::Portuguese), ("ar-SY", Language::Arabic), ("de", Language::Spanish)]
        {
            assert_eq!(Language::from_code(code), expected);
        }
    }

    #[test]
    fn only_arabic_is_written_from_the_right() {
        for language in Language::ALL {
            assert_eq!(language.direction() == "rtl", language == Language::Arabic);
        }
    }

    #[test]
    fn a_stretched_sentence_keeps_its_blanks_and_forms_and_is_two_fifths_longer() {
        let sentence = "Busca entre {n} persona de este aparato. | Busca entre {n} personas de este aparato.";
        let longer = stretch(sentence);
        assert_eq!(longer.matches("{n}").count(), 2);
        assert_eq!(longer.split(" | ").count(), 2);
        assert!(longer.chars().count() * 10 >= sentence.chars().count() * 13);
    }
}
