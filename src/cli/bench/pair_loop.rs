//! The loop of one pair: a window of requests, each under way until it is acknowledged to its sender and received by the
//! other; or requests at a steady rate, each counted from the moment at which it should have left. One task has both
//! sockets, so nothing is shared but the meter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::continuity::Faults;
use super::disturbance::next_cut;
use super::frames::{Heard, Pay, Refusal, Send};
use super::meter::{Meter, Samples};
use super::pairs::{Incoming, Pair, Receiver, Side};
use super::plan::{Pace, PairPlan};
use super::socket;
use super::stamp::Stamp;
use crate::ids::ClientId;

/// How long a sender rests after `busy` when the server does not say.
const REST: Duration = Duration::from_millis(20);
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// What one side does to the other.
#[derive(Debug)]
pub(super) enum Errand {
    /// Writes.
    Write,
    /// Pays.
    Pay {
        /// How much each time: a decimal string.
        amount: String,
        /// ISO 4217.
        currency: String,
    },
}

impl Errand {
    const fn op(&self) -> &'static str {
        match self {
            Self::Write => "message.send",
            Self::Pay { .. } => "transfer.send",
        }
    }
}

/// How every pair works.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) errand: Errand,
    pub(super) plan: PairPlan,
    pub(super) meter: Arc<Meter>,
    /// The number of the last cut, when connections may be lost: then they are made anew, and requests without an answer
    /// are sent again.
    pub(super) cuts: Option<watch::Receiver<u64>>,
}

/// What one pair did.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) pair: Pair,
    pub(super) faults: Faults,
    pub(super) acknowledged: u64,
    /// The numbers of what was acknowledged, when connections could be lost.
    pub(super) numbers: Vec<u64>,
}

/// Lets all pairs work until the time is over; the first error ends all of them.
pub(super) async fn run_all(pairs: Vec<Pair>, work: &Arc<Work>) -> anyhow::Result<Vec<Outcome>> {
    let mut tasks = JoinSet::new();
    let together = pairs.len().max(1) as u64;
    let every = work.plan.pace.every(pairs.len());
    for (pair, place) in pairs.into_iter().zip(0_u64..) {
        // Spread over the time between two requests of a pair.
        let first = every.unwrap_or(0) * place / together;
        tasks.spawn(Course::new(pair, Arc::clone(work), place, every, first).run());
    }
    let mut outcomes = Vec::with_capacity(tasks.len());
    while let Some(outcome) = tasks.join_next().await {
        outcomes.push(outcome??);
    }
    Ok(outcomes)
}

/// A request that has not come through yet.
#[derive(Debug)]
struct UnderWay {
    sent_at: u64,
    acknowledged: bool,
    received: bool,
    /// Over another connection than the first.
    sent_again: bool,
    /// As it was sent, where it may have to be sent again.
    frame: Option<Utf8Bytes>,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Sender,
    Receiver,
}

#[derive(Debug)]
struct Course {
    work: Arc<Work>,
    pair: Pair,
    place: u64,
    cuts: Option<watch::Receiver<u64>>,
    under_way: BTreeMap<u64, UnderWay>,
    newest_received: u64,
    /// Microseconds between two requests at a steady rate.
    every: Option<u64>,
    /// When the next request should leave, at a steady rate.
    due: u64,
    rest_until: Instant,
    /// When the sender's connection was lost, until something is acknowledged again.
    lost_at: Option<u64>,
    acknowledged: u64,
    numbers: Vec<u64>,
    faults: Faults,
    samples: Samples,
}

impl Course {
    fn new(pair: Pair, work: Arc<Work>, place: u64, every: Option<u64>, due: u64) -> Self {
        Self {
            cuts: work.cuts.clone(),
            work,
            pair,
            place,
            under_way: BTreeMap::new(),
            newest_received: 0,
            every,
            due,
            rest_until: Instant::now(),
            lost_at: None,
            acknowledged: 0,
            numbers: Vec::new(),
            faults: Faults::default(),
            samples: Samples::default(),
        }
    }

    async fn run(mut self) -> anyhow::Result<Outcome> {
        let patience_ends: Instant = self.work.meter.timeline().patience_ends().into();
        loop {
            let over = self.work.meter.timeline().is_over();
            if over && self.under_way.is_empty() {
                break;
            }
            let rests = Instant::now() < self.rest_until;
            if !over
                && !rests
                && let Err(error) = self.fill().await
            {
                self.sender_back(error).await?;
            }
            let wake = self.wakes_at();
            tokio::select! {
                frame = self.pair.sender.socket.next() => self.answered(frame).await?,
                incoming = self.pair.receiver.next() => self.came(incoming).await?,
                cut = next_cut(&mut self.cuts) => self.cut(cut),
                () = tokio::time::sleep_until(self.rest_until), if rests => {}
                () = tokio::time::sleep_until(wake.unwrap_or(patience_ends)), if wake.is_some() && !rests && !over => {}
                () = tokio::time::sleep_until(patience_ends) => break,
            }
            while let Some(frame) = self.pair.sender.socket.ready() {
                self.answered(frame).await?;
            }
            while let Some(incoming) = self.pair.receiver.ready() {
                self.came(incoming).await?;
            }
            self.work.meter.take(&mut self.samples);
        }
        for left in self.under_way.values() {
            self.faults.lost += u64::from(!left.received);
            self.faults.unanswered += u64::from(!left.acknowledged);
        }
        Ok(Outcome {
            pair: self.pair,
            faults: self.faults,
            acknowledged: self.acknowledged,
            numbers: self.numbers,
        })
    }

    /// Sends as many requests as the window has room for, in one write.
    async fn fill(&mut self) -> anyhow::Result<()> {
        let room = self.work.plan.window.saturating_sub(self.under_way.len());
        let mut laid = false;
        for _ in 0..room {
            let now = self.work.meter.timeline().now();
            let leaves_at = match self.every {
                None => now,
                Some(every) if self.due <= now => {
                    let due = self.due;
                    self.due += every;
                    match self.work.plan.pace {
                        Pace::Pressing(_) => now,
                        _ => due,
                    }
                }
                Some(_) => break,
            };
            self.lay_one(leaves_at).await?;
            laid = true;
        }
        if laid {
            self.pair.sender.socket.flush().await?;
        }
        Ok(())
    }

    /// When the next request is due, unless as many are under way as may be.
    fn wakes_at(&self) -> Option<Instant> {
        self.every.filter(|_| self.under_way.len() < self.work.plan.window)?;
        Some(self.work.meter.timeline().at(self.due).into())
    }

    async fn lay_one(&mut self, sent_at: u64) -> anyhow::Result<()> {
        let Pair {
            sender,
            receiver,
            conversation,
        } = &mut self.pair;
        let number = sender.socket.take_id();
        let words = Stamp { number, sent_at }.write(self.work.plan.size);
        let client_id = ClientId::fresh();
        let conversation = conversation.id;
        let op = self.work.errand.op();
        let frame = match &self.work.errand {
            Errand::Write => {
                let text = &words;
                socket::frame(
                    number,
                    op,
                    Send {
                        client_id,
                        conversation,
                        text,
                    },
                )?
            }
            Errand::Pay { amount, currency } => {
                let pay = Pay {
                    client_id,
                    conversation,
                    to: receiver.id(),
                    amount,
                    currency,
                    note: &words,
                };
                socket::frame(number, op, pay)?
            }
        };
        let sent = UnderWay {
            sent_at,
            acknowledged: false,
            received: false,
            sent_again: false,
            frame: self.cuts.is_some().then(|| frame.clone()),
        };
        self.under_way.insert(number, sent);
        sender.socket.lay_text(frame).await
    }

    async fn answered(&mut self, frame: anyhow::Result<Utf8Bytes>) -> anyhow::Result<()> {
        match frame {
            Ok(frame) => self.at_sender(&frame),
            Err(error) => self.sender_back(error).await,
        }
    }

    async fn came(&mut self, incoming: anyhow::Result<Incoming>) -> anyhow::Result<()> {
        match incoming {
            Ok(Incoming::Frame(frame)) => self.at_receiver(&frame),
            Ok(Incoming::Stamp(stamp)) => {
                self.received(stamp);
                Ok(())
            }
            Err(error) => self.receiver_back(error).await,
        }
    }

    fn at_sender(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.pair.sender.follow(&heard, &mut self.faults, self.cuts.is_some());
        match (heard.id, heard.err) {
            (id, Some(refusal)) => self.refused(id, refusal),
            (Some(id), None) => {
                self.came_through(id, Who::Sender);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    fn at_receiver(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        // What was read by `sync` already may be pushed as well, and is no news.
        let Receiver::Alone(side) = &mut self.pair.receiver else {
            return Ok(());
        };
        let news = side.follow(&heard, &mut self.faults, self.cuts.is_some());
        let posted = news && heard.ev.as_deref() == Some("message.posted");
        let words = heard.d.as_ref().filter(|_| posted).and_then(|d| d.words());
        if let Some(stamp) = words.and_then(Stamp::read) {
            self.received(stamp);
        }
        Ok(())
    }

    fn received(&mut self, stamp: Stamp) {
        if stamp.number < self.newest_received && self.under_way.contains_key(&stamp.number) {
            self.faults.overtaken += 1;
        }
        self.newest_received = self.newest_received.max(stamp.number);
        self.came_through(stamp.number, Who::Receiver);
    }

    /// The acknowledgement or the receipt of a request; with both it is through.
    fn came_through(&mut self, number: u64, by: Who) {
        let timeline = self.work.meter.timeline();
        let now = timeline.now();
        let Some(one) = self.under_way.get_mut(&number) else {
            self.faults.doubled += 1;
            return;
        };
        let seen = match by {
            Who::Receiver => {
                self.samples.received(one.sent_at, now, timeline);
                &mut one.received
            }
            Who::Sender => {
                self.samples.acknowledged(one.sent_at, now, timeline);
                self.acknowledged += 1;
                if self.cuts.is_some() {
                    self.numbers.push(number);
                }
                if let Some(lost_at) = self.lost_at.take() {
                    self.work.meter.recovered(now.saturating_sub(lost_at));
                }
                &mut one.acknowledged
            }
        };
        if std::mem::replace(seen, true) {
            self.faults.doubled += 1;
        }
        if one.received && one.acknowledged {
            self.under_way.remove(&number);
            self.think();
        }
    }

    /// Until somebody has another thought, after an exponentially distributed time.
    #[allow(clippy::float_arithmetic)]
    fn think(&mut self) {
        let Pace::Thinking(mean) = self.work.plan.pace else {
            return;
        };
        let chance: f64 = rand::random();
        let mean = Duration::from_millis(mean);
        // The inverse of the distribution function; 1 - chance lies in (0, 1]. Ten times the mean is rare enough.
        let thought = mean.mul_f64((-(1.0 - chance).ln()).clamp(0.0, 10.0));
        self.rest_until = Instant::now() + thought;
    }

    fn refused(&mut self, id: Option<u64>, refusal: Refusal) -> anyhow::Result<()> {
        self.work.meter.refused(&refusal.code);
        // Of what was sent over an earlier connection a refusal does not say whether it was done then.
        let open = id.is_some_and(|id| self.under_way.get(&id).is_some_and(|one| one.sent_again));
        let again = self.cuts.is_some() && refusal.may_be_repeated() && (open || !refusal.goes_on());
        let Some(id) = id.filter(|_| refusal.goes_on() || again) else {
            return Err(refusal.into_error(self.work.errand.op()));
        };
        let rest = refusal
            .retry_after_ms
            .map_or(REST, Duration::from_millis)
            .min(LONGEST_REST);
        self.rest_until = Instant::now() + rest;
        if again {
            // Whether it was done is not known: the connection is lost on purpose, and what is open is sent again.
            self.pair.sender.socket.cut();
        } else {
            self.under_way.remove(&id);
        }
        Ok(())
    }

    /// One pair in four loses its sender's connection, and another its receiver's.
    fn cut(&mut self, number: u64) {
        match (self.place + number) % 4 {
            0 => self.pair.sender.socket.cut(),
            1 => {
                if let Receiver::Alone(side) = &self.pair.receiver {
                    side.socket.cut();
                }
            }
            _ => {}
        }
    }

    /// The receiver's connection was lost: a new one, and what came meanwhile.
    async fn receiver_back(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        let until = self.work.meter.timeline().patience_ends().into();
        let missed = match &mut self.pair.receiver {
            Receiver::Alone(side) if self.cuts.is_some() => side.again(until).await?,
            _ => return Err(error),
        };
        for stamp in missed
            .messages
            .iter()
            .filter_map(|message| Stamp::read(message.words()?))
        {
            self.received(stamp);
        }
        missed.pushed.iter().try_for_each(|frame| self.at_receiver(frame))
    }

    /// The sender's connection was lost: a new one, and what has no answer once more.
    async fn sender_back(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        if self.cuts.is_none() {
            return Err(error);
        }
        let until = self.work.meter.timeline().patience_ends().into();
        let now = self.work.meter.timeline().now();
        self.lost_at.get_or_insert(now);
        loop {
            let missed = self.pair.sender.again(until).await?;
            missed.pushed.iter().try_for_each(|frame| self.at_sender(frame))?;
            match self.send_again().await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error),
                // Lost once more.
                Err(_) => {}
            }
        }
    }

    async fn send_again(&mut self) -> anyhow::Result<()> {
        let Side { socket, .. } = &mut self.pair.sender;
        for one in self.under_way.values_mut().filter(|one| !one.acknowledged) {
            if let Some(frame) = &one.frame {
                one.sent_again = true;
                socket.lay_text(frame.clone()).await?;
            }
        }
        socket.flush().await
    }
}
