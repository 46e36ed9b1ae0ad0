//! How ids, times, logs and codes stand in the schemas: as `text.rs` and its like write them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{ErrorCode, LogId};
use crate::clock::Micros;
use crate::ids::{AccountId, AttachmentId, ClientId, ConversationId, FlowId, MethodId, SessionId, UserId};

/// A UUID in its one spelling.
const UUID: &str = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
/// A log: a letter, and the id of what it is of.
const LOG: &str = "^[cau]:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

macro_rules! text_schemas {
    ($($of:ty => $name:literal, $schema:tt;)+) => {
        $(
            impl JsonSchema for $of {
                fn schema_name() -> Cow<'static, str> {
                    $name.into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        )+
    };
}

text_schemas! {
    UserId => "UserId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "A person."};
    SessionId => "SessionId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "A login of a person on a device."};
    ConversationId => "ConversationId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "A conversation."};
    AccountId => "AccountId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "A balance of one owner in one currency."};
    FlowId => "FlowId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "A request, a packet, a bill or a plan; a top-up or a withdrawal."};
    MethodId => "MethodId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "A card or a bank account of a person."};
    AttachmentId => "AttachmentId", {"type": "string", "format": "uuid", "pattern": UUID, "description": "Something attached to a message."};
    ClientId => "ClientId", {
        "type": "string", "format": "uuid", "pattern": UUID,
        "description": "The caller's own id of an effect, a UUID of version 7: sent again with the same content it has the same effect once. What the server does by itself, such as the end of a hold, has an id of another version."
    };
    Micros => "Time", {"type": "string", "format": "date-time", "description": "RFC 3339, in UTC with milliseconds where the server writes it."};
    LogId => "LogId", {"type": "string", "pattern": LOG, "description": "A log: `c:` and a conversation, `a:` and an account, `u:` and a user."};
}

impl JsonSchema for ErrorCode {
    fn schema_name() -> Cow<'static, str> {
        "ErrorCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> = Self::ALL.iter().map(|code| code.as_str()).collect();
        json_schema!({
            "type": "string",
            "enum": words,
            "description": "What went wrong, as a word that never changes."
        })
    }
}
