//! What nothing needs any more goes: uploads that nobody finishes, attachments that no message has, bytes that no row
//! speaks of. A row goes before its bytes, so a server that ends in between leaves bytes that the sweep finds.

use super::AttachmentError;
use super::service::Attachments;
use super::store::{self, Removal};
use crate::clock::Micros;

/// Rows looked at in one statement.
const ROWS_AT_ONCE: i64 = 200;
/// Names asked about in one statement.
const NAMES_AT_ONCE: usize = 500;

impl Attachments {
    /// Removes what no message has had for as long as the rules say; how many there were.
    ///
    /// # Errors
    /// What the database said.
    pub async fn collect(&self) -> Result<usize, AttachmentError> {
        let this = self.clone();
        self.db.run(async move { this.collect_here().await }).await
    }

    /// Removes bytes as old that no row speaks of; how many there were.
    ///
    /// # Errors
    /// What the database or the store said.
    pub async fn sweep(&self) -> Result<usize, AttachmentError> {
        let this = self.clone();
        self.db.run(async move { this.sweep_here().await }).await
    }

    fn before(&self) -> Micros {
        let age = i64::try_from(self.rules.orphan_age.as_micros()).unwrap_or(i64::MAX);
        Micros(self.clock.now().0.saturating_sub(age))
    }

    async fn collect_here(&self) -> Result<usize, AttachmentError> {
        let (before, mut removed) = (self.before(), 0);
        loop {
            let loose = store::loose(&self.db, before, ROWS_AT_ONCE).await?;
            let mut gone = 0;
            for id in &loose {
                if let Removal::Removed(parts) = store::remove(&self.db, *id, None, before).await? {
                    self.forget_bytes(*id, parts).await;
                    gone += 1;
                }
            }
            removed += gone;
            // Nothing went: what is left was sent at this very moment.
            if gone == 0 {
                return Ok(removed);
            }
        }
    }

    async fn sweep_here(&self) -> Result<usize, AttachmentError> {
        let (before, mut removed, mut from) = (self.before(), 0, None);
        loop {
            let page = self.blobs.list(from).await?;
            let old = page.blobs.iter().filter(|listed| listed.written_at < before);
            let old: Vec<_> = old.map(|listed| listed.key).collect();
            for some in old.chunks(NAMES_AT_ONCE) {
                let used = store::keys_in_use(&self.db, some).await?;
                for key in some.iter().filter(|key| !used.contains(key)) {
                    self.blobs.delete(*key).await?;
                    removed += 1;
                }
            }
            from = page.next;
            if from.is_none() {
                return Ok(removed);
            }
        }
    }
}
