//! Pairs of people who know each other: signed in, in their direct conversation, ready for a load.

use anyhow::ensure;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::args::Plan;
use super::continuity::{Cursor, Faults};
use super::frames::{Account, Accounts, Conversation, Create, Get, Got, Heard, Nothing, Welcome};
use super::socket::Socket;
use super::target::Target;
use crate::ids::{ClientId, UserId};
use crate::protocol::LogId;

/// Pairs that are being prepared at once.
const AT_ONCE: usize = 32;

/// One of two people.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) id: UserId,
    pub(super) socket: Socket,
    cursors: Vec<Cursor>,
}

impl Side {
    fn new(id: UserId, socket: Socket, conversation: &Conversation) -> Self {
        let log = LogId::Conversation(conversation.id);
        let cursors = vec![Cursor::new(log, conversation.rev)];
        Self { id, socket, cursors }
    }

    /// Follows the logs that it knows.
    pub(super) fn follow(&mut self, heard: &Heard<'_>, faults: &mut Faults) {
        for cursor in &mut self.cursors {
            cursor.follow(heard, faults);
        }
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

/// Two people and their conversation as it was at the start.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) sender: Side,
    pub(super) receiver: Side,
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
pub(super) async fn meet(plan: &Plan, target: &Target) -> anyhow::Result<(Vec<Pair>, Welcome)> {
    let people = target.people().get(..plan.pairs * 2);
    let people = people.ok_or_else(|| anyhow::anyhow!("not everybody is there"))?;
    let signed_in = Socket::sign_in_all(target.socket_url(), people).await?;
    let welcome = signed_in.first().map(|(_, welcome)| welcome.clone());
    let welcome = welcome.ok_or_else(|| anyhow::anyhow!("nobody is there"))?;
    ensure!(
        plan.window <= welcome.limits.in_flight,
        "--window {} is more than one socket may have under way: {} (limits.in_flight)",
        plan.window,
        welcome.limits.in_flight
    );
    let mut sides = signed_in.into_iter().zip(people);
    let mut couples = Vec::with_capacity(plan.pairs);
    while let (Some(((first, _), sender)), Some(((second, _), receiver))) = (sides.next(), sides.next()) {
        couples.push((first, sender.id, second, receiver.id));
    }
    let open = async |(mut first, sender, second, receiver): (Socket, UserId, Socket, UserId)| {
        let create = Create {
            client_id: ClientId::fresh(),
            kind: "direct",
            members: &[receiver],
            title: None,
        };
        let Got { conversation } = first.call("conversation.create", create).await?;
        anyhow::Ok(Pair {
            sender: Side::new(sender, first, &conversation),
            receiver: Side::new(receiver, second, &conversation),
            conversation,
        })
    };
    let pairs = stream::iter(couples).map(open).buffered(AT_ONCE).try_collect().await?;
    Ok((pairs, welcome))
}
