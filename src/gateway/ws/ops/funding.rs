//! Payment methods, top-ups and withdrawals.

use secrecy::ExposeSecret as _;

use super::{cursor, page};
use crate::gateway::ws::caller::Caller;
use crate::identity::Step;
use crate::protocol::{
    AddMethod, BankDetails, CardDetails, Coded as _, CreateFunding, ErrorCode, Fundings, MethodDone, MethodRemoved,
    Methods, NameMethod, Page, UpdateMethod, WireError,
};
use crate::wallet::funding::{
    BankNumber, CardNumber, Direction, KnownMethod, NewMethod, Renewal, Wanted, check_code, funding_done, funding_view,
    method_view, parse_expiry, parse_holder, parse_label,
};
use crate::wallet::{Conditions, Consent, Details, FlowPlace, Funds, MethodError, Money, WalletError};

fn told(error: &WalletError) -> WireError {
    error.wire()
}

fn refused(error: &MethodError) -> WireError {
    error.wire()
}

fn shown(funds: &Funds, known: &[KnownMethod], caller: &Caller) -> Methods {
    let now = caller.state.clock.now();
    let views = known.iter().map(|method| method_view(method, now, funds.times()));
    Methods {
        methods: views.collect(),
        sandbox: funds.is_sandbox(),
        next: None,
    }
}

pub(in crate::gateway::ws) fn methods(caller: &Caller, id: u64) {
    let (funds, by) = (caller.state.funds.clone(), caller.clone());
    caller.answer_later(id, async move {
        let known = funds.methods(by.id()).await.map_err(|error| told(&error))?;
        Ok(shown(&funds, &known, &by))
    });
}

/// What was typed of a method, checked before anybody is asked about it.
fn parse(caller: &Caller, wanted: &AddMethod) -> Result<NewMethod, WireError> {
    let label = parse_label(&wanted.label).map_err(|error| refused(&error))?;
    let details = match (&wanted.card, &wanted.bank) {
        (Some(card), None) => card_details(caller, card),
        (None, Some(bank)) => bank_details(bank),
        _ => {
            let refusal = WireError::new(ErrorCode::InvalidField).param("card");
            return Err(refusal.detail("reason", "either a card or a bank account"));
        }
    };
    let (details, holder) = details.map_err(|error| refused(&error))?;
    Ok(NewMethod {
        details,
        holder: holder.into(),
        label,
    })
}

fn card_details(caller: &Caller, card: &CardDetails) -> Result<(Details, String), MethodError> {
    let number = CardNumber::parse(&card.number)?;
    let expires = parse_expiry(&card.expires, caller.state.clock.now(), "card.expires")?;
    check_code(card.code.expose_secret(), number.brand().code_digits(), "card.code")?;
    let holder = parse_holder(card.holder.expose_secret(), "card.holder")?;
    let details = Details::Card {
        number,
        expires,
        code: card.code.clone(),
    };
    Ok((details, holder))
}

fn bank_details(bank: &BankDetails) -> Result<(Details, String), MethodError> {
    let number = BankNumber::parse(&bank.iban)?;
    let holder = parse_holder(bank.holder.expose_secret(), "bank.holder")?;
    Ok((Details::Bank { number }, holder))
}

/// `method.add`.
pub(in crate::gateway::ws) fn add(
    caller: &Caller,
    id: u64,
    wanted: AddMethod,
    consent: Consent,
) -> Result<(), WireError> {
    let new = parse(caller, &wanted)?;
    caller.state.rates.send(caller.id())?;
    let (funds, by) = (caller.state.funds.clone(), caller.clone());
    let conditions = Conditions {
        consent,
        ..Conditions::default()
    };
    caller.answer_later(id, async move {
        let added = funds.add((wanted.client_id, by.id()), new, conditions).await;
        let (known, duplicate) = added.map_err(|error| told(&error))?;
        let method = method_view(&known, by.state.clock.now(), funds.times());
        Ok(MethodDone { method, duplicate })
    });
    Ok(())
}

/// `method.update`.
pub(in crate::gateway::ws) fn update(caller: &Caller, id: u64, wanted: UpdateMethod) -> Result<(), WireError> {
    let label = wanted.label.as_deref().map(parse_label).transpose();
    let label = label.map_err(|error| refused(&error))?;
    let expires = match (wanted.expires, wanted.code) {
        (Some(expires), Some(code)) => Some((expires, code)),
        (None, None) => None,
        (Some(_), None) => return Err(missing("code")),
        (None, Some(_)) => return Err(missing("expires")),
    };
    caller.state.rates.send(caller.id())?;
    let (funds, by) = (caller.state.funds.clone(), caller.clone());
    caller.answer_later(id, async move {
        let updated = funds.update(by.id(), wanted.method, Renewal { label, expires }).await;
        let known = updated.map_err(|error| told(&error))?;
        let method = method_view(&known, by.state.clock.now(), funds.times());
        Ok(MethodDone {
            method,
            duplicate: false,
        })
    });
    Ok(())
}

/// The expiry of a card is changed with the security code of the card that has it.
fn missing(field: &str) -> WireError {
    let refusal = WireError::new(ErrorCode::InvalidField).param(field);
    refusal.detail("reason", "expires and code come together")
}

/// `method.default`.
pub(in crate::gateway::ws) fn prefer(caller: &Caller, id: u64, wanted: &NameMethod) {
    let (funds, by, method) = (caller.state.funds.clone(), caller.clone(), wanted.method);
    caller.answer_later(id, async move {
        let known = funds.prefer(by.id(), method).await.map_err(|error| told(&error))?;
        Ok(shown(&funds, &known, &by))
    });
}

/// `method.remove`.
pub(in crate::gateway::ws) fn remove(caller: &Caller, id: u64, wanted: &NameMethod) {
    let (funds, owner, method) = (caller.state.funds.clone(), caller.id(), wanted.method);
    caller.answer_later(id, async move {
        let unfinished = funds.remove(owner, method).await.map_err(|error| told(&error))?;
        Ok(MethodRemoved { method, unfinished })
    });
}

/// `topup.create`, `withdraw.create`. Whether the caller's address was confirmed is asked as of a payment.
pub(in crate::gateway::ws) fn begin(
    caller: &Caller,
    id: u64,
    wanted: &CreateFunding,
    direction: Direction,
    consent: Consent,
) -> Result<(), WireError> {
    let currencies = caller.state.wallet.currencies();
    let currency = currencies.get(&wanted.currency).map_err(|error| told(&error))?;
    let money = Money::parse(&wanted.amount, currency).map_err(|error| told(&error))?;
    caller.state.rates.send(caller.id())?;
    let Some(owed) = caller.owe(id, ErrorCode::OutcomeUnknown) else {
        return Ok(());
    };
    let wanted = Wanted {
        client_id: wanted.client_id,
        owner: caller.id(),
        direction,
        method: wanted.method,
        money,
        conditions: Conditions {
            not_after: wanted.not_after,
            consent,
        },
    };
    let (funds, by) = (caller.state.funds.clone(), caller.clone());
    caller.state.db.runtime().spawn(async move {
        if let Err(refusal) = may_pay(&by).await {
            return owed.refuse(&refusal);
        }
        let begun = funds.begin(wanted).await;
        owed.give(begun.map(|begun| funding_done(&begun)).map_err(|error| told(&error)));
    });
    Ok(())
}

async fn may_pay(caller: &Caller) -> Result<(), WireError> {
    let identity = &caller.state.identity;
    if identity.allow(Step::Payment, &caller.user).is_ok() {
        return Ok(());
    }
    let not_moved = |error: crate::identity::IdentityError| error.wire().detail("money", "not_moved");
    let user = identity.user(caller.id()).await.map_err(not_moved)?;
    identity.allow(Step::Payment, &user).map_err(not_moved)
}

/// `funding.list`.
pub(in crate::gateway::ws) fn list(caller: &Caller, id: u64, wanted: &Page) -> Result<(), WireError> {
    let behind: Option<FlowPlace> = cursor(wanted.cursor.as_deref())?;
    let limit = page(wanted.limit, caller.state.limits.history_page);
    let (funds, owner) = (caller.state.funds.clone(), caller.id());
    caller.answer_later(id, async move {
        let found = funds.list(owner, behind, limit).await;
        let (found, next) = found.map_err(|error| told(&error))?;
        Ok(Fundings {
            fundings: found.iter().map(funding_view).collect(),
            next: next.map(|place| place.to_string()),
        })
    });
    Ok(())
}
