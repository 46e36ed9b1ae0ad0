//! The chain: every commit of the ledger seals its rows in one block. A row's canonical bytes are hashed into a Merkle
//! tree (SHA-256 with leaves and nodes kept apart as in RFC 6962, section 2.1), the block's hash covers the block
//! before it, and the hash is signed (Ed25519), so that one row can be proven to a stranger without the others.

use sha2::{Digest, Sha256};

mod leaf;

use super::ledger::AccountEvent;
use crate::clock::Micros;

pub use leaf::{COLUMNS, Field, Side, columns, leaf_of, side_hash, side_of, side_salt, transfer_leaf};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

const LEAF: u8 = 0;
const NODE: u8 = 1;
const TRANSFER_ROW: u8 = 1;
const ACCOUNT_EVENT_ROW: u8 = 2;
const BLOCK_DOMAIN: &[u8] = b"quipu.block.v1";
const HANDOVER_DOMAIN: &[u8] = b"quipu.handover.v1";
const GENESIS_DOMAIN: &[u8] = b"quipu.genesis.v1";
const SALT_CHALLENGE_DOMAIN: &[u8] = b"quipu.block-salt.v1";

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

/// What the key signs, and tells nobody, to make the salt of a block.
#[must_use]
pub fn salt_challenge(number: i64, prev_hash: &[u8]) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(SALT_CHALLENGE_DOMAIN);
    bytes.number(number);
    bytes.text(prev_hash);
    Sha256::digest(&bytes.0).into()
}

/// What the first block has for the hash of the block before it.
#[must_use]
pub fn genesis() -> Hash {
    Sha256::digest(GENESIS_DOMAIN).into()
}

/// The leaf of a row about an account itself: all its columns, and its block's salt, which is sealed by each row.
#[must_use]
pub fn account_event_leaf(row: &AccountEvent, block_salt: &[u8]) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(&[LEAF, ACCOUNT_EVENT_ROW]);
    bytes.text(block_salt);
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
        level = next_level(&level);
    }
    level[0]
}

/// The Merkle path of a leaf by its index (RFC 6962, section 2.1.1): what [`root_of_path`] makes the root of, the
/// lowest one first. None for an index beyond the leaves.
#[must_use]
pub fn merkle_path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    leaves.get(index)?;
    let (mut level, mut at, mut path) = (leaves.to_vec(), index, Vec::new());
    while level.len() > 1 {
        // The last one of an odd level has nobody beside it and goes up as it is.
        path.extend(level.get(at ^ 1));
        level = next_level(&level);
        at /= 2;
    }
    Some(path)
}

/// The root that a leaf at `index` of `count` leads to by its path; none when no tree of that size has such a path.
#[must_use]
pub fn root_of_path(leaf: &Hash, index: usize, count: usize, path: &[Hash]) -> Option<Hash> {
    if index >= count {
        return None;
    }
    let (mut hash, mut at, mut width, mut path) = (*leaf, index, count, path.iter());
    while width > 1 {
        if at % 2 == 1 {
            hash = node(path.next()?, &hash);
        } else if at + 1 < width {
            hash = node(&hash, path.next()?);
        }
        (at, width) = (at / 2, width.div_ceil(2));
    }
    path.next().is_none().then_some(hash)
}

fn next_level(level: &[Hash]) -> Vec<Hash> {
    let pairs = level.chunks(2).map(|pair| match pair {
        [left, right] => node(left, right),
        [odd] => *odd,
        _ => [0; 32],
    });
    pairs.collect()
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

    /// RFC 6962, section 2.1.1, by its own recursive definition.
    fn path_by_definition(index: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let split = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(split);
        let (mut path, other) = if index < split {
            (path_by_definition(index, left), right)
        } else {
            (path_by_definition(index - split, right), left)
        };
        path.push(by_definition(other));
        path
    }

    #[test]
    fn each_path_is_that_of_rfc_6962_and_leads_to_the_root_from_its_own_place_alone() {
        for count in 1..=40 {
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            let (count, root) = (leaves.len(), merkle_root(&leaves));
            for (index, own) in leaves.iter().enumerate() {
                let path = merkle_path(&leaves, index).expect("within");
                assert_eq!(path, path_by_definition(index, &leaves), "{index} of {count}");
                assert_eq!(root_of_path(own, index, count, &path), Some(root), "{index} of {count}");
                for other in (0..count).filter(|other| *other != index) {
                    assert_ne!(root_of_path(own, other, count, &path), Some(root), "{index} as {other}");
                }
                let longer = [path.as_slice(), &[[0; 32]]].concat();
                assert_eq!(root_of_path(own, index, count, &longer), None);
                if let Some((_, shorter)) = path.split_last() {
                    assert_eq!(root_of_path(own, index, count, shorter), None);
                }
            }
            assert_eq!(merkle_path(&leaves, count), None);
            assert_eq!(root_of_path(&leaves[0], count, count, &[]), None);
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
