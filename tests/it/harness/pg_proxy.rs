//! A wire between a server and PostgreSQL that can be cut or held at the one moment that matters: around COMMIT.
//!
//! It understands as much of PostgreSQL's protocol (version 3, without TLS) as that takes: where a message ends, which
//! prepared statements write the ledger, and what COMMIT and its answer look like.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{ANSWER_LIMIT, Plan, eventually};

/// A statement that only a transaction of the ledger has.
const WRITES_LEDGER: [&[u8]; 6] = [
    b"INSERT INTO transfer ",
    b"INSERT INTO offer ",
    b"INSERT INTO request ",
    b"INSERT INTO packet ",
    b"INSERT INTO bill ",
    b"INSERT INTO schedule ",
];
/// What ends a COMMIT's answer: ReadyForQuery, outside of any transaction.
const READY_IDLE: [u8; 6] = [b'Z', 0, 0, 0, 5, b'I'];
/// A message that is longer is a mistake of this file.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// A connection refuses, or stands, this soon after it was said.
const TURN_LIMIT: Duration = Duration::from_secs(10);

/// Where on the way of a COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// PostgreSQL has not seen it.
    Before,
    /// PostgreSQL has carried it out, and its client does not know.
    After,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The connection ends.
    Cut,
    /// All connections end, and no new one is accepted until [`PgProxy::come_back`].
    GoAway,
    /// The transaction stands still until [`PgProxy::go_on`] or [`PgProxy::drop_held`].
    Hold,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Waits,
    GoesOn,
    Ends,
}

struct State {
    upstream: SocketAddr,
    address: SocketAddr,
    /// Taken by the next COMMIT of the ledger.
    armed: Mutex<Option<(At, What)>>,
    /// How many armed faults came to pass.
    happened: watch::Sender<usize>,
    held: watch::Sender<Held>,
    away: watch::Sender<bool>,
}

/// The proxy. Ends with the runtime of its test.
pub(crate) struct PgProxy(Arc<State>);

impl PgProxy {
    /// A plan with a fresh database behind a proxy, and the proxy.
    pub(crate) async fn before(plan: Plan) -> (Plan, Self) {
        Self::in_front_of(plan.with_database().await).await
    }

    /// The plan with its database behind a proxy, and the proxy.
    pub(crate) async fn in_front_of(plan: Plan) -> (Plan, Self) {
        let url = plan.setting("database.url").to_owned();
        let (start, rest) = url.split_once('@').expect("the URL has a user");
        let (upstream, name) = rest.split_once('/').expect("the URL has a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = Arc::new(State {
            upstream: upstream.parse().expect("the host of QUIPU_TEST_POSTGRES is an address"),
            address: listener.local_addr().unwrap(),
            armed: Mutex::default(),
            happened: watch::Sender::new(0),
            held: watch::Sender::new(Held::Waits),
            away: watch::Sender::new(false),
        });
        let proxied = format!("{start}@{}/{name}?sslmode=disable", state.address);
        tokio::spawn(accept(listener, Arc::clone(&state)));
        (plan.set("database.url", &proxied), Self(state))
    }

    /// What the next COMMIT of a transaction that wrote the ledger meets.
    pub(crate) fn at_next_commit(&self, at: At, what: What) {
        self.0.held.send_replace(Held::Waits);
        let before = self.0.armed.lock().unwrap().replace((at, what));
        assert_eq!(before, None, "one fault after the other");
    }

    /// Waits until as many faults came to pass, in all.
    pub(crate) async fn happened(&self, many: usize) {
        let mut happened = self.0.happened.subscribe();
        let waiting = happened.wait_for(|count| *count >= many);
        let waited = tokio::time::timeout(ANSWER_LIMIT, waiting).await;
        assert!(waited.is_ok(), "fault {many}: no COMMIT met it within {ANSWER_LIMIT:?}");
    }

    /// Lets what is held go on.
    pub(crate) fn go_on(&self) {
        self.0.held.send_replace(Held::GoesOn);
    }

    /// Ends the connection that is held, on both sides.
    pub(crate) fn drop_held(&self) {
        self.0.held.send_replace(Held::Ends);
    }

    /// Ends all connections; new ones are refused, as when PostgreSQL is not there.
    pub(crate) async fn go_away(&self) {
        self.0.away.send_replace(true);
        eventually("the proxy refuses", TURN_LIMIT, async || {
            TcpStream::connect(self.0.address).await.is_err().then_some(())
        })
        .await;
    }

    /// Accepts connections again, on the same port.
    pub(crate) async fn come_back(&self) {
        self.0.away.send_replace(false);
        eventually("the proxy accepts", TURN_LIMIT, async || {
            TcpStream::connect(self.0.address).await.ok().map(drop)
        })
        .await;
    }
}

async fn accept(first: TcpListener, state: Arc<State>) {
    let mut away = state.away.subscribe();
    let mut listener = Some(first);
    loop {
        let Some(listening) = &listener else {
            // The sender is in the state, which this task holds.
            let _ = away.wait_for(|away| !away).await;
            // Somebody else may have the port for a moment: whoever waits for the proxy says so in the end.
            listener = TcpListener::bind(state.address).await.ok();
            continue;
        };
        tokio::select! {
            _ = away.wait_for(|away| *away) => listener = None,
            accepted = listening.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let mut away = state.away.subscribe();
                    tokio::select! {
                        _ = away.wait_for(|away| *away) => {}
                        // However it ended, both sides are closed now.
                        _ = carry(client, &state) => {}
                    }
                });
            }
        }
    }
}

/// What both directions of a connection know.
#[derive(Default)]
struct Wire {
    /// The answer that comes next is a COMMIT's, and this happens to it.
    answer: Mutex<Option<What>>,
}

async fn carry(client: TcpStream, state: &State) -> io::Result<()> {
    let server = TcpStream::connect(state.upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let wire = Wire::default();
    tokio::select! {
        ended = requests(from_client, to_server, state, &wire) => ended,
        ended = answers(from_server, to_client, state, &wire) => ended,
    }
}

fn ended() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

async fn hold(state: &State) -> io::Result<()> {
    let mut held = state.held.subscribe();
    let released = held.wait_for(|held| *held != Held::Waits).await;
    match released.map(|held| *held) {
        Ok(Held::GoesOn) => Ok(()),
        _ => Err(ended()),
    }
}

async fn requests(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, state: &State, wire: &Wire) -> io::Result<()> {
    // The first message has no type.
    let start = message(&mut client, Vec::new()).await?;
    server.write_all(&start).await?;
    let mut ledger = Ledger::default();
    loop {
        let kind = client.read_u8().await?;
        let request = message(&mut client, vec![kind]).await?;
        let armed = ledger.commits(&request).then(|| state.armed.lock().unwrap().take());
        if let Some((at, what)) = armed.flatten() {
            if at == At::After {
                *wire.answer.lock().unwrap() = Some(what);
            } else {
                state.happened.send_modify(|count| *count += 1);
                meet(what, state).await?;
            }
        }
        server.write_all(&request).await?;
    }
}

/// Carries a fault out; an error ends the connection.
async fn meet(what: What, state: &State) -> io::Result<()> {
    match what {
        What::Cut => Err(ended()),
        What::GoAway => {
            state.away.send_replace(true);
            Err(ended())
        }
        What::Hold => hold(state).await,
    }
}

async fn answers(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, state: &State, wire: &Wire) -> io::Result<()> {
    let mut kept = Vec::new();
    let mut some = vec![0; 16 * 1024];
    loop {
        let count = server.read(&mut some).await?;
        if count == 0 {
            return Err(ended());
        }
        kept.extend_from_slice(&some[..count]);
        let meets = *wire.answer.lock().unwrap();
        if let Some(what) = meets {
            if !kept.ends_with(&READY_IDLE) {
                continue;
            }
            *wire.answer.lock().unwrap() = None;
            state.happened.send_modify(|count| *count += 1);
            meet(what, state).await?;
        }
        client.write_all(&kept).await?;
        kept.clear();
    }
}

/// The rest of a message: its length, which counts itself, and its content.
async fn message(from: &mut OwnedReadHalf, mut so_far: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await? as usize;
    assert!((4..MESSAGE_BYTES).contains(&length), "a message of {length} bytes");
    so_far.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    let start = so_far.len();
    so_far.resize(start + length - 4, 0);
    from.read_exact(&mut so_far[start..]).await?;
    Ok(so_far)
}

/// Which transactions write the ledger: those that bind one of its prepared statements.
#[derive(Default)]
struct Ledger {
    statements: HashSet<Vec<u8>>,
    wrote: bool,
}

impl Ledger {
    /// Whether this message is the COMMIT of such a transaction.
    fn commits(&mut self, message: &[u8]) -> bool {
        let mut words = message[5..].split(|byte| *byte == 0);
        let mut word = || words.next().unwrap_or_default();
        match message[0] {
            b'P' => {
                let (name, text) = (word().to_vec(), word());
                if WRITES_LEDGER.iter().any(|start| text.starts_with(start)) {
                    self.statements.insert(name);
                } else {
                    self.statements.remove(&name);
                }
            }
            b'B' => {
                let (_portal, name) = (word(), word());
                self.wrote |= self.statements.contains(name);
            }
            b'Q' => {
                let (text, wrote) = (word(), std::mem::take(&mut self.wrote));
                return wrote && text == b"COMMIT";
            }
            _ => {}
        }
        false
    }
}

#[test]
fn only_the_commit_of_a_transaction_that_wrote_the_ledger_is_met() {
    let message = |kind: u8, words: &[&str]| {
        let mut message = vec![kind, 0, 0, 0, 0];
        for word in words {
            message.extend_from_slice(word.as_bytes());
            message.push(0);
        }
        message
    };
    let mut ledger = Ledger::default();
    let commit = message(b'Q', &["COMMIT"]);
    for request in [
        message(b'P', &["s1", "INSERT INTO transfer (seq) VALUES ($1)"]),
        message(b'P', &["s2", "INSERT INTO message (seq) VALUES ($1)"]),
        message(b'Q', &["BEGIN"]),
        message(b'B', &["", "s2"]),
        commit.clone(),
        message(b'Q', &["BEGIN"]),
        message(b'B', &["", "s1"]),
        message(b'Q', &["ROLLBACK"]),
        commit.clone(),
        message(b'B', &["", "s1"]),
    ] {
        assert!(!ledger.commits(&request), "{request:?}");
    }
    assert!(ledger.commits(&commit));
    assert!(!ledger.commits(&commit), "each transaction anew");
}
