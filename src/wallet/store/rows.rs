//! Rows to values and back.

use quipu_entity::{account, account_event, block, ledger_head, transfer};
use sea_orm::Value;

use crate::clock::Micros;
use crate::db::Fault;
use crate::op_receipt::Fingerprint;
use crate::wallet::account::{Account, AccountKey, AccountKind, AccountStatus};
use crate::wallet::chain::BlockHeader;
use crate::wallet::ledger::{AccountEvent, AccountEventKind, Head};
use crate::wallet::money::{Currency, Money};
use crate::wallet::transfer::{Card, Transfer, TransferKind};

/// A row that no rule of ours could have written.
fn unreadable(what: &str) -> Fault {
    Fault::Other(format!("the ledger holds {what} that this version cannot read"))
}

pub(super) fn head(row: ledger_head::Model) -> Head {
    Head {
        next_seq: row.next_seq,
        next_block: row.next_block,
        hash: row.head_hash,
        key_id: row.key_id,
        last_at: Micros(row.last_at),
    }
}

pub(super) fn account(row: &account::Model) -> Result<Account, Fault> {
    let kind = AccountKind::from_code(row.kind).ok_or_else(|| unreadable("a kind of account"))?;
    let currency = Currency::of(&row.currency).map_err(|_| unreadable("a currency"))?;
    Ok(Account {
        id: row.id.into(),
        key: AccountKey {
            owner: row.owner_id.into(),
            kind,
            currency,
        },
        posted: row.posted,
        held: row.held,
        floor: row.floor,
        status: AccountStatus::from_code(row.status),
        last_seq: row.last_seq,
        opened_at: Micros(row.opened_at),
    })
}

pub(super) fn account_values(opened: &Account) -> [Value; 10] {
    [
        opened.id.into(),
        opened.key.owner.into(),
        opened.key.kind.code().into(),
        opened.key.currency.code().into(),
        opened.posted.into(),
        opened.held.into(),
        opened.floor.into(),
        opened.status.code().into(),
        opened.last_seq.into(),
        opened.opened_at.0.into(),
    ]
}

pub(super) fn transfer(row: transfer::Model) -> Result<Transfer, Fault> {
    let currency = Currency::of(&row.currency).map_err(|_| unreadable("a currency"))?;
    let card = row.conversation_id.zip(row.card_seq);
    Ok(Transfer {
        seq: row.seq,
        client_id: row.client_id.into(),
        actor: row.actor_id.into(),
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        kind: TransferKind::from_code(row.kind).ok_or_else(|| unreadable("a kind of transfer"))?,
        debit: row.debit_id.into(),
        credit: row.credit_id.into(),
        money: Money::of_minor(row.amount, currency).map_err(|_| unreadable("an amount"))?,
        debit_after: row.debit_after,
        credit_after: row.credit_after,
        debit_prev: row.debit_prev,
        credit_prev: row.credit_prev,
        note: row.note,
        card: card.map(|(conversation, seq)| Card {
            conversation: conversation.into(),
            seq,
        }),
        at: Micros(row.at),
    })
}

pub(super) fn transfer_values(posted: &Transfer) -> [Value; 17] {
    [
        posted.seq.into(),
        posted.client_id.into(),
        posted.actor.into(),
        posted.fingerprint.bytes().into(),
        posted.kind.code().into(),
        posted.debit.into(),
        posted.credit.into(),
        posted.money.currency().code().into(),
        posted.money.minor().into(),
        posted.debit_after.into(),
        posted.credit_after.into(),
        posted.debit_prev.into(),
        posted.credit_prev.into(),
        posted.note.clone().into(),
        posted.card.map(|card| card.conversation.uuid()).into(),
        posted.card.map(|card| card.seq).into(),
        posted.at.0.into(),
    ]
}

pub(super) fn account_event(row: &account_event::Model) -> Result<AccountEvent, Fault> {
    let kind = AccountKind::from_code(row.account_kind).ok_or_else(|| unreadable("a kind of account"))?;
    let currency = Currency::of(&row.currency).map_err(|_| unreadable("a currency"))?;
    let event = match row.event {
        0 => AccountEventKind::Opened,
        _ => return Err(unreadable("an event of an account")),
    };
    Ok(AccountEvent {
        seq: row.seq,
        account: row.account_id.into(),
        key: AccountKey {
            owner: row.owner_id.into(),
            kind,
            currency,
        },
        event,
        floor: row.floor,
        status: AccountStatus::from_code(row.status),
        prev_seq: row.prev_seq,
        at: Micros(row.at),
    })
}

pub(super) fn account_event_values(event: &AccountEvent) -> [Value; 10] {
    [
        event.seq.into(),
        event.account.into(),
        event.key.owner.into(),
        event.key.kind.code().into(),
        event.key.currency.code().into(),
        event.event.code().into(),
        event.floor.into(),
        event.status.code().into(),
        event.prev_seq.into(),
        event.at.0.into(),
    ]
}

/// A sealed block: its header, its hash and its signature as they stand in the database.
#[derive(Debug, Clone)]
pub(in crate::wallet) struct SealedBlock {
    pub(in crate::wallet) header: BlockHeader,
    pub(in crate::wallet) hash: Vec<u8>,
    pub(in crate::wallet) signature: Vec<u8>,
}

pub(super) fn block(row: block::Model) -> SealedBlock {
    let header = BlockHeader {
        shard: row.shard,
        number: row.number,
        first_seq: row.first_seq,
        last_seq: row.last_seq,
        prev_hash: row.prev_hash,
        // A root of another length matches no rows.
        root: row.root.try_into().unwrap_or([0; 32]),
        at: Micros(row.at),
        key_id: row.key_id,
    };
    SealedBlock {
        header,
        hash: row.hash,
        signature: row.signature,
    }
}

pub(super) fn block_values(sealed: &SealedBlock) -> [Value; 10] {
    let header = &sealed.header;
    [
        header.shard.into(),
        header.number.into(),
        header.first_seq.into(),
        header.last_seq.into(),
        header.prev_hash.clone().into(),
        header.root.to_vec().into(),
        sealed.hash.clone().into(),
        sealed.signature.clone().into(),
        header.key_id.clone().into(),
        header.at.0.into(),
    ]
}
