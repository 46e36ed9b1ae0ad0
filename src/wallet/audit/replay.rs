//! The ledger as its rows alone make it. It knows none of the rules by which rows are written: it says again, and
//! plainly, what each row means.

mod event;
mod tables;
mod transfer;

use std::collections::HashMap;

use super::flows::{FlowSums, Sums};
use super::fundings::{FundingSums, Placed};
use super::{AuditReport, Break, ensure};
use crate::clock::Micros;
use crate::ids::{AccountId, ConversationId};
use crate::wallet::account::Account;
use crate::wallet::chain::{self, Hash};
use crate::wallet::flow::FlowRef;
use crate::wallet::keys::PublicKey;
use crate::wallet::ledger::{Head, Hold, HoldState, Refund};
use crate::wallet::store::{Sealed, SealedBlock, ShownCard};
use crate::wallet::transfer::Transfer;

/// A key with the first block that it signs and the hash of the block before that.
type Key = (i64, Vec<u8>, PublicKey);

/// An account as the rows make it, and what of it they have told so far: all of it, unless the replay began in the
/// middle.
#[derive(Debug, Clone, Copy)]
struct Standing {
    account: Account,
    /// Its balance and position.
    moved: bool,
    held: bool,
    /// Its floor and status.
    rules: bool,
    spent: bool,
}

/// See the module.
pub(super) struct Replay {
    keys: Vec<Key>,
    since: i64,
    accounts: HashMap<AccountId, Standing>,
    holds: HashMap<i64, Hold>,
    refunds: HashMap<i64, Refund>,
    /// Of the page that is replayed: its cards by place, and the earlier rows that it refers to.
    shown: HashMap<(ConversationId, i64), ShownCard>,
    earlier: HashMap<i64, Transfer>,
    next_seq: i64,
    block: i64,
    hash: Vec<u8>,
    at: Micros,
    leg: Option<(Transfer, i16)>,
    transfers: i64,
    events: i64,
    cards: i64,
    sums: FlowSums,
    funded: FundingSums,
    flows: i64,
}

impl Replay {
    pub(super) fn new(keys: Vec<Key>) -> Self {
        Self {
            keys,
            since: 0,
            accounts: HashMap::new(),
            holds: HashMap::new(),
            refunds: HashMap::new(),
            shown: HashMap::new(),
            earlier: HashMap::new(),
            next_seq: 1,
            block: 0,
            hash: chain::genesis().to_vec(),
            at: Micros(i64::MIN),
            leg: None,
            transfers: 0,
            events: 0,
            cards: 0,
            sums: FlowSums::new(),
            funded: FundingSums::new(),
            flows: 0,
        }
    }

    /// A replay that believes what stands up to a block.
    pub(super) fn after(keys: Vec<Key>, trusted: &SealedBlock, accounts: Vec<Account>) -> Self {
        let unknown = |account: Account| Standing {
            account,
            moved: false,
            held: false,
            rules: false,
            spent: false,
        };
        Self {
            since: trusted.header.number,
            accounts: accounts
                .into_iter()
                .map(|account| (account.id, unknown(account)))
                .collect(),
            next_seq: trusted.header.last_seq + 1,
            block: trusted.header.number,
            hash: trusted.hash.clone(),
            at: trusted.header.at,
            ..Self::new(keys)
        }
    }

    pub(super) const fn is_partial(&self) -> bool {
        self.since > 0
    }

    pub(super) const fn block(&self) -> i64 {
        self.block
    }

    pub(super) const fn last_seq(&self) -> i64 {
        self.next_seq - 1
    }

    pub(super) const fn cards(&self) -> i64 {
        self.cards
    }

    /// What the rows of a flow did.
    pub(super) fn flow_sums(&self, flow: FlowRef) -> Sums {
        self.sums.get(&flow).copied().unwrap_or_default()
    }

    /// How many flows the rows are steps of.
    pub(super) fn flow_count(&self) -> i64 {
        i64::try_from(self.sums.len()).unwrap_or(i64::MAX)
    }

    /// Where the rows of a top-up or a withdrawal put its money; none if it has no rows.
    pub(super) fn funding_sums(&self, flow: FlowRef) -> Option<Placed> {
        self.funded.get(&flow).copied()
    }

    /// How many top-ups and withdrawals the rows are steps of.
    pub(super) fn funding_count(&self) -> i64 {
        i64::try_from(self.funded.len()).unwrap_or(i64::MAX)
    }

    /// How a hold stands after all rows.
    pub(super) fn hold_at(&self, seq: i64) -> Option<&Hold> {
        self.holds.get(&seq)
    }

    /// So many flows agreed.
    pub(super) const fn note_flows(&mut self, flows: i64) {
        self.flows = flows;
    }

    pub(super) fn look_at_cards(&mut self, cards: HashMap<(ConversationId, i64), ShownCard>) {
        self.shown = cards;
    }

    pub(super) fn look_at_earlier(&mut self, earlier: HashMap<i64, Transfer>) {
        self.earlier = earlier;
    }

    /// Believes of holds and refunds from before the beginning that they are as they stand, less what the rows since
    /// then did; each is checked when its last row is.
    pub(super) fn recall(&mut self, holds: Vec<Hold>, refunds: Vec<Refund>) {
        for hold in holds.into_iter().filter(|hold| hold.transfer < self.next_seq) {
            let open = Hold {
                captured: 0,
                state: HoldState::Open,
                ..hold
            };
            self.holds.entry(hold.transfer).or_insert(open);
        }
        for refund in refunds {
            self.refunds.entry(refund.transfer).or_insert(refund);
        }
    }

    /// The next block with its rows.
    pub(super) fn seal(&mut self, block: &SealedBlock, rows: &[Sealed]) -> Result<(), Break> {
        let (header, number) = (&block.header, self.block + 1);
        ensure(header.number == number, || {
            format!("block {number} is missing: block {} follows", header.number)
        })?;
        ensure(header.prev_hash == self.hash, || {
            format!("block {number} does not follow the block before it")
        })?;
        self.signed(block)?;
        ensure(header.first_seq == self.next_seq, || {
            format!("block {number} does not begin at row {}", self.next_seq)
        })?;
        ensure(header.at > self.at, || {
            format!("block {number} is not later than the block before it")
        })?;
        let mut leaves = Vec::with_capacity(rows.len());
        for row in rows {
            leaves.push(self.row(row, block)?);
        }
        ensure(header.last_seq == self.next_seq - 1, || {
            format!("block {number} does not end at its last row")
        })?;
        ensure(self.leg.is_none(), || {
            format!("block {number} ends before the last leg of an instruction")
        })?;
        ensure(header.root == chain::merkle_root(&leaves), || {
            format!(
                "a row of block {number} (rows {} to {}) was changed",
                header.first_seq, header.last_seq
            )
        })?;
        (self.block, self.at) = (number, header.at);
        self.hash.clone_from(&block.hash);
        Ok(())
    }

    /// What a block says of itself is believed once its signature holds; its rows are held against it then.
    fn signed(&self, block: &SealedBlock) -> Result<(), Break> {
        let (header, number) = (&block.header, block.header.number);
        let hash = header.hash();
        ensure(block.hash == hash, || format!("block {number} itself was changed"))?;
        let key = self.key(number)?;
        ensure(header.key_id == key.id(), || {
            format!("block {number} was signed by the key {}", header.key_id)
        })?;
        ensure(key.signed(&hash, &block.signature), || {
            format!("the signature of block {number} does not hold")
        })
    }

    /// The key that signs a block; one that begins there must have taken over at the block before.
    fn key(&self, number: i64) -> Result<&PublicKey, Break> {
        let found = self.keys.iter().rev().find(|(from, _, _)| *from <= number);
        let (from, head_hash, key) = found.ok_or_else(|| Break {
            what: format!("no key signs block {number}"),
        })?;
        ensure(*from != number || *head_hash == self.hash, || {
            format!("the key {} took over at another block than {}", key.id(), number - 1)
        })?;
        Ok(key)
    }

    fn row(&mut self, row: &Sealed, block: &SealedBlock) -> Result<Hash, Break> {
        let (expected, at) = (self.next_seq, block.header.at);
        ensure(row.seq() >= expected, || format!("row {} stands twice", row.seq()))?;
        ensure(row.seq() == expected, || {
            format!("row {expected} is missing: row {} follows", row.seq())
        })?;
        ensure(row.at() == at, || {
            format!("row {expected} has another time than its block")
        })?;
        self.next_seq += 1;
        match row {
            Sealed::Transfer(transfer) => {
                self.transfer(transfer)?;
                Ok(chain::transfer_leaf(transfer, &block.salt))
            }
            Sealed::Event(event) => {
                ensure(self.leg.is_none(), || {
                    format!("row {} stands between two legs of an instruction", event.seq)
                })?;
                self.event(event)?;
                Ok(chain::account_event_leaf(event, &block.salt))
            }
        }
    }

    /// The head must be where the blocks end.
    pub(super) fn head(&self, head: &Head) -> Result<(), Break> {
        ensure(head.next_block <= self.block + 1, || {
            let (missing, next) = (self.block + 1, head.next_block);
            format!("block {missing} is missing: the head says block {next} is next")
        })?;
        ensure(head.next_seq == self.next_seq, || {
            format!(
                "the head says row {} is next, the chain ends before row {}",
                head.next_seq, self.next_seq
            )
        })?;
        ensure(head.next_block == self.block + 1 && head.hash == self.hash, || {
            format!("the head is not at block {}", self.block)
        })?;
        ensure(self.block == 0 || head.last_at == self.at, || {
            format!("the head's time {} is not that of block {}", head.last_at.0, self.block)
        })?;
        ensure(
            self.keys.last().is_some_and(|(_, _, key)| key.id() == head.key_id),
            || format!("the head names the key {}", head.key_id),
        )?;
        ensure(
            self.keys.last().is_some_and(|(from, _, _)| *from <= head.next_block),
            || format!("the key {} takes over at a block that is not next", head.key_id),
        )
    }

    pub(super) fn report(self, accounts: usize, holds: usize, refunds: usize, currencies: Vec<String>) -> AuditReport {
        AuditReport {
            since: self.since,
            blocks: self.block - self.since,
            transfers: self.transfers,
            account_events: self.events,
            accounts,
            holds,
            refunds,
            cards: self.cards,
            flows: self.flows,
            keys: self.keys.len(),
            currencies,
            head_block: self.block,
            head: hex::encode(&self.hash),
        }
    }
}
