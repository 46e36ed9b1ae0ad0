//! The wallet's rows as the wire shows them.

use std::collections::HashMap;

use super::account::Account;
use super::money::Currency;
use super::operations::Moved;
use super::transfer::{Instruction, Transfer, TransferId};
use crate::delivery::EncodedEvent;
use crate::ids::UserId;
use crate::protocol::{
    self, AccountChanged, AccountView, LogId, TransferCard, TransferChanged, TransferSent, TransferView, UserView,
};

/// The only state of a transfer so far: it is posted or it is not there.
const POSTED: &str = "posted";
/// The kind of a transfer's card.
const CARD_KIND: &str = "transfer";

/// The card of a payment: kind, id, and what every member of the conversation may see, as JSON.
pub(super) fn card(instruction: &Instruction) -> (String, String, String) {
    let id = TransferId {
        client_id: instruction.client_id,
        actor: instruction.from.id,
    };
    let (amount, currency) = (instruction.money.to_string(), instruction.money.currency());
    let data = TransferCard {
        from: instruction.from.id,
        to: instruction.to.id,
        amount: &amount,
        currency: currency.code(),
        note: &instruction.note,
        state: POSTED,
    };
    (CARD_KIND.to_owned(), id.to_string(), protocol::to_json(&data))
}

/// An account as its owner sees it.
#[must_use]
pub fn account_view(account: &Account) -> AccountView {
    let currency = account.key.currency;
    AccountView {
        id: Some(account.id),
        log: Some(LogId::Account(account.id)),
        rev: account.last_seq,
        currency: currency.code().to_owned(),
        balance: currency.format(account.posted),
        available: currency.format(account.available()),
        held: currency.format(account.held),
        status: account.status.as_str(),
    }
}

/// The account that a wallet shows in a currency before its first credit.
#[must_use]
pub fn unopened_view(currency: Currency) -> AccountView {
    let zero = currency.format(0);
    AccountView {
        id: None,
        log: None,
        rev: 0,
        currency: currency.code().to_owned(),
        balance: zero.clone(),
        available: zero.clone(),
        held: zero,
        status: "open",
    }
}

/// A movement as the owner of `account` sees it.
#[must_use]
pub fn transfer_view(transfer: &Transfer, account: &Account, other: Option<UserView>) -> TransferView {
    let (currency, out) = (transfer.money.currency(), transfer.debit == account.id);
    TransferView {
        id: transfer.id().to_string(),
        kind: transfer.kind.as_str(),
        direction: if out { "out" } else { "in" },
        state: POSTED,
        amount: transfer.money.to_string(),
        currency: currency.code().to_owned(),
        balance: currency.format(if out {
            transfer.debit_after
        } else {
            transfer.credit_after
        }),
        counterparty: other,
        note: transfer.note.clone(),
        conversation: transfer.card.map(|card| card.conversation),
        at: transfer.at,
    }
}

/// The answer to `transfer.send`.
#[must_use]
pub fn sent(transfer: &Transfer, duplicate: bool) -> TransferSent {
    TransferSent {
        id: transfer.id().to_string(),
        state: POSTED,
        at: transfer.at,
        balance: transfer.money.currency().format(transfer.debit_after),
        conversation: transfer.card.map(|card| card.conversation),
        seq: transfer.card.map(|card| card.seq),
        duplicate,
    }
}

/// The push of a movement to the owner of one of its two accounts.
pub(super) fn account_event(moved: &Moved, account: &Account, people: &HashMap<UserId, UserView>) -> EncodedEvent {
    let transfer = &moved.transfer;
    let (prev, other) = if transfer.debit == account.id {
        (transfer.debit_prev, &moved.credit)
    } else {
        (transfer.credit_prev, &moved.debit)
    };
    let other = people.get(&other.key.owner).cloned();
    let changed = AccountChanged {
        account: account_view(account),
        transfer: transfer_view(transfer, account, other),
    };
    let log = LogId::Account(account.id);
    let json = protocol::log_push("account.changed", log, prev, transfer.seq, &changed);
    EncodedEvent::new(log, prev, transfer.seq, json)
}

/// The push to both parties that a transfer came to its state.
pub(super) fn transfer_changed(moved: &Moved) -> bytes::Bytes {
    let transfer = &moved.transfer;
    let changed = TransferChanged {
        id: transfer.id().to_string(),
        client_id: transfer.client_id,
        state: POSTED,
        from: moved.debit.key.owner,
        to: moved.credit.key.owner,
        amount: transfer.money.to_string(),
        currency: transfer.money.currency().code().to_owned(),
        conversation: transfer.card.map(|card| card.conversation),
    };
    protocol::push("transfer.changed", &changed)
}
