//! Mixes of pieces: what any of them bring together is enough, whichever were missed.
//!
//! The first frames are the pieces themselves. Each one after that is the sum (XOR) of about half of them, chosen by the
//! frame's number: a random linear code over GF(2). Whoever joins late or misses frames needs two more than there are
//! pieces, whatever was missed; a fountain of sparse mixes (LT, as BC-UR has) needs a third more for so few pieces.

/// Which pieces a frame is the sum of, one bit each, the first piece in the lowest bit of the first word.
pub type Mix = Vec<u64>;

/// The pieces of one frame of so many, in the sequence of this seed.
///
/// Fixed for ever: it is part of the form. A change needs a new prefix of the text.
pub fn mix(seed: u64, nth: u32, pieces: usize) -> Mix {
    let mut mix = vec![0; pieces.div_ceil(64)];
    let plain = usize::try_from(nth).ok().filter(|nth| *nth < pieces);
    if let Some(only) = plain {
        if let Some(word) = mix.get_mut(only / 64) {
            *word = 1 << (only % 64);
        }
        return mix;
    }
    let mut state = seed ^ u64::from(nth).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let spare = (64 - pieces % 64) % 64;
    loop {
        for word in &mut mix {
            *word = next(&mut state);
        }
        if let Some(last) = mix.last_mut() {
            *last &= u64::MAX >> spare;
        }
        // A sum of nothing would say nothing.
        if mix.iter().any(|word| *word != 0) || pieces == 0 {
            return mix;
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose pieces.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Whether a mix has this piece in it.
pub fn has(mix: &[u64], piece: usize) -> bool {
    mix.get(piece / 64).is_some_and(|word| word >> (piece % 64) & 1 == 1)
}

/// Adds a piece to a sum. What is missing at the end of either counts as zeros.
pub fn add(sum: &mut [u8], piece: &[u8]) {
    sum.iter_mut().zip(piece).for_each(|(to, from)| *to ^= from);
}

/// A sum of pieces and which they are.
struct Row {
    mix: Mix,
    sum: Vec<u8>,
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.mix.iter_mut().zip(&other.mix).for_each(|(to, from)| *to ^= from);
        add(&mut self.sum, &other.sum);
    }
}

/// What was gathered of one sequence.
pub struct Basin {
    /// At each place the sum whose lowest piece it is, once there is one.
    rows: Vec<Option<Row>>,
    have: usize,
}

impl Basin {
    /// An empty one.
    pub fn new(pieces: usize) -> Self {
        Self { rows: (0..pieces).map(|_| None).collect(), have: 0 }
    }

    /// How many pieces' worth is there.
    pub fn have(&self) -> usize {
        self.have
    }

    /// How many pieces there are.
    pub fn of(&self) -> usize {
        self.rows.len()
    }

    /// Takes a sum in; one that says nothing new is left out.
    pub fn take(&mut self, mix: Mix, sum: Vec<u8>) {
        let mut row = Row { mix, sum };
        for (piece, place) in self.rows.iter_mut().enumerate() {
            if !has(&row.mix, piece) {
                continue;
            }
            match place {
                Some(known) => row.add(known),
                None => {
                    *place = Some(row);
                    self.have += 1;
                    return;
                }
            }
        }
    }

    /// All pieces in their order, once enough is there.
    pub fn pieces(mut self) -> Option<Vec<Vec<u8>>> {
        let mut pieces: Vec<Vec<u8>> = Vec::with_capacity(self.rows.len());
        // From the last: what stands behind a row's own piece is known by then.
        while let Some(row) = self.rows.pop() {
            let Row { mix, mut sum } = row?;
            let own = self.rows.len();
            for (back, known) in pieces.iter().rev().enumerate() {
                if has(&mix, own + 1 + back) {
                    add(&mut sum, known);
                }
            }
            pieces.push(sum);
        }
        pieces.reverse();
        Some(pieces)
    }
}
