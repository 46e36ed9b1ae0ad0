//! Payment methods: a card or a bank account of a person, as far as it is kept.

use super::card::Brand;
use super::{Direction, MethodError};
use crate::clock::{Micros, Month};
use crate::ids::{ClientId, MethodId, UserId};
use crate::op_receipt::Fingerprint;

/// Methods that a person has at most.
pub const METHODS_MOST: usize = 20;
/// How often a person has a provider look at a method in a day at most, whatever it says: a server is no place to find out
/// which stolen cards still work.
pub const TRIES_IN_A_DAY: usize = 10;
/// Characters of what an owner calls one at most.
const LABEL_CHARS: usize = 40;
/// Characters of a holder's name at most.
const HOLDER_CHARS: usize = 64;
/// Digits in either at most: fewer than a number has.
const DIGITS_MOST: usize = 8;
/// A card that expires later than in so many months is none.
const MONTHS_AHEAD: i64 = 20 * 12;

/// What sort it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodKind {
    /// A card.
    Card,
    /// A bank account.
    Bank,
}

impl MethodKind {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Card => 0,
            Self::Bank => 1,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Card),
            1 => Some(Self::Bank),
            _ => None,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Bank => "bank",
        }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// The id; it follows from the owner and their own id of the request.
    pub id: MethodId,
    /// Whose.
    pub owner: UserId,
    /// What the owner meant, when it was added.
    pub fingerprint: Fingerprint,
    /// Who knows its number.
    pub provider: String,
    /// What sort.
    pub kind: MethodKind,
    /// The card's brand, the account's country.
    pub brand: String,
    /// No money can go to it.
    pub is_credit: bool,
    /// The last four characters of its number.
    pub last_four: String,
    /// What its owner calls it.
    pub label: String,
    /// The last month of a card.
    pub expires: Option<Month>,
    /// A keyed code of its number, by which it is known again.
    pub number_mac: Vec<u8>,
    /// The provider's token and the holder's name, sealed; nothing once it was removed.
    pub sealed: Vec<u8>,
    /// What names the key of that.
    pub key_id: String,
    /// It is taken when no other is named.
    pub preferred: bool,
    /// When it was added.
    pub added_at: Micros,
    /// When it was removed.
    pub removed_at: Option<Micros>,
}

/// How a card stands to its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It has none, or a later one.
    Active,
    /// This month is its last one, or the next.
    Expiring,
    /// It has passed.
    Expired,
}

impl Expiry {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

impl Method {
    /// The id of the one that `owner` adds under their own id: whoever repeats the request names the same one.
    #[must_use]
    pub fn id_of(client_id: ClientId, owner: UserId) -> MethodId {
        use sha2::{Digest as _, Sha256};
        let mut hash = Sha256::new();
        hash.update(b"quipu.method.v1");
        hash.update(client_id.bytes());
        hash.update(owner.bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        uuid::Uuid::new_v8(bytes).into()
    }

    /// How it stands to its expiry. A card can be used to the end of its last month (UTC).
    #[must_use]
    pub fn expiry(&self, now: Micros) -> Expiry {
        let this = Month::of(now);
        match self.expires {
            Some(last) if last < this => Expiry::Expired,
            Some(last) if last.0 <= this.0 + 1 => Expiry::Expiring,
            _ => Expiry::Active,
        }
    }

    /// Digits of its security code.
    #[must_use]
    pub fn code_digits(&self) -> usize {
        if self.brand == Brand::Amex.as_str() {
            Brand::Amex.code_digits()
        } else {
            Brand::Visa.code_digits()
        }
    }

    /// From when on money can go to it, when it was added `cooling` microseconds ago or later.
    #[must_use]
    pub const fn withdraw_from(&self, cooling: i64) -> Micros {
        Micros(self.added_at.0.saturating_add(cooling))
    }

    /// Whether money can go that way, but for the time.
    #[must_use]
    pub const fn allows(&self, direction: Direction) -> bool {
        match direction {
            Direction::In => true,
            Direction::Out => !self.is_credit,
        }
    }

    /// Whether its owner may move money that way now.
    ///
    /// # Errors
    /// [`MethodError`]; none is final.
    pub fn may(&self, owner: UserId, direction: Direction, now: Micros, cooling: i64) -> Result<(), MethodError> {
        if self.owner != owner || self.removed_at.is_some() {
            return Err(MethodError::NotFound);
        }
        if !self.allows(direction) {
            return Err(MethodError::Unusable);
        }
        if self.expiry(now) == Expiry::Expired {
            return Err(MethodError::Expired);
        }
        let until = self.withdraw_from(cooling);
        if direction == Direction::Out && now < until {
            return Err(MethodError::CoolingOff { until });
        }
        Ok(())
    }
}

/// Reads an expiry such as `2027-01`, in the month of `now`.
///
/// # Errors
/// [`MethodError::Invalid`] of `field`.
pub fn parse_expiry(text: &str, now: Micros, field: &'static str) -> Result<Month, MethodError> {
    let invalid = |reason| MethodError::Invalid { field, reason };
    let last = Month::parse(text).ok_or_else(|| invalid("it is a month such as 2027-01"))?;
    let this = Month::of(now);
    if last < this {
        return Err(invalid("it has passed"));
    }
    if last.0 > this.0 + MONTHS_AHEAD {
        return Err(invalid("no card lasts so long"));
    }
    Ok(last)
}

/// A name or a label without what is invisible, of so many characters.
fn visible(text: &str, most: usize, field: &'static str) -> Result<String, MethodError> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(MethodError::Invalid {
            field,
            reason: "it is too long",
        });
    }
    if text.chars().any(crate::chat::is_invisible) {
        return Err(MethodError::Invalid {
            field,
            reason: "it has characters that cannot be seen",
        });
    }
    // The number itself in this place would be kept, and shown.
    if text.chars().filter(|c| c.is_numeric()).count() > DIGITS_MOST {
        return Err(MethodError::Invalid {
            field,
            reason: "it has too many digits",
        });
    }
    Ok(text.to_owned())
}

/// Reads what an owner calls one; may be empty.
///
/// # Errors
/// [`MethodError::Invalid`] of `label`.
pub fn parse_label(text: &str) -> Result<String, MethodError> {
    visible(text, LABEL_CHARS, "label")
}

/// Reads whose it is.
///
/// # Errors
/// [`MethodError::Invalid`] of `field`.
pub fn parse_holder(text: &str, field: &'static str) -> Result<String, MethodError> {
    let holder = visible(text, HOLDER_CHARS, field)?;
    if holder.is_empty() {
        return Err(MethodError::Invalid {
            field,
            reason: "it is missing",
        });
    }
    Ok(holder)
}

/// Whether a security code has the digits that it has to have.
///
/// # Errors
/// [`MethodError::Invalid`] of `field`.
pub fn check_code(code: &str, digits: usize, field: &'static str) -> Result<(), MethodError> {
    if code.len() == digits && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(MethodError::Invalid {
        field,
        reason: "a security code has three digits, four on American Express",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600 * 1_000_000;

    fn at(date: &str) -> Micros {
        Micros::of_date(date).unwrap()
    }

    fn card(expires: &str) -> Method {
        Method {
            id: MethodId::fresh(),
            owner: UserId::SYSTEM,
            fingerprint: Fingerprint::of("x", &[]),
            provider: "sandbox".into(),
            kind: MethodKind::Card,
            brand: "visa".into(),
            is_credit: false,
            last_four: "4242".into(),
            label: String::new(),
            expires: Month::parse(expires),
            number_mac: vec![1],
            sealed: vec![1],
            key_id: "k".into(),
            preferred: false,
            added_at: at("2026-01-01"),
            removed_at: None,
        }
    }

    #[test]
    fn a_card_lasts_to_the_end_of_its_month() {
        let card = card("2026-02");
        let last = Micros(at("2026-03-01").0 - 1);
        assert_eq!(card.expiry(at("2025-12-31")), Expiry::Active);
        assert_eq!(card.expiry(at("2026-01-01")), Expiry::Expiring);
        assert_eq!(card.expiry(last), Expiry::Expiring);
        assert_eq!(card.expiry(at("2026-03-01")), Expiry::Expired);
        assert_eq!(
            card.may(UserId::SYSTEM, Direction::In, at("2026-03-01"), 0),
            Err(MethodError::Expired)
        );
    }

    #[test]
    fn money_goes_to_a_new_one_after_a_while_and_to_credit_never() {
        let mut card = card("2030-01");
        let soon = at("2026-01-01");
        let may = |card: &Method, direction, now| card.may(UserId::SYSTEM, direction, now, DAY);
        assert_eq!(may(&card, Direction::In, soon), Ok(()));
        let until = at("2026-01-02");
        assert_eq!(may(&card, Direction::Out, soon), Err(MethodError::CoolingOff { until }));
        assert_eq!(may(&card, Direction::Out, until), Ok(()));
        card.is_credit = true;
        assert_eq!(may(&card, Direction::Out, until), Err(MethodError::Unusable));
        assert_eq!(
            card.may(UserId::fresh(), Direction::In, until, DAY),
            Err(MethodError::NotFound)
        );
        card.removed_at = Some(soon);
        assert_eq!(may(&card, Direction::In, until), Err(MethodError::NotFound));
    }

    #[test]
    fn what_is_typed_is_read_or_refused_by_its_field() {
        let now = at("2026-06-15");
        assert_eq!(parse_expiry("2026-06", now, "expires"), Ok(Month::of(now)));
        for text in ["2026-05", "06/26", "2026-13", "2099-01", ""] {
            assert!(parse_expiry(text, now, "expires").is_err(), "{text}");
        }
        assert_eq!(parse_holder("  Ana Díaz ", "card.holder").as_deref(), Ok("Ana Díaz"));
        for text in [
            "",
            " ",
            "4242 4242 4242 4242",
            "４２４２ ４２４２ ４２４２",
            "a\u{202e}b",
            &"x".repeat(65),
        ] {
            assert!(parse_holder(text, "card.holder").is_err(), "{text}");
        }
        assert_eq!(parse_label("").as_deref(), Ok(""));
        assert!(parse_label(&"好".repeat(41)).is_err());
        assert!(parse_label("4242 4242 4242 4242").is_err() && parse_label("wages 2026-01").is_ok());
        assert!(check_code("123", 3, "card.code").is_ok());
        for text in ["12", "1234", "12a", "１２３"] {
            assert!(check_code(text, 3, "card.code").is_err(), "{text}");
        }
    }
}
