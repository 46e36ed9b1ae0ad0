//! What the pure paths cost, in instructions that the processor carries out: the same on every machine and at every hour,
//! so a ratio that breaks its bound is the code's doing. Valgrind counts them.
//!
//! Each work is carried out by this very program, started by itself under callgrind; what the program does beside it is
//! counted once more without any work and taken away. Bounds are wide: they are there for what becomes quadratic, or is
//! suddenly copied for everybody, and not for a few per cent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    missing_docs
)]

use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use quipu::clock::Micros;
use quipu::delivery::{EncodedEvent, Outbox, OutboxLimits};
use quipu::group_commit::{Moment, Operation as _, WorkingSet};
use quipu::ids::{ClientId, ConversationId, UserId};
use quipu::protocol::{LogId, Request, SendMessage};
use quipu::wallet::{AccountKey, AccountKind, AccountRef, Act, Currency, Instruct, LedgerSlot, Leg, Money, Purpose};

/// How often the cheap works are done.
const TIMES: usize = 200;

/// A work by its name, so many times.
type Work = (&'static str, usize);

/// The second may cost so many times the first at most.
struct Bound {
    says: &'static str,
    first: Work,
    second: Work,
    at_most: f64,
}

const BOUNDS: [Bound; 5] = [
    Bound {
        says: "a request is read for what reading it as JSON costs",
        first: ("json", TIMES),
        second: ("request", TIMES),
        at_most: 2.0,
    },
    Bound {
        says: "each of 512 postings costs what each of 64 does",
        first: ("postings", 64),
        second: ("postings", 512),
        at_most: 8.0 * 1.5,
    },
    Bound {
        says: "an event goes to 1,000 sockets for ten times what 100 cost",
        first: ("sockets", 100),
        second: ("sockets", 1_000),
        at_most: 10.0 * 1.2,
    },
    Bound {
        says: "an event of 8 KiB costs a socket what one of 200 bytes does",
        first: ("sockets", 1_000),
        second: ("sockets, 8 KiB", 1_000),
        at_most: 1.2,
    },
    Bound {
        says: "laying an event into an outbox costs a few times what a bare queue does",
        first: ("queues", 1_000),
        second: ("sockets", 1_000),
        at_most: 3.0,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, times] = arguments.as_slice()
        && flag == "--work"
    {
        carry_out(name, times.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    // As the other tests are chosen by a part of their name.
    let chosen = arguments.iter().find(|argument| !argument.starts_with('-'));
    if chosen.is_some_and(|part| !"instructions".contains(part.as_str())) {
        return ExitCode::SUCCESS;
    }
    let held = BOUNDS.iter().filter(|bound| holds(bound)).count();
    println!(
        "\ntest result: {}. {held} passed; {} failed",
        if held == BOUNDS.len() { "ok" } else { "FAILED" },
        BOUNDS.len() - held
    );
    ExitCode::from(u8::from(held < BOUNDS.len()))
}

fn holds(bound: &Bound) -> bool {
    let (first, second) = (instructions(bound.first), instructions(bound.second));
    let ratio = float(second) / float(first);
    let held = ratio <= bound.at_most;
    let verdict = if held { "ok" } else { "FAILED" };
    println!(
        "test {} ... {verdict} ({first} and {second} instructions: {ratio:.2}, at most {:.2})",
        bound.says, bound.at_most
    );
    held
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).expect("a work of this size"))
}

/// Instructions of a work, without those of the program around it.
fn instructions((name, times): Work) -> u64 {
    let whole = counted(name, times);
    let around = counted(name, 0);
    assert!(whole > around, "{name} costs something: {whole}, {around} around it");
    whole - around
}

fn counted(name: &str, times: usize) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--work", name, &times.to_string()])
        .output()
        .expect("valgrind is installed (scripts/test does that)");
    let said = String::from_utf8_lossy(&ran.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let count = collected.and_then(|(_, count)| count.trim().parse().ok());
    count
        .filter(|_| ran.status.success())
        .unwrap_or_else(|| panic!("{name}: {said}"))
}

fn carry_out(name: &str, times: usize) {
    match name {
        "json" => json(times),
        "request" => requests(times),
        "postings" => postings(times),
        "queues" => queues(times),
        "sockets" => sockets(times, 200),
        "sockets, 8 KiB" => sockets(times, 8_192),
        other => panic!("there is no work {other}"),
    }
}

fn frame() -> String {
    let (client_id, conversation) = (ClientId::fresh(), UserId::fresh());
    let text = "x".repeat(200);
    format!(
        r#"{{"id":7,"op":"message.send","d":{{"client_id":"{client_id}","conversation":"{conversation}","text":"{text}"}}}}"#
    )
}

fn json(times: usize) {
    let frame = frame();
    for _ in 0..times {
        black_box(serde_json::from_str::<serde_json::Value>(black_box(&frame)).expect("JSON"));
    }
}

fn requests(times: usize) {
    let frame = frame();
    for _ in 0..times {
        let request = Request::parse(black_box(&frame)).expect("a request");
        black_box(request.payload::<SendMessage>().expect("its payload"));
    }
}

/// In one batch, as a busy lane has them.
fn postings(times: usize) {
    let currency = Currency::of("CNY").expect("a currency");
    let money = Money::of_minor(100, currency).expect("an amount");
    let from: AccountRef = AccountKey::system(AccountKind::ProviderCash, currency).into();
    let to: AccountRef = AccountKey::person(UserId::fresh(), currency).into();
    let now = Micros(1_772_323_200_000_000);
    let moment = Moment {
        now,
        after_unknown: false,
    };
    let mut set = WorkingSet::default();
    *set.slot::<LedgerSlot>() = LedgerSlot::fresh(now);
    for _ in 0..times {
        let leg = Leg {
            debit: from,
            credit: to,
            money,
            purpose: Purpose::Fee,
            note: String::new(),
        };
        let posting = Instruct::new(ClientId::fresh(), UserId::SYSTEM, Act::Post(vec![leg]));
        assert!(posting.decide(&mut set, moment).is_ok());
    }
}

/// What is there when the work begins does not depend on how much of it there is.
const MOST: usize = 1_000;

fn queues(times: usize) {
    let queues: Vec<_> = (0..MOST)
        .map(|_| Arc::new(Mutex::new(std::collections::VecDeque::new())))
        .collect();
    let body = Bytes::from(vec![b'x'; 200]);
    for queue in queues.iter().take(times) {
        queue.lock().unwrap().push_back(body.clone());
    }
}

fn sockets(times: usize, bytes: usize) {
    let limits = OutboxLimits {
        bytes: 1 << 20,
        stalled: Duration::from_secs(10),
    };
    let now = Instant::now();
    let outboxes: Vec<_> = (0..MOST)
        .map(|_| Arc::new(Outbox::new(limits, Box::new(|| {}), now)))
        .collect();
    let log = LogId::Conversation(ConversationId::fresh());
    let event = EncodedEvent::new(log, 1, 2, Bytes::from(vec![b'x'; bytes]));
    for outbox in outboxes.iter().take(times) {
        outbox.event(&event);
    }
}
