//! `[identity]` and `[mail]`: people's accounts, and the letters they get.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::check::{Check, optional_secret};

/// `[identity]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// When an e-mail address must be verified; see [`super::Settings::email_verification`].
    pub verify_email: VerifyEmail,
    /// How long a session lives without being used, in days, 1 to 3,650.
    pub session_days: u32,
    /// Passwords hashed at once, 0 to 64; 0 is half the cores, at least one. Each takes 19 MiB for about 30 ms.
    pub password_hash_concurrency: usize,
    /// Passwords that may wait for that, 1 to 10,000; beyond it the answer is `busy`.
    pub password_hash_queue: usize,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            verify_email: VerifyEmail::Auto,
            session_days: 30,
            password_hash_concurrency: 0,
            password_hash_queue: 64,
        }
    }
}

impl IdentitySettings {
    /// Passwords hashed at once, with 0 resolved to half the cores: a flood of sign-ins must leave room for chat.
    pub fn hashers(&self) -> usize {
        match self.password_hash_concurrency {
            0 => (super::threads_or_cores(0) / 2).max(1),
            n => n,
        }
    }

    pub(super) fn check(&self, check: &mut Check) {
        check.within("identity.session_days", self.session_days, 1..=3_650);
        check.within(
            "identity.password_hash_concurrency",
            self.password_hash_concurrency,
            0..=64,
        );
        check.within("identity.password_hash_queue", self.password_hash_queue, 1..=10_000);
    }
}

/// `identity.verify_email` as it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyEmail {
    /// `before_payment` once SMTP is set, `never` while mail goes to a folder.
    #[default]
    Auto,
    /// Not at all.
    Never,
    /// Before the first payment.
    BeforePayment,
    /// Before the first sign-in.
    BeforeSignIn,
}

/// When an e-mail address must be verified, with `auto` resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// Not at all.
    Never,
    /// Before the first payment.
    BeforePayment,
    /// Before the first sign-in.
    BeforeSignIn,
}

/// `[mail]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// `smtp://…` (STARTTLS) or `smtps://user:password@host:465`; absent: mail is written to a folder.
    #[serde(deserialize_with = "optional_secret")]
    pub smtp_url: Option<SecretString>,
    /// The sender, `Name <address>`.
    pub from: String,
    /// The folder for `.eml` files while no SMTP server is set; absent: `mail` in the data folder.
    pub folder: Option<PathBuf>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            smtp_url: None,
            from: "Quipu <quipu@localhost>".to_owned(),
            folder: None,
        }
    }
}

impl MailSettings {
    pub(super) fn check(&self, check: &mut Check) {
        check.url("mail.smtp_url", self.smtp_url.as_ref(), &["smtp", "smtps"]);
        let address = match self.from.rsplit_once('<') {
            Some((_, rest)) => rest.strip_suffix('>').unwrap_or(""),
            None => self.from.as_str(),
        };
        let has_both_ends = address
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        if !has_both_ends || self.from.contains(char::is_control) || address.contains(char::is_whitespace) {
            check.refuse(
                "mail.from",
                "must be an address, or a name and an address: Quipu <quipu@example.com>",
            );
        }
        if self.smtp_url.is_some() && self.folder.is_some() {
            check.refuse(
                "mail.folder",
                "mail goes either to mail.smtp_url or to a folder, not to both",
            );
        }
    }
}
