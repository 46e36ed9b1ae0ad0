//! `/healthz`, `/readyz`, `/metrics`: for operators and their machines.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};

use super::HttpState;
use crate::gateway::errors::Refusal;
use crate::protocol::ErrorCode;
use crate::protocol::http::Health;

/// How long the database may take to answer before the node counts as not ready.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// Prometheus' text format.
const FIGURES: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The process answers.
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Whether this node should get traffic: 200, or 503 with the reason.
pub(super) async fn readyz(state: web::Data<HttpState>) -> HttpResponse {
    let mut readiness = (state.readiness)();
    let db = state.db.clone();
    let ping = state.db.run(async move { db.ping().await });
    let answers = tokio::time::timeout(DATABASE_TIMEOUT, ping).await;
    readiness.database = match answers {
        // Reads are served all the same, but a node that writes is the better one to send people to.
        Ok(Ok(())) if state.db.is_refusing() => {
            readiness.ready = false;
            "storage_refused"
        }
        Ok(Ok(())) => "ok",
        _ => {
            readiness.ready = false;
            "unreachable"
        }
    };
    if readiness.ready {
        HttpResponse::Ok().json(readiness)
    } else {
        HttpResponse::ServiceUnavailable().json(readiness)
    }
}

/// Every figure. They tell how much money moves and how many people are here, so strangers do not get them.
pub(super) async fn metrics(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    if !state.site.metrics_public && !state.site.is_local(&request) {
        return Err(Refusal::new(ErrorCode::NotFound));
    }
    Ok(HttpResponse::Ok().content_type(FIGURES).body((state.metrics)()))
}
