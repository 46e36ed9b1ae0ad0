//! What people do with money in several steps.

mod bills;
mod crash;
mod disputes;
mod offers;
mod packets;
pub(crate) mod refusals;
mod requests;
mod schedules;

use serde_json::{Value, json};

use crate::harness::{Client, new_client_id};

/// Content under a fresh id.
fn fresh(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

/// The card of a flow as it stands in the conversation's history.
async fn card(client: &Client, flow: &Value) -> Value {
    let rows = client.whole_history(flow["conversation"].as_str().unwrap()).await;
    let row = rows.iter().find(|row| row["seq"] == flow["seq"]);
    row.unwrap_or_else(|| panic!("no message {} in {rows:?}", flow["seq"]))["card"].clone()
}
