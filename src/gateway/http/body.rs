//! The body of a request: JSON, of a bounded size, in a bounded time.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;

use super::HttpState;
use crate::gateway::errors::Refusal;
use crate::gateway::site::BODY_TIMEOUT;
use crate::protocol::http::Body;
use crate::protocol::{ErrorCode, WireError};

/// A body that was read.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: Body> FromRequest for JsonBody<T> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let limit = request
            .app_data::<web::Data<HttpState>>()
            .map(|state| state.site.body_bytes);
        let payload = payload.take();
        Box::pin(async move {
            // A form of a foreign page cannot send this type without asking first, and nobody answers that question.
            if !is_json {
                return Err(invalid("the Content-Type is application/json").into());
            }
            let limit = limit.ok_or_else(|| Refusal::new(ErrorCode::Internal))?;
            let read = tokio::time::timeout(BODY_TIMEOUT, collect(payload, limit)).await;
            let bytes = read.unwrap_or_else(|_| Err(invalid("the body took too long")))?;
            Ok(Self(T::read(&bytes)?))
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let value = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

async fn collect(mut payload: Payload, limit: usize) -> Result<BytesMut, WireError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| invalid("the body broke off"))?;
        if bytes.len() + chunk.len() > limit {
            return Err(WireError::new(ErrorCode::FrameTooLarge).detail("setting", "limits.body_bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn invalid(reason: &'static str) -> WireError {
    WireError::new(ErrorCode::InvalidField)
        .param("body")
        .detail("reason", reason)
}
