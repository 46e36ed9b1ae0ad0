//! The network between a device and the server. It knows whole messages, and by its seed it delays them, doubles and
//! reorders pushes, doubles requests, turns a push into its log's `head`, and cuts connections at any frame: what lies
//! behind a cut is lost, or reaches the server late, from a connection that its owner has given up already.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::frame::Frame;

/// Bytes that may lie between a device and its end of the network.
const PIPE_BYTES: usize = 64 * 1024;
/// How long anything may be held up, in milliseconds.
const MOST_DELAY_MS: u64 = 25;
/// How long a connection that its owner has given up still brings things to the server.
const LINGER: Duration = Duration::from_millis(60);
/// One frame in so many cuts the connection.
const CUT: u32 = 250;

/// What all connections of a seed share.
#[derive(Debug, Default)]
pub(crate) struct Network {
    healed: AtomicBool,
    /// How often a request with this id went to the server.
    sent: Mutex<HashMap<String, usize>>,
    counts: Counts,
}

/// What the network did.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) cuts: AtomicUsize,
    pub(crate) doubled_requests: AtomicUsize,
    pub(crate) doubled_pushes: AtomicUsize,
    pub(crate) reordered: AtomicUsize,
    pub(crate) heads: AtomicUsize,
}

impl Network {
    /// From now on it only passes on.
    pub(crate) fn heal(&self) {
        self.healed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_healed(&self) -> bool {
        self.healed.load(Ordering::SeqCst)
    }

    pub(crate) const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How often a request with this id went to the server.
    pub(crate) fn times_sent(&self, client_id: &str) -> usize {
        self.sent.lock().unwrap().get(client_id).copied().unwrap_or_default()
    }

    /// A connection to the server through this network, and whether it leaves pushes as they are, in their order; an
    /// error when nobody listens there.
    pub(crate) async fn connect(
        self: &Arc<Self>,
        server: SocketAddr,
        seed: u64,
    ) -> std::io::Result<(DuplexStream, bool)> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let (device, mine) = tokio::io::duplex(PIPE_BYTES);
        let mut random = StdRng::seed_from_u64(seed);
        let is_orderly = random.random_ratio(1, 3);
        let line = Line {
            network: Arc::clone(self),
            random,
            is_orderly,
            device: Some(mine),
            server: stream,
            up: Way::default(),
            down: Way::default(),
            requests: 0,
        };
        tokio::spawn(line.carry());
        Ok((device, is_orderly))
    }
}

/// One direction.
#[derive(Default)]
struct Way {
    read: Vec<u8>,
    /// The upgrade has passed: frames follow.
    upgraded: bool,
    in_order: VecDeque<(Instant, Frame)>,
    /// What comes out of its order.
    loose: Vec<(Instant, Frame)>,
}

impl Way {
    fn next_at(&self) -> Option<Instant> {
        let loose = self.loose.iter().map(|(at, _)| *at).min();
        let first = self.in_order.front().map(|(at, _)| *at);
        loose.into_iter().chain(first).min()
    }

    /// What is due.
    fn due(&mut self, now: Instant) -> Vec<Frame> {
        let mut due = Vec::new();
        while self.in_order.front().is_some_and(|(at, _)| *at <= now) {
            due.extend(self.in_order.pop_front().map(|(_, frame)| frame));
        }
        let (late, later): (Vec<_>, Vec<_>) = self.loose.drain(..).partition(|(at, _)| *at <= now);
        self.loose = later;
        due.extend(late.into_iter().map(|(_, frame)| frame));
        due
    }

    /// What passes before the first frame: the upgrade and its answer.
    fn upgrade(&mut self) -> Vec<u8> {
        if self.upgraded {
            return Vec::new();
        }
        let end = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let Some(end) = end else { return Vec::new() };
        self.upgraded = true;
        let rest = self.read.split_off(end + 4);
        std::mem::replace(&mut self.read, rest)
    }
}

/// A connection in the network.
struct Line {
    network: Arc<Network>,
    random: StdRng,
    is_orderly: bool,
    /// None once the device's end is cut.
    device: Option<DuplexStream>,
    server: TcpStream,
    up: Way,
    down: Way,
    requests: usize,
}

enum Heard {
    Device(usize),
    Server(usize),
    Time,
}

impl Line {
    async fn carry(mut self) {
        let (mut from_device, mut from_server) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
        while let Some(device) = &mut self.device {
            let next = self.up.next_at().into_iter().chain(self.down.next_at()).min();
            let time = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let heard = tokio::select! {
                read = device.read(&mut from_device) => Heard::Device(read.unwrap_or(0)),
                read = self.server.read(&mut from_server) => Heard::Server(read.unwrap_or(0)),
                () = time => Heard::Time,
            };
            match heard {
                Heard::Device(0) | Heard::Server(0) => break,
                Heard::Device(bytes) => self.up.read.extend(&from_device[..bytes]),
                Heard::Server(bytes) => self.down.read.extend(&from_server[..bytes]),
                Heard::Time => {}
            }
            if self.pass().await.is_err() {
                break;
            }
        }
        self.linger().await;
    }

    /// Reads what came and writes what is due.
    async fn pass(&mut self) -> std::io::Result<()> {
        let (up, down) = (self.up.upgrade(), self.down.upgrade());
        self.server.write_all(&up).await?;
        if let Some(device) = &mut self.device {
            device.write_all(&down).await?;
        }
        while self.up.upgraded
            && let Some(frame) = Frame::take(&mut self.up.read)
        {
            if self.is_cut() {
                self.device = None;
                self.request(frame);
                return Ok(());
            }
            self.request(frame);
        }
        while self.down.upgraded
            && let Some(frame) = Frame::take(&mut self.down.read)
        {
            if self.is_cut() {
                let half = frame.bytes.len() / 2;
                if let Some(mut device) = self.device.take() {
                    let _ = device.write_all(&frame.bytes[..half]).await;
                }
                return Ok(());
            }
            self.push_or_answer(frame);
        }
        let now = Instant::now();
        for frame in self.up.due(now) {
            self.server.write_all(&frame.bytes).await?;
        }
        for frame in self.down.due(now) {
            if let Some(device) = &mut self.device {
                device.write_all(&frame.bytes).await?;
            }
        }
        Ok(())
    }

    fn chance(&mut self, one_in: u32) -> bool {
        !self.network.is_healed() && self.random.random_ratio(1, one_in)
    }

    fn is_cut(&mut self) -> bool {
        let cut = self.chance(CUT);
        if cut {
            self.network.counts.cuts.fetch_add(1, Ordering::Relaxed);
        }
        cut
    }

    fn a_while(&mut self) -> Duration {
        Duration::from_millis(self.random.random_range(1..=MOST_DELAY_MS))
    }

    /// When the next one of a queue comes out: never before those in front of it.
    fn turn(&mut self, last: Option<Instant>) -> Instant {
        let now = Instant::now();
        let at = if self.chance(25) { now + self.a_while() } else { now };
        last.map_or(at, |last| last.max(at))
    }

    fn request(&mut self, frame: Frame) {
        let text = frame.text();
        self.requests += usize::from(text.is_some());
        let client_id = text.as_deref().and_then(client_id);
        let last = self.up.in_order.back().map(|(at, _)| *at);
        let at = self.turn(last);
        let mut times = 1;
        // The first request is `hello`: there is one a connection.
        if text.is_some() && self.requests > 1 && self.chance(12) {
            let later = at + self.a_while();
            self.up.loose.push((later, frame.clone()));
            self.network.counts.doubled_requests.fetch_add(1, Ordering::Relaxed);
            times = 2;
        }
        if let Some(client_id) = client_id {
            *self.network.sent.lock().unwrap().entry(client_id).or_default() += times;
        }
        self.up.in_order.push_back((at, frame));
    }

    fn push_or_answer(&mut self, mut frame: Frame) {
        let counts = Arc::clone(&self.network);
        let counts = counts.counts();
        if !self.is_orderly && frame.text().is_some_and(|text| text.starts_with("{\"ev\"")) {
            if self.chance(60)
                && let Some(head) = frame.text().and_then(|text| head(&text))
            {
                counts.heads.fetch_add(1, Ordering::Relaxed);
                frame = head;
            }
            if self.chance(20) {
                counts.doubled_pushes.fetch_add(1, Ordering::Relaxed);
                let later = Instant::now() + self.a_while();
                self.down.loose.push((later, frame.clone()));
            }
            if self.chance(15) {
                counts.reordered.fetch_add(1, Ordering::Relaxed);
                let later = Instant::now() + self.a_while();
                return self.down.loose.push((later, frame));
            }
        }
        let last = self.down.in_order.back().map(|(at, _)| *at);
        let at = self.turn(last);
        self.down.in_order.push_back((at, frame));
    }

    /// The device is gone. What was on its way to the server is lost with the connection, or comes late.
    async fn linger(mut self) {
        self.device = None;
        if self.network.is_healed() || self.random.random_bool(0.5) {
            return;
        }
        let end = Instant::now() + LINGER;
        while let Some(at) = self.up.next_at().filter(|at| *at < end) {
            tokio::time::sleep_until(at + self.a_while()).await;
            for frame in self.up.due(Instant::now()) {
                if self.server.write_all(&frame.bytes).await.is_err() {
                    return;
                }
            }
        }
        let _ = tokio::time::timeout_at(end, self.server.read(&mut [0; 1024])).await;
    }
}

fn client_id(text: &str) -> Option<String> {
    let request: Value = serde_json::from_str(text).ok()?;
    Some(request["d"]["client_id"].as_str()?.to_owned())
}

/// The `head` that stands for a push of a log.
fn head(text: &str) -> Option<Frame> {
    let push: Value = serde_json::from_str(text).ok()?;
    let (log, rev) = (push["log"].as_str()?, push["rev"].as_i64()?);
    Some(Frame::of_server(
        &json!({ "ev": "head", "log": log, "rev": rev }).to_string(),
    ))
}
