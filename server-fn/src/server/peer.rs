//! Where a request comes from, as far as it can be believed.

use super::limits::Network;
use axum::http::header::{self, HeaderMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// In which line a proxy says for whom it asks. One of them: the other comes from whoever asks, as they please.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyLine {
    /// `X-Forwarded-For: 192.0.2.7`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=192.0.2.7` (RFC 7239).
    Forwarded,
}

/// The proxies before this server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Whose word counts; nobody's when empty.
    pub trusted: Vec<IpAddr>,
    /// Where they say it.
    pub line: ProxyLine,
}

impl Proxies {
    /// A proxy on this machine.
    #[must_use]
    pub fn here() -> Self {
        let trusted = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        Self { trusted, line: ProxyLine::default() }
    }

    /// Whether an address is one of them.
    #[must_use]
    pub fn are_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|it| it.to_canonical() == address.to_canonical())
    }

    /// The network that asks: the last hop that is no trusted proxy. What comes before that hop was written by
    /// whoever asks. A trusted proxy that says nothing is the one who asks, so all behind it share their turns.
    #[must_use]
    pub fn network(&self, peer: IpAddr, headers: &HeaderMap) -> Network {
        let is_trusted = |address: IpAddr| self.trusted.iter().any(|it| it.to_canonical() == address);
        let mut last = peer.to_canonical();
        for hop in self.hops(headers).into_iter().rev() {
            if !is_trusted(last) {
                break;
            }
            // Hidden or unreadable: as far as it can be followed.
            let Some(address) = hop else { break };
            last = address.to_canonical();
        }
        Network::of(last)
    }

    /// The hops as they stand, the last one last; `None` for what is no address.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, read): (&str, fn(&str) -> Option<IpAddr>) = match self.line {
            ProxyLine::XForwardedFor => ("x-forwarded-for", address),
            ProxyLine::Forwarded => (header::FORWARDED.as_str(), forwarded),
        };
        let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
        lines.flat_map(|line| line.split(',')).map(|hop| read(hop.trim())).collect()
    }
}

/// `for=192.0.2.7` among the pairs of a hop.
fn forwarded(hop: &str) -> Option<IpAddr> {
    let mut pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(value.trim_matches('"'))
}

/// An address with or without a port: `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    if let Some(bracketed) = text.strip_prefix('[') {
        return bracketed.split_once(']')?.0.parse().ok();
    }
    text.parse().ok().or_else(|| text.rsplit_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    fn asked(proxies: &Proxies, peer: &str, lines: &[(&'static str, &'static str)]) -> Network {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        proxies.network(peer.parse().unwrap(), &headers)
    }

    #[test]
    fn the_last_hop_before_a_trusted_proxy_counts_and_what_anybody_may_write_does_not() {
        let here = Proxies::here();
        let near = Proxies {
            trusted: vec!["10.0.0.5".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            ..here.clone()
        };
        for (proxies, peer, lines, wanted) in [
            // Nobody is trusted that is not said to be.
            (&here, "192.0.2.7", &[("x-forwarded-for", "198.51.100.1")][..], "192.0.2.7"),
            (&Proxies::default(), "127.0.0.1", &[("x-forwarded-for", "198.51.100.1")], "127.0.0.1"),
            (&here, "127.0.0.1", &[("x-forwarded-for", "198.51.100.1")], "198.51.100.1"),
            (&here, "::ffff:127.0.0.1", &[("x-forwarded-for", "198.51.100.1:4711")], "198.51.100.1"),
            (&here, "::1", &[("x-forwarded-for", "2001:db8::1")], "2001:db8::2"),
            (&here, "::1", &[("x-forwarded-for", "[2001:db8::1]:443")], "2001:db8::2"),
            // Who asks may write as much as they like before the proxy's own.
            (
                &here,
                "127.0.0.1",
                &[("x-forwarded-for", "203.0.113.1, 203.0.113.2, 198.51.100.1")],
                "198.51.100.1",
            ),
            (
                &here,
                "127.0.0.1",
                &[("x-forwarded-for", "203.0.113.1"), ("x-forwarded-for", "198.51.100.1")],
                "198.51.100.1",
            ),
            (
                &here,
                "127.0.0.1",
                &[("forwarded", "for=203.0.113.1"), ("x-forwarded-for", "198.51.100.1")],
                "198.51.100.1",
            ),
            // Two proxies, one behind the other; and one that nobody trusts.
            (
                &near,
                "127.0.0.1",
                &[("x-forwarded-for", "203.0.113.1, 198.51.100.1, 10.0.0.5")],
                "198.51.100.1",
            ),
            (&here, "127.0.0.1", &[("x-forwarded-for", "198.51.100.1, 10.0.0.5")], "10.0.0.5"),
            // A proxy that says nothing, or nothing that is an address, is the one who asks.
            (&here, "127.0.0.1", &[], "127.0.0.1"),
            (&here, "127.0.0.1", &[("x-forwarded-for", "198.51.100.1, unknown")], "127.0.0.1"),
            (&here, "127.0.0.1", &[("x-forwarded-for", "")], "127.0.0.1"),
        ] {
            assert_eq!(asked(proxies, peer, lines), network(wanted), "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_standard_line_counts_where_it_was_asked_for_and_there_alone() {
        let proxies = Proxies { line: ProxyLine::Forwarded, ..Proxies::here() };
        for (lines, wanted) in [
            (&[("forwarded", "for=198.51.100.1;proto=https")][..], "198.51.100.1"),
            (&[("forwarded", "proto=https; For=\"[2001:db8::1]:4711\"")], "2001:db8::1"),
            (&[("forwarded", "for=203.0.113.1, for=198.51.100.1")], "198.51.100.1"),
            (&[("forwarded", "for=_hidden")], "127.0.0.1"),
            (&[("x-forwarded-for", "203.0.113.1")], "127.0.0.1"),
        ] {
            assert_eq!(asked(&proxies, "127.0.0.1", lines), network(wanted), "{lines:?}");
        }
    }
}
