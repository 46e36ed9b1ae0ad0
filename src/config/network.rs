//! `[http]`: the address, its public name, TLS and the proxies that are believed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::check::Check;

/// `[http]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How people reach the server, `https://chat.example.com`, when that is not the listening address.
    pub public_url: Option<PublicUrl>,
    /// Web worker threads, 0 to 256; 0 is one a core.
    pub workers: usize,
    /// Who ends TLS.
    pub tls: TlsMode,
    /// Addresses whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Whether `/metrics` answers callers beyond this machine.
    pub metrics_public: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            public_url: None,
            workers: 0,
            tls: TlsMode::Off,
            trusted_proxies: Vec::new(),
            metrics_public: false,
        }
    }
}

impl HttpSettings {
    /// Web worker threads, with 0 resolved to one a core.
    pub fn worker_count(&self) -> usize {
        super::threads_or_cores(self.workers)
    }

    /// True when a browser speaks https with this server, directly or through the proxy: cookies are then `Secure`.
    pub fn is_https(&self) -> bool {
        match self.tls {
            TlsMode::Off => false,
            TlsMode::Files(_) => true,
            TlsMode::Proxy => self.public_url.as_ref().is_none_or(PublicUrl::is_https),
        }
    }

    /// True when only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    /// True when the peer is a proxy whose forwarding headers are believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }

    pub(super) fn check(&self, check: &mut Check) {
        check.within("http.workers", self.workers, 0..=256);
        if self.tls == TlsMode::Off && !self.is_loopback() {
            let message = "with http.tls = \"off\" only a loopback address may be listened on; set http.tls to \
                           \"proxy\" or to a certificate and key";
            check.refuse("http.listen", message);
        }
        if self.tls == TlsMode::Proxy && self.trusted_proxies.is_empty() {
            check.refuse(
                "http.trusted_proxies",
                "http.tls = \"proxy\" needs the addresses of the proxies",
            );
        }
        if let Some(url) = &self.public_url {
            match self.tls {
                TlsMode::Off if url.is_https() => {
                    check.refuse(
                        "http.public_url",
                        "https needs http.tls to be \"proxy\" or a certificate and key",
                    );
                }
                TlsMode::Files(_) if !url.is_https() => {
                    check.refuse(
                        "http.public_url",
                        "must begin with https:// when http.tls has a certificate",
                    );
                }
                _ => {}
            }
        }
    }
}

/// Who ends TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Nobody: plain http, on loopback only.
    #[default]
    Off,
    /// A proxy in front, one of `http.trusted_proxies`.
    Proxy,
    /// This server, with these files.
    Files(TlsFiles),
}

/// PEM files of the server's own certificate. They are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// The private key, PKCS#8, SEC1 or PKCS#1.
    pub key: PathBuf,
}

impl<'de> Deserialize<'de> for TlsMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(word) if word == "off" => Ok(Self::Off),
            toml::Value::String(word) if word == "proxy" => Ok(Self::Proxy),
            toml::Value::Table(table) => TlsFiles::deserialize(table)
                .map(Self::Files)
                .map_err(|e| D::Error::custom(e.message())),
            _ => Err(D::Error::custom(
                "expected \"off\", \"proxy\" or { certificate = \"…\", key = \"…\" }",
            )),
        }
    }
}

/// The address that people type: a scheme, a host and perhaps a port, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

impl PublicUrl {
    /// The origin as a browser sends it: `https://chat.example.com`, without a slash and without a default port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// True for `https://`.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "expected http://host or https://host, perhaps with a port, and nothing behind it";
        let lower = text.to_ascii_lowercase();
        let (scheme, rest) = lower.split_once("://").ok_or(SHAPE)?;
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(SHAPE),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        let (host, port) = split_port(authority);
        let host_is_plain = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            }
        };
        let port_is_plain = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|n| n != 0));
        if !host_is_plain || !port_is_plain {
            return Err(SHAPE);
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
        })
    }
}

/// Host and port of `host:port`, `[v6]:port` or either without a port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// One address (`10.0.0.4`) or a range of them (`10.0.0.0/8`, `fd00::/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// True when the address lies in this network. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let host_bits = u32::from(32 - self.prefix);
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(host_bits)
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let host_bits = u32::from(128 - self.prefix);
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(host_bits)
                    .unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "expected an address (10.0.0.4) or a network (10.0.0.0/8)";
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| SHAPE)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|p| *p <= widest).ok_or(SHAPE)?,
            None => widest,
        };
        Ok(Self { address, prefix })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_kept_as_the_origin_a_browser_sends() {
        let cases = [
            ("https://Chat.Example.com", "https://chat.example.com"),
            ("https://chat.example.com:443/", "https://chat.example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[::1]", "http://[::1]"),
        ];
        for (text, origin) in cases {
            assert_eq!(
                text.parse::<PublicUrl>().map(|u| u.origin),
                Ok(origin.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for text in [
            "",
            "chat.example.com",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://u:p@a",
            "https://a?b",
            "https://a:0",
            "https://a:99999",
            "https://a b",
            "http://[::1",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_holds_its_own_addresses_only() {
        let holds = |network: &str, address: &str| {
            network
                .parse::<Network>()
                .unwrap()
                .contains(address.parse::<IpAddr>().unwrap())
        };
        assert!(holds("10.0.0.0/8", "10.255.1.2"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(!holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("fd00::/8", "fd12::1"));
        assert!(!holds("fd00::/8", "fe80::1"));
        for text in ["10.0.0.0/33", "10.0.0", "fd00::/129", "/8", "10.0.0.0/", "a"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
