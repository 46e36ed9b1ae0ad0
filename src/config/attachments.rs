//! `[attachments]`: what people attach to messages.

use std::path::PathBuf;

use serde::Deserialize;

use super::check::Check;

/// `[attachments]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttachmentSettings {
    /// The folder of their bytes; absent: `attachments` in the data folder. Several nodes need one that they share.
    pub folder: Option<PathBuf>,
    /// One attachment, in bytes, 1,024 to 1 GiB.
    pub max_bytes: u64,
    /// Width times height of a picture, 10,000 to 200,000,000.
    pub max_pixels: u64,
    /// What one person has stored, in bytes, at least `max_bytes`, to 1 PiB; 0 is unlimited.
    pub quota_bytes: u64,
    /// Uploads that one user begins in a minute, 0 to 1,000,000; 0 is unlimited.
    pub uploads_per_minute: u32,
    /// How long an upload that nobody finishes, and an attachment that no message has, are kept, in hours, 1 to 8,760.
    pub orphan_hours: u64,
    /// Pictures made anew at once, 0 to 64; 0 is half the cores, at least one.
    pub picture_concurrency: usize,
}

impl Default for AttachmentSettings {
    fn default() -> Self {
        Self {
            folder: None,
            max_bytes: 25 << 20,
            max_pixels: 40_000_000,
            quota_bytes: 2 << 30,
            uploads_per_minute: 60,
            orphan_hours: 24,
            picture_concurrency: 0,
        }
    }
}

impl AttachmentSettings {
    /// How many pictures are made anew at once, with 0 resolved.
    #[must_use]
    pub fn pictures_at_once(&self) -> usize {
        match self.picture_concurrency {
            0 => (super::threads_or_cores(0) / 2).max(1),
            n => n,
        }
    }

    pub(super) const fn lift_rates(&mut self) {
        self.uploads_per_minute = 0;
    }

    pub(super) fn check(&self, check: &mut Check) {
        if self.folder.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            check.refuse("attachments.folder", "must not be empty");
        }
        check.within("attachments.max_bytes", self.max_bytes, 1_024..=1 << 30);
        check.within("attachments.max_pixels", self.max_pixels, 10_000..=200_000_000);
        if self.quota_bytes != 0 {
            check.within("attachments.quota_bytes", self.quota_bytes, self.max_bytes..=1 << 50);
        }
        check.within("attachments.uploads_per_minute", self.uploads_per_minute, 0..=1_000_000);
        check.within("attachments.orphan_hours", self.orphan_hours, 1..=8_760);
        check.within("attachments.picture_concurrency", self.picture_concurrency, 0..=64);
    }
}
