//! A receipt: the file by which a party of a transfer shows a stranger that it stands in the ledger. It has one
//! spelling, so that no byte of it can be changed without being another file.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::UserId;

/// What stands in `format`.
pub const RECEIPT_FORMAT: &str = "quipu.receipt.v1";

/// The file. Hashes, keys, salts and signatures are in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// `quipu.receipt.v1`.
    pub format: String,
    /// The transfer's id.
    pub transfer: String,
    /// What the row says, for people. It follows from the row.
    pub says: ReceiptSays,
    /// The columns of the ledger's row that are hashed into its leaf, but for those of the other side.
    pub row: ReceiptRow,
    /// The side whose columns are there: `debit` or `credit`.
    #[schemars(extend("enum" = ["debit", "credit"]))]
    pub side: String,
    /// What the columns of this side are hashed with.
    pub salt: String,
    /// The hash of the columns of the other side.
    pub other_side: String,
    /// The Merkle path from the leaf to the block's root (RFC 6962), the lowest hash first.
    pub path: Vec<String>,
    /// The block that seals the row.
    pub block: ReceiptBlock,
    /// The key that signed the block.
    pub key: ReceiptKey,
    /// The keys that came after it, each handed over by the one before, up to the present one.
    pub handovers: Vec<ReceiptHandover>,
    /// How the two were called when the file was made.
    pub names: ReceiptNames,
    /// SHA-256 of this file with an empty text here.
    pub sha256: String,
}

/// What the row says, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptSays {
    /// What it is for, such as `payment`.
    pub kind: String,
    /// What the row does: `posted`, `held`, `captured`, `voided`, `expired` or `reversed`.
    pub state: String,
    /// How much: a decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// When, in UTC.
    pub at: String,
    /// Who gave.
    pub from: ReceiptOwner,
    /// Who got.
    pub to: ReceiptOwner,
}

/// Whose an account is. Its id is made from this and the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptOwner {
    /// The person; the nil id for the system.
    pub user: UserId,
    /// What the account is for: `person`, or which of the system's.
    pub account: String,
}

/// The header of a block, its hash and its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBlock {
    /// Which ledger.
    pub shard: i64,
    /// Its place in the chain, from 1.
    pub number: i64,
    /// The first position that it seals.
    pub first_seq: i64,
    /// The last one.
    pub last_seq: i64,
    /// The hash of the block before.
    pub prev_hash: String,
    /// The Merkle root of its rows.
    pub root: String,
    /// Ledger time, in microseconds since 1970.
    pub at: i64,
    /// The key that signed.
    pub key_id: String,
    /// SHA-256 of the header.
    pub hash: String,
    /// Ed25519 of the hash.
    pub signature: String,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptKey {
    /// What names it.
    pub id: String,
    /// Its 32 bytes.
    pub public: String,
}

/// A key that took over from the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptHandover {
    /// What names it.
    pub id: String,
    /// Its 32 bytes.
    pub public: String,
    /// The first block that it signs.
    pub from_block: i64,
    /// The hash of the block before that one.
    pub head_hash: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The signature of the key before over the handover.
    pub handed_over: String,
    /// Its own signature over the handover.
    pub taken_over: String,
}

/// How the two were called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptNames {
    /// False: no signature covers them.
    pub proven: bool,
    /// Who gave, if a person.
    pub from: Option<ReceiptName>,
    /// Who got, if a person.
    pub to: Option<ReceiptName>,
}

/// How somebody was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptName {
    /// The unique name.
    pub handle: String,
    /// The name to show.
    pub display_name: String,
}

/// Columns by name, in the order in which they are hashed; null for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiptRow(pub Vec<(String, Option<String>)>);

impl ReceiptRow {
    /// The value of a column.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.as_deref())
    }
}

impl Serialize for ReceiptRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for ReceiptRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns;
        impl<'de> Visitor<'de> for Columns {
            type Value = ReceiptRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("columns by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReceiptRow, A::Error> {
                let mut columns = Vec::new();
                while let Some(column) = map.next_entry()? {
                    columns.push(column);
                }
                Ok(ReceiptRow(columns))
            }
        }
        deserializer.deserialize_map(Columns)
    }
}

impl JsonSchema for ReceiptRow {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReceiptRow".into()
    }

    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, Option<String>>::json_schema(schemas)
    }
}

/// What `GET /api/v1/wallet/receipt` is asked.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReceiptQuery {
    /// The transfer's id.
    pub transfer: String,
}

/// What `GET /api/v1/wallet/statement` and `statement.csv` are asked.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct StatementQuery {
    /// Which account.
    pub account: String,
    /// The first day.
    pub from: Option<String>,
    /// The last day.
    pub to: Option<String>,
    /// The language of the page.
    pub lang: Option<String>,
}

impl Receipt {
    /// Reads a file.
    ///
    /// # Errors
    /// What is no receipt about it, in a sentence.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// The one spelling of it.
    #[must_use]
    pub fn text(&self) -> String {
        // Our own types always serialise; an empty file is no receipt.
        serde_json::to_string_pretty(self).map_or_else(|_| String::new(), |text| text + "\n")
    }

    /// What its checksum is over.
    #[must_use]
    pub fn unsummed(&self) -> String {
        let bare = Self {
            sha256: String::new(),
            ..self.clone()
        };
        bare.text()
    }
}
