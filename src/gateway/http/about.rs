//! `GET /api/v1/about`: what a client needs to know before anybody signs in.

use actix_web::{HttpResponse, web};

use super::HttpState;
use crate::identity::verification_word;
use crate::protocol::http::{About, ServerView};

/// What this server is.
pub(super) async fn get(state: web::Data<HttpState>) -> HttpResponse {
    HttpResponse::Ok().json(About {
        server: ServerView::THIS,
        min_web_version: state.site.min_web_version.clone(),
        demo: state.site.demo.clone(),
        verify_email: verification_word(state.identity.email_verification()),
    })
}
