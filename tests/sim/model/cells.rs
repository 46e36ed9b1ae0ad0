//! What the rows of flows say.

use quipu::clock::Micros;
use quipu::wallet::recurrence::End;
use uuid::Uuid;

use super::flows::{Flow, Terms};

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Code(i16),
    Number(i64),
    Maybe(Option<i64>),
    Text(String),
    Id(Uuid),
    Bytes(Vec<u8>),
}

impl Flow {
    /// What its row says, but for the place of its card.
    pub(crate) fn cells(&self) -> Vec<(&'static str, Cell)> {
        let time = |at: Option<Micros>| Cell::Maybe(at.map(|at| at.0));
        let mut cells = vec![
            ("client_id", Cell::Id(self.client_id.uuid())),
            ("creator_id", Cell::Id(self.creator.uuid())),
            ("conversation_id", Cell::Id(self.conversation.uuid())),
            ("currency", Cell::Text(self.currency().code().to_owned())),
            ("state", Cell::Code(self.state.code())),
            ("at", Cell::Number(self.at.0)),
            ("expires_at", time(self.expires_at)),
            ("due_at", time(self.due_at)),
            ("reminded", Cell::Code(self.reminded)),
        ];
        cells.extend(self.own_cells());
        cells
    }

    /// What only its sort has.
    fn own_cells(&self) -> Vec<(&'static str, Cell)> {
        let (minor, note) = (Cell::Number(self.money.minor()), Cell::Text(self.note.clone()));
        match &self.terms {
            Terms::Offer { payee, fee } => vec![
                ("amount", minor),
                ("note", note),
                ("payee_id", Cell::Id(payee.uuid())),
                ("fee", Cell::Number(*fee)),
            ],
            Terms::Request => vec![("amount", minor), ("note", note)],
            Terms::Packet { kind, seed, shares } => vec![
                ("total", minor),
                ("greeting", note),
                ("kind", Cell::Code(kind.code())),
                ("seed", Cell::Bytes(seed.to_vec())),
                ("count", Cell::Number(i64::try_from(shares.len()).unwrap())),
                ("claimed", Cell::Number(i64::try_from(self.parties.len()).unwrap())),
                (
                    "claimed_minor",
                    Cell::Number(self.parties.iter().map(|part| part.minor).sum()),
                ),
            ],
            Terms::Bill { split } => {
                vec![("total", minor), ("note", note), ("split", Cell::Code(split.code()))]
            }
            Terms::Dispute {
                payee,
                of,
                answer,
                decision,
            } => vec![
                ("amount", minor),
                ("reason", note),
                ("payee_id", Cell::Id(payee.uuid())),
                ("of_client_id", Cell::Id(of.client_id.uuid())),
                ("of_actor_id", Cell::Id(of.actor.uuid())),
                ("of_leg", Cell::Code(of.leg)),
                ("answer", Cell::Text(answer.clone())),
                ("decision", Cell::Text(decision.clone())),
            ],
            Terms::Schedule {
                payee,
                times,
                next,
                paid,
                skipped,
                failed,
                last,
            } => {
                let (count, until) = match times.end {
                    End::Never => (None, None),
                    End::Count(count) => (Some(i64::from(count)), None),
                    End::Until(until) => (None, Some(until.0)),
                };
                vec![
                    ("amount", minor),
                    ("note", note),
                    ("payee_id", Cell::Id(payee.uuid())),
                    ("first_at", Cell::Number(times.first.0)),
                    ("times", Cell::Maybe(count)),
                    ("until", Cell::Maybe(until)),
                    ("next", Cell::Number(i64::from(*next))),
                    ("paid", Cell::Number(*paid)),
                    ("skipped", Cell::Number(*skipped)),
                    ("failed", Cell::Number(*failed)),
                    ("last", Cell::Text(last.clone())),
                ]
            }
        }
    }
}
