use super::check::{Flaw, check_receipt};
use super::*;
use crate::clock::Micros;
use crate::ids::{ClientId, ConversationId, FlowId};
use crate::op_receipt::Fingerprint;
use crate::wallet::chain::{BlockHeader, genesis, merkle_root, transfer_leaf};
use crate::wallet::flow::{FlowKind, FlowRef};
use crate::wallet::keys::LedgerKey;
use crate::wallet::money::{Currency, Money};
use crate::wallet::transfer::{Card, Purpose, TransferKind};

fn key(n: u8) -> LedgerKey {
    LedgerKey::from_hex(&hex::encode([n; 32])).expect("a key")
}

struct Books {
    rows: Vec<Transfer>,
    owners: (AccountKey, AccountKey),
    block: SealedBlock,
    keys: Vec<KeyInForce>,
}

impl Books {
    /// A block of five payments, signed by the first of three keys.
    fn make() -> Self {
        let currency = Currency::of("CNY").expect("a currency");
        let owners = (
            AccountKey::person(UserId::fresh(), currency),
            AccountKey::person(UserId::fresh(), currency),
        );
        let row = |n: i64| Transfer {
            seq: 10 + n,
            client_id: ClientId::fresh(),
            actor: owners.0.owner,
            fingerprint: Fingerprint::of("transfer.send", &[]),
            kind: TransferKind::Post,
            purpose: Purpose::Payment,
            leg: 0,
            legs: 1,
            debit: owners.0.id(),
            credit: owners.1.id(),
            money: Money::of_minor(1_250 + n, currency).expect("an amount"),
            of: None,
            expires_at: None,
            debit_after: 777_777,
            debit_held: 0,
            credit_after: 888_888,
            debit_prev: 7,
            credit_prev: 8,
            note: "for \"tea\" 茶".to_owned(),
            card: Some(Card {
                conversation: ConversationId::fresh(),
                seq: 5,
            }),
            flow: (n % 2 == 1).then(|| FlowRef {
                kind: FlowKind::Request,
                id: FlowId::from_bytes([6; 16]),
            }),
            at: Micros(1_700_000_000_123_456),
        };
        let rows: Vec<_> = (0..5).map(row).collect();
        let salt = key(1).block_salt(3, &genesis());
        let leaves: Vec<_> = rows.iter().map(|row| transfer_leaf(row, &salt)).collect();
        let header = BlockHeader {
            shard: 0,
            number: 3,
            first_seq: 10,
            last_seq: 14,
            prev_hash: genesis().to_vec(),
            root: merkle_root(&leaves),
            at: rows[0].at,
            key_id: key(1).id().to_owned(),
        };
        let hash = header.hash();
        let keys = vec![
            KeyInForce::sign(&key(1), &key(1), 1, &genesis(), Micros(1)),
            KeyInForce::sign(&key(1), &key(2), 4, &hash, Micros(2)),
            KeyInForce::sign(&key(2), &key(3), 9, &[9; 32], Micros(3)),
        ];
        let block = SealedBlock {
            header,
            hash: hash.to_vec(),
            salt: salt.to_vec(),
            signature: key(1).sign(&hash).to_vec(),
        };
        Self {
            rows,
            owners,
            block,
            keys,
        }
    }

    fn receipt(&self, at: usize, side: Side) -> Receipt {
        let leaves: Vec<_> = self
            .rows
            .iter()
            .map(|row| transfer_leaf(row, &self.block.salt))
            .collect();
        let name = |id| {
            Some(UserView {
                id,
                handle: "ana".to_owned(),
                display_name: "Ana".to_owned(),
            })
        };
        make(&Source {
            row: &self.rows[at],
            owners: self.owners,
            side,
            leaves: &leaves,
            block: &self.block,
            keys: &self.keys,
            names: &name,
        })
        .expect("a receipt")
    }
}

/// A file that was changed and given a checksum that fits, as a forger would.
fn forged(receipt: &Receipt, change: impl FnOnce(&mut Receipt)) -> Flaw {
    let mut other = receipt.clone();
    change(&mut other);
    assert_ne!(&other, receipt, "something was changed");
    other.sha256 = check::checksum(&other);
    check_receipt(other.text().as_bytes(), &key(3).public()).expect_err("a forgery")
}

#[test]
fn every_row_of_a_block_holds_for_both_sides_by_the_key_that_signed_and_by_every_later_one() {
    let books = Books::make();
    for at in 0..books.rows.len() {
        for side in [Side::Debit, Side::Credit] {
            let text = books.receipt(at, side).text();
            for (n, handovers) in [(1, 0), (2, 1), (3, 2)] {
                let proven = check_receipt(text.as_bytes(), &key(n).public()).expect("it holds");
                assert_eq!(proven.handovers, handovers);
            }
            let flaw = check_receipt(text.as_bytes(), &key(4).public());
            assert!(matches!(flaw, Err(Flaw::Untrusted { .. })), "{flaw:?}");
        }
    }
}

#[test]
fn no_receipt_tells_what_the_other_side_has() {
    let books = Books::make();
    let (of_payer, of_payee) = (
        books.receipt(1, Side::Debit).text(),
        books.receipt(1, Side::Credit).text(),
    );
    assert!(of_payer.contains("777777") && !of_payer.contains("888888"));
    assert!(of_payee.contains("888888") && !of_payee.contains("777777"));
    assert!(!of_payer.contains(&hex::encode(&books.block.salt)));
}

#[test]
fn one_changed_byte_anywhere_fails() {
    let text = Books::make().receipt(2, Side::Debit).text().into_bytes();
    for at in 0..text.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut other = text.clone();
            other[at] ^= flip;
            let flaw = check_receipt(&other, &key(3).public());
            assert!(flaw.is_err(), "byte {at} ^ {flip}: {}", String::from_utf8_lossy(&other));
        }
    }
    for other in [&text[1..], &text[..text.len() - 1], &[text.as_slice(), b"\n"].concat()] {
        assert!(check_receipt(other, &key(3).public()).is_err());
    }
}

#[test]
fn what_a_forger_changes_is_named() {
    let receipt = Books::make().receipt(2, Side::Debit);
    let other = |text: &str| hex::encode(&[7; 32][..text.len() / 2]);
    let is = |flaw: Flaw, says: &str| assert!(flaw.to_string().contains(says), "{flaw} says {says}");
    is(forged(&receipt, |r| r.says.amount = "99.00".into()), "how much it was");
    is(
        forged(&receipt, |r| r.says.at = "2020-01-01T00:00:00.000Z".into()),
        "when it was",
    );
    is(
        forged(&receipt, |r| r.says.to.user = UserId::fresh()),
        "the account in says.to",
    );
    is(forged(&receipt, |r| r.transfer.push_str(".1")), "which transfer it is");
    is(
        forged(&receipt, |r| r.salt = other(&r.salt)),
        "do not lead to the block's root",
    );
    is(
        forged(&receipt, |r| r.path[0] = other(&r.path[0])),
        "do not lead to the block's root",
    );
    is(
        forged(&receipt, |r| r.other_side = other(&r.other_side)),
        "do not lead to the block's root",
    );
    is(forged(&receipt, |r| r.side = "credit".into()), "row.credit_after");
    is(
        forged(&receipt, |r| r.block.root = other(&r.block.root)),
        "do not lead to the block's root",
    );
    is(
        forged(&receipt, |r| r.block.number = 2),
        "the header of block 2 was changed",
    );
    is(
        forged(&receipt, |r| r.block.signature = hex::encode([7; 64])),
        "the signature of block 3",
    );
    is(
        forged(&receipt, |r| r.handovers[0].taken_over = hex::encode([7; 64])),
        "was not handed over",
    );
    is(
        forged(&receipt, |r| r.handovers[1].from_block = 4),
        "the next key signs from block 4",
    );
    is(forged(&receipt, |r| drop(r.handovers.pop())), "leads to the key");
    is(forged(&receipt, |r| r.format.push('2')), "of the format");
    is(forged(&receipt, |r| r.names.proven = true), "no signature covers it");
}

#[test]
fn no_column_of_the_row_can_be_changed_left_out_or_added() {
    let receipt = Books::make().receipt(2, Side::Credit);
    for at in 0..receipt.row.0.len() {
        forged(&receipt, |r| {
            let value = &mut r.row.0[at].1;
            *value = match value.take() {
                None => Some("1".to_owned()),
                Some(text) if text.parse::<i64>().is_ok() => Some(format!("{}", text.parse::<i64>().unwrap_or(0) + 1)),
                Some(text) if text.len() > 3 => Some(text.replacen(|c: char| c.is_alphanumeric(), "0", 2) + "0"),
                Some(text) => Some(format!("{text}x")),
            };
        });
        forged(&receipt, |r| drop(r.row.0.remove(at)));
    }
    forged(&receipt, |r| r.row.0.push(("more".to_owned(), None)));
}
