//! The ledger as its rows alone make it. It knows none of the rules by which rows are written: it says again, and
//! plainly, what each row means.

use std::collections::HashMap;

use super::{AuditReport, Break, ensure};
use crate::clock::Micros;
use crate::ids::{AccountId, ConversationId};
use crate::wallet::account::{Account, AccountRef, AccountStatus};
use crate::wallet::chain::{self, Hash};
use crate::wallet::keys::PublicKey;
use crate::wallet::ledger::{AccountEvent, AccountEventKind, Head, Hold, HoldState, Refund};
use crate::wallet::store::{Sealed, SealedBlock, ShownCard};
use crate::wallet::transfer::{Card, Purpose, Transfer, TransferKind};
use crate::wallet::wire;

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
            leaves.push(self.row(row, header.at)?);
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

    fn row(&mut self, row: &Sealed, at: Micros) -> Result<Hash, Break> {
        let expected = self.next_seq;
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
                Ok(chain::transfer_leaf(transfer))
            }
            Sealed::Event(event) => {
                ensure(self.leg.is_none(), || {
                    format!("row {} stands between two legs of an instruction", event.seq)
                })?;
                self.event(event)?;
                Ok(chain::account_event_leaf(event))
            }
        }
    }

    fn event(&mut self, event: &AccountEvent) -> Result<(), Break> {
        let seq = event.seq;
        self.events += 1;
        let reference = AccountRef::from(event.key);
        ensure(reference.id == event.account, || {
            format!("row {seq} is about an account under another id")
        })?;
        let mut standing = if event.event == AccountEventKind::Opened {
            let known = self.accounts.get(&event.account);
            ensure(known.is_none_or(|known| self.since > 0 && !known.moved), || {
                format!("row {seq} opens an account that was open")
            })?;
            Standing {
                account: Account::fresh(reference, event.at),
                moved: true,
                held: true,
                rules: true,
                spent: true,
            }
        } else {
            let known = self.accounts.get(&event.account).copied();
            let mut known = known.ok_or_else(|| Break {
                what: format!("row {seq} is about account {}, which never opened", event.account),
            })?;
            known.account.last_seq = if known.moved {
                known.account.last_seq
            } else {
                event.prev_seq
            };
            known
        };
        let account = &mut standing.account;
        ensure(account.last_seq == event.prev_seq, || {
            format!(
                "row {seq} does not follow row {} of account {}",
                account.last_seq, account.id
            )
        })?;
        let expected = match event.event {
            AccountEventKind::Opened | AccountEventKind::Thawed => (event.key.kind.floor(), AccountStatus::Open),
            AccountEventKind::Floor => (event.floor, account.status),
            AccountEventKind::Frozen => (account.floor, AccountStatus::Frozen),
            AccountEventKind::Closed => (account.floor, AccountStatus::Closed),
        };
        let floor = if event.event == AccountEventKind::Thawed {
            account.floor
        } else {
            expected.0
        };
        let told = (event.floor, event.status);
        ensure(!standing.rules || told == (floor, expected.1), || {
            format!("row {seq} leaves account {} otherwise than it says", account.id)
        })?;
        (account.floor, account.status, account.last_seq) = (event.floor, event.status, seq);
        standing.rules = true;
        let free = account.posted - account.held;
        ensure(!(standing.moved && standing.held) || free >= account.floor, || {
            format!("row {seq} sets the floor of account {} above what is in it", account.id)
        })?;
        let empty = account.posted == 0 && account.held == 0;
        ensure(
            event.event != AccountEventKind::Closed || empty || !standing.moved,
            || format!("row {seq} closes account {}, which is not empty", account.id),
        )?;
        self.accounts.insert(event.account, standing);
        Ok(())
    }

    fn transfer(&mut self, row: &Transfer) -> Result<(), Break> {
        self.transfers += 1;
        self.legs(row)?;
        self.card(row)?;
        let amount = row.money.minor();
        let (posted, held) = match row.kind {
            TransferKind::Post => (amount, 0),
            TransferKind::Hold => (0, self.open_hold(row)?),
            TransferKind::Capture | TransferKind::Void | TransferKind::Expire => self.end_hold(row)?,
            TransferKind::Reverse => (self.give_back(row)?, 0),
        };
        self.side(row, row.debit, -posted, Some(held))?;
        self.side(row, row.credit, posted, None)
    }

    /// The legs of an instruction follow each other, all of them.
    fn legs(&mut self, row: &Transfer) -> Result<(), Break> {
        let expected = self.leg.take();
        let follows = match &expected {
            None => row.leg == 0,
            Some((first, leg)) => {
                row.leg == *leg
                    && row.legs == first.legs
                    && row.fingerprint == first.fingerprint
                    && (row.client_id, row.actor) == (first.client_id, first.actor)
            }
        };
        ensure(follows, || {
            format!("row {} is a leg that does not follow the one before", row.seq)
        })?;
        if row.leg + 1 < row.legs {
            let first = expected.map_or_else(|| row.clone(), |(first, _)| first);
            self.leg = Some((first, row.leg + 1));
        }
        Ok(())
    }

    fn card(&mut self, row: &Transfer) -> Result<(), Break> {
        let moves = !matches!(
            row.kind,
            TransferKind::Capture | TransferKind::Void | TransferKind::Expire
        );
        let Some(Card { conversation, seq }) = row.card else {
            return ensure(row.purpose != Purpose::Payment || !moves, || {
                format!("payment {} stands in no conversation", row.seq)
            });
        };
        let shown = self.shown.get(&(conversation, seq));
        let shown = shown.filter(|card| card.id == row.id().to_string());
        let shown = shown.ok_or_else(|| Break {
            what: format!(
                "payment {} has no card at message {seq} of conversation {conversation}",
                row.seq
            ),
        })?;
        let owner = |id| self.accounts.get(&id).map(|known| known.account.key.owner);
        // An account that never opened is found as the row moves it.
        if let Some(sides) = owner(row.debit).zip(owner(row.credit)) {
            ensure(wire::card_agrees(row, sides, &shown.kind, &shown.data), || {
                format!(
                    "payment {} is shown otherwise by its card at message {seq} of conversation {conversation}",
                    row.seq
                )
            })?;
        }
        self.cards += 1;
        Ok(())
    }

    fn open_hold(&mut self, row: &Transfer) -> Result<i64, Break> {
        let amount = row.money.minor();
        let expires_at = row.expires_at.filter(|until| *until > row.at).ok_or_else(|| Break {
            what: format!("hold {} ends before it begins", row.seq),
        })?;
        let hold = Hold {
            transfer: row.seq,
            amount,
            captured: 0,
            state: HoldState::Open,
            expires_at,
        };
        self.holds.insert(row.seq, hold);
        Ok(amount)
    }

    fn end_hold(&mut self, row: &Transfer) -> Result<(i64, i64), Break> {
        let (seq, amount, of) = (row.seq, row.money.minor(), row.of.unwrap_or(0));
        let hold = self.holds.get_mut(&of).filter(|hold| hold.state == HoldState::Open);
        let hold = hold.ok_or_else(|| Break {
            what: format!("row {seq} ends hold {of}, which is not open"),
        })?;
        let late = hold.expires_at <= row.at;
        let (posted, state, right) = match row.kind {
            TransferKind::Capture => (amount, HoldState::Captured, amount <= hold.amount && !late),
            TransferKind::Expire => (0, HoldState::Expired, amount == hold.amount && late),
            _ => (0, HoldState::Voided, amount == hold.amount),
        };
        ensure(right, || format!("row {seq} ends hold {of} otherwise than it may"))?;
        (hold.state, hold.captured) = (state, posted);
        let (held, rest) = (hold.amount, hold.amount - posted);
        if let Some(hold) = self.earlier.get(&of)
            && TransferKind::Hold.is_counted(hold.purpose)
            && let Some(standing) = self.accounts.get_mut(&row.debit)
        {
            standing.account.spent = standing.account.spent.minus(rest, hold.at);
        }
        Ok((posted, -held))
    }

    fn give_back(&mut self, row: &Transfer) -> Result<i64, Break> {
        let (seq, amount, of) = (row.seq, row.money.minor(), row.of.unwrap_or(0));
        let reversed = self.earlier.get(&of).filter(|reversed| {
            let sides = (reversed.credit, reversed.debit) == (row.debit, row.credit);
            sides && matches!(reversed.kind, TransferKind::Post | TransferKind::Capture) && of < seq
        });
        let moved = reversed.map(|reversed| reversed.money.minor()).ok_or_else(|| Break {
            what: format!("row {seq} reverses row {of}, which did not move money that way"),
        })?;
        if self.since > 0 && of <= self.next_seq && self.refunds.contains_key(&of) {
            // How much was given back before the beginning is not known: the table's own check bounds it.
            return Ok(amount);
        }
        let refund = self.refunds.entry(of).or_insert(Refund {
            transfer: of,
            amount: moved,
            refunded: 0,
        });
        refund.refunded += amount;
        ensure(refund.refunded <= moved, || {
            format!("row {seq} gives back more of row {of} than it moved")
        })?;
        Ok(amount)
    }

    /// One account of a row: what it moves must be what the row says is left.
    fn side(&mut self, row: &Transfer, id: AccountId, by: i64, held: Option<i64>) -> Result<(), Break> {
        let seq = row.seq;
        let (after, prev) = match held {
            Some(_) => (row.debit_after, row.debit_prev),
            None => (row.credit_after, row.credit_prev),
        };
        let standing = self.accounts.get_mut(&id).ok_or_else(|| Break {
            what: format!("row {seq} moves account {id}, which never opened"),
        })?;
        let overflow = || Break {
            what: format!("row {seq} overflows"),
        };
        let account = &mut standing.account;
        if !standing.moved {
            account.posted = after.checked_sub(by).ok_or_else(overflow)?;
            account.last_seq = prev;
            standing.moved = true;
        }
        if let (Some(by), false) = (held, standing.held) {
            account.held = row.debit_held.checked_sub(by).ok_or_else(overflow)?;
            standing.held = true;
        }
        ensure(account.key.currency == row.money.currency(), || {
            let (moved, holds) = (row.money.currency(), account.key.currency);
            format!("row {seq} moves {moved} in account {id}, which holds {holds}")
        })?;
        // The end of a hold whose other account was closed since moves nothing in it.
        let still = by == 0 && held.is_none_or(|held| held < 0);
        ensure(
            !standing.rules || account.status != AccountStatus::Closed || still,
            || format!("row {seq} moves account {id}, which is closed"),
        )?;
        account.posted = account.posted.checked_add(by).ok_or_else(overflow)?;
        ensure(account.posted == after, || {
            let holds = account.posted;
            format!("row {seq} says account {id} holds {after} after it, but it holds {holds}")
        })?;
        if let Some(by) = held {
            account.held = account.held.checked_add(by).ok_or_else(overflow)?;
            ensure(account.held == row.debit_held && account.held >= 0, || {
                let (told, stands) = (row.debit_held, account.held);
                format!("row {seq} says {told} of account {id} is held after it, but {stands} is")
            })?;
            if row.kind.is_counted(row.purpose) {
                account.spent = account.spent.plus(row.money.minor(), row.at);
            }
            let free = account.posted.checked_sub(account.held).ok_or_else(overflow)?;
            ensure(!standing.rules || free >= account.floor, || {
                format!("row {seq} takes account {id} below its floor")
            })?;
        }
        ensure(account.last_seq == prev, || {
            format!("row {seq} does not follow row {} of account {id}", account.last_seq)
        })?;
        account.last_seq = seq;
        Ok(())
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

    /// An account of the table.
    pub(super) fn account(&mut self, stands: &Account) -> Result<(), Break> {
        let id = stands.id;
        let replayed = self.accounts.remove(&id).ok_or_else(|| Break {
            what: format!("account {id} stands and was never opened"),
        })?;
        // What a replay from the middle was not told is as it stands.
        let mut made = replayed.account;
        if !replayed.moved {
            (made.posted, made.last_seq) = (stands.posted, stands.last_seq);
        }
        made.held = if replayed.held { made.held } else { stands.held };
        if !replayed.rules {
            (made.floor, made.status) = (stands.floor, stands.status);
        }
        made.spent = if replayed.spent { made.spent } else { stands.spent };
        ensure(made == *stands, || {
            format!("account {id} is {stands:?}, its rows make it {made:?}")
        })
    }

    /// A row of the table of holds.
    pub(super) fn hold(&mut self, stands: &Hold) -> Result<(), Break> {
        let made = self.holds.remove(&stands.transfer);
        let fine = made == Some(*stands) || (made.is_none() && self.since > 0 && stands.transfer < self.next_seq);
        ensure(fine, || {
            format!("hold {} is {stands:?}, its rows make it {made:?}", stands.transfer)
        })
    }

    /// A row of the table of refunds.
    pub(super) fn refund(&mut self, stands: &Refund) -> Result<(), Break> {
        let made = self.refunds.remove(&stands.transfer);
        let fine = made == Some(*stands) || (made.is_none() && self.since > 0);
        ensure(fine, || {
            format!("refund of {} is {stands:?}, its rows make it {made:?}", stands.transfer)
        })
    }

    /// After all tables were compared: nothing that the rows made is left over.
    pub(super) fn nothing_is_missing(&self) -> Result<(), Break> {
        if let Some(id) = self.accounts.keys().next() {
            return Err(Break {
                what: format!("account {id} was opened and is not there"),
            });
        }
        if let Some(hold) = self.holds.values().next() {
            return Err(Break {
                what: format!("hold {} is not there: its rows make it {hold:?}", hold.transfer),
            });
        }
        if let Some(refund) = self.refunds.values().next() {
            return Err(Break {
                what: format!(
                    "refund of {} is not there: its rows make it {refund:?}",
                    refund.transfer
                ),
            });
        }
        Ok(())
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
            keys: self.keys.len(),
            currencies,
            head_block: self.block,
            head: hex::encode(&self.hash),
        }
    }
}
