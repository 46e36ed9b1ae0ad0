//! The wire: frames, commands, events, error codes, limits. `docs/protocol.md` is its description, and a test holds
//! the two against each other. JSON lives here and nowhere deeper.

pub mod admin;
mod attachment;
mod catalogue;
mod close;
mod command;
mod confirmed;
pub mod documents;
mod error;
mod event;
mod flows;
mod frame;
mod funding;
pub mod http;
mod log;
mod receipt;
mod routes;
mod schema;
mod search;
mod security;
pub mod stored;
mod text;

pub use attachment::*;
pub use catalogue::{OPERATIONS, OPS, Operation, PUSHED, PUSHES, Pushed};
pub use close::CloseCode;
pub use command::*;
pub use confirmed::Said;
pub use error::{Coded, ErrorCode, WireError};
pub use event::*;
pub use flows::*;
pub use frame::{
    Ask, MAX_REQUEST_ID, Malformed, Request, Tell, answer, fitting, head, log_push, push, raw_json, refusal, same_json,
    says_all_of, tick, to_json,
};
pub use funding::*;
pub use log::LogId;
pub use receipt::*;
pub use routes::{Content, Param, ROUTES, Route};
pub use search::*;
pub use security::*;
pub use stored::{ForwardedView, MessageExtra, ReactionView, SystemChange, SystemView, item};

/// The subprotocol of the socket.
pub const SUBPROTOCOL: &str = "quipu.v1";
/// The protocol's version, told in `hello`.
pub const VERSION: &str = "1";
