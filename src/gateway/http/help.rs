//! `/help`: what each refusal means, in English and Chinese, made from the catalogue of refusals, so that none is missing.
//!
//! The pages are written here and need no script: they are read when something does not work.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest as _, Sha256};

use super::assets;
use super::language::{Language, escaped};
use crate::protocol::ErrorCode;

/// A page of words: its own style sheets and the mark, no script at all.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";
/// Characters of a reference that is shown.
const MAX_REFERENCE: usize = 64;

static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::read(Language::English));
static CHINESE: LazyLock<Words> = LazyLock::new(|| Words::read(Language::Chinese));

/// All refusals, each with the way to its page.
pub(super) async fn index(request: HttpRequest) -> HttpResponse {
    let asked = Asked::of(&request);
    let mut list = String::new();
    for code in ErrorCode::ALL {
        // Writing into a string cannot fail.
        let _ = write!(
            list,
            "<li><a href=\"{}\">{}</a> <code>{}</code></li>",
            asked.link(Some(*code), asked.language),
            asked.what(*code),
            code.as_str(),
        );
    }
    let title = asked.text("help.title");
    let body = format!(
        "<h1>{title}</h1><p class=\"lead\">{}</p><ul class=\"codes\">{list}</ul>",
        asked.text("help.lead")
    );
    asked.answer(&request, StatusCode::OK, asked.document(&title, &body, None))
}

/// What one refusal means, or that there is no such code.
pub(super) async fn page(request: HttpRequest) -> HttpResponse {
    let asked = Asked::of(&request);
    let name = request.match_info().get("code").unwrap_or_default();
    let Some(code) = ErrorCode::ALL.iter().copied().find(|code| code.as_str() == name) else {
        let title = asked.text("help.unknown");
        let body = format!(
            "<h1>{title}</h1><p class=\"lead\">{}</p>",
            asked.text("help.unknown_text")
        );
        return asked.answer(&request, StatusCode::NOT_FOUND, asked.document(&title, &body, None));
    };
    let title = asked.what(code);
    let body = asked.explanation(code, &title);
    asked.answer(&request, StatusCode::OK, asked.document(&title, &body, Some(code)))
}

/// The words of a language by their keys: those of the client, and those of these pages.
struct Words(HashMap<String, String>);

impl Words {
    fn read(language: Language) -> Self {
        let mut words = HashMap::new();
        for file in ["", "help."] {
            let name = format!("i18n/{file}{}.json", language.tag());
            let bytes = assets::bytes(&name).unwrap_or_default();
            match serde_json::from_slice::<HashMap<String, serde_json::Value>>(&bytes) {
                // Words that differ by count are of no use here.
                Ok(read) => words.extend(
                    read.into_iter()
                        .filter_map(|(key, word)| Some((key, word.as_str()?.to_owned()))),
                ),
                Err(error) => tracing::error!(%error, name, "words cannot be read"),
            }
        }
        Self(words)
    }
}

/// Who asks, as far as the pages care.
struct Asked {
    language: Language,
    words: &'static Words,
    reference: Option<String>,
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        let query = web::Query::<HashMap<String, String>>::from_query(request.query_string());
        let query = query.map(web::Query::into_inner).unwrap_or_default();
        let language = Language::of(request, query.get("lang").map(String::as_str));
        let is_reference = |text: &&String| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=MAX_REFERENCE).contains(&text.len()) && text.bytes().all(is_letter)
        };
        Self {
            language,
            words: match language {
                Language::English => &ENGLISH,
                Language::Chinese => &CHINESE,
            },
            reference: query.get("ref").filter(is_reference).cloned(),
        }
    }

    /// A word as markup. One that is missing shows its key, and a test keeps that from happening.
    fn text(&self, key: &str) -> String {
        escaped(self.words.0.get(key).map_or(key, String::as_str))
    }

    /// What happened: the client's own sentence, or another where that one has something to be filled in.
    fn what(&self, code: ErrorCode) -> String {
        let own = format!("help.{}.what", code.as_str());
        if self.words.0.contains_key(&own) {
            return self.text(&own);
        }
        self.text(&format!("error.{}", code.as_str()))
    }

    fn explanation(&self, code: ErrorCode, title: &str) -> String {
        let (money, again) = match (code.leaves_money_open(), code.retryable()) {
            (true, _) => ("help.money.open", "help.again.open"),
            (false, true) => ("help.money.none", "help.again.yes"),
            (false, false) => ("help.money.none", "help.again.no"),
        };
        let next = format!("help.{}.next", code.as_str());
        let mut facts = String::new();
        for (question, answer) in [
            ("help.next", next.as_str()),
            ("help.money", money),
            ("help.again", again),
        ] {
            // Writing into a string cannot fail.
            let _ = write!(facts, "<dt>{}</dt><dd>{}</dd>", self.text(question), self.text(answer));
        }
        let reference = self.reference.as_ref().map_or_else(String::new, |reference| {
            let (term, text) = (self.text("help.reference"), self.text("help.reference_text"));
            format!(
                "<dt>{term}</dt><dd><code>{}</code><p class=\"small\">{text}</p></dd>",
                escaped(reference)
            )
        });
        let code = code.as_str();
        format!("<h1>{title}</h1><p class=\"lead\"><code>{code}</code></p><dl>{facts}{reference}</dl>")
    }

    /// The address of a page in a language. Only words of the catalogue and what was checked stand in it.
    fn link(&self, code: Option<ErrorCode>, language: Language) -> String {
        let path = code.map_or_else(String::new, |code| format!("/{}", code.as_str()));
        let reference = self.reference.as_ref().filter(|_| code.is_some());
        let reference = reference.map_or_else(String::new, |text| format!("&amp;ref={}", escaped(text)));
        format!("/help{path}?lang={}{reference}", language.tag())
    }

    fn document(&self, title: &str, body: &str, code: Option<ErrorCode>) -> String {
        let mut languages = String::new();
        for (language, name) in Language::ALL {
            let current = if language == self.language {
                " aria-current=\"true\""
            } else {
                ""
            };
            // Writing into a string cannot fail.
            let _ = write!(
                languages,
                "<a href=\"{}\" lang=\"{tag}\" hreflang=\"{tag}\"{current}>{name}</a>",
                self.link(code, language),
                tag = language.tag(),
            );
        }
        format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
            <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
            <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">\
            <title>{title} · Quipu</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"/static/icon.svg\">\
            <link rel=\"stylesheet\" href=\"/static/styles/tokens.css\">\
            <link rel=\"stylesheet\" href=\"/static/styles/base.css\">\
            <link rel=\"stylesheet\" href=\"/static/styles/help.css\"></head>\
            <body><header><a class=\"mark\" href=\"/\"><img src=\"/static/icon.svg\" alt=\"\" width=\"32\" height=\"32\">\
            Quipu</a><nav aria-label=\"{language}\">{languages}</nav></header><main>{body}</main>\
            <footer><a href=\"{index}\">{all}</a> <a href=\"/\">{open}</a></footer></body></html>",
            lang = self.language.tag(),
            language = self.text("help.language"),
            index = self.link(None, self.language),
            all = self.text("help.all"),
            open = self.text("help.open"),
        )
    }

    fn answer(&self, request: &HttpRequest, status: StatusCode, html: String) -> HttpResponse {
        let content_type = "text/html; charset=utf-8".to_owned();
        let mut answer = if status == StatusCode::OK {
            let hash = Sha256::digest(&html);
            assets::answer(request, content_type, &hash, html.into())
        } else {
            HttpResponse::build(status).content_type(content_type).body(html)
        };
        let headers = answer.headers_mut();
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
            (header::CONTENT_LANGUAGE, self.language.tag()),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.append(header::VARY, HeaderValue::from_static("accept-language"));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = include_str!("../../../static/sdk/payments.js");

    #[test]
    fn every_refusal_has_its_words_in_both_languages_and_nothing_left_to_fill_in() {
        for words in [&*ENGLISH, &*CHINESE] {
            for code in ErrorCode::ALL {
                let code = code.as_str();
                let own = words.0.get(&format!("help.{code}.what"));
                let what = own.or_else(|| words.0.get(&format!("error.{code}")));
                let next = words.0.get(&format!("help.{code}.next"));
                for text in [what, next] {
                    let text = text.unwrap_or_else(|| panic!("no words for {code}"));
                    assert!(!text.trim().is_empty() && !text.contains('{'), "{code}: {text}");
                }
            }
        }
    }

    #[test]
    fn the_client_and_the_pages_say_the_same_of_the_money() {
        let line = CLIENT.lines().find(|line| line.starts_with("const UNCLEAR")).unwrap();
        for code in ErrorCode::ALL {
            let is_unclear = line.contains(&format!("'{}'", code.as_str()));
            assert_eq!(is_unclear, code.leaves_money_open(), "{}", code.as_str());
        }
    }
}
