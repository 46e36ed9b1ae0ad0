//! Rows to values and back.

use quipu_entity::{account, account_event, block, hold, ledger_head, ledger_key, refund, transfer};
use sea_orm::Value;

use crate::clock::Micros;
use crate::db::Fault;
use crate::op_receipt::Fingerprint;
use crate::wallet::account::{Account, AccountKey, AccountKind, AccountStatus, Spent};
use crate::wallet::chain::BlockHeader;
use crate::wallet::flow::{FlowKind, FlowRef};
use crate::wallet::keys::KeyInForce;
use crate::wallet::ledger::{AccountEvent, AccountEventKind, Head, Hold, HoldState, Refund};
use crate::wallet::money::{Currency, Money};
use crate::wallet::transfer::{Card, Purpose, Transfer, TransferKind};

/// A row that no rule of ours could have written.
fn unreadable(row: impl std::fmt::Display, what: &str) -> Fault {
    Fault::Corrupt(format!("{row} has {what} that there is not"))
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
    let name = || format!("account {}", row.id);
    let kind = AccountKind::from_code(row.kind).ok_or_else(|| unreadable(name(), "a kind of account"))?;
    let currency = Currency::of(&row.currency).map_err(|_| unreadable(name(), "a currency"))?;
    let status = AccountStatus::from_code(row.status).ok_or_else(|| unreadable(name(), "a status"))?;
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
        status,
        last_seq: row.last_seq,
        opened_at: Micros(row.opened_at),
        spent: Spent {
            day: row.out_day,
            day_minor: row.out_day_minor,
            year: row.out_year,
            year_minor: row.out_year_minor,
        },
    })
}

pub(super) fn account_values(opened: &Account) -> [Value; 14] {
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
        opened.spent.day.into(),
        opened.spent.day_minor.into(),
        opened.spent.year.into(),
        opened.spent.year_minor.into(),
    ]
}

pub(super) fn transfer(row: transfer::Model) -> Result<Transfer, Fault> {
    let currency =
        Currency::of(&row.currency).map_err(|_| unreadable(format_args!("row {}", row.seq), "a currency"))?;
    let card = row.conversation_id.zip(row.card_seq);
    if card.is_none() && (row.conversation_id.is_some() || row.card_seq.is_some()) {
        return Err(unreadable(format_args!("row {}", row.seq), "half a place of a card"));
    }
    let flow = row.flow_kind.zip(row.flow_id);
    if flow.is_none() && (row.flow_kind.is_some() || row.flow_id.is_some()) {
        return Err(unreadable(format_args!("row {}", row.seq), "half a name of a flow"));
    }
    let flow = flow.map(|(kind, id)| {
        let kind = i16::try_from(kind).ok().and_then(FlowKind::from_code);
        let kind = kind.ok_or_else(|| unreadable(format_args!("row {}", row.seq), "a kind of flow"))?;
        Ok::<_, Fault>(FlowRef { kind, id: id.into() })
    });
    Ok(Transfer {
        seq: row.seq,
        client_id: row.client_id.into(),
        actor: row.actor_id.into(),
        fingerprint: Fingerprint::from_bytes(&row.fingerprint),
        kind: TransferKind::from_code(row.kind)
            .ok_or_else(|| unreadable(format_args!("row {}", row.seq), "a kind of transfer"))?,
        purpose: Purpose::from_code(row.purpose)
            .ok_or_else(|| unreadable(format_args!("row {}", row.seq), "a purpose of a transfer"))?,
        leg: row.leg,
        legs: row.legs,
        debit: row.debit_id.into(),
        credit: row.credit_id.into(),
        money: Money::of_minor(row.amount, currency)
            .map_err(|_| unreadable(format_args!("row {}", row.seq), "an amount"))?,
        of: row.of_seq,
        expires_at: row.expires_at.map(Micros),
        debit_after: row.debit_after,
        debit_held: row.debit_held,
        credit_after: row.credit_after,
        debit_prev: row.debit_prev,
        credit_prev: row.credit_prev,
        note: row.note,
        card: card.map(|(conversation, seq)| Card {
            conversation: conversation.into(),
            seq,
        }),
        flow: flow.transpose()?,
        at: Micros(row.at),
    })
}

pub(super) fn transfer_values(posted: &Transfer) -> [Value; 25] {
    [
        posted.seq.into(),
        posted.client_id.into(),
        posted.actor.into(),
        posted.fingerprint.bytes().into(),
        posted.kind.code().into(),
        posted.purpose.code().into(),
        posted.leg.into(),
        posted.legs.into(),
        posted.debit.into(),
        posted.credit.into(),
        posted.money.currency().code().into(),
        posted.money.minor().into(),
        posted.of.into(),
        posted.expires_at.map(|at| at.0).into(),
        posted.debit_after.into(),
        posted.debit_held.into(),
        posted.credit_after.into(),
        posted.debit_prev.into(),
        posted.credit_prev.into(),
        posted.note.clone().into(),
        posted.card.map(|card| card.conversation.uuid()).into(),
        posted.card.map(|card| card.seq).into(),
        posted.flow.map(|flow| i64::from(flow.kind.code())).into(),
        posted.flow.map(|flow| flow.id.uuid()).into(),
        posted.at.0.into(),
    ]
}

pub(super) fn account_event(row: &account_event::Model) -> Result<AccountEvent, Fault> {
    let kind = AccountKind::from_code(row.account_kind)
        .ok_or_else(|| unreadable(format_args!("row {}", row.seq), "a kind of account"))?;
    let currency =
        Currency::of(&row.currency).map_err(|_| unreadable(format_args!("row {}", row.seq), "a currency"))?;
    let event = AccountEventKind::from_code(row.event)
        .ok_or_else(|| unreadable(format_args!("row {}", row.seq), "an event of an account"))?;
    let status = AccountStatus::from_code(row.status)
        .ok_or_else(|| unreadable(format_args!("row {}", row.seq), "a status of an account"))?;
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
        status,
        prev_seq: row.prev_seq,
        client_id: row.client_id.into(),
        actor: row.actor_id.into(),
        reason: row.reason.clone(),
        at: Micros(row.at),
    })
}

pub(super) fn account_event_values(event: &AccountEvent) -> [Value; 13] {
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
        event.client_id.into(),
        event.actor.into(),
        event.reason.clone().into(),
        event.at.0.into(),
    ]
}

pub(super) fn hold(row: &hold::Model) -> Result<Hold, Fault> {
    Ok(Hold {
        transfer: row.transfer_seq,
        amount: row.amount,
        captured: row.captured,
        state: HoldState::from_code(row.state)
            .ok_or_else(|| unreadable(format_args!("hold {}", row.transfer_seq), "a state of a hold"))?,
        expires_at: Micros(row.expires_at),
    })
}

pub(super) fn hold_values(hold: &Hold) -> [Value; 5] {
    [
        hold.transfer.into(),
        hold.amount.into(),
        hold.captured.into(),
        hold.state.code().into(),
        hold.expires_at.0.into(),
    ]
}

pub(super) const fn refund(row: &refund::Model) -> Refund {
    Refund {
        transfer: row.transfer_seq,
        amount: row.amount,
        refunded: row.refunded,
    }
}

pub(super) fn refund_values(refund: &Refund) -> [Value; 3] {
    [refund.transfer.into(), refund.amount.into(), refund.refunded.into()]
}

pub(super) fn key(row: ledger_key::Model) -> KeyInForce {
    KeyInForce {
        id: row.key_id,
        from_block: row.from_block,
        public: row.public_key,
        head_hash: row.head_hash,
        handed_over: row.handed_over,
        taken_over: row.taken_over,
        at: Micros(row.at),
    }
}

/// A sealed block: its header, its hash, the salt of its leaves and its signature as they stand in the database.
#[derive(Debug, Clone)]
pub(in crate::wallet) struct SealedBlock {
    pub(in crate::wallet) header: BlockHeader,
    pub(in crate::wallet) hash: Vec<u8>,
    pub(in crate::wallet) salt: Vec<u8>,
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
        salt: row.salt,
        signature: row.signature,
    }
}

pub(super) fn block_values(sealed: &SealedBlock) -> [Value; 11] {
    let header = &sealed.header;
    [
        header.shard.into(),
        header.number.into(),
        header.first_seq.into(),
        header.last_seq.into(),
        header.prev_hash.clone().into(),
        header.root.to_vec().into(),
        sealed.hash.clone().into(),
        sealed.salt.clone().into(),
        sealed.signature.clone().into(),
        header.key_id.clone().into(),
        header.at.0.into(),
    ]
}
