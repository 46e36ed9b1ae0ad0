//! The ledger's rules: what may be posted, and what a posting does to two accounts. Pure: a group commit loads the
//! rows, these rules decide over them in order, and what they leave is written in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::account::{Account, AccountKey, AccountStatus};
use super::money::{MAX_MINOR, Money};
use super::{Card, Transfer, TransferKind, WalletError};
use crate::clock::Micros;
use crate::ids::{AccountId, ClientId, UserId};
use crate::op_receipt::Fingerprint;

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The next position; dense, shared by transfers and account events.
    pub next_seq: i64,
    /// The next block's number.
    pub next_block: i64,
    /// The last block's hash.
    pub hash: Vec<u8>,
    /// The key that signs.
    pub key_id: String,
    /// The last ledger time.
    pub last_at: Micros,
}

/// What happened to an account itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountEventKind {
    /// It opened, at its first credit or, for the system, at its first debit.
    Opened,
}

impl AccountEventKind {
    /// The number in the database and in the sealed bytes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Opened => 0,
        }
    }
}

/// A sealed row about an account itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// The ledger's position.
    pub seq: i64,
    /// Which account.
    pub account: AccountId,
    /// Whose, what for, in what.
    pub key: AccountKey,
    /// What happened.
    pub event: AccountEventKind,
    /// The floor after it.
    pub floor: i64,
    /// The status after it.
    pub status: AccountStatus,
    /// The account's position before.
    pub prev_seq: i64,
    /// Ledger time.
    pub at: Micros,
}

/// The slot of the ledger in a batch.
#[derive(Debug, Default)]
pub struct Loaded {
    pub(super) wanted_accounts: BTreeSet<AccountKey>,
    pub(super) wanted_transfers: BTreeSet<(ClientId, UserId)>,
    pub(super) head: Option<Head>,
    pub(super) accounts: HashMap<AccountKey, Account>,
    pub(super) transfers: HashMap<(ClientId, UserId), Transfer>,
    pub(super) at: Option<Micros>,
    pub(super) written: Written,
}

/// The rows that the decisions made.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) transfers: Vec<Transfer>,
    pub(super) events: Vec<AccountEvent>,
    /// Accounts that moved; `true` for those that opened in this batch.
    pub(super) accounts: BTreeMap<AccountKey, bool>,
}

impl Loaded {
    /// Asks for what a transfer is decided by.
    pub fn want(&mut self, debit: AccountKey, credit: AccountKey, client_id: ClientId, actor: UserId) {
        self.wanted_accounts.insert(debit);
        self.wanted_accounts.insert(credit);
        self.wanted_transfers.insert((client_id, actor));
    }

    /// Asks for the transfer that was posted with an id, if any.
    pub fn want_transfer(&mut self, client_id: ClientId, actor: UserId) {
        self.wanted_transfers.insert((client_id, actor));
    }

    /// The transfer that was posted with an id, if any.
    #[must_use]
    pub fn posted(&self, client_id: ClientId, actor: UserId) -> Option<&Transfer> {
        self.transfers.get(&(client_id, actor))
    }

    /// An account as it stands after what was decided so far.
    #[must_use]
    pub fn account(&self, key: AccountKey) -> Option<&Account> {
        self.accounts.get(&key)
    }
}

/// A transfer that is wanted.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The caller's id.
    pub client_id: ClientId,
    /// The caller.
    pub actor: UserId,
    /// What the caller means.
    pub fingerprint: Fingerprint,
    /// What it is for.
    pub kind: TransferKind,
    /// Who gives.
    pub debit: AccountKey,
    /// Who gets.
    pub credit: AccountKey,
    /// How much.
    pub money: Money,
    /// What for, in the payer's words.
    pub note: String,
}

/// A posting that the rules allow over what is loaded now; it is to be applied before anything else is decided.
#[derive(Debug)]
pub struct Allowed {
    debit: Account,
    credit: Account,
    head: Head,
    at: Micros,
}

impl Allowed {
    /// The ledger time that the posting will have; its card has the same.
    #[must_use]
    pub const fn at(&self) -> Micros {
        self.at
    }
}

/// Whether a posting is allowed. Refusals in the order of their precedence: closed, frozen, too little money, a
/// balance out of range.
///
/// # Errors
/// The refusal.
pub fn check(loaded: &Loaded, posting: &Posting) -> Result<Allowed, WalletError> {
    let (Some(head), Some(at)) = (loaded.head.clone(), loaded.at) else {
        return Err(WalletError::Failed(crate::group_commit::Failure::Internal));
    };
    if posting.debit == posting.credit {
        return Err(WalletError::SelfTransfer);
    }
    let amount = posting.money.minor();
    let debit = loaded.account(posting.debit).copied();
    let debit = debit.unwrap_or_else(|| Account::fresh(posting.debit, at));
    let credit = loaded.account(posting.credit).copied();
    let credit = credit.unwrap_or_else(|| Account::fresh(posting.credit, at));
    if debit.status == AccountStatus::Closed || credit.status == AccountStatus::Closed {
        return Err(WalletError::AccountClosed);
    }
    if debit.status == AccountStatus::Frozen {
        return Err(WalletError::AccountFrozen);
    }
    if debit.available() < amount {
        let available = debit.available().max(0);
        return Err(WalletError::InsufficientFunds {
            available,
            currency: posting.money.currency(),
        });
    }
    let debit_posted = debit.posted.checked_sub(amount).filter(|posted| *posted >= -MAX_MINOR);
    let credit_posted = credit.posted.checked_add(amount).filter(|posted| *posted <= MAX_MINOR);
    let (Some(debit_posted), Some(credit_posted)) = (debit_posted, credit_posted) else {
        return Err(WalletError::BalanceLimit);
    };
    Ok(Allowed {
        debit: Account {
            posted: debit_posted,
            ..debit
        },
        credit: Account {
            posted: credit_posted,
            ..credit
        },
        head,
        at,
    })
}

/// Applies an allowed posting: opens accounts that were not there, gives the transfer its position, moves both
/// balances. It cannot fail, so nothing is ever half done.
pub fn apply(loaded: &mut Loaded, posting: Posting, allowed: Allowed, card: Option<Card>) -> Transfer {
    let Allowed {
        mut debit,
        mut credit,
        mut head,
        at,
    } = allowed;
    for account in [&mut debit, &mut credit] {
        if !loaded.accounts.contains_key(&account.key) {
            open(&mut loaded.written, &mut head, account, at);
        }
    }
    let seq = head.next_seq;
    let transfer = Transfer {
        seq,
        client_id: posting.client_id,
        actor: posting.actor,
        fingerprint: posting.fingerprint,
        kind: posting.kind,
        debit: debit.id,
        credit: credit.id,
        money: posting.money,
        debit_after: debit.posted,
        credit_after: credit.posted,
        debit_prev: debit.last_seq,
        credit_prev: credit.last_seq,
        note: posting.note,
        card,
        at,
    };
    head.next_seq += 1;
    head.last_at = at;
    loaded.head = Some(head);
    for mut account in [debit, credit] {
        account.last_seq = seq;
        loaded.written.accounts.entry(account.key).or_insert(false);
        loaded.accounts.insert(account.key, account);
    }
    loaded
        .transfers
        .insert((transfer.client_id, transfer.actor), transfer.clone());
    loaded.written.transfers.push(transfer.clone());
    transfer
}

fn open(written: &mut Written, head: &mut Head, account: &mut Account, at: Micros) {
    let event = AccountEvent {
        seq: head.next_seq,
        account: account.id,
        key: account.key,
        event: AccountEventKind::Opened,
        floor: account.floor,
        status: account.status,
        prev_seq: 0,
        at,
    };
    account.last_seq = event.seq;
    head.next_seq += 1;
    written.events.push(event);
    written.accounts.insert(account.key, true);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wallet::money::Currency;

    fn cny() -> Currency {
        Currency::of("CNY").expect("a currency")
    }

    fn empty() -> Loaded {
        let head = Head {
            next_seq: 1,
            next_block: 1,
            hash: vec![0; 32],
            key_id: "k".into(),
            last_at: Micros(0),
        };
        Loaded {
            head: Some(head),
            at: Some(Micros(1)),
            ..Loaded::default()
        }
    }

    fn posting(debit: AccountKey, credit: AccountKey, minor: i64) -> Posting {
        Posting {
            client_id: ClientId::fresh(),
            actor: debit.owner,
            fingerprint: Fingerprint::of("t", &[]),
            kind: TransferKind::Payment,
            debit,
            credit,
            money: Money::of_minor(minor, cny()).expect("an amount"),
            note: String::new(),
        }
    }

    fn post(loaded: &mut Loaded, posting: Posting) -> Result<Transfer, WalletError> {
        let allowed = check(loaded, &posting)?;
        Ok(apply(loaded, posting, allowed, None))
    }

    proptest! {
        /// A model of one map, held against the rules over random payments between five people and the sandbox.
        #[test]
        fn balances_follow_the_model_and_sum_to_zero(moves in prop::collection::vec((0..6_usize, 0..6_usize, 1..500_i64), 1..200)) {
            let mut keys = vec![AccountKey::sandbox(cny())];
            keys.extend((0..5).map(|_| AccountKey::person(UserId::fresh(), cny())));
            let (mut loaded, mut model) = (empty(), [0_i64; 6]);
            for (from, to, minor) in moves {
                let result = post(&mut loaded, posting(keys[from], keys[to], minor));
                let allowed = from != to && (from == 0 || model[from] >= minor);
                prop_assert_eq!(result.is_ok(), allowed);
                if allowed {
                    model[from] -= minor;
                    model[to] += minor;
                }
                for (key, expected) in keys.iter().zip(model) {
                    prop_assert_eq!(loaded.account(*key).map_or(0, |account| account.posted), expected);
                }
            }
            prop_assert_eq!(loaded.accounts.values().map(|account| account.posted).sum::<i64>(), 0);
            // Positions are dense over both kinds of rows, and each row points back to the account's one before.
            let mut seqs: Vec<_> = loaded.written.transfers.iter().map(|t| t.seq).chain(loaded.written.events.iter().map(|e| e.seq)).collect();
            seqs.sort_unstable();
            prop_assert_eq!(seqs, (1..loaded.head.as_ref().expect("head").next_seq).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_account_opens_at_its_first_credit_and_a_person_never_at_a_debit() {
        let (mut loaded, ana, ben) = (empty(), AccountKey::person(UserId::fresh(), cny()), UserId::fresh());
        let refused = post(&mut loaded, posting(ana, AccountKey::person(ben, cny()), 1));
        assert_eq!(
            refused,
            Err(WalletError::InsufficientFunds {
                available: 0,
                currency: cny()
            })
        );
        assert!(loaded.accounts.is_empty() && loaded.written.events.is_empty());
        let funded = post(&mut loaded, posting(AccountKey::sandbox(cny()), ana, 5)).expect("funded");
        assert_eq!((funded.seq, funded.credit_after, funded.credit_prev), (3, 5, 2));
    }

    #[test]
    fn a_balance_never_leaves_the_range() {
        let (mut loaded, ana) = (empty(), AccountKey::person(UserId::fresh(), cny()));
        post(&mut loaded, posting(AccountKey::sandbox(cny()), ana, MAX_MINOR)).expect("funded");
        let more = post(&mut loaded, posting(AccountKey::sandbox(cny()), ana, 1));
        assert!(more.is_err(), "{more:?}");
    }
}
