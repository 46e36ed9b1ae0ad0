//! Which server is measured: one that was named, or a child in a temporary folder. Beyond this machine only on request.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use tokio_tungstenite::tungstenite::http::Uri;

use super::child::Child;
use super::plan::{Elsewhere, Plan};
use super::users::{self, Person};
use crate::config::LimitSettings;

/// What everybody has at the start of a load of payments.
const FUND: &str = "1000000.00";

/// A server to measure and people to act as.
#[derive(Debug)]
pub(super) struct Target {
    people: Vec<Person>,
    child: Option<Arc<Child>>,
}

impl Target {
    /// Finds or starts the server.
    pub(super) async fn prepare(plan: &Plan) -> anyhow::Result<Self> {
        plan.check_open_files()?;
        match &plan.elsewhere {
            Some(elsewhere) => Ok(Self {
                people: users::read(&elsewhere.users, plan.people(), &sockets(elsewhere)?)?,
                child: None,
            }),
            None => {
                let fund = plan.pays().then_some(FUND);
                let (people, settings) = (plan.people(), settings(plan));
                // Starting processes and waiting for them blocks; nothing else runs on this runtime yet.
                let child = tokio::task::spawn_blocking(move || Child::start(people, fund, settings)).await??;
                let node = socket_address(&child.origin())?.into();
                Ok(Self {
                    people: users::read(&child.people(), people, &[node])?,
                    child: Some(Arc::new(child)),
                })
            }
        }
    }

    /// The same people at a server that is not looked into.
    pub(super) fn at(&self, origin: &str) -> anyhow::Result<Self> {
        let url: Arc<str> = socket_address(origin)?.into();
        let there = |person: &Person| Person {
            url: Arc::clone(&url),
            ..person.clone()
        };
        Ok(Self {
            people: self.people.iter().map(there).collect(),
            child: None,
        })
    }

    /// The people to act as.
    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// The server, if it is a child of this process.
    pub(super) const fn child(&self) -> Option<&Arc<Child>> {
        self.child.as_ref()
    }
}

/// What a server of our own must allow beyond its defaults, as it is named in the environment.
fn settings(plan: &Plan) -> Vec<(&'static str, String)> {
    let default = LimitSettings::default().group_members;
    let group = Some(plan.largest_group()).filter(|members| *members > default);
    let group = group.map(|members| ("QUIPU__LIMITS__GROUP_MEMBERS", members.to_string()));
    group.into_iter().collect()
}

/// The socket of each node.
fn sockets(elsewhere: &Elsewhere) -> anyhow::Result<Vec<Arc<str>>> {
    let one = |url: &String| Ok(socket_url(url, elsewhere.allow_remote)?.into());
    elsewhere.urls.iter().map(one).collect()
}

fn socket_url(url: &str, allow_remote: bool) -> anyhow::Result<String> {
    let uri: Uri = url.parse().with_context(|| format!("--url {url}"))?;
    let host = uri
        .host()
        .with_context(|| format!("--url {url} has no host: http://HOST:PORT is expected"))?;
    ensure!(
        matches!(uri.path(), "" | "/"),
        "--url {url} has a path: http://HOST:PORT is expected"
    );
    if !allow_remote && !is_loopback(host) {
        bail!("{host} is not this machine: a load test of another one needs --allow-remote");
    }
    socket_address(url)
}

fn socket_address(origin: &str) -> anyhow::Result<String> {
    let origin = origin.trim_end_matches('/');
    let socket = match origin.split_once("://") {
        Some(("http" | "ws", rest)) => format!("ws://{rest}"),
        Some(("https" | "wss", rest)) => format!("wss://{rest}"),
        _ => bail!("{origin} is not an address: http://HOST:PORT or https://HOST:PORT is expected"),
    };
    Ok(format!("{socket}/ws/v1"))
}

/// A name that may be looked up elsewhere is not taken for this machine.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded_unless_another_is_allowed() {
        for own in ["http://127.0.0.1:80", "http://localhost:80/", "http://[::1]:80"] {
            assert!(socket_url(own, false).is_ok(), "{own}");
        }
        for other in [
            "http://127.0.0.1.example.com:80",
            "https://example.com",
            "http://10.0.0.1:80",
        ] {
            assert!(socket_url(other, false).is_err(), "{other}");
            assert!(socket_url(other, true).is_ok(), "{other}");
        }
    }

    #[test]
    fn the_socket_stands_beside_the_page() {
        let url = |url| socket_url(url, true).ok();
        assert_eq!(url("http://127.0.0.1:80/").as_deref(), Some("ws://127.0.0.1:80/ws/v1"));
        assert_eq!(url("https://example.com").as_deref(), Some("wss://example.com/ws/v1"));
        assert_eq!(url("ftp://example.com"), None);
        assert_eq!(url("http://example.com/chat"), None);
    }
}
