//! Telling people something outside a conversation. A mail is queued in the very transaction that gives cause to it,
//! and delivered from there afterwards: no mail without its cause, and no cause without its mail.

mod backoff;
mod email;
mod mail;
mod outbox;
mod store;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::config::Settings;

pub use email::{FolderNotifier, NotifierError, SmtpNotifier};
pub use mail::{Mail, MailInvalid};
pub use outbox::Outbox;
#[cfg(test)]
pub(crate) use store::waiting_bodies;
pub use store::{enqueue, enqueue_once};

/// A way to reach people.
pub trait Notifier: Send + Sync + 'static {
    /// Hands a mail over. `id` stays the same when it is tried again, so that whoever gets it twice can tell.
    fn deliver<'a>(&'a self, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>>;
}

/// The way that the settings choose: a mail server, or a folder while none is set.
///
/// # Errors
/// [`NotifierError`] when it cannot be used.
pub fn from_settings(settings: &Settings) -> Result<Arc<dyn Notifier>, NotifierError> {
    let from = &settings.mail.from;
    Ok(match &settings.mail.smtp_url {
        Some(url) => Arc::new(SmtpNotifier::new(url, from)?),
        None => Arc::new(FolderNotifier::new(&settings.mail_folder(), from)?),
    })
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
