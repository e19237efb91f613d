//! The register of every stored and wire form of the whole project: each has a sample that is kept for ever. A type that
//! becomes a form and stands in no line of `forms/register.csv` fails here, and so does a line whose sample is gone.
//!
//! A line is `file,type,sample`. The sample is `FILE::TEST`, a test that reads kept bytes; `in TYPE`, a part of a form
//! that has one; or `never: why`, for what is written in this form and neither stored nor sent. Forms that are written by
//! hand, without a derived or implemented encoding, stand there as `form: NAME`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Where programs are written from.
const SOURCES: [&str; 9] = [
    "domain/src",
    "seal/src",
    "road/src",
    "app/store/src",
    "app/src",
    "app/apply/src",
    "app/speech/src",
    "server-fn/src",
    "service-worker/src",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => rust_files(&path, found),
            path if path.extension().is_some_and(|it| it == "rs") => found.push(path),
            _ => {}
        }
    }
}

/// The name of the struct or enum that comes next.
fn next_type(text: &str) -> Option<String> {
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.find(|word| matches!(*word, "struct" | "enum"))?;
    words.find(|word| !word.is_empty()).map(str::to_owned)
}

/// Types of a file that are written or read as CBOR, or handed over by a server function.
fn forms_of(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("#[derive(") {
        let rest = &text[at + "#[derive(".len()..];
        let Some(end) = rest.find(")]") else { continue };
        let derives =
            |name: &str| rest[..end].split(',').any(|it| it.trim().rsplit("::").next() == Some(name));
        if ["Encode", "Decode", "Serialize", "Deserialize"].into_iter().any(derives) {
            found.extend(next_type(&rest[end..]));
        }
    }
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("impl")) {
        let trait_of = ["Encode<", "Decode<"].into_iter().any(|it| line.contains(it));
        if let Some((_, of)) = line.split_once(" for ").filter(|_| trait_of && !line.contains(": Encode<")) {
            let name = of.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            // Ids are forms by a macro, and parts of all others.
            found.extend(Some(name.to_owned()).filter(|name| !name.is_empty()));
        }
    }
    found
}

fn written() -> BTreeMap<String, BTreeSet<String>> {
    let root = root();
    let mut files = Vec::new();
    SOURCES.iter().for_each(|folder| rust_files(&root.join(folder), &mut files));
    let mut forms = BTreeMap::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let is_test =
            name.ends_with("/tests.rs") || name.contains("/tests/") || name.ends_with("/testing.rs");
        let found = forms_of(&std::fs::read_to_string(&path).unwrap());
        if !is_test && !found.is_empty() {
            forms.insert(name, found);
        }
    }
    forms
}

/// File, type, sample.
fn register() -> Vec<[String; 3]> {
    let text = include_str!("forms/register.csv");
    let rows = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cells = rows.map(|line| line.splitn(3, ',').map(str::to_owned).collect::<Vec<_>>());
    cells.map(|cells| cells.try_into().unwrap_or_else(|row| panic!("{row:?}"))).collect()
}

#[test]
fn every_form_has_a_sample_that_is_kept() {
    let registered: BTreeSet<(String, String)> =
        register().into_iter().map(|[file, name, _]| (file, name)).collect();
    let written: BTreeSet<(String, String)> = written()
        .into_iter()
        .flat_map(|(file, names)| names.into_iter().map(move |name| (file.clone(), name)))
        .collect();
    let lacking: Vec<_> =
        written.difference(&registered).map(|(file, name)| format!("{file},{name},")).collect();
    assert!(lacking.is_empty(), "no sample is kept of:\n{}", lacking.join("\n"));
    let gone: Vec<_> =
        registered.difference(&written).filter(|(_, name)| !name.starts_with("form: ")).collect();
    assert!(gone.is_empty(), "forms are for ever; these are gone: {gone:?}");
}

#[test]
fn every_sample_is_there() {
    let root = root();
    let names: BTreeSet<String> = register().into_iter().map(|[_, name, _]| name).collect();
    for [file, name, sample] in register() {
        let whose = format!("{file} {name}");
        if let Some(part) = sample.strip_prefix("in ") {
            assert!(names.contains(part), "{whose}: nothing is called {part}");
        } else if let Some((path, test)) = sample.split_once("::") {
            let text = std::fs::read_to_string(root.join(path)).unwrap_or_else(|_| panic!("{whose}: {path}"));
            assert!(text.contains(&format!("fn {test}(")), "{whose}: {path} has no test {test}");
        } else {
            assert!(sample.starts_with("never: ") && sample.len() > 20, "{whose}: {sample}");
        }
    }
}

#[test]
fn what_becomes_a_form_is_seen() {
    let text = "#[derive(Clone, minicbor::Encode, Decode)]\n#[cbor(map)]\npub(crate) struct One { }\n\
                #[derive(Clone)] struct Two;\n#[derive(Serialize)] enum Three {}\n\
                impl<C> Encode<C> for Four {\nimpl<'b, C> Decode<'b, C> for Five {\n\
                fn write<T: Encode<()>>(row: &T) {}";
    let found: Vec<String> = forms_of(text).into_iter().collect();
    assert_eq!(found, ["Five", "Four", "One", "Three"]);
}
