//! A QR code, drawn as one path: short text that another camera reads.

use fast_qr::{ECL, QRBuilder};
use leptos::prelude::*;

/// Empty modules around the code, as the standard (ISO/IEC 18004) asks.
const QUIET: usize = 4;

/// A QR code of level M: a seventh of it may be unreadable.
#[component]
pub fn Qr(
    /// What it says: short ASCII text. Capitals and digits alone make it smaller.
    #[prop(into)]
    text: String,
    /// What it is, for who cannot see it.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    drawn(&text).map(|(size, path)| {
        view! {
            <svg class="qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label=label>
                <path d=path></path>
            </svg>
        }
    })
}

/// Side of the view box, in modules, and the path of the dark ones. `None` when the text is too long for any code.
#[must_use]
pub fn drawn(text: &str) -> Option<(usize, String)> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let dark = |x: usize| x < code.size && code[y][x].value();
            let length = (x..).take_while(|x| dark(*x)).count();
            if length > 0 {
                // One oblong for a run: fewer edges between modules, where printers leave hairlines.
                path.push_str(&format!("M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET));
            }
            x += length + 1;
        }
    }
    Some((code.size + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the path as a picture of `scale` pixels a module: dark is `true`.
    fn painted(text: &str, scale: usize) -> (usize, Vec<bool>) {
        let (size, path) = drawn(text).unwrap();
        let side = size * scale;
        let mut picture = vec![false; side * side];
        for run in path.split('M').skip(1) {
            let (place, rest) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for row in y * scale..(y + 1) * scale {
                for column in x * scale..(x + length) * scale {
                    picture[row * side + column] = true;
                }
            }
        }
        (side, picture)
    }

    #[test]
    fn another_reader_reads_what_was_drawn() {
        for text in ["KX7M-42P2", "9RY3-4TU9", "https://example.org/a?b=c", &"x".repeat(300)] {
            let (side, picture) = painted(text, 4);
            let mut found = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
                if picture[y * side + x] { 0 } else { 255 }
            });
            let codes = found.detect_grids();
            assert_eq!(codes.len(), 1, "{text}");
            let (meta, read) = codes[0].decode().unwrap();
            assert_eq!(read, text);
            assert_eq!(meta.ecc_level, 0, "level M");
        }
    }

    #[test]
    fn a_reference_needs_the_smallest_code() {
        assert_eq!(drawn("KX7M-42P2").unwrap().0, 21 + 2 * QUIET);
        assert_eq!(drawn(&"x".repeat(5000)), None);
    }
}
