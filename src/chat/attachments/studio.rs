//! Where pictures are made anew: off the threads that answer, a few at once, and a bounded number that wait.
//!
//! The threads are the studio's own and stay. An allocator keeps what a thread gave back for that thread, so on a pool's
//! threads each of them would come to keep a picture's worth of memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::AttachmentError;
use super::picture::{Format, Picture, PictureLimits, remake};

/// Pictures that may wait; beyond them the answer is `busy`, and the upload goes on where it is.
const MOST_WAITING: usize = 32;
/// How long one waits at most, which is the answer `busy` too.
const WAIT: Duration = Duration::from_secs(60);

/// See the module. Clones share the places; the threads end with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Studio {
    at_once: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    jobs: Sender<Job>,
}

/// A picture whose turn has come.
#[derive(Debug)]
struct Job {
    bytes: Vec<u8>,
    format: Format,
    give: oneshot::Sender<Result<Picture, AttachmentError>>,
    /// Given back when it is made, even when whoever asked has gone.
    turn: OwnedSemaphorePermit,
}

impl Studio {
    /// `at_once` pictures are made at a time.
    pub(super) fn new(at_once: usize, limits: PictureLimits) -> Self {
        let at_once = at_once.max(1);
        let (jobs, taken) = channel();
        let taken = Arc::new(Mutex::new(taken));
        for _ in 0..at_once {
            let taken = taken.clone();
            let work = move || work(&taken, limits);
            if let Err(error) = std::thread::Builder::new().name("picture".into()).spawn(work) {
                tracing::error!(%error, "there is no thread for pictures");
            }
        }
        Self {
            at_once: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once + MOST_WAITING)),
            jobs,
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
        let (give, made) = oneshot::channel();
        let job = Job {
            bytes: bytes.await?,
            format,
            give,
            turn,
        };
        // As many as have a turn, which is bounded above.
        self.jobs.send(job).map_err(|_| AttachmentError::Internal)?;
        made.await.unwrap_or(Err(AttachmentError::Internal))
    }
}

/// Makes one picture after another until there is no studio any more.
fn work(jobs: &Mutex<Receiver<Job>>, limits: PictureLimits) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        let made = catch_unwind(AssertUnwindSafe(|| remake(&job.bytes, job.format, limits)));
        drop(job.bytes);
        drop(job.turn);
        // A decoder that gives up on a picture by a panic is as good as one that refuses it. Whoever asked may have gone.
        let refused = Err(AttachmentError::Content("this picture cannot be read"));
        let _ = job.give.send(made.unwrap_or(refused));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat};
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    const LIMITS: PictureLimits = PictureLimits {
        pixels: 100_000,
        bytes: 1 << 20,
    };

    fn studio() -> Studio {
        Studio::new(1, LIMITS)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_is_made_at_a_time_and_beyond_those_that_wait_it_is_busy() {
        let studio = studio();
        let (let_go, held) = tokio::sync::oneshot::channel::<()>();
        let at_work = tokio::spawn({
            let studio = studio.clone();
            async move {
                let bytes = async {
                    let _ = held.await;
                    Ok(Vec::new())
                };
                studio.remake(Format::Png, bytes).await
            }
        });
        let waiting: Vec<_> = (0..MOST_WAITING)
            .map(|_| {
                let studio = studio.clone();
                tokio::spawn(async move { studio.remake(Format::Png, async { Ok(Vec::new()) }).await })
            })
            .collect();
        while studio.admitted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let one_more = studio.remake(Format::Png, async { Ok(Vec::new()) }).await;
        assert_eq!(one_more.map(drop), Err(AttachmentError::Busy));
        assert!(waiting.iter().all(|one| !one.is_finished()), "each waits for its turn");
        let_go.send(()).unwrap();
        for one in waiting.into_iter().chain([at_work]) {
            let refused = one.await.unwrap().map(drop);
            assert!(matches!(refused, Err(AttachmentError::Content(_))), "{refused:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_picture_that_was_damaged_is_read_or_refused_and_the_next_one_is_made() {
        const DAMAGES: usize = 60;
        let seed = rand::random();
        let mut random = StdRng::seed_from_u64(seed);
        let studio = studio();
        let picture = DynamicImage::new_rgb8(60, 40);
        for (stored, format) in [
            (ImageFormat::Png, Format::Png),
            (ImageFormat::Jpeg, Format::Jpeg),
            (ImageFormat::Gif, Format::Gif),
            (ImageFormat::WebP, Format::WebP),
        ] {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, stored).unwrap();
            let whole = bytes.into_inner();
            for _ in 0..DAMAGES {
                let mut bytes = whole.clone();
                for _ in 0..random.random_range(1..8) {
                    let at = random.random_range(0..bytes.len());
                    bytes[at] = random.random();
                }
                bytes.truncate(random.random_range(bytes.len() / 2..=bytes.len()));
                let made = studio.remake(format, async { Ok(bytes) }).await.map(drop);
                let is_judged = matches!(
                    made,
                    Ok(()) | Err(AttachmentError::Content(_) | AttachmentError::TooLarge { .. })
                );
                assert!(is_judged, "{stored:?}, seed {seed}: {made:?}");
            }
            assert!(studio.remake(format, async { Ok(whole) }).await.is_ok());
        }
    }
}
