//! The loop of one room: a window of messages, each under way until it is acknowledged to its writer and every reader has
//! it; or messages at a steady rate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::continuity::{Arrivals, Faults};
use super::disturbance::next_cut;
use super::frames::{Conversation, Heard, Send};
use super::meter::{Meter, Samples};
use super::pairs::Side;
use super::plan::{Pace, RoomPlan};
use super::socket;
use super::stamp::Stamp;
use crate::ids::ClientId;

/// How much longer than the writer a reader tries to come back.
const OF_READERS: Duration = Duration::from_secs(5);

/// What writer and readers share.
#[derive(Debug)]
pub(super) struct Board {
    meter: Arc<Meter>,
    /// How many readers have each message of the window, by its number modulo the window.
    arrived: Vec<AtomicUsize>,
    readers: usize,
    everywhere: mpsc::Sender<u64>,
}

impl Board {
    /// Nothing has arrived; `everywhere` tells the writer what every reader has.
    pub(super) fn new(meter: Arc<Meter>, window: usize, readers: usize, everywhere: mpsc::Sender<u64>) -> Self {
        Self {
            meter,
            arrived: (0..window).map(|_| AtomicUsize::new(0)).collect(),
            readers,
            everywhere,
        }
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
    pub(super) side: Side,
    /// The number after its last message.
    pub(super) next_number: u64,
    pub(super) acknowledged: u64,
    /// The numbers of what was acknowledged, when connections could be lost.
    pub(super) numbers: Vec<u64>,
    pub(super) faults: Faults,
}

/// A message that has not come through yet.
#[derive(Debug)]
struct UnderWay {
    sent_at: u64,
    acknowledged: bool,
    everywhere: bool,
    /// As it was sent, where it may have to be sent again.
    frame: Option<Utf8Bytes>,
}

/// The one who writes.
pub(super) struct Writer {
    side: Side,
    room: Conversation,
    plan: RoomPlan,
    heard: mpsc::Receiver<u64>,
    cuts: Option<watch::Receiver<u64>>,
    under_way: BTreeMap<u64, UnderWay>,
    /// When the next message should leave, at a steady rate or after a thought.
    due: u64,
    lost_at: Option<u64>,
    acknowledged: u64,
    numbers: Vec<u64>,
    faults: Faults,
    samples: Samples,
}

impl Writer {
    /// Ready to begin.
    pub(super) fn new(
        side: Side,
        room: &Conversation,
        plan: RoomPlan,
        heard: mpsc::Receiver<u64>,
        cuts: Option<watch::Receiver<u64>>,
    ) -> Self {
        Self {
            side,
            room: *room,
            plan,
            heard,
            cuts,
            under_way: BTreeMap::new(),
            due: 0,
            lost_at: None,
            acknowledged: 0,
            numbers: Vec::new(),
            faults: Faults::default(),
            samples: Samples::default(),
        }
    }

    /// Writes until the time is over and everything has come through, or patience ends.
    pub(super) async fn run(mut self, board: &Board) -> anyhow::Result<Written> {
        let timeline = *board.meter.timeline();
        let patience_ends: Instant = timeline.patience_ends().into();
        while !(timeline.is_over() && self.under_way.is_empty()) {
            let over = timeline.is_over();
            if !over && let Err(error) = self.fill(board).await {
                self.back(error, board).await?;
            }
            let wake = self.wakes_at(board).filter(|_| !over);
            tokio::select! {
                frame = self.side.socket.next() => self.hear(frame, board).await?,
                number = self.heard.recv() => {
                    self.through(number.context("no reader is left")?, board, |one| one.everywhere = true);
                }
                cut = next_cut(&mut self.cuts) => if cut % 4 == 2 { self.side.socket.cut() },
                () = tokio::time::sleep_until(wake.unwrap_or(patience_ends)), if wake.is_some() => {}
                () = tokio::time::sleep_until(patience_ends) => break,
            }
            while let Some(frame) = self.side.socket.ready() {
                self.hear(frame, board).await?;
            }
            while let Ok(number) = self.heard.try_recv() {
                self.through(number, board, |one| one.everywhere = true);
            }
            board.meter.take(&mut self.samples);
        }
        self.faults.unanswered += self.under_way.values().filter(|one| !one.acknowledged).count() as u64;
        Ok(Written {
            next_number: self.side.socket.upcoming_id(),
            side: self.side,
            acknowledged: self.acknowledged,
            numbers: self.numbers,
            faults: self.faults,
        })
    }

    async fn fill(&mut self, board: &Board) -> anyhow::Result<()> {
        let timeline = board.meter.timeline();
        let every = self.plan.pace.every(1);
        let mut laid = false;
        while self.under_way.len() < self.plan.window {
            // Slots of the board are told apart by the number, so the window is one of numbers.
            let number = self.side.socket.upcoming_id();
            let oldest = self.under_way.keys().next().copied().unwrap_or(number);
            let now = timeline.now();
            if number - oldest >= self.plan.window as u64 || self.due > now {
                break;
            }
            let sent_at = every.map_or(now, |_| self.due);
            self.due += every.unwrap_or(0);
            self.lay_one(sent_at).await?;
            laid = true;
        }
        if laid {
            self.side.socket.flush().await?;
        }
        Ok(())
    }

    /// When the next message is due, unless as many are under way as may be.
    fn wakes_at(&self, board: &Board) -> Option<Instant> {
        let waits = self.plan.pace != Pace::Closed && self.under_way.len() < self.plan.window;
        waits.then(|| board.meter.timeline().at(self.due).into())
    }

    async fn lay_one(&mut self, sent_at: u64) -> anyhow::Result<()> {
        let number = self.side.socket.take_id();
        let text = Stamp { number, sent_at }.write(self.plan.size);
        let send = Send {
            client_id: ClientId::fresh(),
            conversation: self.room.id,
            text: &text,
        };
        let frame = socket::frame(number, "message.send", send)?;
        let sent = UnderWay {
            sent_at,
            acknowledged: false,
            everywhere: false,
            frame: self.cuts.is_some().then(|| frame.clone()),
        };
        self.under_way.insert(number, sent);
        self.side.socket.lay_text(frame).await
    }

    async fn hear(&mut self, frame: anyhow::Result<Utf8Bytes>, board: &Board) -> anyhow::Result<()> {
        match frame {
            Ok(frame) => self.answered(&frame, board),
            Err(error) => self.back(error, board).await,
        }
    }

    fn answered(&mut self, frame: &str, board: &Board) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.side.follow(&heard, &mut self.faults, self.cuts.is_some());
        if let Some(refusal) = heard.err {
            board.meter.refused(&refusal.code);
            if self.cuts.is_some() && refusal.may_be_repeated() {
                // What is open is sent again over a new connection.
                self.side.socket.cut();
                return Ok(());
            }
            // Readers would wait for a number that never comes: with one writer, a refusal is the end.
            return Err(refusal.into_error("message.send"));
        }
        let Some(id) = heard.id else { return Ok(()) };
        let timeline = board.meter.timeline();
        let now = timeline.now();
        if let Some(one) = self.under_way.get(&id) {
            self.samples.acknowledged(one.sent_at, now, timeline);
            self.acknowledged += 1;
            if self.cuts.is_some() {
                self.numbers.push(id);
            }
            if let Some(lost_at) = self.lost_at.take() {
                board.meter.recovered(now.saturating_sub(lost_at));
            }
        }
        self.through(id, board, |one| one.acknowledged = true);
        Ok(())
    }

    fn through(&mut self, number: u64, board: &Board, mark: impl FnOnce(&mut UnderWay)) {
        let Some(one) = self.under_way.get_mut(&number) else {
            self.faults.doubled += 1;
            return;
        };
        mark(one);
        if one.acknowledged && one.everywhere {
            self.under_way.remove(&number);
            if let Pace::Thinking(mean) = self.plan.pace {
                self.due = board.meter.timeline().now() + mean * 1_000;
            }
        }
    }

    /// The connection was lost: a new one, and what has no answer once more.
    async fn back(&mut self, error: anyhow::Error, board: &Board) -> anyhow::Result<()> {
        if self.cuts.is_none() {
            return Err(error);
        }
        let timeline = board.meter.timeline();
        let until = timeline.patience_ends().into();
        self.lost_at.get_or_insert(timeline.now());
        loop {
            let missed = self.side.again(until).await?;
            for frame in missed.pushed {
                self.answered(&frame, board)?;
            }
            match self.send_again().await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error),
                // Lost once more.
                Err(_) => {}
            }
        }
    }

    async fn send_again(&mut self) -> anyhow::Result<()> {
        for one in self.under_way.values().filter(|one| !one.acknowledged) {
            if let Some(frame) = &one.frame {
                self.side.socket.lay_text(frame.clone()).await?;
            }
        }
        self.side.socket.flush().await
    }
}

/// One who reads.
pub(super) struct Reader {
    side: Side,
    place: u64,
    cuts: Option<watch::Receiver<u64>>,
    arrivals: Arrivals,
    board: Arc<Board>,
    faults: Faults,
    samples: Samples,
}

impl Reader {
    /// Ready to begin; `place` tells the readers apart.
    pub(super) fn new(
        side: Side,
        place: u64,
        first: u64,
        board: Arc<Board>,
        cuts: Option<watch::Receiver<u64>>,
    ) -> Self {
        Self {
            side,
            place,
            cuts,
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
                frame = self.side.socket.next() => self.hear(frame).await?,
                cut = next_cut(&mut self.cuts) => if (self.place + cut) % 4 == 3 { self.side.socket.cut() },
                changed = ends.changed() => {
                    changed.context("the writer is gone")?;
                    if let Some(end) = *ends.borrow_and_update() {
                        break end;
                    }
                }
            }
            while let Some(frame) = self.side.socket.ready() {
                self.hear(frame).await?;
            }
            self.board.meter.take(&mut self.samples);
        };
        self.faults.lost += end.saturating_sub(self.arrivals.next());
        Ok(self.faults)
    }

    async fn hear(&mut self, frame: anyhow::Result<Utf8Bytes>) -> anyhow::Result<()> {
        match frame {
            Ok(frame) => self.heard(&frame),
            Err(error) if self.cuts.is_none() => Err(error),
            Err(_) => {
                let until = self.board.meter.timeline().patience_ends() + OF_READERS;
                let missed = self.side.again(until.into()).await?;
                for message in &missed.messages {
                    message
                        .words()
                        .and_then(Stamp::read)
                        .map_or(Ok(()), |stamp| self.came(stamp))?;
                }
                missed.pushed.iter().try_for_each(|frame| self.heard(frame))
            }
        }
    }

    fn heard(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        // What was read by `sync` already may be pushed as well, and is no news.
        let news = self.side.follow(&heard, &mut self.faults, self.cuts.is_some());
        let posted = news && heard.ev.as_deref() == Some("message.posted");
        let words = heard.d.as_ref().filter(|_| posted).and_then(|d| d.words());
        words.and_then(Stamp::read).map_or(Ok(()), |stamp| self.came(stamp))
    }

    fn came(&mut self, Stamp { number, sent_at }: Stamp) -> anyhow::Result<()> {
        let timeline = self.board.meter.timeline();
        self.samples.received(sent_at, timeline.now(), timeline);
        if self.arrivals.came(number, &mut self.faults) {
            self.board.arrived(number)?;
        }
        Ok(())
    }
}
