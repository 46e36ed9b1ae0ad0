//! The chain: every commit of the ledger seals its rows in one block. A row's canonical bytes are hashed into a Merkle
//! tree (SHA-256 with leaves and nodes kept apart as in RFC 6962, section 2.1), the block's hash covers the block
//! before it, and the hash is signed (Ed25519), so that one row can be proven to a stranger without the others.

use sha2::{Digest, Sha256};

use super::ledger::AccountEvent;
use super::transfer::Transfer;
use crate::clock::Micros;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

const LEAF: u8 = 0;
const NODE: u8 = 1;
const TRANSFER_ROW: u8 = 1;
const ACCOUNT_EVENT_ROW: u8 = 2;
const BLOCK_DOMAIN: &[u8] = b"quipu.block.v1";
const HANDOVER_DOMAIN: &[u8] = b"quipu.handover.v1";
const GENESIS_DOMAIN: &[u8] = b"quipu.genesis.v1";

/// What a block says of itself; its hash covers all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockHeader {
    /// Which ledger.
    pub shard: i64,
    /// Its place in the chain, from 1.
    pub number: i64,
    /// The first position that it seals.
    pub first_seq: i64,
    /// The last one.
    pub last_seq: i64,
    /// The hash of the block before.
    pub prev_hash: Vec<u8>,
    /// The Merkle root of its rows in the order of their positions.
    pub root: Hash,
    /// Ledger time.
    pub at: Micros,
    /// The key that signs.
    pub key_id: String,
}

impl BlockHeader {
    /// The block's hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut bytes = Canonical::default();
        bytes.raw(BLOCK_DOMAIN);
        for number in [self.shard, self.number, self.first_seq, self.last_seq, self.at.0] {
            bytes.number(number);
        }
        bytes.text(&self.prev_hash);
        bytes.raw(&self.root);
        bytes.text(self.key_id.as_bytes());
        Sha256::digest(&bytes.0).into()
    }
}

/// What a key that comes into force is signed over, by itself and by the key before it: both keys, and the block after
/// which it signs, so that neither the key nor what was sealed before it can be exchanged.
#[must_use]
pub fn handover(before: &[u8], key: &[u8], from_block: i64, head_hash: &[u8], at: Micros) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(HANDOVER_DOMAIN);
    bytes.text(before);
    bytes.text(key);
    bytes.number(from_block);
    bytes.text(head_hash);
    bytes.number(at.0);
    Sha256::digest(&bytes.0).into()
}

/// What the first block has for the hash of the block before it.
#[must_use]
pub fn genesis() -> Hash {
    Sha256::digest(GENESIS_DOMAIN).into()
}

/// The leaf of a transfer: all its columns.
#[must_use]
pub fn transfer_leaf(row: &Transfer) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(&[LEAF, TRANSFER_ROW]);
    bytes.number(row.seq);
    bytes.raw(&row.client_id.bytes());
    bytes.raw(&row.actor.bytes());
    bytes.text(&row.fingerprint.bytes());
    for code in [row.kind.code(), row.purpose.code(), row.leg, row.legs] {
        bytes.number(code.into());
    }
    bytes.raw(&row.debit.bytes());
    bytes.raw(&row.credit.bytes());
    bytes.text(row.money.currency().code().as_bytes());
    for number in [
        row.money.minor(),
        row.debit_after,
        row.debit_held,
        row.credit_after,
        row.debit_prev,
        row.credit_prev,
        row.at.0,
    ] {
        bytes.number(number);
    }
    bytes.optional_number(row.of);
    bytes.optional_number(row.expires_at.map(|at| at.0));
    bytes.text(row.note.as_bytes());
    match row.card {
        Some(card) => {
            bytes.raw(&[1]);
            bytes.raw(&card.conversation.bytes());
            bytes.number(card.seq);
        }
        None => bytes.raw(&[0]),
    }
    match row.flow {
        Some(flow) => {
            bytes.raw(&[1]);
            bytes.number(flow.kind.code().into());
            bytes.raw(&flow.id.bytes());
        }
        None => bytes.raw(&[0]),
    }
    Sha256::digest(&bytes.0).into()
}

/// The leaf of a row about an account itself: all its columns.
#[must_use]
pub fn account_event_leaf(row: &AccountEvent) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(&[LEAF, ACCOUNT_EVENT_ROW]);
    bytes.number(row.seq);
    bytes.raw(&row.account.bytes());
    bytes.raw(&row.key.owner.bytes());
    bytes.number(row.key.kind.code().into());
    bytes.text(row.key.currency.code().as_bytes());
    bytes.number(row.event.code().into());
    for number in [row.floor, row.status.code().into(), row.prev_seq, row.at.0] {
        bytes.number(number);
    }
    bytes.raw(&row.client_id.bytes());
    bytes.raw(&row.actor.bytes());
    bytes.text(row.reason.as_bytes());
    Sha256::digest(&bytes.0).into()
}

/// The Merkle root of leaves. RFC 6962 splits at the largest power of two below the count; pairing level by level
/// and carrying an odd last one up gives the same tree.
#[must_use]
pub fn merkle_root(leaves: &[Hash]) -> Hash {
    let mut level = leaves.to_vec();
    if level.is_empty() {
        return Sha256::digest([]).into();
    }
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node(left, right),
                [odd] => *odd,
                _ => [0; 32],
            })
            .collect();
    }
    level[0]
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([NODE]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// Bytes that mean one thing only: numbers of 8 bytes big-endian, texts with their length before them.
#[derive(Default)]
struct Canonical(Vec<u8>);

impl Canonical {
    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn number(&mut self, number: i64) {
        self.raw(&number.to_be_bytes());
    }

    fn optional_number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => {
                self.raw(&[1]);
                self.number(number);
            }
            None => self.raw(&[0]),
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        self.raw(&(bytes.len() as u64).to_be_bytes());
        self.raw(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(n: u8) -> Hash {
        Sha256::digest([LEAF, n]).into()
    }

    /// RFC 6962, section 2.1, by its own recursive definition.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_for_every_count() {
        for count in 1..=40 {
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            assert_eq!(merkle_root(&leaves), by_definition(&leaves), "{count} leaves");
        }
    }

    #[test]
    fn a_node_cannot_pose_as_a_leaf() {
        assert_ne!(merkle_root(&[leaf(1), leaf(2)]), leaf(3));
        assert_ne!(
            node(&leaf(1), &leaf(2)),
            Hash::from(Sha256::digest([leaf(1), leaf(2)].concat()))
        );
    }
}
