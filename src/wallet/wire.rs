//! The wallet's rows as the wire shows them.

use std::collections::HashMap;

use super::AcceptAbove;
use super::account::Account;
use super::fee::FeeRate;
use super::ledger::{AccountEvent, PlacedLeg};
use super::money::{Currencies, Currency};
use super::service::Refunded;
use super::transfer::{Instruction, Paid, Transfer, TransferId, TransferKind};
use crate::delivery::EncodedEvent;
use crate::ids::UserId;
use crate::protocol::{
    self, AccountChanged, AccountView, CurrencyView, LogId, RefundDone, TransferCard, TransferChanged, TransferSent,
    TransferView, UserView, WalletView,
};

/// The kind of a payment's card.
pub(super) const PAYMENT_CARD: &str = "transfer";
/// The kind of a reversal's card.
const REVERSAL_CARD: &str = "reversal";

/// The card of a payment: kind, id, and what every member of the conversation may see, as JSON. What the payer pays
/// on top is theirs to know.
pub(super) fn payment_card(instruction: &Instruction) -> (String, String, String) {
    let id = TransferId::first(instruction.client_id, instruction.from.id);
    let (amount, currency) = (instruction.money.to_string(), instruction.money.currency());
    let data = TransferCard {
        from: instruction.from.id,
        to: instruction.to.id,
        amount: &amount,
        currency: currency.code(),
        note: &instruction.note,
        state: TransferKind::Post.state(),
        refunded: None,
        expires_at: None,
    };
    (PAYMENT_CARD.to_owned(), id.to_string(), protocol::to_json(&data))
}

/// The card of a reversal: money that went back `from` who had got it `to` who had paid it.
pub(super) fn reversal_card(row: &Transfer, from: UserId, to: UserId) -> (String, String, String) {
    let (amount, currency) = (row.money.to_string(), row.money.currency());
    let data = TransferCard {
        from,
        to,
        amount: &amount,
        currency: currency.code(),
        note: &row.note,
        state: row.kind.state(),
        refunded: None,
        expires_at: None,
    };
    (REVERSAL_CARD.to_owned(), row.id().to_string(), protocol::to_json(&data))
}

/// A payment's card that tells how much of it went back.
pub(super) fn with_refund(data: &str, refunded: String) -> String {
    protocol::stored::with_text(data, "refunded", refunded)
}

/// Whether the card of a row, as it stands in its conversation, is of the row's kind and shows who gave what to whom.
pub(super) fn card_agrees(row: &Transfer, (from, to): (UserId, UserId), kind: &str, data: &str) -> bool {
    let expected = match row.kind {
        TransferKind::Reverse => REVERSAL_CARD,
        _ => PAYMENT_CARD,
    };
    let (amount, currency) = (row.money.to_string(), row.money.currency());
    let shown = TransferCard {
        from,
        to,
        amount: &amount,
        currency: currency.code(),
        note: &row.note,
        state: row.kind.state(),
        refunded: None,
        expires_at: None,
    };
    // What becomes of one that is accepted first is held against the offer itself.
    let state = row.kind == TransferKind::Hold || TransferCard::state_of(data).as_deref() == Some(shown.state);
    kind == expected && state && shown.is_said_by(data)
}

/// Whether a message of this kind of card has a row of the ledger.
pub(super) const CARDS: [&str; 2] = [PAYMENT_CARD, REVERSAL_CARD];

/// The kinds of the cards of flows that are no payments themselves.
pub(super) const FLOW_CARDS: [&str; 5] = ["request", "packet", "bill", "schedule", "dispute"];

/// What the wallet offers, as `hello` tells it.
#[must_use]
pub fn wallet_view(currencies: &Currencies, fee: FeeRate, accept_above: &AcceptAbove) -> WalletView {
    let view = |currency: &Currency| CurrencyView {
        code: currency.code().to_owned(),
        exponent: currency.exponent(),
        accept_first_above: accept_above.bound(*currency).map(|most| currency.format(most)),
    };
    WalletView {
        currencies: currencies.all().iter().map(view).collect(),
        default_currency: currencies.default_currency().code().to_owned(),
        fee_basis_points: fee.basis_points(),
    }
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
        kind: transfer.purpose.as_str(),
        direction: if out { "out" } else { "in" },
        state: transfer.kind.state(),
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
        expires_at: transfer.expires_at,
        at: transfer.at,
    }
}

/// The answer to `transfer.send`.
#[must_use]
pub fn sent(paid: &Paid, duplicate: bool) -> TransferSent {
    let Paid { transfer, fee } = paid;
    let currency = transfer.money.currency();
    TransferSent {
        id: transfer.id().to_string(),
        state: transfer.kind.state(),
        at: transfer.at,
        balance: currency.format(fee.as_ref().unwrap_or(transfer).debit_after),
        fee: fee.as_ref().map(|leg| leg.money.to_string()),
        conversation: transfer.card.map(|card| card.conversation),
        seq: transfer.card.map(|card| card.seq),
        duplicate,
    }
}

/// The answer to `transfer.refund`.
#[must_use]
pub fn refunded(refund: &Refunded) -> RefundDone {
    let transfer = &refund.transfer;
    let currency = transfer.money.currency();
    RefundDone {
        id: transfer.id().to_string(),
        of: refund.of.to_string(),
        amount: transfer.money.to_string(),
        currency: currency.code().to_owned(),
        balance: currency.format(transfer.debit_after),
        conversation: transfer.card.map(|card| card.conversation),
        seq: transfer.card.map(|card| card.seq),
        at: transfer.at,
        duplicate: refund.duplicate,
    }
}

/// The push of a movement to the owner of one of its two accounts.
pub(super) fn movement_event(leg: &PlacedLeg, account: &Account, people: &HashMap<UserId, UserView>) -> EncodedEvent {
    let transfer = &leg.transfer;
    let (prev, other) = if transfer.debit == account.id {
        (transfer.debit_prev, &leg.credit)
    } else {
        (transfer.credit_prev, &leg.debit)
    };
    let other = people.get(&other.key.owner).cloned();
    let changed = AccountChanged {
        account: account_view(account),
        transfer: Some(transfer_view(transfer, account, other)),
    };
    account_event(prev, account, &changed)
}

/// The push of a change of an account itself to its owner.
pub(super) fn change_event(event: &AccountEvent, account: &Account) -> EncodedEvent {
    let changed = AccountChanged {
        account: account_view(account),
        transfer: None,
    };
    account_event(event.prev_seq, account, &changed)
}

fn account_event(prev: i64, account: &Account, changed: &AccountChanged) -> EncodedEvent {
    let (log, rev) = (LogId::Account(account.id), account.last_seq);
    let json = protocol::log_push("account.changed", log, prev, rev, changed);
    EncodedEvent::new(log, prev, rev, json)
}

/// The push to both parties that a transfer came to its state.
pub(super) fn transfer_changed(leg: &PlacedLeg) -> bytes::Bytes {
    let transfer = &leg.transfer;
    let changed = TransferChanged {
        id: transfer.id().to_string(),
        client_id: transfer.client_id,
        state: transfer.kind.state(),
        from: leg.debit.key.owner,
        to: leg.credit.key.owner,
        amount: transfer.money.to_string(),
        currency: transfer.money.currency().code().to_owned(),
        conversation: transfer.card.map(|card| card.conversation),
    };
    protocol::push("transfer.changed", &changed)
}
