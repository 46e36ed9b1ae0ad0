//! A transfer: the instruction that a person gives, and the sealed row that it becomes.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::WalletError;
use super::account::AccountKey;
use super::money::{Currencies, Money};
use crate::chat::is_invisible;
use crate::clock::Micros;
use crate::ids::{AccountId, ClientId, ConversationId, InvalidId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::UserView;

/// What a transfer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferKind {
    /// From person to person, in a conversation.
    Payment,
    /// Play money from the sandbox.
    Funding,
}

impl TransferKind {
    /// The number in the database and in the sealed bytes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Payment => 0,
            Self::Funding => 1,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Payment),
            1 => Some(Self::Funding),
            _ => None,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Funding => "funding",
        }
    }
}

/// Where a transfer's card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub seq: i64,
}

/// A posted transfer: one debit and one credit of one amount, so that no unbalanced one can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The ledger's position.
    pub seq: i64,
    /// The caller's id.
    pub client_id: ClientId,
    /// The caller.
    pub actor: UserId,
    /// What the caller meant.
    pub fingerprint: Fingerprint,
    /// What it is for.
    pub kind: TransferKind,
    /// The account that gave.
    pub debit: AccountId,
    /// The account that got.
    pub credit: AccountId,
    /// How much.
    pub money: Money,
    /// The giver's balance after, in minor units.
    pub debit_after: i64,
    /// The getter's balance after, in minor units.
    pub credit_after: i64,
    /// The giver's position before.
    pub debit_prev: i64,
    /// The getter's position before.
    pub credit_prev: i64,
    /// What for, in the payer's words.
    pub note: String,
    /// Where its card stands, for a payment between people.
    pub card: Option<Card>,
    /// Ledger time.
    pub at: Micros,
}

impl Transfer {
    /// Its opaque id.
    #[must_use]
    pub const fn id(&self) -> TransferId {
        TransferId {
            client_id: self.client_id,
            actor: self.actor,
        }
    }
}

/// The opaque id of a transfer on the wire. It names the row by the caller's id and the caller, which the ledger's
/// unique index holds anyway; the dense position would tell everybody how many payments there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransferId {
    /// The caller's id.
    pub client_id: ClientId,
    /// The caller.
    pub actor: UserId,
}

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.client_id.bytes(), self.actor.bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for TransferId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidId)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| InvalidId)?;
        let (mut client, mut actor) = ([0; 16], [0; 16]);
        client.copy_from_slice(&bytes[..16]);
        actor.copy_from_slice(&bytes[16..]);
        Ok(Self {
            client_id: ClientId::from_bytes(client),
            actor: UserId::from_bytes(actor),
        })
    }
}

/// What a person wants paid, checked as far as it can be without the database.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// The payer's own id of it.
    pub client_id: ClientId,
    /// Who pays.
    pub from: UserView,
    /// Who is paid.
    pub to: UserView,
    /// Where the card goes; without it, the direct conversation of the two.
    pub conversation: Option<ConversationId>,
    /// How much.
    pub money: Money,
    /// What for.
    pub note: String,
    /// Refuse it after this time.
    pub not_after: Option<Micros>,
}

impl Instruction {
    /// The payer's account.
    #[must_use]
    pub const fn debit(&self) -> AccountKey {
        AccountKey::person(self.from.id, self.money.currency())
    }

    /// The payee's account.
    #[must_use]
    pub const fn credit(&self) -> AccountKey {
        AccountKey::person(self.to.id, self.money.currency())
    }

    /// What the payer means: payee, amount, currency, note and the conversation that was named. `not_after` is a
    /// condition on when, not on what.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let conversation = self.conversation.map(ConversationId::bytes);
        Fingerprint::of(
            "transfer.send",
            &[
                &self.to.id.bytes(),
                &self.money.minor().to_be_bytes(),
                self.money.currency().code().as_bytes(),
                self.note.as_bytes(),
                conversation.as_ref().map_or(&[], |id| id.as_slice()),
            ],
        )
    }
}

/// The amount and the note of a request, parsed at the door.
///
/// # Errors
/// [`WalletError::CurrencyUnsupported`], [`WalletError::AmountInvalid`], [`WalletError::NoteTooLong`].
pub fn parse_terms(
    currencies: &Currencies,
    amount: &str,
    currency: &str,
    note: &str,
    note_chars: usize,
) -> Result<(Money, String), WalletError> {
    let money = Money::parse(amount, currencies.get(currency)?)?;
    let note = note.trim();
    if note.chars().count() > note_chars {
        return Err(WalletError::NoteTooLong { most: note_chars });
    }
    // A line break or a direction mark in a note would let it pose as something else on a statement.
    let note = note.chars().filter(|c| !is_invisible(*c)).collect();
    Ok((money, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_id_is_read_back_and_nothing_else_is_one() {
        let id = TransferId {
            client_id: ClientId::fresh(),
            actor: UserId::fresh(),
        };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("x".parse::<TransferId>(), Err(InvalidId));
    }
}
