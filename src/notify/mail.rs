//! A mail: a recipient, a subject, a plain text.

/// Bytes of the longest recipient and subject.
const MAX_LINE_BYTES: usize = 254;
/// Bytes of the longest text.
const MAX_BODY_BYTES: usize = 65_536;

/// A mail that could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailInvalid {
    /// A line break or another control character stands where a header would be written.
    #[error("the recipient or the subject has a control character")]
    ControlCharacter,
    /// The recipient or the subject is empty or too long, or the text is too long.
    #[error("a part of the mail is empty or too long")]
    Length,
}

/// A mail. Printing it for a log shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    to: String,
    subject: String,
    body: String,
}

impl Mail {
    /// A mail to one address.
    ///
    /// # Errors
    /// [`MailInvalid`] when a part could become a header of its own, or is too long.
    pub fn new(to: &str, subject: &str, body: String) -> Result<Self, MailInvalid> {
        for line in [to, subject] {
            if line.is_empty() || line.len() > MAX_LINE_BYTES {
                return Err(MailInvalid::Length);
            }
            if line
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
            {
                return Err(MailInvalid::ControlCharacter);
            }
        }
        if body.len() > MAX_BODY_BYTES {
            return Err(MailInvalid::Length);
        }
        Ok(Self {
            to: to.to_owned(),
            subject: subject.to_owned(),
            body,
        })
    }

    /// The address.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The subject line.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The plain text.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_header() {
        for text in ["a@b\r\nBcc: c@d", "a@b\n", "a\0b", "a\u{85}b", "a\u{2028}b"] {
            let refused = Err(MailInvalid::ControlCharacter);
            assert_eq!(Mail::new(text, "subject", String::new()), refused);
            assert_eq!(Mail::new("a@b", text, String::new()), refused);
        }
        assert!(Mail::new("a@b", "subject", "line\r\nBcc: c@d\n".into()).is_ok());
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(Mail::new("", "s", String::new()), Err(MailInvalid::Length));
        assert_eq!(
            Mail::new("a@b", &"s".repeat(255), String::new()),
            Err(MailInvalid::Length)
        );
        assert_eq!(Mail::new("a@b", "s", "x".repeat(65_537)), Err(MailInvalid::Length));
    }
}
