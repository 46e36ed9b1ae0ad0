//! A statement as a page: no script, no style of its own, every text escaped.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::words::Words;
use crate::clock::Micros;
use crate::ids::UserId;
use crate::protocol::UserView;
use crate::wallet::statement::{Line, Sheet};

/// Nothing runs on the page, and it loads its style alone.
pub(super) const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The last day of a statement, if it has one.
pub(super) fn last_day(sheet: &Sheet) -> Option<Micros> {
    sheet.period.until.map(|until| Micros(until.0.saturating_sub(1)))
}

/// The page.
pub(super) fn html(sheet: &Sheet, names: &HashMap<UserId, UserView>, words: &Words) -> String {
    let mut page = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light\">\n\
         <title>{title}</title>\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"/static/icon.svg\">\n\
         <link rel=\"stylesheet\" href=\"/static/styles/statement.css\">\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        code = words.code,
        title = words.title,
    );
    facts(&mut page, sheet, names, words);
    movements(&mut page, sheet, names, words);
    let head = &sheet.head;
    let _ = write!(
        page,
        "<footer>\n<h2>{}</h2>\n<dl>\n<dt>{}</dt><dd>{}</dd>\n<dt>{}</dt><dd class=\"hash\">{}</dd>\n\
         <dt>{}</dt><dd>{}</dd>\n</dl>\n<p>{}</p>\n</footer>\n</main>\n</body>\n</html>\n",
        words.sealed, words.block, head.block, words.hash, head.hash, words.at, head.at, words.times
    );
    page
}

/// Whose account it is, for which time, and the four sums.
fn facts(page: &mut String, sheet: &Sheet, names: &HashMap<UserId, UserView>, words: &Words) {
    let (account, currency) = (&sheet.account, sheet.account.key.currency);
    let owner = names.get(&account.key.owner);
    let owner = owner.map_or_else(|| account.key.owner.to_string(), person);
    let from = sheet.period.from;
    let from = from.map_or_else(|| words.since_opening.to_owned(), Micros::date);
    let to = last_day(sheet).map_or_else(|| words.until_now.to_owned(), Micros::date);
    let code = currency.code();
    let _ = write!(
        page,
        "<dl>\n<dt>{}</dt><dd>{owner}</dd>\n<dt>{}</dt><dd>{} ({code})</dd>\n<dt>{}</dt><dd>{from} – {to}</dd>\n</dl>\n\
         <dl class=\"sums\">\n",
        words.owner, words.account, account.id, words.period
    );
    for (name, minor) in [
        (words.opening, sheet.opening),
        (words.came_in, sheet.came_in),
        (words.went_out, -sheet.went_out),
        (words.closing, sheet.closing),
    ] {
        let amount = currency.format(minor);
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{amount} {code}</dd></div>");
    }
    page.push_str("</dl>\n");
}

fn movements(page: &mut String, sheet: &Sheet, names: &HashMap<UserId, UserView>, words: &Words) {
    if sheet.lines.is_empty() {
        let _ = writeln!(page, "<p>{}</p>", words.nothing);
        return;
    }
    let _ = write!(page, "<table>\n<caption>{}</caption>\n<thead>\n<tr>", words.movements);
    for name in [words.at, words.what, words.who, words.note, words.amount, words.balance] {
        let _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr>\n</thead>\n<tbody>\n");
    for line in &sheet.lines {
        movement(page, line, sheet, names, words);
    }
    page.push_str("</tbody>\n</table>\n");
}

fn movement(page: &mut String, line: &Line, sheet: &Sheet, names: &HashMap<UserId, UserView>, words: &Words) {
    let currency = sheet.account.key.currency;
    let who = names.get(&line.other).map(person).unwrap_or_default();
    let state = match line.state {
        "posted" => String::new(),
        state => format!(" ({})", escaped(words.kind(state))),
    };
    let _ = writeln!(
        page,
        "<tr><td><time datetime=\"{at}\">{at}</time></td><td>{}{state}</td><td>{who}</td><td><bdi>{}</bdi></td>\
         <td class=\"money\">{}</td><td class=\"money\">{}</td></tr>",
        escaped(words.kind(line.kind)),
        escaped(&line.note),
        currency.format(line.minor),
        currency.format(line.after),
        at = line.at,
    );
}

/// How somebody is called; a name that runs from right to left turns nothing around it.
fn person(view: &UserView) -> String {
    format!("<bdi>{}</bdi> @{}", escaped(&view.display_name), escaped(&view.handle))
}

/// A text as text, in an element or an attribute in quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escaped("<img src=x onerror='a(\"b\")'> & 茶"),
            "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt; &amp; 茶"
        );
    }
}
