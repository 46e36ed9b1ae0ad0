//! The only place that wires things: the services of a node, the server around them, and how it stops.

mod admin_socket;
mod bus;
mod demo;
mod server;
mod services;
mod watch;

pub use admin_socket::{AdminRefusal, ask_running};
pub use server::{DATA_LOCK, lock_data, serve};
pub use services::{Services, StartError, ledger_key, make_data_folder, open_database, open_database_unchanged};
