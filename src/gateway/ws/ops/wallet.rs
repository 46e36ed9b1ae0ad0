//! Accounts and payments.

use futures_util::FutureExt;

use crate::gateway::ws::caller::{Caller, Owed};
use crate::gateway::ws::dispatch::Next;
use crate::identity::Step;
use crate::ids::{ClientId, UserId};
use crate::protocol::{
    Accounts, Coded, ErrorCode, FreezeWallet, GetTransaction, RefundTransfer, SendTransfer, Transaction,
    TransferOutcome, TransferStatus, Transfers, UnfreezeWallet, UserView, WalletHistory, WireError,
};
use crate::wallet::{
    self, Account, Conditions, Consent, Filter, HistoryPage, Instruction, Money, Paid, TransferFound, TransferId,
    Wallet, WalletError, account_view, transfer_view, unopened_view,
};

use super::{cursor, page};

pub(in crate::gateway::ws) fn accounts(caller: &Caller, id: u64) {
    let (wallet, user) = (caller.state.wallet.clone(), caller.id());
    caller.answer_later(id, async move {
        let open = wallet.accounts(user).await.map_err(|error| error.wire())?;
        Ok(shown(&wallet, &open))
    });
}

/// Somebody's accounts, and that of the default currency before it opens.
fn shown(wallet: &Wallet, open: &[Account]) -> Accounts {
    let default = wallet.currencies().default_currency();
    let mut accounts: Vec<_> = open.iter().map(account_view).collect();
    if !open.iter().any(|account| account.key.currency == default) {
        accounts.push(unopened_view(default));
    }
    // The default currency first, then by code.
    accounts.sort_by_key(|account| (account.currency != default.code(), account.currency.clone()));
    Accounts { accounts, next: None }
}

pub(in crate::gateway::ws) fn history(caller: &Caller, id: u64, wanted: WalletHistory) -> Result<(), WireError> {
    let from = cursor(wanted.cursor.as_deref())?;
    let currencies = caller.state.wallet.currencies();
    let currency = match &wanted.currency {
        Some(code) => currencies.get(code).map_err(|error| error.wire())?,
        None => currencies.default_currency(),
    };
    let filter = wanted.filter.as_ref().map(|asked| Filter::parse(asked, currency));
    let filter = filter.transpose()?;
    if filter.is_some() {
        caller.state.rates.search(caller.id())?;
    }
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let (state, user) = (caller.state.clone(), caller.id());
    caller.answer_later(id, async move {
        let found = match &filter {
            Some(filter) => {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                state.records.history(user, currency, filter, from, limit).await
            }
            None => state.wallet.history(user, currency, from, limit).await,
        };
        let found = found.map_err(|error| error.wire())?;
        let HistoryPage {
            account: Some(account),
            rows,
            next,
        } = found
        else {
            return Ok(Transfers {
                transfers: Vec::new(),
                next: None,
            });
        };
        let others: Vec<_> = rows
            .iter()
            .map(|(_, other)| *other)
            .filter(|id| *id != UserId::SYSTEM)
            .collect();
        let people = state.people.get(&others).await.map_err(|error| error.wire())?;
        let shown = rows
            .iter()
            .map(|(row, other)| transfer_view(row, &account, people.get(other).cloned()));
        Ok(Transfers {
            transfers: shown.collect(),
            next: next.map(|seq| seq.to_string()),
        })
    });
    Ok(())
}

/// `wallet.freeze`: at once, and without a word more than that.
pub(in crate::gateway::ws) fn freeze(caller: &Caller, id: u64, wanted: &FreezeWallet) {
    lock(caller, id, wanted.client_id, true, Conditions::default());
}

/// `wallet.unfreeze`.
pub(in crate::gateway::ws) fn unfreeze(caller: &Caller, id: u64, wanted: &UnfreezeWallet, consent: Consent) {
    let conditions = Conditions {
        consent,
        ..Conditions::default()
    };
    lock(caller, id, wanted.client_id, false, conditions);
}

fn lock(caller: &Caller, id: u64, client_id: ClientId, lock: bool, conditions: Conditions) {
    let (wallet, owner) = (caller.state.wallet.clone(), caller.id());
    caller.answer_later(id, async move {
        let locked = wallet.lock((client_id, owner), lock, conditions).await;
        let accounts = locked.map_err(|error| error.wire())?;
        Ok(shown(&wallet, &accounts))
    });
}

/// What cannot be an id is no transfer, like any other that is not there.
pub(in crate::gateway::ws) fn transaction(caller: &Caller, id: u64, wanted: &GetTransaction) -> Result<(), WireError> {
    let of = wanted.transfer.parse::<TransferId>();
    let of = of.map_err(|_| WalletError::TransferNotFound.wire())?;
    let (records, user) = (caller.state.records.clone(), caller.id());
    caller.answer_later(id, async move {
        let story = records.transaction(of, user).await.map_err(|error| error.wire())?;
        let shown = story.rows.into_iter();
        let shown = shown.map(|(row, name)| transfer_view(&row, &story.account, name));
        Ok(Transaction {
            transfers: shown.collect(),
            complete: story.complete,
        })
    });
    Ok(())
}

/// `transfer.send`. The payee's name is usually known; when it has to be read first, the socket reads on only after
/// it, so that payments keep their order.
pub(in crate::gateway::ws) fn send(
    caller: &Caller,
    id: u64,
    wanted: SendTransfer,
    consent: Consent,
) -> Result<Next, WireError> {
    let wallet = &caller.state.wallet;
    let (amount, currency, note) = (&wanted.amount, &wanted.currency, &wanted.note);
    let terms = wallet::parse_terms(wallet.currencies(), amount, currency, note, wallet.note_chars());
    let (money, note) = terms.map_err(|error| error.wire())?;
    let agreed = wanted.fee.as_deref().map(|fee| money.currency().parse(fee)).transpose();
    let agreed = agreed.map_err(|error| error.wire().param("fee"))?;
    if wanted.to == caller.id() {
        return Err(WalletError::SelfTransfer.wire());
    }
    caller.state.rates.send(caller.id())?;
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeUnknown) else {
        return Ok(Next::Go);
    };
    let terms = Terms {
        money,
        agreed_fee: agreed,
        note,
        consent,
    };
    let known = caller.state.people.known(wanted.to);
    let may_pay = caller.state.identity.allow(Step::Payment, &caller.user).is_ok();
    match known {
        Some(to) if may_pay => pay(caller, wanted, terms, to, owed),
        _ => {
            return Ok(Next::Wait(look_up_and_pay(caller.clone(), wanted, terms, owed).boxed()));
        }
    }
    Ok(Next::Go)
}

/// What was parsed of a payment at the door.
struct Terms {
    money: Money,
    /// The fee that was agreed to, in minor units.
    agreed_fee: Option<i64>,
    note: String,
    consent: Consent,
}

async fn look_up_and_pay(caller: Caller, wanted: SendTransfer, terms: Terms, owed: Owed) {
    let asking = caller.clone();
    let found = caller
        .state
        .db
        .run(async move { look_up(&asking, wanted.to).await })
        .await;
    match found {
        Ok(to) => pay(&caller, wanted, terms, to, owed),
        Err(Refused(refusal)) => owed.refuse(&refusal),
    }
}

struct Refused(WireError);

impl From<crate::db::Fault> for Refused {
    fn from(fault: crate::db::Fault) -> Self {
        Self(WalletError::from(fault).wire())
    }
}

/// The payee; and whether the payer's address, unconfirmed when the socket signed in, was confirmed since.
async fn look_up(caller: &Caller, to: UserId) -> Result<UserView, Refused> {
    let (state, refused) = (&caller.state, |error: crate::identity::IdentityError| {
        Refused(error.wire().detail("money", "not_moved"))
    });
    if state.identity.allow(Step::Payment, &caller.user).is_err() {
        let payer = state.identity.user(caller.id()).await.map_err(refused)?;
        state.identity.allow(Step::Payment, &payer).map_err(refused)?;
    }
    let mut found = state.people.get(&[to]).await.map_err(refused)?;
    found
        .remove(&to)
        .ok_or_else(|| Refused(WalletError::PayeeUnavailable.wire()))
}

fn pay(caller: &Caller, wanted: SendTransfer, terms: Terms, to: UserView, owed: Owed) {
    let Terms {
        money,
        agreed_fee,
        note,
        consent,
    } = terms;
    let instruction = Instruction {
        client_id: wanted.client_id,
        from: caller.user.view(),
        to,
        conversation: wanted.conversation,
        money,
        fee: caller.state.wallet.fee(money),
        agreed_fee,
        note,
        conditions: Conditions {
            not_after: wanted.not_after,
            consent,
        },
        accept_first: wanted.accept_first,
        must_be_accepted: caller.state.wallet.accept_above().includes(money),
    };
    let show = |(paid, duplicate): (Paid, bool)| wallet::sent(&paid, duplicate);
    caller.state.wallet.pay(instruction, owed.into_reply(show));
}

/// `transfer.refund`.
pub(in crate::gateway::ws) fn refund(
    caller: &Caller,
    id: u64,
    wanted: RefundTransfer,
    consent: Consent,
) -> Result<(), WireError> {
    let (wallet, user) = (caller.state.wallet.clone(), caller.id());
    let note = wallet::parse_note(&wanted.note, wallet.note_chars()).map_err(|error| error.wire())?;
    let of = wanted.transfer.parse();
    let of = of.map_err(|_| WalletError::TransferNotFound.wire().param("transfer"))?;
    caller.state.rates.send(user)?;
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeUnknown) else {
        return Ok(());
    };
    caller.state.db.runtime().spawn(async move {
        let conditions = Conditions {
            consent,
            ..Conditions::default()
        };
        let refund = wallet
            .refund((wanted.client_id, user), of, (wanted.amount, note), conditions)
            .await;
        let told = refund.map(|refund| wallet::refunded(&refund));
        owed.give(told.map_err(|error| super::flows::not_moved(&error)));
    });
    Ok(())
}

pub(in crate::gateway::ws) fn status(caller: &Caller, id: u64, wanted: TransferStatus) {
    let (wallet, user) = (caller.state.wallet.clone(), caller.id());
    caller.answer_later(id, async move {
        match wallet
            .status(wanted.client_id, user)
            .await
            .map_err(|error| not_told(&error))?
        {
            TransferFound::Posted(paid) => Ok(TransferOutcome::Posted(wallet::sent(&paid, true))),
            TransferFound::Refused(refusal) => Ok(TransferOutcome::Refused {
                state: "refused",
                error: refusal.wire(),
            }),
        }
    });
}

/// Why the state of a payment cannot be told. Nothing is said of the money: it may be under way.
fn not_told(error: &WalletError) -> WireError {
    match error {
        WalletError::TransferNotFound => error.wire(),
        _ => WireError::new(ErrorCode::Busy),
    }
}
