//! Conversations: who is in them, and who lets whom speak.

use std::collections::{BTreeMap, BTreeSet};

use quipu::ids::{ConversationId, UserId};
use quipu::wallet::WalletError;

use crate::call::{self, ChatCall, Pay};

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// Groups with who is in them.
    groups: BTreeMap<ConversationId, BTreeSet<UserId>>,
    /// Direct conversations, which nobody leaves.
    pairs: BTreeMap<ConversationId, [UserId; 2]>,
    /// Who blocks whom.
    blocks: BTreeSet<(UserId, UserId)>,
}

impl Places {
    pub(crate) fn of(group: ConversationId, members: impl IntoIterator<Item = UserId>) -> Self {
        Self {
            groups: [(group, members.into_iter().collect())].into(),
            ..Self::default()
        }
    }

    pub(super) fn is_member(&self, place: ConversationId, user: UserId) -> bool {
        let group = self.groups.get(&place).is_some_and(|members| members.contains(&user));
        group || self.pairs.get(&place).is_some_and(|pair| pair.contains(&user))
    }

    fn blocked(&self, one: UserId, other: UserId) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    /// Whether somebody may speak there: between two people, while neither blocks the other.
    pub(super) fn may_speak(&self, place: ConversationId, user: UserId) -> bool {
        let blocked = self
            .pairs
            .get(&place)
            .is_some_and(|[one, other]| self.blocked(*one, *other));
        self.is_member(place, user) && !blocked
    }

    /// Where the card of a payment goes.
    pub(super) fn of_payment(&self, payer: UserId, pay: &Pay) -> Result<ConversationId, WalletError> {
        if let Some(named) = pay.conversation {
            if !self.is_member(named, payer) {
                return Err(WalletError::NotAMember);
            }
            if !self.may_speak(named, payer) || !self.may_speak(named, pay.to) {
                return Err(WalletError::PayeeUnavailable);
            }
            return Ok(named);
        }
        if pay.to == payer {
            return Err(WalletError::SelfTransfer);
        }
        if self.blocked(payer, pay.to) {
            return Err(WalletError::PayeeUnavailable);
        }
        Ok(call::direct(payer, pay.to))
    }

    /// A payment opens the direct conversation in which its card stands.
    pub(super) fn open(&mut self, place: ConversationId, one: UserId, other: UserId) {
        if !self.groups.contains_key(&place) {
            self.pairs.entry(place).or_insert([one, other]);
        }
    }

    /// Whether somebody could come, go, block, or let speak again.
    pub(super) fn change(&mut self, actor: UserId, change: &ChatCall) -> bool {
        match change {
            ChatCall::Add(group, user) => self.groups.get_mut(group).is_some_and(|members| {
                let may = members.contains(&actor);
                if may {
                    members.insert(*user);
                }
                may
            }),
            ChatCall::Leave(group) => self.groups.get_mut(group).is_some_and(|members| members.remove(&actor)),
            ChatCall::Block(whom, true) => {
                self.blocks.insert((actor, *whom));
                true
            }
            ChatCall::Block(whom, false) => {
                self.blocks.remove(&(actor, *whom));
                true
            }
        }
    }
}
