//! Makes the folder of files that the server hands to browsers.
//!
//! Every file but the pages, the manifest, the worker's loader and the list of them all is named after its contents
//! (`styles-0123456789abcdef.css`), so that it may be kept for ever. Sources name files plainly
//! (`"/styles.css"`, in double quotes) and `link` puts the real names in; naming a file that does not exist
//! fails the build. What was built before and has not changed is not built again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::sign::{self, Signer256};
use crate::wasm::{self, Bound};
use crate::{choices, list, style, tools};

/// The program of the service worker; every other one is a module that a page or another worker starts.
pub(crate) const WORKER: &str = "amparo-service-worker";

/// Programs that the app starts in workers of their own, when they are needed.
const INNER: [&str; 3] = ["derive", "sheet", "scan"];

/// Pages: served under fixed names, with the hashed names of what they need put in.
const PAGES: [&str; 3] = ["index.html", "apply/index.html", "bench.html"];

/// Must never change address: browsers know the worker by it.
pub const WORKER_LOADER: &str = "service-worker.js";
const MANIFEST: &str = "manifest.webmanifest";

/// Templates of the scripts that start a program: the staff door's, the applicants' door's, a worker's.
const DESK_START: &str = "start.js";
const APPLY_START: &str = "start-door.js";
const WORKER_START: &str = "start-worker.js";

/// The program of the applicants' door.
const APPLY: &str = "apply";

/// Names the root's fingerprint for the applicants' door, when the app is built for one server. Empty: pinned at the first
/// visit.
const ROOT: &str = "AMPARO_ROOT";

/// Style sheets in the order of their layers.
const DESK_STYLES: [&str; 5] = ["tokens", "base", "components", "screens", "print"];
const APPLY_STYLES: [&str; 3] = ["tokens", "base", "apply"];

/// What to build, from the command line.
#[derive(clap::Args)]
pub struct Args {
    /// Build what people download: small and fast, slow to make.
    #[arg(long)]
    release: bool,
    /// Where the files go [default: target/site, or target/site-FEATURES].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Features of the app for builds that test it: `plain` (nothing is sealed), `bench`.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    features: Vec<String>,
    #[command(flatten)]
    signing: sign::Args,
}

/// What to build.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// With profile `wasm`, as people download it.
    pub optimised: bool,
    /// Features of the app.
    pub features: Vec<String>,
    /// Who signs the list of files.
    pub signing: sign::Args,
    /// The sources and the folder of what is built, when they are not this project's own (`cargo xtask reproduce`).
    pub elsewhere: Option<Elsewhere>,
}

/// Another copy of the sources, with a target folder of its own.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The copy's top folder.
    pub root: PathBuf,
    /// Where what is built of it goes.
    pub target: PathBuf,
}

/// Everything a browser may ask for, by path without the leading slash.
#[derive(Default)]
pub struct Site {
    /// The files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Plain names and what they became, both with the leading slash.
    addresses: BTreeMap<String, String>,
}

/// Builds the site and says where it is.
pub fn run(args: &Args) -> Result<()> {
    let plan = Plan {
        optimised: args.release,
        features: args.features.clone(),
        signing: args.signing.clone(),
        ..Plan::default()
    };
    let out = args.out.clone().unwrap_or_else(|| plan.folder());
    build(&plan)?.write(&out)?;
    println!("{}", out.display());
    Ok(())
}

impl Plan {
    /// Where such a site goes unless somebody says otherwise.
    pub fn folder(&self) -> PathBuf {
        tools::target().join(self.label("site"))
    }

    pub(crate) fn root(&self) -> &Path {
        match &self.elsewhere {
            Some(elsewhere) => &elsewhere.root,
            None => tools::root(),
        }
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.elsewhere.as_ref().map_or_else(tools::target, |elsewhere| elsewhere.target.clone())
    }

    /// A name that no other plan has.
    pub(crate) fn label(&self, base: &str) -> String {
        let profile = self.optimised.then_some("release");
        let parts = std::iter::once(base).chain(profile).chain(self.features.iter().map(String::as_str));
        parts.collect::<Vec<_>>().join("-")
    }
}

/// Builds the Wasm and puts the whole site together in memory.
pub fn build(plan: &Plan) -> Result<Site> {
    let signer = sign::signer(&plan.signing, plan.optimised)?;
    assemble(plan.root(), wasm::all(plan)?, &signer)
}

/// Puts the site together: first what names no other file, then what names the first, and so on.
fn assemble(root: &Path, modules: Vec<Bound>, signer: &Signer256) -> Result<Site> {
    let public = read_folder(&root.join("public"))?;
    let mut site = Site::default();
    for (path, bytes) in &public {
        let written_later = path.starts_with("styles/")
            || path == MANIFEST
            || [DESK_START, APPLY_START, WORKER_START].contains(&path.as_str());
        if path == WORKER_LOADER {
            let loader = text(&public, path)?.replace("__RELEASE_KEY__", &signer.public);
            site.files.insert(path.clone(), loader.into_bytes());
        } else if !written_later && !PAGES.contains(&path.as_str()) {
            site.add(path, bytes.clone());
        }
    }
    site.add_words("locales/", &root.join("app/locales"))?;
    site.add_words("apply/words-", &root.join("app/apply/locales"))?;
    for language in choices::LANGUAGES {
        let table = |name: &str| public.get(&format!("tables/{name}.csv")).map(Vec::as_slice);
        site.add(&format!("apply/choices-{language}.txt"), choices::of(language, table)?.into_bytes());
    }
    site.add_styles(&public, "styles.css", &DESK_STYLES)?;
    site.add_styles(&public, "apply.css", &APPLY_STYLES)?;
    let names: Vec<String> = modules.iter().map(|module| module.name.clone()).collect();
    for module in modules {
        site.add_module(module);
    }
    // The workers first: their addresses are among the files that the doors are told of.
    let is_inner = |name: &str| INNER.contains(&name);
    let (inner, doors): (Vec<_>, Vec<_>) =
        names.iter().filter(|name| *name != WORKER).partition(|name| is_inner(name));
    for name in inner.into_iter().chain(doors) {
        let template = match name.as_str() {
            APPLY => APPLY_START,
            name if is_inner(name) => WORKER_START,
            _ => DESK_START,
        };
        let start =
            text(&public, template)?.replace("__MODULE__", name).replace("__ROOT__", &built_in_root()?);
        let bytes = site.bytes(&format!("{name}.wasm")).map_or(0, <[u8]>::len);
        let filled = start
            .replace("__FILES__", &site.files_by_name(name == APPLY))
            .replace("__BYTES__", &bytes.to_string());
        let linked = site.link(template, &filled)?;
        site.add(&format!("start-{name}.js"), linked.into_bytes());
    }
    let manifest = site.link(MANIFEST, &text(&public, MANIFEST)?)?;
    site.files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    for page in PAGES {
        // The bench page is there when its program is.
        if page != "bench.html" || names.iter().any(|name| name == "bench") {
            let linked = site.link(page, &text(&public, page)?)?;
            site.files.insert(page.to_owned(), linked.into_bytes());
        }
    }
    list::add(&mut site, signer)?;
    Ok(site)
}

impl Site {
    /// Takes a file in under a name that tells its contents.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) {
        let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
        let (stem, ending) = file.split_once('.').unwrap_or((file, ""));
        let slash = if folder.is_empty() { "" } else { "/" };
        let named = format!("{folder}{slash}{stem}-{}.{ending}", hash(&bytes));
        self.addresses.insert(format!("/{path}"), format!("/{named}"));
        self.files.insert(named, bytes);
    }

    /// Takes in a Wasm module, its glue and whatever scripts the glue imports.
    fn add_module(&mut self, module: Bound) {
        let name = if module.name == WORKER { "worker" } else { &module.name };
        let mut glue = module.glue;
        for (path, bytes) in module.snippets {
            self.add(&path, bytes);
            let address = self.address(&path).to_owned();
            glue = glue.replace(&format!("./{path}"), &address);
        }
        self.add(&format!("{name}.wasm"), module.wasm);
        self.add(&format!("{name}.js"), glue.into_bytes());
    }

    /// Takes in the sentences of a door, a file a language, under names that begin so.
    fn add_words(&mut self, beginning: &str, folder: &Path) -> Result<()> {
        let locales = read_folder(folder)?;
        let spanish = locales.get("es.toml").map(Vec::as_slice).unwrap_or_default();
        for (path, bytes) in &locales {
            if let Some(language) = path.strip_suffix(".toml") {
                self.add(&format!("{beginning}{language}.txt"), sentences(bytes, spanish));
            }
        }
        Ok(())
    }

    /// Joins style sheets into one.
    fn add_styles(&mut self, public: &BTreeMap<String, Vec<u8>>, name: &str, parts: &[&str]) -> Result<()> {
        let mut all = String::new();
        for part in parts {
            all.push_str(&style::shrink(&text(public, &format!("styles/{part}.css"))?));
        }
        let linked = self.link(name, &all)?;
        self.add(name, linked.into_bytes());
        Ok(())
    }

    /// What a file became, by its plain path. Paths the site does not have are given back as they are.
    pub fn address<'a>(&'a self, path: &'a str) -> &'a str {
        self.addresses.get(&format!("/{path}")).map_or(path, String::as_str)
    }

    /// Every file that has a hashed name, by its plain path.
    pub fn plain_paths(&self) -> impl Iterator<Item = &str> {
        self.addresses.keys().map(|path| path.trim_start_matches('/'))
    }

    /// A file's contents by its plain path.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(self.address(path).trim_start_matches('/')).map(Vec::as_slice)
    }

    /// Puts the real address in place of every plain one in double quotes.
    fn link(&self, source: &str, text: &str) -> Result<String> {
        let mut linked = String::with_capacity(text.len());
        for (nth, part) in text.split('"').enumerate() {
            if nth > 0 {
                linked.push('"');
            }
            // Addresses with no dot are pages, and pages are made by the app.
            let named = part.starts_with('/') && part.contains('.') && !part.contains(char::is_whitespace);
            let bare = part.trim_start_matches('/');
            match self.addresses.get(part) {
                Some(address) => linked.push_str(address),
                None if named && !is_fixed(bare) && !self.files.contains_key(bare) => {
                    bail!("public/{source} names {part}, which the site does not have");
                }
                None => linked.push_str(part),
            }
        }
        Ok(linked)
    }

    /// What a door may look up by name, for `AMPARO_FILES`: `{"locales/es": "/locales/es-….txt", …}`. Neither is told of
    /// the other's files.
    fn files_by_name(&self, is_apply: bool) -> String {
        let wanted = |path: &str| {
            if is_apply {
                return path.starts_with("apply/") || started(path) == Some("derive");
            }
            let in_folder =
                ["locales/", "tables/", "practice/"].iter().any(|folder| path.starts_with(folder));
            let plain = ["styles.css", "icons/mark.svg", "journal.js"].contains(&path);
            in_folder || plain || started(path).is_some()
        };
        let mut files = Map::new();
        for (plain, address) in &self.addresses {
            let path = plain.trim_start_matches('/');
            if wanted(path) {
                let name = path.split_once('.').map_or(path, |(name, _)| name);
                // Whoever asks for `derive` wants the script that a worker is started with.
                let name = started(path).unwrap_or(name);
                files.insert(name.to_owned(), Value::from(address.as_str()));
            }
        }
        Value::Object(files).to_string()
    }

    /// Makes the folder hold these files and no others; what is there already is left alone.
    pub fn write(&self, out: &Path) -> Result<()> {
        fs::create_dir_all(out)?;
        for (path, bytes) in &self.files {
            let file = out.join(path);
            if !fs::read(&file).is_ok_and(|there| there == *bytes) {
                fs::create_dir_all(file.parent().unwrap_or(out))?;
                fs::write(&file, bytes).with_context(|| format!("{} cannot be written", file.display()))?;
            }
        }
        let wanted: BTreeSet<PathBuf> = self.files.keys().map(|path| out.join(path)).collect();
        for entry in WalkDir::new(out) {
            let entry = entry?;
            if entry.file_type().is_file() && !wanted.contains(entry.path()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The program that a script starts in a worker of its own; `None` for other files.
fn started(path: &str) -> Option<&'static str> {
    INNER.into_iter().find(|name| path == format!("start-{name}.js"))
}

/// The fingerprint of the root that the environment names for this build.
fn built_in_root() -> Result<String> {
    let root = std::env::var(ROOT).unwrap_or_default();
    if !root.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        bail!("{ROOT} is no fingerprint");
    }
    Ok(root)
}

/// Files whose names never change.
fn is_fixed(path: &str) -> bool {
    PAGES.contains(&path) || [WORKER_LOADER, list::NAME, list::APPLY_NAME, MANIFEST].contains(&path)
}

/// Every file below a folder, by its path in there with forward slashes. A missing folder has none.
pub(crate) fn read_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        for entry in WalkDir::new(folder) {
            let entry = entry?;
            if entry.file_type().is_file() {
                let inside = entry.path().strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                files.insert(inside, fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

/// The sentences of a language without what only its translators read. What it lacks is said in Spanish; the build
/// allows that only while sentences are being written (`app/build.rs`).
fn sentences(locale: &[u8], spanish: &[u8]) -> Vec<u8> {
    fn lines(locale: &[u8]) -> impl Iterator<Item = &[u8]> {
        // What the server alone says on the page for slips need not be downloaded.
        let is_ours =
            |line: &&[u8]| ![&b"#"[..], b"answer_page_"].iter().any(|begin| line.starts_with(begin));
        locale.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).filter(is_ours)
    }
    let key = |line: &[u8]| line.split(|&byte| byte == b' ').next().unwrap_or_default().to_vec();
    let there: BTreeSet<Vec<u8>> = lines(locale).map(key).collect();
    let stand_ins = lines(spanish).filter(|line| !there.contains(&key(line)));
    lines(locale).chain(stand_ins).collect::<Vec<_>>().join(&b'\n')
}

/// A file of `public/` as text.
fn text(public: &BTreeMap<String, Vec<u8>>, path: &str) -> Result<String> {
    let bytes = public.get(path).with_context(|| format!("public/{path} is missing"))?;
    String::from_utf8(bytes.clone()).with_context(|| format!("public/{path} is not UTF-8"))
}

/// Sixteen letters that stand for these bytes and no others.
pub(crate) fn hash(bytes: &[u8]) -> String {
    short(&Sha256::digest(bytes))
}

fn short(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let mut site = Site::default();
        site.add("icons/mark.svg", b"<svg/>".to_vec());
        site.add("styles.css", b"a{}".to_vec());
        site
    }

    #[test]
    fn a_name_tells_the_contents_and_keeps_folder_and_ending() {
        let site = site();
        assert!(site.address("icons/mark.svg").starts_with("/icons/mark-"));
        assert!(site.address("icons/mark.svg").ends_with(".svg"));
        let mut other = Site::default();
        other.add("styles.css", b"b{}".to_vec());
        assert_ne!(site.address("styles.css"), other.address("styles.css"));
    }

    #[test]
    fn plain_names_become_real_ones() {
        let site = site();
        let linked =
            site.link("page", r#"<link href="/styles.css"> "/apply" and "/manifest.webmanifest""#).unwrap();
        assert!(linked.contains(&format!("\"{}\"", site.address("styles.css"))));
        assert!(linked.contains(r#""/apply" and "/manifest.webmanifest""#));
    }

    #[test]
    fn a_name_that_leads_nowhere_fails_the_build() {
        assert!(site().link("page", r#"<img src="/icons/gone.svg">"#).is_err());
    }

    #[test]
    fn notes_to_translators_stay_at_home() {
        assert_eq!(
            sentences(b"# Buttons\n\nsave = \"Guardar\"\nback = \"Atr\xc3\xa1s\"\n", b""),
            b"save = \"Guardar\"\nback = \"Atr\xc3\xa1s\""
        );
    }

    #[test]
    fn spanish_stands_in_for_what_a_language_lacks() {
        assert_eq!(
            sentences(b"save = \"Save\"\n", b"save = \"Guardar\"\nyes = \"S\xc3\xad\"\n"),
            b"save = \"Save\"\nyes = \"S\xc3\xad\""
        );
    }

    #[test]
    fn scripts_that_crates_bring_along_are_found_by_the_glue() {
        let mut site = Site::default();
        site.add_module(Bound {
            name: "desk".into(),
            glue: "import { f } from './snippets/crate-1/inline0.js';".into(),
            wasm: vec![0],
            snippets: BTreeMap::from([("snippets/crate-1/inline0.js".into(), b"export {}".to_vec())]),
        });
        let glue = String::from_utf8(site.bytes("desk.js").unwrap().to_vec()).unwrap();
        assert!(glue.contains(&format!("'{}'", site.address("snippets/crate-1/inline0.js"))));
    }
}
