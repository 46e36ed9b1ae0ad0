//! Every refusal there is: a stable code, a sentence for a person, whether a retry helps, its HTTP status.
//!
//! Clients act on the code and never on the sentence. A slice's own error says through [`Coded`] which of these it is.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $retry:ident, $message:literal;)+) => {
        /// What went wrong, as a word that never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* #[doc = $message] $name,)+
        }

        impl ErrorCode {
            /// All of them, in the order of the documentation's table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The status of an HTTP answer with this code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// Whether the same request may succeed later with nothing else changed.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => error_codes!(@ $retry),)+ }
            }

            /// The sentence for a person, in English; clients have their own for each code.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)+ }
            }
        }
    };
    (@ retry) => { true };
    (@ never) => { false };
}

error_codes! {
    MalformedFrame = "malformed_frame", 400, never, "The frame is not a JSON request with an id and an op.";
    FrameTooLarge = "frame_too_large", 413, never, "The frame is larger than the server takes.";
    UnknownOp = "unknown_op", 400, never, "This server knows no such operation.";
    InvalidField = "invalid_field", 400, never, "A field is missing or has a value that it cannot have.";
    HelloRequired = "hello_required", 401, never, "The first frame of a connection is hello.";
    Unauthenticated = "unauthenticated", 401, never, "Please sign in again.";
    ForbiddenOrigin = "forbidden_origin", 403, never, "This page may not act for the person who is signed in.";
    ClientTooOld = "client_too_old", 426, never, "This version is no longer supported. Please update.";
    RateLimited = "rate_limited", 429, retry, "Too many requests. Please wait a moment.";
    TooManyConnections = "too_many_connections", 429, retry, "Too many connections are open.";
    Busy = "busy", 503, retry, "The server is busy. Please try again in a moment.";
    OutcomeLost = "outcome_lost", 503, retry, "The answer was lost. Send it again with the same client_id.";
    StorageUnavailable = "storage_unavailable", 503, retry, "The server cannot store anything at the moment.";
    Internal = "internal", 500, retry, "Something went wrong on our side.";
    NotFound = "not_found", 404, never, "There is no such thing here.";
    IdempotencyConflict = "idempotency_conflict", 409, never, "This id was used before for something else.";
    HandleInvalid = "handle_invalid", 400, never, "A handle has 3 to 30 letters, digits, dots or underscores and starts with a letter.";
    HandleTaken = "handle_taken", 409, never, "This handle is taken.";
    EmailInvalid = "email_invalid", 400, never, "This is not an e-mail address.";
    EmailTaken = "email_taken", 409, never, "There is an account with this e-mail address already.";
    EmailUnverified = "email_unverified", 403, never, "Please confirm your e-mail address first.";
    PasswordWeak = "password_weak", 400, never, "A password has 10 to 128 characters and is not easily guessed.";
    DisplayNameInvalid = "display_name_invalid", 400, never, "A name has 1 to 64 visible characters.";
    CredentialsInvalid = "credentials_invalid", 401, never, "The name or the password is not right.";
    TokenInvalid = "token_invalid", 400, never, "This link was used already or is too old.";
    SessionNotFound = "session_not_found", 404, never, "There is no such session.";
    UserNotFound = "user_not_found", 404, never, "There is no user with this handle.";
    NotAMember = "not_a_member", 403, never, "You are not a member of this conversation.";
    MembersInvalid = "members_invalid", 400, never, "These people cannot make up this conversation.";
    TitleInvalid = "title_invalid", 400, never, "A group's title has 1 to 100 visible characters.";
    TextEmpty = "text_empty", 400, never, "A message has at least one visible character.";
    TextTooLong = "text_too_long", 413, never, "The message is too long.";
    Blocked = "blocked", 403, never, "Messages between you two are blocked.";
    ForbiddenRole = "forbidden_role", 403, never, "Your role in this conversation does not allow this.";
    MessageNotFound = "message_not_found", 404, never, "There is no such message here.";
    NotEditable = "not_editable", 409, never, "This message cannot be edited.";
    TooLate = "too_late", 409, never, "The time for this has passed.";
    Recalled = "recalled", 409, never, "This message was recalled.";
    NotForwardable = "not_forwardable", 409, never, "This cannot be forwarded.";
    EmojiInvalid = "emoji_invalid", 400, never, "This is not an emoji.";
    TooMany = "too_many", 409, never, "There are too many of these already.";
    OwnerMustHandOver = "owner_must_hand_over", 409, never, "Hand the group over to somebody first.";
    PersonUnavailable = "person_unavailable", 404, never, "This person cannot be added or asked.";
    SlowMode = "slow_mode", 429, retry, "Slow mode: please wait before the next message.";
    WrongKind = "wrong_kind", 409, never, "This kind of conversation does not have that.";
    AttachmentNotFound = "attachment_not_found", 404, never, "There is no such attachment here.";
    AttachmentTooLarge = "attachment_too_large", 413, never, "This is too large to be attached.";
    AttachmentType = "attachment_type", 415, never, "Nothing of this kind can be attached like this.";
    UploadConflict = "upload_conflict", 409, never, "The upload stands at another point.";
    AmountInvalid = "amount_invalid", 400, never, "This is not an amount of this currency.";
    CurrencyUnsupported = "currency_unsupported", 400, never, "This currency is not offered here.";
    NoteTooLong = "note_too_long", 413, never, "The note is too long.";
    SelfTransfer = "self_transfer", 400, never, "Money cannot be sent to oneself.";
    PayeeUnavailable = "payee_unavailable", 404, never, "This person cannot receive money here.";
    InsufficientFunds = "insufficient_funds", 402, never, "There is not enough money in the account. No money was moved.";
    LimitExceeded = "limit_exceeded", 403, never, "This would exceed a limit. No money was moved.";
    CurrencyMismatch = "currency_mismatch", 400, never, "The account holds another currency. No money was moved.";
    AccountFrozen = "account_frozen", 403, never, "The account is frozen. No money was moved.";
    AccountClosed = "account_closed", 403, never, "The account is closed. No money was moved.";
    StepUpRequired = "step_up_required", 403, never, "Please confirm this payment. No money was moved.";
    PinWeak = "pin_weak", 400, never, "A PIN has six digits and is not easily guessed.";
    PinExists = "pin_exists", 409, never, "A PIN is set already.";
    PinNotSet = "pin_not_set", 409, never, "Please set a PIN for your payments first.";
    PinWrong = "pin_wrong", 403, never, "This is not your PIN.";
    PinLocked = "pin_locked", 403, never, "The PIN was wrong too often and is locked. Please ask the support.";
    TooManyTries = "too_many_tries", 429, retry, "This was wrong too often. Please wait before you try again.";
    ConfirmationInvalid = "confirmation_invalid", 400, never, "This confirmation is not valid any more. Please begin again.";
    MethodInvalid = "method_invalid", 400, never, "This is not a card or an account that can be used.";
    MethodExists = "method_exists", 409, never, "This card or account is there already.";
    MethodNotFound = "method_not_found", 404, never, "There is no such payment method. No money was moved.";
    MethodExpired = "method_expired", 409, never, "This card has expired. No money was moved.";
    MethodUnusable = "method_unusable", 409, never, "This payment method cannot be used for that. No money was moved.";
    MethodCoolingOff = "method_cooling_off", 409, never, "Money can go to a new payment method only after some hours. No money was moved.";
    ProviderDeclined = "provider_declined", 402, never, "The bank did not accept this. No money was moved.";
    ProviderUnavailable = "provider_unavailable", 503, retry, "The bank cannot be reached at the moment. No money was moved.";
    NotAfterPassed = "not_after_passed", 409, never, "The payment came after the time it was meant for. No money was moved.";
    FeeChanged = "fee_changed", 409, never, "The fee is another one now. No money was moved; please look again.";
    WalletBusy = "wallet_busy", 503, retry, "Too many payments at once. No money was moved; please try again.";
    OutcomeUnknown = "outcome_unknown", 503, retry, "It is not known yet whether the payment went through. Do not pay again; ask with the same id.";
    LegsInvalid = "legs_invalid", 400, never, "A transfer has 1 to 100 legs. No money was moved.";
    ExpiryPassed = "expiry_passed", 400, never, "The time at which this would end has passed. No money was moved.";
    NotAHold = "not_a_hold", 409, never, "This is not a hold. No money was moved.";
    HoldResolved = "hold_resolved", 409, never, "This hold has ended already. No money was moved.";
    HoldNotExpired = "hold_not_expired", 409, never, "The time of this hold has not passed. No money was moved.";
    CaptureExceeds = "capture_exceeds", 409, never, "This is more than was held. No money was moved.";
    NotReversible = "not_reversible", 409, never, "Only a payment that moved money can be reversed. No money was moved.";
    RefundExceeds = "refund_exceeds", 409, never, "This is more than is left to give back. No money was moved.";
    AccountNotFound = "account_not_found", 404, never, "There is no such account.";
    AccountNotEmpty = "account_not_empty", 409, never, "There is still money in this account.";
    AccountUnchanged = "account_unchanged", 409, never, "The account is like this already.";
    NotYours = "not_yours", 403, never, "This is for somebody else to decide. No money was moved.";
    AlreadyResolved = "already_resolved", 409, never, "This was decided already. No money was moved.";
    RequestNotOpen = "request_not_open", 409, never, "This request is not open any more. No money was moved.";
    AlreadyClaimed = "already_claimed", 409, never, "You have taken your share of this packet already.";
    PacketEmpty = "packet_empty", 409, never, "All shares of this packet are taken.";
    PacketExpired = "packet_expired", 409, never, "The time of this packet has passed.";
    PacketInvalid = "packet_invalid", 400, never, "A packet has 1 to 10,000 shares of at least the smallest coin each. No money was moved.";
    BillNotOpen = "bill_not_open", 409, never, "This bill is not open any more. No money was moved.";
    ShareMismatch = "share_mismatch", 400, never, "The shares do not add up to the bill.";
    PayersInvalid = "payers_invalid", 400, never, "These people cannot be asked.";
    DisputeExists = "dispute_exists", 409, never, "There is a dispute of this payment already. No money was moved.";
    DisputeEnded = "dispute_ended", 409, never, "This dispute was decided already. No money was moved.";
    ScheduleInvalid = "schedule_invalid", 400, never, "A payment cannot be planned like this.";
    ScheduleEnded = "schedule_ended", 409, never, "This plan has ended already.";
    TransferNotFound = "transfer_not_found", 404, never, "No payment with this id is known here.";
    StatementTooLong = "statement_too_long", 413, never, "More happened in this time than one statement holds. Please choose a shorter or a later one.";
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ErrorCode {
    /// Whether a payment that ends with this code may have moved money all the same. Every other code is a refusal, and
    /// what was refused has moved nothing.
    #[must_use]
    pub const fn leaves_money_open(self) -> bool {
        matches!(
            self,
            Self::OutcomeUnknown | Self::OutcomeLost | Self::StorageUnavailable | Self::Internal
        )
    }
}

/// A refusal as it is told: a code with what this case adds to it.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Refusal")]
pub struct WireError {
    /// The word.
    pub code: ErrorCode,
    /// The sentence for a person.
    pub message: Cow<'static, str>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// When it may, in milliseconds from now.
    pub retry_after_ms: Option<u64>,
    /// The field that is meant, as a path in `d`.
    pub param: Option<String>,
    /// What the code's documentation says of it: the setting behind a limit, what is available, whether money moved.
    pub detail: Option<Value>,
}

impl WireError {
    /// The plain refusal with this code.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self {
            code,
            message: Cow::Borrowed(code.message()),
            retryable: code.retryable(),
            retry_after_ms: None,
            param: None,
            detail: None,
        }
    }

    /// Names the field that is meant.
    #[must_use]
    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Says when a retry may succeed.
    #[must_use]
    pub const fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// Adds a fact under its name.
    #[must_use]
    pub fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        let detail = self.detail.get_or_insert_with(|| json!({}));
        if let Some(facts) = detail.as_object_mut() {
            facts.insert(key.to_owned(), value.into());
        }
        self
    }

    /// A refusal because a rate is used up: it names the setting, so that whoever runs the server knows where to turn.
    #[must_use]
    pub fn rate_limited(setting: &'static str, retry_after_ms: u64) -> Self {
        Self::new(ErrorCode::RateLimited)
            .retry_after_ms(retry_after_ms)
            .detail("setting", setting)
    }
}

impl From<ErrorCode> for WireError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// Says what an error of a slice is on the wire.
pub trait Coded {
    /// The refusal to tell the caller. It never carries a cause's own text.
    fn wire(&self) -> WireError;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_is_one_word_and_stands_once() {
        let words: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), ErrorCode::ALL.len());
        assert!(
            words
                .iter()
                .all(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        );
    }

    #[test]
    fn an_error_tells_every_field_even_when_it_has_none() {
        let told = serde_json::to_value(WireError::new(ErrorCode::Busy)).unwrap_or_default();
        assert_eq!(told["retryable"], true);
        assert!(
            told.as_object()
                .is_some_and(|o| o.contains_key("param") && o.contains_key("detail"))
        );
    }
}
