//! The bus over Redis pub/sub: one connection publishes, another one listens, and each mends itself.
//!
//! Publishing works like the group commit: while one pipeline is under way the next one fills, without a timer. What
//! was subscribed is kept here, so a new connection asks for all of it again before `on_restored` is called. Redis 6 or
//! later is needed: both connections speak RESP3, whose pushes are handled where they are read. Behind a slow reader
//! Redis then sees a full socket and cuts it at its `client-output-buffer-limit pubsub`, instead of an unbounded
//! queue growing here.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{MultiplexedConnection, SendError};
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, Msg, ProtocolVersion, PushInfo, PushKind, RedisError};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::envelope::{self, Poison};
use super::{Bus, BusState, Channel, Envelope, EventSink, NodeBoot, OnRestored};
use crate::metric;

/// Events that wait to be published at most, counted once a channel: a second of a busy node's traffic.
const QUEUE_EVENTS: usize = 65_536;
/// Bytes that wait to be published at most, counted once a channel although channels share them.
const QUEUE_BYTES: usize = 32 << 20;
/// Events in one pipeline at most: beyond a few thousand throughput no longer grows, and each waits for the last.
const PIPELINE_EVENTS: usize = 4_096;
/// Bytes in one pipeline at most, so that it passes within the response timeout on a slow network too.
const PIPELINE_BYTES: usize = 4 << 20;
/// Channels in one SUBSCRIBE at most, so that asking for a hundred thousand of them does not hold up Redis.
const SUBSCRIBE_CHANNELS: usize = 512;
/// How long a connection may take to stand, the greeting included: a stopped Redis accepts and never answers.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long Redis may take to answer. Longer than a fork for a snapshot holds it up, shorter than a person waits.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a connection without traffic is asked whether it lives.
const PING_EVERY: Duration = Duration::from_secs(1);
/// The pause after the first failed attempt; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause between two attempts: with it, events flow again within seconds of Redis coming back.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A connection that stood for this long was a good one: the next pause is the first again.
const STEADY: Duration = Duration::from_secs(10);

/// How this node's Redis is reached.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// `redis://` or `rediss://`, with the password if there is one.
    pub url: SecretString,
    /// What every channel's name begins with, so that several clusters can share one Redis.
    pub prefix: String,
}

/// The address of Redis is no address. The text is not repeated: there may be a password in it.
#[derive(Debug, thiserror::Error)]
#[error("redis.url is not an address of the form redis://[user:password@]host[:port][/database]")]
pub struct InvalidRedisUrl;

/// The bus over Redis. Dropping it ends its connections.
#[derive(Debug)]
pub struct RedisBus {
    shared: Arc<Shared>,
    tasks: [AbortHandle; 2],
}

impl RedisBus {
    /// Starts the bus on `runtime`, whether Redis is there or not: until it is, the state is [`BusState::Down`].
    ///
    /// # Errors
    /// [`InvalidRedisUrl`].
    pub fn start(
        settings: &RedisSettings,
        node: NodeBoot,
        runtime: &Handle,
        sink: EventSink,
        on_restored: OnRestored,
    ) -> Result<Self, InvalidRedisUrl> {
        let client = open(settings.url.expose_secret()).map_err(|_| InvalidRedisUrl)?;
        BusState::Down.record();
        let shared = Arc::new(Shared {
            prefix: settings.prefix.clone(),
            queue: Queue::default(),
            wanted: Wanted::default(),
            links: watch::Sender::new(Links::default()),
        });
        let publisher = Publisher {
            client: client.clone(),
            shared: shared.clone(),
        };
        let subscriber = Subscriber {
            client,
            shared: shared.clone(),
            inbox: Arc::new(Inbox::new(node, sink)),
            on_restored,
        };
        let tasks = [
            runtime.spawn(publisher.run()).abort_handle(),
            runtime.spawn(subscriber.run()).abort_handle(),
        ];
        Ok(Self { shared, tasks })
    }

    /// Events dropped so far on their way out.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.queue.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for RedisBus {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Bus for RedisBus {
    fn publish(&self, events: Vec<(Channel, Envelope)>) {
        self.shared.queue.put(events);
    }

    fn subscribe(&self, channel: Channel) {
        self.shared.wanted.set(channel, true);
    }

    fn unsubscribe(&self, channel: Channel) {
        self.shared.wanted.set(channel, false);
    }

    fn state(&self) -> BusState {
        self.shared.links.borrow().state()
    }
}

/// Reads the address; whatever it says of the protocol, RESP3 is spoken.
fn open(url: &str) -> Result<Client, RedisError> {
    let info = url.into_connection_info()?;
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(redis))
}

/// Handles what Redis sends unasked, on the task that reads it.
type OnPush = Box<dyn Fn(PushInfo) + Send + Sync>;

/// A connection that has answered (one that is still loading its data has not), and what tells of its end.
async fn connect(client: &Client, on_push: OnPush) -> Result<(MultiplexedConnection, Arc<Notify>), RedisError> {
    let lost = Arc::new(Notify::new());
    let tell = lost.clone();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_push_sender(move |push: PushInfo| -> Result<(), SendError> {
            if push.kind == PushKind::Disconnection {
                tell.notify_one();
            } else {
                on_push(push);
            }
            Ok(())
        });
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    ping(&mut connection).await?;
    Ok((connection, lost))
}

async fn ping(connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
    redis::cmd("PING").exec_async(connection).await
}

/// A lock that a panic elsewhere cannot spoil: what it guards is whole between any two statements.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the bus and its two connections share.
#[derive(Debug)]
struct Shared {
    prefix: String,
    queue: Queue,
    wanted: Wanted,
    links: watch::Sender<Links>,
}

impl Shared {
    fn name(&self, channel: Channel) -> String {
        format!("{}:{channel}", self.prefix)
    }

    /// Notes that a connection stands, or why it does not, and tells the operator once a change.
    fn link(&self, link: Link, broken: Option<&RedisError>) {
        let stands = broken.is_none();
        let changed = self.links.send_if_modified(|links| {
            let slot = match link {
                Link::Publish => &mut links.publish,
                Link::Subscribe => &mut links.subscribe,
            };
            slot.replace(stands) != Some(stands)
        });
        if changed {
            match broken {
                None => tracing::info!(?link, "the bus is connected"),
                Some(error) => tracing::warn!(?link, %error, "the bus has no connection"),
            }
            self.links.borrow().state().record();
        }
    }
}

/// Which of the two connections.
#[derive(Debug, Clone, Copy)]
enum Link {
    Publish,
    Subscribe,
}

/// Which connections stand; not known before the first attempt at each.
#[derive(Debug, Clone, Copy, Default)]
struct Links {
    publish: Option<bool>,
    subscribe: Option<bool>,
}

impl Links {
    const fn state(self) -> BusState {
        match (self.publish, self.subscribe) {
            (Some(true), Some(true)) => BusState::Up,
            _ => BusState::Down,
        }
    }
}

/// The pauses between attempts to connect.
struct Backoff(Duration);

impl Backoff {
    const fn new() -> Self {
        Self(FIRST_PAUSE)
    }

    /// The next pause: between a half and the whole of it by chance, so that nodes do not come back in step.
    fn pause(&mut self) -> Duration {
        let whole = self.0;
        self.0 = (whole * 2).min(LONGEST_PAUSE);
        rand::random_range(whole / 2..=whole)
    }

    /// A connection stood for this long.
    fn stood(&mut self, lasted: Duration) {
        if lasted >= STEADY {
            *self = Self::new();
        }
    }
}

/// The channels that are asked for, and those about which that changed since the subscriber last looked.
#[derive(Debug, Default)]
struct Wanted {
    channels: Mutex<Channels>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Channels {
    wanted: HashSet<Channel>,
    changed: HashSet<Channel>,
}

impl Wanted {
    fn set(&self, channel: Channel, wanted: bool) {
        let mut channels = locked(&self.channels);
        let news = if wanted {
            channels.wanted.insert(channel)
        } else {
            channels.wanted.remove(&channel)
        };
        if news {
            channels.changed.insert(channel);
            drop(channels);
            self.changed.notify_one();
        }
    }

    /// Forgets what was done on an earlier connection: everything that is wanted is news.
    fn renew(&self) {
        let mut channels = locked(&self.channels);
        channels.changed = channels.wanted.clone();
    }

    /// What to subscribe and what to unsubscribe, given what is subscribed.
    fn changes(&self, live: &HashSet<Channel>) -> (Vec<Channel>, Vec<Channel>) {
        let mut channels = locked(&self.channels);
        let changed = std::mem::take(&mut channels.changed);
        changed
            .into_iter()
            .filter(|channel| channels.wanted.contains(channel) != live.contains(channel))
            .partition(|channel| channels.wanted.contains(channel))
    }
}

/// The task that publishes.
struct Publisher {
    client: Client,
    shared: Arc<Shared>,
}

impl Publisher {
    async fn run(self) {
        let mut backoff = Backoff::new();
        loop {
            let error = match connect(&self.client, Box::new(drop)).await {
                Ok((connection, lost)) => {
                    self.shared.link(Link::Publish, None);
                    // Something may wait since before.
                    self.shared.queue.filled.notify_one();
                    let since = Instant::now();
                    let error = self.serve(connection, &lost).await;
                    backoff.stood(since.elapsed());
                    error
                }
                Err(error) => {
                    // What waited through a failed attempt is old news, which the hints bring sooner.
                    self.shared.queue.clear();
                    error
                }
            };
            self.shared.link(Link::Publish, Some(&error));
            sleep(backoff.pause()).await;
        }
    }

    /// Publishes until the connection breaks, and says why it did.
    async fn serve(&self, mut connection: MultiplexedConnection, lost: &Notify) -> RedisError {
        let queue = &self.shared.queue;
        loop {
            let result = tokio::select! {
                // First: what is sent over a connection that is gone is lost, what waits is not.
                biased;
                () = lost.notified() => ping(&mut connection).await,
                () = queue.filled.notified() => self.send_all(&mut connection).await,
                () = sleep(PING_EVERY) => ping(&mut connection).await,
            };
            if let Err(error) = result {
                return error;
            }
        }
    }

    async fn send_all(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        loop {
            let events = self.shared.queue.take();
            if events.is_empty() {
                return Ok(());
            }
            self.send(connection, &events).await?;
        }
    }

    async fn send(
        &self,
        connection: &mut MultiplexedConnection,
        events: &[(Channel, Envelope)],
    ) -> Result<(), RedisError> {
        let encoded = envelope::encode(events);
        let queue = &self.shared.queue;
        queue.drop_events("unfit", encoded.unfit);
        if encoded.messages.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        let mut count = 0;
        for message in &encoded.messages {
            count += message.events;
            pipeline
                .cmd("PUBLISH")
                .arg(self.shared.name(message.channel))
                .arg(&message.text)
                .ignore();
        }
        let result = pipeline.exec_async(connection).await;
        match &result {
            Ok(()) => metric::bus_published(count),
            // They may have gone out; to send them again would be to send them late.
            Err(_) => queue.drop_events("unconfirmed", count),
        }
        result
    }
}

/// Where events come in.
struct Inbox {
    node: NodeBoot,
    sink: EventSink,
    told: [AtomicBool; Poison::ALL.len()],
}

impl Inbox {
    fn new(node: NodeBoot, sink: EventSink) -> Self {
        Self {
            node,
            sink,
            told: Poison::ALL.map(|_| AtomicBool::new(false)),
        }
    }

    fn take(&self, message: &Msg) {
        let mut received = 0;
        envelope::decode(message.get_payload_bytes(), self.node, |event| match event {
            Ok(event) => {
                received += 1;
                (self.sink)(event);
            }
            Err(poison) => self.skip(poison, message.get_channel_name()),
        });
        metric::bus_received(received);
    }

    /// Counts what is skipped; tells of the first of each kind alone, or junk would fill the log. Never its content.
    fn skip(&self, poison: Poison, channel: &str) {
        metric::bus_skipped(poison.name());
        let told = Poison::ALL.iter().position(|each| *each == poison);
        let told = told.and_then(|at| self.told.get(at));
        if told.is_some_and(|told| !told.swap(true, Ordering::Relaxed)) {
            tracing::warn!(
                kind = poison.name(),
                channel,
                "a bus message was skipped; more of this kind are only counted"
            );
        }
    }
}

/// The task that listens.
struct Subscriber {
    client: Client,
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    on_restored: OnRestored,
}

impl Subscriber {
    async fn run(self) {
        let mut backoff = Backoff::new();
        let mut missed = false;
        loop {
            let since = Instant::now();
            let error = match self.listen(missed).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            backoff.stood(since.elapsed());
            self.shared.link(Link::Subscribe, Some(&error));
            missed = true;
            sleep(backoff.pause()).await;
        }
    }

    /// Connects, asks for every channel, and follows the changes until the connection breaks.
    async fn listen(&self, missed: bool) -> Result<std::convert::Infallible, RedisError> {
        let inbox = self.inbox.clone();
        let on_push = move |push: PushInfo| {
            // All else confirms what was asked for, and whoever asked waits for that.
            if push.kind == PushKind::Message
                && let Some(message) = Msg::from_push_info(push)
            {
                inbox.take(&message);
            }
        };
        let (mut connection, lost) = connect(&self.client, Box::new(on_push)).await?;
        let mut live = HashSet::new();
        self.shared.wanted.renew();
        self.follow(&mut connection, &mut live).await?;
        self.shared.link(Link::Subscribe, None);
        if missed {
            (self.on_restored)();
        }
        loop {
            tokio::select! {
                () = self.shared.wanted.changed.notified() => {
                    self.follow(&mut connection, &mut live).await?;
                }
                // A ping learns at once why the connection was lost.
                () = lost.notified() => ping(&mut connection).await?,
                () = sleep(PING_EVERY) => ping(&mut connection).await?,
            }
        }
    }

    /// Brings what is subscribed in line with what is wanted.
    async fn follow(
        &self,
        connection: &mut MultiplexedConnection,
        live: &mut HashSet<Channel>,
    ) -> Result<(), RedisError> {
        let (add, remove) = self.shared.wanted.changes(live);
        for part in add.chunks(SUBSCRIBE_CHANNELS) {
            connection.subscribe(self.names(part)).await?;
            live.extend(part);
        }
        for part in remove.chunks(SUBSCRIBE_CHANNELS) {
            connection.unsubscribe(self.names(part)).await?;
            for channel in part {
                live.remove(channel);
            }
        }
        Ok(())
    }

    fn names(&self, channels: &[Channel]) -> Vec<String> {
        channels.iter().map(|c| self.shared.name(*c)).collect()
    }
}

/// The events that wait to be published.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    filled: Notify,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<(Channel, Envelope)>,
    bytes: usize,
}

impl Queue {
    /// Takes what fits and drops the rest: what waits already is older, and its readers sooner see the hole after it.
    fn put(&self, events: Vec<(Channel, Envelope)>) {
        let mut over = 0;
        let mut waiting = locked(&self.waiting);
        for event in events {
            let bytes = waiting.bytes + event.1.weight();
            if waiting.events.len() < QUEUE_EVENTS && bytes <= QUEUE_BYTES {
                waiting.bytes = bytes;
                waiting.events.push_back(event);
            } else {
                over += 1;
            }
        }
        drop(waiting);
        self.filled.notify_one();
        self.drop_events("queue_full", over);
    }

    /// The oldest events, as many as one pipeline takes.
    fn take(&self) -> Vec<(Channel, Envelope)> {
        let mut waiting = locked(&self.waiting);
        let mut bytes = 0;
        let mut count = 0;
        for (_, envelope) in waiting.events.iter().take(PIPELINE_EVENTS) {
            let weight = envelope.weight();
            if count > 0 && bytes + weight > PIPELINE_BYTES {
                break;
            }
            bytes += weight;
            count += 1;
        }
        waiting.bytes = waiting.bytes.saturating_sub(bytes);
        waiting.events.drain(..count).collect()
    }

    fn clear(&self) {
        let events = std::mem::take(&mut *locked(&self.waiting)).events;
        self.drop_events("redis_down", events.len());
    }

    fn drop_events(&self, reason: &'static str, events: usize) {
        if events > 0 {
            self.dropped.fetch_add(events as u64, Ordering::Relaxed);
            metric::bus_dropped(reason, events);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::future::Future;
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use bytes::Bytes;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::time::timeout;

    use super::super::Class;
    use super::*;
    use crate::ids::{ConversationId, UserId};
    use crate::protocol::LogId;

    /// Longer than anything that is waited for here, on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// A Redis of the test's own, without a file, ended with the test.
    struct Server {
        port: u16,
        process: Child,
    }

    impl Server {
        fn start() -> Self {
            let port = free_port();
            Self {
                port,
                process: launch(port),
            }
        }

        fn kill(&mut self) {
            self.process.kill().unwrap();
            self.process.wait().unwrap();
        }

        fn restart(&mut self) {
            self.process = launch(self.port);
        }

        fn signal(&self, signal: &str) {
            let id = self.process.id().to_string();
            let status = Command::new("kill").args([signal, &id]).status().unwrap();
            assert!(status.success());
        }

        /// A plain connection, to look at Redis from outside.
        async fn client(&self) -> MultiplexedConnection {
            let client = Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
            client.get_multiplexed_async_connection().await.unwrap()
        }

        /// Waits until so many channels have a subscriber.
        async fn channels(&self, count: usize) {
            let mut client = self.client().await;
            until("the channels to be subscribed", async || {
                let mut command = redis::cmd("PUBSUB");
                command.arg("CHANNELS").arg("quipu:*");
                let names: Vec<String> = command.query_async(&mut client).await.unwrap();
                names.len() == count
            })
            .await;
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            // It may have been killed by the test.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    }

    fn launch(port: u16) -> Child {
        let binary = std::env::var("QUIPU_TEST_REDIS_SERVER").unwrap_or_else(|_| "/usr/bin/redis-server".to_owned());
        assert!(
            Path::new(&binary).exists(),
            "{binary} is not there: install redis-server (apt-get install redis-server), \
             or set QUIPU_TEST_REDIS_SERVER to where it is"
        );
        let mut process = Command::new(binary)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines
            .map_while(Result::ok)
            .any(|line| line.contains("Ready to accept connections"));
        assert!(ready, "redis-server ended before it was ready");
        process
    }

    /// A bus, what it receives, and how often it was restored.
    struct Node {
        bus: RedisBus,
        boot: NodeBoot,
        events: UnboundedReceiver<Envelope>,
        restored: UnboundedReceiver<()>,
    }

    impl Node {
        fn start(port: u16, prefix: &str) -> Self {
            let (sender, events) = unbounded_channel();
            let (restore, restored) = unbounded_channel();
            let boot = NodeBoot::fresh();
            let settings = RedisSettings {
                url: format!("redis://127.0.0.1:{port}").into(),
                prefix: prefix.to_owned(),
            };
            let bus = RedisBus::start(
                &settings,
                boot,
                &Handle::current(),
                Arc::new(move |event| sender.send(event).unwrap_or_default()),
                Arc::new(move || restore.send(()).unwrap_or_default()),
            )
            .unwrap();
            Self {
                bus,
                boot,
                events,
                restored,
            }
        }

        async fn state(&self, state: BusState) {
            let mut links = self.bus.shared.links.subscribe();
            let known = |links: &Links| links.publish.is_some() && links.subscribe.is_some();
            within(
                "the state",
                links.wait_for(|links| known(links) && links.state() == state),
            )
            .await
            .unwrap();
            assert_eq!(self.bus.state(), state);
        }

        fn event(&self, rev: i64) -> Envelope {
            Envelope {
                origin: self.boot,
                log: LogId::User(UserId::SYSTEM),
                prev: rev - 1,
                rev,
                shows: None,
                turns_members: false,
                class: Class::LOGGED,
                conversation: None,
                to: None,
                payload: Bytes::from_static(br#"{"ev":"message.posted"}"#),
            }
        }

        fn say(&self, channel: Channel, rev: i64) {
            self.bus.publish(vec![(channel, self.event(rev))]);
        }

        async fn hear(&mut self) -> i64 {
            within("an event", self.events.recv()).await.unwrap().rev
        }
    }

    async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
        match timeout(PATIENCE, future).await {
            Ok(value) => value,
            Err(_) => panic!("waited too long for {what}"),
        }
    }

    async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
        within(what, async {
            while !condition().await {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    fn channel() -> Channel {
        Channel::User(UserId::fresh())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_nodes_deliver_to_each_other_and_not_to_themselves() {
        let server = Server::start();
        let mut a = Node::start(server.port, "quipu");
        let mut b = Node::start(server.port, "quipu");
        let (of_a, of_b) = (channel(), channel());
        a.state(BusState::Up).await;
        b.state(BusState::Up).await;
        for _ in 0..2 {
            a.bus.subscribe(of_a);
            a.bus.subscribe(of_b);
            b.bus.subscribe(of_b);
        }
        server.channels(2).await;
        let mut client = server.client().await;
        let name = b.bus.shared.name(of_b);
        until("both to be subscribed", async || {
            let mut command = redis::cmd("PUBSUB");
            command.arg("NUMSUB").arg(&name);
            let (_, count): (String, i64) = command.query_async(&mut client).await.unwrap();
            count == 2
        })
        .await;

        for rev in 1..=1_000 {
            a.say(of_b, rev);
        }
        for rev in 1..=1_000 {
            assert_eq!(b.hear().await, rev, "in order");
        }
        b.say(of_a, 7);
        assert_eq!(a.hear().await, 7, "and nothing of its own before");

        a.bus.unsubscribe(of_a);
        a.bus.unsubscribe(of_a);
        server.channels(1).await;
        b.say(of_a, 8);
        b.say(of_b, 9);
        assert_eq!(a.hear().await, 9);
        assert_eq!(a.bus.dropped() + b.bus.dropped(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn clusters_with_their_own_prefixes_share_a_redis() {
        let server = Server::start();
        let mut a = Node::start(server.port, "quipu");
        let mut b = Node::start(server.port, "quipu:other");
        let c = Node::start(server.port, "quipu:other");
        let one = channel();
        a.bus.subscribe(one);
        b.bus.subscribe(one);
        server.channels(2).await;
        c.say(one, 1);
        assert_eq!(b.hear().await, 1);
        let d = Node::start(server.port, "quipu");
        d.say(one, 2);
        assert_eq!(a.hear().await, 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_killed_redis_that_comes_back_has_every_subscription_again() {
        const CHANNELS: usize = 3 * SUBSCRIBE_CHANNELS / 2;
        let mut server = Server::start();
        let a = Node::start(server.port, "quipu");
        let mut b = Node::start(server.port, "quipu");
        let all: Vec<_> = (0..CHANNELS)
            .map(|_| Channel::Conversation(ConversationId::fresh()))
            .collect();
        for each in &all {
            b.bus.subscribe(*each);
        }
        server.channels(CHANNELS).await;
        assert!(b.restored.try_recv().is_err(), "nothing was missed yet");

        server.kill();
        a.state(BusState::Down).await;
        b.state(BusState::Down).await;
        let late = channel();
        b.bus.subscribe(late);
        b.bus.unsubscribe(all[0]);
        server.restart();
        within("on_restored", b.restored.recv()).await;
        let mut client = server.client().await;
        let names: Vec<String> = redis::cmd("PUBSUB")
            .arg("CHANNELS")
            .query_async(&mut client)
            .await
            .unwrap();
        assert_eq!(names.len(), CHANNELS, "all of them at the moment of the call");

        a.state(BusState::Up).await;
        b.state(BusState::Up).await;
        a.say(all[0], 1);
        a.say(late, 2);
        assert_eq!(b.hear().await, 2);
        a.say(all[CHANNELS - 1], 3);
        assert_eq!(b.hear().await, 3);
        assert!(b.restored.try_recv().is_err(), "once");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn publishing_without_redis_never_waits_and_what_is_dropped_is_counted() {
        const MORE: usize = 1_000;
        let mut server = Server::start();
        let mut a = Node::start(server.port, "quipu");
        let mut b = Node::start(server.port, "quipu");
        let one = channel();
        b.bus.subscribe(one);
        server.channels(1).await;
        a.state(BusState::Up).await;
        server.kill();
        a.state(BusState::Down).await;

        let total = QUEUE_EVENTS + MORE;
        let started = Instant::now();
        for part in (0..total).collect::<Vec<_>>().chunks(MORE) {
            let events = part.iter().map(|_| (one, a.event(1))).collect();
            a.bus.publish(events);
        }
        assert!(started.elapsed() < RESPONSE_TIMEOUT, "nothing was waited for");
        until("all to be dropped", async || a.bus.dropped() == total as u64).await;

        server.restart();
        a.state(BusState::Up).await;
        within("on_restored", b.restored.recv()).await;
        a.say(one, 2);
        assert_eq!(b.hear().await, 2);
        assert!(a.events.try_recv().is_err());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_stopped_redis_is_noticed_and_survived() {
        let server = Server::start();
        let a = Node::start(server.port, "quipu");
        let mut b = Node::start(server.port, "quipu");
        let one = channel();
        b.bus.subscribe(one);
        server.channels(1).await;
        a.state(BusState::Up).await;
        server.signal("-STOP");
        let started = Instant::now();
        a.say(one, 1);
        assert!(started.elapsed() < RESPONSE_TIMEOUT);
        a.state(BusState::Down).await;
        b.state(BusState::Down).await;
        // It is not known whether it went out.
        until("it to be counted", async || a.bus.dropped() == 1).await;

        server.signal("-CONT");
        a.state(BusState::Up).await;
        within("on_restored", b.restored.recv()).await;
        a.say(one, 2);
        // The first may arrive late, from what the stopped Redis had been sent.
        while b.hear().await != 2 {}
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_node_starts_without_redis_and_finds_it_later() {
        let port = free_port();
        let mut b = Node::start(port, "quipu");
        let one = channel();
        b.bus.subscribe(one);
        assert_eq!(b.bus.state(), BusState::Down);
        b.state(BusState::Down).await;
        let server = Server {
            port,
            process: launch(port),
        };
        b.state(BusState::Up).await;
        within("on_restored", b.restored.recv()).await;
        let a = Node::start(server.port, "quipu");
        a.say(one, 1);
        assert_eq!(b.hear().await, 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn junk_on_a_channel_is_skipped() {
        let server = Server::start();
        let mut a = Node::start(server.port, "quipu");
        let b = Node::start(server.port, "quipu");
        let one = channel();
        a.bus.subscribe(one);
        server.channels(1).await;
        let mut client = server.client().await;
        let large = vec![b'['; 2 << 20];
        let junk: [&[u8]; 7] = [
            b"",
            b"junk",
            &[0xff; 64],
            b"{\"v\":99}",
            b"{\"v\":1,\"o\":\"0000000000000001\",\"e\":[1,{\"l\":\"c:no\"}]}",
            b"[[[[[[[[[",
            &large,
        ];
        for text in junk {
            let mut command = redis::cmd("PUBLISH");
            command.arg(a.bus.shared.name(one)).arg(text);
            let heard: i64 = command.query_async(&mut client).await.unwrap();
            assert_eq!(heard, 1);
        }
        b.say(one, 1);
        assert_eq!(a.hear().await, 1);
        assert_eq!(a.bus.state(), BusState::Up);
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_without_repeating_it() {
        let settings = RedisSettings {
            url: "http://:secret@nowhere".to_owned().into(),
            prefix: "quipu".to_owned(),
        };
        let refused = RedisBus::start(
            &settings,
            NodeBoot::fresh(),
            &Handle::current(),
            Arc::new(drop),
            Arc::new(|| {}),
        )
        .unwrap_err();
        assert!(!format!("{refused} {refused:?} {settings:?}").contains("secret"));
    }

    #[test]
    fn a_queue_takes_no_more_than_its_bytes() {
        let queue = Queue::default();
        let event = Envelope {
            origin: NodeBoot::from(1),
            log: LogId::User(UserId::SYSTEM),
            prev: 0,
            rev: 1,
            shows: None,
            turns_members: false,
            class: Class::LOGGED,
            conversation: None,
            to: None,
            payload: Bytes::from(vec![b'1'; QUEUE_BYTES / 3]),
        };
        queue.put(vec![(channel(), event); 4]);
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 2);
        assert_eq!(queue.take().len(), 1, "a pipeline takes at least one");
        assert_eq!(queue.take().len(), 1);
        assert!(queue.take().is_empty());
        assert_eq!(locked(&queue.waiting).bytes, 0);
    }

    #[test]
    fn pauses_grow_to_their_bound() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..20).map(|_| backoff.pause()).collect();
        assert!(pauses[0] <= FIRST_PAUSE);
        assert!(pauses[19] >= LONGEST_PAUSE / 2 && pauses[19] <= LONGEST_PAUSE);
        backoff.stood(STEADY / 2);
        assert!(backoff.pause() > FIRST_PAUSE);
        backoff.stood(STEADY);
        assert!(backoff.pause() <= FIRST_PAUSE);
    }
}
