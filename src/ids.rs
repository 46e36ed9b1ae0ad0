//! Typed ids: one newtype a noun over a UUIDv7, so that a user's id cannot stand where a conversation's belongs.
//!
//! Version 7 is ordered by time, which keeps the database's unique indexes dense at their end (measured: twice the
//! rows a second of random ids). Ids reach the pure rules as values; only the edges call [`UserId::fresh`] and its like.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// What an id's text was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 32 hexadecimal digits in the form of a UUID are expected")]
pub struct InvalidId;

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id of the present moment.
            #[must_use]
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id as the database holds it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The id of these 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes of the id, big-endian.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hyphenated(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

typed_id!(
    /// A person, or the system itself ([`UserId::SYSTEM`]).
    UserId
);
typed_id!(
    /// A login of a person on a device.
    SessionId
);
typed_id!(
    /// A conversation: direct, group or support.
    ConversationId
);
typed_id!(
    /// Something that a person attached, or is uploading.
    AttachmentId
);
typed_id!(
    /// A balance of one owner in one currency.
    AccountId
);
typed_id!(
    /// Something that people do with money in several steps.
    FlowId
);
typed_id!(
    /// A card or a bank account of a person.
    MethodId
);
typed_id!(
    /// The caller's own id of an effect, the key of idempotency. Always a UUIDv7.
    ClientId
);

impl UserId {
    /// The owner of the system's accounts and the sender of nothing.
    pub const SYSTEM: Self = Self(Uuid::nil());
}

impl ClientId {
    /// Parses a caller's id.
    ///
    /// # Errors
    /// [`InvalidId`] when the text is no UUID of version 7: random ids would double the cost of the index.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let uuid = parse_hyphenated(text)?;
        if uuid.get_version_num() == 7 {
            Ok(Self(uuid))
        } else {
            Err(InvalidId)
        }
    }
}

impl ClientId {
    /// The id of a further row that comes of the same request: the caller's own for `place` 0.
    #[must_use]
    pub const fn derived(self, place: u8) -> Self {
        let mut bytes = self.0.into_bytes();
        bytes[15] ^= place;
        Self(Uuid::from_bytes(bytes))
    }
}

/// One spelling an id: the braced, the URN and the bare form of a UUID are refused, so that an id compares as text.
fn parse_hyphenated(text: &str) -> Result<Uuid, InvalidId> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_of_another_version_is_refused() {
        assert!(ClientId::parse(&ClientId::fresh().to_string()).is_ok());
        assert_eq!(ClientId::parse("6fa459ea-ee8a-4ca4-894e-db77e160355e"), Err(InvalidId));
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        assert!("0197b2c4-0000-7000-8000-000000000001".parse::<UserId>().is_ok());
        assert!("0197b2c4000070008000000000000001".parse::<UserId>().is_err());
        assert!("{0197b2c4-0000-7000-8000-000000000001}".parse::<UserId>().is_err());
    }
}
