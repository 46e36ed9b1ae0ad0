//! Flows: what may be asked of payments that are accepted first, requests, red packets, bills and plans, how they are
//! answered, and what their cards show. Amounts are decimal strings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Micros;
use crate::ids::{ClientId, ConversationId, FlowId, UserId};

/// `transfer.accept`, `transfer.decline`, `transfer.cancel`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ActOnTransfer {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// The payment's opaque id.
    pub transfer: String,
}

/// `transfer.refund`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RefundTransfer {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// The payment's opaque id.
    pub transfer: String,
    /// How much goes back; all that is left without.
    pub amount: Option<String>,
    /// What for.
    #[serde(default)]
    pub note: String,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// `request.create`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateRequest {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where its card goes.
    pub conversation: ConversationId,
    /// Who is asked, 1 to 100 members.
    pub payers: Vec<UserId>,
    /// How much of each.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What for.
    #[serde(default)]
    pub note: String,
}

/// `request.decline`, `request.cancel`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ActOnRequest {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub request: FlowId,
}

/// `request.pay`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PayRequest {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub request: FlowId,
    /// The fee that the payer agreed to; without it, whatever it is.
    pub fee: Option<String>,
    /// The currency of that fee; the default one without.
    pub currency: Option<String>,
    /// Refuse the payment after this time.
    pub not_after: Option<Micros>,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// `packet.create`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreatePacket {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where its card goes.
    pub conversation: ConversationId,
    /// How much is in it.
    pub total: String,
    /// ISO 4217.
    pub currency: String,
    /// Its shares, 1 to 10,000.
    pub count: u32,
    /// `equal` or `lucky`.
    #[schemars(extend("enum" = ["equal", "lucky"]))]
    pub kind: String,
    /// What its maker wishes.
    #[serde(default)]
    pub greeting: String,
    /// Refuse it after this time.
    pub not_after: Option<Micros>,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// `packet.claim`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ClaimPacket {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub packet: FlowId,
}

/// `packet.show`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ShowPacket {
    /// Which one.
    pub packet: FlowId,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Claims wanted at most.
    pub limit: Option<u32>,
}

/// `bill.create`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateBill {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where its card goes.
    pub conversation: ConversationId,
    /// How much it is, what its maker bears included.
    pub total: String,
    /// ISO 4217.
    pub currency: String,
    /// `equal`, `exact`, `percent` or `weights`.
    #[schemars(extend("enum" = ["equal", "exact", "percent", "weights"]))]
    pub split: String,
    /// Whose bill it is, 2 to 100 members.
    pub shares: Vec<WantedShare>,
    /// What for.
    #[serde(default)]
    pub note: String,
}

/// What somebody is to pay of a bill.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WantedShare {
    /// Who.
    pub user: UserId,
    /// How much, for `exact`.
    pub amount: Option<String>,
    /// Per cent with up to two decimals, for `percent`.
    pub percent: Option<String>,
    /// A weight of 1 to 1,000,000, for `weights`.
    pub weight: Option<u32>,
}

/// `bill.pay`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PayBill {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub bill: FlowId,
    /// The fee that the payer agreed to; without it, whatever it is.
    pub fee: Option<String>,
    /// The currency of that fee; the default one without.
    pub currency: Option<String>,
    /// Refuse the payment after this time.
    pub not_after: Option<Micros>,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// `bill.cancel`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ActOnBill {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub bill: FlowId,
}

/// `bill.netting`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NetBills {
    /// Whose bills.
    pub conversation: ConversationId,
}

/// The answer to `bill.netting`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BillsNetted {
    /// For each currency in which something is open, in the order of their codes.
    pub currencies: Vec<NettingView>,
    /// There are more open bills than were looked at.
    pub more: bool,
}

/// Few payments that settle what a group owes each other in one currency.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NettingView {
    /// ISO 4217.
    pub currency: String,
    /// The open bills that were counted.
    pub bills: u32,
    /// Shares of them that are open.
    pub shares: u32,
    /// Who would pay whom; one payment less than there are people at most.
    pub payments: Vec<NetPayment>,
}

/// A payment that is proposed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NetPayment {
    /// Who would pay.
    pub from: UserId,
    /// Whom.
    pub to: UserId,
    /// How much.
    pub amount: String,
}

/// `schedule.create`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CreateSchedule {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Where its card goes, and those of its payments.
    pub conversation: ConversationId,
    /// Who is paid.
    pub to: UserId,
    /// How much each time.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// What for.
    #[serde(default)]
    pub note: String,
    /// When it is due first; in the future.
    pub first_at: Micros,
    /// `once`, `day`, `week`, `month` or `year`.
    #[schemars(extend("enum" = ["once", "day", "week", "month", "year"]))]
    pub every: String,
    /// How often at most, 1 to 10,000.
    pub times: Option<u32>,
    /// Not after this time; one of `times` and `until` at most.
    pub until: Option<Micros>,
    /// Refuse it after this time.
    pub not_after: Option<Micros>,
    /// By what it was confirmed: from `step_up.confirm`.
    pub step_up: Option<String>,
}

/// `schedule.cancel`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ActOnSchedule {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub schedule: FlowId,
}

/// `dispute.open`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct OpenDispute {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// The payment's opaque id.
    pub transfer: String,
    /// Why; 1 to as many characters as a note has.
    pub reason: String,
}

/// `dispute.answer`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AnswerDispute {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub dispute: FlowId,
    /// What there is to say; 1 to as many characters as a note has.
    pub text: String,
}

/// `dispute.withdraw`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ActOnDispute {
    /// The caller's id of this effect.
    pub client_id: ClientId,
    /// Which one.
    pub dispute: FlowId,
}

/// A dispute's card, in the direct conversation of the two.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DisputeCard<'a> {
    /// Who paid, and opened it.
    pub from: UserId,
    /// Who was paid.
    pub to: UserId,
    /// The payment's opaque id.
    pub transfer: &'a str,
    /// How much it was.
    pub amount: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// What the payer says.
    pub reason: &'a str,
    /// What the payee says; empty so far.
    pub answer: &'a str,
    /// Why it was decided so; empty so far.
    pub decision: &'a str,
    /// `open`, `evidence`, `review`, `won`, `lost` or `withdrawn`.
    pub state: &'static str,
}

/// The answer to `wallet.waiting`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitingFlows {
    /// What waits for the caller, the newest first.
    pub flows: Vec<FlowView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// How a flow stands; the push of each change too.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FlowView {
    /// The flow; of a payment that is accepted first, the payment's opaque id.
    pub id: String,
    /// `transfer`, `request`, `packet`, `bill`, `schedule` or `dispute`.
    #[schemars(extend("enum" = ["transfer", "request", "packet", "bill", "schedule", "dispute"]))]
    pub kind: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// Where its card stands.
    pub conversation: ConversationId,
    /// The card's name there.
    pub seq: i64,
    /// What its card shows.
    #[schemars(with = "serde_json::Value")]
    #[schemars(extend("examples" = [{"from": "01a2096e-c441-7451-a557-d845361cb7ee", "amount": "12.50", "currency": "CNY", "note": "tea", "state": "open"}]))]
    pub data: Box<RawValue>,
}

/// The answer to whatever is asked of a flow.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FlowDone {
    /// The flow after it; after a repetition, as it stands now.
    pub flow: FlowView,
    /// The movement that the caller's account had by it, if it had one.
    pub transfer: Option<MovedView>,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// The answer to `transfer.refund`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RefundDone {
    /// The reversal's opaque id.
    pub id: String,
    /// The payment's.
    pub of: String,
    /// How much went back.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The caller's balance after it.
    pub balance: String,
    /// Where its card stands.
    pub conversation: Option<ConversationId>,
    /// The card's name there.
    pub seq: Option<i64>,
    /// When.
    pub at: Micros,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// What moved in the caller's own account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MovedView {
    /// The movement's opaque id.
    pub id: String,
    /// How much.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The own balance after it.
    pub balance: String,
    /// What it cost on top; none when it cost nothing.
    pub fee: Option<String>,
    /// When.
    pub at: Micros,
}

/// The answer to `packet.show`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownPacket {
    /// The packet.
    pub flow: FlowView,
    /// What the caller took of it.
    pub mine: Option<ClaimView>,
    /// Who took what, in their order; shown to who took a share or made it, and to every member once it has ended.
    pub claims: Vec<ClaimView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A share that somebody took.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClaimView {
    /// Who.
    pub user: UserId,
    /// How much.
    pub amount: String,
    /// Its place in the draw, from 0.
    pub place: i64,
    /// When.
    pub at: Micros,
}

/// A request's card: what every member sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestCard<'a> {
    /// Who asks.
    pub from: UserId,
    /// How much of each.
    pub amount: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// What for.
    pub note: &'a str,
    /// `open`, `partly_paid`, `paid`, `declined`, `cancelled` or `expired`.
    pub state: &'static str,
    /// Who is asked.
    pub payers: Vec<PartyView>,
    /// When it ends.
    pub expires_at: Option<Micros>,
}

/// Somebody's part in a flow.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PartyView {
    /// Who.
    pub user: UserId,
    /// `open`, `paid`, `declined` or `own`.
    pub state: &'static str,
    /// How much.
    pub amount: String,
}

/// A packet's card: what every member sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PacketCard<'a> {
    /// Who made it.
    pub from: UserId,
    /// `equal` or `lucky`.
    pub kind: &'static str,
    /// How much is in it.
    pub total: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// Its shares.
    pub count: i64,
    /// Shares that are taken; of more than 100, in steps of a twentieth.
    pub claimed: i64,
    /// What its maker wishes.
    pub greeting: &'a str,
    /// `open`, `exhausted` or `expired`.
    pub state: &'static str,
    /// What the seed was promised to be, in hexadecimal digits.
    pub commitment: &'a str,
    /// The seed, once the packet has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// When what is left goes back.
    pub expires_at: Option<Micros>,
}

/// A bill's card: what every member sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BillCard<'a> {
    /// Who paid it.
    pub from: UserId,
    /// How much it is.
    pub total: &'a str,
    /// How much was paid back.
    pub paid: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// How it is split.
    pub split: &'static str,
    /// What for.
    pub note: &'a str,
    /// `open`, `partly_paid`, `settled`, `cancelled` or `expired`.
    pub state: &'static str,
    /// Whose share is how much.
    pub shares: Vec<PartyView>,
    /// When it ends.
    pub expires_at: Option<Micros>,
}

/// A plan's card: what every member sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScheduleCard<'a> {
    /// Who pays.
    pub from: UserId,
    /// Who is paid.
    pub to: UserId,
    /// How much each time.
    pub amount: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// What for.
    pub note: &'a str,
    /// `once`, `day`, `week`, `month` or `year`.
    pub every: &'static str,
    /// `open`, `cancelled`, `ended` or `failed`.
    pub state: &'static str,
    /// When it is due next.
    pub next_at: Option<Micros>,
    /// How often at most.
    pub times: Option<u32>,
    /// Not after this time.
    pub until: Option<Micros>,
    /// Due times that were paid.
    pub paid: i64,
    /// Due times that came too late.
    pub skipped: i64,
    /// Due times at which the payment was refused.
    pub failed: i64,
    /// How the last one ended: empty, `paid`, `skipped`, or the code of the refusal.
    pub last: &'a str,
}

/// A reminder's card: a flow waits for these people.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReminderCard<'a> {
    /// The sort of flow.
    pub kind: &'static str,
    /// Its card's id.
    pub of: &'a str,
    /// Its card's name in the same conversation.
    pub seq: i64,
    /// For whom it waits.
    pub people: &'a [UserId],
}
