//! Red packets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::head::{self, HeadRow};
use super::{Stored, unreadable};
use crate::db::columns::{Column, Columns};
use crate::db::{Fault, Writes, from_row};
use crate::wallet::flows::draws::Draws;
use crate::wallet::flows::{Flow, Packet, PacketKind};
use crate::wallet::money::Money;
use crate::wallet::rules::draw::Seed;

const COLUMNS: Columns<20> = head::with(&[
    ("kind", Column::Code),
    ("total", Column::Number),
    ("count", Column::Number),
    ("claimed", Column::Number),
    ("claimed_minor", Column::Number),
    ("seed", Column::Bytes),
    ("greeting", Column::Text),
]);
const MOVES: &str = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, retry_at = excluded.retry_at, \
     claimed = excluded.claimed, claimed_minor = excluded.claimed_minor";

/// See the module.
#[derive(Debug)]
pub(in crate::wallet) struct Row {
    head: HeadRow,
    kind: i16,
    total: i64,
    count: i64,
    claimed: i64,
    claimed_minor: i64,
    seed: Vec<u8>,
    greeting: String,
}

from_row!(Row { kind, total, count, claimed, claimed_minor, seed, greeting } with { head });

impl Stored for Packet {
    type Row = Row;

    const TABLE: &'static str = "packet";
    const WHOLE: bool = false;

    fn read(row: Row) -> Result<Self, Fault> {
        let head = head::read(Self::KIND, row.head)?;
        let total = Money::of_minor(row.total, head.currency);
        let seed: [u8; 32] = row
            .seed
            .try_into()
            .map_err(|_| unreadable(Self::KIND, head.id, "a seed"))?;
        Ok(Self {
            kind: PacketKind::from_code(row.kind).ok_or_else(|| unreadable(Self::KIND, head.id, "a kind"))?,
            total: total.map_err(|_| unreadable(Self::KIND, head.id, "an amount"))?,
            count: row.count,
            claimed: row.claimed,
            claimed_minor: row.claimed_minor,
            seed: Seed::of(seed),
            greeting: row.greeting,
            claims: BTreeMap::new(),
            shares: Arc::default(),
            head,
        })
    }

    fn recall(&mut self, draws: &Draws) {
        self.shares = draws.of(self.head.id);
    }

    fn write(rows: Vec<&Self>, writes: &mut Writes) {
        let values = rows.into_iter().map(|packet| {
            let own = [
                packet.kind.code().into(),
                packet.total.minor().into(),
                packet.count.into(),
                packet.claimed.into(),
                packet.claimed_minor.into(),
                packet.seed.bytes().to_vec().into(),
                packet.greeting.clone().into(),
            ];
            head::joined(&packet.head, own)
        });
        writes.insert(Self::TABLE, &COLUMNS, values.collect(), MOVES);
    }
}
