//! The web client, out of the program itself; from the folder in a debug build, so that an edit shows at a reload.
//!
//! Files have no hash in their names, so a browser asks each time and is mostly told that nothing has changed.

use actix_web::http::Method;
use actix_web::http::header::{self, EntityTag, Header as _, IfNoneMatch};
use actix_web::middleware::Compress;
use actix_web::{HttpRequest, HttpResponse, Scope, web};
use bytes::Bytes;
use rust_embed::RustEmbed;

use super::not_found;
use crate::gateway::errors::Refusal;
use crate::protocol::ErrorCode;

/// Where the files stand.
const FOLDER: &str = "/static/";
/// The page that every screen begins with.
const PAGE: &str = "index.html";

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The files under `/static/`, and the page for every other path that a screen may have.
pub(super) fn service() -> Scope<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    web::scope("").wrap(Compress::default()).default_service(web::to(get))
}

/// A file, or the page.
async fn get(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_found().await;
    }
    let path = request.path();
    let name = match path.strip_prefix(FOLDER) {
        Some(name) => name,
        None if path == "/" || (is_screen(path) && wants_page(&request)) => PAGE,
        None => return not_found().await,
    };
    file(&request, name)
}

/// A file under its name.
pub(super) fn file(request: &HttpRequest, name: &str) -> Result<HttpResponse, Refusal> {
    let file = Files::get(name).ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let bytes = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Ok(answer(request, content_type(name), &file.metadata.sha256_hash(), bytes))
}

/// The bytes of a file, for what is made of it here.
pub(super) fn bytes(name: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Files::get(name).map(|file| file.data)
}

/// The client has its screens' paths to itself, but for those of the server. A dot belongs to a file that is not there,
/// unless it may be one of a handle.
fn is_screen(path: &str) -> bool {
    let named = ["/u/", "/pay/"].iter().find_map(|root| path.strip_prefix(root));
    if let Some(handle) = named {
        return !handle.is_empty() && !handle.contains('/');
    }
    let reserved = ["/api", "/ws"];
    let is_reserved = reserved.iter().any(|root| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    !is_reserved && !path.contains('.')
}

/// A browser that opens a screen says that it wants a page. A program that mistook a path is told so.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Bytes of this hash, or that they are what the caller has already.
pub(super) fn answer(request: &HttpRequest, content_type: String, hash: &[u8], bytes: Bytes) -> HttpResponse {
    // Weak, since the same file travels under it packed and unpacked.
    let tag = EntityTag::new_weak(hex::encode(hash));
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut answer = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header(header::ETag(tag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .append_header((header::VARY, "accept"));
    if known {
        return answer.finish();
    }
    answer.content_type(content_type).body(bytes)
}

fn content_type(name: &str) -> String {
    if name.ends_with(".ts") {
        // Declarations for scripts; by the ending alone it would be a film.
        return "text/plain; charset=utf-8".to_owned();
    }
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = mime.type_() == mime_guess::mime::TEXT
        || matches!(
            mime.essence_str(),
            "application/javascript" | "application/json" | "image/svg+xml"
        );
    if is_text {
        format!("{}; charset=utf-8", mime.essence_str())
    } else {
        mime.essence_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_a_path_of_no_one_else() {
        for path in [
            "/",
            "/signin",
            "/c/0197",
            "/demo/ada",
            "/apiary",
            "/wsx",
            "/verify/abc_-",
            "/u/ana",
            "/u/ana.b",
            "/pay/ana.b",
        ] {
            assert!(is_screen(path), "{path}");
        }
        for path in [
            "/api",
            "/api/v1/nothing",
            "/ws/v1",
            "/ws",
            "/favicon.ico",
            "/.env",
            "/a/b.php",
            "/u/",
            "/u/a/b.php",
            "/pay/a/b",
            "/../x",
        ] {
            assert!(!is_screen(path), "{path}");
        }
    }

    #[test]
    fn scripts_and_pages_say_what_they_are() {
        assert_eq!(content_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(content_type("a/b.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("icon.svg"), "image/svg+xml; charset=utf-8");
        assert!(content_type("main.js").contains("javascript; charset=utf-8"));
        assert_eq!(content_type("sdk/protocol.d.ts"), "text/plain; charset=utf-8");
        assert_eq!(content_type("x"), "application/octet-stream");
        assert_eq!(content_type("font.woff2"), "font/woff2");
        assert!(content_type("manifest.webmanifest").starts_with("application/manifest+json"));
    }
}
