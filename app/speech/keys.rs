// Part of both doors' `build.rs`. Makes `Key`, the list of every sentence of a door, from `locales/es.toml`, and fails the
// build where another language lacks a sentence, has one too many, or differs in its blanks or its plural forms.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// Languages offered, the default first, with their number of plural forms. `speech::language` says which form a
/// number takes.
const LANGUAGES: [(&str, usize); 6] = [("es", 2), ("en", 2), ("fr", 2), ("ht", 1), ("pt", 2), ("ar", 6)];

/// While sentences are being written this may be set to `1`: what a translation lacks is then a warning, and the
/// Spanish sentence stands in for it (`xtask` puts it into the file that devices get).
const PENDING: &str = "AMPARO_WORDS_PENDING";

/// Reads `locales/` beside the build script and writes `keys.rs`. `files` is what the names of the files begin with that
/// devices get; sentences that begin with `the_servers` are checked here and said by the server alone.
fn make_keys(files: &str, the_servers: Option<&str>) {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-env-changed={PENDING}");
    let pending = env::var(PENDING).is_ok_and(|it| it == "1");
    let texts: Vec<_> = LANGUAGES.iter().map(|(language, _)| (*language, read(language))).collect();
    let Some((_, first)) = texts.first() else { return };
    for ((language, forms), (_, other)) in LANGUAGES.iter().zip(&texts) {
        let mut lacking = Vec::new();
        for (key, text) in first {
            match other.get(key) {
                Some(there) => compare(language, *forms, key, text, there),
                None => lacking.push(key.as_str()),
            }
        }
        if !lacking.is_empty() {
            let fault = format!("locales/{language}.toml lacks {}", lacking.join(", "));
            assert!(pending, "{fault}");
            println!("cargo:warning={fault}");
        }
        if let Some(key) = other.keys().find(|key| !first.contains_key(*key)) {
            panic!("locales/{language}.toml has `{key}`, which locales/es.toml lacks");
        }
    }
    let mut code = String::from("/// Every sentence people read, by its name in `locales/`.\n");
    code.push_str("#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[allow(missing_docs)]\npub enum Key {\n");
    let ours = || first.keys().filter(|key| the_servers.is_none_or(|begin| !key.starts_with(begin)));
    for key in ours() {
        let _ = writeln!(code, "    {},", camel(key));
    }
    code.push_str("}\n\n/// Names in the order of [`Key`].\npub const NAMES: &[&str] = &[\n");
    for key in ours() {
        let _ = writeln!(code, "    {key:?},");
    }
    let _ = writeln!(code, "];\n\nimpl speech::Keys for Key {{\n    const FILES: &'static str = {files:?};");
    code.push_str("    const NAMES: &'static [&'static str] = NAMES;\n    const ALL: &'static [Key] = &[\n");
    for key in ours() {
        let _ = writeln!(code, "        Key::{},", camel(key));
    }
    code.push_str("    ];\n\n    fn place(self) -> usize {\n        self as usize\n    }\n}\n");
    let out = env::var("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("keys.rs"), code).expect("OUT_DIR can be written");
}

/// A translation has the blanks of the Spanish sentence, and where that one is counted, all forms of its language.
fn compare(language: &str, forms: usize, key: &str, text: &str, there: &str) {
    assert!(blanks(text) == blanks(there), "locales/{language}.toml: other blanks in `{key}`");
    let wanted = if text.contains(" | ") { forms } else { 1 };
    let found = there.split(" | ").count();
    assert!(found == wanted, "locales/{language}.toml: `{key}` has {found} forms where {wanted} are needed");
}

/// One sentence a line: `key = "text"`. The same reader serves at run time, see `speech::words`.
fn read(language: &str) -> BTreeMap<String, String> {
    let path = format!("locales/{language}.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut texts = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parts = line.split_once(" = \"").and_then(|(key, rest)| Some((key, rest.strip_suffix('"')?)));
        let Some((key, value)) = parts else { panic!("{path}:{}: not `key = \"text\"`", number + 1) };
        assert!(!value.contains('"'), "{path}:{}: use «» or “” in sentences", number + 1);
        assert!(!value.is_empty(), "{path}:{}: an empty sentence", number + 1);
        assert!(texts.insert(key.to_owned(), value.to_owned()).is_none(), "{path}: `{key}` stands twice");
    }
    texts
}

fn blanks(text: &str) -> Vec<&str> {
    let mut found: Vec<_> =
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn camel(key: &str) -> String {
    key.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}
