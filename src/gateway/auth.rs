//! Who a request speaks for: a bearer token, or the cookie together with an exactly allowed origin.

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use secrecy::{ExposeSecret, SecretString};

use super::http::HttpState;
use super::site::Site;
use crate::identity::{Authenticated, IdentityError};
use crate::protocol::{Coded as _, ErrorCode, WireError};

/// What a request carries to show who it speaks for. Nothing of it has been checked but the origin.
#[derive(Debug)]
pub enum Credentials {
    /// Nothing: a socket may still say `hello`.
    None,
    /// A token in the `Authorization` header. No foreign page can set it, so the origin does not matter.
    Bearer(SecretString),
    /// A token in the session cookie, which the browser sends whatever page asks. The origin is the server's own, or
    /// the verb changes nothing.
    Cookie(SecretString),
}

impl Credentials {
    /// Reads them from a request, the upgrade to a socket included.
    ///
    /// # Errors
    /// `forbidden_origin` when the cookie came with a verb that changes something, or with an upgrade, from a page
    /// that is not the server's own.
    pub fn from_request(request: &HttpRequest, site: &Site) -> Result<Self, WireError> {
        if let Some(token) = bearer(request) {
            return Ok(Self::Bearer(token));
        }
        let Some(token) = site.cookie_token(request) else {
            return Ok(Self::None);
        };
        if is_safe(request)
            || site
                .origins
                .allows(header(request, header::ORIGIN), header(request, header::HOST))
        {
            Ok(Self::Cookie(token))
        } else {
            Err(WireError::new(ErrorCode::ForbiddenOrigin))
        }
    }

    /// The token, from wherever it came.
    #[must_use]
    pub const fn token(&self) -> Option<&SecretString> {
        match self {
            Self::None => None,
            Self::Bearer(token) | Self::Cookie(token) => Some(token),
        }
    }
}

/// Who is signed in.
///
/// # Errors
/// `unauthenticated`, `forbidden_origin`, or why it could not be found out.
pub async fn signed_in(request: &HttpRequest, state: &HttpState) -> Result<Authenticated, WireError> {
    let credentials = Credentials::from_request(request, &state.site)?;
    let token = credentials.token().ok_or(WireError::new(ErrorCode::Unauthenticated))?;
    let found = state.identity.authenticate(token.expose_secret()).await;
    found.map_err(|error| {
        if let IdentityError::Database(fault) = &error {
            tracing::error!(%fault, "a session could not be looked up");
        }
        error.wire()
    })
}

/// A verb that changes nothing. An upgrade is a GET that opens the door to everything.
fn is_safe(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        && !request.headers().contains_key(header::UPGRADE)
}

fn bearer(request: &HttpRequest) -> Option<SecretString> {
    let (scheme, token) = header(request, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}

/// A header that stands there once; two of them are as good as none.
fn header(request: &HttpRequest, name: header::HeaderName) -> Option<&str> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    use super::super::site::tests::site;
    use super::*;

    const OWN: &str = "http://localhost:8080";

    fn read(request: TestRequest) -> Result<Credentials, ErrorCode> {
        Credentials::from_request(&request.to_http_request(), &site(&[])).map_err(|error| error.code)
    }

    fn with_cookie(request: TestRequest) -> TestRequest {
        request.cookie(Cookie::new("quipu", "t"))
    }

    #[test]
    fn a_cookie_changes_things_only_for_the_servers_own_page() {
        let post = || with_cookie(TestRequest::post());
        assert!(matches!(
            read(post().insert_header(("origin", OWN))),
            Ok(Credentials::Cookie(_))
        ));
        for foreign in [
            "https://evil.example",
            "null",
            "http://localhost:8080.evil.example",
            "http://localhost:80800",
        ] {
            let refused = read(post().insert_header(("origin", foreign)));
            assert_eq!(refused.map(drop), Err(ErrorCode::ForbiddenOrigin), "{foreign}");
        }
        assert_eq!(read(post()).map(drop), Err(ErrorCode::ForbiddenOrigin));
        let twice = post().append_header(("origin", OWN)).append_header(("origin", OWN));
        assert_eq!(read(twice).map(drop), Err(ErrorCode::ForbiddenOrigin));
    }

    #[test]
    fn an_upgrade_with_a_cookie_needs_the_origin_too() {
        let upgrade = || with_cookie(TestRequest::get()).insert_header(("upgrade", "websocket"));
        assert_eq!(read(upgrade()).map(drop), Err(ErrorCode::ForbiddenOrigin));
        assert!(read(upgrade().insert_header(("origin", OWN))).is_ok());
        assert!(matches!(
            read(with_cookie(TestRequest::get())),
            Ok(Credentials::Cookie(_))
        ));
    }

    #[test]
    fn a_bearer_token_wins_over_the_cookie_and_needs_no_origin() {
        let both = with_cookie(TestRequest::post()).insert_header(("authorization", "bearer  abc "));
        let Ok(Credentials::Bearer(token)) = read(both) else {
            panic!("a bearer token")
        };
        assert_eq!(token.expose_secret(), "abc");
        let basic = TestRequest::post().insert_header(("authorization", "Basic abc"));
        assert!(matches!(read(basic), Ok(Credentials::None)));
    }

    #[test]
    fn no_token_is_printed() {
        let credentials = read(TestRequest::get().insert_header(("authorization", "Bearer canary"))).unwrap();
        assert!(!format!("{credentials:?}").contains("canary"));
    }
}
