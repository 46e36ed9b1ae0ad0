//! `docs/protocol.md` says what the code does: its tables are compared with the lists of the code.

use quipu::protocol::{CloseCode, ErrorCode, OPS, PUSHES};

const PAGE: &str = include_str!("../../docs/protocol.md");

/// The rows of the first table under a heading, as cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let title = format!("\n## {heading}\n");
    let (_, section) = PAGE
        .split_once(&title)
        .unwrap_or_else(|| panic!("docs/protocol.md has {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    // The head and the line under it are no rows.
    rows.skip(2)
        .map(|row| {
            row.trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect()
}

fn first_column(heading: &str) -> Vec<String> {
    table(heading).into_iter().map(|row| row[0].clone()).collect()
}

#[test]
fn the_page_lists_every_operation_in_order() {
    assert_eq!(first_column("Operations"), OPS);
}

#[test]
fn the_page_lists_every_push_in_order() {
    assert_eq!(first_column("Pushes"), PUSHES);
}

#[test]
fn the_page_lists_every_close_code_in_order_with_its_reason() {
    let rows = CloseCode::ALL
        .iter()
        .map(|code| vec![code.number().to_string(), code.says().to_owned()]);
    assert_eq!(table("Close codes"), rows.collect::<Vec<_>>());
}

#[test]
fn the_page_lists_every_error_code_with_its_status_and_whether_a_retry_helps() {
    let cells = |code: &ErrorCode| {
        let retry = if code.retryable() { "yes" } else { "no" };
        [code.as_str(), &code.status().to_string(), retry, code.message()]
            .map(str::to_owned)
            .to_vec()
    };
    let wanted: Vec<_> = ErrorCode::ALL.iter().map(cells).collect();
    let table_of = |rows: &[Vec<String>]| {
        let line = |row: &Vec<String>| format!("| `{}` | {} | {} | {} |\n", row[0], row[1], row[2], row[3]);
        rows.iter().map(line).collect::<String>()
    };
    let shown = "| code | status | retry | says |\n| --- | --- | --- | --- |\n".to_owned() + &table_of(&wanted);
    let found = table("Error codes");
    assert!(
        found == wanted,
        "docs/protocol.md is to have under Error codes:\n{shown}"
    );
}

#[test]
fn a_code_is_a_word_that_stands_once_and_says_something() {
    let mut words: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert!(
        words
            .iter()
            .all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    );
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), ErrorCode::ALL.len());
    assert!(
        ErrorCode::ALL
            .iter()
            .all(|code| code.message().ends_with('.') && (400..600).contains(&code.status()))
    );
    for code in CloseCode::ALL {
        // Our own range, and the standard's word for a frame that is too large.
        assert!(
            (4000..5000).contains(&code.number()) || code.number() == 1009,
            "{code:?}"
        );
    }
}
