//! One room: one member writes to all others, each of whom reads on a socket of their own.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::found;
use super::frames::{Conversation, Create, Got, Welcome};
use super::meter::Meter;
use super::pairs::{Side, check_window};
use super::plan::RoomPlan;
use super::report::{Check, Verdict};
use super::room_loop::{Board, Reader, Writer};
use super::socket::Socket;
use super::users::Person;
use crate::ids::ClientId;

/// A room whose members are signed in.
#[derive(Debug)]
pub(super) struct Room {
    plan: RoomPlan,
    writer: Side,
    readers: Vec<Side>,
    conversation: Conversation,
}

impl Room {
    /// Signs everybody in; the last one makes the room, and writes.
    pub(super) async fn gather(plan: RoomPlan, people: &[Person]) -> anyhow::Result<(Self, Welcome)> {
        let mut sockets = Socket::sign_in_all(people).await?;
        let (mut socket, welcome) = sockets.pop().context("nobody is there")?;
        let (writing, reading) = people.split_last().context("nobody is there")?;
        let limits = welcome.limits;
        ensure!(
            plan.members <= limits.group_members,
            "--room {} is more than a group may have: {} (limits.group_members)",
            plan.members,
            limits.group_members
        );
        check_window(plan.window, &welcome)?;
        let members: Vec<_> = reading.iter().map(|person| person.id).collect();
        let create = Create {
            client_id: ClientId::fresh(),
            kind: "group",
            members: &members,
            title: Some("Load"),
        };
        let Got { conversation } = socket.call("conversation.create", create).await?;
        let readers = sockets.into_iter().zip(reading);
        let room = Self {
            plan,
            writer: Side::new(writing, socket, &conversation),
            readers: readers
                .map(|((socket, _), person)| Side::new(person, socket, &conversation))
                .collect(),
            conversation,
        };
        Ok((room, welcome))
    }

    /// Writes and reads until the time is over.
    pub(super) async fn run(
        self,
        meter: Arc<Meter>,
        cuts: Option<watch::Receiver<u64>>,
    ) -> anyhow::Result<(Vec<Check>, Option<Verdict>)> {
        let (everywhere, heard) = mpsc::channel(self.plan.window);
        let board = Arc::new(Board::new(meter, self.plan.window, self.readers.len(), everywhere));
        let (end, ends) = watch::channel(None);
        let mut readers = JoinSet::new();
        let first = self.writer.socket.upcoming_id();
        for (side, place) in self.readers.into_iter().zip(0..) {
            let reader = Reader::new(side, place, first, Arc::clone(&board), cuts.clone());
            readers.spawn(reader.run(ends.clone()));
        }
        let writer = Writer::new(self.writer, &self.conversation, self.plan, heard, cuts.clone());
        let mut written = tokio::select! {
            written = writer.run(&board) => written?,
            Some(ended) = readers.join_next() => { ended??; bail!("a reader stopped before the end") }
        };
        // Readers that are gone already are an error below.
        let _ = end.send(Some(written.next_number));
        let mut faults = written.faults;
        while let Some(reader) = readers.join_next().await {
            faults.add(reader??);
        }
        let deliveries = written.acknowledged.saturating_mul(board.readers() as u64);
        let verdict = if cuts.is_some() {
            let socket = &mut written.side.socket;
            Some(found::verdict(socket, self.conversation.id, &written.numbers).await?)
        } else {
            None
        };
        Ok((Check::of_faults(&faults, deliveries), verdict))
    }
}
