//! Group references: eight characters that can be printed, read aloud and typed again.

use core::fmt;

/// Letters and digits without `0 O 1 I L`. 31 is a prime, which is what makes the check character complete.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH: usize = 8;

/// Short reference of a registration group, such as `KX7M-42P2`. The last character checks the others: every
/// single wrong character and every two swapped ones are found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupRef([u8; LENGTH]);

/// Why text is no reference. For logs and tests; the app has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ReferenceFault {
    /// Not eight characters.
    #[error("a reference has eight characters")]
    WrongLength,
    /// A character that no reference has, `0 O 1 I L` among them.
    #[error("a character that no reference has")]
    StrangeCharacter,
    /// The check character does not fit: something was misread.
    #[error("the check character does not fit")]
    Misread,
}

impl GroupRef {
    /// A reference from eight random bytes.
    #[must_use]
    pub fn fresh(random: [u8; 8]) -> Self {
        let mut rest = u64::from_be_bytes(random);
        let mut values = [0u8; LENGTH];
        for value in values.iter_mut().take(LENGTH - 1) {
            *value = u8::try_from(rest % 31).unwrap_or(0);
            rest /= 31;
        }
        // Weights 1 to 8 differ from each other and from 0 modulo 31, so the sum changes with every single
        // character and with every swap. The check has weight 8, and 8 × 4 = 32 = 1: four undoes it.
        let open = weighted(&values);
        if let Some(check) = values.last_mut() {
            *check = u8::try_from((31 - open) * 4 % 31).unwrap_or(0);
        }
        Self(values.map(|value| ALPHABET.get(usize::from(value)).copied().unwrap_or(b'2')))
    }

    /// Reads a reference however it is written: case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// Says why the text is none.
    pub fn parse(text: &str) -> Result<Self, ReferenceFault> {
        let mut read = [0u8; LENGTH];
        let mut values = [0u8; LENGTH];
        let mut count = 0;
        for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–')) {
            let letter =
                u8::try_from(c.to_ascii_uppercase()).map_err(|_| ReferenceFault::StrangeCharacter)?;
            let value = ALPHABET.iter().position(|known| *known == letter);
            let value =
                value.and_then(|value| u8::try_from(value).ok()).ok_or(ReferenceFault::StrangeCharacter)?;
            let (Some(letter_at), Some(value_at)) = (read.get_mut(count), values.get_mut(count)) else {
                return Err(ReferenceFault::WrongLength);
            };
            (*letter_at, *value_at) = (letter, value);
            count += 1;
        }
        if count != LENGTH {
            return Err(ReferenceFault::WrongLength);
        }
        if weighted(&values) == 0 { Ok(Self(read)) } else { Err(ReferenceFault::Misread) }
    }

    /// The eight characters without a hyphen: the form kept in records.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn weighted(values: &[u8; LENGTH]) -> u32 {
    (1u32..).zip(values).map(|(weight, value)| weight * u32::from(*value)).sum::<u32>() % 31
}

/// The printed form, in two groups of four.
impl fmt::Display for GroupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.as_str().split_at_checked(4).unwrap_or_default();
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for GroupRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupRef({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kept_references_stay_valid() {
        for (random, printed) in
            [([0; 8], "2222-2222"), ([1, 2, 3, 4, 5, 6, 7, 8], "9RY3-4TU9"), ([0xff; 8], "H8AP-76DV")]
        {
            let reference = GroupRef::fresh(random);
            assert_eq!(reference.to_string(), printed);
            for written in
                [printed.to_owned(), printed.to_lowercase(), format!("  {} ", printed.replace('-', " ‑ "))]
            {
                assert_eq!(GroupRef::parse(&written), Ok(reference), "{written}");
            }
        }
    }

    #[test]
    fn what_is_none_is_refused_with_its_reason() {
        for (text, fault) in [
            ("", ReferenceFault::WrongLength),
            ("2222-222", ReferenceFault::WrongLength),
            ("2222-22222", ReferenceFault::WrongLength),
            ("2222-222O", ReferenceFault::StrangeCharacter),
            ("2222-222L", ReferenceFault::StrangeCharacter),
            ("2222-222ñ", ReferenceFault::StrangeCharacter),
            ("2222-2223", ReferenceFault::Misread),
        ] {
            assert_eq!(GroupRef::parse(text), Err(fault), "{text}");
        }
    }

    /// The check is linear: whether a change is found depends only on the places and the two values, not on the
    /// other characters. So all places × all values is all there is.
    #[test]
    fn every_wrong_character_and_every_swap_is_found() {
        for place in 0..LENGTH {
            for value in 0..31u8 {
                let mut values = [7u8; LENGTH];
                values[place] = value;
                for wrong in (0..31u8).filter(|wrong| *wrong != value) {
                    let mut misread = values;
                    misread[place] = wrong;
                    assert_ne!(weighted(&values), weighted(&misread));
                }
                for other in (0..LENGTH).filter(|other| *other != place) {
                    for there in (0..31u8).filter(|there| *there != value) {
                        let mut right = values;
                        right[other] = there;
                        let mut swapped = right;
                        swapped.swap(place, other);
                        assert_ne!(weighted(&right), weighted(&swapped));
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn fresh_ones_are_read_and_misread_ones_are_not(
            random: [u8; 8], place in 0..LENGTH, value in 0usize..31, swap in 0..LENGTH - 1,
        ) {
            let reference = GroupRef::fresh(random);
            prop_assert_eq!(GroupRef::parse(reference.as_str()), Ok(reference));
            let mut misread = reference.0;
            misread[place] = ALPHABET[value];
            let mut swapped = reference.0;
            swapped.swap(swap, swap + 1);
            for wrong in [misread, swapped].into_iter().filter(|wrong| *wrong != reference.0) {
                let wrong = String::from_utf8(wrong.to_vec()).unwrap();
                prop_assert_eq!(GroupRef::parse(&wrong), Err(ReferenceFault::Misread));
            }
        }

        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,12}") {
            let _ = GroupRef::parse(&text);
        }
    }
}
