//! The HTTP API, one file a noun; the web client; what operators ask.

mod about;
mod assets;
mod attachments;
mod body;
mod demo;
mod documents;
mod email;
mod headers;
mod health;
mod help;
mod language;
mod login;
mod register;
mod sandbox;
mod sessions;
mod wallet;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::middleware::{Compress, from_fn};
use actix_web::{HttpRequest, HttpResponse, guard, web};

use super::errors::Refusal;
use super::rate_limit::RateLimits;
use super::site::Site;
use crate::chat::attachments::Attachments;
use crate::db::Db;
use crate::identity::{Identity, SignedIn};
use crate::ids::{SessionId, UserId};
use crate::protocol::ErrorCode;
use crate::protocol::http::{LoggedIn, Readiness};
use crate::wallet::{Funds, Records};

/// What the routes work with. One a server, in a [`web::Data`].
pub struct HttpState {
    /// People and sessions.
    pub identity: Identity,
    /// How this server is reached.
    pub site: Site,
    /// The rates of callers who are nobody yet.
    pub rates: RateLimits,
    /// What people attach to messages.
    pub attachments: Attachments,
    /// What people take home of the ledger.
    pub records: Records,
    /// What comes in and goes out; none where there is no wallet.
    pub funds: Option<Funds>,
    /// The database, for `/readyz` alone.
    pub db: Db,
    /// Called after a session was ended, so that its sockets close at once, here and through the bus on
    /// other nodes, which look by themselves every 30 s as well.
    pub on_session_revoked: Arc<dyn Fn(UserId, SessionId) + Send + Sync>,
    /// How the node stands: everything but the database, which the route asks itself.
    pub readiness: Arc<dyn Fn() -> Readiness + Send + Sync>,
    /// Every figure, in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Adds all routes. They take every path that is left, so services with paths of their own come before.
/// A [`web::Data`] of [`HttpState`] must be there.
pub fn configure(config: &mut web::ServiceConfig) {
    let api = web::scope("/api/v1")
        .wrap(from_fn(headers::guard_origin))
        .service(resource("/register").route(web::post().to(register::post)))
        .service(resource("/login").route(web::post().to(login::post)))
        .service(resource("/logout").route(web::post().to(login::logout)))
        .service(resource("/me").route(web::get().to(sessions::me)))
        .service(resource("/sessions").route(web::get().to(sessions::list)))
        .service(resource("/sessions/{id}").route(web::delete().to(sessions::end)))
        .service(resource("/email/verify").route(web::post().to(email::verify)))
        .service(resource("/email/resend").route(web::post().to(email::resend)))
        .service(resource("/attachments").route(web::post().to(attachments::post)))
        .service(
            resource("/attachments/{id}")
                .route(web::get().to(attachments::get))
                .route(web::patch().to(attachments::patch))
                .route(web::delete().to(attachments::delete)),
        )
        .service(resource("/attachments/{id}/upload").route(web::get().to(attachments::upload)))
        .service(resource("/wallet/receipt").route(web::get().to(wallet::receipt)))
        .service(resource("/wallet/statement.csv").route(web::get().to(wallet::statement_csv)))
        .service(resource("/wallet/statement").route(web::get().to(wallet::statement_page)))
        .service(resource("/about").route(web::get().to(about::get)))
        .service(resource("/demo/login").route(web::post().to(demo::post)))
        .default_service(web::to(not_found));
    config.service(
        web::scope("")
            .wrap(from_fn(headers::secure))
            .service(api)
            .service(probe("/healthz").to(health::healthz))
            .service(probe("/readyz").to(health::readyz))
            .service(resource("/metrics").route(web::get().to(health::metrics)))
            .service(probe("/help").to(help::index).wrap(Compress::default()))
            .service(probe("/help/{code}").to(help::page).wrap(Compress::default()))
            .service(probe("/docs").to(documents::page).wrap(Compress::default()))
            .service(
                probe("/docs/asyncapi.json")
                    .to(documents::asyncapi)
                    .wrap(Compress::default()),
            )
            .service(
                probe("/docs/openapi.json")
                    .to(documents::openapi)
                    .wrap(Compress::default()),
            )
            // The pages of a bank, no part of the API.
            .configure(sandbox::configure)
            .service(assets::service()),
    );
}

/// A path. Another verb than its own is as unknown as another path.
fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(not_found))
}

/// A path that machines ask, some of them by `HEAD`.
fn probe(path: &str) -> actix_web::Resource {
    resource(path).guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn not_found() -> Result<HttpResponse, Refusal> {
    Err(Refusal::new(ErrorCode::NotFound))
}

/// Somebody tries to sign in from where this request comes.
fn check_login_rate(request: &HttpRequest, state: &HttpState) -> Result<(), Refusal> {
    Ok(state.rates.login(state.site.client_ip(request))?)
}

/// The answer to everything that signs a person in.
fn welcome(state: &HttpState, signed_in: &SignedIn) -> HttpResponse {
    for session in &signed_in.ended {
        (state.on_session_revoked)(signed_in.user.id, *session);
    }
    let token = signed_in.token.reveal();
    HttpResponse::Ok()
        .cookie(state.site.session_cookie(token.clone()))
        .json(LoggedIn {
            token: &token,
            user: signed_in.user.own_view(),
        })
}
