//! The list of a version's files, signed: what a device checks before it takes the version over.

use anyhow::Result;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::sign::Signer256;
use crate::site::{Site, WORKER_LOADER};

/// Its name in the site. The worker's loader and the page know it by that.
pub const NAME: &str = "assets.json";

/// Tells the worker its program and what to keep for when there is no line, with the digest of each file, all of
/// it signed. The text that was signed stands in it as text, so that nobody needs to write it again to check it;
/// the first letters of its digest are what the version is called.
pub fn add(site: &mut Site, signer: &Signer256) -> Result<()> {
    let mut files = Map::new();
    for (path, bytes) in &site.files {
        // PNG icons are for launchers, which fetch them when the app is installed.
        let elsewhere = path == WORKER_LOADER || path.ends_with(".png");
        if !elsewhere && !path.starts_with("bench") && !path.starts_with("start-bench") {
            let address = match path.as_str() {
                "index.html" => "/".to_owned(),
                "apply/index.html" => "/apply".to_owned(),
                _ => format!("/{path}"),
            };
            files.insert(address, Value::from(Base64UrlUnpadded::encode_string(&Sha256::digest(bytes))));
        }
    }
    let list = json!({
        "form": 1,
        "number": signer.number,
        "key": signer.public,
        "next": signer.next,
        "glue": site.address("worker.js"),
        "wasm": site.address("worker.wasm"),
        "files": files,
    });
    let signed = list.to_string();
    let signature = signer.sign(&signed);
    let list = json!({ "signed": signed, "signature": signature });
    site.files.insert(NAME.to_owned(), format!("{list}\n").into_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign;

    #[test]
    fn the_worker_keeps_both_doors_and_neither_itself_nor_the_bench() {
        let mut site = Site::default();
        site.add("styles.css", b"a{}".to_vec());
        for path in ["index.html", "apply/index.html", "bench.html", WORKER_LOADER] {
            site.files.insert(path.to_owned(), Vec::new());
        }
        site.add("start-bench.js", Vec::new());
        let signer = sign::signer(&sign::Args::default(), false).unwrap();
        add(&mut site, &signer).unwrap();
        let list: Value = serde_json::from_slice(&site.files[NAME]).unwrap();
        let signed = list["signed"].as_str().unwrap();
        assert_eq!(list["signature"], signer.sign(signed).as_str());
        let signed: Value = serde_json::from_str(signed).unwrap();
        assert_eq!((&signed["number"], &signed["key"]), (&json!(1), &json!(signer.public)));
        let files = signed["files"].as_object().unwrap();
        // SHA-256 of nothing, as base64url.
        assert_eq!(files["/"], "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
        assert!(files.contains_key("/apply") && files.contains_key(site.address("styles.css")));
        assert!(!files.keys().any(|path| path.contains("bench") || path.contains("service-worker")));
    }
}
