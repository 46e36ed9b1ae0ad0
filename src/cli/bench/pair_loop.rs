//! The loop of one pair: a window of requests, each under way until it is acknowledged to its sender and received by the
//! other; or requests at a steady rate, each counted from the moment at which it should have left. One task has both
//! sockets, so nothing is shared but the meter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::args::Plan;
use super::continuity::Faults;
use super::frames::{Heard, Pay, Refusal, Send};
use super::meter::{Meter, Samples};
use super::pairs::Pair;
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

/// How every pair works.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) errand: Errand,
    pub(super) window: usize,
    pub(super) size: usize,
    /// Microseconds between two requests of a pair at a steady rate; none in a closed loop.
    pub(super) every: Option<u64>,
    pub(super) meter: Meter,
}

/// Microseconds between two requests of each pair at the rate of a plan.
pub(super) fn pace(plan: &Plan) -> Option<u64> {
    const SECOND: u64 = 1_000_000;
    plan.rate.map(|rate| (SECOND * plan.pairs as u64 / rate).max(1))
}

/// What one pair did.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) pair: Pair,
    pub(super) faults: Faults,
    pub(super) acknowledged: u64,
}

/// Lets all pairs work until the time is over; the first error ends all of them.
pub(super) async fn run_all(pairs: Vec<Pair>, work: &Arc<Work>) -> anyhow::Result<Vec<Outcome>> {
    let mut tasks = JoinSet::new();
    let together = pairs.len().max(1) as u64;
    for (pair, place) in pairs.into_iter().zip(0_u64..) {
        // Spread over the time between two requests of a pair.
        let first = work.every.unwrap_or(0) * place / together;
        tasks.spawn(Course::new(pair, Arc::clone(work), first).run());
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
}

#[derive(Debug)]
struct Course {
    work: Arc<Work>,
    pair: Pair,
    under_way: BTreeMap<u64, UnderWay>,
    newest_received: u64,
    /// When the next request should leave, at a steady rate.
    due: u64,
    rest_until: Instant,
    acknowledged: u64,
    faults: Faults,
    samples: Samples,
}

impl Course {
    fn new(pair: Pair, work: Arc<Work>, due: u64) -> Self {
        Self {
            work,
            pair,
            under_way: BTreeMap::new(),
            newest_received: 0,
            due,
            rest_until: Instant::now(),
            acknowledged: 0,
            faults: Faults::default(),
            samples: Samples::default(),
        }
    }

    async fn run(mut self) -> anyhow::Result<Outcome> {
        let patience_ends = self.work.meter.timeline().patience_ends().into();
        loop {
            let over = self.work.meter.timeline().is_over();
            if over && self.under_way.is_empty() {
                break;
            }
            let rests = Instant::now() < self.rest_until;
            if !over && !rests {
                self.fill().await?;
            }
            let wake = self.wakes_at();
            tokio::select! {
                frame = self.pair.sender.socket.next() => self.at_sender(&frame?)?,
                frame = self.pair.receiver.socket.next() => self.at_receiver(&frame?)?,
                () = tokio::time::sleep_until(self.rest_until), if rests => {}
                () = tokio::time::sleep_until(wake.unwrap_or(patience_ends)), if wake.is_some() && !rests && !over => {}
                () = tokio::time::sleep_until(patience_ends) => break,
            }
            while let Some(frame) = self.pair.sender.socket.ready() {
                self.at_sender(&frame?)?;
            }
            while let Some(frame) = self.pair.receiver.socket.ready() {
                self.at_receiver(&frame?)?;
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
        })
    }

    /// Sends as many requests as the window has room for, in one write.
    async fn fill(&mut self) -> anyhow::Result<()> {
        let room = self.work.window.saturating_sub(self.under_way.len());
        let mut laid = false;
        for _ in 0..room {
            let now = self.work.meter.timeline().now();
            let leaves_at = match self.work.every {
                None => now,
                Some(every) if self.due <= now => {
                    let due = self.due;
                    self.due += every;
                    due
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
        self.work.every.filter(|_| self.under_way.len() < self.work.window)?;
        Some(self.work.meter.timeline().at(self.due).into())
    }

    async fn lay_one(&mut self, sent_at: u64) -> anyhow::Result<()> {
        let Pair {
            sender,
            receiver,
            conversation,
        } = &mut self.pair;
        let number = sender.socket.take_id();
        let words = Stamp { number, sent_at }.write(self.work.size);
        let client_id = ClientId::fresh();
        let conversation = conversation.id;
        match &self.work.errand {
            Errand::Write => {
                let send = Send {
                    client_id,
                    conversation,
                    text: &words,
                };
                sender.socket.lay(number, "message.send", send).await?;
            }
            Errand::Pay { amount, currency } => {
                let pay = Pay {
                    client_id,
                    conversation,
                    to: receiver.id,
                    amount,
                    currency,
                    note: &words,
                };
                sender.socket.lay(number, "transfer.send", pay).await?;
            }
        }
        let sent = UnderWay {
            sent_at,
            acknowledged: false,
            received: false,
        };
        self.under_way.insert(number, sent);
        Ok(())
    }

    fn at_sender(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.pair.sender.follow(&heard, &mut self.faults);
        match (heard.id, heard.err) {
            (id, Some(refusal)) => self.refused(id, refusal),
            (Some(id), None) => {
                self.came_through(id, false);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    fn at_receiver(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.pair.receiver.follow(&heard, &mut self.faults);
        let posted = heard.ev.as_deref() == Some("message.posted");
        let words = heard.d.as_ref().filter(|_| posted).and_then(|d| d.words());
        if let Some(stamp) = words.and_then(Stamp::read) {
            if stamp.number < self.newest_received && self.under_way.contains_key(&stamp.number) {
                self.faults.overtaken += 1;
            }
            self.newest_received = self.newest_received.max(stamp.number);
            self.came_through(stamp.number, true);
        }
        Ok(())
    }

    /// The acknowledgement or the receipt of a request; with both it is through.
    fn came_through(&mut self, number: u64, receipt: bool) {
        let timeline = self.work.meter.timeline();
        let now = timeline.now();
        let Some(one) = self.under_way.get_mut(&number) else {
            self.faults.doubled += 1;
            return;
        };
        let seen = if receipt {
            self.samples.received(one.sent_at, now, timeline);
            &mut one.received
        } else {
            self.samples.acknowledged(one.sent_at, now, timeline);
            self.acknowledged += 1;
            &mut one.acknowledged
        };
        if std::mem::replace(seen, true) {
            self.faults.doubled += 1;
        }
        if one.received && one.acknowledged {
            self.under_way.remove(&number);
        }
    }

    fn refused(&mut self, id: Option<u64>, refusal: Refusal) -> anyhow::Result<()> {
        self.work.meter.refused(&refusal.code);
        let Some(id) = id.filter(|_| refusal.goes_on()) else {
            return Err(refusal.into_error(match self.work.errand {
                Errand::Write => "message.send",
                Errand::Pay { .. } => "transfer.send",
            }));
        };
        self.under_way.remove(&id);
        let rest = refusal.retry_after_ms.map_or(REST, Duration::from_millis);
        self.rest_until = Instant::now() + rest.min(LONGEST_REST);
        Ok(())
    }
}
