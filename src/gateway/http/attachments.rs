//! `/api/v1/attachments`: uploads in parts, and what is given to those who may have it.

use std::ops::Range as Span;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, ByteRangeSpec, ContentDisposition, DispositionParam, DispositionType, EntityTag, ExtendedValue, Header as _,
    IfNoneMatch, IfRange, Range,
};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use futures_util::future::join;
use futures_util::stream::{StreamExt as _, poll_fn};
use tokio::sync::mpsc;

use super::HttpState;
use super::body::JsonBody;
use crate::chat::attachments::{Announced, AttachmentError, BlobError, CHUNK_BYTES, Opened, Size, upload_view};
use crate::gateway::auth::signed_in;
use crate::gateway::errors::Refusal;
use crate::gateway::site::BODY_TIMEOUT;
use crate::ids::AttachmentId;
use crate::protocol::{AttachmentQuery, ErrorCode, NewAttachment, UploadBegun, WireError};

/// Pieces of a body that wait to be written.
const PIECES_WAITING: usize = 4;
/// How long a part may take to come; what came until then counts.
const PART_TIMEOUT: Duration = Duration::from_secs(120);
/// Where a part begins.
const UPLOAD_OFFSET: &str = "upload-offset";
/// Nothing that an attachment holds runs, loads or is framed.
const CONTENT_SECURITY: &str = "default-src 'none'; sandbox";
/// Each look asks again whether the person may still have it; what did not change is not sent again.
const CACHE: &str = "private, no-cache";

/// Begins an upload.
pub(super) async fn post(
    request: HttpRequest,
    state: web::Data<HttpState>,
    payload: web::Payload,
) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    state.rates.upload(caller.user.id)?;
    // Read for nobody but who is signed in.
    let JsonBody(new) = JsonBody::<NewAttachment>::from_request(&request, &mut payload.into_inner()).await?;
    let most = state.attachments.max_bytes();
    let announced = Announced::parse(&new.name, new.bytes, new.kind.as_deref(), new.duration_ms, most)?;
    let id = state.attachments.begin(caller.user.id, announced).await?;
    Ok(HttpResponse::Created().json(UploadBegun {
        id,
        offset: 0,
        chunk_bytes: CHUNK_BYTES,
    }))
}

/// Takes a part.
pub(super) async fn patch(
    request: HttpRequest,
    state: web::Data<HttpState>,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    let id = known_id(&id)?;
    let offset = offset(&request)?;
    let (sender, mut receiver) = mpsc::channel(PIECES_WAITING);
    let body = poll_fn(move |context| receiver.poll_recv(context)).boxed();
    let append = state.attachments.append(caller.user.id, id, offset, body);
    let (upload, ()) = join(append, take(payload, sender)).await;
    Ok(HttpResponse::Ok().json(upload_view(&upload?)))
}

/// Carries a body to where it is written, and no faster. One that breaks off or takes too long ends where it is.
async fn take(mut payload: web::Payload, to: mpsc::Sender<Result<Bytes, BlobError>>) {
    let begun = Instant::now();
    let mut came = 0;
    loop {
        let left = PART_TIMEOUT.saturating_sub(begun.elapsed());
        let piece = tokio::time::timeout(left.min(BODY_TIMEOUT), payload.next()).await;
        let Ok(Some(Ok(piece))) = piece else { return };
        came += piece.len() as u64;
        // Nobody listens when the part was refused. What is left of it is read all the same, as long as it is one that
        // was allowed: a client that still writes does not hear the refusal.
        if to.send(Ok(piece)).await.is_err() && came > CHUNK_BYTES {
            return;
        }
    }
}

/// How far an upload is.
pub(super) async fn upload(
    request: HttpRequest,
    state: web::Data<HttpState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    let upload = state.attachments.upload(caller.user.id, known_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(upload_view(&upload)))
}

/// Removes what was not sent.
pub(super) async fn delete(
    request: HttpRequest,
    state: web::Data<HttpState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    state.attachments.remove(caller.user.id, known_id(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives an attachment, or a range of it, to whoever may have it.
pub(super) async fn get(
    request: HttpRequest,
    state: web::Data<HttpState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let caller = signed_in(&request, &state).await?;
    let query = web::Query::<AttachmentQuery>::from_query(request.query_string()).ok();
    let size = query.and_then(|query| Size::parse(query.size.as_deref()));
    let size = size.ok_or_else(|| invalid("size", "it is small, medium or absent"))?;
    let opened = state.attachments.open(caller.user.id, known_id(&id)?, size).await?;
    let tag = EntityTag::new_strong(opened.tag.clone());
    if is_known(&request, &tag) {
        let mut answer = HttpResponse::NotModified();
        answer.insert_header((header::CACHE_CONTROL, CACHE));
        return Ok(answer.insert_header(header::ETag(tag)).finish());
    }
    let bytes = opened.bytes;
    let (mut answer, span) = match asked(&request, &tag, bytes) {
        Asked::Whole => (HttpResponse::Ok(), 0..bytes),
        Asked::Part(span) => {
            let mut answer = HttpResponse::PartialContent();
            let said = format!("bytes {}-{}/{bytes}", span.start, span.end - 1);
            answer.insert_header((header::CONTENT_RANGE, said));
            (answer, span)
        }
        Asked::Beyond => {
            let mut answer = HttpResponse::RangeNotSatisfiable();
            answer.insert_header((header::CONTENT_RANGE, format!("bytes */{bytes}")));
            return Ok(answer.finish());
        }
    };
    let length = span.end - span.start;
    let pieces = state.attachments.read(&opened, span).await?;
    say(&mut answer, &opened, tag);
    Ok(answer.body(SizedStream::new(length, pieces)))
}

/// What is said of an attachment beside its bytes: above all that nobody is to guess what it is.
fn say(answer: &mut HttpResponseBuilder, opened: &Opened, tag: EntityTag) {
    let disposition = if opened.is_inline {
        DispositionType::Inline
    } else {
        DispositionType::Attachment
    };
    let name = ExtendedValue {
        charset: header::Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: opened.name.as_str().as_bytes().to_vec(),
    };
    answer
        .content_type(opened.media_type.as_str())
        .insert_header(header::ETag(tag))
        .insert_header((header::CACHE_CONTROL, CACHE))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY))
        .insert_header((header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .insert_header(ContentDisposition {
            disposition,
            parameters: vec![DispositionParam::FilenameExt(name)],
        });
}

/// What cannot be an id is no attachment, like any other that is not there.
fn known_id(text: &str) -> Result<AttachmentId, AttachmentError> {
    text.parse().map_err(|_| AttachmentError::NotFound)
}

fn offset(request: &HttpRequest) -> Result<u64, WireError> {
    let mut values = request.headers().get_all(UPLOAD_OFFSET);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(invalid("Upload-Offset", "the header stands there once"));
    };
    let text = value.to_str().unwrap_or_default();
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| invalid("Upload-Offset", "it is a number of bytes"))
}

fn invalid(param: &'static str, reason: &'static str) -> WireError {
    WireError::new(ErrorCode::InvalidField)
        .param(param)
        .detail("reason", reason)
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// How much is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Span<u64>),
    Beyond,
}

/// One range is given; several, or what cannot be read, is as if none was asked for.
fn asked(request: &HttpRequest, tag: &EntityTag, bytes: u64) -> Asked {
    if !request.headers().contains_key(header::RANGE) {
        return Asked::Whole;
    }
    // Half of what it was is of no use beside half of what it is.
    if request.headers().contains_key(header::IF_RANGE) {
        match IfRange::parse(request) {
            Ok(IfRange::EntityTag(known)) if known.strong_eq(tag) => {}
            _ => return Asked::Whole,
        }
    }
    let Ok(Range::Bytes(ranges)) = Range::parse(request) else {
        return Asked::Whole;
    };
    let [range] = ranges.as_slice() else {
        return Asked::Whole;
    };
    if let ByteRangeSpec::FromTo(from, to) = range
        && from > to
    {
        return Asked::Whole;
    }
    match range.to_satisfiable_range(bytes) {
        Some((from, to)) => Asked::Part(from..to + 1),
        None => Asked::Beyond,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked_with(headers: &[(&str, &str)]) -> Asked {
        let tag = EntityTag::new_strong("t".into());
        let request = headers
            .iter()
            .fold(TestRequest::get(), |request, header| request.append_header(*header));
        asked(&request.to_http_request(), &tag, 100)
    }

    #[test]
    fn one_range_is_given_and_anything_else_is_the_whole() {
        for (range, wanted) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=90-1000", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=x", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            assert_eq!(asked_with(&[("range", range)]), wanted, "{range}");
        }
        assert_eq!(asked_with(&[]), Asked::Whole);
        let range = ("range", "bytes=0-9");
        assert_eq!(asked_with(&[range, ("if-range", "\"t\"")]), Asked::Part(0..10));
        assert_eq!(asked_with(&[range, ("if-range", "\"other\"")]), Asked::Whole);
        assert_eq!(asked_with(&[range, ("if-range", "W/\"t\"")]), Asked::Whole);
    }

    #[test]
    fn an_offset_is_a_plain_number() {
        let with = |value: &str| {
            offset(
                &TestRequest::patch()
                    .insert_header((UPLOAD_OFFSET, value))
                    .to_http_request(),
            )
        };
        assert_eq!(with("0"), Ok(0));
        assert_eq!(with("1048576"), Ok(1_048_576));
        for bad in ["", "-1", "+1", "1.0", "0x10", "99999999999999999999"] {
            assert_eq!(
                with(bad).map_err(|error| error.code),
                Err(ErrorCode::InvalidField),
                "{bad}"
            );
        }
        assert!(offset(&TestRequest::patch().to_http_request()).is_err());
    }
}
