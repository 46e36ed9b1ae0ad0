//! `POST /api/v1/demo/login`: the people of the demonstration, by one click.

use actix_web::{HttpRequest, HttpResponse, web};

use super::body::JsonBody;
use super::{HttpState, check_login_rate, welcome};
use crate::gateway::errors::Refusal;
use crate::protocol::ErrorCode;
use crate::protocol::http::DemoLogin;

/// Signs one of them in, for callers on this machine. Without `--demo` there is no such call.
pub(super) async fn post(
    request: HttpRequest,
    state: web::Data<HttpState>,
    JsonBody(body): JsonBody<DemoLogin>,
) -> Result<HttpResponse, Refusal> {
    if state.site.demo.is_empty() || !state.site.is_local(&request) {
        return Err(Refusal::new(ErrorCode::NotFound));
    }
    check_login_rate(&request, &state)?;
    let user = state.identity.find_by_handle(&body.handle).await?;
    // The database may hold people who are not of the demonstration.
    if !state
        .site
        .demo
        .iter()
        .any(|person| person.handle == user.handle.as_str())
    {
        return Err(Refusal::new(ErrorCode::UserNotFound));
    }
    let signed_in = state.identity.open_session(user, &body.device).await?;
    Ok(welcome(&state, &signed_in))
}
