//! For each constraint of the ledger, what it is there against.

/// How a constraint is to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The row is changed.
    Change,
    /// A copy of the row is inserted.
    Copy,
}

/// What must be refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    /// The constraint.
    pub(super) name: &'static str,
    /// By what SQLite names it instead.
    pub(super) columns: Option<&'static str>,
    pub(super) way: Way,
    pub(super) table: &'static str,
    /// The condition for the row.
    pub(super) row: &'static str,
    /// Values to put instead; `FRESH` is an id that nothing has.
    pub(super) values: &'static [(&'static str, &'static str)],
}

pub(super) const fn change(
    name: &'static str,
    table: &'static str,
    row: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> Broken {
    Broken {
        name,
        columns: None,
        way: Way::Change,
        table,
        row,
        values,
    }
}

pub(super) const fn copy(
    name: &'static str,
    table: &'static str,
    row: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> Broken {
    Broken {
        way: Way::Copy,
        ..change(name, table, row, values)
    }
}

pub(super) const fn unique(
    name: &'static str,
    columns: &'static str,
    table: &'static str,
    row: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> Broken {
    Broken {
        columns: Some(columns),
        ..copy(name, table, row, values)
    }
}

/// A transfer with one value otherwise, under keys of its own.
macro_rules! transfer {
    ($name:literal, $row:literal, $($column:literal = $value:literal),+) => {
        copy($name, "transfer", $row, &[("seq", "1000000"), ("client_id", "FRESH"), $(($column, $value)),+])
    };
}

/// A posting, a hold, a capture, a void and a reversal stand in the ledger; so does an account with money in it.
pub(super) const BROKEN: &[Broken] = &[
    unique(
        "account_pkey",
        "account.id",
        "account",
        "kind = 0",
        &[("owner_id", "FRESH")],
    ),
    unique(
        "account_owner",
        "account.owner_id, account.kind, account.currency",
        "account",
        "kind = 0",
        &[("id", "FRESH")],
    ),
    change(
        "account_floor",
        "account",
        "kind = 0",
        &[("posted", "floor + held - 1")],
    ),
    change(
        "account_floor",
        "account",
        "kind = 0 AND status = 0",
        &[("floor", "posted - held + 1")],
    ),
    change("account_held", "account", "status = 0", &[("held", "-1")]),
    change("account_status", "account", "status = 0", &[("status", "3")]),
    change("account_status", "account", "status = 0", &[("status", "-1")]),
    change("account_empty", "account", "posted > 0", &[("status", "2")]),
    change("account_empty", "account", "status = 2", &[("posted", "1")]),
    change(
        "account_empty",
        "account",
        "status = 2",
        &[("held", "1"), ("floor", "-1")],
    ),
    change("account_out", "account", "kind = 0", &[("out_day_minor", "-1")]),
    change("account_out", "account", "kind = 0", &[("out_year_minor", "-1")]),
    unique(
        "account_event_pkey",
        "account_event.seq",
        "account_event",
        "event = 0",
        &[],
    ),
    unique(
        "transfer_pkey",
        "transfer.seq",
        "transfer",
        "kind = 0",
        &[("client_id", "FRESH")],
    ),
    unique(
        "transfer_client_id",
        "transfer.client_id, transfer.actor_id",
        "transfer",
        "kind = 0 AND leg = 0",
        &[("seq", "1000000")],
    ),
    unique(
        "transfer_resolution",
        "transfer.of_seq",
        "transfer",
        "kind = 3",
        &[("seq", "1000000"), ("client_id", "FRESH")],
    ),
    unique(
        "transfer_resolution",
        "transfer.of_seq",
        "transfer",
        "kind = 3",
        &[("seq", "1000000"), ("client_id", "FRESH"), ("kind", "4")],
    ),
    transfer!("transfer_amount", "kind = 0", "amount" = "0"),
    transfer!("transfer_amount", "kind = 0", "amount" = "-1"),
    transfer!("transfer_sides", "kind = 0", "credit_id" = "debit_id"),
    transfer!("transfer_kind", "kind = 5", "kind" = "6"),
    transfer!("transfer_kind", "kind = 5", "kind" = "-1"),
    transfer!("transfer_leg", "kind = 0", "leg" = "legs"),
    transfer!("transfer_leg", "kind = 0", "leg" = "-1"),
    transfer!("transfer_of", "kind = 0", "of_seq" = "1"),
    transfer!("transfer_of", "kind = 5", "of_seq" = "NULL"),
    transfer!("transfer_of", "kind = 5", "of_seq" = "1000000"),
    transfer!("transfer_expires", "kind = 1", "expires_at" = "NULL"),
    transfer!("transfer_expires", "kind = 0", "expires_at" = "1"),
    transfer!("transfer_held", "kind = 0", "debit_held" = "-1"),
    transfer!("transfer_card", "card_seq IS NOT NULL", "card_seq" = "NULL"),
    transfer!("transfer_card", "card_seq IS NULL", "card_seq" = "1"),
    transfer!("transfer_flow", "flow_id IS NULL", "flow_id" = "FRESH"),
    transfer!("transfer_flow", "flow_id IS NULL", "flow_kind" = "1"),
    unique("hold_pkey", "hold.transfer_seq", "hold", "state = 0", &[]),
    change("hold_amount", "hold", "state = 0", &[("amount", "0")]),
    change("hold_captured", "hold", "state = 1", &[("captured", "amount + 1")]),
    change("hold_captured", "hold", "state = 0", &[("captured", "-1")]),
    change("hold_state", "hold", "state = 0", &[("state", "4")]),
    change("hold_state", "hold", "state = 0", &[("state", "-1")]),
    change("hold_state", "hold", "state = 0", &[("state", "1")]),
    change("hold_state", "hold", "state = 1", &[("state", "2")]),
    unique("refund_pkey", "refund.transfer_seq", "refund", "1 = 1", &[]),
    change("refund_amount", "refund", "1 = 1", &[("refunded", "0")]),
    change("refund_amount", "refund", "1 = 1", &[("refunded", "amount + 1")]),
    unique("ledger_head_pkey", "ledger_head.shard", "ledger_head", "1 = 1", &[]),
    unique(
        "block_pkey",
        "block.shard, block.number",
        "block",
        "number = 2",
        &[("prev_hash", "root")],
    ),
    unique(
        "block_prev_hash",
        "block.shard, block.prev_hash",
        "block",
        "number = 2",
        &[("number", "1000000")],
    ),
    unique(
        "ledger_key_pkey",
        "ledger_key.key_id",
        "ledger_key",
        "1 = 1",
        &[("from_block", "1000000")],
    ),
    unique(
        "ledger_key_from",
        "ledger_key.from_block",
        "ledger_key",
        "1 = 1",
        &[("key_id", "'0123456789abcdef'")],
    ),
];
