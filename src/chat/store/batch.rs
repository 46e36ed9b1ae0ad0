//! Chat in a group commit: what is loaded under its locks, and what is written.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::{conversation, member, message};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};

use super::rows;
use crate::chat::log::{self, Loaded};
use crate::clock::Micros;
use crate::db::columns::{self, Column};
use crate::db::{self, Fault, Kind, Sql};
use crate::group_commit::{Batch, WorkingSet};

/// Chat in a group commit.
#[derive(Debug)]
pub struct ChatBatch {
    kind: Kind,
}

impl ChatBatch {
    /// For a database of this kind.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind }
    }

    fn sql(&self) -> Sql {
        Sql::new(self.kind)
    }

    /// Finds the direct conversations that were asked for by pair. The key of a conversation never changes, so it
    /// may be read before the lock; a pair that has none yet will appear in both people's own logs.
    async fn find_direct(&self, tx: &DatabaseTransaction, set: &mut WorkingSet) -> Result<(), Fault> {
        let loaded = set.slot::<Loaded>();
        if loaded.wants.direct.is_empty() {
            return Ok(());
        }
        let select = self
            .sql()
            .text("SELECT * FROM conversation WHERE (direct_key) IN (VALUES ")
            .padded_rows(loaded.wants.direct.iter().map(|key| [Value::from(key.bytes())]))
            .text(")")
            .build();
        for row in conversation::Model::find_by_statement(select).all(tx).await? {
            let found = rows::conversation(row);
            if let Some(key) = found.direct_key {
                loaded.direct.insert(key, found.id);
                loaded.wants.conversations.insert(found.id);
                for user in key.people() {
                    loaded.want_member(found.id, user);
                }
            }
        }
        let missing: Vec<_> = loaded
            .wants
            .direct
            .iter()
            .filter(|key| !loaded.direct.contains_key(key))
            .copied()
            .collect();
        for key in missing {
            log::want_people(set, &key.people());
        }
        Ok(())
    }

    async fn lock_conversations(&self, tx: &DatabaseTransaction, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.conversations.is_empty() {
            return Ok(());
        }
        let select = self
            .sql()
            .text("SELECT * FROM conversation WHERE (id) IN (VALUES ")
            .padded_rows(loaded.wants.conversations.iter().map(|id| [(*id).into()]))
            .text(") ORDER BY id")
            .postgres(" FOR UPDATE")
            .build();
        for row in conversation::Model::find_by_statement(select).all(tx).await? {
            let conversation = rows::conversation(row);
            loaded.conversations.insert(conversation.id, conversation);
        }
        Ok(())
    }

    async fn read_members(&self, tx: &DatabaseTransaction, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.members.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.members.iter();
        let wanted = wanted
            .map(|(conversation, user)| [(*conversation).into(), (*user).into()])
            .collect();
        let key = [("conversation_id", Column::Id), ("user_id", Column::Id)];
        let select = columns::find(self.kind, "member", &key, "", wanted);
        for row in member::Model::find_by_statement(select).all(tx).await? {
            loaded
                .members
                .insert((row.conversation_id.into(), row.user_id.into()), rows::membership(&row));
        }
        Ok(())
    }

    async fn read_posted(&self, tx: &DatabaseTransaction, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.posted.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.posted.iter();
        let wanted = wanted
            .map(|(client, sender)| [(*client).into(), (*sender).into()])
            .collect();
        let key = [("client_id", Column::Id), ("sender_id", Column::Id)];
        let select = columns::find(self.kind, "message", &key, "", wanted);
        for row in message::Model::find_by_statement(select).all(tx).await? {
            let message = rows::message(row);
            loaded.posted.insert((message.client_id, message.sender), message);
        }
        Ok(())
    }

    async fn write_conversations(&self, tx: &DatabaseTransaction, loaded: &Loaded) -> Result<(), Fault> {
        let made = loaded
            .written
            .conversations
            .iter()
            .map(rows::conversation_values)
            .collect();
        let head = "INSERT INTO conversation \
            (id, kind, title, direct_key, last_rev, last_n, last_at, created_by, created_at) VALUES ";
        db::write_rows(tx, self.kind, head, made, "").await?;
        let joined = loaded.written.members.iter().map(rows::member_values).collect();
        let head = "INSERT INTO member \
            (conversation_id, user_id, role, from_seq, until_seq, read_seq, joined_at) VALUES ";
        db::write_rows(tx, self.kind, head, joined, "").await
    }

    async fn write_messages(&self, tx: &DatabaseTransaction, loaded: &Loaded) -> Result<(), Fault> {
        if loaded.written.messages.is_empty() {
            return Ok(());
        }
        let posted = loaded.written.messages.iter().map(rows::message_values).collect();
        let head = "INSERT INTO message (conversation_id, seq, rev, n, sender_id, client_id, fingerprint, kind, text, \
            card_kind, card_id, card_data, at) VALUES ";
        db::write_rows(tx, self.kind, head, posted, "").await?;
        let moved = loaded
            .written
            .moved
            .iter()
            .filter_map(|id| loaded.conversations.get(id));
        let update = self
            .sql()
            .text("WITH moved (id, rev, n, at) AS (VALUES ")
            .padded_rows(moved.map(|c| [c.id.into(), c.last_rev.into(), c.last_n.into(), c.last_at.0.into()]))
            .text(
                ") UPDATE conversation SET last_rev = moved.rev, last_n = moved.n, last_at = moved.at \
                 FROM moved WHERE conversation.id = moved.id",
            )
            .build();
        tx.execute_raw(update).await?;
        Ok(())
    }
}

impl Batch for ChatBatch {
    fn load<'a>(
        &'a self,
        tx: &'a DatabaseTransaction,
        set: &'a mut WorkingSet,
        _: Micros,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            self.find_direct(tx, set).await?;
            let loaded = set.slot::<Loaded>();
            self.lock_conversations(tx, loaded).await?;
            self.read_members(tx, loaded).await?;
            self.read_posted(tx, loaded).await
        }
        .boxed()
    }

    fn write<'a>(&'a self, tx: &'a DatabaseTransaction, set: &'a mut WorkingSet) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let loaded = set.slot::<Loaded>();
            self.write_conversations(tx, loaded).await?;
            self.write_messages(tx, loaded).await
        }
        .boxed()
    }
}
