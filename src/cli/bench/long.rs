//! A long conversation beside a short one, on the same server: what opening, paging, searching and synchronising cost in
//! either. The two are asked in turn, so that whatever else the machine does falls on both alike.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::frames::{Conversation, Create, Get, Got, Heard, Send};
use super::meter::Meter;
use super::plan::Plan;
use super::progress::Line;
use super::report::{Check, Ended, Load, NOT_A_CHILD, Ratio, Report, ServerFigures};
use super::socket::Socket;
use super::target::Target;
use super::timeline::{Timeline, micros};
use super::usage::Reading;
use crate::ids::{ClientId, ConversationId};
use crate::protocol::LogId;

/// Messages of the short conversation.
const SHORT: u64 = 1_000;
/// Requests under way while the conversations are filled.
const WINDOW: usize = 32;
/// Messages of either conversation that hold the rare word.
const RARE: u64 = 20;
/// Messages of a page.
const PAGE: u32 = 50;
/// How often the index is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// How long the index may stay where it is.
const STANDSTILL: Duration = Duration::from_secs(60);
/// The longest answer that is told apart, in microseconds.
const LONGEST: u64 = 60_000_000;

/// Messages, as an answer has them; nothing of them is read.
#[derive(Debug, Deserialize)]
struct Page {
    messages: Vec<IgnoredAny>,
}

/// The answer to `search.messages`.
#[derive(Debug, Deserialize)]
struct Found {
    messages: Vec<IgnoredAny>,
    behind: u64,
}

/// The answer to `sync`.
#[derive(Debug, Deserialize)]
struct Synced {
    logs: Vec<Page>,
}

/// What is done in both conversations.
#[derive(Debug, Clone, Copy)]
enum Act {
    Open,
    Page,
    SearchRare,
    SearchCommon,
    SearchBoth,
    Sync,
}

impl Act {
    const ALL: [Self; 6] = [
        Self::Open,
        Self::Page,
        Self::SearchRare,
        Self::SearchCommon,
        Self::SearchBoth,
        Self::Sync,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open it",
            Self::Page => "a page somewhere in it",
            Self::SearchRare => "search a rare word",
            Self::SearchCommon => "search a word of every message",
            Self::SearchBoth => "search both words",
            Self::Sync => "sync the last 50",
        }
    }
}

pub(super) async fn run(plan: &Plan, messages: u64, target: &Target) -> anyhow::Result<Report> {
    let [writing, reading] = target.people() else {
        anyhow::bail!("two people are needed");
    };
    let line = Line::new();
    let (mut writer, welcome) = Socket::sign_in(writing).await?;
    let short = group(&mut writer, "short", &[reading.id]).await?;
    let long = group(&mut writer, "long", &[reading.id]).await?;
    fill(&mut writer, short.id, SHORT, &line).await?;
    let began = Instant::now();
    fill(&mut writer, long.id, messages, &line).await?;
    let filling = began.elapsed();
    drop(writer);

    let (mut reader, _) = Socket::sign_in(reading).await?;
    let indexing = indexed(&mut reader, &line).await?;
    let before = read(target)?;
    let mut ratios = Vec::new();
    for act in Act::ALL {
        line.say(act.name().to_owned());
        ratios.push(measure(&mut reader, act, [short.id, long.id], plan.seconds).await?);
    }
    let after = read(target)?;
    let used = after.1.zip(before.1).map(|(after, before)| after.since(&before));
    let ended = Ended {
        load: Load::of_long(messages),
        unit: "messages written",
        per_s: messages.saturating_mul(1_000_000) / micros(filling).max(1),
        checks: vec![Check::new(
            "the index holds everything",
            true,
            format!("{:.1} s after the last message", indexing.as_secs_f64()),
        )],
        server: ServerFigures {
            version: welcome.server.version,
            used,
            rss_per_connection_bytes: None,
            note: used.is_none().then_some(NOT_A_CHILD),
        },
        client: after.0.since(&before.0),
        seconds: Vec::new(),
    };
    Ok(Report::new(plan, &Meter::new(Timeline::begin(plan.warm_up, plan.seconds))?, ended).with_ratios(ratios))
}

fn read(target: &Target) -> anyhow::Result<(Reading, Option<Reading>)> {
    let server = target.child().map(|child| child.reading()).transpose()?.flatten();
    Ok((Reading::of(None)?, server))
}

async fn group(
    socket: &mut Socket,
    title: &'static str,
    members: &[crate::ids::UserId],
) -> anyhow::Result<Conversation> {
    let create = Create {
        client_id: ClientId::fresh(),
        kind: "group",
        members,
        title: Some(title),
    };
    let Got { conversation } = socket.call("conversation.create", create).await?;
    Ok(conversation)
}

/// Some words, of which `tea` stands in every message, `pelican` in [`RARE`] of them, and the others in a few.
fn words(number: u64, of: u64) -> String {
    let rare = if number.is_multiple_of(of / RARE) {
        "pelican"
    } else {
        "sparrow"
    };
    format!(
        "tea with a {rare} at {} and {} 明天见{}",
        number % 997,
        number % 4_999,
        number % 24
    )
}

/// Writes so many messages, a window of them under way.
async fn fill(socket: &mut Socket, conversation: ConversationId, messages: u64, line: &Line) -> anyhow::Result<()> {
    let (mut sent, mut answered, mut under_way) = (0, 0, 0);
    let mut told = Instant::now();
    while answered < messages {
        while under_way < WINDOW && sent < messages {
            let (id, text) = (socket.take_id(), words(sent, messages));
            let send = Send {
                client_id: ClientId::fresh(),
                conversation,
                text: &text,
            };
            socket.lay(id, "message.send", send).await?;
            (sent, under_way) = (sent + 1, under_way + 1);
        }
        socket.flush().await?;
        let mut frame = Some(socket.next().await);
        while let Some(heard) = frame {
            let heard = heard?;
            let heard: Heard<'_> = serde_json::from_str(&heard)?;
            if let Some(refusal) = heard.err {
                return Err(refusal.into_error("message.send"));
            }
            if heard.id.is_some() {
                (answered, under_way) = (answered + 1, under_way - 1);
            }
            frame = socket.ready();
        }
        if told.elapsed() >= Duration::from_secs(1) {
            line.say(format!("writing: {answered} of {messages}"));
            told = Instant::now();
        }
    }
    Ok(())
}

/// Waits until the index holds everything. How long that took.
async fn indexed(socket: &mut Socket, line: &Line) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let (mut least, mut moved_at) = (u64::MAX, Instant::now());
    loop {
        let asked = serde_json::json!({ "query": "pelican", "limit": 1 });
        let Found { behind, .. } = socket.call("search.messages", asked).await?;
        if behind == 0 {
            return Ok(began.elapsed());
        }
        if behind < least {
            (least, moved_at) = (behind, Instant::now());
        }
        ensure!(
            moved_at.elapsed() < STANDSTILL,
            "the index stays {behind} positions behind"
        );
        line.say(format!("indexing: {behind} positions are left"));
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Does something in both conversations, in turn.
async fn measure(
    socket: &mut Socket,
    act: Act,
    conversations: [ConversationId; 2],
    time: Duration,
) -> anyhow::Result<Ratio> {
    let mut took = [
        Histogram::new_with_bounds(1, LONGEST, 3)?,
        Histogram::new_with_bounds(1, LONGEST, 3)?,
    ];
    let mut revs = [0; 2];
    for (rev, conversation) in revs.iter_mut().zip(conversations) {
        let Got { conversation } = socket.call("conversation.get", Get { conversation }).await?;
        *rev = conversation.rev;
    }
    let until = Instant::now() + time;
    let mut turn = 0_i64;
    while Instant::now() < until {
        turn += 1;
        for (place, conversation) in conversations.into_iter().enumerate() {
            let began = Instant::now();
            carry_out(socket, act, conversation, revs[place], turn).await?;
            // The first of each reads what nobody read before.
            if turn > 1 {
                took[place].saturating_record(micros(began.elapsed()));
            }
        }
    }
    let [short, long] = &took;
    let told = Ratio::of(
        act.name(),
        0.5,
        [("in the short one", short), ("in the long one", long)],
    );
    told.context("too little time for anything")
}

async fn carry_out(
    socket: &mut Socket,
    act: Act,
    conversation: ConversationId,
    rev: i64,
    turn: i64,
) -> anyhow::Result<()> {
    use serde_json::json;
    let conversation_text = conversation.to_string();
    let search = async |socket: &mut Socket, query: &str| {
        let asked = json!({ "query": query, "conversation": conversation_text, "limit": RARE });
        let Found { messages, .. } = socket.call("search.messages", asked).await?;
        ensure!(
            messages.len() as u64 == RARE,
            "{query} is found {} times",
            messages.len()
        );
        Ok(())
    };
    match act {
        Act::Open => {
            let Got { .. } = socket.call("conversation.get", Get { conversation }).await?;
            let asked = json!({ "conversation": conversation_text, "limit": PAGE });
            full(&socket.call("message.history", asked).await?)
        }
        Act::Page => {
            // Steps of a prime lead everywhere.
            let least = i64::from(PAGE) + 2;
            let before = least + (turn * 7_919) % (rev - least).max(1);
            let asked = json!({ "conversation": conversation_text, "before": before, "limit": PAGE });
            full(&socket.call("message.history", asked).await?)
        }
        Act::SearchRare => search(socket, "pelican ").await,
        Act::SearchCommon => search(socket, "tea ").await,
        Act::SearchBoth => search(socket, "tea pelican ").await,
        Act::Sync => {
            let log = LogId::Conversation(conversation).to_string();
            let asked = json!({ "positions": [{ "log": log, "rev": rev - i64::from(PAGE) }] });
            let Synced { logs } = socket.call("sync", asked).await?;
            full(logs.first().context("the log is not there")?)
        }
    }
}

fn full(page: &Page) -> anyhow::Result<()> {
    ensure!(
        page.messages.len() as u64 == u64::from(PAGE),
        "{} messages",
        page.messages.len()
    );
    Ok(())
}
