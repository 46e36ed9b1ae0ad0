//! A socket of the protocol, thin: requests are laid into its buffer and leave together; frames are read as text.

use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::frames::{Answer, Hello, HelloClient, Of, Refusal, Said, Welcome};
use super::users::Person;
use crate::protocol::SUBPROTOCOL;

/// How long an answer of the preparation may take.
const ANSWER: Duration = Duration::from_secs(30);
/// How long somebody who lost their connection waits before they try a second time; twice as long each time.
const FIRST_REST: Duration = Duration::from_millis(20);
/// And at most.
const LONGEST_REST: Duration = Duration::from_millis(500);
/// Sockets that are being opened at once.
const OPENING_AT_ONCE: usize = 64;
/// Where the numbers of calls begin: beyond those of any load.
const FIRST_CALL: u64 = 1 << 40;
/// Bytes of the buffer that a socket reads into. Thousands of them stand in one process.
const READ_BUFFER: usize = 8 * 1024;

/// A connection that is signed in.
#[derive(Debug)]
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
    /// Of what is asked and waited for, so that the requests of a load have numbers without gaps.
    next_call: u64,
}

impl Socket {
    /// Connects and says `hello`.
    pub(super) async fn sign_in(person: &Person) -> anyhow::Result<(Self, Welcome)> {
        let mut request = person.url.as_ref().into_client_request()?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        // Without Nagle's algorithm: what is flushed is meant to leave.
        let opening = connect_async_with_config(request, Some(config), true);
        let opened = tokio::time::timeout(ANSWER, opening).await;
        let (stream, _) = opened.context("the socket did not open in time")?.map_err(refused)?;
        let mut socket = Self {
            stream,
            next_id: 1,
            next_call: FIRST_CALL,
        };
        let hello = Hello {
            token: &person.token,
            device: "load",
            client: HelloClient {
                name: "quipu-bench",
                version: env!("CARGO_PKG_VERSION"),
            },
        };
        let welcome = socket.call("hello", hello).await?;
        Ok((socket, welcome))
    }

    /// Signs many people in, some at once; sockets in the order of the people.
    pub(super) async fn sign_in_all(people: &[Person]) -> anyhow::Result<Vec<(Self, Welcome)>> {
        let open = async |number: usize, person: &Person| Self::sign_in(person).await.map(|socket| (number, socket));
        let mut opened: Vec<_> = people.iter().map(|_| None).collect();
        let mut people = people.iter().enumerate();
        let mut opening: FuturesUnordered<_> = people.by_ref().take(OPENING_AT_ONCE).map(|(n, p)| open(n, p)).collect();
        while let Some(done) = opening.next().await {
            let (number, socket) = done?;
            opened[number] = Some(socket);
            opening.extend(people.next().map(|(n, p)| open(n, p)));
        }
        Ok(opened.into_iter().flatten().collect())
    }

    /// A number for the next request.
    pub(super) const fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// The number that the next request will have.
    pub(super) const fn upcoming_id(&self) -> u64 {
        self.next_id
    }

    /// One request and its answer. Pushes that come before it are of no interest to the preparation.
    pub(super) async fn call<T: DeserializeOwned>(&mut self, op: &str, d: impl Serialize) -> anyhow::Result<T> {
        let answer = self.ask(op, d).await?;
        answer.map_err(|refusal| refusal.into_error(op))
    }

    /// The same; a refusal is an answer too.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        op: &str,
        d: impl Serialize,
    ) -> anyhow::Result<Result<T, Refusal>> {
        self.ask_amid(op, d, |_| {}).await
    }

    /// The same; what comes before the answer is handed on.
    pub(super) async fn ask_amid<T: DeserializeOwned>(
        &mut self,
        op: &str,
        d: impl Serialize,
        mut other: impl FnMut(Utf8Bytes),
    ) -> anyhow::Result<Result<T, Refusal>> {
        let id = self.next_call;
        self.next_call += 1;
        self.lay(id, op, d).await?;
        self.flush().await?;
        let until = tokio::time::Instant::now() + ANSWER;
        loop {
            let frame = tokio::time::timeout_at(until, self.next()).await;
            let frame = frame.with_context(|| format!("{op} was not answered in time"))??;
            let Of { id: of, err } = serde_json::from_str(&frame).with_context(|| format!("a frame beside {op}"))?;
            match err {
                Some(refusal) if of.is_none_or(|of| of == id) => return Ok(Err(refusal)),
                None if of == Some(id) => {
                    let answer: Answer<T> =
                        serde_json::from_str(&frame).with_context(|| format!("the answer to {op} cannot be read"))?;
                    return Ok(Ok(answer.ok.with_context(|| format!("the answer to {op} is empty"))?));
                }
                _ => other(frame),
            }
        }
    }

    /// The same person's new connection after this one was lost. The numbers of requests go on, so that each still has
    /// one of its own. Tries again until `until`.
    pub(super) async fn again(&mut self, person: &Person, until: tokio::time::Instant) -> anyhow::Result<()> {
        let mut rest = FIRST_REST;
        loop {
            match Self::sign_in(person).await {
                Ok((socket, _)) => {
                    let next_id = self.next_id;
                    *self = Self { next_id, ..socket };
                    return Ok(());
                }
                Err(error) if tokio::time::Instant::now() + rest > until => return Err(error),
                Err(_) => tokio::time::sleep(rest).await,
            }
            rest = (rest * 2).min(LONGEST_REST);
        }
    }

    /// Says that it leaves, and does.
    pub(super) async fn close(mut self) {
        // Who has gone already need not be told.
        let _ = self.stream.close(None).await;
    }

    /// Loses the connection without a word, as a network does.
    pub(super) fn cut(&self) {
        let tcp = match self.stream.get_ref() {
            MaybeTlsStream::Plain(tcp) => tcp,
            MaybeTlsStream::Rustls(tls) => tls.get_ref().0,
            _ => return,
        };
        // It fails only when the connection is gone already, which is what is wanted.
        let _ = SockRef::from(tcp).shutdown(std::net::Shutdown::Both);
    }

    /// Lays a request into the buffer.
    pub(super) async fn lay(&mut self, id: u64, op: &str, d: impl Serialize) -> anyhow::Result<()> {
        self.lay_text(frame(id, op, d)?).await
    }

    /// The same of one that was written already.
    pub(super) async fn lay_text(&mut self, text: impl Into<Utf8Bytes>) -> anyhow::Result<()> {
        self.stream.feed(Message::text(text)).await.map_err(ended)
    }

    /// Sends what lies in the buffer.
    pub(super) async fn flush(&mut self) -> anyhow::Result<()> {
        self.stream.flush().await.map_err(ended)
    }

    /// The next frame. May be dropped while it waits, without a loss.
    pub(super) async fn next(&mut self) -> anyhow::Result<Utf8Bytes> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(Some(frame)))) => {
                    bail!("the server closed the socket: {} {}", frame.code, frame.reason)
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(ended(error)),
                None => bail!("the server ended the connection"),
            }
        }
    }

    /// The next frame, if one is there already.
    pub(super) fn ready(&mut self) -> Option<anyhow::Result<Utf8Bytes>> {
        self.next().now_or_never()
    }
}

/// A request as it is sent.
pub(super) fn frame(id: u64, op: &str, d: impl Serialize) -> anyhow::Result<Utf8Bytes> {
    Ok(serde_json::to_string(&Said { id, op, d })?.into())
}

fn ended(error: Error) -> anyhow::Error {
    anyhow::Error::new(error).context("the connection ended")
}

/// A refusal of the upgrade carries its problem as JSON.
fn refused(error: Error) -> anyhow::Error {
    if let Error::Http(response) = &error
        && let Some(body) = response.body()
        && let Ok(refusal) = serde_json::from_slice::<Refusal>(body)
    {
        return refusal.into_error("the socket");
    }
    anyhow::Error::new(error).context("the socket cannot be opened")
}
