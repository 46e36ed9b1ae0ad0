//! What a row that moves or holds money means.

use super::Replay;
use crate::ids::AccountId;
use crate::wallet::account::AccountStatus;
use crate::wallet::audit::{Break, ensure, flows, fundings};
use crate::wallet::ledger::{Hold, HoldState, Refund};
use crate::wallet::transfer::{Card, Transfer, TransferKind};
use crate::wallet::wire;

impl Replay {
    pub(super) fn transfer(&mut self, row: &Transfer) -> Result<(), Break> {
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
        self.side(row, row.credit, posted, None)?;
        let kind = |id| self.accounts.get(&id).map(|known| known.account.key.kind);
        match kind(row.debit).zip(kind(row.credit)) {
            Some(sides) if fundings::is_step(row) => fundings::count(&mut self.funded, row, sides),
            Some(sides) => flows::count(&mut self.sums, row, sides),
            None => Ok(()),
        }
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
            // The further legs of an instruction stand behind the card of the first.
            // What an operator captured of an offer has no card, and so its reversal has none.
            let shown = row
                .of
                .is_none_or(|of| self.earlier.get(&of).is_some_and(|of| of.card.is_some()));
            let needs = row.purpose.is_spent() && moves && row.leg == 0 && shown;
            return ensure(!needs, || format!("payment {} stands in no conversation", row.seq));
        };
        let shown = self.shown.get(&(conversation, seq));
        let none = || Break {
            what: format!(
                "payment {} has no card at message {seq} of conversation {conversation}",
                row.seq
            ),
        };
        let shown = shown.ok_or_else(none)?;
        if shown.id != row.id().to_string() {
            // A step of a flow stands at the flow's card, which is held against the flow itself.
            let step = row.flow.is_some_and(|flow| flow.is_shown_by(&shown.kind, &shown.id));
            return ensure(step, || none().what);
        }
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
}
