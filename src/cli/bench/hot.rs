//! One person whom everybody pays: their one socket, at which all payments are seen and told to the pairs that they belong
//! to.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::de::IgnoredAny;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::continuity::Faults;
use super::disturbance::next_cut;
use super::frames::{Conversation, Get, Got, Heard, Pay, Welcome};
use super::pairs::{AT_ONCE, Pair, Receiver, Side, check_window, open_direct};
use super::plan::PairPlan;
use super::socket::Socket;
use super::stamp::Stamp;
use super::users::Person;
use super::wallet;
use crate::ids::{ClientId, ConversationId};
use crate::protocol::LogId;

/// The one who is paid.
#[derive(Debug)]
pub(super) struct Payee {
    pub(super) side: Side,
    /// The server took it for too slow and told only how far a log is: the connection is made anew, as clients do.
    behind: bool,
    /// How often that was.
    caught_up: u64,
    told: HashMap<ConversationId, mpsc::UnboundedSender<Stamp>>,
}

/// Signs everybody in; the last one is paid by all others.
pub(super) async fn meet(plan: &PairPlan, people: &[Person]) -> anyhow::Result<(Vec<Pair>, Payee, Welcome)> {
    let people = people.get(..=plan.pairs).context("not everybody is there")?;
    let (payee, payers) = people.split_last().context("nobody is there")?;
    let signed_in = Socket::sign_in_all(payers).await?;
    let open = async |((mut socket, _), payer): ((Socket, Welcome), &Person)| {
        let conversation = open_direct(&mut socket, payee.id).await?;
        anyhow::Ok((Side::new(payer, socket, &conversation), conversation))
    };
    let payers: Vec<_> = signed_in.into_iter().zip(payers).collect();
    let mut payers: Vec<(Side, Conversation)> = stream::iter(payers).map(open).buffered(AT_ONCE).try_collect().await?;
    let (socket, welcome) = Socket::sign_in(payee).await?;
    if let Some((first, conversation)) = payers.first_mut() {
        begin(first, conversation, payee, &welcome).await?;
    }
    check_window(plan.window, &welcome)?;
    let conversations: Vec<_> = payers.iter().map(|(_, conversation)| *conversation).collect();
    let (mut pairs, mut told) = (Vec::with_capacity(payers.len()), HashMap::new());
    for (sender, conversation) in payers {
        let (tell, stamps) = mpsc::unbounded_channel();
        told.insert(conversation.id, tell);
        let receiver = Receiver::Shared { id: payee.id, stamps };
        pairs.push(Pair {
            sender,
            receiver,
            conversation,
        });
    }
    ensure!(told.len() == pairs.len(), "two payers share a conversation");
    let side = Side::of_many(payee, socket, &conversations);
    Ok((
        pairs,
        Payee {
            side,
            behind: false,
            caught_up: 0,
            told,
        },
        welcome,
    ))
}

/// One payment before the others. The first movement of an account that a node tells of is where its order begins there
/// (`delivery/log_tail.rs`), and of many at once another than the first might be told first.
async fn begin(
    payer: &mut Side,
    conversation: &mut Conversation,
    payee: &Person,
    welcome: &Welcome,
) -> anyhow::Result<()> {
    let pay = Pay {
        client_id: ClientId::fresh(),
        conversation: conversation.id,
        to: payee.id,
        amount: &wallet::decimal(1, welcome)?,
        currency: &welcome.wallet.default_currency,
        note: "the first one",
    };
    let IgnoredAny = payer.socket.call("transfer.send", pay).await?;
    let get = Get {
        conversation: conversation.id,
    };
    let Got { conversation: now } = payer.socket.call("conversation.get", get).await?;
    payer.read_up_to(now.id, now.rev);
    *conversation = now;
    Ok(())
}

impl Payee {
    /// Reads until told to end. What the server did not push is read by `sync` over a new connection.
    pub(super) async fn run(
        mut self,
        mut cuts: Option<watch::Receiver<u64>>,
        until: Instant,
        mut ends: watch::Receiver<bool>,
    ) -> anyhow::Result<(Side, Faults, u64)> {
        let mut faults = Faults::default();
        loop {
            let frame = tokio::select! {
                frame = self.side.socket.next() => frame,
                cut = next_cut(&mut cuts) => {
                    if cut % 4 == 0 {
                        self.side.socket.cut();
                    }
                    continue;
                }
                // Who would have told it is gone: nothing more is wanted.
                _ = ends.changed() => return Ok((self.side, faults, self.caught_up)),
            };
            match frame {
                Ok(frame) => self.heard(&frame, &mut faults)?,
                Err(error) if cuts.is_none() && !self.behind => return Err(error),
                Err(_) => {
                    self.behind = false;
                    let missed = self.side.again(until).await?;
                    for message in &missed.messages {
                        self.tell(message.conversation, message.words());
                    }
                    missed
                        .pushed
                        .iter()
                        .try_for_each(|frame| self.heard(frame, &mut faults))?;
                }
            }
        }
    }

    fn heard(&mut self, frame: &str, faults: &mut Faults) -> anyhow::Result<()> {
        let heard: Heard<'_> = serde_json::from_str(frame)?;
        if !self.behind && self.side.misses(&heard) {
            self.behind = true;
            self.caught_up += 1;
        }
        let news = self.side.follow(&heard, faults, true);
        let posted = news && heard.ev.as_deref() == Some("message.posted");
        if let Some(LogId::Conversation(of)) = heard.log.filter(|_| posted) {
            self.tell(of, heard.d.as_ref().and_then(|d| d.words()));
        }
        Ok(())
    }

    fn tell(&self, of: ConversationId, words: Option<&str>) {
        if let Some(stamp) = words.and_then(Stamp::read)
            && let Some(told) = self.told.get(&of)
        {
            // A pair that has ended waits for nothing.
            let _ = told.send(stamp);
        }
    }
}
