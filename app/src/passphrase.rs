//! Passphrases made for people: five everyday words, easy to say and to type.
//!
//! The words are those of the Spanish list of BIP 39 (CC0) without accents, without ñ and without words that
//! would hurt people in flight. Five of them hold 54 bits, a little more than four of a Diceware list.

use zeroize::Zeroizing;

/// How many words are offered.
pub const WORDS: usize = 5;
/// Shortest passphrase of one's own that is taken (OWASP ASVS 5, 6.2.9 asks for long ones and no composition).
pub const SHORTEST: usize = 15;

/// Makes a passphrase from fresh randomness; `random` gives 32 random bits at each call.
#[must_use]
pub fn offer(mut random: impl FnMut() -> u32) -> Zeroizing<String> {
    let list: Vec<&str> = include_str!("../passphrase/es.txt").lines().collect();
    let words: Vec<&str> =
        (0..WORDS).filter_map(|_| list.get(below(list.len(), &mut random)).copied()).collect();
    Zeroizing::new(words.join(" "))
}

/// A number under `limit`, every one as likely as any other.
fn below(limit: usize, random: &mut impl FnMut() -> u32) -> usize {
    let limit = u32::try_from(limit).unwrap_or(1).max(1);
    // Numbers of the last, incomplete round would make some words likelier: draw again.
    let whole = u32::MAX - u32::MAX % limit;
    loop {
        let number = random();
        if number < whole {
            return (number % limit) as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_words_of_the_list_are_offered_and_never_the_same_list_index_by_bias() {
        let mut counter = 0u32;
        let offered = offer(|| {
            counter = counter.wrapping_add(0x9e37_79b9);
            counter
        });
        let list: Vec<&str> = include_str!("../passphrase/es.txt").lines().collect();
        assert_eq!(offered.split(' ').count(), WORDS);
        assert!(offered.split(' ').all(|word| list.contains(&word)));
        assert!((list.len() as f64).log2() * WORDS as f64 > 51.7);
        assert!(list.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
