//! The files of the app, kept for when there is no line.
//!
//! A version is installed whole or not at all. On a thin line that may take several attempts: what one fetched the
//! next finds, and files that did not change since the version before are taken over from there.

use seal::digest;

/// What the caches of the app's files are called, before the version.
pub const PREFIX: &str = "amparo-shell-";

/// The sixteen letters in a name that stand for the contents, as in `/desk-0123456789abcdef.wasm`.
fn named_hash(path: &str) -> Option<&str> {
    let file = path.rsplit('/').next()?;
    let (stem, _) = file.split_once('.')?;
    let (_, hash) = stem.rsplit_once('-')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// Whether the contents are those of the name. Others than a server's own could come from a proxy that cut them
/// off, or from the page of a hotel.
fn is_what_it_says(path: &str, bytes: &[u8]) -> bool {
    named_hash(path).is_none_or(|hash| domain_hex(bytes).starts_with(hash))
}

fn domain_hex(bytes: &[u8]) -> String {
    digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether everything that a page names is among the files: a page of another version would start programs that
/// are not here.
fn goes_with(page: &[u8], files: &[String]) -> bool {
    let text = String::from_utf8_lossy(page);
    let mut named = text.split('"').filter(|part| part.starts_with('/') && named_hash(part).is_some());
    // Icons for launchers are not kept.
    named.all(|path| path.ends_with(".png") || files.iter().any(|file| file == path))
}

/// Pages are the only files without a dot.
fn is_page(path: &str) -> bool {
    !path.contains('.')
}

#[cfg(target_arch = "wasm32")]
pub mod web {
    use super::{PREFIX, goes_with, is_page, is_what_it_says, named_hash};
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{
        Cache, CacheStorage, Request, RequestCache, RequestInit, Response, ResponseInit,
        ServiceWorkerGlobalScope,
    };

    /// Fetches and keeps every file of this version.
    pub async fn install(name: &str, files: &[String]) -> Result<(), JsValue> {
        let caches = scope().caches()?;
        let cache: Cache = JsFuture::from(caches.open(name)).await?.unchecked_into();
        for path in files {
            // Only what is named after its contents is surely the same as an earlier attempt's.
            let kept = named_hash(path).is_some() && found(cache.match_with_str(path)).await?.is_some();
            if kept || take_over(&caches, &cache, path).await? {
                continue;
            }
            fetch(&cache, path, files).await?;
        }
        Ok(())
    }

    /// Forgets the files of earlier versions, but for the last: a tab may still be running it.
    pub async fn activate(name: &str) -> Result<(), JsValue> {
        let scope = scope();
        let caches = scope.caches()?;
        let names: Array = JsFuture::from(caches.keys()).await?.unchecked_into();
        let earlier: Vec<String> = names
            .iter()
            .filter_map(|other| other.as_string())
            .filter(|other| other.starts_with(PREFIX) && other != name)
            .collect();
        for other in earlier.iter().rev().skip(1) {
            JsFuture::from(caches.delete(other)).await?;
        }
        // The very first page is served, and may deliver in the background, without being loaded twice.
        JsFuture::from(scope.clients().claim()).await.map(|_| ())
    }

    async fn take_over(caches: &CacheStorage, cache: &Cache, path: &str) -> Result<bool, JsValue> {
        if named_hash(path).is_none() {
            return Ok(false);
        }
        match found(caches.match_with_str(path)).await? {
            Some(response) => JsFuture::from(cache.put_with_str(path, &response)).await.map(|_| true),
            None => Ok(false),
        }
    }

    async fn fetch(cache: &Cache, path: &str, files: &[String]) -> Result<(), JsValue> {
        let init = RequestInit::new();
        // Past the browser's own cache, which may hold what another version left.
        init.set_cache(RequestCache::Reload);
        let request = Request::new_with_str_and_init(path, &init)?;
        let response: Response = JsFuture::from(scope().fetch_with_request(&request)).await?.unchecked_into();
        if !response.ok() || response.redirected() {
            return Err(JsValue::from_str(&format!("{path}: {}", response.status())));
        }
        let body = JsFuture::from(response.array_buffer()?).await?;
        let bytes = Uint8Array::new(&body).to_vec();
        if !is_what_it_says(path, &bytes) || (is_page(path) && !goes_with(&bytes, files)) {
            return Err(JsValue::from_str(&format!("{path} is of another version")));
        }
        // The headers stay with the body: they carry the rules that the page runs under.
        let init = ResponseInit::new();
        init.set_status(200);
        init.set_headers(&response.headers());
        let kept = Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(&bytes[..])), &init)?;
        JsFuture::from(cache.put_with_str(path, &kept)).await.map(|_| ())
    }

    async fn found(asked: js_sys::Promise) -> Result<Option<Response>, JsValue> {
        let found = JsFuture::from(asked).await?;
        Ok((!found.is_undefined()).then(|| found.unchecked_into()))
    }

    fn scope() -> ServiceWorkerGlobalScope {
        js_sys::global().unchecked_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_names_say() {
        assert_eq!(named_hash("/desk-0123456789abcdef.wasm"), Some("0123456789abcdef"));
        assert_eq!(named_hash("/locales/es-0123456789abcdef.txt"), Some("0123456789abcdef"));
        for other in ["/", "/apply", "/manifest.webmanifest", "/start-desk.js", "/a-0123456789abcdeg.js"] {
            assert_eq!(named_hash(other), None, "{other}");
        }
        // SHA-256 of nothing begins e3b0c44298fc1c14.
        assert!(is_what_it_says("/empty-e3b0c44298fc1c14.css", b""));
        assert!(!is_what_it_says("/empty-e3b0c44298fc1c14.css", b"<html>Sign in to the hotel</html>"));
        assert!(is_what_it_says("/manifest.webmanifest", b"{}"));
    }

    #[test]
    fn a_page_goes_with_its_own_version_only() {
        let files = ["/".to_owned(), "/desk-0123456789abcdef.js".to_owned()];
        let page = br#"<script src="/desk-0123456789abcdef.js"></script><a href="/help">"#;
        assert!(goes_with(page, &files));
        assert!(!goes_with(page, &files[..1]));
        assert!(goes_with(br#"<link href="/icons/mark-0123456789abcdef.png">"#, &files));
        assert!(is_page("/apply") && !is_page("/manifest.webmanifest"));
    }
}
