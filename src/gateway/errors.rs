//! Refusals over HTTP: `application/problem+json`, each with a reference under which the log has the cause.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use uuid::Uuid;

use crate::metric;
use crate::protocol::http::Problem;
use crate::protocol::{Coded, ErrorCode, WireError};

/// Milliseconds in the unit of `Retry-After`.
const MS_PER_SECOND: u64 = 1_000;

/// A refusal, ready to be answered.
#[derive(Debug)]
pub struct Refusal {
    error: WireError,
    reference: Uuid,
}

impl Refusal {
    /// The refusal with this code and nothing more.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        WireError::new(code).into()
    }

    /// What the refusal is on the wire.
    #[must_use]
    pub const fn error(&self) -> &WireError {
        &self.error
    }
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        metric::refused(error.code.as_str());
        Self {
            error,
            reference: Uuid::now_v7(),
        }
    }
}

impl<E: Coded + fmt::Display> From<E> for Refusal {
    fn from(cause: E) -> Self {
        let refusal = Self::from(cause.wire());
        let reference = refusal.reference;
        match refusal.error.code {
            // The cause stays here: it may tell of tables and files.
            ErrorCode::Internal | ErrorCode::StorageUnavailable => {
                tracing::error!(%reference, %cause, "a request failed");
            }
            code => tracing::debug!(%reference, code = code.as_str(), "a request was refused"),
        }
        refusal
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error.code.as_str())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if let Some(ms) = self.error.retry_after_ms {
            answer.insert_header((header::RETRY_AFTER, ms.div_ceil(MS_PER_SECOND).to_string()));
        }
        if self.status_code() == StatusCode::UNAUTHORIZED {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        answer
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .json(Problem::new(&self.error, self.reference.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_when_to_come_back_and_what_it_is() {
        let refusal = Refusal::from(WireError::rate_limited("limits.x", 1_001));
        let answer = refusal.error_response();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers().get(header::RETRY_AFTER).unwrap(), "2");
        assert_eq!(
            answer.headers().get(header::CONTENT_TYPE).unwrap(),
            "application/problem+json"
        );
    }
}
