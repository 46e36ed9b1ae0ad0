//! Those who claim the shares of a packet: each on a socket of their own, looking at the conversation, claiming at a
//! moment of their own, and reading from the beginning to the end what the server sends them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::continuity::{Cursor, Faults};
use super::frames::{Accounts, Answer, Conversation, Heard, Nothing, Refusal};
use super::meter::{Meter, Samples};
use super::socket::Socket;
use super::timeline::Timeline;
use super::users::Person;
use super::wallet::minor;
use crate::ids::{ClientId, ConversationId, FlowId, UserId};
use crate::protocol::LogId;

/// How many are prepared, or asked for their balance, at once.
const AT_ONCE: usize = 64;
/// How long a claimer rests after `busy` when the server does not say.
const REST: Duration = Duration::from_millis(20);
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// What a packet's card says when nothing is left of it.
const EMPTY: &str = "exhausted";

/// `conversation.focus`.
#[derive(Debug, Serialize)]
struct Focus {
    conversation: ConversationId,
}

/// `packet.claim`.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Claim {
    pub(super) client_id: ClientId,
    pub(super) packet: FlowId,
}

/// The answer to whatever is asked of a packet.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    pub(super) flow: Flow,
    transfer: Option<Moved>,
}

/// A flow; of a packet, its id is a flow's.
#[derive(Debug, Deserialize)]
pub(super) struct Flow {
    pub(super) id: FlowId,
}

#[derive(Debug, Deserialize)]
struct Moved {
    amount: String,
}

/// A packet whose shares may be claimed, and when each of them is.
#[derive(Debug)]
pub(super) struct Claiming {
    packet: FlowId,
    claimers: u64,
    meter: Meter,
}

impl Claiming {
    /// As many claims as there are claimers, spread over the measured seconds.
    pub(super) fn new(packet: FlowId, claimers: usize, timeline: Timeline) -> anyhow::Result<Self> {
        let (claimers, meter) = (claimers as u64, Meter::new(timeline)?);
        Ok(Self {
            packet,
            claimers,
            meter,
        })
    }

    /// What the claims took.
    pub(super) const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// When the claim of a place leaves.
    fn leaves_at(&self, place: u64) -> u64 {
        let seconds = self.meter.timeline().measured();
        seconds.start + (seconds.end - seconds.start) * place / self.claimers.max(1)
    }
}

/// What the claimers are about.
#[derive(Debug, Clone)]
enum Stage {
    /// They look at the conversation.
    Looking,
    /// They claim.
    Claiming(Arc<Claiming>),
    /// They have done what they came for.
    Over,
}

/// Everybody who claims.
pub(super) struct Claimers {
    reading: JoinSet<anyhow::Result<Claimer>>,
    stage: watch::Sender<Stage>,
    through: mpsc::Receiver<()>,
    claimers: usize,
}

/// What became of one claimer.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) user: UserId,
    /// What they were answered that they got, in the smallest unit.
    pub(super) share: Option<i64>,
    /// By how much their balance grew.
    pub(super) grown: i64,
    /// They were shown that the packet is empty.
    pub(super) saw_the_end: bool,
    pub(super) faults: Faults,
}

impl Claimers {
    /// Signs everybody in, who from now on look at the group and read what they are sent.
    pub(super) async fn gather(people: &[Person], group: &Conversation, currency: &str) -> anyhow::Result<Self> {
        let (stage, stages) = watch::channel(Stage::Looking);
        let (tell, through) = mpsc::channel(people.len().max(1));
        let arrive = async |(place, person): (u64, &Person)| Claimer::arrive(person, place, (group, currency)).await;
        let mut arriving = stream::iter((0..).zip(people)).map(arrive).buffer_unordered(AT_ONCE);
        let mut reading = JoinSet::new();
        while let Some(claimer) = arriving.try_next().await? {
            reading.spawn(claimer.run(stages.clone(), tell.clone()));
        }
        Ok(Self {
            reading,
            stage,
            through,
            claimers: people.len(),
        })
    }

    /// Lets each of them claim at their moment; ends when all have a share and have seen that the packet is empty, or
    /// when patience does.
    pub(super) async fn claim(&mut self, claiming: &Arc<Claiming>) -> anyhow::Result<()> {
        self.stage.send_replace(Stage::Claiming(Arc::clone(claiming)));
        let patience_ends = claiming.meter.timeline().patience_ends().into();
        for _ in 0..self.claimers {
            tokio::select! {
                told = self.through.recv() => told.context("no claimer is left")?,
                Some(ended) = self.reading.join_next() => {
                    ended??;
                    bail!("a claimer stopped before the end");
                }
                () = tokio::time::sleep_until(patience_ends) => break,
            }
        }
        Ok(())
    }

    /// Ends their reading, and asks each for their balance.
    pub(super) async fn leave(mut self, currency: &str) -> anyhow::Result<Vec<Claimed>> {
        self.stage.send_replace(Stage::Over);
        let mut claimers = Vec::with_capacity(self.claimers);
        while let Some(claimer) = self.reading.join_next().await {
            claimers.push(claimer??);
        }
        let leave = async |claimer: Claimer| claimer.leave(currency).await;
        let leaving = stream::iter(claimers).map(leave).buffer_unordered(AT_ONCE);
        leaving.try_collect().await
    }
}

/// One of them.
struct Claimer {
    user: UserId,
    socket: Socket,
    place: u64,
    before: i64,
    cursor: Cursor,
    faults: Faults,
    samples: Samples,
    /// The packet, once it may be claimed.
    claiming: Option<Arc<Claiming>>,
    client_id: ClientId,
    /// When the claim leaves, or leaves again.
    wake: Option<Instant>,
    /// The claim that is under way.
    asked: Option<u64>,
    share: Option<i64>,
    saw_the_end: bool,
}

impl Claimer {
    async fn arrive(person: &Person, place: u64, (group, currency): (&Conversation, &str)) -> anyhow::Result<Self> {
        let (mut socket, _) = Socket::sign_in(person).await?;
        let focus = Focus { conversation: group.id };
        let IgnoredAny = socket.call("conversation.focus", focus).await?;
        let before = balance(&mut socket, currency).await?;
        Ok(Self {
            user: person.id,
            socket,
            place,
            before,
            cursor: Cursor::new(LogId::Conversation(group.id), group.rev),
            faults: Faults::default(),
            samples: Samples::default(),
            claiming: None,
            client_id: ClientId::fresh(),
            wake: None,
            asked: None,
            share: None,
            saw_the_end: false,
        })
    }

    async fn run(mut self, mut stages: watch::Receiver<Stage>, through: mpsc::Sender<()>) -> anyhow::Result<Self> {
        let mut told = false;
        loop {
            let wake = self.wake;
            tokio::select! {
                frame = self.socket.next() => self.heard(&frame?)?,
                changed = stages.changed() => {
                    changed.context("nobody waits for the claimers any more")?;
                    match stages.borrow_and_update().clone() {
                        Stage::Looking => {}
                        Stage::Claiming(claiming) => self.begin(claiming),
                        Stage::Over => return Ok(self),
                    }
                }
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => self.ask().await?,
            }
            while let Some(frame) = self.socket.ready() {
                self.heard(&frame?)?;
            }
            if let Some(claiming) = &self.claiming {
                claiming.meter.take(&mut self.samples);
            }
            if self.saw_the_end && self.share.is_some() && !std::mem::replace(&mut told, true) {
                // There is room for everybody.
                through.try_send(()).context("a claimer came through twice")?;
            }
        }
    }

    fn begin(&mut self, claiming: Arc<Claiming>) {
        let leaves_at = claiming.leaves_at(self.place);
        self.wake = Some(claiming.meter.timeline().at(leaves_at).into());
        self.claiming = Some(claiming);
    }

    /// Claims, under the same id however often.
    async fn ask(&mut self) -> anyhow::Result<()> {
        self.wake = None;
        let Some(claiming) = &self.claiming else { return Ok(()) };
        let claim = Claim {
            client_id: self.client_id,
            packet: claiming.packet,
        };
        let id = self.socket.take_id();
        self.asked = Some(id);
        self.socket.lay(id, "packet.claim", claim).await?;
        self.socket.flush().await
    }

    fn heard(&mut self, frame: &str) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        self.cursor.follow(&heard, &mut self.faults);
        self.saw_the_end |= heard.d.as_ref().and_then(|d| d.state()) == Some(EMPTY);
        if let Some(refusal) = heard.err {
            return self.refused(refusal);
        }
        let Some(claiming) = self.claiming.as_ref().filter(|_| heard.id.is_some()) else {
            return Ok(());
        };
        if self.asked.take() != heard.id {
            self.faults.doubled += 1;
            return Ok(());
        }
        let timeline = claiming.meter.timeline();
        self.samples
            .answered(claiming.leaves_at(self.place), timeline.now(), timeline);
        let answer: Answer<Done> = serde_json::from_str(frame)?;
        let moved = answer.ok.and_then(|done| done.transfer);
        self.share = moved.map(|moved| minor(&moved.amount)).transpose()?;
        Ok(())
    }

    fn refused(&mut self, refusal: Refusal) -> anyhow::Result<()> {
        let claiming = self.claiming.as_ref().filter(|_| refusal.goes_on());
        let Some(claiming) = claiming else {
            return Err(refusal.into_error("packet.claim"));
        };
        claiming.meter.refused(&refusal.code);
        self.asked = None;
        let rest = refusal.retry_after_ms.map_or(REST, Duration::from_millis);
        self.wake = Some(Instant::now() + rest.min(LONGEST_REST));
        Ok(())
    }

    async fn leave(mut self, currency: &str) -> anyhow::Result<Claimed> {
        let after = balance(&mut self.socket, currency).await?;
        self.faults.unanswered += u64::from(self.asked.is_some());
        Ok(Claimed {
            user: self.user,
            share: self.share,
            grown: after - self.before,
            saw_the_end: self.saw_the_end,
            faults: self.faults,
        })
    }
}

/// A person's balance, in the smallest unit.
pub(super) async fn balance(socket: &mut Socket, currency: &str) -> anyhow::Result<i64> {
    let Accounts { accounts } = socket.call("wallet.accounts", Nothing {}).await?;
    let found = accounts.iter().find(|account| account.currency == currency);
    minor(&found.context("no account in the packet's currency")?.balance)
}
