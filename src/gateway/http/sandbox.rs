//! `/sandbox/{id}`: the page of the sandbox's bank on which somebody confirms a payment from their card, or does not. It has
//! no script; the id of the order, which its owner alone was told, opens it, as the link of a bank does.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};

use super::language::{Language, escaped};
use super::{HttpState, headers, resource};
use crate::gateway::errors::Refusal;
use crate::ids::FlowId;
use crate::protocol::ErrorCode;
use crate::wallet::{Funds, SaidToSandbox};

/// A page of words and two buttons.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Adds the pages.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(resource("/sandbox/{id}").route(web::get().to(page)))
        .service(
            resource("/sandbox/{id}/{answer}")
                .wrap(from_fn(headers::guard_origin))
                .route(web::post().to(answer)),
        );
}

/// What the page says, in one language.
struct Words {
    title: &'static str,
    lead: &'static str,
    play: &'static str,
    confirm: &'static str,
    refuse: &'static str,
    confirmed: &'static str,
    refused: &'static str,
    over: &'static str,
    back: &'static str,
}

const ENGLISH: Words = Words {
    title: "The sandbox's bank",
    lead: "Do you want to pay this amount into your Quipu wallet?",
    play: "This is play money: no bank is asked.",
    confirm: "Confirm",
    refuse: "Refuse",
    confirmed: "You confirmed this payment.",
    refused: "You refused this payment. No money was moved.",
    over: "It is too late for this payment. No money was moved.",
    back: "Back to Quipu",
};

const CHINESE: Words = Words {
    title: "沙盒银行",
    lead: "你要把这笔钱充入你的 Quipu 钱包吗？",
    play: "这是模拟资金，不会联系任何银行。",
    confirm: "确认",
    refuse: "拒绝",
    confirmed: "你已确认这笔付款。",
    refused: "你已拒绝这笔付款，资金没有变动。",
    over: "这笔付款已超时，资金没有变动。",
    back: "返回 Quipu",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

fn order_of(request: &HttpRequest) -> Result<FlowId, Refusal> {
    let id = request.match_info().get("id").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Refusal::new(ErrorCode::NotFound))
}

/// What the pages are about. With a provider of real money there are none.
fn funds(state: &HttpState) -> Result<&Funds, Refusal> {
    let funds = state.funds.as_ref().filter(|funds| funds.is_sandbox());
    funds.ok_or_else(|| Refusal::new(ErrorCode::NotFound))
}

async fn page(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let id = order_of(&request)?;
    let asked = funds(&state)?.asked_by_sandbox(id).await?;
    let asked = asked.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let language = Language::of(&request, None);
    let words = words(language);
    let (currency, amount) = (asked.money.currency(), asked.money.to_string());
    let mut body = format!(
        "<h1>{}</h1><p class=\"lead\">{}</p>",
        escaped(words.title),
        escaped(words.play)
    );
    let says = match (asked.said, asked.over) {
        (SaidToSandbox::Yes, _) => words.confirmed,
        (SaidToSandbox::No, _) => words.refused,
        (SaidToSandbox::Nothing, true) => words.over,
        (SaidToSandbox::Nothing, false) => words.lead,
    };
    // Writing into a string cannot fail.
    let _ = write!(
        body,
        "<p>{}</p><p><strong>{} {}</strong></p>",
        escaped(says),
        escaped(&amount),
        escaped(currency.code())
    );
    if asked.said == SaidToSandbox::Nothing && !asked.over {
        for (answer, word) in [("confirm", words.confirm), ("refuse", words.refuse)] {
            let _ = write!(
                body,
                "<form method=\"post\" action=\"/sandbox/{id}/{answer}\"><button>{}</button></form>",
                escaped(word)
            );
        }
    }
    Ok(document(language, words, &body))
}

/// The bank hears its holder, tells the server, and shows what was said.
async fn answer(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let id = order_of(&request)?;
    let yes = match request.match_info().get("answer") {
        Some("confirm") => true,
        Some("refuse") => false,
        _ => return Err(Refusal::new(ErrorCode::NotFound)),
    };
    let funds = funds(&state)?;
    let asked = funds.asked_by_sandbox(id).await?;
    let asked = asked.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    // Whoever has the link asks as often as they like; only the first answer writes.
    if asked.said == SaidToSandbox::Nothing && !asked.over {
        funds.say_to_sandbox(id, yes).await?;
    }
    Ok(HttpResponse::build(StatusCode::SEE_OTHER)
        .insert_header((header::LOCATION, format!("/sandbox/{id}")))
        .finish())
}

fn document(language: Language, words: &Words, body: &str) -> HttpResponse {
    // The answer is a form, whose origin a browser tells to this server alone.
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
        <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"same-origin\">\
        <title>{title} · Quipu</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"/static/icon.svg\">\
        <link rel=\"stylesheet\" href=\"/static/styles/tokens.css\">\
        <link rel=\"stylesheet\" href=\"/static/styles/base.css\">\
        <link rel=\"stylesheet\" href=\"/static/styles/help.css\"></head>\
        <body><main>{body}</main><footer><a href=\"/\">{back}</a></footer></body></html>",
        lang = language.tag(),
        title = escaped(words.title),
        back = escaped(words.back),
    );
    let mut answer = HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html);
    let fields = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (header::CONTENT_LANGUAGE, language.tag()),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    fields.append(header::VARY, HeaderValue::from_static("accept-language"));
    answer
}
