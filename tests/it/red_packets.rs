//! The draw of a red packet as others redo it: what `static/sdk/draw.js` is held against, and the example of the page.

use std::path::Path;

use quipu::wallet::MAX_MINOR;
use quipu::wallet::draw::{MAX_SHARES, Pot, Seed};
use serde_json::{Value, json};

/// Set to write the file instead of comparing it.
const WRITE: &str = "QUIPU_WRITE_DOCUMENTS";
const PAGE: &str = include_str!("../../docs/red-packets.md");

/// The seed whose bytes count up from `first`.
fn seed(first: u8) -> Seed {
    let mut next = first;
    Seed::of(std::array::from_fn(|_| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    }))
}

fn texts(shares: &[i64]) -> String {
    shares.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

fn golden(seed: &Seed, total: i64, count: i64) -> Value {
    let pot = Pot::of(total, count).unwrap();
    // As texts: JSON's numbers end at 2^53 for some who read them.
    json!({
        "seed": hex::encode(seed.bytes()), "total": total.to_string(), "count": count,
        "commitment": hex::encode(pot.commitment(seed)), "shares": texts(&pot.lucky(seed)),
    })
}

#[test]
fn the_golden_draws_are_those_of_the_rule() {
    // Of this total in two, every fifth number is passed over.
    let often_passed_over = i64::try_from(u64::MAX / 5).unwrap() + 2;
    let mut cases = vec![
        (1, 1),
        (2, 2),
        (10, 9),
        (10_000, 10),
        (99_999, 100),
        (MAX_MINOR, 1),
        (MAX_MINOR, 3),
    ];
    cases.extend([
        (MAX_MINOR, 100),
        (MAX_SHARES, MAX_SHARES),
        (MAX_SHARES + 5_000, MAX_SHARES),
    ]);
    let mut made = vec![golden(&seed(0), 1_000, 4)];
    made.extend(cases.iter().map(|(total, count)| golden(&seed(7), *total, *count)));
    made.extend((200..232).map(|first| golden(&seed(first), often_passed_over, 2)));
    let text = format!("{:#}\n", Value::Array(made));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/draw.json");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == text, "scripts/api-docs writes tests/golden/draw.json anew");
}

#[test]
fn the_example_of_the_page_is_what_is_drawn() {
    let row = |name: &str| {
        let (_, rest) = PAGE.split_once(&format!("\n| {name} | `")).unwrap();
        rest.split_once("` |\n").unwrap().0
    };
    let bytes = <[u8; 32]>::try_from(hex::decode(row("seed")).unwrap()).unwrap();
    let pot = Pot::of(row("total").parse().unwrap(), row("count").parse().unwrap()).unwrap();
    let seed = Seed::of(bytes);
    assert_eq!(row("commitment"), hex::encode(pot.commitment(&seed)));
    assert_eq!(row("shares"), texts(&pot.lucky(&seed)));
}
