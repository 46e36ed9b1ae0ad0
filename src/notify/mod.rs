//! Telling people something outside a conversation. A mail is queued in the very transaction that gives cause to it,
//! and delivered from there afterwards: no mail without its cause, and no cause without its mail.

mod backoff;
mod email;
mod mail;
mod outbox;
mod store;

#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;

pub use email::{FolderNotifier, NotifierError, SmtpNotifier};
pub use mail::{Mail, MailInvalid};
pub use outbox::Outbox;
pub use store::enqueue;
#[cfg(test)]
pub(crate) use store::waiting_bodies;

/// A way to reach people.
pub trait Notifier: Send + Sync + 'static {
    /// Hands a mail over. `id` stays the same when it is tried again, so that whoever gets it twice can tell.
    fn deliver<'a>(&'a self, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>>;
}

/// Why a mail was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// It may go another time.
    #[error("not now: {0}")]
    Transient(String),
    /// It never will.
    #[error("never: {0}")]
    Permanent(String),
}
