//! A statement as comma-separated values (RFC 4180), for a spreadsheet. A spreadsheet takes a cell that begins with one
//! of a few marks for a formula, and would carry out what somebody wrote into a note; so texts are guarded, and amounts,
//! which are numbers with a sign, stand in columns of their own.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::sheet::Sheet;
use crate::ids::UserId;
use crate::protocol::UserView;

/// The columns.
const HEADER: &str = "row,at,kind,state,amount,balance,currency,name,handle,note,transfer";
/// By this a spreadsheet knows that the text is UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Writes a statement.
#[must_use]
pub fn csv(sheet: &Sheet, names: &HashMap<UserId, UserView>) -> String {
    let currency = sheet.account.key.currency;
    let code = currency.code();
    let mut text = String::from(BYTE_ORDER_MARK);
    text.push_str(HEADER);
    text.push_str("\r\n");
    let from = sheet.period.from.map(|at| at.to_string()).unwrap_or_default();
    let opening = currency.format(sheet.opening);
    // Writing to a text cannot fail.
    let _ = write!(text, "opening,{from},,,,{opening},{code},,,,\r\n");
    for line in &sheet.lines {
        let (name, handle) = names.get(&line.other).map_or((String::new(), ""), |view| {
            (cell(&view.display_name), view.handle.as_str())
        });
        let _ = write!(
            text,
            "movement,{},{},{},{},{},{code},{name},{},{},{}\r\n",
            line.at,
            line.kind,
            line.state,
            currency.format(line.minor),
            currency.format(line.after),
            cell(handle),
            cell(&line.note),
            cell(&line.id),
        );
    }
    let (closing, head) = (currency.format(sheet.closing), &sheet.head);
    let until = sheet.period.until.map_or(head.at, |until| until.min(head.at));
    let _ = write!(text, "closing,{until},,,,{closing},{code},,,,\r\n");
    let sealed = format!("block {} {}", head.block, head.hash);
    let _ = write!(text, "ledger,{},,,,,,,,{},\r\n", head.at, cell(&sealed));
    text
}

/// A text as a cell: guarded, and in quotes where it needs them.
fn cell(text: &str) -> String {
    let guarded = guarded(text);
    if guarded.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

/// A text in which no cell begins like a formula, whatever a spreadsheet takes for the end of a cell: an apostrophe
/// stands before the mark, as one would type it.
fn guarded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len() + 1);
    let mut begins = true;
    for c in text.chars() {
        if begins && is_formula(c) {
            guarded.push('\'');
        }
        guarded.push(c);
        // A spreadsheet of another country parts cells by a semicolon.
        begins = matches!(c, ';' | ',' | '|' | '\t' | '\r' | '\n') || (begins && (c == ' ' || c == '"'));
    }
    guarded
}

/// What makes a formula of a cell, the wide forms that some programs fold included.
const fn is_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for (text, written) in [
            ("for tea", "for tea"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "\"'\r'=1\""),
            ("  =1", "  '=1"),
            ("＝1", "'＝1"),
            ("a;=1", "a;'=1"),
            ("a,=1", "\"a,'=1\""),
            ("\"=1", "\"\"\"'=1\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("1-1=0", "1-1=0"),
            ("", ""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
