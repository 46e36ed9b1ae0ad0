//! What operators do to the ledger itself.

use quipu::clock::Micros;
use quipu::ids::{ClientId, UserId};
use quipu::wallet::{AccountKey, AccountKind, Act, Change, HoldTerms, Leg, MAX_MINOR, Money, Purpose, TransferId};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::{Generator, STEP_MS, id};
use crate::call::What;

impl Generator {
    pub(super) fn post(&mut self) -> What {
        let currency = self.currency();
        let legs = match self.random.random_range(0..20) {
            0 => 0,
            1 => 101,
            2 => 100,
            _ => self.random.random_range(1..6),
        };
        let leg = |this: &mut Self| Leg {
            debit: this.giver(currency),
            credit: this.account(currency),
            money: this.money(currency),
            purpose: *[Purpose::Correction, Purpose::Fee, Purpose::Claim]
                .choose(&mut this.random)
                .unwrap(),
            note: String::new(),
        };
        What::Act(Act::Post((0..legs).map(|_| leg(self)).collect()))
    }

    pub(super) fn hold(&mut self, now: Micros) -> What {
        let currency = self.currency();
        let lasts = match self.random.random_range(0..10) {
            0 => -1_000_000,
            // At moments that come exactly, since pauses are multiples of the same.
            1..5 => STEP_MS * 1_000 * self.random.random_range(0..40),
            _ => self.random.random_range(0..3 * 86_400_000_000_i64),
        };
        What::Act(Act::Hold(HoldTerms {
            debit: self.giver(currency),
            credit: self.account(currency),
            money: self.money(currency),
            purpose: *[Purpose::Claim, Purpose::Correction, Purpose::Fee]
                .choose(&mut self.random)
                .unwrap(),
            expires_at: Micros(now.0 + lasts),
            note: String::new(),
        }))
    }

    /// Something that was posted, or held, mostly; and an amount of its currency, mostly.
    fn target(&mut self, hold: bool) -> (TransferId, Option<Money>) {
        let other = self.random.random_ratio(1, 12);
        let known = if hold != other { &self.holds } else { &self.targets };
        let known = known.choose(&mut self.random).copied();
        let (of, currency) = known.unwrap_or_else(|| {
            let stranger = ClientId::from_bytes(id(&mut self.random, Micros(0)));
            (TransferId::first(stranger, UserId::SYSTEM), self.currencies[0])
        });
        let currency = if self.random.random_ratio(1, 30) {
            self.currency()
        } else {
            currency
        };
        let amount = self.random.random_bool(0.5).then(|| self.money(currency));
        (of, amount)
    }

    pub(super) fn capture(&mut self) -> What {
        let (of, amount) = self.target(true);
        let note = String::new();
        What::Act(Act::Capture { of, amount, note })
    }

    pub(super) fn void(&mut self) -> What {
        let (of, _) = self.target(true);
        let note = String::new();
        What::Act(Act::Void { of, note })
    }

    pub(super) fn reverse(&mut self) -> What {
        let (of, amount) = self.target(false);
        What::Act(Act::Reverse {
            of,
            amount,
            note: String::new(),
            card: None,
        })
    }

    /// An owner freezes their wallet, or ends that: oftener, or nothing would go out of any any more.
    pub(super) fn lock(&mut self, owner: UserId) -> What {
        let accounts = self
            .currencies
            .iter()
            .map(|currency| AccountKey::person(owner, *currency).into());
        What::Act(Act::Lock {
            accounts: accounts.collect(),
            lock: self.random.random_ratio(1, 4),
        })
    }

    pub(super) fn change(&mut self) -> What {
        let currency = self.currency();
        let change = match self.random.random_range(0..20) {
            0..4 => Change::Freeze,
            4..14 => Change::Thaw,
            14..16 => Change::Close,
            16 => Change::Floor(
                *[i64::MIN, i64::MAX, MAX_MINOR, -MAX_MINOR]
                    .choose(&mut self.random)
                    .unwrap(),
            ),
            _ => Change::Floor(self.random.random_range(-500..500)),
        };
        // Not closed, or no packet of this currency would be made any more.
        let of_packets = self.random.random_ratio(1, 15) && change != Change::Close;
        let account = if of_packets {
            AccountKey::system(AccountKind::Escrow, currency).into()
        } else {
            self.account(currency)
        };
        What::Act(Act::Change {
            account,
            change,
            reason: "as it came".into(),
        })
    }
}
