//! Where the bytes of attachments are kept. What an upload brings is kept in parts, each under a name of its own and
//! written once, so that the store needs to know neither of appending nor of uploads: a folder does, and so does an
//! object store.

mod folder;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

pub use folder::FolderBlobs;

use super::attachment::Size;
use crate::clock::Micros;
use crate::ids::AttachmentId;

/// The name of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey {
    /// Whose.
    pub attachment: AttachmentId,
    /// Which of its bytes.
    pub piece: Piece,
}

/// Which bytes of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// What is served.
    Full,
    /// A picture's small size.
    Small,
    /// A picture's medium size.
    Medium,
    /// A part of an upload. Two that are sent for one place at once have two names.
    Part {
        /// Where it begins.
        start: u64,
        /// Which one.
        nonce: u64,
    },
}

impl BlobKey {
    /// The bytes of a size.
    #[must_use]
    pub const fn of(attachment: AttachmentId, size: Size) -> Self {
        let piece = match size {
            Size::Full => Piece::Full,
            Size::Small => Piece::Small,
            Size::Medium => Piece::Medium,
        };
        Self { attachment, piece }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.piece {
            Piece::Full => write!(f, "{}", self.attachment),
            Piece::Small => write!(f, "{}.small", self.attachment),
            Piece::Medium => write!(f, "{}.medium", self.attachment),
            Piece::Part { start, nonce } => write!(f, "{}.{start}.{nonce}", self.attachment),
        }
    }
}

/// What is no name of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignName;

impl FromStr for BlobKey {
    type Err = ForeignName;

    fn from_str(name: &str) -> Result<Self, ForeignName> {
        let mut words = name.split('.');
        let attachment = words.next().unwrap_or_default().parse().map_err(|_| ForeignName)?;
        let number = |word: &str| word.parse().map_err(|_| ForeignName);
        let piece = match (words.next(), words.next(), words.next()) {
            (None, ..) => Piece::Full,
            (Some("small"), None, _) => Piece::Small,
            (Some("medium"), None, _) => Piece::Medium,
            (Some(start), Some(nonce), None) => Piece::Part {
                start: number(start)?,
                nonce: number(nonce)?,
            },
            _ => return Err(ForeignName),
        };
        Ok(Self { attachment, piece })
    }
}

/// Why bytes were not kept or given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Nothing has this name.
    #[error("nothing has this name")]
    Missing,
    /// More came than there is room for; nothing was kept.
    #[error("more than {most} bytes")]
    TooMuch {
        /// What there was room for.
        most: u64,
    },
    /// The store does not take them or has lost them.
    #[error("{0}")]
    Storage(String),
}

/// Bytes, some at a time.
pub type Pieces = BoxStream<'static, Result<Bytes, BlobError>>;

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How much.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
}

/// A name that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub key: BlobKey,
    /// When it was written.
    pub written_at: Micros,
}

/// Some of the names that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// In no order.
    pub blobs: Vec<Listed>,
    /// Where the next page begins, in the store's own words.
    pub next: Option<String>,
}

/// A store of bytes by name. None of its futures holds a whole blob in memory.
pub trait BlobStore: Send + Sync + 'static {
    /// Keeps all of `body` under a name, so that a power cut does not take it, before it answers. Whoever reads sees
    /// all of it or what was there before; when the body ends in an error nothing is kept.
    fn put(&self, key: BlobKey, body: Pieces) -> BoxFuture<'_, Result<Kept, BlobError>>;

    /// The bytes of a range that lies within what is there.
    fn get(&self, key: BlobKey, range: Range<u64>) -> BoxFuture<'_, Result<Pieces, BlobError>>;

    /// Forgets a name. That nothing has it is no error.
    fn delete(&self, key: BlobKey) -> BoxFuture<'_, Result<(), BlobError>>;

    /// A page of the names that are there; `from` is the `next` of the page before.
    fn list(&self, from: Option<String>) -> BoxFuture<'_, Result<ListPage, BlobError>>;
}

/// Several blobs one after another, each opened when its turn comes.
pub(super) fn joined(blobs: Arc<dyn BlobStore>, parts: Vec<(BlobKey, u64)>) -> Pieces {
    stream::iter(parts)
        .then(move |(key, bytes)| {
            let blobs = blobs.clone();
            async move { blobs.get(key, 0..bytes).await }
        })
        .try_flatten()
        .boxed()
}

/// Bytes that are in memory already.
pub(super) fn whole(bytes: Vec<u8>) -> Pieces {
    stream::once(async { Ok(Bytes::from(bytes)) }).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        let attachment = AttachmentId::fresh();
        for piece in [
            Piece::Full,
            Piece::Small,
            Piece::Medium,
            Piece::Part {
                start: 1_048_576,
                nonce: 77,
            },
        ] {
            let key = BlobKey { attachment, piece };
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for foreign in [
            "",
            "x",
            "lost+found",
            &format!("{attachment}.large"),
            &format!("{attachment}.1.2.3"),
        ] {
            assert_eq!(foreign.parse::<BlobKey>(), Err(ForeignName), "{foreign}");
        }
    }
}
