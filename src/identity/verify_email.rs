//! Confirming an e-mail address: what must wait for it, how often a mail may be asked for, and what the mail says.

use std::time::Duration;

use super::{IdentityError, Token, User};
use crate::clock::Micros;
use crate::config::EmailVerification;
use crate::notify::{Mail, MailInvalid};

/// How long a mailed token is good.
pub(super) const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// The least time between two mails to one person.
const MAIL_SPACING: Duration = Duration::from_secs(60);
/// Mails to one person whose tokens are good at once. More would make somebody's mailbox a target.
const MAX_LIVE_TOKENS: usize = 5;

/// Something that may have to wait for the address to be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Signing in.
    SignIn,
    /// Paying.
    Payment,
}

/// Whether the person may take the step.
///
/// # Errors
/// [`IdentityError::EmailUnverified`] when the address is to be confirmed first.
pub(super) fn allow(rule: EmailVerification, step: Step, user: &User) -> Result<(), IdentityError> {
    let waits = match rule {
        EmailVerification::Never => false,
        EmailVerification::BeforePayment => step == Step::Payment,
        EmailVerification::BeforeSignIn => true,
    };
    if waits && !user.is_verified() {
        Err(IdentityError::EmailUnverified)
    } else {
        Ok(())
    }
}

/// Whether another mail may go out now, by when the tokens of the earlier ones expire.
pub(super) fn allow_mail(now: Micros, expiries: &[Micros]) -> Result<(), IdentityError> {
    let live: Vec<Micros> = expiries.iter().copied().filter(|at| *at > now).collect();
    let wait_until = if live.len() >= MAX_LIVE_TOKENS {
        live.iter().min().copied()
    } else {
        // A token's expiry tells when it was mailed.
        let newest = live.iter().max().copied();
        newest.map(|at| Micros(at.0 - micros(TOKEN_LIFETIME) + micros(MAIL_SPACING)))
    };
    match wait_until {
        Some(at) if at > now => {
            let ms = u64::try_from((at.0 - now.0) / 1_000).unwrap_or(0);
            Err(IdentityError::MailTooSoon {
                retry_after_ms: ms.saturating_add(1),
            })
        }
        _ => Ok(()),
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// The mail with the link that confirms the address.
pub(super) fn mail(public_origin: &str, user: &User, token: &Token) -> Result<Mail, MailInvalid> {
    let link = format!("{public_origin}/verify/{}", token.reveal());
    let name = user.display_name.as_str();
    let body = format!(
        "Hello {name},\n\n\
         please confirm that this is your e-mail address:\n\n\
         {link}\n\n\
         The link works once, within 24 hours. If you did not register as @{handle}, ignore this mail.\n\n\
         --\n\n\
         {name}，您好：\n\n\
         请打开上面的链接，确认这是您的邮箱。链接在 24 小时内有效，只能使用一次。如果您没有注册 @{handle}，请忽略本邮件。\n",
        handle = user.handle
    );
    Mail::new(user.email.as_str(), "Confirm your e-mail address / 确认您的邮箱", body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{DisplayName, Email, Handle};
    use crate::ids::UserId;

    fn ada(email_verified_at: Option<Micros>) -> User {
        User {
            id: UserId::fresh(),
            handle: Handle::parse("ada").unwrap(),
            display_name: DisplayName::parse("Ada").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            email_verified_at,
        }
    }

    #[test]
    fn each_rule_holds_back_what_it_says_until_the_address_is_confirmed() {
        use EmailVerification::{BeforePayment, BeforeSignIn, Never};
        for (rule, sign_in, payment) in [
            (Never, true, true),
            (BeforePayment, true, false),
            (BeforeSignIn, false, false),
        ] {
            assert_eq!(allow(rule, Step::SignIn, &ada(None)).is_ok(), sign_in);
            assert_eq!(allow(rule, Step::Payment, &ada(None)).is_ok(), payment);
            assert!(allow(rule, Step::Payment, &ada(Some(Micros(1)))).is_ok());
        }
    }

    #[test]
    fn mails_are_spaced_and_few() {
        let now = Micros(1_000_000_000_000);
        let mailed = |ago_s: u64| Micros(now.plus(TOKEN_LIFETIME).0 - micros(Duration::from_secs(ago_s)));
        assert!(allow_mail(now, &[]).is_ok());
        assert!(allow_mail(now, &[mailed(60)]).is_ok());
        let Err(IdentityError::MailTooSoon { retry_after_ms }) = allow_mail(now, &[mailed(20), mailed(500)]) else {
            panic!("a mail 20 s after the last");
        };
        assert_eq!(retry_after_ms, 40_001);
        let five = [100, 200, 300, 400, 500].map(mailed);
        assert!(allow_mail(now, &five).is_err());
        assert!(allow_mail(now, &five[1..]).is_ok());
        let expired = [now; 9];
        assert!(allow_mail(now, &expired).is_ok());
    }

    #[test]
    fn the_mail_has_the_link_and_goes_to_the_address() {
        let token = Token::fresh();
        let mail = mail("https://chat.example.com", &ada(None), &token).unwrap();
        assert!(
            mail.body()
                .contains(&format!("https://chat.example.com/verify/{}\n", token.reveal()))
        );
        assert_eq!(mail.to(), "ada@example.com");
    }
}
