//! What the load tool says and hears: of each answer and push only the members that it looks at.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, ClientId, ConversationId, UserId};
use crate::protocol::LogId;

/// A request.
#[derive(Debug, Serialize)]
pub(super) struct Said<'a, D> {
    pub(super) id: u64,
    pub(super) op: &'a str,
    pub(super) d: D,
}

/// Any frame that is heard while the load runs.
#[derive(Debug, Deserialize)]
pub(super) struct Heard<'a> {
    pub(super) id: Option<u64>,
    pub(super) err: Option<Refusal>,
    #[serde(borrow)]
    pub(super) ev: Option<Cow<'a, str>>,
    pub(super) log: Option<LogId>,
    pub(super) prev: Option<i64>,
    pub(super) rev: Option<i64>,
    #[serde(borrow)]
    pub(super) d: Option<Pushed<'a>>,
}

/// The content of a push: a message, or anything else, of which nothing is read.
#[derive(Debug, Deserialize)]
pub(super) struct Pushed<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    card: Option<Card<'a>>,
}

#[derive(Debug, Deserialize)]
struct Card<'a> {
    #[serde(borrow)]
    data: CardData<'a>,
}

#[derive(Debug, Deserialize)]
struct CardData<'a> {
    #[serde(borrow)]
    note: Option<Cow<'a, str>>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
}

/// A card that is kept.
#[derive(Debug, Deserialize)]
struct KeptCard {
    data: KeptData,
}

#[derive(Debug, Deserialize)]
struct KeptData {
    note: Option<String>,
}

impl Pushed<'_> {
    /// Where what a card shows stands, of cards that have a state.
    pub(super) fn state(&self) -> Option<&str> {
        self.card.as_ref()?.data.state.as_deref()
    }

    /// The text of a message, or the note of a payment's card.
    pub(super) fn words(&self) -> Option<&str> {
        let note = || self.card.as_ref()?.data.note.as_deref();
        self.text.as_deref().or_else(note)
    }
}

/// `sync`.
#[derive(Debug, Serialize)]
pub(super) struct Sync<'a> {
    pub(super) positions: &'a [Position],
    pub(super) limit: u32,
}

/// Where a client stands in a log.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Position {
    pub(super) log: LogId,
    pub(super) rev: i64,
}

/// The answer to it.
#[derive(Debug, Deserialize)]
pub(super) struct Synced {
    pub(super) logs: Vec<SyncedLog>,
}

/// What there is beyond a position.
#[derive(Debug, Deserialize)]
pub(super) struct SyncedLog {
    pub(super) log: LogId,
    pub(super) through: i64,
    pub(super) more: bool,
    /// Of a conversation.
    #[serde(default)]
    pub(super) messages: Vec<Message>,
}

/// `message.history`.
#[derive(Debug, Serialize)]
pub(super) struct History {
    pub(super) conversation: ConversationId,
    pub(super) before: Option<i64>,
    pub(super) limit: u32,
}

/// The answer to it.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    pub(super) next: Option<i64>,
}

/// A message that is kept longer than its frame.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) conversation: ConversationId,
    text: Option<String>,
    card: Option<KeptCard>,
}

impl Message {
    /// The text, or the note of a payment's card.
    pub(super) fn words(&self) -> Option<&str> {
        let note = || self.card.as_ref()?.data.note.as_deref();
        self.text.as_deref().or_else(note)
    }
}

/// What a frame answers, if it is an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Of {
    pub(super) id: Option<u64>,
    pub(super) err: Option<Refusal>,
}

/// An answer to a request of the preparation.
#[derive(Debug, Deserialize)]
pub(super) struct Answer<T> {
    pub(super) ok: Option<T>,
}

/// Why a request was refused.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Refusal {
    pub(super) code: String,
    #[serde(default)]
    message: String,
    /// The same request may succeed later.
    #[serde(default)]
    retryable: bool,
    pub(super) retry_after_ms: Option<u64>,
    param: Option<String>,
    detail: Option<RefusalDetail>,
    /// Where an HTTP answer has it.
    setting: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct RefusalDetail {
    setting: Option<String>,
}

impl Refusal {
    /// The load goes on: the server said that it has too much to do and did nothing, which is a result. At a rate
    /// limit the load would only measure the limit; what else may be retried leaves open what was done.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self.code.as_str(), "busy" | "wallet_busy")
    }

    /// The same request, with the same id, is worth another try: it may have been done or not.
    pub(super) fn may_be_repeated(&self) -> bool {
        self.retryable && self.code != "rate_limited"
    }

    fn setting(&self) -> Option<&str> {
        let in_detail = || self.detail.as_ref()?.setting.as_deref();
        self.setting.as_deref().or_else(in_detail)
    }

    /// As the end of a run, with what to change.
    pub(super) fn into_error(self, what: &str) -> anyhow::Error {
        let Self {
            code, message, param, ..
        } = &self;
        let param = param.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        match self.setting() {
            Some(setting) => anyhow::anyhow!(
                "{what} is refused with {code}: set {setting} to 0 (or higher) on the server, \
                 or start it with --load-test"
            ),
            None => anyhow::anyhow!("{what} is refused with {code}{param}: {message}"),
        }
    }
}

/// `hello`.
#[derive(Debug, Serialize)]
pub(super) struct Hello<'a> {
    pub(super) token: &'a str,
    pub(super) device: &'a str,
    pub(super) client: HelloClient,
}

/// The program that says it.
#[derive(Debug, Serialize)]
pub(super) struct HelloClient {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// The answer to `hello`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Welcome {
    pub(super) limits: Limits,
    pub(super) server: Server,
    pub(super) wallet: Wallet,
}

/// What the server holds a client to.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Limits {
    pub(super) text_bytes: usize,
    pub(super) note_chars: usize,
    pub(super) group_members: usize,
    pub(super) in_flight: usize,
}

/// The server, as it tells of itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Server {
    pub(super) version: String,
}

/// What the wallet offers.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Wallet {
    pub(super) currencies: Vec<Currency>,
    pub(super) default_currency: String,
}

/// A currency.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Currency {
    pub(super) code: String,
    pub(super) exponent: u8,
}

/// `conversation.create`.
#[derive(Debug, Serialize)]
pub(super) struct Create<'a> {
    pub(super) client_id: ClientId,
    pub(super) kind: &'static str,
    pub(super) members: &'a [UserId],
    pub(super) title: Option<&'static str>,
}

/// `conversation.get`.
#[derive(Debug, Serialize)]
pub(super) struct Get {
    pub(super) conversation: ConversationId,
}

/// The answer to both.
#[derive(Debug, Deserialize)]
pub(super) struct Got {
    pub(super) conversation: Conversation,
}

/// A conversation.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Conversation {
    pub(super) id: ConversationId,
    pub(super) rev: i64,
    pub(super) n: i64,
}

/// `message.send`.
#[derive(Debug, Serialize)]
pub(super) struct Send<'a> {
    pub(super) client_id: ClientId,
    pub(super) conversation: ConversationId,
    pub(super) text: &'a str,
}

/// `transfer.send`.
#[derive(Debug, Serialize)]
pub(super) struct Pay<'a> {
    pub(super) client_id: ClientId,
    pub(super) conversation: ConversationId,
    pub(super) to: UserId,
    pub(super) amount: &'a str,
    pub(super) currency: &'a str,
    pub(super) note: &'a str,
}

/// An operation without a content.
#[derive(Debug, Serialize)]
pub(super) struct Nothing {}

/// The answer to `wallet.accounts`.
#[derive(Debug, Deserialize)]
pub(super) struct Accounts {
    pub(super) accounts: Vec<Account>,
}

/// An account.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Account {
    pub(super) id: Option<AccountId>,
    pub(super) rev: i64,
    pub(super) currency: String,
    pub(super) balance: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_ends_a_run_with_the_setting_to_change() {
        let limited = r#"{"code":"rate_limited","message":"…","retryable":true,"retry_after_ms":9,
            "param":null,"detail":{"setting":"limits.sends_per_second"}}"#;
        let refusal: Refusal = serde_json::from_str(limited).unwrap();
        assert!(!refusal.goes_on());
        let told = refusal.into_error("message.send").to_string();
        assert!(told.contains("limits.sends_per_second"), "{told}");
    }

    #[test]
    fn a_busy_server_is_a_result() {
        let busy = r#"{"code":"busy","message":"…","retryable":true,"retry_after_ms":null,"param":null,"detail":null}"#;
        assert!(serde_json::from_str::<Refusal>(busy).unwrap().goes_on());
    }

    #[test]
    fn the_words_are_a_text_or_a_cards_note() {
        let words = |json| {
            serde_json::from_str::<Pushed<'_>>(json)
                .unwrap()
                .words()
                .map(str::to_owned)
        };
        assert_eq!(words(r#"{"text":"one","card":null}"#).as_deref(), Some("one"));
        let card = r#"{"text":null,"card":{"kind":"transfer","id":"x","data":{"note":"two","amount":"0.01"}}}"#;
        assert_eq!(words(card).as_deref(), Some("two"));
        assert_eq!(words(r#"{"items":[]}"#), None);
    }
}
