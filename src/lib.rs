//! Quipu: a real-time messaging server in which money moves inside the conversation.
//!
//! # The map, in reading order
//!
//! Start with [`protocol`]: what can be said. Then [`group_commit`], the only way a hot path writes, and [`db`]
//! under it. [`chat`] is a slice at its simplest: `log.rs` has the rules, `operations.rs` puts them into a lane,
//! `store/` has the SQL, `actor.rs` orders and announces, `service.rs` is the door. [`wallet`] has the same rooms
//! and stands on chat; [`identity`] and [`notify`] are people and their mail. [`delivery`] takes an event to the
//! sockets of this node, [`cluster`] to the other nodes. [`gateway`] reads frames and requests, asks a slice and
//! writes what it was told. [`app`] wires all of it, [`cli`] is the command line. Imports point downwards alone:
//!
//! ```text
//! cli -> app -> gateway -> wallet -> { chat, identity } -> notify -> delivery -> cluster -> leaves
//! ```
//!
//! `tests/it/tidy.rs` holds that, and which file may name which crate. `ARCHITECTURE.md` says more of everything
//! here.
//!
//! # What always holds
//!
//! 1. A commit decides. Every answer to a write follows its commit; actors are queues, the bus carries copies.
//! 2. Everything durable is a log with a position: `c:` a conversation, `a:` an account, `u:` a person. A push carries
//!    its log, the position before and its own; whoever sees a hole reads the range.
//! 3. Money and its message are one fact: a transfer, its ledger rows, its block and its card are one transaction.
//! 4. Every effect has the caller's id: the same id with the same content gets the first answer, with other content a
//!    conflict.
//! 5. Everything is bounded, and what is over a bound is refused by name.
//!
//! # A message
//!
//! `gateway::ws::connection` reads the frame, `dispatch` finds `ops::chat::send`, [`chat::Chat::post`] sends it to
//! the conversation's actor, which submits it to a [`group_commit::Lane`]. [`chat::ChatBatch`] loads under the
//! conversation's lock, [`chat::log::decide`] refuses, repeats or appends, the batch is written and committed. The
//! actor gives the event to the [`delivery::Publisher`] for other nodes and through its [`delivery::LogTail`] to
//! the [`delivery::Router`], which lays it into the [`delivery::Outbox`] of every member's socket; then the sender
//! is answered. Another node hears it in `app::bus` and goes on from its own actor. What Redis loses,
//! [`cluster::HintPoll`] finds.
//!
//! # A payment
//!
//! `ops::wallet::send` parses the terms, [`wallet::Wallet::pay`] sends them to the payer's account's actor, which
//! submits them to the ledger's lane. [`wallet::LedgerBatch`] locks the ledger's head, the accounts and earlier
//! answers are loaded, `SubmitTransfer::decide` checks the id, the time, the members and the money, appends the
//! card to the conversation's log and applies the plan of its legs. The rows are sealed in a signed block, and all of it is
//! one commit. Then the payer is answered, the card is announced as any message, and both owners hear of their
//! accounts.

// The wire, and what everything stands on.
pub mod clock;
pub mod config;
pub mod ids;
pub mod key_file;
pub mod metric;
pub mod protocol;
pub mod telemetry;

// How anything is written, answered once, and done in order.
pub mod actor_directory;
pub mod db;
pub mod group_commit;
pub mod op_receipt;
pub mod reply;
pub mod vault;

// The slices.
pub mod chat;
pub mod identity;
pub mod notify;
pub mod wallet;

// From a commit to the screens.
pub mod cluster;
pub mod delivery;

// The edge, and what puts it all together.
pub mod app;
pub mod cli;
pub mod gateway;

#[cfg(test)]
mod scratch;
