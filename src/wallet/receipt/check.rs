//! Checking a receipt: pure, over the bytes of the file and the key that its reader trusts.

use sha2::{Digest, Sha256};

use crate::clock::Micros;
use crate::ids::{AccountId, ClientId, UserId};
use crate::protocol::{RECEIPT_FORMAT, Receipt, ReceiptOwner};
use crate::wallet::account::{AccountKey, AccountKind};
use crate::wallet::chain::{self, BlockHeader, Field, Hash, Side};
use crate::wallet::keys::{KeyInForce, PublicKey};
use crate::wallet::money::{Currency, Money};
use crate::wallet::transfer::{Purpose, TransferId, TransferKind};

/// What is wrong with a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It cannot be read.
    #[error("this file is no receipt of Quipu: {0}")]
    Unreadable(String),
    /// Of another version.
    #[error("this receipt is of the format {0:?}, and only {RECEIPT_FORMAT:?} can be checked here")]
    Format(String),
    /// Not as it is written.
    #[error("the file was changed: at byte {0} it is not written as Quipu writes it")]
    Spelling(usize),
    /// A value that cannot stand there.
    #[error("{0} in the receipt is not what can stand there")]
    Value(String),
    /// What is said of the row is not what the row says.
    #[error("the receipt says {0} and its row says otherwise")]
    Says(&'static str),
    /// An account is not that of who is named.
    #[error("the account in {0} is not that of the person who is named for it")]
    Owner(&'static str),
    /// The row does not lead to the root.
    #[error("the row, its salt, the other side's hash or the path was changed: they do not lead to the block's root")]
    Root,
    /// The row is not within the block.
    #[error("row {row} does not lie in the block, which has rows {first} to {last}")]
    Outside {
        /// The row.
        row: i64,
        /// The block's first.
        first: i64,
        /// Its last.
        last: i64,
    },
    /// The row has another time than its block.
    #[error("the row has another time than its block")]
    Time,
    /// The header does not have the hash.
    #[error("the header of block {0} was changed: it does not have the hash that is said of it")]
    Hash(i64),
    /// Signed by another key.
    #[error("the block names the key {named}, and the receipt has the key {given}")]
    Key {
        /// Named by the block.
        named: String,
        /// In the file.
        given: String,
    },
    /// The signature does not hold.
    #[error("the signature of block {0} does not hold")]
    Signature(i64),
    /// A key was not handed over.
    #[error("the key {0} was not handed over by the key before it")]
    Handover(String),
    /// The block is one that a later key signs.
    #[error("block {block} is not the key {key}'s to sign: the next key signs from block {from} on")]
    Late {
        /// The block.
        block: i64,
        /// Who signed.
        key: String,
        /// Where the next one begins.
        from: i64,
    },
    /// Nothing leads to the key that is trusted.
    #[error(
        "the receipt leads to the key {last}, not to {trusted}, which was given: if the ledger's key was exchanged \
         since, fetch the receipt anew; else it is of another ledger, or forged"
    )]
    Untrusted {
        /// The last key in the file.
        last: String,
        /// The key that was given.
        trusted: String,
    },
    /// What no signature covers was changed.
    #[error("the file was changed where no signature covers it, such as in the names: its checksum does not hold")]
    Checksum,
}

/// What a receipt that holds proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The file.
    pub receipt: Receipt,
    /// The key that signed the block.
    pub signed_by: String,
    /// How often the key was handed over from it to the one that was given.
    pub handovers: usize,
}

/// Checks a receipt's file. `trusted` is the key that its reader got from elsewhere: the one that signed, or any later
/// one up to the present.
///
/// # Errors
/// The first [`Flaw`].
pub fn check_receipt(file: &[u8], trusted: &PublicKey) -> Result<Proven, Flaw> {
    let receipt = Receipt::read(file).map_err(Flaw::Unreadable)?;
    if receipt.format != RECEIPT_FORMAT {
        return Err(Flaw::Format(receipt.format));
    }
    spelled(file, receipt.text().as_bytes())?;
    says_what_the_row_says(&receipt)?;
    leads_to_the_root(&receipt)?;
    let signer = signed(&receipt)?;
    let handovers = leads_to(&receipt, signer, trusted)?;
    if receipt.names.proven || checksum(&receipt) != receipt.sha256 {
        return Err(Flaw::Checksum);
    }
    Ok(Proven {
        signed_by: receipt.key.id.clone(),
        receipt,
        handovers,
    })
}

/// The checksum of a receipt, whatever it has for one.
pub(super) fn checksum(receipt: &Receipt) -> String {
    hex::encode(Sha256::digest(receipt.unsummed()))
}

fn spelled(file: &[u8], expected: &[u8]) -> Result<(), Flaw> {
    if file == expected {
        return Ok(());
    }
    let same = file
        .iter()
        .zip(expected)
        .take_while(|(have, want)| have == want)
        .count();
    Err(Flaw::Spelling(same))
}

fn value(name: &str) -> Flaw {
    Flaw::Value(name.to_owned())
}

/// The columns of the row, of both sides or of one, as they must stand there.
fn fields(receipt: &Receipt, side: Option<Side>) -> Result<Vec<Field<'_>>, Flaw> {
    let read = chain::columns(side).map(|column| {
        let text = receipt.row.get(column.name);
        Field::read(column.form, text).ok_or_else(|| Flaw::Value(format!("row.{}", column.name)))
    });
    read.collect()
}

fn own_side(receipt: &Receipt) -> Result<Side, Flaw> {
    Side::of(&receipt.side).ok_or_else(|| value("side"))
}

/// A number of the row.
fn number(receipt: &Receipt, name: &str) -> Result<i64, Flaw> {
    let text = receipt.row.get(name).and_then(|text| text.parse().ok());
    text.ok_or_else(|| Flaw::Value(format!("row.{name}")))
}

fn code(receipt: &Receipt, name: &str) -> Result<i16, Flaw> {
    i16::try_from(number(receipt, name)?).map_err(|_| Flaw::Value(format!("row.{name}")))
}

/// A value of the row that is written as its own type is.
fn typed<T: std::str::FromStr>(receipt: &Receipt, name: &str) -> Result<T, Flaw> {
    let text = receipt.row.get(name).and_then(|text| text.parse().ok());
    text.ok_or_else(|| Flaw::Value(format!("row.{name}")))
}

fn says_what_the_row_says(receipt: &Receipt) -> Result<(), Flaw> {
    let says = &receipt.says;
    let agree = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(Flaw::Says(what)) };
    let kind = TransferKind::from_code(code(receipt, "kind")?).ok_or_else(|| value("row.kind"))?;
    let purpose = Purpose::from_code(code(receipt, "purpose")?).ok_or_else(|| value("row.purpose"))?;
    let currency = Currency::of(receipt.row.get("currency").unwrap_or_default()).map_err(|_| value("row.currency"))?;
    let money = Money::of_minor(number(receipt, "minor")?, currency).map_err(|_| value("row.minor"))?;
    let id = TransferId {
        client_id: typed::<ClientId>(receipt, "client_id")?,
        actor: typed::<UserId>(receipt, "actor")?,
        leg: code(receipt, "leg")?,
    };
    agree(receipt.transfer == id.to_string(), "which transfer it is")?;
    agree(says.kind == purpose.as_str(), "what it is for")?;
    agree(says.state == kind.state(), "what was done")?;
    agree(says.amount == money.to_string(), "how much it was")?;
    agree(says.currency == currency.code(), "in which currency")?;
    agree(says.at == Micros(number(receipt, "at")?).to_string(), "when it was")?;
    owns(&says.from, currency, typed(receipt, "debit")?, "says.from")?;
    owns(&says.to, currency, typed(receipt, "credit")?, "says.to")
}

/// An account's id is a hash of whose it is, what for and in which currency, so that it names its owner.
fn owns(owner: &ReceiptOwner, currency: Currency, account: AccountId, name: &'static str) -> Result<(), Flaw> {
    let kind = AccountKind::ALL.into_iter().find(|kind| kind.as_str() == owner.account);
    let key = AccountKey {
        owner: owner.user,
        kind: kind.ok_or_else(|| Flaw::Value(format!("{name}.account")))?,
        currency,
    };
    if key.id() == account {
        Ok(())
    } else {
        Err(Flaw::Owner(name))
    }
}

fn leads_to_the_root(receipt: &Receipt) -> Result<(), Flaw> {
    let (block, seq, side) = (&receipt.block, number(receipt, "seq")?, own_side(receipt)?);
    let own = fields(receipt, Some(side))?;
    let shared = fields(receipt, None)?;
    let known = own.len() + shared.len();
    if receipt.row.0.len() != known {
        return Err(value("row"));
    }
    let own = chain::side_hash(&hash(&receipt.salt, "salt")?, own);
    let other = hash(&receipt.other_side, "other_side")?;
    let leaf = match side {
        Side::Debit => chain::leaf_of(shared, &own, &other),
        Side::Credit => chain::leaf_of(shared, &other, &own),
    };
    let outside = Flaw::Outside {
        row: seq,
        first: block.first_seq,
        last: block.last_seq,
    };
    if !(block.first_seq..=block.last_seq).contains(&seq) {
        return Err(outside);
    }
    // No block holds as many rows as would not fit.
    let place = |from: i64, to: i64| to.checked_sub(from).and_then(|n| usize::try_from(n).ok());
    let index = place(block.first_seq, seq).ok_or_else(|| outside.clone())?;
    let last = place(block.first_seq, block.last_seq).ok_or(outside)?;
    let path = receipt.path.iter().map(|step| hash(step, "path"));
    let path = path.collect::<Result<Vec<_>, _>>()?;
    let root = chain::root_of_path(&leaf, index, last.saturating_add(1), &path);
    if root != Some(hash(&block.root, "block.root")?) {
        return Err(Flaw::Root);
    }
    if number(receipt, "at")? == block.at {
        Ok(())
    } else {
        Err(Flaw::Time)
    }
}

fn signed(receipt: &Receipt) -> Result<PublicKey, Flaw> {
    let block = &receipt.block;
    let header = BlockHeader {
        shard: block.shard,
        number: block.number,
        first_seq: block.first_seq,
        last_seq: block.last_seq,
        prev_hash: bytes(&block.prev_hash, "block.prev_hash")?,
        root: hash(&block.root, "block.root")?,
        at: Micros(block.at),
        key_id: block.key_id.clone(),
    };
    let sealed = header.hash();
    if sealed != hash(&block.hash, "block.hash")? {
        return Err(Flaw::Hash(block.number));
    }
    let key = PublicKey::from_bytes(&bytes(&receipt.key.public, "key.public")?).ok_or_else(|| value("key.public"))?;
    if key.id() != receipt.key.id || block.key_id != receipt.key.id {
        return Err(Flaw::Key {
            named: block.key_id.clone(),
            given: receipt.key.id.clone(),
        });
    }
    if key.signed(&sealed, &bytes(&block.signature, "block.signature")?) {
        Ok(key)
    } else {
        Err(Flaw::Signature(block.number))
    }
}

/// Follows the keys from the one that signed; how many handovers lie between it and the trusted one.
fn leads_to(receipt: &Receipt, signer: PublicKey, trusted: &PublicKey) -> Result<usize, Flaw> {
    let mut found = (signer.bytes() == trusted.bytes()).then_some(0);
    let (mut before, mut from) = (signer, receipt.block.number);
    for (at, handover) in receipt.handovers.iter().enumerate() {
        let key = KeyInForce {
            id: handover.id.clone(),
            from_block: handover.from_block,
            public: bytes(&handover.public, "handovers.public")?,
            head_hash: bytes(&handover.head_hash, "handovers.head_hash")?,
            handed_over: bytes(&handover.handed_over, "handovers.handed_over")?,
            taken_over: bytes(&handover.taken_over, "handovers.taken_over")?,
            at: Micros(handover.at),
        };
        if key.from_block <= from {
            return Err(Flaw::Late {
                block: from,
                key: before.id(),
                from: key.from_block,
            });
        }
        before = key
            .verified(Some(&before))
            .ok_or_else(|| Flaw::Handover(handover.id.clone()))?;
        from = key.from_block;
        if before.bytes() == trusted.bytes() {
            found = Some(at + 1);
        }
    }
    found.ok_or_else(|| Flaw::Untrusted {
        last: before.id(),
        trusted: trusted.id(),
    })
}

fn bytes(text: &str, name: &str) -> Result<Vec<u8>, Flaw> {
    // One spelling: capitals are another one.
    let read = hex::decode(text).ok().filter(|read| hex::encode(read) == text);
    read.ok_or_else(|| value(name))
}

fn hash(text: &str, name: &str) -> Result<Hash, Flaw> {
    bytes(text, name)?.try_into().map_err(|_| value(name))
}
