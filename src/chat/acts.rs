//! What people do to conversations, to messages in them, and about each other: the part of the door that changes what
//! is there already.

use super::commands::{CarryOut, SetTyping};
use super::contacts::{ChangeContact, ContactAct, MakeContacts};
use super::log::{GroupChange, MessageChange};
use super::operations::{Act, ActAnswer, Hide, OwnValue, SetOwn, What};
use super::service::lane_of;
use super::{Chat, ChatError, DirectKey};
use crate::delivery::ItemChange;
use crate::group_commit::Operation;
use crate::ids::{ClientId, ConversationId, UserId};
use crate::protocol::item::{self, ContactState};
use crate::reply::Reply;

impl Chat {
    /// Changes a message. What one caller does to one conversation keeps its order.
    pub fn change_message(
        &self,
        actor: UserId,
        (conversation, seq): (ConversationId, i64),
        client_id: ClientId,
        change: MessageChange,
        reply: Reply<Result<ActAnswer, ChatError>>,
    ) {
        let what = What::Message(seq, change, self.settings().windows);
        self.carry_out(
            Act {
                conversation,
                actor,
                client_id,
                what,
            },
            reply,
        );
    }

    /// Changes a group.
    pub fn change_group(
        &self,
        actor: UserId,
        conversation: ConversationId,
        client_id: ClientId,
        change: GroupChange,
        reply: Reply<Result<ActAnswer, ChatError>>,
    ) {
        let what = What::Group(change, self.group_members());
        self.carry_out(
            Act {
                conversation,
                actor,
                client_id,
                what,
            },
            reply,
        );
    }

    fn carry_out(&self, act: Act, reply: Reply<Result<ActAnswer, ChatError>>) {
        let chat = self.clone();
        let told = Reply::new(move |answer: Option<Result<(ActAnswer, Vec<ItemChange>), ChatError>>| {
            // Dropped unanswered, the caller's own reply says so.
            if let Some(answer) = answer {
                reply.send(answer.map(|(answer, items)| {
                    chat.announce_items(items);
                    answer
                }));
            }
        });
        let conversation = act.conversation;
        if let Err(full) = self.directory().send(conversation, CarryOut { act, reply: told }) {
            full.0.reply.send(Err(ChatError::Busy));
        }
    }

    /// Tells the others that somebody types, or has stopped.
    pub fn set_typing(
        &self,
        user: UserId,
        conversation: ConversationId,
        on: bool,
        reply: Reply<Result<(), ChatError>>,
    ) {
        let typing = SetTyping { user, on, reply };
        if let Err(full) = self.directory().send(conversation, typing) {
            full.0.reply.send(Err(ChatError::Busy));
        }
    }

    /// Deletes messages for one person.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], [`ChatError::MessageNotFound`], [`ChatError::Failed`] when the batch failed.
    pub async fn hide(&self, user: UserId, conversation: ConversationId, seqs: Vec<i64>) -> Result<(), ChatError> {
        let hide = Hide {
            conversation,
            user,
            seqs,
        };
        let items = self.ask(&conversation.bytes(), hide).await??;
        self.announce_items(items);
        Ok(())
    }

    /// Keeps what somebody began to write; nothing when `text` is empty.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], [`ChatError::Failed`] when the batch failed.
    pub async fn set_draft(
        &self,
        user: UserId,
        conversation: ConversationId,
        text: String,
        reply_to: Option<i64>,
    ) -> Result<(), ChatError> {
        let value: OwnValue = Box::new(move |now| {
            if text.is_empty() && reply_to.is_none() {
                return item::NOTHING.to_owned();
            }
            item::draft(&text, reply_to, now)
        });
        self.set_own(user, Some(conversation), item::DRAFT, conversation.to_string(), value)
            .await
    }

    /// Sets how a conversation is shown to one person.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`], [`ChatError::Failed`] when the batch failed.
    pub async fn set_preferences(
        &self,
        user: UserId,
        conversation: ConversationId,
        preferences: String,
    ) -> Result<(), ChatError> {
        let value: OwnValue = Box::new(move |_| preferences.clone());
        let key = conversation.to_string();
        self.set_own(user, Some(conversation), item::PREFERENCES, key, value)
            .await
    }

    pub(super) async fn set_own(
        &self,
        user: UserId,
        conversation: Option<ConversationId>,
        kind: &'static str,
        key: String,
        value: OwnValue,
    ) -> Result<(), ChatError> {
        let lane = conversation.map_or(user.bytes(), ConversationId::bytes);
        let set = SetOwn {
            conversation,
            user,
            kind,
            key,
            value,
        };
        let item = self.ask(&lane, set).await??;
        self.announce_items(vec![item]);
        Ok(())
    }

    /// Makes pairs of people contacts of each other, without asking them.
    ///
    /// # Errors
    /// [`ChatError::Failed`] when the batch failed.
    pub async fn make_contacts(&self, pairs: Vec<(UserId, UserId)>) -> Result<(), ChatError> {
        let items = self.ask(&[], MakeContacts(pairs)).await?;
        self.announce_items(items);
        Ok(())
    }

    /// Asks somebody to be a contact, or says yes when they asked before. How one stands to them now.
    ///
    /// # Errors
    /// [`ChatError::MembersInvalid`] with oneself, [`ChatError::Blocked`] when one has blocked them.
    pub async fn request_contact(&self, actor: UserId, other: UserId) -> Result<Option<ContactState>, ChatError> {
        self.change_contact(actor, other, ContactAct::Request).await
    }

    /// Answers somebody's request.
    ///
    /// # Errors
    /// [`ChatError::PersonUnavailable`] when there is none.
    pub async fn answer_contact(
        &self,
        actor: UserId,
        other: UserId,
        accept: bool,
    ) -> Result<Option<ContactState>, ChatError> {
        self.change_contact(actor, other, ContactAct::Answer { accept }).await
    }

    /// Takes away whatever stands between the two: contact or request.
    ///
    /// # Errors
    /// [`ChatError::Failed`] when the batch failed.
    pub async fn remove_contact(&self, actor: UserId, other: UserId) -> Result<(), ChatError> {
        self.change_contact(actor, other, ContactAct::Remove).await.map(drop)
    }

    /// Blocks somebody, or does not any more.
    ///
    /// # Errors
    /// [`ChatError::MembersInvalid`] with oneself, [`ChatError::Failed`] when the batch failed.
    pub async fn block(&self, actor: UserId, other: UserId, on: bool) -> Result<(), ChatError> {
        self.change_contact(actor, other, ContactAct::Block { on })
            .await
            .map(drop)
    }

    async fn change_contact(
        &self,
        actor: UserId,
        other: UserId,
        act: ContactAct,
    ) -> Result<Option<ContactState>, ChatError> {
        let key = DirectKey::of(actor, other)?;
        let change = ChangeContact { actor, other, key, act };
        let (state, items) = self.ask(&key.bytes(), change).await??;
        self.announce_items(items);
        if matches!(act, ContactAct::Block { on: true } | ContactAct::Remove) {
            // Whoever watched one of the two asks anew whether they still may.
            for user in [actor, other] {
                self.users().presence().hide(user);
            }
        }
        Ok(state)
    }

    async fn ask<O: Operation>(&self, key: &[u8], operation: O) -> Result<O::Answer, ChatError> {
        Ok(lane_of(self.lanes(), key).ask(operation).await?)
    }
}
