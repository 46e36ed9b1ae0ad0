//! The rules of money flows: which payments are accepted first, how a packet is drawn, a bill split, a group's debts
//! settled, and when a payment is due.
//! Plain functions over values: time and randomness are inputs, amounts are whole minor units, nothing is rounded away.

pub mod acceptance;
pub mod draw;
pub mod netting;
pub mod recurrence;
pub mod split;
