//! `cargo xtask reproduce`: builds the app twice, from two copies of the sources in folders of other names and with nothing
//! built before, and compares every file. Whoever has the sources can so tell whether a served version was made of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{dist, sign, site, tools};

/// How to build.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Build as while developing instead of as people download it: quicker.
    #[arg(long)]
    unoptimised: bool,
    /// Keep both copies and what was built of them, to look for the reason of a difference, and go on from what an
    /// earlier run kept.
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    signing: sign::Args,
}

/// Builds twice and compares.
pub fn run(args: &Args) -> Result<()> {
    let home = tools::target().join("reproduce");
    // Of other lengths too: a path that got into a program would move what comes after it.
    let places = ["one", "the-other-one"].map(|name| home.join(name));
    let sources = list_sources()?;
    // Both at once: somebody may be at work on the sources.
    for place in &places {
        // What was kept is gone on from, but for the sources.
        let stale = if args.keep { place.join("amparo") } else { place.clone() };
        if stale.exists() {
            fs::remove_dir_all(&stale)?;
        }
        copy_sources(&sources, &place.join("amparo"))?;
    }
    let mut sites = Vec::new();
    for place in &places {
        let elsewhere = site::Elsewhere { root: place.join("amparo"), target: place.join("target") };
        let plan = site::Plan {
            optimised: !args.unoptimised,
            signing: args.signing.clone(),
            elsewhere: Some(elsewhere),
            ..site::Plan::default()
        };
        let mut site = tools::step(&format!("app, in {}", place.display()), || site::build(&plan))?;
        if !args.unoptimised {
            tools::step("brotli and gzip", || dist::compress(&mut site, Path::new("/nowhere")))?;
        }
        if args.keep {
            site.write(&place.join("site"))?;
        } else {
            fs::remove_dir_all(place)?;
        }
        sites.push(digests(&site));
    }
    let [one, other] = sites.as_slice() else { bail!("two sites were to be built") };
    let differing = differences(one, other);
    if !differing.is_empty() {
        bail!("not the same in both: {}", differing.join(", "));
    }
    println!("{} files, the same twice, together {}", one.len(), together(one));
    Ok(())
}

/// What the repository tracks, and what is new and not ignored, with its contents as they are now.
fn list_sources() -> Result<BTreeMap<String, Vec<u8>>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(tools::root());
    let listed = git.output().context("git did not start")?;
    if !listed.status.success() {
        bail!("this is no git repository: the sources cannot be listed");
    }
    let listed = String::from_utf8(listed.stdout)?;
    // What was deleted and not committed is listed too.
    let there = listed.split('\0').filter(|name| !name.is_empty() && tools::root().join(name).is_file());
    there.map(|name| Ok((name.to_owned(), fs::read(tools::root().join(name))?))).collect()
}

fn copy_sources(sources: &BTreeMap<String, Vec<u8>>, to: &Path) -> Result<()> {
    for (name, bytes) in sources {
        let to = to.join(name);
        fs::create_dir_all(to.parent().unwrap_or(&to))?;
        fs::write(&to, bytes).with_context(|| format!("{name} cannot be copied"))?;
    }
    Ok(())
}

fn digests(site: &site::Site) -> BTreeMap<String, String> {
    let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    site.files.iter().map(|(path, bytes)| (path.clone(), digest(bytes))).collect()
}

/// Paths that only one has or whose bytes differ.
fn differences(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    paths.into_iter().filter(|path| one.get(*path) != other.get(*path)).cloned().collect()
}

/// One digest of all.
fn together(digests: &BTreeMap<String, String>) -> String {
    let lines: String = digests.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    Sha256::digest(lines.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut site = site::Site::default();
        site.files =
            files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        digests(&site)
    }

    #[test]
    fn every_difference_is_named() {
        let one = of(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert!(differences(&one, &of(&[("c", "3"), ("b", "2"), ("a", "1")])).is_empty());
        assert_eq!(differences(&one, &of(&[("a", "1"), ("b", "x"), ("d", "4")])), ["b", "c", "d"]);
        assert_ne!(together(&one), together(&of(&[("a", "1")])));
    }

    #[test]
    fn the_sources_are_copied_without_what_was_built() {
        let to = std::env::temp_dir().join(format!("amparo-copy-{}", std::process::id()));
        copy_sources(&list_sources().unwrap(), &to).unwrap();
        assert!(to.join("Cargo.lock").is_file() && to.join(".cargo/config.toml").is_file());
        assert!(!to.join("target").exists() && !to.join("e2e/node_modules").exists());
        fs::remove_dir_all(&to).unwrap();
    }
}
