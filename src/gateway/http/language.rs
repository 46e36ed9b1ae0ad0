//! In which language pages are written that the server makes itself, and how text stands in them.

use actix_web::HttpRequest;
use actix_web::http::header;

/// Languages that one `Accept-Language` may name.
const MAX_LANGUAGES: usize = 32;
/// The highest weight of a language, in thousandths.
const FULL_WEIGHT: u32 = 1_000;

/// The languages that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Chinese,
}

impl Language {
    pub(super) const ALL: [(Self, &'static str); 2] = [(Self::English, "English"), (Self::Chinese, "简体中文")];

    /// Its tag, as the web writes it.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The language of a tag; every Chinese is answered in the one there is.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        let is = |wanted: &str| primary.eq_ignore_ascii_case(wanted);
        if is("zh") {
            Some(Self::Chinese)
        } else if is("en") {
            Some(Self::English)
        } else {
            None
        }
    }

    /// What the address says, else what the browser asks for.
    pub(super) fn of(request: &HttpRequest, query: Option<&str>) -> Self {
        let accept = request.headers().get(header::ACCEPT_LANGUAGE);
        Self::chosen(query, accept.and_then(|value| value.to_str().ok()))
    }

    /// What the address says, else the first of the heaviest that the browser asks for.
    fn chosen(query: Option<&str>, accept: Option<&str>) -> Self {
        if let Some(language) = query.and_then(Self::of_tag) {
            return language;
        }
        let mut best = (Self::English, 0);
        for part in accept.unwrap_or_default().split(',').take(MAX_LANGUAGES) {
            let mut pieces = part.split(';').map(str::trim);
            let language = pieces.next().and_then(Self::of_tag);
            let weight = pieces
                .find_map(|piece| piece.strip_prefix("q="))
                .map_or(FULL_WEIGHT, weight);
            if let Some(language) = language.filter(|_| weight > best.1) {
                best = (language, weight);
            }
        }
        best.0
    }
}

/// A weight as the header writes it, `0` to `1` with at most three decimals, in thousandths. What is none weighs nothing.
fn weight(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |digits: &str| digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) {
        return 0;
    }
    let thousandths = format!("{part:0<3}").parse().unwrap_or(0);
    let whole: u32 = whole.parse().unwrap_or(0);
    (whole * FULL_WEIGHT + thousandths).min(FULL_WEIGHT)
}

/// Text as it stands in markup and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_chooses_the_language_else_the_browser() {
        let chosen = |query, accept| Language::chosen(query, accept).tag();
        assert_eq!(chosen(None, None), "en");
        assert_eq!(chosen(Some("zh-CN"), Some("en")), "zh-CN");
        assert_eq!(chosen(Some("en"), Some("zh")), "en");
        assert_eq!(chosen(Some("fr"), Some("zh-TW, en;q=0.9")), "zh-CN");
        assert_eq!(chosen(None, Some("fr, en;q=0.5, ZH-hans;q=0.8")), "zh-CN");
        assert_eq!(chosen(None, Some("zh;q=0.2, en;q=0.25")), "en");
        assert_eq!(chosen(None, Some("zh;q=0, *;q=0.5")), "en");
        for junk in ["zh;q=x", "zh;q=-1", "zh;q=99999999999", ";;;,,,", "q=1"] {
            assert_eq!(chosen(None, Some(junk)), "en", "{junk}");
        }
    }

    #[test]
    fn what_is_markup_becomes_text() {
        assert_eq!(
            escaped("<a b=\"c\" d='e'>&"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;"
        );
    }
}
