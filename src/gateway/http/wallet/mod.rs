//! `/api/v1/wallet`: what people take home of the ledger.

mod page;
mod words;

use std::collections::HashMap;

use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpRequest, HttpResponse, web};

use super::HttpState;
use crate::clock::Micros;
use crate::gateway::auth::signed_in;
use crate::gateway::errors::Refusal;
use crate::ids::{AccountId, UserId};
use crate::protocol::{ErrorCode, ReceiptQuery, StatementQuery, UserView, WireError};
use crate::wallet::statement::{self, Sheet};
use crate::wallet::{Period, TransferId, WalletError};
use words::Words;

/// Characters of a transfer's id in the name of its file.
const NAME_CHARS: usize = 16;

/// The receipt of a transfer. What cannot be an id is no transfer, like any other that is not there.
pub(super) async fn receipt(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    state.rates.record(caller.user.id)?;
    let query = web::Query::<ReceiptQuery>::from_query(request.query_string());
    let id = query.ok().and_then(|query| query.transfer.parse::<TransferId>().ok());
    let id = id.ok_or(WalletError::TransferNotFound)?;
    let receipt = state.records.receipt(id, caller.user.id).await?;
    let name: String = receipt.transfer.chars().take(NAME_CHARS).collect();
    Ok(HttpResponse::Ok()
        .content_type(header::ContentType::json())
        .insert_header(as_file(format!("quipu-receipt-{name}.json")))
        .body(receipt.text()))
}

/// The statement of an own account as comma-separated values.
pub(super) async fn statement_csv(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let (sheet, names, _) = statement_of(&request, &state).await?;
    let part = |moment: Option<Micros>, otherwise: &str| moment.map_or_else(|| otherwise.to_owned(), Micros::date);
    let name = format!(
        "quipu-statement-{}-{}-{}.csv",
        sheet.account.key.currency.code(),
        part(sheet.period.from, "begin"),
        part(page::last_day(&sheet), "now"),
    );
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(as_file(name))
        .body(statement::csv(&sheet, &names)))
}

/// The same as a page to be printed.
pub(super) async fn statement_page(request: HttpRequest, state: web::Data<HttpState>) -> Result<HttpResponse, Refusal> {
    let (sheet, names, lang) = statement_of(&request, &state).await?;
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let words = Words::of(lang.as_deref(), accepted);
    Ok(HttpResponse::Ok()
        .content_type(header::ContentType::html())
        .insert_header((header::CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY))
        .insert_header((header::CONTENT_LANGUAGE, words.code))
        .insert_header((header::VARY, "accept-language"))
        .body(page::html(&sheet, &names, words)))
}

/// A statement, the names in it, and the language that was asked for.
type Asked = (Sheet, HashMap<UserId, UserView>, Option<String>);

async fn statement_of(request: &HttpRequest, state: &HttpState) -> Result<Asked, Refusal> {
    let caller = signed_in(request, state).await?;
    state.rates.record(caller.user.id)?;
    let query = web::Query::<StatementQuery>::from_query(request.query_string());
    let query = query.map_err(|_| invalid("account", "it is missing"))?.into_inner();
    let account: Result<AccountId, _> = query.account.parse();
    // What cannot be an id is no account, like any other that is not there.
    let account = account.map_err(|_| WalletError::AccountNotFound)?;
    let period = Period {
        from: day(query.from.as_deref(), "from")?,
        until: day(query.to.as_deref(), "to")?.map(Micros::next_day),
    };
    if period.from.zip(period.until).is_some_and(|(from, until)| until <= from) {
        return Err(invalid("to", "it lies before from").into());
    }
    let (sheet, names) = state.records.statement(account, caller.user.id, period).await?;
    Ok((sheet, names, query.lang))
}

/// A day; an empty one is as good as none.
fn day(text: Option<&str>, param: &'static str) -> Result<Option<Micros>, WireError> {
    let text = text.filter(|text| !text.is_empty());
    let day = text.map(|text| Micros::of_date(text).ok_or_else(|| invalid(param, "it is a date such as 2026-01-31")));
    day.transpose()
}

fn invalid(param: &'static str, reason: &'static str) -> WireError {
    WireError::new(ErrorCode::InvalidField)
        .param(param)
        .detail("reason", reason)
}

/// It is to be kept, not looked at.
fn as_file(name: String) -> ContentDisposition {
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    }
}
