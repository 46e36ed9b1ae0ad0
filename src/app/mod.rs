//! The only place that wires things: the services of a node, the server around them, and how it stops.

mod actors;
mod admin;
mod admin_ledger;
mod admin_socket;
mod attachments;
mod bus;
mod demo;
mod search;
mod server;
mod services;
mod storage;
mod watch;

pub use admin::carry_out;
pub use admin_socket::{AdminRefusal, ask_running};
pub use search::remove_index;
pub use server::{lock_data, serve};
pub use services::{Services, StartError};
pub use storage::{
    Schema, database_file, has_database, ledger_key, make_data_folder, open_database, open_database_unchanged,
    present_ledger_key, present_vault_key, schema_of,
};

/// Runs something that has actors, on this thread, until it is done.
pub fn run<F: Future>(work: F) -> F::Output {
    actix::System::new().block_on(work)
}
