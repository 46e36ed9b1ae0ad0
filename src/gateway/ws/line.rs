//! The connection under a socket once it is upgraded: bytes go from the socket's body to the transport and from the
//! transport to the actor without a buffer of their own, so that a socket that says nothing costs nothing here. The
//! dispatcher of plain requests would keep 8 KiB each way for as long as the socket is open.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_codec::{Framed, FramedParts};
use actix_http::body::{BoxBody, MessageBody};
use actix_http::error::PayloadError;
use actix_http::h1::{Codec, Message};
use actix_http::{ConnectionType, Payload, Request, Response, StatusCode};
use actix_service::Service;
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

/// Bytes read at once, into a buffer that all connections of a thread share.
const READ_BYTES: usize = 16 * 1024;
/// Bytes read before the thread turns to its other connections.
const TURN_BYTES: usize = 32 * 1024;
/// How long a refused upgrade may take to be told.
const REFUSAL_TIME: Duration = Duration::from_secs(5);
/// How long the client has to end the connection once we have. Bytes that it sent and nobody read would make the
/// kernel reset the connection, and with it what we said last.
const LINGER: Duration = Duration::from_secs(1);

thread_local! {
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// Answers a request to upgrade by what `site` says to it. If that is a socket, carries its bytes until it ends. Never
/// fails: the error is the type that its caller wants.
pub(in crate::gateway) async fn carry<T, S>(
    site: Rc<S>,
    mut request: Request,
    mut framed: Framed<T, Codec>,
) -> Result<(), actix_http::Error>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    S: Service<Request, Response = Response<BoxBody>, Error = Response<BoxBody>>,
{
    let line = Rc::new(Line::default());
    *request.payload() = Payload::Stream {
        payload: Box::pin(Incoming(line.clone())),
    };
    let (Ok(mut response) | Err(mut response)) = site.call(request).await;
    let is_socket = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if !is_socket {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    let (head, body) = response.into_parts();
    let size = body.size();
    if framed.send(Message::Item((head, size))).await.is_err() {
        return Ok(());
    }
    if is_socket {
        // The buffer for writing and the codec go here: bytes of a socket are frames already.
        let FramedParts { io, read_buf, .. } = framed.into_parts();
        line.open(io, read_buf);
        if let Err(error) = exchange(&line, body).await {
            tracing::trace!(%error, "a socket's connection ended");
        }
    } else {
        // Whoever does not take the refusal goes without the rest of it.
        let _ = timeout(REFUSAL_TIME, refuse(&mut framed, body)).await;
        line.open(framed.into_parts().io, BytesMut::new());
    }
    line.end().await;
    Ok(())
}

async fn refuse<T: AsyncRead + AsyncWrite + Unpin>(framed: &mut Framed<T, Codec>, mut body: BoxBody) -> io::Result<()> {
    while let Some(Ok(chunk)) = poll_fn(|task| Pin::new(&mut body).poll_next(task)).await {
        framed.send(Message::Chunk(Some(chunk))).await?;
    }
    framed.send(Message::Chunk(None)).await
}

/// Until the body ends or the connection does. The body goes before the connection: it gives up the descriptor.
async fn exchange<T: AsyncRead + AsyncWrite + Unpin>(line: &Line<T>, mut body: BoxBody) -> io::Result<()> {
    while let Some(chunk) = poll_fn(|task| line.poll_turn(Pin::new(&mut body), task)).await {
        let chunk = chunk.map_err(|_| io::Error::other("the body failed"))?;
        line.write(&chunk).await?;
    }
    Ok(())
}

/// The connection, shared by the body that is written to it and the actor within the body, which reads.
struct Line<T> {
    transport: RefCell<Option<T>>,
    /// What came behind the request's head before it was answered.
    early: Cell<BytesMut>,
    /// What may still be read in this turn.
    allowance: Cell<usize>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            transport: RefCell::new(None),
            early: Cell::default(),
            allowance: Cell::new(0),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Line<T> {
    fn open(&self, transport: T, early: BytesMut) {
        self.transport.replace(Some(transport));
        self.early.set(early);
    }

    /// The next bytes to write. The actor runs, and reads, while its body is polled.
    fn poll_turn(
        &self,
        body: Pin<&mut BoxBody>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, <BoxBody as MessageBody>::Error>>> {
        self.allowance.set(TURN_BYTES);
        let polled = body.poll_next(task);
        if polled.is_pending() && self.allowance.get() == 0 {
            // More may be there to be read than this turn allowed.
            task.waker().wake_by_ref();
        }
        polled
    }

    /// What the client sent; `None` when it says no more.
    fn poll_read(&self, task: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        let early = self.early.take();
        if !early.is_empty() {
            return Poll::Ready(Ok(Some(early.freeze())));
        }
        let allowed = self.allowance.get();
        if allowed == 0 {
            return Poll::Pending;
        }
        let mut transport = self.transport.borrow_mut();
        let Some(transport) = transport.as_mut() else {
            return Poll::Ready(Ok(None));
        };
        READ.with_borrow_mut(|buffer| {
            let most = allowed.min(buffer.len());
            let mut buffer = ReadBuf::new(&mut buffer[..most]);
            ready!(Pin::new(transport).poll_read(task, &mut buffer))?;
            let read = buffer.filled();
            self.allowance.set(allowed - read.len());
            Poll::Ready(Ok((!read.is_empty()).then(|| Bytes::copy_from_slice(read))))
        })
    }

    async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = poll_fn(|task| self.with(|transport| transport.poll_write(task, bytes))).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
        }
        poll_fn(|task| self.with(|transport| transport.poll_flush(task))).await
    }

    /// Says that nothing more comes, and waits a moment for the client to say so too.
    async fn end(&self) {
        let ending = async {
            poll_fn(|task| self.with(|transport| transport.poll_shutdown(task))).await?;
            loop {
                self.allowance.set(TURN_BYTES);
                if poll_fn(|task| self.poll_read(task)).await?.is_none() {
                    return io::Result::Ok(());
                }
            }
        };
        // Either way the connection is closed now.
        let _ = timeout(LINGER, ending).await;
    }

    fn with<O>(&self, act: impl FnOnce(Pin<&mut T>) -> Poll<io::Result<O>>) -> Poll<io::Result<O>> {
        match self.transport.borrow_mut().as_mut() {
            Some(transport) => act(Pin::new(transport)),
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

/// What the client sends, as the payload of the request that became a socket.
struct Incoming<T>(Rc<Line<T>>);

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for Incoming<T> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0
            .poll_read(task)
            .map(|read| read.map_err(PayloadError::Io).transpose())
    }
}
