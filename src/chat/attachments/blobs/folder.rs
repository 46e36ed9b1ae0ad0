//! Blobs as files of a folder, in 256 folders by the last two digits of the attachment's id: its first ones are the
//! time, which is the same for many.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use futures_util::{FutureExt, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::{BlobError, BlobKey, BlobStore, Kept, ListPage, Listed, Pieces};
use crate::clock::Micros;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1_024;
/// The ending of a file that is being written.
const UNFINISHED: &str = ".unfinished";
/// After this long a file that is being written is of a server that ended: no body takes as long.
const UNFINISHED_AGE: Duration = Duration::from_secs(60 * 60);
/// The folders inside.
const SHELVES: u16 = 256;

/// A folder of blobs.
#[derive(Debug, Clone)]
pub struct FolderBlobs {
    root: PathBuf,
}

impl FolderBlobs {
    /// Blobs below this folder, which is made when the first one comes.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        let root = std::path::absolute(&root).unwrap_or(root);
        Self { root }
    }

    fn shelf(&self, number: u8) -> PathBuf {
        self.root.join(format!("{number:02x}"))
    }

    fn shelf_of(&self, key: BlobKey) -> PathBuf {
        self.shelf(key.attachment.bytes()[15])
    }

    fn file(&self, key: BlobKey) -> PathBuf {
        self.shelf_of(key).join(key.to_string())
    }

    async fn keep(&self, key: BlobKey, body: Pieces) -> Result<Kept, BlobError> {
        let (shelf, file) = (self.shelf_of(key), self.file(key));
        make_folder(&shelf).await?;
        let unfinished = shelf.join(format!("{key}.{:016x}{UNFINISHED}", rand::random::<u64>()));
        let written = async {
            let kept = write(&unfinished, body).await?;
            fs::rename(&unfinished, &file).await.map_err(|e| fault(&file, &e))?;
            // The name is in the folder's own bytes.
            sync_folder(&shelf).await?;
            Ok(kept)
        }
        .await;
        if written.is_err() {
            // It is found by its age should this fail too.
            let _ = fs::remove_file(&unfinished).await;
        }
        written
    }

    async fn open(&self, key: BlobKey, range: Range<u64>) -> Result<Pieces, BlobError> {
        let path = self.file(key);
        let mut file = File::open(&path).await.map_err(|e| fault(&path, &e))?;
        let length = file.metadata().await.map_err(|e| fault(&path, &e))?.len();
        if range.end > length {
            return Err(BlobError::Storage(format!("{} is shorter than it was", path.display())));
        }
        file.seek(SeekFrom::Start(range.start))
            .await
            .map_err(|e| fault(&path, &e))?;
        let left = range.end.saturating_sub(range.start);
        let pieces = stream::try_unfold((file.take(left), path), |(mut file, path)| async move {
            let mut piece = Vec::with_capacity(READ_BYTES.min(usize::try_from(file.limit()).unwrap_or(READ_BYTES)));
            if piece.capacity() == 0 {
                return Ok(None);
            }
            let read = file.read_buf(&mut piece).await.map_err(|e| fault(&path, &e))?;
            if read == 0 {
                return Err(BlobError::Storage(format!(
                    "{} was cut while it was read",
                    path.display()
                )));
            }
            Ok(Some((Bytes::from(piece), (file, path))))
        });
        Ok(pieces.boxed())
    }

    async fn page(&self, from: Option<String>) -> Result<ListPage, BlobError> {
        let number: u16 = from.and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut page = ListPage {
            blobs: Vec::new(),
            next: (number + 1 < SHELVES).then(|| (number + 1).to_string()),
        };
        let Ok(number) = u8::try_from(number) else {
            return Ok(ListPage::default());
        };
        let shelf = self.shelf(number);
        let mut entries = match fs::read_dir(&shelf).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(page),
            Err(error) => return Err(fault(&shelf, &error)),
        };
        while let Some(entry) = entries.next_entry().await.map_err(|e| fault(&shelf, &e))? {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            // What is gone meanwhile need not be told.
            let Ok(modified) = entry.metadata().await.and_then(|entry| entry.modified()) else {
                continue;
            };
            if name.ends_with(UNFINISHED) {
                if modified.elapsed().is_ok_and(|age| age > UNFINISHED_AGE) {
                    remove(&entry.path()).await?;
                }
            } else if let Ok(key) = name.parse() {
                let written_at = micros(modified);
                page.blobs.push(Listed { key, written_at });
            }
        }
        Ok(page)
    }
}

async fn write(path: &Path, mut body: Pieces) -> Result<Kept, BlobError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .await
        .map_err(|e| fault(path, &e))?;
    let (mut bytes, mut hash) = (0, Sha256::new());
    while let Some(piece) = body.try_next().await? {
        file.write_all(&piece).await.map_err(|e| fault(path, &e))?;
        hash.update(&piece);
        bytes += piece.len() as u64;
    }
    file.flush().await.map_err(|e| fault(path, &e))?;
    file.sync_all().await.map_err(|e| fault(path, &e))?;
    Ok(Kept {
        bytes,
        sha256: hash.finalize().to_vec(),
    })
}

/// Makes a folder and those above it, for their owner alone, so that a power cut does not take them.
async fn make_folder(folder: &Path) -> Result<(), BlobError> {
    if fs::try_exists(folder).await.unwrap_or(false) {
        return Ok(());
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await;
    made.map_err(|e| fault(folder, &e))?;
    for above in folder.ancestors().skip(1).take(2) {
        sync_folder(above).await?;
    }
    Ok(())
}

async fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    let synced = async { File::open(folder).await?.sync_all().await }.await;
    synced.map_err(|e| fault(folder, &e))
}

async fn remove(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(fault(path, &error)),
        _ => Ok(()),
    }
}

fn micros(time: SystemTime) -> Micros {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(0).plus(since)
}

fn fault(path: &Path, error: &std::io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::NotFound => BlobError::Missing,
        _ => BlobError::Storage(format!("{}: {error}", path.display())),
    }
}

impl BlobStore for FolderBlobs {
    fn put(&self, key: BlobKey, body: Pieces) -> BoxFuture<'_, Result<Kept, BlobError>> {
        self.keep(key, body).boxed()
    }

    fn get(&self, key: BlobKey, range: Range<u64>) -> BoxFuture<'_, Result<Pieces, BlobError>> {
        self.open(key, range).boxed()
    }

    fn delete(&self, key: BlobKey) -> BoxFuture<'_, Result<(), BlobError>> {
        async move { remove(&self.file(key)).await }.boxed()
    }

    fn list(&self, from: Option<String>) -> BoxFuture<'_, Result<ListPage, BlobError>> {
        self.page(from).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Piece, whole};
    use super::*;
    use crate::ids::AttachmentId;

    fn key(piece: Piece) -> BlobKey {
        BlobKey {
            attachment: AttachmentId::fresh(),
            piece,
        }
    }

    async fn read(blobs: &FolderBlobs, key: BlobKey, range: Range<u64>) -> Result<Vec<u8>, BlobError> {
        let pieces = blobs.get(key, range).await?;
        pieces
            .try_fold(Vec::new(), |mut all, piece| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            })
            .await
    }

    async fn names(blobs: &FolderBlobs) -> Vec<BlobKey> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let page = blobs.list(from).await.unwrap();
            found.extend(page.blobs.iter().map(|listed| listed.key));
            from = page.next;
            if from.is_none() {
                return found;
            }
        }
    }

    #[tokio::test]
    async fn what_was_kept_is_read_whole_and_in_ranges_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path().join("a"));
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let key = key(Piece::Full);
        let kept = blobs.put(key, whole(bytes.clone())).await.unwrap();
        assert_eq!((kept.bytes, kept.sha256), (200_000, Sha256::digest(&bytes).to_vec()));
        assert_eq!(read(&blobs, key, 0..200_000).await.unwrap(), bytes);
        assert_eq!(
            read(&blobs, key, 70_000..140_001).await.unwrap(),
            bytes[70_000..140_001]
        );
        assert_eq!(read(&blobs, key, 5..5).await.unwrap(), [0_u8; 0]);
        assert!(matches!(
            read(&blobs, key, 0..200_001).await,
            Err(BlobError::Storage(_))
        ));
        assert_eq!(names(&blobs).await, [key]);
        blobs.delete(key).await.unwrap();
        blobs.delete(key).await.unwrap();
        assert_eq!(read(&blobs, key, 0..1).await, Err(BlobError::Missing));
        assert_eq!(names(&blobs).await, []);
    }

    #[tokio::test]
    async fn a_body_that_is_refused_on_its_way_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path().to_owned());
        let key = key(Piece::Part { start: 0, nonce: 1 });
        let body = stream::iter([Ok(Bytes::from_static(b"abc")), Err(BlobError::TooMuch { most: 2 })]);
        assert_eq!(blobs.put(key, body.boxed()).await, Err(BlobError::TooMuch { most: 2 }));
        let shelf = blobs.shelf_of(key);
        assert_eq!(std::fs::read_dir(shelf).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn files_that_were_never_finished_go_by_their_age() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FolderBlobs::new(folder.path().to_owned());
        let key = key(Piece::Full);
        blobs.put(key, whole(b"x".to_vec())).await.unwrap();
        let (young, old) = (
            blobs.shelf_of(key).join(format!("{key}.1{UNFINISHED}")),
            blobs.shelf_of(key).join(format!("{key}.2{UNFINISHED}")),
        );
        std::fs::write(&young, b"y").unwrap();
        let file = std::fs::File::create(&old).unwrap();
        file.set_modified(SystemTime::now() - 2 * UNFINISHED_AGE).unwrap();
        assert_eq!(names(&blobs).await, [key]);
        assert!(young.exists() && !old.exists());
    }
}
