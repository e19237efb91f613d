//! Sealing a letter and doing its work, a little at a time: the page stays alive on the slowest phone.

use super::trust::Trust;
use gloo_timers::future::TimeoutFuture;
use seal::letter::{self, AnswerKey, LetterId};

/// Milliseconds of work at a time; then the page draws and listens again.
const SLICE: u64 = 24;
/// Tries of the first slice: few, because nobody knows yet how slow this phone is.
const FIRST: u32 = 500;

/// A letter that is ready to be handed in.
pub struct Ready {
    /// Its work, then the letter.
    pub posted: Vec<u8>,
    /// Opens its answer.
    pub key: AnswerKey,
    /// Names it.
    pub id: LetterId,
}

/// Seals a letter to the server and does its work. `told` hears how far it is, from 0 to 100.
///
/// `None` when the server's key cannot be sealed to, or the letter is too large.
pub async fn seal(trust: &Trust, plain: &[u8], told: impl Fn(u8)) -> Option<Ready> {
    let (letter, key) = letter::seal(&mut store::clock::rng(), &trust.keys.sealing, plain).ok()?;
    let id = letter::id(&letter);
    let posted = work(&letter, trust.work_bits(), told).await;
    Some(Ready { posted, key, id })
}

/// Does the work of a letter anew: the server wants more by now.
pub async fn again(posted: &[u8], bits: u8, told: impl Fn(u8)) -> Option<Vec<u8>> {
    let (_, letter) = posted.split_first_chunk::<8>()?;
    Some(work(letter, bits.min(letter::MOST_WORK), told).await)
}

async fn work(letter: &[u8], bits: u8, told: impl Fn(u8)) -> Vec<u8> {
    let name = letter::id(letter);
    let (mut from, mut tries) = (0, FIRST);
    loop {
        let began = store::now_ms();
        match letter::work(name, bits, from, tries) {
            Ok(nonce) => return letter::posted(nonce, letter),
            Err(next) => from = next,
        }
        tries = paced(tries, store::now_ms().saturating_sub(began));
        told(share(from, bits));
        TimeoutFuture::new(0).await;
    }
}

/// Tries of the next slice, from how long the last one took.
fn paced(tries: u32, took: u64) -> u32 {
    let wanted = u64::from(tries) * SLICE / took.max(1);
    u32::try_from(wanted).unwrap_or(u32::MAX).clamp(tries / 4 + 1, tries.saturating_mul(4))
}

/// How far it is, from 0 to 100, after so many tries. Work is luck: the bar slows down towards its end and never stands still.
fn share(tries: u64, bits: u8) -> u8 {
    let usual = 1_u64.checked_shl(u32::from(bits)).unwrap_or(u64::MAX);
    u8::try_from(tries.saturating_mul(100) / tries.saturating_add(usual).max(1)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_phone_is_given_less_at_a_time_and_a_quick_one_more() {
        assert_eq!(paced(500, 24), 500);
        assert_eq!(paced(500, 48), 250);
        assert_eq!(paced(500, 1), 2000, "grows by four at most: a clock may have stood still");
        assert_eq!(paced(500, 60_000), 126, "shrinks by four at most");
        assert!(paced(1, 60_000) >= 1);
    }

    #[test]
    fn the_bar_grows_with_every_slice_and_is_half_at_the_usual_number() {
        assert_eq!((share(0, 18), share(1 << 18, 18)), (0, 50));
        assert!(share(1 << 20, 18) == 80 && share(1 << 40, 24) == 99);
    }
}
