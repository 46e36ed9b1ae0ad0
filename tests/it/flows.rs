//! What people do with money in several steps.

mod bills;
mod crash;
mod disputes;
mod due;
mod offers;
mod packets;
mod refunds;
pub(crate) mod refusals;
mod requests;
mod schedules;
mod waiting;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::harness::{Client, Server, new_client_id};

/// Content under a fresh id.
fn fresh(mut d: Value) -> Value {
    d["client_id"] = json!(new_client_id());
    d
}

/// What the operator's command says to a running server, under an id of its own.
async fn instruct(server: &Server, order: Value, client_id: &Value) -> Value {
    let socket = UnixStream::connect(server.data_folder().join("admin.sock"))
        .await
        .unwrap();
    let (read, mut write) = socket.into_split();
    let wanted = json!({ "command": "ledger", "client_id": client_id, "reason": "case 9", "order": order });
    write.write_all(format!("{wanted}\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    BufReader::new(read).read_line(&mut answer).await.unwrap();
    serde_json::from_str(&answer).unwrap()
}

/// The card of a flow as it stands in the conversation's history.
async fn card(client: &Client, flow: &Value) -> Value {
    let rows = client.whole_history(flow["conversation"].as_str().unwrap()).await;
    let row = rows.iter().find(|row| row["seq"] == flow["seq"]);
    row.unwrap_or_else(|| panic!("no message {} in {rows:?}", flow["seq"]))["card"].clone()
}
