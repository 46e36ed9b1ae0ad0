//! A transfer: the instruction that a person gives, and the sealed row that it becomes.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::account::{AccountKey, AccountKind};
use super::flow::FlowRef;
use super::money::{Currencies, Money};
use super::{Conditions, WalletError};
use crate::chat::is_invisible;
use crate::clock::Micros;
use crate::ids::{AccountId, ClientId, ConversationId, InvalidId, UserId};
use crate::op_receipt::Fingerprint;
use crate::protocol::UserView;

/// What a row does to its two accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferKind {
    /// Money goes from debit to credit.
    Post,
    /// Money stays with the debit and is held there.
    Hold,
    /// A hold ends, and what was captured of it goes to the credit.
    Capture,
    /// A hold ends, and all of it is free again.
    Void,
    /// A hold ends because its time passed.
    Expire,
    /// Money goes back the way it came.
    Reverse,
}

impl TransferKind {
    /// The number in the database and in the sealed bytes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Post => 0,
            Self::Hold => 1,
            Self::Capture => 2,
            Self::Void => 3,
            Self::Expire => 4,
            Self::Reverse => 5,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Post),
            1 => Some(Self::Hold),
            2 => Some(Self::Capture),
            3 => Some(Self::Void),
            4 => Some(Self::Expire),
            5 => Some(Self::Reverse),
            _ => None,
        }
    }

    /// The state in which a transfer is after such a row, as the wire has it.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::Post => "posted",
            Self::Hold => "held",
            Self::Capture => "captured",
            Self::Void => "voided",
            Self::Expire => "expired",
            Self::Reverse => "reversed",
        }
    }

    /// Whether such a row counts against the limits of who gives: a payment once, when it is posted or held.
    #[must_use]
    pub const fn is_counted(self, purpose: Purpose) -> bool {
        matches!(self, Self::Post | Self::Hold) && purpose.is_spent()
    }
}

/// What a transfer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// From person to person, in a conversation.
    Payment,
    /// Play money from the sandbox.
    Funding,
    /// What a payment costs its payer.
    Fee,
    /// Somebody's claim on a person's money: held by an operator, then taken or let go.
    Claim,
    /// An operator puts something right.
    Correction,
    /// What somebody was asked for.
    Request,
    /// Into a red packet, and out of it.
    Packet,
    /// A share of a bill.
    Bill,
    /// A payment that was planned.
    Schedule,
    /// From a person's card or bank account.
    TopUp,
    /// To a person's card or bank account.
    Withdrawal,
}

impl Purpose {
    /// All of them, by their numbers.
    pub const ALL: [Self; 11] = [
        Self::Payment,
        Self::Funding,
        Self::Fee,
        Self::Claim,
        Self::Correction,
        Self::Request,
        Self::Packet,
        Self::Bill,
        Self::Schedule,
        Self::TopUp,
        Self::Withdrawal,
    ];

    /// The number in the database and in the sealed bytes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Payment => 0,
            Self::Funding => 1,
            Self::Fee => 2,
            Self::Claim => 3,
            Self::Correction => 4,
            Self::Request => 5,
            Self::Packet => 6,
            Self::Bill => 7,
            Self::Schedule => 8,
            Self::TopUp => 9,
            Self::Withdrawal => 10,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Funding => "funding",
            Self::Fee => "fee",
            Self::Claim => "claim",
            Self::Correction => "correction",
            Self::Request => "request",
            Self::Packet => "packet",
            Self::Bill => "bill",
            Self::Schedule => "schedule",
            Self::TopUp => "topup",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// Whether it is the owner of the money who wants it to leave, and not an operator.
    #[must_use]
    pub const fn is_owners(self) -> bool {
        self.is_budgeted() || matches!(self, Self::Withdrawal)
    }

    /// Whether it is money that its owner spends; what goes to their own bank is not.
    #[must_use]
    pub const fn is_budgeted(self) -> bool {
        self.is_spent() || matches!(self, Self::Fee)
    }

    /// Whether only the flow that moved it gives it back: what it says of itself would be wrong otherwise.
    #[must_use]
    pub const fn is_given_back_by_its_flow(self) -> bool {
        matches!(self, Self::Packet | Self::TopUp | Self::Withdrawal)
    }

    /// Whether it is what people give to people, which counts against the limits of who gives.
    #[must_use]
    pub const fn is_spent(self) -> bool {
        matches!(
            self,
            Self::Payment | Self::Request | Self::Packet | Self::Bill | Self::Schedule
        )
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
    /// What it does.
    pub kind: TransferKind,
    /// What it is for.
    pub purpose: Purpose,
    /// Its place among the legs of one instruction, from 0.
    pub leg: i16,
    /// How many legs there are.
    pub legs: i16,
    /// The account that gave.
    pub debit: AccountId,
    /// The account that got.
    pub credit: AccountId,
    /// How much.
    pub money: Money,
    /// The hold that it resolves, or the transfer that it reverses.
    pub of: Option<i64>,
    /// When a hold ends by itself.
    pub expires_at: Option<Micros>,
    /// The giver's balance after, in minor units.
    pub debit_after: i64,
    /// What is held of it after, in minor units.
    pub debit_held: i64,
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
    /// What it is a step of, if it is.
    pub flow: Option<FlowRef>,
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
            leg: self.leg,
        }
    }
}

/// The opaque id of a transfer on the wire. It names the row by the caller's id and the caller, which the ledger's
/// unique index holds anyway, and by its leg; the dense position would tell everybody how many payments there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId {
    /// The caller's id.
    pub client_id: ClientId,
    /// The caller.
    pub actor: UserId,
    /// The leg, from 0.
    pub leg: i16,
}

impl TransferId {
    /// The first leg under an id.
    #[must_use]
    pub const fn first(client_id: ClientId, actor: UserId) -> Self {
        Self {
            client_id,
            actor,
            leg: 0,
        }
    }
}

/// 32 bytes in base64, and the leg behind a point unless it is the first.
impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.client_id.bytes(), self.actor.bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))?;
        if self.leg > 0 {
            write!(f, ".{}", self.leg)?;
        }
        Ok(())
    }
}

impl FromStr for TransferId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (text, leg) = match text.split_once('.') {
            Some((text, leg)) => (text, leg.parse().map_err(|_| InvalidId)?),
            None => (text, 0),
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidId)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| InvalidId)?;
        let (mut client, mut actor) = ([0; 16], [0; 16]);
        client.copy_from_slice(&bytes[..16]);
        actor.copy_from_slice(&bytes[16..]);
        Ok(Self {
            client_id: ClientId::from_bytes(client),
            actor: UserId::from_bytes(actor),
            leg,
        })
    }
}

/// A payment that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The payment itself.
    pub transfer: Transfer,
    /// What it cost, if anything.
    pub fee: Option<Transfer>,
}

impl Paid {
    /// The payment that these legs are; none without a leg.
    #[must_use]
    pub fn of(legs: Vec<Transfer>) -> Option<Self> {
        let mut legs = legs.into_iter();
        let transfer = legs.next()?;
        let fee = legs.find(|leg| leg.purpose == Purpose::Fee);
        Some(Self { transfer, fee })
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
    /// What the payer pays on top of it.
    pub fee: Option<Money>,
    /// The fee that the payer agreed to, in minor units; without it, whatever it is.
    pub agreed_fee: Option<i64>,
    /// What for.
    pub note: String,
    /// On what it is done, beside what it is.
    pub conditions: Conditions,
    /// Hold the money until the payee accepts it.
    pub accept_first: bool,
    /// The operator wants it accepted first, whatever the payer wishes.
    pub must_be_accepted: bool,
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

    /// Where the fee goes.
    #[must_use]
    pub const fn fees(&self) -> AccountKey {
        AccountKey::system(AccountKind::Fees, self.money.currency())
    }

    /// Whether the money is held until the payee accepts it.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.accept_first || self.must_be_accepted
    }

    /// What the payer means: payee, amount, currency, note and the conversation that was named. What the
    /// operator wants may be another thing when it is asked again.
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
                &[u8::from(self.accept_first)],
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
    Ok((money, parse_note(note, note_chars)?))
}

/// A note, without what nobody sees.
///
/// # Errors
/// [`WalletError::NoteTooLong`].
pub fn parse_note(note: &str, most: usize) -> Result<String, WalletError> {
    let note = note.trim();
    if note.chars().count() > most {
        return Err(WalletError::NoteTooLong { most });
    }
    // A line break or a direction mark in a note would let it pose as something else on a statement.
    Ok(note.chars().filter(|c| !is_invisible(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_id_is_read_back_and_nothing_else_is_one() {
        let id = TransferId::first(ClientId::fresh(), UserId::fresh());
        let third = TransferId { leg: 2, ..id };
        assert_eq!((id.to_string().parse(), third.to_string().parse()), (Ok(id), Ok(third)));
        assert_eq!("x".parse::<TransferId>(), Err(InvalidId));
    }
}
