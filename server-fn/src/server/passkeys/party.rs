//! For whom passkeys are made: the domain and the origin of this server's pages.

use std::net::IpAddr;

/// This server as browsers know it (WebAuthn: the relying party).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// What stands before the path of every page, such as `https://amparo.example`.
    pub origin: String,
    /// Its host alone: passkeys are bound to it.
    pub domain: String,
}

impl Party {
    /// The party at the address that people see; without one, at the host that a request names, if that is this very
    /// machine (`localhost`), as in development. A name that anybody may put into a request counts for nothing else.
    ///
    /// `None` where browsers make no passkeys: without HTTPS, and at numbers in place of a name.
    #[must_use]
    pub fn at(public_url: Option<&str>, host: Option<&str>) -> Option<Self> {
        let origin = match public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", host?),
        };
        let (scheme, rest) = origin.split_once("://")?;
        let domain = rest.split_once(':').map_or(rest, |(domain, _)| domain).to_ascii_lowercase();
        let here = domain == "localhost";
        let is_name = !domain.is_empty()
            && domain.parse::<IpAddr>().is_err()
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
        let is_safe = here || (scheme == "https" && public_url.is_some());
        (is_name && is_safe).then_some(Self { origin, domain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_the_public_address_or_for_localhost_and_for_nothing_a_request_names() {
        let domain =
            |url, host| Party::at(url, host).map(|party| format!("{} {}", party.origin, party.domain));
        let table = [
            (Some("https://amparo.example"), None, Some("https://amparo.example amparo.example")),
            (
                Some("https://amparo.example:8443/"),
                Some("evil.example"),
                Some("https://amparo.example:8443 amparo.example"),
            ),
            (None, Some("localhost:8480"), Some("http://localhost:8480 localhost")),
            (Some("http://localhost:1"), None, Some("http://localhost:1 localhost")),
            (None, Some("evil.example"), None),
            (None, Some("127.0.0.1:8480"), None),
            (None, None, None),
            (Some("http://amparo.example"), None, None),
            (Some("https://192.0.2.7"), None, None),
            (Some("https://[2001:db8::1]"), None, None),
            (Some("https://"), None, None),
        ];
        for (url, host, expected) in table {
            assert_eq!(domain(url, host).as_deref(), expected, "{url:?} {host:?}");
        }
    }
}
