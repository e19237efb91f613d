//! Headers that every answer carries: what the browser may do with it, and nothing beyond.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// For everything. Trusted Types come on top for documents: their one policy, `default`, stands in `policy.js`.
macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; ",
            "style-src 'self'; img-src 'self' blob:; font-src 'self'; manifest-src 'self'; form-action 'self'; ",
            "base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
            $more
        )
    };
}
const DOCUMENTS: &str = policy!("; require-trusted-types-for 'script'; trusted-types default");
const WORKERS: &str = policy!("");
/// For the pages of slips and of offices, which have no script.
const SLIPS: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(self), display-capture=(), \
     encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
     local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
     publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), \
     usb=(), xr-spatial-tracking=()";

/// Adds the headers. `path` is what was asked for; `https` whether people reach this server over HTTPS.
pub fn add(headers: &mut HeaderMap, path: &str, https: bool) {
    let policy = match path {
        path if is_worker(path) => WORKERS,
        path if super::slips::PATHS.contains(&path) || path == super::door::PATH => SLIPS,
        _ => DOCUMENTS,
    };
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // For browsers and scanners that do not know `frame-ancestors`.
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// A worker's policy comes with its own script. Its Wasm glue and `importScripts` take plain strings, which
/// Trusted Types would refuse where no document's policy is there to look at them.
fn is_worker(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".wasm")
        || (name.ends_with(".js")
            && ["service-worker", "worker-", "derive-", "start-derive"]
                .iter()
                .any(|begin| name.starts_with(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_demand_trusted_types_and_workers_do_not() {
        for path in ["/", "/apply", "/search", "/assets.json", "/desk-0123456789abcdef.js", "/api/deliver"] {
            assert!(!is_worker(path), "{path}");
        }
        for path in ["/service-worker.js", "/worker-01.js", "/derive-01.js", "/a.wasm"] {
            assert!(is_worker(path), "{path}");
        }
        for word in ["unsafe-inline", "'unsafe-eval'", "*", "data:"] {
            assert!([DOCUMENTS, WORKERS, SLIPS].iter().all(|policy| !policy.contains(word)));
        }
    }
}
