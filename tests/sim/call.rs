//! What is asked of the ledger.

use quipu::clock::Micros;
use quipu::ids::{ClientId, UserId};
use quipu::wallet::{AccountKey, AccountKind, AccountRef, Act, Money, Purpose};

/// A request under its caller's id.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) client_id: ClientId,
    pub(crate) actor: UserId,
    pub(crate) what: What,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A payment between people.
    Pay(Pay),
    /// Anything that is instructed of the ledger itself.
    Act(Act),
    /// Holds whose time has passed, at most so many.
    Expire(usize),
}

/// A payment between people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pay {
    pub(crate) to: UserId,
    pub(crate) money: Money,
    pub(crate) fee: Option<Money>,
    pub(crate) not_after: Option<Micros>,
}

impl Pay {
    /// The legs that it means.
    pub(crate) fn legs(&self, from: UserId) -> Vec<(AccountRef, AccountRef, Money, Purpose)> {
        let currency = self.money.currency();
        let payer: AccountRef = AccountKey::person(from, currency).into();
        let payment = (
            payer,
            AccountKey::person(self.to, currency).into(),
            self.money,
            Purpose::Payment,
        );
        let fees = AccountKey::system(AccountKind::Fees, currency).into();
        let fee = self.fee.map(|fee| (payer, fees, fee, Purpose::Fee));
        std::iter::once(payment).chain(fee).collect()
    }
}

impl What {
    /// What of it makes a repetition the same request: not until when it is wanted, nor what follows from the rest.
    pub(crate) fn meant(&self) -> Self {
        let mut meant = self.clone();
        match &mut meant {
            Self::Pay(pay) => (pay.not_after, pay.fee) = (None, None),
            Self::Act(Act::Reverse { card, .. }) => *card = None,
            Self::Act(_) | Self::Expire(_) => {}
        }
        meant
    }
}
