//! Text as records keep it, and as long lists are searched. The browser knows Unicode's tables: they are not in this program,
//! where they would be a tenth of it.

/// Keeps text as it was typed, as `domain::name::keep` does: NFC, trimmed, inner whitespace made single.
#[must_use]
pub fn keep(text: &str) -> String {
    let text = normalised(text, "NFC");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text to compare by: no case, no marks, letters and digits of any script.
#[must_use]
pub fn key(text: &str) -> String {
    let text = lower(&normalised(text, "NFD"));
    let is_mark = |letter: &char| matches!(letter, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{655}' | '\u{670}');
    let letters = text.chars().filter(|letter| !is_mark(letter));
    let letters: String = letters.map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(target_arch = "wasm32")]
fn normalised(text: &str, form: &str) -> String {
    js_sys::JsString::from(text).normalize(form).into()
}

#[cfg(target_arch = "wasm32")]
fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(not(target_arch = "wasm32"))]
fn lower(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(not(target_arch = "wasm32"))]
fn normalised(text: &str, form: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    if form == "NFC" { text.nfc().collect() } else { text.nfd().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_the_domain_keeps_it() {
        for text in ["  Ana  Mari\u{301}a ", "Nguyễn\tThị", "", " ", "فاطمة  الزهراء"] {
            assert_eq!(keep(text), domain::name::keep(text), "{text}");
        }
    }

    #[test]
    fn what_is_typed_without_marks_finds_what_has_them() {
        for (typed, label) in [
            ("espana", "España"),
            ("COTE D’IVOIRE", "Côte d'Ivoire"),
            ("haiti", "Haïti"),
            ("الجزاير", "الجزائر"),
        ] {
            assert_eq!(key(typed), key(label), "{typed}");
        }
    }
}
