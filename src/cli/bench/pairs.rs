//! Pairs of people who know each other: signed in, in their direct conversation, ready for a load.

use anyhow::{Context as _, ensure};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::continuity::{Cursor, Faults};
use super::frames::{
    Account, Accounts, Conversation, Create, Get, Got, Heard, Message, Nothing, Position, Sync, Synced, SyncedLog,
    Welcome,
};
use super::plan::PairPlan;
use super::socket::Socket;
use super::stamp::Stamp;
use super::users::Person;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::protocol::LogId;

/// Pairs that are being prepared at once.
pub(super) const AT_ONCE: usize = 32;

/// Rows of a log that are asked for at once.
const SYNC_LIMIT: u32 = 200;

/// What came while somebody was away.
#[derive(Debug, Default)]
pub(super) struct Missed {
    /// In order.
    pub(super) messages: Vec<Message>,
    /// Frames that came while the above was read; to be looked at after it.
    pub(super) pushed: Vec<Utf8Bytes>,
}

/// One of two people.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) id: UserId,
    pub(super) socket: Socket,
    person: Person,
    cursors: Vec<Cursor>,
}

impl Side {
    /// Somebody who follows a conversation.
    pub(super) fn new(person: &Person, socket: Socket, conversation: &Conversation) -> Self {
        Self::of_many(person, socket, std::slice::from_ref(conversation))
    }

    /// Somebody who follows several conversations.
    pub(super) fn of_many(person: &Person, socket: Socket, conversations: &[Conversation]) -> Self {
        let follow = |one: &Conversation| Cursor::new(LogId::Conversation(one.id), one.rev);
        Self {
            id: person.id,
            socket,
            person: person.clone(),
            cursors: conversations.iter().map(follow).collect(),
        }
    }

    /// Follows the logs that it knows. False when a frame tells what was read otherwise already. Where connections may be
    /// lost, a hole is no fault: the connection is made anew, and what is missing is read.
    pub(super) fn follow(&mut self, heard: &Heard<'_>, faults: &mut Faults, endures: bool) -> bool {
        if endures && self.misses(heard) {
            self.socket.cut();
            return false;
        }
        let mut news = true;
        for cursor in &mut self.cursors {
            news &= cursor.follow(heard, faults);
        }
        news
    }

    /// A frame shows that something of a log was not heard.
    pub(super) fn misses(&self, heard: &Heard<'_>) -> bool {
        self.cursors.iter().any(|cursor| cursor.misses(heard))
    }

    /// All of a conversation up to a position is of the time before.
    pub(super) fn read_up_to(&mut self, conversation: ConversationId, rev: i64) {
        let log = LogId::Conversation(conversation);
        for cursor in self.cursors.iter_mut().filter(|cursor| cursor.position().log == log) {
            cursor.read_up_to(rev);
        }
    }

    /// Signs in anew after the connection was lost, and reads what came meanwhile.
    pub(super) async fn again(&mut self, until: Instant) -> anyhow::Result<Missed> {
        loop {
            self.socket.again(&self.person, until).await?;
            match self.catch_up().await {
                Ok(missed) => return Ok(missed),
                // Lost once more.
                Err(_) if Instant::now() < until => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn catch_up(&mut self) -> anyhow::Result<Missed> {
        let mut positions: Vec<_> = self.cursors.iter().map(Cursor::position).collect();
        let (mut missed, mut reached) = (Missed::default(), Vec::new());
        while !positions.is_empty() {
            let sync = Sync {
                positions: &positions,
                limit: SYNC_LIMIT,
            };
            let answer = self
                .socket
                .ask_amid("sync", sync, |frame| missed.pushed.push(frame))
                .await?;
            let Synced { logs } = answer.map_err(|refusal| refusal.into_error("sync"))?;
            positions.clear();
            for SyncedLog {
                log,
                through,
                more,
                messages,
            } in logs
            {
                missed.messages.extend(messages);
                if more {
                    positions.push(Position { log, rev: through });
                }
                // Only now: should the connection be lost in between, all of it is read again, and nothing twice.
                reached.retain(|(own, _)| *own != log);
                reached.push((log, through));
            }
        }
        for (log, through) in reached {
            let cursor = self.cursors.iter_mut().find(|cursor| cursor.position().log == log);
            if let Some(cursor) = cursor {
                cursor.read_up_to(through);
            }
        }
        Ok(missed)
    }

    /// Its account in a currency, whose log it follows from now on.
    pub(super) async fn follow_account(&mut self, currency: &str) -> anyhow::Result<Account> {
        let account = self.account(currency).await?;
        if let Some(id) = account.id {
            self.cursors.push(Cursor::new(LogId::Account(id), account.rev));
        }
        Ok(account)
    }

    /// Its account in a currency.
    pub(super) async fn account(&mut self, currency: &str) -> anyhow::Result<Account> {
        let Accounts { accounts } = self.socket.call("wallet.accounts", Nothing {}).await?;
        let found = accounts.into_iter().find(|account| account.currency == currency);
        found.ok_or_else(|| anyhow::anyhow!("{} has no account in {currency}", self.id))
    }
}

/// What somebody hears who receives.
#[derive(Debug)]
pub(super) enum Incoming {
    /// On their own socket.
    Frame(Utf8Bytes),
    /// A message of this pair, which came at a socket that many share.
    Stamp(Stamp),
}

/// Who receives.
#[derive(Debug)]
pub(super) enum Receiver {
    /// From one, on a socket of their own.
    Alone(Box<Side>),
    /// From all, at one socket that is read elsewhere.
    Shared {
        id: UserId,
        stamps: mpsc::UnboundedReceiver<Stamp>,
    },
}

impl Receiver {
    /// Who it is.
    pub(super) const fn id(&self) -> UserId {
        match self {
            Self::Alone(side) => side.id,
            Self::Shared { id, .. } => *id,
        }
    }

    /// The next thing that is heard. May be dropped while it waits, without a loss.
    pub(super) async fn next(&mut self) -> anyhow::Result<Incoming> {
        match self {
            Self::Alone(side) => side.socket.next().await.map(Incoming::Frame),
            Self::Shared { stamps, .. } => {
                let stamp = stamps.recv().await.context("nobody reads for this pair any more")?;
                Ok(Incoming::Stamp(stamp))
            }
        }
    }

    /// The same, if it is there already.
    pub(super) fn ready(&mut self) -> Option<anyhow::Result<Incoming>> {
        self.next().now_or_never()
    }
}

/// Two people and their conversation as it was at the start.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) sender: Side,
    pub(super) receiver: Receiver,
    pub(super) conversation: Conversation,
}

impl Pair {
    /// How many countable messages have come to the conversation since the start.
    pub(super) async fn counted(&mut self) -> anyhow::Result<u64> {
        let get = Get {
            conversation: self.conversation.id,
        };
        let Got { conversation } = self.sender.socket.call("conversation.get", get).await?;
        Ok(u64::try_from(conversation.n - self.conversation.n)?)
    }
}

/// Signs the people of all pairs in, who are the first ones, and opens their conversations.
pub(super) async fn meet(plan: &PairPlan, people: &[Person]) -> anyhow::Result<(Vec<Pair>, Welcome)> {
    let people = people.get(..plan.pairs * 2).context("not everybody is there")?;
    let signed_in = Socket::sign_in_all(people).await?;
    let welcome = signed_in
        .first()
        .map(|(_, welcome)| welcome.clone())
        .context("nobody is there")?;
    check_window(plan.window, &welcome)?;
    let mut sides = signed_in.into_iter().zip(people);
    let mut couples = Vec::with_capacity(plan.pairs);
    while let (Some(((first, _), sender)), Some(((second, _), receiver))) = (sides.next(), sides.next()) {
        couples.push((first, sender, second, receiver));
    }
    let open = async |(mut first, sender, second, receiver): (Socket, &Person, Socket, &Person)| {
        let conversation = open_direct(&mut first, receiver.id).await?;
        anyhow::Ok(Pair {
            sender: Side::new(sender, first, &conversation),
            receiver: Receiver::Alone(Box::new(Side::new(receiver, second, &conversation))),
            conversation,
        })
    };
    let pairs = stream::iter(couples).map(open).buffered(AT_ONCE).try_collect().await?;
    Ok((pairs, welcome))
}

/// Refuses a window that no socket of the server may have.
pub(super) fn check_window(window: usize, welcome: &Welcome) -> anyhow::Result<()> {
    ensure!(
        window <= welcome.limits.in_flight,
        "--window {window} is more than one socket may have under way: {} (limits.in_flight)",
        welcome.limits.in_flight
    );
    Ok(())
}

/// The direct conversation with somebody, made if need be.
pub(super) async fn open_direct(socket: &mut Socket, with: UserId) -> anyhow::Result<Conversation> {
    let create = Create {
        client_id: ClientId::fresh(),
        kind: "direct",
        members: &[with],
        title: None,
    };
    let Got { conversation } = socket.call("conversation.create", create).await?;
    Ok(conversation)
}
