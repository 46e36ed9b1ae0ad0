//! Where pictures are made anew: off the threads that answer, a few at once, and a bounded number that wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::AttachmentError;
use super::picture::{Format, Picture, PictureLimits, remake};

/// Pictures that may wait; beyond them the answer is `busy`, and the upload goes on where it is.
const MOST_WAITING: usize = 32;
/// How long one waits at most, which is the answer `busy` too.
const WAIT: Duration = Duration::from_secs(60);

/// See the module. Clones share the places.
#[derive(Debug, Clone)]
pub(super) struct Studio {
    at_once: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    runtime: Handle,
    limits: PictureLimits,
}

impl Studio {
    /// `at_once` pictures are made at a time, on the runtime's blocking threads.
    pub(super) fn new(at_once: usize, runtime: Handle, limits: PictureLimits) -> Self {
        let at_once = at_once.max(1);
        Self {
            at_once: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once + MOST_WAITING)),
            runtime,
            limits,
        }
    }

    /// Makes a picture anew. Its bytes are brought into memory only when its turn has come.
    ///
    /// # Errors
    /// [`AttachmentError::Busy`] when too many wait, else as [`remake`] and `bytes`.
    pub(super) async fn remake(
        &self,
        format: Format,
        bytes: impl Future<Output = Result<Vec<u8>, AttachmentError>>,
    ) -> Result<Picture, AttachmentError> {
        let _admitted = self.admitted.try_acquire().map_err(|_| AttachmentError::Busy)?;
        let turn = tokio::time::timeout(WAIT, self.at_once.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(AttachmentError::Busy);
        };
        let (bytes, limits) = (bytes.await?, self.limits);
        let made = self.runtime.spawn_blocking(move || {
            let made = remake(&bytes, format, limits);
            // The thread goes on when whoever asked has gone, and so does its place.
            drop(turn);
            made
        });
        // A decoder that gives up on a picture by a panic is as good as one that refuses it.
        made.await
            .unwrap_or(Err(AttachmentError::Content("this picture cannot be read")))
    }
}
