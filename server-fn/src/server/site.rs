//! The built app's files: from a folder, or from inside the program.

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Response, StatusCode};
use std::borrow::Cow;
use std::path::PathBuf;

/// Where the files come from.
#[derive(Clone, Debug)]
pub enum Site {
    /// A folder that `cargo xtask` made.
    Folder(PathBuf),
    /// Inside the program.
    #[cfg(feature = "embed")]
    Embedded,
    /// None: the server answers devices only.
    Absent,
}

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$AMPARO_SITE"]
struct Files;

impl Site {
    /// The files inside the program, if it was built with them.
    #[must_use]
    pub fn embedded() -> Self {
        #[cfg(feature = "embed")]
        return Site::Embedded;
        #[cfg(not(feature = "embed"))]
        Site::Absent
    }

    /// Answers a request for a file or a page.
    pub async fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "");
        }
        let Some(name) = file_of(path) else { return not_found() };
        for (encoding, ending) in accepted(headers).into_iter().chain([("", "")]) {
            if let Some(bytes) = self.read(&format!("{name}{ending}")).await {
                return file(&name, encoding, bytes, headers);
            }
        }
        not_found()
    }

    async fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Site::Folder(folder) => tokio::fs::read(folder.join(name)).await.ok().map(Cow::Owned),
            #[cfg(feature = "embed")]
            Site::Embedded => Files::get(name).map(|file| file.data),
            Site::Absent => {
                let _ = name;
                None
            }
        }
    }
}

/// The file behind a path: every path without an ending is a page of one of the two doors.
fn file_of(path: &str) -> Option<String> {
    let path = path.strip_prefix('/')?;
    let last = path.rsplit('/').next().unwrap_or_default();
    if !last.contains('.') {
        // Addresses of pages are made of these; anything else was made up by somebody who looks for something.
        let is_page = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_');
        if !path.bytes().all(is_page) {
            return None;
        }
        let is_apply = path == "apply" || path.starts_with("apply/");
        return Some(if is_apply { "apply/index.html" } else { "index.html" }.to_owned());
    }
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    path.split('/').all(is_plain).then(|| path.to_owned())
}

fn file(name: &str, encoding: &'static str, bytes: Cow<'static, [u8]>, asked: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !encoding.is_empty() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if is_hashed(name) {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(header::CACHE_CONTROL, forever);
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let tag = format!("\"{}{encoding}\"", domain::id::hex(&seal::short_digest(&bytes)));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            let is_same = asked.get(header::IF_NONE_MATCH) == Some(&tag);
            headers.insert(header::ETAG, tag);
            if is_same {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return response;
            }
        }
    }
    *response.body_mut() = Body::from(bytes.into_owned());
    response
}

/// Whether the name carries a hash of the content: `desk-0123456789abcdef.js`.
fn is_hashed(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    let hash = last.split('.').next().and_then(|stem| stem.rsplit('-').next()).unwrap_or_default();
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Precompressed forms to look for, the smaller first.
fn accepted(headers: &HeaderMap) -> Vec<(&'static str, &'static str)> {
    let line = headers.get(header::ACCEPT_ENCODING).and_then(|line| line.to_str().ok()).unwrap_or_default();
    let takes = |encoding: &str| {
        line.split(',').any(|part| {
            let (name, weight) = part.split_once(';').unwrap_or((part, ""));
            name.trim() == encoding && !matches!(weight.trim(), "q=0" | "q=0.0")
        })
    };
    [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(encoding, _)| takes(encoding)).collect()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "csv" => "text/csv; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_found() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "Not found\n")
}

/// A short answer in plain text.
pub fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_a_page_or_a_file_and_never_out_of_the_folder() {
        for (path, file) in [
            ("/", Some("index.html")),
            ("/enrol", Some("index.html")),
            ("/groups/0123/edit", Some("index.html")),
            ("/apply", Some("apply/index.html")),
            ("/apply/", Some("apply/index.html")),
            ("/apply/start", Some("apply/index.html")),
            ("/applying", Some("index.html")),
            ("/apply~", None),
            ("/groups/%2e%2e", None),
            ("/service-worker.js", Some("service-worker.js")),
            ("/tables/sites-0123456789abcdef.csv", Some("tables/sites-0123456789abcdef.csv")),
            ("/../amparo.db", None),
            ("/a/../../amparo.db", None),
            ("/.env", None),
            ("/%2e%2e/amparo.db", None),
            ("//etc/x.conf", None),
            ("/a\\b.js", None),
            ("", None),
        ] {
            assert_eq!(file_of(path).as_deref(), file, "{path}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for name in
            ["desk-0123456789abcdef.js", "tables/sites-0123456789abcdef.csv", "a-0123456789abcdef.js.map"]
        {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["index.html", "service-worker.js", "assets.json", "a-0123.js", "icon-192.png"] {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
