//! The mail by which an owner hears that a payment method was added: who finds out within the hours in which no money goes to
//! it can still stop whoever added it.

use super::method::{Method, MethodKind};
use crate::identity::User;
use crate::notify::{Mail, MailInvalid};

/// The mail. Nothing stands in it that somebody typed: what they did not type themselves would be believed.
///
/// # Errors
/// [`MailInvalid`], which no name and no address that were taken cause.
pub(super) fn added(origin: &str, owner: &User, method: &Method, cooling: i64) -> Result<Mail, MailInvalid> {
    let (last_four, at) = (&method.last_four, method.added_at);
    let (what, what_zh) = match method.kind {
        MethodKind::Card => (
            format!("a card ending in {last_four}"),
            format!("尾号 {last_four} 的银行卡"),
        ),
        MethodKind::Bank => (
            format!("a bank account ending in {last_four}"),
            format!("尾号 {last_four} 的银行账户"),
        ),
    };
    let from = method.withdraw_from(cooling);
    let (goes, goes_zh) = if method.is_credit {
        ("No money can go to it.".to_owned(), "不能向其提现。".to_owned())
    } else {
        (
            format!("Money can go to it from {from} on."),
            format!("自 {from} 起可以向其提现。"),
        )
    };
    let subject = format!("Added to your wallet: {what} / 您的钱包已添加{what_zh}");
    let name = owner.display_name.as_str();
    let body = format!(
        "Hello {name},\n\n{what} was added to your wallet at {at}. {goes}\n\nIf this was not you: sign in at {origin}, freeze \
         your wallet, sign all other devices out in the settings, and change your password.\n\n--\n\n{name}，您好：\n\n\
         您的钱包于 {at} 添加了{what_zh}。{goes_zh}\n\n如果这不是您本人的操作：请登录 {origin}，冻结钱包，在设置中退出所有其他设备，\
         并修改密码。\n"
    );
    Mail::new(owner.email.as_str(), &subject, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Micros;
    use crate::identity::{DisplayName, Email, Handle};
    use crate::ids::{MethodId, UserId};
    use crate::op_receipt::Fingerprint;

    #[test]
    fn it_says_what_and_since_when_and_nothing_that_was_typed() {
        let owner = User {
            id: UserId::fresh(),
            handle: Handle::parse("anna").unwrap(),
            display_name: DisplayName::parse("Anna").unwrap(),
            email: Email::parse("anna@example.com").unwrap(),
            email_verified_at: None,
        };
        let mut method = Method {
            id: MethodId::fresh(),
            owner: owner.id,
            fingerprint: Fingerprint::of("x", &[]),
            provider: "sandbox".into(),
            kind: MethodKind::Bank,
            brand: "DE".into(),
            is_credit: false,
            last_four: "3000".into(),
            label: "https://evil.example".into(),
            expires: None,
            number_mac: Vec::new(),
            sealed: Vec::new(),
            key_id: String::new(),
            preferred: true,
            added_at: Micros(0),
            removed_at: None,
        };
        let mail = |method: &Method| added("https://chat.example.com", &owner, method, 3_600_000_000).unwrap();
        let told = mail(&method);
        assert_eq!(told.to(), "anna@example.com");
        assert!(
            told.subject()
                .starts_with("Added to your wallet: a bank account ending in 3000")
        );
        for says in [
            "from 1970-01-01T01:00:00.000Z on",
            "at 1970-01-01T00:00:00.000Z",
            "https://chat.example.com",
        ] {
            assert!(told.body().contains(says), "{says}: {}", told.body());
        }
        assert!(!told.body().contains("evil"));
        (method.kind, method.is_credit) = (MethodKind::Card, true);
        assert!(mail(&method).body().contains("No money can go to it."));
    }
}
