//! The integration tests: one binary, one harness, real servers on real databases.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]

mod attachments;
mod backup;
mod bench;
mod budgets;
mod chat;
mod clock;
mod confirmed;
mod constraints;
mod contacts;
mod crash;
mod devices;
mod documents;
mod faults;
mod flows;
mod fundings;
mod groups;
mod harness;
mod history;
mod history_filters;
mod hostile;
mod identity;
mod large_groups;
mod large_nodes;
mod ledger_orders;
mod messages;
mod methods;
mod nodes;
mod op_refusals;
mod operator;
mod payments;
mod presence;
mod protocol_page;
mod receipt_mail;
mod reconcile;
mod records;
mod red_packets;
mod refusals;
mod search;
mod slow_reader;
mod tampering;
mod tidy;
mod tls;
mod unread;
