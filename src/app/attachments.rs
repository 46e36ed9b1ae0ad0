//! What people attach to messages, with the bytes in a folder.

use std::sync::Arc;
use std::time::Duration;

use crate::chat::attachments::{AttachmentRules, Attachments, FolderBlobs};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;

/// Attachments as the settings want them.
pub(super) fn open(settings: &Settings, db: &Db, clock: &Arc<dyn Clock>) -> Attachments {
    let (set, folder) = (&settings.attachments, settings.attachments_folder());
    if settings.redis.url.is_some() && set.folder.is_none() {
        tracing::warn!(
            "attachments.folder is not set: a node has only what was uploaded to it; several nodes need one folder \
             that they share"
        );
    }
    let rules = AttachmentRules {
        max_bytes: set.max_bytes,
        max_pixels: set.max_pixels,
        quota_bytes: (set.quota_bytes > 0).then_some(set.quota_bytes),
        orphan_age: Duration::from_secs(set.orphan_hours * 60 * 60),
        pictures_at_once: set.pictures_at_once(),
    };
    Attachments::new(db.clone(), Arc::new(FolderBlobs::new(folder)), clock.clone(), rules)
}
