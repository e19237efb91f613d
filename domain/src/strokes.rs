//! A drawn signature or mark, kept as the strokes of the pen and not as a picture: a few hundred bytes that can be
//! drawn again at any size.
//!
//! Text form `v1;x,y dx,dy dx,dy;x,y …`: after the version, one stroke after another, each its first point and then
//! the way from each point to the next, in whole units of a box of 1000 × 400 whose origin is its upper left corner.
//! A stroke of one point is a dot. [`Strokes::parse`] reads any text without failing; what it does not give back
//! was not written by [`Strokes`].

use core::fmt;

/// Units from the left edge of the box to its right edge.
pub const WIDTH: u16 = 1000;
/// Units from its upper edge to its lower edge.
pub const HEIGHT: u16 = 400;
/// Longest text form, in bytes.
pub const TEXT_LIMIT: usize = 4096;

const VERSION: &str = "v1";
/// The first tolerance when a drawn line is simplified, in units: less than the pen is wide.
const FINEST: f32 = 0.75;
/// The last one. What it does not make short enough is cut off.
const COARSEST: f32 = 24.0;

/// One point of a stroke, within the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// 0 to [`WIDTH`].
    pub x: u16,
    /// 0 to [`HEIGHT`].
    pub y: u16,
}

/// The strokes of a drawing, in the order they were drawn. None of them is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Strokes(Vec<Vec<Point>>);

impl Strokes {
    /// Reads the text form. `None` for anything else: another version, points outside the box, a longer text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Strokes> {
        if text.len() > TEXT_LIMIT {
            return None;
        }
        let mut parts = text.split(';');
        if parts.next() != Some(VERSION) {
            return None;
        }
        let strokes = parts.map(read_stroke).collect::<Option<Vec<_>>>()?;
        if strokes.is_empty() { None } else { Some(Strokes(strokes)) }
    }

    /// Takes what was drawn, each stroke a list of points in units of the box.
    ///
    /// Points outside are moved to its edge and lines are simplified, the more the longer they are, until the text
    /// form fits. Only when that does not suffice (thousands of dots) are the last strokes left out.
    #[must_use]
    pub fn from_drawn(drawn: &[Vec<(f32, f32)>]) -> Strokes {
        let mut tolerance = FINEST;
        loop {
            let strokes = drawn.iter().filter_map(|stroke| quantised(stroke, tolerance)).collect();
            let mut strokes = Strokes(strokes);
            if strokes.text_length() <= TEXT_LIMIT {
                return strokes;
            }
            if tolerance > COARSEST {
                while strokes.text_length() > TEXT_LIMIT {
                    strokes.0.pop();
                }
                return strokes;
            }
            tolerance *= 2.0;
        }
    }

    /// These strokes and one more, when there is room for it.
    #[must_use]
    pub fn with_stroke(&self, drawn: &[(f32, f32)]) -> Option<Strokes> {
        let mut tolerance = FINEST;
        while tolerance <= COARSEST {
            let mut strokes = self.clone();
            strokes.0.push(quantised(drawn, tolerance)?);
            if strokes.text_length() <= TEXT_LIMIT {
                return Some(strokes);
            }
            tolerance *= 2.0;
        }
        None
    }

    /// These strokes without the last one.
    #[must_use]
    pub fn without_last(mut self) -> Strokes {
        self.0.pop();
        self
    }

    /// Whether nothing was drawn. Such strokes have no text form.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many strokes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The strokes, each with at least one point.
    pub fn iter(&self) -> impl Iterator<Item = &[Point]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The `d` of an SVG path in a view box of [`WIDTH`] × [`HEIGHT`], to be drawn with round ends.
    #[must_use]
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for stroke in self.iter() {
            for (at, point) in stroke.iter().enumerate() {
                let letter = if at == 0 { 'M' } else { 'L' };
                path.push_str(&format!("{letter}{} {}", point.x, point.y));
            }
            if stroke.len() == 1 {
                // A line of no length with round ends is a dot.
                path.push_str("h0");
            }
        }
        path
    }

    fn text_length(&self) -> usize {
        struct Counter(usize);
        impl fmt::Write for Counter {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 += text.len();
                Ok(())
            }
        }
        let mut counter = Counter(0);
        let _ = fmt::write(&mut counter, format_args!("{self}"));
        counter.0
    }
}

/// The text form; empty when nothing was drawn.
impl fmt::Display for Strokes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        f.write_str(VERSION)?;
        for stroke in self.iter() {
            let mut before = None;
            for &Point { x, y } in stroke {
                match before {
                    None => write!(f, ";{x},{y}")?,
                    Some((from_x, from_y)) => {
                        write!(f, " {},{}", i32::from(x) - from_x, i32::from(y) - from_y)?;
                    }
                }
                before = Some((i32::from(x), i32::from(y)));
            }
        }
        Ok(())
    }
}

fn read_stroke(text: &str) -> Option<Vec<Point>> {
    let mut points = Vec::new();
    let (mut x, mut y) = (0i32, 0i32);
    for pair in text.split(' ') {
        let (dx, dy) = pair.split_once(',')?;
        x = x.checked_add(number(dx)?)?;
        y = y.checked_add(number(dy)?)?;
        points.push(Point { x: within(x, WIDTH)?, y: within(y, HEIGHT)? });
    }
    Some(points)
}

/// Digits with perhaps a minus, and nothing else that `parse` would take.
fn number(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn within(value: i32, most: u16) -> Option<u16> {
    u16::try_from(value).ok().filter(|value| *value <= most)
}

/// A drawn stroke in whole units, with no more points than its shape needs. `None` when it has no point.
fn quantised(drawn: &[(f32, f32)], tolerance: f32) -> Option<Vec<Point>> {
    let mut points: Vec<Point> = simplified(drawn, tolerance)
        .into_iter()
        .map(|(x, y)| Point { x: rounded(x, WIDTH), y: rounded(y, HEIGHT) })
        .collect();
    points.dedup();
    if points.is_empty() { None } else { Some(points) }
}

fn rounded(value: f32, most: u16) -> u16 {
    // `clamp` keeps what is no number as it is, and `as` makes it 0.
    value.round().clamp(0.0, f32::from(most)) as u16
}

/// Leaves out points that lie closer than `tolerance` to the line that remains (Douglas and Peucker), without
/// recursion, so that no stroke is too long for the stack.
fn simplified(drawn: &[(f32, f32)], tolerance: f32) -> Vec<(f32, f32)> {
    let Some(end) = drawn.len().checked_sub(1) else { return Vec::new() };
    let mut kept = vec![false; drawn.len()];
    let mut keep = |at: usize| {
        if let Some(kept) = kept.get_mut(at) {
            *kept = true;
        }
    };
    keep(0);
    keep(end);
    let mut spans = vec![(0, end)];
    while let Some((from, to)) = spans.pop() {
        let (Some(&first), Some(&last)) = (drawn.get(from), drawn.get(to)) else { continue };
        let between = drawn.iter().enumerate().take(to).skip(from + 1);
        let farthest = between
            .map(|(at, point)| (at, distance(*point, first, last)))
            .max_by(|(_, a), (_, b)| a.total_cmp(b));
        if let Some((at, distance)) = farthest
            && distance > tolerance
        {
            keep(at);
            spans.push((from, at));
            spans.push((at, to));
        }
    }
    drawn.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// From a point to the line between two others.
fn distance(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (px, py) = (point.0 - from.0, point.1 - from.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (px - along * dx).hypot(py - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(x: u16, y: u16) -> Point {
        Point { x, y }
    }

    #[test]
    fn the_kept_form_stays_readable() {
        let strokes = Strokes::parse("v1;120,80 30,-20 0,45;500,200").unwrap();
        assert_eq!(
            strokes.0,
            vec![vec![point(120, 80), point(150, 60), point(150, 105)], vec![point(500, 200)]]
        );
        assert_eq!(strokes.to_string(), "v1;120,80 30,-20 0,45;500,200");
        assert_eq!(strokes.svg_path(), "M120 80L150 60L150 105M500 200h0");
        assert_eq!(strokes.without_last().to_string(), "v1;120,80 30,-20 0,45");
    }

    #[test]
    fn anything_else_is_no_drawing() {
        for text in [
            "",
            "v1",
            "v1;",
            "v2;1,1",
            "v1;1",
            "v1;1,1,1",
            "v1;1,1 ",
            "v1; 1,1",
            "v1;+1,1",
            "v1;1.5,1",
            "v1;1001,0",
            "v1;0,401",
            "v1;0,0 -1,0",
            "v1;99999999999,0",
            "v1;2147483647,0 2147483647,0",
            "v1;1,1;;2,2",
            "v1;1,--1",
        ] {
            assert_eq!(Strokes::parse(text), None, "{text}");
        }
        assert_eq!(Strokes::parse(&format!("v1;0,0{}", " 0,1 0,-1".repeat(1000))), None);
    }

    #[test]
    fn a_straight_line_needs_its_ends_alone_and_a_corner_stays() {
        let line: Vec<_> = (0..=100).map(|at| (at as f32 * 5.0, at as f32)).collect();
        let corner = vec![(0.0, 0.0), (100.0, 0.2), (200.0, 0.0), (200.0, 200.0)];
        let strokes = Strokes::from_drawn(&[line, corner]);
        assert_eq!(strokes.to_string(), "v1;0,0 500,100;0,0 200,0 0,200");
    }

    #[test]
    fn what_lies_outside_moves_to_the_edge() {
        let strokes =
            Strokes::from_drawn(&[vec![(-50.0, 20.0), (2000.0, 900.0)], vec![(f32::NAN, 7.0)], vec![]]);
        assert_eq!(strokes.to_string(), "v1;0,20 1000,380;0,7");
        assert!(Strokes::from_drawn(&[]).is_empty());
        assert_eq!(Strokes::default().to_string(), "");
    }

    #[test]
    fn a_signature_is_small_and_near_what_was_drawn() {
        // Loops as of a quick hand, 240 points a second for three seconds.
        let drawn: Vec<_> = (0..720)
            .map(|at| at as f32 / 720.0)
            .map(|t| (100.0 + 800.0 * t + 60.0 * (t * 50.0).cos(), 200.0 + 120.0 * (t * 43.0).sin()))
            .collect();
        let strokes = Strokes::from_drawn(std::slice::from_ref(&drawn));
        assert!(strokes.to_string().len() < 1500, "{}", strokes.to_string().len());
        let kept: Vec<_> = strokes.0.concat().iter().map(|at| (f32::from(at.x), f32::from(at.y))).collect();
        for point in drawn {
            let near = kept.windows(2).map(|line| distance(point, line[0], line[1])).fold(f32::MAX, f32::min);
            assert!(near < 2.0, "{point:?} is {near} away");
        }
    }

    #[test]
    fn a_stroke_more_than_there_is_room_for_is_not_taken() {
        let mut strokes = Strokes::default();
        let mut taken = 0;
        while let Some(more) = strokes.with_stroke(&[(f32::from(taken as u16 % 900), 20.0), (3.0, 390.0)]) {
            strokes = more;
            taken += 1;
        }
        assert!(taken > 200 && strokes.len() == taken);
        assert!(strokes.to_string().len() <= TEXT_LIMIT);
        assert!(strokes.with_stroke(&[]).is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,80}") {
            let _ = Strokes::parse(&text);
        }

        #[test]
        fn texts_near_the_form_are_read_or_refused(text in "v1;[-0-9,; ]{0,60}") {
            if let Some(strokes) = Strokes::parse(&text) {
                prop_assert_eq!(Strokes::parse(&strokes.to_string()), Some(strokes));
            }
        }

        #[test]
        fn what_was_drawn_fits_and_is_read_back(
            drawn in prop::collection::vec(prop::collection::vec((-100f32..1100.0, -100f32..500.0), 0..300), 0..40),
        ) {
            let strokes = Strokes::from_drawn(&drawn);
            let text = strokes.to_string();
            prop_assert!(text.len() <= TEXT_LIMIT);
            if strokes.is_empty() {
                prop_assert!(drawn.iter().all(Vec::is_empty));
            } else {
                prop_assert_eq!(Strokes::parse(&text), Some(strokes));
            }
        }
    }
}
