//! The socket's descriptor, kept at connect: the only way to cut a client that does not read, since its actor stands
//! still with it. No second descriptor a socket is opened for this.

use std::any::Any;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

use crate::delivery::Cut;

/// What the kernel may keep for a socket that reads slowly; without it, up to 4 MiB.
const SEND_BUFFER_BYTES: usize = 256 * 1024;
/// The kernel gives up a peer that acknowledges nothing for this long: the last resort behind the heartbeat.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// The descriptor of a connection. Good for as long as the connection's response body lives.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor(RawFd);

/// Called for each connection at its start: keeps the descriptor beside its requests and sets what the kernel holds.
pub fn prepare(connection: &dyn Any, extensions: &mut Extensions) {
    let plain = connection.downcast_ref::<TcpStream>();
    let stream = plain.or_else(|| {
        connection
            .downcast_ref::<TlsStream<TcpStream>>()
            .map(|tls| tls.get_ref().0)
    });
    let Some(stream) = stream else { return };
    let socket = SockRef::from(stream);
    let set = socket
        .set_send_buffer_size(SEND_BUFFER_BYTES)
        .and_then(|()| socket.set_tcp_nodelay(true))
        .and_then(|()| socket.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT)));
    if let Err(error) = set {
        tracing::debug!(%error, "a connection keeps the kernel's own settings");
    }
    extensions.insert(Descriptor(stream.as_raw_fd()));
}

impl Descriptor {
    /// What cuts the connection. The outbox calls it under the lock that the body's end takes, and never after it.
    #[must_use]
    pub fn cut(self) -> Cut {
        Box::new(move || {
            // SAFETY: the body's drop detaches the outbox before the transport closes the descriptor, both under the
            // outbox's lock, so the number still means this connection here.
            #[allow(unsafe_code)]
            let descriptor = unsafe { BorrowedFd::borrow_raw(self.0) };
            if let Err(error) = SockRef::from(&descriptor).shutdown(std::net::Shutdown::Both) {
                tracing::debug!(%error, "a connection was gone before it was cut");
            }
        })
    }
}
