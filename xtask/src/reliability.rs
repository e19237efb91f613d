//! RELIABILITY.md names, for every fault, the tests that show it. This looks whether there are such tests.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use crate::tools;

    /// Faults that the table must name, by number.
    const FAULTS: usize = 55;

    /// The rows of the table of faults: the number, and what stands in the column of tests.
    fn rows(text: &str) -> Vec<(usize, &str)> {
        let rows = text.lines().filter_map(|line| {
            let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
            let (number, _) = cells.split_once(" | ")?;
            let (_, tests) = cells.rsplit_once(" | ")?;
            Some((number.parse().ok()?, tests))
        });
        rows.collect()
    }

    /// What a cell names: `file` and «test», one or several.
    fn named(cell: &str) -> Vec<(&str, &str)> {
        let parts = cell.split('`').skip(1).step_by(2).zip(cell.split('«').skip(1));
        parts.map(|(file, rest)| (file, rest.split('»').next().unwrap_or_default())).collect()
    }

    /// A test's text in its source: as a sentence between quotes, or as a function's name.
    fn holds(source: &str, name: &str) -> bool {
        let function = format!("fn {}(", name.replace(' ', "_"));
        // Sentences made of parts (`${what}, once`) are looked for by their longest fixed part, which is what is named.
        source.contains(name) || source.contains(&function)
    }

    fn source(file: &str) -> Option<String> {
        let path: PathBuf = tools::root().join(file);
        fs::read_to_string(Path::new(&path)).ok()
    }

    #[test]
    fn every_fault_is_named_with_tests_that_exist() {
        let text = fs::read_to_string(tools::root().join("RELIABILITY.md")).unwrap();
        let rows = rows(&text);
        let numbers: Vec<usize> = rows.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=FAULTS).collect::<Vec<_>>(), "each fault once, in order");
        let mut missing = Vec::new();
        for (number, cell) in rows {
            let tests = named(cell);
            if tests.is_empty() && !cell.starts_with("none: ") {
                missing.push(format!("{number}: names no test and no reason"));
            }
            for (file, name) in tests {
                match source(file) {
                    None => missing.push(format!("{number}: there is no {file}")),
                    Some(source) if !holds(&source, name) => {
                        missing.push(format!("{number}: {file} has no «{name}»"))
                    }
                    Some(_) => {}
                }
            }
        }
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }

    #[test]
    fn a_test_is_found_by_its_sentence_and_by_its_name() {
        assert_eq!(
            named("`a.rs` «one thing», `b.ts` «another»"),
            [("a.rs", "one thing"), ("b.ts", "another")]
        );
        assert!(holds("async fn one_thing() {", "one thing"));
        assert!(holds("test(\"another, and more\", async", "another, and more"));
        assert!(!holds("fn one_thing_more() {", "one thing"));
        assert_eq!(rows("| 1 | a | b |\n| loop | c |\n"), [(1, "b")]);
    }
}
