//! The edge: HTTP, TLS, who may speak for whom, and how a refusal is told. Nothing here decides anything about people,
//! messages or money; it reads, asks a slice, and writes what it was told.

pub mod auth;
pub mod errors;
pub mod http;
pub mod listen;
pub mod origin;
pub mod rate_limit;
pub mod site;
pub mod tls;
pub mod ws;
