//! This server as its callers see it: its own origins, its cookie, and who is really at the other end.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use secrecy::SecretString;

use super::origin::Origins;
use crate::config::{Network, Settings};
use crate::protocol::http::DemoPerson;

/// The cookie under https: the prefix makes the browser itself refuse it from other hosts and paths.
const SECURE_COOKIE: &str = "__Host-quipu";
/// The cookie on plain http, where no `Secure` one would be taken.
const PLAIN_COOKIE: &str = "quipu";
/// How long a browser keeps the cookie: the longest that browsers do. The session itself ends earlier.
const COOKIE_LIFETIME: CookieDuration = CookieDuration::days(400);
/// How long the body of a request may take to come.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Addresses that are read from one `X-Forwarded-For`, from its end.
const MAX_PROXIES: usize = 16;

/// How this server is reached.
#[derive(Debug, Clone)]
pub struct Site {
    /// Browsers speak https with it.
    pub is_https: bool,
    /// The pages that may use the cookie.
    pub origins: Origins,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Bytes of the largest body of a request.
    pub body_bytes: usize,
    /// The oldest web client that is served, `major.minor.patch`.
    pub min_web_version: String,
    /// People who sign in by one click; empty without `--demo`.
    pub demo: Vec<DemoPerson>,
    /// Whether `/metrics` answers callers beyond this machine.
    pub metrics_public: bool,
}

impl Site {
    /// The site that the settings make of a server that listens on `bound`.
    #[must_use]
    pub fn new(settings: &Settings, bound: SocketAddr, demo: Vec<DemoPerson>) -> Self {
        Self {
            is_https: settings.http.is_https(),
            origins: Origins::new(&settings.http, bound),
            trusted_proxies: settings.http.trusted_proxies.clone(),
            body_bytes: settings.limits.body_bytes,
            min_web_version: settings.client.min_web_version.to_string(),
            demo,
            metrics_public: settings.http.metrics_public,
        }
    }

    /// The cookie that keeps a browser signed in.
    #[must_use]
    pub fn session_cookie(&self, token: String) -> Cookie<'static> {
        Cookie::build(self.cookie_name(), token)
            .path("/")
            .http_only(true)
            .secure(self.is_https)
            .same_site(SameSite::Strict)
            .max_age(COOKIE_LIFETIME)
            .finish()
    }

    /// The cookie that takes it away.
    #[must_use]
    pub fn removal_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.session_cookie(String::new());
        cookie.make_removal();
        cookie
    }

    /// The token in the request's cookie.
    #[must_use]
    pub fn cookie_token(&self, request: &HttpRequest) -> Option<SecretString> {
        request.cookie(self.cookie_name()).map(|cookie| cookie.value().into())
    }

    /// The address at the other end. `X-Forwarded-For` is believed as far as trusted proxies wrote it: from its end,
    /// up to the first address that is none of them.
    #[must_use]
    pub fn client_ip(&self, request: &HttpRequest) -> Option<IpAddr> {
        let mut client = request.peer_addr()?.ip().to_canonical();
        let lines: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|line| line.to_str().ok())
            .collect();
        let hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MAX_PROXIES);
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = address(hop) else { break };
            client = address;
        }
        Some(client)
    }

    /// Whether the caller is a program on this machine, and not a proxy on it that speaks for somebody else.
    #[must_use]
    pub fn is_local(&self, request: &HttpRequest) -> bool {
        let is_forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"]
            .iter()
            .any(|name| request.headers().contains_key(*name));
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        !is_forwarded && peer.is_some_and(|peer| peer.is_loopback())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(address))
    }

    const fn cookie_name(&self) -> &'static str {
        if self.is_https { SECURE_COOKIE } else { PLAIN_COOKIE }
    }
}

/// An address as proxies write it: perhaps with a port, perhaps in brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    let address = bare
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|a| a.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
pub(super) mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    pub(in crate::gateway) fn site(trusted: &[&str]) -> Site {
        Site {
            is_https: false,
            origins: Origins::Exactly(vec!["http://localhost:8080".into()]),
            trusted_proxies: trusted.iter().map(|network| network.parse().unwrap()).collect(),
            body_bytes: 65_536,
            min_web_version: "0.1.0".into(),
            demo: Vec::new(),
            metrics_public: false,
        }
    }

    fn seen(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for line in forwarded {
            request = request.append_header(("x-forwarded-for", *line));
        }
        site(trusted).client_ip(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn only_trusted_proxies_say_who_the_client_is() {
        let proxies = ["10.0.0.0/8", "127.0.0.1"];
        assert_eq!(seen(&[], "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen(&proxies, "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen(&proxies, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        // What stands before the first stranger is the stranger's own invention.
        assert_eq!(
            seen(&proxies, "10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            seen(&proxies, "10.0.0.1", &["1.1.1.1", "198.51.100.1:4711"]),
            "198.51.100.1"
        );
        assert_eq!(seen(&proxies, "10.0.0.1", &["junk, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(seen(&proxies, "127.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(seen(&proxies, "127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn a_proxy_on_this_machine_is_not_this_machine() {
        let peer = "127.0.0.1:1".parse().unwrap();
        let plain = TestRequest::default().peer_addr(peer).to_http_request();
        assert!(site(&[]).is_local(&plain));
        let forwarded = TestRequest::default()
            .peer_addr(peer)
            .insert_header(("x-forwarded-for", "1.1.1.1"));
        assert!(!site(&[]).is_local(&forwarded.to_http_request()));
        let remote = TestRequest::default().peer_addr("10.0.0.1:1".parse().unwrap());
        assert!(!site(&[]).is_local(&remote.to_http_request()));
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_under_https() {
        let mut site = site(&[]);
        assert_eq!(
            site.session_cookie("t".into()).to_string(),
            "quipu=t; HttpOnly; SameSite=Strict; Path=/; Max-Age=34560000"
        );
        site.is_https = true;
        let cookie = site.session_cookie("t".into()).to_string();
        assert!(
            cookie.starts_with("__Host-quipu=t; ") && cookie.contains("; Secure"),
            "{cookie}"
        );
        assert!(!cookie.contains("Domain"));
        assert!(site.removal_cookie().to_string().contains("Max-Age=0"));
    }
}
