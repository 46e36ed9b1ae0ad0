//! What every answer carries, and what every request that changes something must.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _, web};

use super::HttpState;
use crate::gateway::auth::Credentials;
use crate::gateway::errors::Refusal;

/// The page runs its own scripts and nothing else; text never becomes a script.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:;     connect-src 'self' ws: wss:; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
/// A year of https alone, for browsers that have seen it once.
const TRANSPORT_SECURITY: &str = "max-age=31536000";

/// Headers that say the same on every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

/// Adds the headers. What a route said of caching stays; else nothing is kept.
pub(super) async fn secure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_https = request
        .app_data::<web::Data<HttpState>>()
        .is_some_and(|state| state.site.is_https);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        // A route that serves what people brought allows less than the page.
        if name == header::CONTENT_SECURITY_POLICY && headers.contains_key(&name) {
            continue;
        }
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TRANSPORT_SECURITY),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Refuses what came with the cookie from a foreign page, before any route sees it, the sign-in included: nobody is
/// signed in as somebody else behind their back.
pub(super) async fn guard_origin<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let state = request.app_data::<web::Data<HttpState>>().cloned();
    let checked = state.map(|state| Credentials::from_request(request.request(), &state.site));
    match checked {
        Some(Err(refused)) => {
            let answer = Refusal::from(refused).error_response();
            Ok(request.into_response(answer).map_into_right_body())
        }
        _ => Ok(next.call(request).await?.map_into_left_body()),
    }
}
