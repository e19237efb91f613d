//! Base45 (RFC 9285): bytes in the 45 characters that a QR code packs two to eleven bits.

/// The alphabet, each character at its value (RFC 9285, table 1).
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Puts bytes behind the text there is.
pub fn push(bytes: &[u8], text: &mut String) {
    text.reserve(bytes.len().div_ceil(2) * 3);
    for pair in bytes.chunks(2) {
        let (mut number, digits) = match *pair {
            [high, low] => (u32::from(high) * 256 + u32::from(low), 3),
            _ => (pair.iter().copied().map(u32::from).sum(), 2),
        };
        for _ in 0..digits {
            let value = usize::try_from(number % 45).unwrap_or_default();
            text.extend(ALPHABET.get(value).copied().map(char::from));
            number /= 45;
        }
    }
}

/// The bytes that a text stands for. `None` when it holds another character, a number too large or ends within one.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for digits in text.as_bytes().chunks(3) {
        let mut number = 0;
        for digit in digits.iter().rev() {
            number = number * 45 + ALPHABET.iter().position(|letter| letter == digit)?;
        }
        match digits.len() {
            3 => bytes.extend(u16::try_from(number).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(number).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{push, read};
    use proptest::prelude::*;

    fn written(bytes: &[u8]) -> String {
        let mut text = String::new();
        push(bytes, &mut text);
        text
    }

    /// The examples of RFC 9285, sections 4.3 and 4.4.
    #[test]
    fn the_examples_of_the_standard_read_and_write_as_they_stand_there() {
        for (plain, text) in
            [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")]
        {
            assert_eq!(written(plain.as_bytes()), text);
            assert_eq!(read(text).as_deref(), Some(plain.as_bytes()));
        }
    }

    #[test]
    fn what_the_standard_says_must_be_refused_is_refused() {
        // Numbers over 65,535 and 255; characters outside of the alphabet; a number cut off.
        for text in ["GGW", ":::", "::", "bb8", "BB8B", "B", "BB8é", "AB\n"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(""), Some(Vec::new()));
        assert_eq!(read("FGW"), Some(vec![255, 255]));
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back_and_takes_three_characters_for_two_bytes(bytes: Vec<u8>) {
            let text = written(&bytes);
            prop_assert_eq!(text.len(), bytes.len() / 2 * 3 + bytes.len() % 2 * 2);
            prop_assert_eq!(read(&text), Some(bytes));
        }

        #[test]
        fn a_text_is_read_from_one_form_alone(text in "[0-9A-Z $%*+./:-]{0,40}") {
            if let Some(bytes) = read(&text) {
                prop_assert_eq!(written(&bytes), text);
            }
        }
    }
}
