//! The audit: replays the ledger from its first row and holds everything that the database says against it, in one
//! snapshot, beside whatever is being posted.

mod flows;
mod fundings;
mod replay;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::chain;
use super::keys::PublicKey;
use super::store::{AuditSnapshot, Sealed};
use super::transfer::{Transfer, TransferId};
use crate::db::{Db, Fault};
use replay::Replay;

/// Blocks read at once.
const BLOCK_PAGE: u64 = 64;
/// Rows of other tables read at once.
const ROW_PAGE: u64 = 4_096;

/// From where an audit begins: a block that somebody trusts, since an earlier audit held up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// The block's number; the audit begins behind it.
    pub block: i64,
    /// Its hash, if it was kept: then what came before cannot have been exchanged either.
    pub hash: Option<Vec<u8>>,
}

/// What an audit has checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// The block that was trusted; 0 when all were replayed.
    pub since: i64,
    /// Blocks replayed.
    pub blocks: i64,
    /// Transfers replayed.
    pub transfers: i64,
    /// Changes of accounts themselves replayed.
    pub account_events: i64,
    /// Accounts compared.
    pub accounts: usize,
    /// Holds compared.
    pub holds: usize,
    /// Transfers of which something was given back, compared.
    pub refunds: usize,
    /// Cards held against their transfers.
    pub cards: i64,
    /// Flows held against their rows and their cards, top-ups and withdrawals with them; none when the audit did not begin at the first block.
    pub flows: i64,
    /// Keys that sign or signed.
    pub keys: usize,
    /// Currencies that sum to zero.
    pub currencies: Vec<String>,
    /// The last block's number.
    pub head_block: i64,
    /// The hash of the last block, to be kept elsewhere: a tail that was cut off shows only against it.
    pub head: String,
}

/// The first thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Break {
    /// A sentence that names the row.
    pub what: String,
}

/// Why an audit did not end well.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The ledger is not what it must be.
    #[error("the ledger is broken: {0}")]
    Broken(#[from] Break),
    /// The database could not be read.
    #[error("the audit could not be finished: {0}")]
    Unread(Fault),
}

impl From<Fault> for AuditError {
    fn from(fault: Fault) -> Self {
        match fault {
            // What no rule of ours could have written is a finding, not a failure to look.
            Fault::Corrupt(what) => Self::Broken(Break { what }),
            other => Self::Unread(other),
        }
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Break> {
    if holds { Ok(()) } else { Err(Break { what: what() }) }
}

/// Replays the ledger of a snapshot, all of it or what came after a block; `progress` is told the position reached and
/// the last one. `key` is the one that signs now.
///
/// # Errors
/// The first break by name, or what the database said.
pub async fn audit(
    db: &Db,
    key: &PublicKey,
    since: Option<&Since>,
    mut progress: impl FnMut(i64, i64),
) -> Result<AuditReport, AuditError> {
    let snapshot = AuditSnapshot::open(db).await?;
    let head = snapshot.head().await?.ok_or_else(|| Break {
        what: "the ledger has no head".into(),
    })?;
    let mut replay = begin(&snapshot, key, since).await?;
    loop {
        let blocks = snapshot.blocks(replay.block(), BLOCK_PAGE).await?;
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            break;
        };
        let rows = snapshot.rows(first.header.first_seq, last.header.last_seq).await?;
        look_up(&snapshot, &mut replay, &rows).await?;
        let mut rows = rows.into_iter().peekable();
        for block in &blocks {
            let mut sealed = Vec::new();
            while let Some(row) = rows.next_if(|row| row.seq() <= block.header.last_seq) {
                sealed.push(row);
            }
            replay.seal(block, &sealed)?;
        }
        progress(replay.last_seq(), head.next_seq - 1);
    }
    replay.head(&head)?;
    nothing_is_unsealed(&snapshot, &replay).await?;
    if !replay.is_partial() {
        every_card_has_its_row(&snapshot, replay.cards()).await?;
        let flows = flows::every_flow_agrees(&snapshot, &replay).await?;
        let fundings = fundings::every_funding_agrees(&snapshot, &replay).await?;
        replay.note_flows(flows + fundings);
    }
    close(&snapshot, replay).await
}

/// No row stands outside of the blocks, and no block and no head beside the ones that were replayed.
async fn nothing_is_unsealed(snapshot: &AuditSnapshot, replay: &Replay) -> Result<(), AuditError> {
    if let Some(seq) = snapshot.row_outside(replay.last_seq()).await? {
        return Err(Break {
            what: format!("row {seq} stands in no block"),
        }
        .into());
    }
    if let Some(what) = snapshot.of_another_ledger(replay.block()).await? {
        return Err(Break { what }.into());
    }
    Ok(())
}

/// The replay at its beginning: the keys of the ledger, and the block that is trusted.
async fn begin(snapshot: &AuditSnapshot, key: &PublicKey, since: Option<&Since>) -> Result<Replay, AuditError> {
    let mut keys = Vec::new();
    for row in snapshot.keys().await? {
        let before = keys.last().map(|(_, _, key)| key);
        let (first, id) = (before.is_none(), row.id.clone());
        ensure(!first || row.from_block == 1, || {
            format!(
                "the first key is missing: the key {id} signs from block {} on",
                row.from_block
            )
        })?;
        let verified = row.verified(before);
        let verified = verified.ok_or_else(|| Break {
            what: format!("the key {id} was not handed over by the key before it"),
        })?;
        ensure(!first || row.head_hash == chain::genesis(), || {
            format!("the key {id} is the first one and does not sign from the beginning")
        })?;
        keys.push((row.from_block, row.head_hash, verified));
    }
    ensure(
        keys.last().is_some_and(|(_, _, last)| last.bytes() == key.bytes()),
        || format!("the ledger's last key is not {}, which was to be expected", key.id()),
    )?;
    let Some(since) = since else {
        return Ok(Replay::new(keys));
    };
    let trusted = snapshot.blocks(since.block - 1, 1).await?.into_iter().next();
    let trusted = trusted.filter(|block| block.header.number == since.block);
    let trusted = trusted.ok_or_else(|| Break {
        what: format!("block {} is not there", since.block),
    })?;
    ensure(since.hash.as_ref().is_none_or(|hash| *hash == trusted.hash), || {
        format!("block {} has the hash {}", since.block, hex::encode(&trusted.hash))
    })?;
    ensure(trusted.hash == trusted.header.hash(), || {
        format!("block {} itself was changed", since.block)
    })?;
    let accounts = snapshot.accounts().await?;
    Ok(Replay::after(keys, &trusted, accounts))
}

/// What the rows of a page refer to beyond it: the cards that show them, and earlier rows that they resolve or reverse.
async fn look_up(snapshot: &AuditSnapshot, replay: &mut Replay, rows: &[Sealed]) -> Result<(), AuditError> {
    let transfers = rows.iter().filter_map(Sealed::transfer);
    let shown: Vec<_> = transfers.clone().filter_map(|row| row.card).collect();
    let mut cards = HashMap::new();
    for part in shown.chunks(256) {
        cards.extend(snapshot.cards(part).await?);
    }
    replay.look_at_cards(cards);
    let wanted: HashSet<i64> = transfers.filter_map(|row| row.of).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let mut earlier: HashMap<i64, Transfer> = HashMap::new();
    for part in wanted.chunks(256) {
        earlier.extend(snapshot.transfers(part).await?);
    }
    if replay.is_partial() {
        let seqs: Vec<_> = earlier.keys().copied().collect();
        for part in seqs.chunks(256) {
            replay.recall(snapshot.holds_of(part).await?, snapshot.refunds_of(part).await?);
        }
    }
    replay.look_at_earlier(earlier);
    Ok(())
}

/// Each card with a row counts in `rows`; when there are more cards, the first one without is found.
async fn every_card_has_its_row(snapshot: &AuditSnapshot, rows: i64) -> Result<(), AuditError> {
    let cards = snapshot.card_count().await?;
    if cards == rows {
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = snapshot.card_page(after, ROW_PAGE).await?;
        let Some((conversation, seq, _)) = page.last() else {
            break;
        };
        after = Some((*conversation, *seq));
        for (conversation, seq, id) in &page {
            let of: Option<TransferId> = id.parse().ok();
            let row = match of {
                Some(of) => snapshot.transfer(of).await?,
                None => None,
            };
            let place = row.and_then(|row| row.card);
            ensure(
                place.is_some_and(|card| card.conversation == *conversation && card.seq == *seq),
                || format!("message {seq} of conversation {conversation} is a card without a payment"),
            )?;
        }
    }
    Err(Break {
        what: format!("{cards} cards stand in conversations for {rows} payments"),
    }
    .into())
}

/// Compares the tables that are derived from the rows.
async fn close(snapshot: &AuditSnapshot, mut replay: Replay) -> Result<AuditReport, AuditError> {
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    let accounts = snapshot.accounts().await?;
    for account in &accounts {
        replay.account(account)?;
        *sums.entry(account.key.currency.code().to_owned()).or_default() += i128::from(account.posted);
    }
    let (mut holds, mut refunds) = (0, 0);
    // From before the first position: what stands there has no row.
    let mut after = i64::MIN;
    loop {
        let page = snapshot.holds(after, ROW_PAGE).await?;
        let Some(last) = page.last() else { break };
        (after, holds) = (last.transfer, holds + page.len());
        page.iter().try_for_each(|hold| replay.hold(hold))?;
    }
    after = i64::MIN;
    loop {
        let page = snapshot.refunds(after, ROW_PAGE).await?;
        let Some(last) = page.last() else { break };
        (after, refunds) = (last.transfer, refunds + page.len());
        page.iter().try_for_each(|refund| replay.refund(refund))?;
    }
    replay.nothing_is_missing()?;
    for (currency, sum) in &sums {
        ensure(*sum == 0, || format!("all of {currency} sums to {sum}, not to zero"))?;
    }
    Ok(replay.report(accounts.len(), holds, refunds, sums.into_keys().collect()))
}
