//! One room: one member writes to all others, each of whom reads on a socket of their own.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::args::Plan;
use super::continuity::Faults;
use super::frames::{Conversation, Create, Got, Welcome};
use super::meter::Meter;
use super::progress;
use super::report::{Check, Ended, Load, Report};
use super::room_loop::{Board, Reader, Writer, Written};
use super::socket::Socket;
use super::target::Target;
use super::timeline::Timeline;
use crate::ids::{ClientId, UserId};

pub(super) async fn run(plan: &Plan, target: &Target) -> anyhow::Result<Report> {
    let mut sockets = Socket::sign_in_all(target.socket_url(), target.people()).await?;
    let (mut writer, welcome) = sockets.pop().context("nobody is there")?;
    let members: Vec<_> = target
        .people()
        .iter()
        .take(sockets.len())
        .map(|person| person.id)
        .collect();
    let room = open_room(plan, &mut writer, &members, &welcome).await?;

    let (everywhere, heard) = mpsc::channel(plan.window);
    let meter = Meter::new(Timeline::begin(plan))?;
    let board = Arc::new(Board::new(meter, plan.window, sockets.len(), everywhere));
    let (end, ends) = watch::channel(None);
    let mut readers = JoinSet::new();
    let first = writer.upcoming_id();
    for (socket, _) in sockets {
        let reader = Reader::new(socket, &room, first, Arc::clone(&board));
        readers.spawn(reader.run(ends.clone()));
    }
    let writing = Writer::new(writer, &room, plan, heard).run(&board);
    let working = async {
        tokio::select! {
            written = writing => written,
            Some(ended) = readers.join_next() => { ended??; bail!("a reader stopped before the end") }
        }
    };
    let (usage, written) = tokio::try_join!(progress::watch(target, board.meter()), working)?;
    // Readers that are gone already are an error below.
    let _ = end.send(Some(written.next_number));
    let mut faults = written.faults;
    while let Some(reader) = readers.join_next().await {
        faults.add(reader??);
    }
    let ended = Ended {
        load: load(plan),
        unit: "deliveries to others",
        per_s: board.meter().delivered() / plan.seconds.as_secs(),
        checks: checks(&faults, &written, board.readers()),
        server: usage.server(welcome.server.version),
        client: usage.client(),
    };
    Ok(Report::new(plan, board.meter(), ended))
}

const fn load(plan: &Plan) -> Load {
    let mut load = Load::new(plan);
    load.room = Some(plan.room);
    load.window = Some(plan.window);
    load.size = Some(plan.size);
    load.warm_up_seconds = Some(plan.warm_up.as_secs());
    load
}

fn checks(faults: &Faults, written: &Written, readers: usize) -> Vec<Check> {
    Check::of_faults(faults, written.acknowledged.saturating_mul(readers as u64))
}

async fn open_room(
    plan: &Plan,
    writer: &mut Socket,
    members: &[UserId],
    welcome: &Welcome,
) -> anyhow::Result<Conversation> {
    let limits = welcome.limits;
    ensure!(
        plan.room <= limits.group_members,
        "--room {} is more than a group may have: {} (limits.group_members)",
        plan.room,
        limits.group_members
    );
    ensure!(
        plan.window <= limits.in_flight,
        "--window {} is more than one socket may have under way: {} (limits.in_flight)",
        plan.window,
        limits.in_flight
    );
    let create = Create {
        client_id: ClientId::fresh(),
        kind: "group",
        members,
        title: Some("Load"),
    };
    let Got { conversation } = writer.call("conversation.create", create).await?;
    Ok(conversation)
}
