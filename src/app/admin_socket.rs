//! The owner's socket in the data folder: how a command of the operator reaches a running server, so that the ledger's
//! chain has one writer and open screens change at once. One line of JSON each way.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use super::{Services, admin};
use crate::protocol::admin::{AdminAnswer, AdminRequest};

/// The socket's file in the data folder.
const SOCKET_FILE: &str = "admin.sock";
/// Bytes of a request.
const REQUEST_BYTES: u64 = 64 * 1024;
/// Commands at once.
const AT_ONCE: usize = 8;
/// How long a caller may take to say what it wants.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a running server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AdminRefusal {
    /// No server is there.
    #[error("no server is running on this data folder")]
    NotRunning,
    /// The connection broke.
    #[error("the server's socket {0}: {1}")]
    Broken(PathBuf, std::io::Error),
    /// What was said made no sense.
    #[error("the server's answer cannot be read: is it of another version?")]
    Unreadable,
}

fn socket_file(data: &Path) -> PathBuf {
    data.join(SOCKET_FILE)
}

/// Listens until the process ends. The lock of the data folder is held, so a socket that lies there is a dead one's.
pub(super) fn listen(data: &Path, services: Services) -> std::io::Result<()> {
    let file = socket_file(data);
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&file)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
    actix::spawn(async move {
        let places = std::sync::Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let services = services.clone();
                    actix::spawn(async move {
                        if let Err(error) = answer(stream, &services).await {
                            tracing::warn!(%error, "an operator's command was not answered");
                        }
                        drop(place);
                    });
                }
                Err(error) => tracing::warn!(%error, "the operator's socket could not be answered"),
            }
        }
    });
    Ok(())
}

async fn answer(mut stream: UnixStream, services: &Services) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(REQUEST_BYTES));
    tokio::time::timeout(REQUEST_TIMEOUT, read.read_line(&mut line)).await??;
    let answer = match AdminRequest::parse(&line) {
        Ok(request) => admin::carry_out(services, request).await,
        Err(error) => AdminAnswer::Refused {
            reason: error.to_string(),
        },
    };
    write.write_all(answer.to_line().as_bytes()).await?;
    write.shutdown().await
}

/// Asks the server that runs on this data folder.
///
/// # Errors
/// [`AdminRefusal::NotRunning`] when there is none, else why it could not be asked.
pub async fn ask_running(data: &Path, request: &AdminRequest) -> Result<AdminAnswer, AdminRefusal> {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    let file = socket_file(data);
    let broken = |error| AdminRefusal::Broken(socket_file(data), error);
    let mut stream = match UnixStream::connect(&file).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => return Err(AdminRefusal::NotRunning),
        Err(error) => return Err(broken(error)),
    };
    stream.write_all(request.to_line().as_bytes()).await.map_err(broken)?;
    let mut line = String::new();
    stream.read_to_string(&mut line).await.map_err(broken)?;
    AdminAnswer::parse(&line).map_err(|_| AdminRefusal::Unreadable)
}
