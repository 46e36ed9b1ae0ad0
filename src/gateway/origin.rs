//! Which pages may act for the person whose cookie the browser sends along: exactly the server's own.

use std::net::SocketAddr;

use crate::config::HttpSettings;

/// The origins that are the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// One of these, letter for letter.
    Exactly(Vec<String>),
    /// The scheme, and whatever host the request itself was sent to: a server without a public name cannot know by
    /// which of its names it is called. A foreign page has another host in its `Origin` than in the request.
    SameHost(&'static str),
}

impl Origins {
    /// The own origins of a server that listens on `bound`.
    #[must_use]
    pub fn new(settings: &HttpSettings, bound: SocketAddr) -> Self {
        let scheme = if settings.is_https() { "https" } else { "http" };
        if let Some(url) = &settings.public_url {
            return Self::Exactly(vec![url.origin().to_owned()]);
        }
        if !settings.is_loopback() {
            return Self::SameHost(scheme);
        }
        let own = bound.ip().to_string();
        let own = if bound.is_ipv6() { format!("[{own}]") } else { own };
        let mut hosts = vec![own];
        // A browser on this machine may call it by any of these.
        for name in ["127.0.0.1", "localhost", "[::1]"] {
            if !hosts.iter().any(|host| host == name) {
                hosts.push(name.to_owned());
            }
        }
        Self::Exactly(hosts.iter().map(|host| origin(scheme, host, bound.port())).collect())
    }

    /// The origin to name in links.
    #[must_use]
    pub fn public(&self, bound: SocketAddr) -> String {
        match self {
            Self::Exactly(origins) => origins.first().cloned().unwrap_or_default(),
            Self::SameHost(scheme) => format!("{scheme}://{bound}"),
        }
    }

    /// Whether a request to `host` that a page of `origin` sent may use the cookie.
    #[must_use]
    pub fn allows(&self, origin: Option<&str>, host: Option<&str>) -> bool {
        let Some(origin) = origin else { return false };
        match self {
            Self::Exactly(origins) => origins.iter().any(|own| own == origin),
            Self::SameHost(scheme) => {
                host.is_some_and(|host| !host.is_empty() && origin == format!("{scheme}://{host}"))
            }
        }
    }
}

/// As a browser writes it: without the scheme's own port.
fn origin(scheme: &str, host: &str, port: u16) -> String {
    match (scheme, port) {
        ("http", 80) | ("https", 443) => format!("{scheme}://{host}"),
        _ => format!("{scheme}://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listen: &str, public_url: Option<&str>) -> (HttpSettings, SocketAddr) {
        let listen = listen.parse().unwrap();
        let settings = HttpSettings {
            listen,
            public_url: public_url.map(|url| url.parse().unwrap()),
            ..HttpSettings::default()
        };
        (settings, listen)
    }

    #[test]
    fn a_public_url_is_the_only_origin() {
        let (settings, bound) = settings("127.0.0.1:8080", Some("https://chat.example.com"));
        let origins = Origins::new(&settings, bound);
        assert!(origins.allows(Some("https://chat.example.com"), Some("chat.example.com")));
        for foreign in [
            "https://chat.example.com.evil.example",
            "https://evil-chat.example.com",
            "https://chat.example.com:8443",
            "http://chat.example.com",
            "https://CHAT.example.com",
            "https://chat.example.com/",
            "http://127.0.0.1:8080",
            "null",
            "",
        ] {
            assert!(!origins.allows(Some(foreign), Some("chat.example.com")), "{foreign}");
        }
        assert!(!origins.allows(None, Some("chat.example.com")));
    }

    #[test]
    fn on_loopback_each_name_of_this_machine_is_the_own_one() {
        let (settings, bound) = settings("127.0.0.1:8080", None);
        let origins = Origins::new(&settings, bound);
        for own in ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"] {
            assert!(origins.allows(Some(own), None), "{own}");
        }
        assert!(!origins.allows(Some("http://localhost:8081"), Some("localhost:8081")));
        assert!(!origins.allows(Some("https://localhost:8080"), None));
        assert_eq!(origins.public(bound), "http://127.0.0.1:8080");
    }

    #[test]
    fn without_a_name_the_page_must_be_of_the_host_it_calls() {
        let origins = Origins::SameHost("https");
        assert!(origins.allows(Some("https://a.example:444"), Some("a.example:444")));
        assert!(!origins.allows(Some("https://evil.example"), Some("a.example:444")));
        assert!(!origins.allows(Some("http://a.example:444"), Some("a.example:444")));
        assert!(!origins.allows(Some("https://"), Some("")));
        assert!(!origins.allows(Some("null"), Some("a.example")));
    }
}
