//! `POST /api/v1/register`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::HttpState;
use super::body::JsonBody;
use crate::gateway::errors::Refusal;
use crate::identity::Registration;
use crate::protocol::http::{OwnUser, Register};

/// Makes a person. They sign in by another call.
pub(super) async fn post(
    request: HttpRequest,
    state: web::Data<HttpState>,
    JsonBody(body): JsonBody<Register>,
) -> Result<HttpResponse, Refusal> {
    state.rates.register(state.site.client_ip(&request))?;
    let form = Registration {
        handle: body.handle,
        email: body.email,
        password: body.password,
        display_name: body.display_name,
    };
    let user = state.identity.register(form).await?;
    Ok(HttpResponse::Created().json(OwnUser { user: user.own_view() }))
}
