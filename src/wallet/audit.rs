//! The audit: replays the ledger from its first row and holds everything that the database says against it.

use std::collections::{BTreeMap, HashMap};

use super::account::Account;
use super::chain::{self, Hash};
use super::keys::PublicKey;
use super::ledger::{AccountEvent, Head};
use super::store::{AuditSnapshot, Sealed, SealedBlock};
use super::transfer::{Transfer, TransferKind};
use crate::db::{Db, Fault};
use crate::ids::AccountId;

/// Blocks read at once.
const BLOCK_PAGE: u64 = 256;

/// What an audit has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Blocks of the chain.
    pub blocks: i64,
    /// Transfers replayed.
    pub transfers: i64,
    /// Accounts compared.
    pub accounts: usize,
    /// Cards held against their transfers.
    pub cards: i64,
    /// Currencies that sum to zero.
    pub currencies: Vec<String>,
    /// The hash of the last block, to be kept elsewhere: a tail that was cut off shows only against it.
    pub head: String,
}

/// The first thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Break {
    /// A sentence that names the row.
    pub what: String,
}

/// Why an audit did not end well.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The ledger is not what it must be.
    #[error("the ledger is broken: {0}")]
    Broken(#[from] Break),
    /// The database could not be read.
    #[error("the audit could not be finished: {0}")]
    Unread(#[from] Fault),
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Break> {
    if holds { Ok(()) } else { Err(Break { what: what() }) }
}

/// Replays the whole ledger of a snapshot; `progress` is told the position reached and the last one.
///
/// # Errors
/// The first break by name, or what the database said.
pub async fn audit(db: &Db, key: &PublicKey, mut progress: impl FnMut(i64, i64)) -> Result<AuditReport, AuditError> {
    let snapshot = AuditSnapshot::open(db).await?;
    let head = snapshot.head().await?.ok_or_else(|| Break {
        what: "the ledger has no head".into(),
    })?;
    let mut replay = Replay::new(key.clone());
    loop {
        let blocks = snapshot.blocks(replay.blocks, BLOCK_PAGE).await?;
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            break;
        };
        let rows = snapshot.rows(first.header.first_seq, last.header.last_seq).await?;
        let payments: Vec<_> = rows.iter().filter_map(as_payment).cloned().collect();
        for part in payments.chunks(256) {
            let cards = snapshot.cards(part).await?;
            for payment in part {
                let place = cards.get(&payment.id());
                replay.card(
                    payment,
                    place.map(|(conversation, seq, id)| (*conversation, *seq, id.as_str())),
                )?;
            }
        }
        let mut rows = rows.into_iter().peekable();
        for block in &blocks {
            let mut sealed = Vec::new();
            while let Some(row) = rows.next_if(|row| row.seq() <= block.header.last_seq) {
                sealed.push(row);
            }
            replay.block(block, &sealed)?;
        }
        progress(replay.next_seq - 1, head.next_seq - 1);
    }
    let (count, cards) = (snapshot.count().await?, snapshot.card_count().await?);
    Ok(replay.close(&head, &snapshot.accounts().await?, count, cards)?)
}

fn as_payment(row: &Sealed) -> Option<&Transfer> {
    match row {
        Sealed::Transfer(transfer) if transfer.kind == TransferKind::Payment => Some(transfer),
        _ => None,
    }
}

/// The ledger as its rows alone make it.
struct Replay {
    key: PublicKey,
    accounts: HashMap<AccountId, Account>,
    next_seq: i64,
    blocks: i64,
    prev_hash: Vec<u8>,
    transfers: i64,
    cards: i64,
}

impl Replay {
    fn new(key: PublicKey) -> Self {
        let prev_hash = chain::genesis().to_vec();
        Self {
            key,
            accounts: HashMap::new(),
            next_seq: 1,
            blocks: 0,
            prev_hash,
            transfers: 0,
            cards: 0,
        }
    }

    fn block(&mut self, block: &SealedBlock, rows: &[Sealed]) -> Result<(), Break> {
        let (header, number) = (&block.header, self.blocks + 1);
        ensure(header.number == number, || {
            format!("block {number} is missing: block {} follows", header.number)
        })?;
        ensure(header.prev_hash == self.prev_hash, || {
            format!("block {number} does not follow the block before it")
        })?;
        ensure(header.first_seq == self.next_seq, || {
            format!("block {number} does not begin at row {}", self.next_seq)
        })?;
        let mut leaves = Vec::with_capacity(rows.len());
        for row in rows {
            leaves.push(self.row(row)?);
        }
        ensure(header.last_seq == self.next_seq - 1, || {
            format!("block {number} does not end at its last row")
        })?;
        ensure(header.root == chain::merkle_root(&leaves), || {
            format!(
                "a row of block {number} (rows {} to {}) was changed",
                header.first_seq, header.last_seq
            )
        })?;
        let hash = header.hash();
        ensure(block.hash == hash, || format!("block {number} itself was changed"))?;
        ensure(header.key_id == self.key.id(), || {
            format!("block {number} was signed by the key {}", header.key_id)
        })?;
        ensure(self.key.signed(&hash, &block.signature), || {
            format!("the signature of block {number} does not hold")
        })?;
        self.blocks = number;
        self.prev_hash = block.hash.clone();
        Ok(())
    }

    fn row(&mut self, row: &Sealed) -> Result<Hash, Break> {
        let expected = self.next_seq;
        ensure(row.seq() == expected, || {
            format!("row {expected} is missing: row {} follows", row.seq())
        })?;
        self.next_seq += 1;
        match row {
            Sealed::Transfer(transfer) => {
                self.transfer(transfer)?;
                Ok(chain::transfer_leaf(transfer))
            }
            Sealed::Event(event) => {
                self.event(event)?;
                Ok(chain::account_event_leaf(event))
            }
        }
    }

    fn event(&mut self, event: &AccountEvent) -> Result<(), Break> {
        let known = self.accounts.contains_key(&event.account);
        ensure(!known && event.prev_seq == 0, || {
            format!("row {} opens an account that was open", event.seq)
        })?;
        let mut account = Account::fresh(event.key, event.at);
        ensure(account.id == event.account, || {
            format!("row {} opens an account under another id", event.seq)
        })?;
        (account.floor, account.status, account.last_seq) = (event.floor, event.status, event.seq);
        self.accounts.insert(event.account, account);
        Ok(())
    }

    fn transfer(&mut self, row: &Transfer) -> Result<(), Break> {
        let amount = row.money.minor();
        self.transfers += 1;
        self.side(row, row.debit, -amount, row.debit_after, row.debit_prev)?;
        self.side(row, row.credit, amount, row.credit_after, row.credit_prev)
    }

    fn side(&mut self, row: &Transfer, id: AccountId, by: i64, after: i64, prev: i64) -> Result<(), Break> {
        let seq = row.seq;
        let account = self.accounts.get_mut(&id);
        let account = account.ok_or_else(|| Break {
            what: format!("row {seq} moves account {id}, which never opened"),
        })?;
        ensure(account.key.currency == row.money.currency(), || {
            format!(
                "row {seq} moves {} in account {id}, which holds {}",
                row.money.currency(),
                account.key.currency
            )
        })?;
        account.posted = account.posted.checked_add(by).ok_or_else(|| Break {
            what: format!("row {seq} overflows"),
        })?;
        ensure(account.posted == after, || {
            format!(
                "row {seq} says account {id} holds {after} after it, but it holds {}",
                account.posted
            )
        })?;
        ensure(account.last_seq == prev, || {
            format!("row {seq} does not follow row {} of account {id}", account.last_seq)
        })?;
        ensure(account.posted >= account.floor, || {
            format!("row {seq} takes account {id} below its floor")
        })?;
        account.last_seq = seq;
        Ok(())
    }

    fn card(&mut self, row: &Transfer, found: Option<(crate::ids::ConversationId, i64, &str)>) -> Result<(), Break> {
        let Some(card) = row.card else {
            return Err(Break {
                what: format!("payment {} stands in no conversation", row.seq),
            });
        };
        let id = row.id().to_string();
        ensure(found == Some((card.conversation, card.seq, id.as_str())), || {
            format!(
                "payment {} has no card at message {} of conversation {}",
                row.seq, card.seq, card.conversation
            )
        })?;
        self.cards += 1;
        Ok(())
    }

    fn close(self, head: &Head, accounts: &[Account], count: i64, cards: i64) -> Result<AuditReport, Break> {
        ensure(head.next_seq == self.next_seq && count == self.next_seq - 1, || {
            format!(
                "the head says row {} is next, the chain ends before row {}, and there are {count} rows",
                head.next_seq, self.next_seq
            )
        })?;
        ensure(
            head.next_block == self.blocks + 1 && head.hash == self.prev_hash,
            || format!("the head is not at block {}", self.blocks),
        )?;
        ensure(head.key_id == self.key.id(), || {
            format!("the head names the key {}", head.key_id)
        })?;
        ensure(cards == self.cards, || {
            format!("{cards} cards stand in conversations for {} payments", self.cards)
        })?;
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for account in accounts {
            let id = account.id;
            let replayed = self.accounts.get(&id);
            ensure(replayed == Some(account), || {
                format!("account {id} is {account:?}, its rows make it {replayed:?}")
            })?;
            *sums.entry(account.key.currency.code().to_owned()).or_default() += i128::from(account.posted);
        }
        ensure(accounts.len() == self.accounts.len(), || {
            format!("{} accounts stand, {} were opened", accounts.len(), self.accounts.len())
        })?;
        for (currency, sum) in &sums {
            ensure(*sum == 0, || format!("all of {currency} sums to {sum}, not to zero"))?;
        }
        Ok(AuditReport {
            blocks: self.blocks,
            transfers: self.transfers,
            accounts: accounts.len(),
            cards: self.cards,
            currencies: sums.into_keys().collect(),
            head: hex::encode(&self.prev_hash),
        })
    }
}
