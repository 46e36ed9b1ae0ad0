//! The SQL of receipts.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quipu_entity::op_receipt;

use super::{Fingerprint, Receipt, Receipts};
use crate::clock::Micros;
use crate::db::columns::{self, Column};
use crate::db::{Fault, Kind, Source as _, Tx, Writes, from_row};
use crate::group_commit::{Batch, WorkingSet};

from_row!(op_receipt::Model {
    client_id,
    actor_id,
    fingerprint,
    answer,
    at
});

/// Receipts in a group commit.
#[derive(Debug)]
pub struct ReceiptBatch {
    kind: Kind,
}

/// When the batch is: receipts carry it.
#[derive(Debug, Default)]
struct LoadedAt(i64);

impl ReceiptBatch {
    /// For a database of this kind.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind }
    }
}

impl Batch for ReceiptBatch {
    fn load<'a>(&'a self, tx: &'a Tx, set: &'a mut WorkingSet, now: Micros) -> BoxFuture<'a, Result<(), Fault>> {
        async move {
            set.slot::<LoadedAt>().0 = now.0;
            let slot = set.slot::<Receipts>();
            if slot.wanted.is_empty() {
                return Ok(());
            }
            let wanted = slot.wanted.iter();
            let wanted = wanted
                .map(|(client, actor)| [(*client).into(), (*actor).into()])
                .collect();
            let key = [("client_id", Column::Id), ("actor_id", Column::Id)];
            let select = columns::find(self.kind, "op_receipt", &key, "", wanted);
            for row in tx.all::<op_receipt::Model>(select).await? {
                let key = (row.client_id.into(), row.actor_id.into());
                slot.found.insert(key, receipt(&row));
            }
            Ok(())
        }
        .boxed()
    }

    fn write(&self, set: &mut WorkingSet, writes: &mut Writes) {
        let at = set.slot::<LoadedAt>().0;
        let given = &set.slot::<Receipts>().given;
        let rows = given
            .iter()
            .map(|(client, actor, receipt)| {
                let (fingerprint, answer) = (receipt.fingerprint.bytes(), receipt.answer.clone());
                [
                    (*client).into(),
                    (*actor).into(),
                    fingerprint.into(),
                    answer.into(),
                    at.into(),
                ]
            })
            .collect();
        let head = "INSERT INTO op_receipt (client_id, actor_id, fingerprint, answer, at) VALUES ";
        writes.rows(head, rows, "");
    }
}

fn receipt(row: &op_receipt::Model) -> Receipt {
    Receipt {
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        answer: row.answer.clone(),
    }
}
