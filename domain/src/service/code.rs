//! Codes of tables, of which a hundred thousand services have the same few: each is kept once.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

/// A code, or several with a space between them. Read as the text that it is; clones share it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(Option<Arc<str>>);

impl Code {
    /// The text; empty where there is none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Deref for Code {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Code {
    fn from(text: &str) -> Self {
        Self((!text.is_empty()).then(|| text.into()))
    }
}

impl From<&String> for Code {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Code {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.as_str().to_owned()
    }
}

impl PartialEq<str> for Code {
    fn eq(&self, text: &str) -> bool {
        self.as_str() == text
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}

impl PartialEq<String> for Code {
    fn eq(&self, text: &String) -> bool {
        self.as_str() == text
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Codes that were met lately. Bounded: of two that fall on the same place the later one is kept.
#[derive(Default)]
pub struct Codes(Vec<Code>);

/// Places for codes; the tables have some hundreds in use.
const PLACES: u32 = 512;

impl Codes {
    /// The code of a text, shared with those of the same text that were asked for before.
    pub fn get(&mut self, text: &str) -> Code {
        if text.is_empty() {
            return Code::default();
        }
        if self.0.is_empty() {
            self.0.resize(PLACES as usize, Code::default());
        }
        // FNV-1a: codes are short, and nobody gains by making two fall together.
        let hash = text
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let Some(held) = self.0.get_mut(((hash ^ (hash >> 16)) % PLACES) as usize) else {
            return text.into();
        };
        if held.as_str() != text {
            *held = text.into();
        }
        held.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_text_that_it_is_and_the_same_one_is_kept_once() {
        let mut codes = Codes::default();
        let [first, again, other] = ["hygiene_kit", "hygiene_kit", "food"].map(|text| codes.get(text));
        assert_eq!((first.as_str(), other.len(), first == again), ("hygiene_kit", 4, true));
        assert!(first.0.zip(again.0).is_some_and(|(first, again)| Arc::ptr_eq(&first, &again)));
        assert_eq!(Code::from(""), Code::default());
        assert_eq!(codes.get(""), Code::default());
        // Many more than there are places: each is still its own.
        let many: Vec<Code> = (0..2_000).map(|number| codes.get(&format!("code_{number}"))).collect();
        assert!(many.iter().zip(0..).all(|(code, number)| *code == format!("code_{number}")));
    }
}
