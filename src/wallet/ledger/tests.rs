//! The rules beside themselves, without a database. `tests/sim` holds all of them against a model of its own.

use proptest::prelude::*;

use super::*;
use crate::wallet::account::{AccountKind, AccountRef, Spent};
use crate::wallet::money::{Currency, MAX_MINOR, Money};
use crate::wallet::transfer::Purpose;
use crate::wallet::{Account, WalletError};

const DAY: i64 = 86_400_000_000;

fn cny() -> Currency {
    Currency::of("CNY").expect("a currency")
}

fn money(minor: i64) -> Money {
    Money::of_minor(minor, cny()).expect("an amount")
}

fn person() -> AccountRef {
    AccountKey::person(UserId::fresh(), cny()).into()
}

fn cash() -> AccountRef {
    AccountKey::system(AccountKind::ProviderCash, cny()).into()
}

fn empty() -> Loaded {
    Loaded::fresh(Micros(1))
}

fn order() -> Order {
    Order {
        client_id: ClientId::fresh(),
        actor: UserId::SYSTEM,
        fingerprint: Fingerprint::of("t", &[]),
        flow: None,
    }
}

fn leg(debit: AccountRef, credit: AccountRef, minor: i64) -> Leg {
    Leg {
        debit,
        credit,
        money: money(minor),
        purpose: Purpose::Payment,
        note: String::new(),
    }
}

fn post(loaded: &Loaded, order: Order, legs: Vec<Leg>) -> Result<Plan, WalletError> {
    plan(loaded, order, legs.into_iter().map(Step::Post).collect())
}

fn hold(loaded: &Loaded, order: Order, terms: HoldTerms) -> Result<Plan, WalletError> {
    plan(loaded, order, vec![Step::Hold(terms)])
}

fn capture(
    loaded: &Loaded,
    order: Order,
    of: TransferId,
    amount: Option<Money>,
    note: String,
) -> Result<Plan, WalletError> {
    plan(loaded, order, vec![Step::Capture { of, amount, note }])
}

fn void(loaded: &Loaded, order: Order, of: TransferId, note: String) -> Result<Plan, WalletError> {
    plan(loaded, order, vec![Step::Void { of, note }])
}

fn expire(loaded: &Loaded, order: Order, of: TransferId) -> Result<Plan, WalletError> {
    plan(loaded, order, vec![Step::Expire { of }])
}

fn reverse(
    loaded: &Loaded,
    order: Order,
    of: TransferId,
    amount: Option<Money>,
    note: String,
) -> Result<Plan, WalletError> {
    plan(loaded, order, vec![Step::Reverse { of, amount, note }])
}

fn apply(loaded: &mut Loaded, plan: Result<Plan, WalletError>) -> Result<Vec<Transfer>, WalletError> {
    let (legs, _) = plan?.apply(loaded, None);
    Ok(legs.into_iter().map(|leg| leg.transfer).collect())
}

fn pay(loaded: &mut Loaded, legs: Vec<Leg>) -> Result<Vec<Transfer>, WalletError> {
    let plan = post(loaded, order(), legs);
    apply(loaded, plan)
}

fn held(loaded: &mut Loaded, debit: AccountRef, credit: AccountRef, minor: i64, until: i64) -> TransferId {
    let terms = HoldTerms {
        debit,
        credit,
        money: money(minor),
        purpose: Purpose::Payment,
        expires_at: Micros(until),
        note: String::new(),
    };
    let plan = hold(loaded, order(), terms);
    apply(loaded, plan).expect("held")[0].id()
}

fn stands(loaded: &Loaded, account: AccountRef) -> (i64, i64) {
    loaded
        .account(account.id)
        .map_or((0, 0), |account| (account.posted, account.held))
}

proptest! {
    /// A model of one map, held against the rules over random payments between five people and the sandbox.
    #[test]
    fn balances_follow_the_model_and_sum_to_zero(moves in prop::collection::vec((0..6_usize, 0..6_usize, 1..500_i64), 1..200)) {
        let mut accounts = vec![cash()];
        accounts.extend((0..5).map(|_| person()));
        let (mut loaded, mut model) = (empty(), [0_i64; 6]);
        for (from, to, minor) in moves {
            let result = pay(&mut loaded, vec![leg(accounts[from], accounts[to], minor)]);
            let allowed = from != to && (from == 0 || model[from] >= minor);
            prop_assert_eq!(result.is_ok(), allowed);
            if allowed {
                model[from] -= minor;
                model[to] += minor;
            }
            for (account, expected) in accounts.iter().zip(model) {
                prop_assert_eq!(stands(&loaded, *account).0, expected);
            }
        }
        prop_assert_eq!(loaded.accounts.values().map(|account| account.posted).sum::<i64>(), 0);
        // Positions are dense over both kinds of rows, and each row points back to the account's one before.
        let mut seqs: Vec<_> = loaded.written.transfers.iter().map(|t| t.seq).chain(loaded.written.events.iter().map(|e| e.seq)).collect();
        seqs.sort_unstable();
        prop_assert_eq!(seqs, (1..loaded.next_seq().expect("head")).collect::<Vec<_>>());
    }
}

#[test]
fn an_account_opens_at_its_first_credit_and_a_person_never_at_a_debit() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    let refused = pay(&mut loaded, vec![leg(ana, ben, 1)]);
    let (available, currency) = (0, cny());
    assert_eq!(refused, Err(WalletError::InsufficientFunds { available, currency }));
    assert!(loaded.accounts.is_empty() && loaded.written.events.is_empty());
    let funded = pay(&mut loaded, vec![leg(cash(), ana, 5)]).expect("funded");
    assert_eq!(
        (funded[0].seq, funded[0].credit_after, funded[0].credit_prev),
        (3, 5, 2)
    );
}

#[test]
fn a_balance_never_leaves_the_range() {
    let (mut loaded, ana) = (empty(), person());
    pay(&mut loaded, vec![leg(cash(), ana, MAX_MINOR)]).expect("funded");
    assert!(pay(&mut loaded, vec![leg(cash(), ana, 1)]).is_err());
}

#[test]
fn legs_stand_or_fall_together_and_stand_in_a_row() {
    let (mut loaded, ana, ben, cem) = (empty(), person(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    // What the first leg brings, the second may spend; the third is too much, so none of them is.
    let legs = vec![leg(ana, ben, 6), leg(ben, cem, 6), leg(ana, cem, 5)];
    let (available, currency) = (10, cny());
    let refused = pay(&mut loaded, legs.clone());
    assert_eq!(refused, Err(WalletError::InsufficientFunds { available, currency }));
    assert_eq!((stands(&loaded, ana), stands(&loaded, cem)), ((10, 0), (0, 0)));
    let rows = pay(&mut loaded, legs[..2].to_vec()).expect("posted");
    assert_eq!(
        (rows[0].seq + 1, rows[0].leg, rows[1].leg, rows[1].legs),
        (rows[1].seq, 0, 1, 2)
    );
    assert_eq!((stands(&loaded, ben), stands(&loaded, cem)), ((0, 0), (6, 0)));
    assert_eq!(pay(&mut loaded, Vec::new()), Err(WalletError::LegsInvalid));
    assert_eq!(
        pay(&mut loaded, vec![leg(cash(), ana, 1); 101]),
        Err(WalletError::LegsInvalid)
    );
}

#[test]
fn nothing_is_converted() {
    let (mut loaded, ana) = (empty(), person());
    let jpy = AccountKey::person(ana.key.owner, Currency::of("JPY").expect("a currency"));
    let refused = pay(&mut loaded, vec![leg(cash(), jpy.into(), 1)]);
    assert_eq!(refused, Err(WalletError::CurrencyMismatch));
}

#[test]
fn a_hold_ends_once_and_its_rest_is_free_again() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    let of = held(&mut loaded, ana, ben, 8, 5);
    assert_eq!(stands(&loaded, ana), (10, 8));
    assert!(
        pay(&mut loaded, vec![leg(ana, ben, 3)]).is_err(),
        "what is held cannot be spent"
    );
    let refused = capture(&loaded, order(), of, Some(money(9)), String::new());
    assert!(matches!(refused, Err(WalletError::CaptureExceeds { left: 8, .. })));
    assert!(matches!(expire(&loaded, order(), of), Err(WalletError::HoldNotExpired)));
    let plan = capture(&loaded, order(), of, Some(money(5)), String::new());
    apply(&mut loaded, plan).expect("captured");
    assert_eq!((stands(&loaded, ana), stands(&loaded, ben)), ((5, 0), (5, 0)));
    let state = HoldState::Captured;
    for again in [
        capture(&loaded, order(), of, None, String::new()),
        void(&loaded, order(), of, String::new()),
        expire(&loaded, order(), of),
    ] {
        assert_eq!(again.err(), Some(WalletError::HoldResolved { state }));
    }
}

#[test]
fn a_hold_whose_time_has_passed_is_not_captured() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    let of = held(&mut loaded, ana, ben, 8, 5);
    loaded.at = Some(Micros(5));
    let state = HoldState::Expired;
    let late = capture(&loaded, order(), of, None, String::new());
    assert_eq!(late.err(), Some(WalletError::HoldResolved { state }));
    let plan = expire(&loaded, order(), of);
    apply(&mut loaded, plan).expect("expired");
    assert_eq!(stands(&loaded, ana), (10, 0));
}

#[test]
fn what_is_given_back_never_exceeds_what_was_moved() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    let of = pay(&mut loaded, vec![leg(ana, ben, 6)]).expect("paid")[0].id();
    let back = |loaded: &mut Loaded, minor: Option<i64>| {
        let plan = reverse(loaded, order(), of, minor.map(money), String::new());
        apply(loaded, plan)
    };
    let first = back(&mut loaded, Some(4)).expect("reversed");
    assert!(matches!(
        back(&mut loaded, Some(3)),
        Err(WalletError::RefundExceeds { left: 2, .. })
    ));
    back(&mut loaded, None).expect("the rest");
    assert_eq!((stands(&loaded, ana), stands(&loaded, ben)), ((10, 0), (0, 0)));
    assert!(matches!(
        back(&mut loaded, None),
        Err(WalletError::RefundExceeds { left: 0, .. })
    ));
    let twice = reverse(&loaded, order(), first[0].id(), None, String::new());
    assert_eq!(twice.err(), Some(WalletError::NotReversible));
}

#[test]
fn a_freeze_stops_the_owner_and_not_the_operator() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    let paid = pay(&mut loaded, vec![leg(ana, ben, 4)]).expect("paid")[0].id();
    for account in [ana, ben] {
        let plan = change(&loaded, order(), account.id, Change::Freeze, "lost phone".into());
        apply(&mut loaded, plan).expect("frozen");
    }
    assert_eq!(
        pay(&mut loaded, vec![leg(ana, ben, 1)]),
        Err(WalletError::AccountFrozen)
    );
    let claim = Leg {
        purpose: Purpose::Claim,
        ..leg(ana, cash(), 1)
    };
    pay(&mut loaded, vec![claim]).expect("an operator's");
    let plan = reverse(&loaded, order(), paid, None, String::new());
    apply(&mut loaded, plan).expect("reversed");
    assert_eq!(stands(&loaded, ana), (9, 0));
    let again = change(&loaded, order(), ana.id, Change::Freeze, String::new());
    assert_eq!(again.err(), Some(WalletError::AccountUnchanged));
}

#[test]
fn only_an_empty_account_closes_and_then_nothing_moves() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    let close = |loaded: &Loaded| change(loaded, order(), ana.id, Change::Close, String::new());
    assert!(matches!(
        close(&loaded),
        Err(WalletError::AccountNotEmpty { posted: 10, .. })
    ));
    pay(&mut loaded, vec![leg(ana, ben, 10)]).expect("paid");
    let plan = close(&loaded);
    apply(&mut loaded, plan).expect("closed");
    assert_eq!(
        pay(&mut loaded, vec![leg(ben, ana, 1)]),
        Err(WalletError::AccountClosed)
    );
    let thaw = change(&loaded, order(), ana.id, Change::Thaw, String::new());
    assert_eq!(thaw.err(), Some(WalletError::AccountClosed));
}

#[test]
fn a_floor_below_zero_is_credit_and_one_above_what_is_there_is_refused() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    pay(&mut loaded, vec![leg(cash(), ana, 10)]).expect("funded");
    let floor = |loaded: &Loaded, floor| change(loaded, order(), ana.id, Change::Floor(floor), String::new());
    assert!(matches!(
        floor(&loaded, 11),
        Err(WalletError::InsufficientFunds { available: 10, .. })
    ));
    let plan = floor(&loaded, -5);
    apply(&mut loaded, plan).expect("set");
    pay(&mut loaded, vec![leg(ana, ben, 15)]).expect("with credit");
    assert!(pay(&mut loaded, vec![leg(ana, ben, 1)]).is_err());
}

#[test]
fn limits_count_payments_of_a_day_and_a_year_and_what_a_hold_did_not_take_counts_no_longer() {
    let (mut loaded, ana, ben) = (empty(), person(), person());
    let limits = Limits {
        single: Some(50),
        day: Some(60),
        year: Some(100),
    };
    loaded.limits = LimitTable::of([(cny(), limits)]);
    pay(&mut loaded, vec![leg(cash(), ana, 1_000)]).expect("funding is no payment of a person");
    let refused = |loaded: &mut Loaded, minor| match pay(loaded, vec![leg(ana, ben, minor)]) {
        Err(WalletError::LimitExceeded { limit, left, until, .. }) => (limit, left, until),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&mut loaded, 51), (LimitKind::Single, 50, None));
    let of = held(&mut loaded, ana, ben, 40, 9 * DAY);
    assert_eq!(refused(&mut loaded, 21), (LimitKind::Day, 20, Some(Micros(DAY))));
    let plan = capture(&loaded, order(), of, Some(money(10)), String::new());
    apply(&mut loaded, plan).expect("captured");
    pay(&mut loaded, vec![leg(ana, ben, 50)]).expect("30 of the hold count no longer");
    loaded.at = Some(Micros(DAY));
    assert_eq!(refused(&mut loaded, 41), (LimitKind::Year, 40, Some(Micros(365 * DAY))));
    loaded.at = Some(Micros(365 * DAY));
    pay(&mut loaded, vec![leg(ana, ben, 50)]).expect("another year");
    let spent = loaded.account(ana.id).map(|account: &Account| account.spent);
    let expected = Spent {
        day: 365,
        day_minor: 50,
        year: 1971,
        year_minor: 50,
    };
    assert_eq!(spent, Some(expected));
}
