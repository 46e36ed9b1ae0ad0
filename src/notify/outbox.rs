//! Delivering the mails that wait: one loop a node, woken when a mail is queued, otherwise asleep until one is due.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::{Notify, watch};

use super::store::{self, Taken};
use super::{DeliveryError, Notifier, backoff};
use crate::clock::{Clock, Micros};
use crate::db::{Db, Fault};

/// Mails taken at once.
const BATCH: u64 = 32;
/// Mails under way to the mail server at once.
const AT_ONCE: usize = 4;
/// How long one delivery may take.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a node keeps a mail that it took: longer than a whole batch can take.
const LEASE: Duration = Duration::from_secs(10 * 60);
/// The longest sleep: another node may have queued a mail and died.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The sleep after the database could not be asked.
const FAULT_SLEEP: Duration = Duration::from_secs(5);
/// How long [`Outbox::stop`] waits for what is under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The queue of mails. Clones wake the same loop.
#[derive(Clone)]
pub struct Outbox {
    wake: Arc<Notify>,
    stop: Arc<watch::Sender<bool>>,
}

impl Outbox {
    /// An outbox that delivers through `notifier`, on the database's runtime, until it is stopped.
    #[must_use]
    pub fn start(db: Db, clock: Arc<dyn Clock>, notifier: Arc<dyn Notifier>) -> Self {
        let (outbox, stopping) = Self::new();
        let delivery = Delivery {
            db: db.clone(),
            clock,
            notifier,
            wake: outbox.wake.clone(),
        };
        db.runtime().spawn(delivery.run(stopping));
        outbox
    }

    /// An outbox that delivers nothing: mails wait in the database for a server. For commands of an operator.
    #[must_use]
    pub fn waiting() -> Self {
        Self::new().0
    }

    fn new() -> (Self, watch::Receiver<bool>) {
        let (stop, stopping) = watch::channel(false);
        let outbox = Self {
            wake: Arc::default(),
            stop: Arc::new(stop),
        };
        (outbox, stopping)
    }

    /// Says that a mail was queued and its transaction committed.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Takes no more mails, and waits a few seconds for those under way.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        // A loop that takes longer is cut; its mails go out again after their lease.
        let _ = tokio::time::timeout(STOP_TIMEOUT, self.stop.closed()).await;
    }
}

struct Delivery {
    db: Db,
    clock: Arc<dyn Clock>,
    notifier: Arc<dyn Notifier>,
    wake: Arc<Notify>,
}

impl Delivery {
    async fn run(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            let sleep = match self.deliver_due().await {
                Ok(sleep) => sleep,
                Err(fault) => {
                    tracing::warn!(error = %fault, "mails could not be looked for");
                    FAULT_SLEEP
                }
            };
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(sleep) => {}
                // An outbox that was dropped everywhere is as one that was stopped.
                changed = stopping.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Delivers one batch of what is due and answers how long to sleep then.
    async fn deliver_due(&self) -> Result<Duration, Fault> {
        let taken = store::take_due(&self.db, BATCH, self.clock.now(), LEASE).await?;
        if taken.is_empty() {
            let now = self.clock.now();
            let next = store::next_due(&self.db).await?;
            return Ok(next.map_or(LONGEST_SLEEP, |at| until(now, at).min(LONGEST_SLEEP)));
        }
        stream::iter(taken)
            .for_each_concurrent(AT_ONCE, |taken| async move {
                if let Err(fault) = self.deliver(&taken).await {
                    tracing::warn!(error = %fault, mail = %taken.id, "the fate of a mail could not be noted");
                }
            })
            .await;
        Ok(Duration::ZERO)
    }

    async fn deliver(&self, taken: &Taken) -> Result<(), Fault> {
        let id = taken.id.to_string();
        let delivered = tokio::time::timeout(DELIVERY_TIMEOUT, self.notifier.deliver(&id, &taken.mail)).await;
        let delivered = delivered.unwrap_or_else(|_| Err(DeliveryError::Transient("timed out".into())));
        let now = self.clock.now();
        let error = match delivered {
            Ok(()) => return store::mark_sent(&self.db, taken.id, now).await,
            Err(error) => error,
        };
        let again = match error {
            DeliveryError::Transient(_) => backoff::wait_after(taken.attempts).map(|wait| now.plus(wait)),
            DeliveryError::Permanent(_) => None,
        };
        // The reason may repeat the address, so it goes to the database and not to the log.
        if again.is_some() {
            tracing::warn!(mail = %id, attempts = taken.attempts, "a mail was not taken and is tried again");
        } else {
            tracing::error!(mail = %id, attempts = taken.attempts, "a mail was given up; mail.last_error says why");
        }
        store::mark_failed(&self.db, taken.id, again, &error.to_string()).await
    }
}

/// The time from `now` until `at`; nothing when it has passed.
fn until(now: Micros, at: Micros) -> Duration {
    Duration::from_micros(u64::try_from(at.0.saturating_sub(now.0)).unwrap_or(0))
}
