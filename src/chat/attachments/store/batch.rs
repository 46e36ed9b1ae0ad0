//! Attachments in a group commit: what is loaded under its locks, and what is written.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::{attachment, attachment_ref};
use sea_orm::Value;

use super::rows;
use crate::chat::attachments::loaded::Loaded;
use crate::clock::Micros;
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Kind, Source as _, Sql, Tx, Writes, from_row};
use crate::group_commit::{Batch, WorkingSet};
use crate::ids::AttachmentId;

from_row!(attachment_ref::Model {
    conversation_id,
    seq,
    place,
    attachment_id
});

/// The columns of what refers to an attachment.
const REFERENCE: Columns<4> = [
    ("conversation_id", Column::Id),
    ("seq", Column::Number),
    ("place", Column::Code),
    ("attachment_id", Column::Id),
];

/// Attachments in a group commit. Their locks come behind those of conversations and people.
#[derive(Debug)]
pub struct AttachmentBatch {
    kind: Kind,
}

impl AttachmentBatch {
    /// For a database of this kind.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind }
    }

    fn sql(&self) -> Sql {
        Sql::new(self.kind)
    }

    async fn read_references(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.messages.is_empty() {
            return Ok(());
        }
        let wanted = loaded.wants.messages.iter();
        let select = self
            .sql()
            .text("SELECT * FROM attachment_ref WHERE (conversation_id, seq) IN (VALUES ")
            .padded_rows(wanted.map(|(conversation, seq)| [(*conversation).into(), (*seq).into()]))
            .text(") ORDER BY conversation_id, seq, place")
            .build();
        for row in tx.all::<attachment_ref::Model>(select).await? {
            let (message, id) = ((row.conversation_id.into(), row.seq), row.attachment_id.into());
            loaded.references.entry(message).or_default().push(id);
            loaded.wants.ids.insert(id);
        }
        Ok(())
    }

    async fn lock(&self, tx: &Tx, loaded: &mut Loaded) -> Result<(), Fault> {
        if loaded.wants.ids.is_empty() {
            return Ok(());
        }
        let select = self
            .sql()
            .text("SELECT * FROM attachment WHERE (id) IN (VALUES ")
            .padded_rows(loaded.wants.ids.iter().map(|id| [Value::from(*id)]))
            .text(") ORDER BY id")
            .postgres(" FOR UPDATE")
            .build();
        for row in tx.all::<attachment::Model>(select).await? {
            let attachment = rows::attachment(row);
            loaded.found.insert(attachment.id, attachment);
        }
        Ok(())
    }
}

fn save(loaded: &Loaded, writes: &mut Writes) {
    let gone = &loaded.written.gone;
    if !gone.is_empty() {
        let delete = writes
            .sql()
            .text("DELETE FROM attachment_ref WHERE (conversation_id, seq) IN (VALUES ")
            .padded_rows(
                gone.iter()
                    .map(|(conversation, seq)| [(*conversation).into(), (*seq).into()]),
            )
            .text(")");
        writes.push(delete);
    }
    let added = loaded.written.references.iter();
    let added: Vec<_> = added
        .map(|new| {
            [
                new.conversation.into(),
                new.seq.into(),
                new.place.into(),
                new.attachment.into(),
            ]
        })
        .collect();
    writes.insert("attachment_ref", &REFERENCE, added, "");
    let (held, loose) = loaded.written.touched();
    if !held.is_empty() {
        let update = writes.sql().text("UPDATE attachment SET loose_since = NULL");
        writes.push(of_ids(update, &held));
    }
    if !loose.is_empty() {
        // Another message may still have it.
        let unless = " AND NOT EXISTS (SELECT 1 FROM attachment_ref r WHERE r.attachment_id = attachment.id)";
        let update = writes
            .sql()
            .text("UPDATE attachment SET loose_since = ")
            .bind(loaded.at.0);
        let update = of_ids(update, &loose).text(unless);
        writes.push(update);
    }
}

fn of_ids(sql: Sql, ids: &[AttachmentId]) -> Sql {
    sql.text(" WHERE (id) IN (VALUES ")
        .padded_rows(ids.iter().map(|id| [Value::from(*id)]))
        .text(")")
}

impl Batch for AttachmentBatch {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, now: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            let loaded = set.slot::<Loaded>();
            loaded.at = now;
            self.read_references(tx, loaded).await?;
            self.lock(tx, loaded).await
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        save(set.slot(), writes);
    }
}
