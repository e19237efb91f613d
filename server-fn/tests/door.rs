//! The server's door: who may ask, what is refused, and which headers every answer carries.

mod office;

use api::ApiError;
use api::server::Site;
use api::server::client::Client;
use axum::body::Bytes;
use axum::http::{Method, Response, StatusCode};
use office::*;
use server_fn::Decodes as _;
use server_fn::codec::CborEncoding;
use std::path::PathBuf;

const CBOR: (&str, &str) = ("content-type", "application/cbor");
/// No arguments: an empty map.
const NOTHING: &[u8] = &[0xa0];

async fn ask(server: &Server, method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let body = if method == Method::POST { NOTHING.to_vec() } else { Vec::new() };
    Client::new(&server.url).send(method, path, headers, body).await.unwrap()
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_pages_and_programs_without_pages_may_ask() {
    let server = Server::start().await;
    let own = server.url.clone();
    let https = own.replace("http://", "https://");
    let check = async |headers: &[(&str, &str)], wanted: u16| {
        let headers = [&[CBOR], headers].concat();
        let response = ask(&server, Method::POST, "/api/server_keys", &headers).await;
        assert_eq!(response.status(), wanted, "{headers:?}");
    };
    check(&[], 200).await;
    check(&[("origin", &own)], 200).await;
    check(&[("origin", &https)], 200).await;
    check(&[("origin", &own), ("sec-fetch-site", "same-origin")], 200).await;
    check(&[("origin", "https://evil.example")], 403).await;
    check(&[("origin", "null")], 403).await;
    check(&[("origin", "")], 403).await;
    check(&[("origin", &format!("{own}.evil.example"))], 403).await;
    check(&[("origin", &format!("http://evil.example@{own}"))], 403).await;
    check(&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], 403).await;
    for site in ["cross-site", "same-site", "none", ""] {
        check(&[("origin", &own), ("sec-fetch-site", site)], 403).await;
        check(&[("sec-fetch-site", site)], 403).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_the_public_address_counts() {
    let data =
        std::env::temp_dir().join(format!("amparo-test-{}", domain::id::hex(&api::server::random::<8>())));
    let server = Server::over(data, Some("https://amparo.example"), Site::Absent).await;
    for (origin, wanted) in
        [("https://amparo.example", 200), ("http://amparo.example", 403), (&*server.url, 403)]
    {
        let response = ask(&server, Method::POST, "/api/server_keys", &[CBOR, ("origin", origin)]).await;
        assert_eq!(response.status(), wanted, "{origin}");
        let promise = header(&response, "strict-transport-security");
        assert_eq!(promise, "max-age=31536000; includeSubDomains");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_forms_and_other_methods_are_refused() {
    let server = Server::start().await;
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
        "application/json",
        "application/cbor; x",
    ] {
        let response = ask(&server, Method::POST, "/api/server_keys", &[("content-type", kind)]).await;
        assert_eq!(response.status(), 415, "{kind}");
    }
    assert_eq!(ask(&server, Method::POST, "/api/server_keys", &[]).await.status(), 415);
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD] {
        assert_eq!(ask(&server, method.clone(), "/api/deliver", &[CBOR]).await.status(), 405, "{method}");
    }
    for path in ["/api", "/api/", "/api/nothing", "/api/deliver/"] {
        assert_eq!(ask(&server, Method::POST, path, &[CBOR]).await.status(), 404, "{path}");
    }
    assert_eq!(ask(&server, Method::POST, "/", &[CBOR]).await.status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_in_words_a_device_understands() {
    let server = Server::start().await;
    let client = Client::new(&server.url);
    for size in [1_100_000, 3_000_000] {
        let response = client.send(Method::POST, "/api/deliver", &[CBOR], vec![0; size]).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let error: ApiError = CborEncoding::decode(response.into_body()).unwrap();
        assert_eq!(error, ApiError::TooLarge);
    }
    for body in [vec![], vec![0xff; 40], vec![0xa1, 0x61], vec![0x9f; 2000]] {
        let response = client.send(Method::POST, "/api/deliver", &[CBOR], body).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let error: ApiError = CborEncoding::decode(response.into_body()).unwrap();
        assert_eq!(error, ApiError::Malformed);
    }
}

/// A folder with a small site in it.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_parcel_may_be_large() {
    let server = Server::start().await;
    for (path, length, wanted) in [
        ("/api/server_keys", 8 * 1024, StatusCode::BAD_REQUEST),
        ("/api/server_keys", 8 * 1024 + 1, StatusCode::PAYLOAD_TOO_LARGE),
        ("/api/enrol", 8 * 1024 + 1, StatusCode::PAYLOAD_TOO_LARGE),
        ("/api/deliver", 8 * 1024 + 1, StatusCode::BAD_REQUEST),
    ] {
        let client = Client::new(&server.url);
        let response = client.send(Method::POST, path, &[CBOR], vec![0xff; length]).await.unwrap();
        assert_eq!(response.status(), wanted, "{path} {length}");
    }
}

async fn site() -> (Server, PathBuf) {
    let name = domain::id::hex(&api::server::random::<8>());
    let folder = std::env::temp_dir().join(format!("amparo-site-{name}"));
    std::fs::create_dir_all(folder.join("apply")).unwrap();
    for (file, content) in [
        ("index.html", "<!doctype html>desk"),
        ("apply/index.html", "<!doctype html>apply"),
        ("service-worker.js", "//worker"),
        ("assets.json", "{}"),
        ("desk-0123456789abcdef.js", "//desk"),
        ("desk-0123456789abcdef.js.br", "squeezed"),
        ("desk-0123456789abcdef.js.gz", "zipped"),
        ("desk-0123456789abcdef.wasm", "wasm"),
        ("worker-0123456789abcdef.js", "//glue"),
    ] {
        std::fs::write(folder.join(file), content).unwrap();
    }
    let data = std::env::temp_dir().join(format!("amparo-test-{name}"));
    (Server::over(data, None, Site::Folder(folder.clone())).await, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_files_are_found_and_kept_as_long_as_they_may() {
    let (server, folder) = site().await;
    let forever = "public, max-age=31536000, immutable";
    for (path, status, content, kept) in [
        ("/", 200, "<!doctype html>desk", "no-cache"),
        ("/groups/0123", 200, "<!doctype html>desk", "no-cache"),
        ("/enrol", 200, "<!doctype html>desk", "no-cache"),
        ("/apply", 200, "<!doctype html>apply", "no-cache"),
        ("/apply/start", 200, "<!doctype html>apply", "no-cache"),
        ("/service-worker.js", 200, "//worker", "no-cache"),
        ("/assets.json", 200, "{}", "no-cache"),
        ("/desk-0123456789abcdef.js", 200, "//desk", forever),
        ("/desk-0123456789abcdef.wasm", 200, "wasm", forever),
        ("/missing.js", 404, "Not found\n", "no-store"),
        ("/../Cargo.toml", 404, "Not found\n", "no-store"),
        ("/%2e%2e/%2e%2e/etc/passwd.txt", 404, "Not found\n", "no-store"),
    ] {
        let response = ask(&server, Method::GET, path, &[]).await;
        assert_eq!(
            (response.status().as_u16(), &response.body()[..]),
            (status, content.as_bytes()),
            "{path}"
        );
        assert_eq!(header(&response, "cache-control"), kept, "{path}");
    }
    for (accepts, content, encoding) in [
        ("gzip, deflate, br, zstd", "squeezed", "br"),
        ("gzip, br;q=0", "zipped", "gzip"),
        ("identity", "//desk", ""),
    ] {
        let headers = [("accept-encoding", accepts)];
        let response = ask(&server, Method::GET, "/desk-0123456789abcdef.js", &headers).await;
        assert_eq!(response.body(), content);
        assert_eq!(header(&response, "content-encoding"), encoding);
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
    }
    let tag = header(&ask(&server, Method::GET, "/", &[]).await, "etag").to_owned();
    let same = ask(&server, Method::GET, "/", &[("if-none-match", &tag)]).await;
    assert_eq!((same.status(), same.body().len()), (StatusCode::NOT_MODIFIED, 0));
    let wasm = ask(&server, Method::GET, "/desk-0123456789abcdef.wasm", &[]).await;
    assert_eq!(header(&wasm, "content-type"), "application/wasm");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_strict_headers() {
    let (server, folder) = site().await;
    let base = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; \
                style-src 'self'; img-src 'self' blob:; font-src 'self'; manifest-src 'self'; form-action 'self'; \
                base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
    let documents = format!("{base}; require-trusted-types-for 'script'; trusted-types default");
    for (method, path, policy) in [
        (Method::GET, "/", &*documents),
        (Method::GET, "/apply", &*documents),
        (Method::GET, "/missing.js", &*documents),
        (Method::GET, "/desk-0123456789abcdef.js", &*documents),
        (Method::GET, "/service-worker.js", base),
        (Method::GET, "/assets.json", &*documents),
        (Method::GET, "/worker-0123456789abcdef.js", base),
        (Method::GET, "/desk-0123456789abcdef.wasm", base),
        (Method::GET, "/api/deliver", &*documents),
        (Method::POST, "/api/nothing", &*documents),
        (Method::POST, "/api/server_keys", &*documents),
    ] {
        let response = ask(&server, method, path, &[CBOR]).await;
        for (name, wanted) in [
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(header(&response, name), wanted, "{name} of {path}");
        }
        assert!(header(&response, "permissions-policy").contains("geolocation=()"));
        assert!(header(&response, "access-control-allow-origin").is_empty());
        if path.starts_with("/api") {
            assert_eq!(header(&response, "cache-control"), "no-store");
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
