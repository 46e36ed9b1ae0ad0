//! Receipts by e-mail: one to the payer and one to the payee of each payment between people. They follow behind the
//! ledger by its positions, so that no payment waits for a mail, none is left out when a node ends, and none is sent
//! twice: the id of a mail follows from the transfer and whom it goes to.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::WalletError;
use super::store::{self, Mailed};
use super::transfer::{Transfer, TransferId, TransferKind};
use crate::clock::{Clock, Micros};
use crate::db::{Db, Fault};
use crate::identity::{Identity, Step, User};
use crate::ids::UserId;
use crate::notify::{Mail, MailInvalid, Outbox};

/// Rows of the ledger that are looked at in one transaction.
const PAGE: i64 = 200;
/// A payment that is older gets no mail any more: the setting was off, or the server was, for so long.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);

/// See the module.
#[derive(Clone)]
pub struct ReceiptMail {
    db: Db,
    identity: Identity,
    outbox: Outbox,
    clock: std::sync::Arc<dyn Clock>,
    /// Where the link to a receipt leads.
    origin: String,
}

impl ReceiptMail {
    /// Over this database; `origin` is the server's own.
    #[must_use]
    pub fn new(db: Db, identity: Identity, outbox: Outbox, clock: std::sync::Arc<dyn Clock>, origin: String) -> Self {
        Self {
            db,
            identity,
            outbox,
            clock,
            origin,
        }
    }

    /// Queues the receipts of what was posted since the last time.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn queue(&self) -> Result<(), WalletError> {
        let Some(mut through) = store::mail_through(&self.db).await? else {
            return Ok(store::start_mailing(&self.db).await?);
        };
        loop {
            let page = store::mail_page(&self.db, through, PAGE).await?;
            let Some(last) = page.last().map(|mailed| mailed.row.seq) else {
                return Ok(());
            };
            let now = self.clock.now();
            let mails = self.mails(&page, now).await?;
            if !store::turn_mailing(&self.db, (through, last), &mails, now).await? {
                return Ok(());
            }
            if !mails.is_empty() {
                self.outbox.wake();
            }
            through = last;
        }
    }

    async fn mails(&self, page: &[Mailed], now: Micros) -> Result<Vec<(Uuid, Mail)>, WalletError> {
        let recent = |row: &Transfer| row.at.plus(OLDEST) > now;
        let due = page
            .iter()
            .filter(|mailed| is_payment(&mailed.row) && recent(&mailed.row));
        let due: Vec<_> = due.filter_map(|mailed| Some((mailed, mailed.people?))).collect();
        let people: Vec<_> = due.iter().flat_map(|(_, (payer, payee))| [*payer, *payee]).collect();
        let known = self.identity.users(&people).await;
        let known = known.map_err(|error| Fault::Other(format!("whom to mail could not be read: {error}")))?;
        let mut mails = Vec::new();
        for (mailed, (payer, payee)) in due {
            let Some((payer, payee)) = known.get(&payer).zip(known.get(&payee)) else {
                continue;
            };
            for (reader, unwilling) in [(payer, mailed.unwilling.0), (payee, mailed.unwilling.1)] {
                // Money is nothing to tell at an address that may be a stranger's.
                if unwilling || self.identity.allow(Step::Payment, reader).is_err() {
                    continue;
                }
                match text(&self.origin, (&mailed.row, mailed.payment), (payer, payee), reader) {
                    Ok(mail) => mails.push((mail_id(&mailed.row, reader.id), mail)),
                    Err(error) => tracing::warn!(%error, "a receipt cannot be written as a mail"),
                }
            }
        }
        Ok(mails)
    }
}

/// Whether a row is what one person paid another.
fn is_payment(row: &Transfer) -> bool {
    matches!(row.kind, TransferKind::Post | TransferKind::Capture) && row.purpose.is_spent()
}

/// The id of the mail of a payment to one of its sides: the same whenever it is reckoned.
fn mail_id(row: &Transfer, reader: UserId) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"quipu.receipt-mail.v1");
    hash.update(row.client_id.bytes());
    hash.update(row.actor.bytes());
    hash.update(row.leg.to_be_bytes());
    hash.update(reader.bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Uuid::new_v8(bytes)
}

/// The mail. The note stays out of it: it is the payer's words, and a stranger's link in a mail from here would be
/// believed. The payment is named as people know it; the receipt is that of the row which moved the money.
fn text(
    origin: &str,
    (row, payment): (&Transfer, TransferId),
    (payer, payee): (&User, &User),
    reader: &User,
) -> Result<Mail, MailInvalid> {
    let (amount, currency) = (&row.money, row.money.currency());
    let (from, to, id) = (&payer.handle, &payee.handle, row.id());
    let link = format!("{origin}/api/v1/wallet/receipt?transfer={id}");
    let (subject, says, says_zh) = if reader.id == payer.id {
        (
            format!("You paid {amount} {currency} to @{to} / 您向 @{to} 付款 {amount} {currency}"),
            format!("you paid {amount} {currency} to @{to}."),
            format!("您已向 @{to} 付款 {amount} {currency}。"),
        )
    } else {
        (
            format!("@{from} paid you {amount} {currency} / @{from} 向您付款 {amount} {currency}"),
            format!("@{from} paid you {amount} {currency}."),
            format!("@{from} 已向您付款 {amount} {currency}。"),
        )
    };
    let (name, at) = (reader.display_name.as_str(), row.at);
    let body = format!(
        "Hello {name},\n\n{says}\n\nTime: {at}\nPayment: {payment}\n\nThe receipt, to be kept or checked by anyone (you \
         sign in first):\n{link}\n\nYou get this mail once for each payment. In the settings you can turn it off.\n\n\
         --\n\n{name}，您好：\n\n{says_zh}\n\n时间：{at}\n付款编号：{payment}\n\n登录后可用上面的链接下载凭证，任何人都可以\
         核验。每笔付款只发送一次此邮件，您可以在设置中关闭。\n"
    );
    Mail::new(reader.email.as_str(), &subject, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{DisplayName, Email, Handle};
    use crate::ids::{AccountId, ClientId};
    use crate::op_receipt::Fingerprint;
    use crate::wallet::money::{Currency, Money};
    use crate::wallet::transfer::Purpose;

    fn person(handle: &str) -> User {
        User {
            id: UserId::fresh(),
            handle: Handle::parse(handle).expect("a handle"),
            display_name: DisplayName::parse("Some One").expect("a name"),
            email: Email::parse(&format!("{handle}@example.com")).expect("an address"),
            email_verified_at: None,
        }
    }

    fn payment(payer: &User) -> Transfer {
        Transfer {
            seq: 1,
            client_id: ClientId::fresh(),
            actor: payer.id,
            fingerprint: Fingerprint::of("x", &[]),
            kind: TransferKind::Post,
            purpose: Purpose::Payment,
            leg: 0,
            legs: 1,
            debit: AccountId::fresh(),
            credit: AccountId::fresh(),
            money: Money::of_minor(1_250, Currency::of("CNY").expect("a currency")).expect("an amount"),
            of: None,
            expires_at: None,
            debit_after: 0,
            debit_held: 0,
            credit_after: 0,
            debit_prev: 0,
            credit_prev: 0,
            note: "https://evil.example".to_owned(),
            card: None,
            flow: None,
            at: Micros(0),
        }
    }

    #[test]
    fn each_side_is_told_its_own_and_nothing_that_the_other_wrote() {
        let (ana, ben) = (person("anna"), person("benno"));
        let row = payment(&ana);
        let hold = TransferId::first(ClientId::fresh(), ana.id);
        let mail = |reader| text("https://chat.example.com", (&row, hold), (&ana, &ben), reader).expect("a mail");
        let (to_ana, to_ben) = (mail(&ana), mail(&ben));
        assert_eq!((to_ana.to(), to_ben.to()), ("anna@example.com", "benno@example.com"));
        assert!(to_ana.subject().starts_with("You paid 12.50 CNY to @benno"));
        assert!(to_ben.subject().starts_with("@anna paid you 12.50 CNY"));
        for mail in [&to_ana, &to_ben] {
            let link = format!("https://chat.example.com/api/v1/wallet/receipt?transfer={}\n", row.id());
            assert!(mail.body().contains(&link));
            assert!(mail.body().contains(&format!("Payment: {hold}\n")));
            assert!(!mail.body().contains("evil"));
        }
    }

    #[test]
    fn a_mail_has_one_id_however_often_it_is_reckoned_and_another_for_the_other_side() {
        let (ana, ben) = (person("anna"), person("benno"));
        let row = payment(&ana);
        assert_eq!(mail_id(&row, ana.id), mail_id(&row, ana.id));
        assert_ne!(mail_id(&row, ana.id), mail_id(&row, ben.id));
        assert_ne!(mail_id(&row, ana.id), mail_id(&payment(&ana), ana.id));
    }
}
