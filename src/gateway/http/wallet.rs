//! `/api/v1/wallet`: what people take home of the ledger.

use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpRequest, HttpResponse, web};

use super::HttpState;
use crate::gateway::auth::signed_in;
use crate::gateway::errors::Refusal;
use crate::protocol::ReceiptQuery;
use crate::wallet::{TransferId, WalletError};

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

/// It is to be kept, not looked at.
fn as_file(name: String) -> ContentDisposition {
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    }
}
