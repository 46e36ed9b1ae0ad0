//! A receipt that anyone can check without this server: what it says of a transfer follows from the ledger's row, the
//! row leads to a block's root, the block's hash covers the root, a key signed the hash, and each key was taken over by
//! the next up to the one that the reader trusts.

mod check;

use super::account::AccountKey;
use super::chain::{self, COLUMNS, Hash, Side};
use super::keys::KeyInForce;
use super::store::SealedBlock;
use super::transfer::Transfer;
use crate::ids::UserId;
use crate::protocol::{
    RECEIPT_FORMAT, Receipt, ReceiptBlock, ReceiptHandover, ReceiptKey, ReceiptName, ReceiptNames, ReceiptOwner,
    ReceiptRow, ReceiptSays, UserView,
};

pub use check::{Flaw, Proven, check_receipt};

/// What a receipt is made of.
pub(super) struct Source<'a> {
    /// The row.
    pub(super) row: &'a Transfer,
    /// Whose account gave, and whose got.
    pub(super) owners: (AccountKey, AccountKey),
    /// The side of who asks.
    pub(super) side: Side,
    /// The leaves of the row's block, in order.
    pub(super) leaves: &'a [Hash],
    /// The block.
    pub(super) block: &'a SealedBlock,
    /// All keys, the first one first.
    pub(super) keys: &'a [KeyInForce],
    /// How people are called.
    pub(super) names: &'a dyn Fn(UserId) -> Option<UserView>,
}

/// Makes the receipt; none when the ledger is not what it must be, which is an audit's to name.
pub(super) fn make(source: &Source<'_>) -> Option<Receipt> {
    let (row, block) = (source.row, source.block);
    let index = usize::try_from(row.seq.checked_sub(block.header.first_seq)?).ok()?;
    let path = chain::merkle_path(source.leaves, index)?;
    let at = source
        .keys
        .iter()
        .rposition(|key| key.from_block <= block.header.number)?;
    let (key, later) = source.keys.get(at..)?.split_first()?;
    let other = match source.side {
        Side::Debit => Side::Credit,
        Side::Credit => Side::Debit,
    };
    let name = |key: AccountKey| {
        let view = (source.names)(key.owner)?;
        Some(ReceiptName {
            handle: view.handle,
            display_name: view.display_name,
        })
    };
    let mut receipt = Receipt {
        format: RECEIPT_FORMAT.to_owned(),
        transfer: row.id().to_string(),
        says: ReceiptSays {
            kind: row.purpose.as_str().to_owned(),
            state: row.kind.state().to_owned(),
            amount: row.money.to_string(),
            currency: row.money.currency().code().to_owned(),
            at: row.at.to_string(),
            from: owner(source.owners.0),
            to: owner(source.owners.1),
        },
        row: shown(row, source.side),
        side: source.side.as_str().to_owned(),
        salt: hex::encode(chain::side_salt(&block.salt, row.seq, source.side)),
        other_side: hex::encode(chain::side_of(row, &block.salt, other)),
        path: path.iter().map(hex::encode).collect(),
        block: block_of(block),
        key: ReceiptKey {
            id: key.id.clone(),
            public: hex::encode(&key.public),
        },
        handovers: later.iter().map(handover).collect(),
        names: ReceiptNames {
            proven: false,
            from: name(source.owners.0),
            to: name(source.owners.1),
        },
        sha256: String::new(),
    };
    receipt.sha256 = check::checksum(&receipt);
    Some(receipt)
}

fn owner(key: AccountKey) -> ReceiptOwner {
    ReceiptOwner {
        user: key.owner,
        account: key.kind.as_str().to_owned(),
    }
}

/// The columns that the owner of one side may see.
fn shown(row: &Transfer, side: Side) -> ReceiptRow {
    let may_see = COLUMNS
        .iter()
        .filter(|column| column.side.is_none_or(|own| own == side));
    let columns = may_see.map(|column| (column.name.to_owned(), column.of(row).written()));
    ReceiptRow(columns.collect())
}

fn block_of(block: &SealedBlock) -> ReceiptBlock {
    let header = &block.header;
    ReceiptBlock {
        shard: header.shard,
        number: header.number,
        first_seq: header.first_seq,
        last_seq: header.last_seq,
        prev_hash: hex::encode(&header.prev_hash),
        root: hex::encode(header.root),
        at: header.at.0,
        key_id: header.key_id.clone(),
        hash: hex::encode(&block.hash),
        signature: hex::encode(&block.signature),
    }
}

fn handover(key: &KeyInForce) -> ReceiptHandover {
    ReceiptHandover {
        id: key.id.clone(),
        public: hex::encode(&key.public),
        from_block: key.from_block,
        head_hash: hex::encode(&key.head_hash),
        at: key.at.0,
        handed_over: hex::encode(&key.handed_over),
        taken_over: hex::encode(&key.taken_over),
    }
}

#[cfg(test)]
mod tests;
