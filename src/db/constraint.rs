//! What a constraint of the schema means: when the database refuses what the rules should have, the log says why.

/// The tables of the ledger, whose constraints all have a meaning here.
pub const LEDGER_TABLES: [&str; 8] = [
    "account",
    "account_event",
    "transfer",
    "hold",
    "refund",
    "block",
    "ledger_head",
    "ledger_key",
];

/// The tables of the flows on it, whose constraints have one too.
pub const FLOW_TABLES: [&str; 8] = [
    "offer",
    "request",
    "packet",
    "bill",
    "schedule",
    "dispute",
    "flow_party",
    "funding",
];

/// A constraint's names, as PostgreSQL has it and, for a unique one, by its columns as SQLite has it; and its meaning.
const MEANINGS: &[(&[&str], &str)] = &[
    (&["account_pkey", "account.id"], "two accounts have one id"),
    (
        &["account_owner", "account.owner_id, account.kind, account.currency"],
        "an owner has two accounts of one kind in one currency",
    ),
    (&["account_floor"], "an account has less than its floor"),
    (&["account_held"], "less than nothing of an account is held"),
    (&["account_status"], "an account has a status that there is not"),
    (&["account_empty"], "an account is closed and not empty"),
    (&["account_out"], "less than nothing left an account"),
    (
        &["account_event_pkey", "account_event.seq"],
        "two changes of accounts have one position",
    ),
    (&["transfer_pkey", "transfer.seq"], "two transfers have one position"),
    (&["transfer_amount"], "a transfer is of nothing or less"),
    (&["transfer_sides"], "a transfer goes from an account to itself"),
    (&["transfer_kind"], "a transfer is of a kind that there is not"),
    (&["transfer_leg"], "a transfer is a leg beyond the last one"),
    (
        &["transfer_of"],
        "a transfer resolves or reverses none before it, or is a posting or hold that does",
    ),
    (
        &["transfer_expires"],
        "a hold never ends, or a transfer that is no hold does",
    ),
    (&["transfer_held"], "less than nothing is held after a transfer"),
    (&["transfer_card"], "a transfer has half a place of a card"),
    (&["transfer_flow"], "a transfer has half a name of a flow"),
    (
        &["transfer_client_id", "transfer.client_id, transfer.actor_id"],
        "a caller's id stands for two transfers",
    ),
    (&["transfer_resolution", "transfer.of_seq"], "a hold ends twice"),
    (&["hold_pkey", "hold.transfer_seq"], "a hold stands twice"),
    (&["hold_amount"], "a hold is of nothing or less"),
    (&["hold_captured"], "more is captured than was held"),
    (
        &["hold_state"],
        "a hold has a state that there is not, or not that of what was captured",
    ),
    (&["refund_pkey", "refund.transfer_seq"], "a refund stands twice"),
    (
        &["refund_amount"],
        "more is given back than was moved, or nothing, or less",
    ),
    (&["ledger_head_pkey", "ledger_head.shard"], "a ledger has two heads"),
    (
        &["block_pkey", "block.shard, block.number"],
        "two blocks have one number",
    ),
    (
        &["block_prev_hash", "block.shard, block.prev_hash"],
        "two blocks follow the same one",
    ),
    (
        &["ledger_key_pkey", "ledger_key.key_id"],
        "a key comes into force twice",
    ),
    (
        &["ledger_key_from", "ledger_key.from_block"],
        "two keys sign from the same block",
    ),
    (&["offer_pkey", "offer.id"], "two offers have one id"),
    (&["offer_state"], "an offer has a state that there is not"),
    (&["offer_due"], "something is due of an offer that has ended"),
    (&["request_pkey", "request.id"], "two requests have one id"),
    (&["request_state"], "a request has a state that there is not"),
    (&["request_due"], "something is due of a request that has ended"),
    (&["packet_pkey", "packet.id"], "two packets have one id"),
    (&["packet_state"], "a packet has a state that there is not"),
    (&["packet_due"], "something is due of a packet that has ended"),
    (&["bill_pkey", "bill.id"], "two bills have one id"),
    (&["bill_state"], "a bill has a state that there is not"),
    (&["bill_due"], "something is due of a bill that has ended"),
    (&["schedule_pkey", "schedule.id"], "two plans have one id"),
    (&["schedule_state"], "a plan has a state that there is not"),
    (&["schedule_due"], "something is due of a plan that has ended"),
    (&["dispute_pkey", "dispute.id"], "two disputes have one id"),
    (&["dispute_state"], "a dispute has a state that there is not"),
    (&["dispute_due"], "something is due of a dispute that has ended"),
    (&["dispute_amount"], "a dispute is about nothing or less"),
    (
        &["offer_amount"],
        "an offer is of nothing or less, or costs less than nothing",
    ),
    (&["request_amount"], "a request is of nothing or less"),
    (
        &["packet_shares"],
        "a packet has more shares taken than it has, or more shares than minor units",
    ),
    (
        &["packet_claimed"],
        "more or less was taken of a packet than its shares hold",
    ),
    (&["bill_total"], "a bill is of nothing or less"),
    (&["schedule_amount"], "a plan pays nothing or less"),
    (&["schedule_end"], "a plan has two ends"),
    (&["schedule_runs"], "a plan's due times do not add up"),
    (
        &["flow_party_pkey", "flow_party.flow_id, flow_party.user_id"],
        "somebody takes part in a flow twice",
    ),
    (
        &["flow_party_place", "flow_party.flow_id, flow_party.place"],
        "a share is taken twice",
    ),
    (&["flow_party_minor"], "a part in a flow is nothing or less"),
    (&["flow_party_state"], "a part in a flow has a state that there is not"),
    (
        &["funding_pkey", "funding.id"],
        "two top-ups or withdrawals have one id",
    ),
    (&["funding_amount"], "a top-up or a withdrawal is of nothing or less"),
    (
        &["funding_state"],
        "a top-up or a withdrawal has a state that there is not for it",
    ),
    (
        &["flow_party_paid"],
        "a part in a flow is paid under no id, or is not and has one",
    ),
];

/// What it means that this constraint refused, in a sentence for the log; `name` is that of
/// [`Fault::Constraint`](super::Fault). None for a constraint of other tables.
#[must_use]
pub fn meaning(name: &str) -> Option<&'static str> {
    let named = MEANINGS.iter().find(|(names, _)| names.contains(&name));
    if let Some((_, meaning)) = named {
        return Some(meaning);
    }
    let mut tables = LEDGER_TABLES.iter().chain(&FLOW_TABLES);
    if tables.any(|table| is_of_column(name, table)) || is_of_a_type(name) {
        return Some("a column holds a value that it is not for");
    }
    name.ends_with(" is append-only")
        .then_some("a row of the ledger's history is to change or to go")
}

/// Whether it is a check of SQLite for what PostgreSQL's types take for granted, which goes by what it says.
fn is_of_a_type(name: &str) -> bool {
    name.contains("typeof(") || name == "datatype mismatch"
}

/// Whether the constraint is that of one column: PostgreSQL names its check after table and column, SQLite the column
/// that must not be empty.
fn is_of_column(name: &str, table: &str) -> bool {
    let rest = name.strip_prefix(table);
    rest.is_some_and(|rest| (rest.starts_with('_') && rest.ends_with("_check")) || rest.starts_with('.'))
        || name.contains(&format!("of relation \"{table}\" violates not-null"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_means_the_same_by_its_name_and_by_its_columns() {
        let by_name = meaning("transfer_client_id");
        assert!(by_name.is_some());
        assert_eq!(by_name, meaning("transfer.client_id, transfer.actor_id"));
        assert_eq!(meaning("typeof(posted) = 'integer'"), meaning("account_posted_check"));
        assert!(meaning("block is append-only").is_some());
        assert_eq!(meaning("session_token"), None);
    }

    #[test]
    fn no_constraint_means_two_things() {
        let mut names: Vec<_> = MEANINGS.iter().flat_map(|(names, _)| names.iter()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
