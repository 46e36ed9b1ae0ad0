//! E-mail by lettre: through an SMTP server, or as `.eml` files in a folder while none is set.

use std::path::Path;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{DeliveryError, Mail, Notifier};

/// How long the mail server may take for one step.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);
/// Tells other programs that no person wrote this, so that they send no answer.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Why mail cannot be sent at all, as it stands in the settings. No message has the password.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The sender is no address.
    #[error("mail.from is not an address")]
    From,
    /// The server's URL cannot be read.
    #[error("mail.smtp_url cannot be read: expected smtp://host or smtps://user:password@host:465")]
    SmtpUrl,
    /// The folder cannot be made.
    #[error("the mail folder {0} cannot be made: {1}")]
    Folder(String, std::io::Error),
}

/// Mail through an SMTP server.
pub struct SmtpNotifier {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpNotifier {
    /// Sends through the server at `url`: `smtps://` is TLS from the first byte, `smtp://` is STARTTLS, which only a
    /// server on this machine may do without.
    ///
    /// # Errors
    /// [`NotifierError`] when the URL or the sender cannot be read.
    pub fn new(url: &SecretString, from: &str) -> Result<Self, NotifierError> {
        let url = with_starttls(url.expose_secret());
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map_err(|_| NotifierError::SmtpUrl)?;
        Ok(Self {
            from: sender(from)?,
            transport: transport.timeout(Some(SMTP_TIMEOUT)).build(),
        })
    }
}

impl Notifier for SmtpNotifier {
    fn deliver<'a>(&'a self, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            let message = message(&self.from, id, mail)?;
            match self.transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(DeliveryError::Permanent(error.to_string())),
                Err(error) => Err(DeliveryError::Transient(error.to_string())),
            }
        })
    }
}

/// Mail as files that a mail program opens.
pub struct FolderNotifier {
    from: Mailbox,
    transport: AsyncFileTransport<Tokio1Executor>,
}

impl FolderNotifier {
    /// Writes into `folder`, which is made when it is not there, for its owner alone.
    ///
    /// # Errors
    /// [`NotifierError`] when it cannot be made or the sender cannot be read.
    pub fn new(folder: &Path, from: &str) -> Result<Self, NotifierError> {
        make_private(folder).map_err(|error| NotifierError::Folder(folder.display().to_string(), error))?;
        Ok(Self {
            from: sender(from)?,
            transport: AsyncFileTransport::new(folder),
        })
    }
}

impl Notifier for FolderNotifier {
    fn deliver<'a>(&'a self, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            let message = message(&self.from, id, mail)?;
            match self.transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) => Err(DeliveryError::Transient(error.to_string())),
            }
        })
    }
}

/// lettre sends in the clear when a `smtp://` URL says nothing of TLS. Here that is for this machine's own server.
fn with_starttls(url: &str) -> String {
    let Some(rest) = url.strip_prefix("smtp://") else {
        return url.to_owned();
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|local| {
        host.strip_prefix(local)
            .is_some_and(|port| port.is_empty() || port.starts_with(':'))
    });
    if is_local || rest.contains("tls=") {
        url.to_owned()
    } else if rest.contains('?') {
        format!("{url}&tls=required")
    } else {
        format!("{url}?tls=required")
    }
}

fn sender(from: &str) -> Result<Mailbox, NotifierError> {
    if from.contains(char::is_control) {
        return Err(NotifierError::From);
    }
    from.parse().map_err(|_| NotifierError::From)
}

/// The recipient is an [`Address`], parsed anew, and the headers are lettre's own types: no text becomes a header.
fn message(from: &Mailbox, id: &str, mail: &Mail) -> Result<Message, DeliveryError> {
    let permanent = |what: &str| DeliveryError::Permanent(format!("{what} cannot be written"));
    let to: Address = mail.to().parse().map_err(|_| permanent("the recipient"))?;
    let host = from.email.domain();
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject())
        .message_id(Some(format!("<{id}@{host}>")))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.body().to_owned())
        .map_err(|_| permanent("the message"))
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smtp_without_tls_is_for_this_machine_alone() {
        for (url, read) in [
            ("smtp://mail.example.com", "smtp://mail.example.com?tls=required"),
            (
                "smtp://a:b@mail.example.com:587/me?x=1",
                "smtp://a:b@mail.example.com:587/me?x=1&tls=required",
            ),
            (
                "smtp://localhost.example.com",
                "smtp://localhost.example.com?tls=required",
            ),
            (
                "smtp://localhost@example.com",
                "smtp://localhost@example.com?tls=required",
            ),
            ("smtp://127.0.0.1:1025", "smtp://127.0.0.1:1025"),
            ("smtps://mail.example.com", "smtps://mail.example.com"),
        ] {
            assert_eq!(with_starttls(url), read);
        }
    }

    #[test]
    fn a_password_in_the_url_is_not_in_the_refusal() {
        let error = SmtpNotifier::new(&"smtps://user:canary@".into(), "a@example.com")
            .map(drop)
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    #[test]
    fn a_sender_with_a_line_break_is_refused() {
        for from in ["a@b.example\r\nBcc: c@d.example", "no address", ""] {
            assert!(sender(from).is_err(), "{from:?}");
        }
    }

    #[tokio::test]
    async fn a_mail_becomes_a_file_with_its_id_and_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("mail");
        let notifier = FolderNotifier::new(&inside, "Quipu <quipu@example.com>").unwrap();
        let mail = Mail::new("ada@example.com", "Grüße / 你好", "one\n.two\n你好\n".into()).unwrap();
        notifier.deliver("0197", &mail).await.unwrap();
        let file = std::fs::read_dir(&inside).unwrap().next().unwrap().unwrap().path();
        assert_eq!(file.extension().unwrap(), "eml");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains("To: ada@example.com\r\n"), "{text}");
        assert!(text.contains("Message-ID: <0197@example.com>\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
    }
}
