//! Finds a QR code in a grey picture. Runs in the worker `scan` and on the bench page; nothing of it is in the app itself.

#[cfg(test)]
mod tests;

use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{
    FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR,
};
use rxing::{Binarizer, Luma8Source};

/// Pixels of a picture that is looked at in every way at once: 640 × 480 and a little more. Of larger ones each frame is
/// looked at in another way, so that none takes long.
const SMALL: usize = 400_000;
/// Least pixels a side, below which nothing can be found, and the most.
const SIDES: std::ops::RangeInclusive<usize> = 40..=8192;
/// Half the side of the square, in pixels, whose mean tells dark from light there: wider than a module of a near code.
const AROUND: usize = 12;
/// How much darker than the mean around it a dark pixel is: paper's own grain is not.
const DARKER: u32 = 3;
/// Most patterns of which every three are tried.
const FEW: usize = 6;

/// A picture in grey, a byte a pixel, rows from the top.
pub struct Grey {
    width: usize,
    height: usize,
    light: Vec<u8>,
}

impl Grey {
    /// `None` when it has not so many pixels, or too few or too many a side.
    #[must_use]
    pub fn new(width: usize, height: usize, light: Vec<u8>) -> Option<Self> {
        let whole = SIDES.contains(&width) && SIDES.contains(&height) && light.len() == width * height;
        whole.then_some(Self { width, height, light })
    }

    /// From the bytes of a canvas: red, green, blue and opacity of each pixel. Green counts twice, as eyes have it.
    #[must_use]
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Option<Self> {
        let grey = |pixel: &[u8; 4]| {
            let [red, green, blue, _] = pixel.map(u16::from);
            ((red + 2 * green + blue) / 4) as u8
        };
        Self::new(width, height, rgba.as_chunks().0.iter().map(grey).collect())
    }

    fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.light.chunks_exact(self.width)
    }

    /// Twice as wide and high, what is between two pixels being between them in light too.
    fn doubled(&self) -> Self {
        let mut light = Vec::with_capacity(self.light.len() * 4);
        let mut above: Option<Vec<u16>> = None;
        let mut push = |nearer: &[u16], farther: &[u16]| {
            light.extend(nearer.iter().zip(farther).map(|(near, far)| ((3 * near + far + 8) / 16) as u8));
        };
        for row in self.rows() {
            let mut wide = Vec::with_capacity(row.len() * 2);
            let mut before = row.first().copied().unwrap_or_default();
            for (&this, &next) in row.iter().zip(row.iter().skip(1).chain(row.last())) {
                let (left, middle, right) = (u16::from(before), u16::from(this), u16::from(next));
                wide.push(3 * middle + left);
                wide.push(3 * middle + right);
                before = this;
            }
            match &above {
                Some(above) => {
                    push(above, &wide);
                    push(&wide, above);
                }
                None => push(&wide, &wide),
            }
            above = Some(wide);
        }
        if let Some(last) = &above {
            push(last, last);
        }
        Self { width: self.width * 2, height: self.height * 2, light }
    }

    /// Half as wide and high, each pixel the mean of four: what is near is as well read, and grain is gone.
    fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut light = Vec::with_capacity(width * height);
        for pair in self.light.chunks_exact(self.width * 2) {
            let (upper, lower) = pair.split_at(self.width);
            let fours = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            let mean = |(upper, lower): (&[u8; 2], &[u8; 2])| {
                let sum: u16 = upper.iter().chain(lower).copied().map(u16::from).sum();
                (sum / 4) as u8
            };
            light.extend(fours.map(mean));
        }
        Self::new(width, height, light)
    }

    /// The middle, half as wide and high.
    fn middle(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        let rows = self.rows().skip(height / 2).take(height);
        let light = rows.flat_map(|row| row.iter().skip(width / 2).take(width)).copied().collect();
        Self::new(width, height, light)
    }

    /// Dark and light told apart in blocks (the library's way): quick, and best where the light is even.
    fn by_blocks(&self) -> Option<BitMatrix> {
        let (width, height) = self.sides()?;
        let source = Luma8Source::new_with_slice(&self.light, width, height).ok()?;
        HybridBinarizer::new(source).get_black_matrix().ok().cloned()
    }

    /// Dark is what is darker than the mean around it: slower, and it sees through a lamp's reflection.
    fn by_surroundings(&self, around: usize) -> Option<BitMatrix> {
        let (width, height) = self.sides()?;
        let mut matrix = BitMatrix::new(width, height).ok()?;
        // Sums of columns over the rows around this one, kept up as the window moves down.
        let mut columns = vec![0_u32; self.width];
        let (mut entering, mut leaving) = (self.rows(), self.rows());
        let mut tall = 0_u32;
        for _ in 0..around {
            tall += add_row(&mut columns, entering.next());
        }
        for ((y, at), row) in (0_u32..).zip(0_usize..).zip(self.rows()) {
            tall += add_row(&mut columns, entering.next());
            if at > around {
                tall -= leave_row(&mut columns, leaving.next());
            }
            let (mut sum, mut wide) = (0_u32, 0_u32);
            let mut ahead = columns.iter();
            for column in ahead.by_ref().take(around) {
                sum += column;
                wide += 1;
            }
            let mut behind = columns.iter();
            for ((x, at), pixel) in (0_u32..).zip(0_usize..).zip(row) {
                if let Some(column) = ahead.next() {
                    sum += column;
                    wide += 1;
                }
                if at > around
                    && let Some(column) = behind.next()
                {
                    sum -= column;
                    wide -= 1;
                }
                if (u32::from(*pixel) + DARKER) * wide * tall < sum {
                    matrix.set(x, y);
                }
            }
        }
        Some(matrix)
    }

    fn sides(&self) -> Option<(u32, u32)> {
        Some((self.width.try_into().ok()?, self.height.try_into().ok()?))
    }
}

/// Gives how many rows came in.
fn add_row(columns: &mut [u32], row: Option<&[u8]>) -> u32 {
    let Some(row) = row else { return 0 };
    columns.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
    1
}

/// Gives how many rows went out.
fn leave_row(columns: &mut [u32], row: Option<&[u8]>) -> u32 {
    let Some(row) = row else { return 0 };
    columns.iter_mut().zip(row).for_each(|(sum, pixel)| *sum -= u32::from(*pixel));
    1
}

/// One frame of a camera: quickly, and in another way each turn, for the next frame comes soon.
#[must_use]
pub fn glance(frame: &Grey, turn: u32) -> Option<String> {
    let plain = frame.by_blocks()?;
    if let Some(text) = in_matrix(&plain) {
        return Some(text);
    }
    if frame.light.len() <= SMALL {
        return near(frame);
    }
    match turn % 4 {
        0 => near(&frame.middle()?),
        1 => in_matrix(&frame.by_surroundings(AROUND)?),
        2 => in_matrix(&frame.halved()?.by_surroundings(AROUND)?),
        _ => in_matrix(&turned_over(plain)?),
    }
}

/// One picture of which there is no other: in every way there is.
#[must_use]
pub fn study(picture: &Grey) -> Option<String> {
    let plain = picture.by_blocks()?;
    let ways: [&dyn Fn() -> Option<String>; 5] = [
        &|| in_matrix(&picture.by_surroundings(AROUND)?),
        &|| near(&picture.halved()?),
        &|| near(picture),
        &|| in_matrix(&turned_over(plain.clone())?),
        &|| in_matrix(&picture.halved()?.halved()?.by_surroundings(AROUND)?),
    ];
    in_matrix(&plain).or_else(|| ways.iter().find_map(|way| way()))
}

/// Small codes far away: their modules are hardly wider than pixels.
fn near(picture: &Grey) -> Option<String> {
    in_matrix(&picture.doubled().by_surroundings(2 * AROUND)?)
}

/// Light on dark, as a screen in its dark looks may show it.
fn turned_over(mut matrix: BitMatrix) -> Option<BitMatrix> {
    matrix.flip_self();
    Some(matrix)
}

fn in_matrix(matrix: &BitMatrix) -> Option<String> {
    let mut patterns = FindFinderPatterns(matrix, true, 0);
    let sets = GenerateFinderPatternSets(&mut patterns);
    let mut read = sets.iter().find_map(|set| in_set(matrix, set));
    // The library judges three patterns by their sizes, which a tilted code of few pixels gets wrong.
    if read.is_none() && patterns.len() <= FEW {
        read = triples(&patterns).iter().find_map(|set| in_set(matrix, set));
    }
    read
}

fn in_set(matrix: &BitMatrix, set: &FinderPatternSet) -> Option<String> {
    let sampled = SampleQR(matrix, set).ok()?;
    let decoded = Decode(sampled.getBits()).ok().filter(|decoded| decoded.isValid())?;
    // The library's own texts need its tables of characters. Codes of ours are ASCII, other people's mostly UTF-8.
    let bytes = decoded.content().bytes();
    let latin = || bytes.iter().copied().map(char::from).collect();
    Some(std::str::from_utf8(bytes).map_or_else(|_| latin(), str::to_owned))
}

/// Every three patterns that may be the corners of a square seen askew, the one at the right angle in the middle.
fn triples(patterns: &[ConcentricPattern]) -> Vec<FinderPatternSet> {
    let mut sets = Vec::new();
    for (nth, tl) in patterns.iter().enumerate() {
        let others = || patterns.iter().enumerate().filter(move |(other, _)| *other != nth);
        for (one, bl) in others() {
            for (_, tr) in others().filter(|(other, _)| *other != one) {
                let (down, right) = (*bl - *tl, *tr - *tl);
                let length = |side| f64::from(ConcentricPattern::dot(side, side)).sqrt();
                let (long, wide) = (length(down), length(right));
                let cosine = f64::from(ConcentricPattern::dot(down, right)) / (long * wide);
                // Each set once: the other way round it would be a mirror's.
                let upright = ConcentricPattern::cross(right, down) > 0.0;
                if upright && cosine.abs() < 0.6 && (0.4..2.5).contains(&(long / wide)) {
                    sets.push(FinderPatternSet { bl: *bl, tl: *tl, tr: *tr });
                }
            }
        }
    }
    sets
}
