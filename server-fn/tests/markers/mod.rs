//! Looks for words in bytes, however they may have been written down.

use std::collections::HashMap;

/// Words to look for, each in every form that somebody may have written it in.
pub struct Markers {
    /// By their first four bytes.
    forms: HashMap<[u8; 4], Vec<(Vec<u8>, String)>>,
}

impl Markers {
    /// These words: UTF-8, UTF-16 of both kinds, hexadecimal, base64 of both alphabets at any place in a longer text.
    pub fn of(words: &[String]) -> Self {
        let mut forms: HashMap<[u8; 4], Vec<(Vec<u8>, String)>> = HashMap::new();
        for word in words {
            let hex = domain::id::hex(word.as_bytes());
            let little = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let mut all: Vec<Vec<u8>> = vec![word.as_bytes().to_vec(), little, big];
            all.extend([hex.to_uppercase().into_bytes(), hex.into_bytes()]);
            for before in 0..3 {
                let text = base64(&[&vec![0; before][..], word.as_bytes()].concat());
                // The first and last characters depend on the neighbours.
                let inner = &text[before.div_ceil(3) * 2 + usize::from(before == 2)..text.len() - 2];
                all.push(inner.as_bytes().to_vec());
                all.push(inner.replace('+', "-").replace('/', "_").into_bytes());
            }
            for form in all {
                let first = form[..4].try_into().unwrap();
                let forms = forms.entry(first).or_default();
                if forms.iter().all(|(known, _)| *known != form) {
                    forms.push((form, word.clone()));
                }
            }
        }
        Self { forms }
    }

    /// The words found.
    pub fn found(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for at in 0..bytes.len().saturating_sub(3) {
            let Some(forms) = self.forms.get(&bytes[at..at + 4]) else { continue };
            let here = forms.iter().filter(|(form, _)| bytes[at..].starts_with(form));
            found.extend(here.map(|(_, word)| word.clone()));
        }
        found.dedup();
        found
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = |chunk: &[u8]| {
        let whole =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(move |at| char::from(LETTERS[(whole >> (18 - 6 * at) & 63) as usize]))
    };
    bytes.chunks(3).flat_map(bits).collect()
}

#[test]
fn a_word_is_found_in_every_form_and_at_every_place() {
    let markers = Markers::of(&["Marquilla07ñandú".to_owned()]);
    let word = "Marquilla07ñandú";
    let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for before in 0..7 {
        let text = [&vec![b'x'; before][..], word.as_bytes(), b"tail"].concat();
        for written in [text.clone(), domain::id::hex(&text).into_bytes(), base64(&text).into_bytes()] {
            assert_eq!(markers.found(&written), [word], "after {before}");
        }
        assert_eq!(markers.found(&[&vec![0; before][..], &utf16].concat()), [word]);
    }
    assert_eq!(base64(b"Man"), "TWFu");
    assert!(markers.found(b"nothing of the kind").is_empty());
}
