//! Chat in a group commit: what is loaded under its locks.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::{conversation, member, message};
use sea_orm::Value;

use super::{rows, write};
use crate::chat::log::{self, Loaded};
use crate::chat::{DirectKey, Emoji};
use crate::clock::Micros;
use crate::db::columns::{self, Column};
use crate::db::{Fault, Kind, Source as _, Sql, Tx, Writes, from_row};
use crate::group_commit::{Batch, WorkingSet};

from_row!(conversation::Model {
    id,
    kind,
    title,
    direct_key,
    last_rev,
    last_n,
    last_at,
    created_by,
    created_at,
    member_count,
    mark_rev,
    history,
    slow_mode_seconds,
    blocked,
    pinned_count,
    avatar
});
from_row!(member::Model {
    conversation_id,
    user_id,
    role,
    from_seq,
    until_seq,
    read_seq,
    joined_at,
    delivered_seq,
    mark_rev,
    last_post_at
});
from_row!(message::Model {
    conversation_id,
    seq,
    rev,
    n,
    sender_id,
    client_id,
    fingerprint,
    kind,
    text,
    card_kind,
    card_id,
    card_data,
    at,
    extra,
    edited_at,
    recalled_by,
    recalled_at,
    pinned,
    reactions
});

/// Chat in a group commit.
#[derive(Debug)]
pub struct ChatBatch {
    kind: Kind,
}

struct ReactionRow {
    conversation_id: sea_orm::entity::prelude::Uuid,
    seq: i64,
    user_id: sea_orm::entity::prelude::Uuid,
    emoji: String,
}

from_row!(ReactionRow {
    conversation_id,
    seq,
    user_id,
    emoji
});

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
    async fn find_direct(&self, tx: &Tx, set: &mut WorkingSet) -> Result<(), Fault> {
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
        for row in tx.all::<conversation::Model>(select).await? {
            let found = rows::conversation(row);
            if let Some(key) = found.direct_key {
                loaded.direct.insert(key, found.id);
                loaded.wants.conversations.insert(found.id);
                for user in key.people() {
                    loaded.want_member(found.id, user);
                }
            }
        }
        let missing: Vec<DirectKey> = loaded
            .wants
            .direct
            .iter()
            .filter(|key| !loaded.direct.contains_key(key))
            .copied()
            .collect();
        for key in missing {
            let [one, other] = key.people();
            log::want_people(set, &[one, other]);
            log::want_block(set, one, other);
            log::want_block(set, other, one);
        }
        Ok(())
    }

    async fn lock_conversations(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
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
        for row in tx.all::<conversation::Model>(select).await? {
            let conversation = rows::conversation(row);
            loaded.conversations.insert(conversation.id, conversation);
        }
        Ok(())
    }

    async fn read_members(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.members.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.members.iter();
        let wanted = wanted
            .map(|(conversation, user)| [(*conversation).into(), (*user).into()])
            .collect();
        let key = [("conversation_id", Column::Id), ("user_id", Column::Id)];
        let select = columns::find(self.kind, "member", &key, "", wanted);
        for row in tx.all::<member::Model>(select).await? {
            loaded
                .members
                .insert((row.conversation_id.into(), row.user_id.into()), rows::membership(&row));
        }
        Ok(())
    }

    async fn read_posted(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.posted.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.posted.iter();
        let wanted = wanted
            .map(|(client, sender)| [(*client).into(), (*sender).into()])
            .collect();
        let key = [("client_id", Column::Id), ("sender_id", Column::Id)];
        let select = columns::find(self.kind, "message", &key, "", wanted);
        for row in tx.all::<message::Model>(select).await? {
            let message = rows::message(row);
            loaded.posted.insert((message.client_id, message.sender), message);
        }
        Ok(())
    }

    async fn read_rows(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.rows.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.rows.iter();
        let wanted = wanted.map(|(conversation, seq)| [(*conversation).into(), (*seq).into()]);
        let key = [("conversation_id", Column::Id), ("seq", Column::Number)];
        let select = columns::find(self.kind, "message", &key, "", wanted.collect());
        for row in tx.all::<message::Model>(select).await? {
            let message = rows::message(row);
            loaded.rows.insert((message.conversation, message.seq), message);
        }
        Ok(())
    }

    async fn read_reactions(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.reacted.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.reacted.iter().map(write::reaction_key);
        let select = columns::find(self.kind, "reaction", &write::REACTION_KEY, "", wanted.collect());
        for row in tx.all::<ReactionRow>(select).await? {
            // What stands in the table was parsed once.
            if let Ok(emoji) = Emoji::parse(&row.emoji) {
                let key = (row.conversation_id.into(), row.seq, row.user_id.into(), emoji);
                loaded.reacted.insert(key);
            }
        }
        Ok(())
    }
}

impl Batch for ChatBatch {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, _: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            self.find_direct(tx, set).await?;
            let loaded = set.slot::<Loaded>();
            self.lock_conversations(tx, loaded).await?;
            self.read_members(tx, loaded).await?;
            self.read_posted(tx, loaded).await?;
            self.read_rows(tx, loaded).await?;
            self.read_reactions(tx, loaded).await
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        write::all(set.slot(), writes);
    }
}
