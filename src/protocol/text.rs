//! How ids, times and secrets stand in JSON. The types themselves know nothing of it.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::clock::Micros;
use crate::ids::{AccountId, AttachmentId, ClientId, ConversationId, FlowId, MethodId, SessionId, UserId};

macro_rules! id_text {
    ($($id:ty => $parse:expr, $what:literal);+ $(;)?) => {
        $(
            impl Serialize for $id {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $id {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    let parse: fn(&str) -> Result<$id, _> = $parse;
                    parse(&text).map_err(|_| D::Error::custom($what))
                }
            }
        )+
    };
}

id_text! {
    UserId => str::parse, "not a user's id";
    SessionId => str::parse, "not a session's id";
    ConversationId => str::parse, "not a conversation's id";
    AccountId => str::parse, "not an account's id";
    AttachmentId => str::parse, "not an attachment's id";
    FlowId => str::parse, "not the id of a request, a packet, a bill or a plan";
    MethodId => str::parse, "not the id of a payment method";
    ClientId => ClientId::parse, "not a UUID of version 7";
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Micros {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| D::Error::custom("not a time of RFC 3339"))
    }
}

/// Reads a secret, which is never shown again.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
