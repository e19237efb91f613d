//! Chance that can be had again: the same seed throws the same numbers.

/// Throws numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, this one.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// Dice of their own, for somebody who throws at the same time.
    pub fn another(&mut self) -> Self {
        Self(self.next())
    }
}

/// The seed that somebody asked for, or a new one.
pub fn seed() -> u64 {
    let asked = std::env::var("AMPARO_SEED").ok().and_then(|seed| seed.parse().ok());
    asked.unwrap_or_else(|| u64::from(u32::from_be_bytes(api::server::random())))
}

/// How often a long loop goes round: what the environment says, or few times.
pub fn times(name: &str, few: usize) -> usize {
    std::env::var(name).ok().and_then(|times| times.parse().ok()).unwrap_or(few)
}
