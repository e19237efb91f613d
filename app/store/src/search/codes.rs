//! Numbers of papers and phones, and references of groups: found by any part of them.

/// Codes one after the other in one text, and the line each belongs to.
#[derive(Default)]
pub struct Codes {
    /// Each code with a 0 before it, which no code contains.
    text: Vec<u8>,
    starts: Vec<u32>,
    lines: Vec<u32>,
}

/// Where in the code what was typed stands; the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// It is the whole code.
    Whole,
    /// It begins the code.
    Start,
    /// It ends the code: a phone number without its country.
    End,
    /// It stands inside.
    Inside,
}

impl Codes {
    /// Adds a code of a line.
    pub fn add(&mut self, code: &str, line: u32) {
        self.starts.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.lines.push(line);
        self.text.push(0);
        self.text.extend_from_slice(code.as_bytes());
    }

    /// The lines whose code contains the text, with where.
    pub fn containing(&self, typed: &str) -> Vec<(u32, Part)> {
        let (needle, mut found) = (typed.as_bytes(), Vec::new());
        let Some((first, rest)) = needle.split_first() else { return found };
        let mut from = 0;
        while let Some(haystack) = self.text.get(from..) {
            let Some(step) = haystack.iter().position(|byte| byte == first) else { break };
            let at = from + step;
            from = at + 1;
            if !self.text.get(from..).is_some_and(|after| after.starts_with(rest)) {
                continue;
            }
            let code = self.starts.partition_point(|start| *start as usize <= at).saturating_sub(1);
            let begins = self.text.get(at.wrapping_sub(1)) == Some(&0);
            let ends = self.text.get(at + needle.len()).is_none_or(|byte| *byte == 0);
            let part = match (begins, ends) {
                (true, true) => Part::Whole,
                (true, false) => Part::Start,
                (false, true) => Part::End,
                (false, false) => Part::Inside,
            };
            if let Some(line) = self.lines.get(code) {
                found.push((*line, part));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_any_part() {
        let mut codes = Codes::default();
        for (line, code) in ["50761234567", "e812345", "61234567", "1212"].into_iter().enumerate() {
            codes.add(code, line as u32);
        }
        for (typed, wanted) in [
            ("61234567", vec![(0, Part::End), (2, Part::Whole)]),
            ("e81", vec![(1, Part::Start)]),
            ("234", vec![(0, Part::Inside), (1, Part::Inside), (2, Part::Inside)]),
            (
                "12",
                vec![
                    (0, Part::Inside),
                    (1, Part::Inside),
                    (2, Part::Inside),
                    (3, Part::Start),
                    (3, Part::End),
                ],
            ),
            ("567e", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(codes.containing(typed), wanted, "{typed}");
        }
    }
}
