//! The list of a version's files, signed: what a device checks before it takes the version over.

use anyhow::Result;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::sign::Signer256;
use crate::site::{Site, WORKER_LOADER};

/// Its name in the site: the staff door's. The worker's loader and the page know it by that.
pub const NAME: &str = "assets.json";
/// The applicants' door's.
pub const APPLY_NAME: &str = "apply-assets.json";

/// Tells each door's worker what to keep for when there is no line, with the digest of each file, all of it signed, and the
/// staff door's its program. The text that was signed stands in it as text, so that nobody needs to write it again to
/// check it; the first letters of its digest are what the version is called.
pub fn add(site: &mut Site, signer: &Signer256) -> Result<()> {
    let program = json!({ "glue": site.address("worker.js"), "wasm": site.address("worker.wasm") });
    let desk = list(site, signer, |path| !is_apply(site, path), program);
    // Other languages than the one that is spoken may come later.
    let language = |path: &str| path.starts_with("apply/") && path != "apply/index.html";
    let later = json!({ "later": files(site, language) });
    let apply = list(site, signer, |path| serves_apply(site, path) && !language(path), later);
    site.files.insert(NAME.to_owned(), desk);
    site.files.insert(APPLY_NAME.to_owned(), apply);
    Ok(())
}

/// A signed list of the files that are wanted.
fn list(site: &Site, signer: &Signer256, wanted: impl Fn(&str) -> bool, more: Value) -> Vec<u8> {
    let mut list = json!({
        "form": 1,
        "number": signer.number,
        "key": signer.public,
        "next": signer.next,
        "files": files(site, wanted),
    });
    if let (Some(list), Value::Object(more)) = (list.as_object_mut(), more) {
        list.extend(more);
    }
    let signed = list.to_string();
    let list = json!({ "signature": signer.sign(&signed), "signed": signed });
    format!("{list}\n").into_bytes()
}

/// Addresses and digests.
fn files(site: &Site, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    let mut files = Map::new();
    for (path, bytes) in &site.files {
        // PNG icons are for launchers, which fetch them when the app is installed.
        let elsewhere = path == WORKER_LOADER || path.ends_with(".png");
        let bench = path.starts_with("bench") || path.starts_with("start-bench");
        if !elsewhere && !bench && wanted(path) {
            let address = match path.as_str() {
                "index.html" => "/".to_owned(),
                "apply/index.html" => "/apply".to_owned(),
                _ => format!("/{path}"),
            };
            files.insert(address, Value::from(Base64UrlUnpadded::encode_string(&Sha256::digest(bytes))));
        }
    }
    files
}

/// What is the applicants' door's alone.
fn is_apply(site: &Site, path: &str) -> bool {
    let own = ["apply.css", "apply.js", "apply.wasm", "start-apply.js", "too-old.js"];
    path.starts_with("apply/") || own.iter().any(|name| is(site, name, path))
}

/// What that door needs: its own, and what it has in common with the staff door.
fn serves_apply(site: &Site, path: &str) -> bool {
    let common = ["policy.js", "icons/mark.svg", "derive.js", "derive.wasm", "start-derive.js"];
    // Scripts that crates bring along go with every door.
    is_apply(site, path) || path.starts_with("snippets/") || common.iter().any(|name| is(site, name, path))
}

fn is(site: &Site, name: &str, path: &str) -> bool {
    site.address(name).trim_start_matches('/') == path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign;

    fn signed(site: &Site, name: &str, signer: &Signer256) -> Value {
        let list: Value = serde_json::from_slice(&site.files[name]).unwrap();
        let signed = list["signed"].as_str().unwrap();
        assert_eq!(list["signature"], signer.sign(signed).as_str());
        serde_json::from_str(signed).unwrap()
    }

    #[test]
    fn each_worker_keeps_its_own_door_and_neither_itself_nor_the_bench() {
        let mut site = Site::default();
        for name in ["styles.css", "apply.css", "policy.js", "apply/words-es.txt", "apply/words-fr.txt"] {
            site.add(name, name.as_bytes().to_vec());
        }
        for path in ["index.html", "apply/index.html", "bench.html", WORKER_LOADER] {
            site.files.insert(path.to_owned(), Vec::new());
        }
        site.add("start-bench.js", Vec::new());
        let signer = sign::signer(&sign::Args::default(), false).unwrap();
        add(&mut site, &signer).unwrap();
        let desk = signed(&site, NAME, &signer);
        assert_eq!((&desk["number"], &desk["key"]), (&json!(1), &json!(signer.public)));
        let keys = |list: &Value| list.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let at = |names: &[&str]| {
            let mut all: Vec<_> = names.iter().map(|name| site.address(name).to_owned()).collect();
            all.sort();
            all
        };
        // SHA-256 of nothing, as base64url.
        assert_eq!(desk["files"]["/"], "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
        assert_eq!(keys(&desk["files"]), at(&["/", "policy.js", "styles.css"]));
        let apply = signed(&site, APPLY_NAME, &signer);
        assert_eq!(keys(&apply["files"]), at(&["/apply", "apply.css", "policy.js"]));
        assert_eq!(keys(&apply["later"]), at(&["apply/words-es.txt", "apply/words-fr.txt"]));
        assert!(desk.get("later").is_none() && apply.get("wasm").is_none());
    }
}
