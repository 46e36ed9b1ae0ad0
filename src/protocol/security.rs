//! Who may move money: the PIN, and the confirmation of single requests.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::http::SessionView;
use super::text::secret;
use crate::clock::Micros;
use crate::ids::{ClientId, SessionId};

/// `pin.set`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SetPin {
    /// The password, by which whoever found an open session cannot set one.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub password: SecretString,
    /// Six digits.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub pin: SecretString,
}

/// `pin.change`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ChangePin {
    /// The PIN that is set.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub old: SecretString,
    /// Six digits.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub pin: SecretString,
}

/// The answer to `pin.set` and `pin.change`, and part of that to `factor.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PinView {
    /// There is one.
    pub set: bool,
    /// It was wrong too often, and is of no use until it is reset.
    pub locked: bool,
    /// Wrong tries until then.
    pub left: i16,
}

/// The answer to `factor.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Factors {
    /// The own PIN.
    pub pin: PinView,
    /// Whether payments are confirmed on this server.
    pub required: bool,
}

/// The answer to `pin.set` and `pin.change`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PinSet {
    /// How it stands now.
    pub pin: PinView,
}

/// `wallet.freeze`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FreezeWallet {
    /// The caller's id of this effect.
    pub client_id: ClientId,
}

/// `wallet.unfreeze`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct UnfreezeWallet {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// `step_up.begin`.
#[derive(Deserialize, JsonSchema)]
pub struct BeginStepUp {
    /// The operation that is to be confirmed.
    pub op: String,
    /// What it will be sent with, but for `step_up`.
    pub d: Map<String, Value>,
}

/// What is to be confirmed may hold the number of a card.
impl std::fmt::Debug for BeginStepUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BeginStepUp({}, …)", self.op)
    }
}

/// The answer to `step_up.begin`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepUpBegun {
    /// What is confirmed: opaque, for this login alone.
    pub challenge: String,
    /// Until when.
    pub expires_at: Micros,
    /// By what it can be confirmed, any one of them: `pin`.
    pub factors: Vec<&'static str>,
}

/// `step_up.confirm`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ConfirmStepUp {
    /// What `step_up.begin` gave.
    pub challenge: String,
    /// One of its `factors`.
    pub factor: String,
    /// The PIN.
    #[serde(deserialize_with = "secret")]
    #[schemars(with = "String")]
    pub code: SecretString,
}

/// The answer to `step_up.confirm`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StepUpConfirmed {
    /// What the request is sent with: opaque, for this request and this login alone.
    pub step_up: String,
    /// Until when.
    pub expires_at: Micros,
}

/// The answer to `device.list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Devices {
    /// Where the caller is signed in, the one used last first.
    pub devices: Vec<SessionView>,
    /// Always `null`: a person has few.
    pub next: Option<String>,
}

/// `device.revoke`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RevokeDevices {
    /// One login but the own one, which ends by `POST /api/v1/logout`.
    pub device: Option<SessionId>,
    /// All but the own one, in its place.
    #[serde(default)]
    pub others: bool,
}

/// The answer to `device.revoke`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DevicesRevoked {
    /// The logins that ended with it.
    pub devices: Vec<SessionId>,
}

/// `limits.show`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ShowLimits {
    /// ISO 4217; the default currency without.
    pub currency: Option<String>,
}

/// The answer to `limits.show`: what may be sent. What is null has no limit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LimitsShown {
    /// ISO 4217.
    pub currency: String,
    /// In one payment: a decimal string.
    pub single: Option<String>,
    /// In a day (UTC).
    pub day: Option<SpanLimit>,
    /// In a year (UTC).
    pub year: Option<SpanLimit>,
}

/// What may be sent in a span of time, and what of it was.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SpanLimit {
    /// In all: a decimal string.
    pub limit: String,
    /// What was sent.
    pub used: String,
    /// What may still be sent.
    pub left: String,
    /// When it begins anew.
    pub until: Micros,
}
