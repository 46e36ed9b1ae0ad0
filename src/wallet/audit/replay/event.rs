//! What a row about an account itself means.

use super::{Replay, Standing};
use crate::wallet::account::{Account, AccountRef, AccountStatus};
use crate::wallet::audit::{Break, ensure};
use crate::wallet::ledger::{AccountEvent, AccountEventKind};

impl Replay {
    pub(super) fn event(&mut self, event: &AccountEvent) -> Result<(), Break> {
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
}
