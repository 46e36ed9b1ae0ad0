//! The closed loop of one room: a window of messages, each under way until it is acknowledged to its writer and every
//! reader has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use tokio::sync::{mpsc, watch};

use super::args::Plan;
use super::continuity::{Arrivals, Cursor, Faults};
use super::frames::{Conversation, Heard, Send};
use super::meter::{Meter, Samples};
use super::socket::Socket;
use super::stamp::Stamp;
use super::timeline::Timeline;
use crate::ids::ClientId;
use crate::protocol::LogId;

/// What writer and readers share.
#[derive(Debug)]
pub(super) struct Board {
    meter: Meter,
    /// How many readers have each message of the window, by its number modulo the window.
    arrived: Vec<AtomicUsize>,
    readers: usize,
    everywhere: mpsc::Sender<u64>,
}

impl Board {
    /// Nothing has arrived; `everywhere` tells the writer what every reader has.
    pub(super) fn new(meter: Meter, window: usize, readers: usize, everywhere: mpsc::Sender<u64>) -> Self {
        Self {
            meter,
            arrived: (0..window).map(|_| AtomicUsize::new(0)).collect(),
            readers,
            everywhere,
        }
    }

    /// The figures.
    pub(super) const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// How many read.
    pub(super) const fn readers(&self) -> usize {
        self.readers
    }

    /// A reader has a message. The last one tells the writer.
    fn arrived(&self, number: u64) -> anyhow::Result<()> {
        let slot = usize::try_from(number)? % self.arrived.len();
        if self.arrived[slot].fetch_add(1, Ordering::AcqRel) + 1 == self.readers {
            // Free for the message a window later, which leaves only once the writer has heard of this one.
            self.arrived[slot].store(0, Ordering::Release);
            self.everywhere
                .try_send(number)
                .context("more messages than the window has")?;
        }
        Ok(())
    }
}

/// What the writer did.
#[derive(Debug)]
pub(super) struct Written {
    /// The number after its last message.
    pub(super) next_number: u64,
    pub(super) acknowledged: u64,
    pub(super) faults: Faults,
}

/// A message that has not come through yet.
#[derive(Debug)]
struct UnderWay {
    sent_at: u64,
    acknowledged: bool,
    everywhere: bool,
}

/// The one who writes.
pub(super) struct Writer {
    socket: Socket,
    cursor: Cursor,
    room: Conversation,
    window: usize,
    size: usize,
    heard: mpsc::Receiver<u64>,
    under_way: BTreeMap<u64, UnderWay>,
    acknowledged: u64,
    faults: Faults,
    samples: Samples,
}

impl Writer {
    /// Ready to begin.
    pub(super) fn new(socket: Socket, room: &Conversation, plan: &Plan, heard: mpsc::Receiver<u64>) -> Self {
        Self {
            socket,
            cursor: Cursor::new(LogId::Conversation(room.id), room.rev),
            room: *room,
            window: plan.window,
            size: plan.size,
            heard,
            under_way: BTreeMap::new(),
            acknowledged: 0,
            faults: Faults::default(),
            samples: Samples::default(),
        }
    }

    /// Writes until the time is over and everything has come through, or patience ends.
    pub(super) async fn run(mut self, board: &Board) -> anyhow::Result<Written> {
        let timeline = board.meter.timeline();
        let patience_ends = timeline.patience_ends().into();
        while !(timeline.is_over() && self.under_way.is_empty()) {
            if !timeline.is_over() {
                self.fill(timeline).await?;
            }
            tokio::select! {
                frame = self.socket.next() => self.answered(&frame?, &board.meter)?,
                number = self.heard.recv() => self.through(number.context("no reader is left")?, |one| one.everywhere = true),
                () = tokio::time::sleep_until(patience_ends) => break,
            }
            while let Some(frame) = self.socket.ready() {
                self.answered(&frame?, &board.meter)?;
            }
            while let Ok(number) = self.heard.try_recv() {
                self.through(number, |one| one.everywhere = true);
            }
            board.meter.take(&mut self.samples);
        }
        self.faults.unanswered += self.under_way.values().filter(|one| !one.acknowledged).count() as u64;
        Ok(Written {
            next_number: self.socket.upcoming_id(),
            acknowledged: self.acknowledged,
            faults: self.faults,
        })
    }

    async fn fill(&mut self, timeline: &Timeline) -> anyhow::Result<()> {
        if self.under_way.len() >= self.window {
            return Ok(());
        }
        while self.under_way.len() < self.window {
            // Slots of the board are told apart by the number, so the window is one of numbers.
            let number = self.socket.upcoming_id();
            let oldest = self.under_way.keys().next().copied().unwrap_or(number);
            if number - oldest >= self.window as u64 {
                break;
            }
            let sent_at = timeline.now();
            let text = Stamp { number, sent_at }.write(self.size);
            let send = Send {
                client_id: ClientId::fresh(),
                conversation: self.room.id,
                text: &text,
            };
            let id = self.socket.take_id();
            self.socket.lay(id, "message.send", send).await?;
            let sent = UnderWay {
                sent_at,
                acknowledged: false,
                everywhere: false,
            };
            self.under_way.insert(number, sent);
        }
        self.socket.flush().await
    }

    fn answered(&mut self, frame: &str, meter: &Meter) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.cursor.follow(&heard, &mut self.faults);
        if let Some(refusal) = heard.err {
            // Readers would wait for a number that never comes: with one writer, a refusal is the end.
            return Err(refusal.into_error("message.send"));
        }
        let Some(id) = heard.id else { return Ok(()) };
        if let Some(one) = self.under_way.get(&id) {
            self.samples
                .acknowledged(one.sent_at, meter.timeline().now(), meter.timeline());
            self.acknowledged += 1;
        }
        self.through(id, |one| one.acknowledged = true);
        Ok(())
    }

    fn through(&mut self, number: u64, mark: impl FnOnce(&mut UnderWay)) {
        let Some(one) = self.under_way.get_mut(&number) else {
            self.faults.doubled += 1;
            return;
        };
        mark(one);
        if one.acknowledged && one.everywhere {
            self.under_way.remove(&number);
        }
    }
}

/// One who reads.
pub(super) struct Reader {
    socket: Socket,
    cursor: Cursor,
    arrivals: Arrivals,
    board: Arc<Board>,
    faults: Faults,
    samples: Samples,
}

impl Reader {
    /// Ready to begin.
    pub(super) fn new(socket: Socket, room: &Conversation, first: u64, board: Arc<Board>) -> Self {
        Self {
            socket,
            cursor: Cursor::new(LogId::Conversation(room.id), room.rev),
            arrivals: Arrivals::from(first),
            board,
            faults: Faults::default(),
            samples: Samples::default(),
        }
    }

    /// Reads until the writer has ended and told the number after its last message.
    pub(super) async fn run(mut self, mut ends: watch::Receiver<Option<u64>>) -> anyhow::Result<Faults> {
        let end = loop {
            tokio::select! {
                frame = self.socket.next() => self.heard(&frame?)?,
                changed = ends.changed() => {
                    changed.context("the writer is gone")?;
                    if let Some(end) = *ends.borrow_and_update() {
                        break end;
                    }
                }
            }
            while let Some(frame) = self.socket.ready() {
                self.heard(&frame?)?;
            }
            self.board.meter.take(&mut self.samples);
        };
        self.faults.lost += end.saturating_sub(self.arrivals.next());
        Ok(self.faults)
    }

    fn heard(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.cursor.follow(&heard, &mut self.faults);
        let posted = heard.ev.as_deref() == Some("message.posted");
        let words = heard.d.as_ref().filter(|_| posted).and_then(|d| d.words());
        let Some(Stamp { number, sent_at }) = words.and_then(Stamp::read) else {
            return Ok(());
        };
        let timeline = self.board.meter.timeline();
        self.samples.received(sent_at, timeline.now(), timeline);
        if self.arrivals.came(number, &mut self.faults) {
            self.board.arrived(number)?;
        }
        Ok(())
    }
}
