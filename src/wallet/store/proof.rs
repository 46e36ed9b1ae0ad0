//! What a receipt is made of: a row with its two accounts, and the block that seals it.

use quipu_entity::{account, block};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::audit_pages::AuditSnapshot;
use super::batch::SHARD;
use super::rows::{self, SealedBlock};
use crate::db::Fault;
use crate::ids::AccountId;
use crate::wallet::account::{Account, AccountKey};

impl AuditSnapshot {
    /// What these two accounts are; none when one of them is not there.
    pub(in crate::wallet) async fn sides(
        &self,
        debit: AccountId,
        credit: AccountId,
    ) -> Result<Option<(AccountKey, AccountKey)>, Fault> {
        let found = account::Entity::find()
            .filter(account::Column::Id.is_in([debit.uuid(), credit.uuid()]))
            .all(self.tx())
            .await?;
        let found = found.iter().map(rows::account).collect::<Result<Vec<_>, _>>()?;
        let key = |id| found.iter().find(|account| account.id == id).map(|account| account.key);
        Ok(key(debit).zip(key(credit)))
    }

    /// An account.
    pub(in crate::wallet) async fn account(&self, id: AccountId) -> Result<Option<Account>, Fault> {
        let row = account::Entity::find_by_id(id.uuid()).one(self.tx()).await?;
        row.as_ref().map(rows::account).transpose()
    }

    /// The block that seals a row; none when no block does. Blocks are in the order of their rows and each has at
    /// least one, so it is found by halving, at most 63 times, and needs no index that each commit would have to keep.
    pub(in crate::wallet) async fn block_of(&self, seq: i64) -> Result<Option<SealedBlock>, Fault> {
        let Some(head) = self.head().await? else {
            return Ok(None);
        };
        let (mut first, mut last) = (1, seq.min(head.next_block - 1));
        while first <= last {
            let middle = first + (last - first) / 2;
            let found = block::Entity::find_by_id((SHARD, middle)).one(self.tx()).await?;
            let Some(found) = found else { return Ok(None) };
            if seq < found.first_seq {
                last = middle - 1;
            } else if seq > found.last_seq {
                first = middle + 1;
            } else {
                return Ok(Some(rows::block(found)));
            }
        }
        Ok(None)
    }
}
