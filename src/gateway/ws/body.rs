//! The response body of a socket: what the actor's own context writes (pongs), then what waits in the outbox.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::Error;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

use super::connection::Frames;
use super::upgrade::IpGuard;
use crate::delivery::{Outbox, Users};

/// How long the client has to answer our close frame before the connection goes. Without it, bytes that it is still
/// sending would make the kernel reset the connection and the close code would be lost.
const LINGER: Duration = Duration::from_secs(2);

/// See the module.
pub(super) struct SocketBody {
    context: Frames,
    outbox: Arc<Outbox>,
    users: Users,
    linger: Option<Pin<Box<Sleep>>>,
    _address: IpGuard,
}

impl SocketBody {
    pub(super) fn new(context: Frames, outbox: Arc<Outbox>, users: Users, address: IpGuard) -> Self {
        Self {
            context,
            outbox,
            users,
            linger: None,
            _address: address,
        }
    }
}

impl Stream for SocketBody {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The actor runs while it is polled here, so it comes first.
        match self.context.as_mut().poll_next(task) {
            Poll::Ready(Some(frame)) => return Poll::Ready(Some(frame)),
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {}
        }
        match self.outbox.poll_take(task, Instant::now()) {
            Poll::Ready(Some(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Poll::Ready(None) => {
                let linger = self.linger.get_or_insert_with(|| Box::pin(sleep(LINGER)));
                linger.as_mut().poll(task).map(|()| None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for SocketBody {
    fn drop(&mut self) {
        self.outbox.detach();
        self.users.detach(self.outbox.clone());
    }
}
