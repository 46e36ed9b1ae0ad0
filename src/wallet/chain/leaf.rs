//! The leaf of a transfer: its columns, by name, in the order in which they are hashed. What is hashed, what a receipt
//! says and how a receipt is read all follow from [`COLUMNS`]: a column more is a line more there.
//!
//! Both parties may show a stranger that a payment was made, and neither learns by it what the other has. So what only
//! the owner of one side may see (the balance after, what is held, the position before) stands in the leaf as a hash of
//! its own, salted, since a balance could be guessed from a plain one. The salt follows from the block's, for each row
//! and side another.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::{Canonical, Hash, LEAF, TRANSFER_ROW};
use crate::wallet::transfer::Transfer;

const SIDE_DOMAIN: &[u8] = b"quipu.side.v1";
const SALT_DOMAIN: &[u8] = b"quipu.salt.v1";

/// A side of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The account that gave.
    Debit,
    /// The account that got.
    Credit,
}

impl Side {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Debit, Self::Credit]
            .into_iter()
            .find(|side| side.as_str() == word)
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 16 bytes, written as a UUID.
    Id,
    /// Any bytes, written in hexadecimal.
    Bytes,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// Nothing, or these (ids and numbers), written with a space between.
    Optional(&'static [Self]),
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<'a> {
    /// See [`Form::Id`].
    Id([u8; 16]),
    /// See [`Form::Bytes`].
    Bytes(Cow<'a, [u8]>),
    /// See [`Form::Number`].
    Number(i64),
    /// See [`Form::Text`].
    Text(Cow<'a, str>),
    /// See [`Form::Optional`].
    Optional(Option<Vec<Self>>),
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
    /// The side whose owner alone may see it; none for both.
    pub side: Option<Side>,
    value: fn(&Transfer) -> Field<'_>,
}

impl Column {
    /// Its value in a row.
    #[must_use]
    pub fn of<'a>(&self, row: &'a Transfer) -> Field<'a> {
        (self.value)(row)
    }
}

const fn column(name: &'static str, form: Form, value: fn(&Transfer) -> Field<'_>) -> Column {
    Column {
        name,
        form,
        side: None,
        value,
    }
}

const fn own(side: Side, name: &'static str, value: fn(&Transfer) -> Field<'_>) -> Column {
    Column {
        side: Some(side),
        ..column(name, Form::Number, value)
    }
}

/// All columns, in the order in which they are hashed.
pub const COLUMNS: &[Column] = &[
    column("seq", Form::Number, |row| Field::Number(row.seq)),
    column("client_id", Form::Id, |row| Field::Id(row.client_id.bytes())),
    column("actor", Form::Id, |row| Field::Id(row.actor.bytes())),
    column("fingerprint", Form::Bytes, |row| {
        Field::Bytes(row.fingerprint.bytes().into())
    }),
    column("kind", Form::Number, |row| Field::Number(row.kind.code().into())),
    column("purpose", Form::Number, |row| Field::Number(row.purpose.code().into())),
    column("leg", Form::Number, |row| Field::Number(row.leg.into())),
    column("legs", Form::Number, |row| Field::Number(row.legs.into())),
    column("debit", Form::Id, |row| Field::Id(row.debit.bytes())),
    column("credit", Form::Id, |row| Field::Id(row.credit.bytes())),
    column("currency", Form::Text, |row| {
        Field::Text(row.money.currency().code().to_owned().into())
    }),
    column("minor", Form::Number, |row| Field::Number(row.money.minor())),
    column("at", Form::Number, |row| Field::Number(row.at.0)),
    column("of", Form::Optional(&[Form::Number]), |row| {
        Field::Optional(row.of.map(|of| vec![Field::Number(of)]))
    }),
    column("expires_at", Form::Optional(&[Form::Number]), |row| {
        Field::Optional(row.expires_at.map(|at| vec![Field::Number(at.0)]))
    }),
    column("note", Form::Text, |row| Field::Text(row.note.as_str().into())),
    column("card", Form::Optional(&[Form::Id, Form::Number]), |row| {
        let card = row.card.map(|card| (card.conversation.bytes(), card.seq));
        Field::Optional(card.map(|(conversation, seq)| vec![Field::Id(conversation), Field::Number(seq)]))
    }),
    column("flow", Form::Optional(&[Form::Number, Form::Id]), |row| {
        let flow = row.flow.map(|flow| (flow.kind.code(), flow.id.bytes()));
        Field::Optional(flow.map(|(kind, id)| vec![Field::Number(kind.into()), Field::Id(id)]))
    }),
    own(Side::Debit, "debit_after", |row| Field::Number(row.debit_after)),
    own(Side::Debit, "debit_held", |row| Field::Number(row.debit_held)),
    own(Side::Debit, "debit_prev", |row| Field::Number(row.debit_prev)),
    own(Side::Credit, "credit_after", |row| Field::Number(row.credit_after)),
    own(Side::Credit, "credit_prev", |row| Field::Number(row.credit_prev)),
];

/// The columns that both sides may see, or those of one side alone.
pub fn columns(side: Option<Side>) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| column.side == side)
}

impl<'a> Field<'a> {
    fn hash_into(&self, bytes: &mut Canonical) {
        match self {
            Self::Id(id) => bytes.raw(id),
            Self::Bytes(some) => bytes.text(some),
            Self::Number(number) => bytes.number(*number),
            Self::Text(text) => bytes.text(text.as_bytes()),
            Self::Optional(None) => bytes.raw(&[0]),
            Self::Optional(Some(parts)) => {
                bytes.raw(&[1]);
                parts.iter().for_each(|part| part.hash_into(bytes));
            }
        }
    }

    /// The value as a receipt writes it; none for nothing.
    #[must_use]
    pub fn written(&self) -> Option<String> {
        Some(match self {
            Self::Id(id) => uuid::Uuid::from_bytes(*id).hyphenated().to_string(),
            Self::Bytes(bytes) => hex::encode(bytes),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Optional(None) => return None,
            Self::Optional(Some(parts)) => parts.iter().filter_map(Self::written).collect::<Vec<_>>().join(" "),
        })
    }

    /// Reads what [`Field::written`] writes, and nothing else.
    #[must_use]
    pub fn read(form: Form, text: Option<&'a str>) -> Option<Self> {
        let field = match (form, text) {
            (Form::Optional(_), None) => Self::Optional(None),
            (Form::Optional(forms), Some(text)) => {
                let parts: Vec<_> = text.split(' ').collect();
                let read = forms
                    .iter()
                    .zip(&parts)
                    .map(|(form, part)| Self::read(*form, Some(part)));
                let same = parts.len() == forms.len();
                Self::Optional(Some(read.collect::<Option<Vec<_>>>().filter(|_| same)?))
            }
            (Form::Id, Some(text)) => Self::Id(uuid::Uuid::try_parse(text).ok()?.into_bytes()),
            (Form::Bytes, Some(text)) => Self::Bytes(hex::decode(text).ok()?.into()),
            (Form::Number, Some(text)) => Self::Number(text.parse().ok()?),
            (Form::Text, Some(text)) => Self::Text(text.into()),
            (_, None) => return None,
        };
        (field.written().as_deref() == text).then_some(field)
    }
}

/// The salt of one side of one row, which whoever owns that side may be told.
#[must_use]
pub fn side_salt(block_salt: &[u8], seq: i64, side: Side) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(SALT_DOMAIN);
    bytes.text(block_salt);
    bytes.number(seq);
    bytes.text(side.as_str().as_bytes());
    Sha256::digest(&bytes.0).into()
}

/// What stands in the leaf for the columns of one side.
#[must_use]
pub fn side_hash<'a>(salt: &Hash, fields: impl IntoIterator<Item = Field<'a>>) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(SIDE_DOMAIN);
    bytes.raw(salt);
    for field in fields {
        field.hash_into(&mut bytes);
    }
    Sha256::digest(&bytes.0).into()
}

/// The leaf of what both may see and of the two sides.
#[must_use]
pub fn leaf_of<'a>(shared: impl IntoIterator<Item = Field<'a>>, debit: &Hash, credit: &Hash) -> Hash {
    let mut bytes = Canonical::default();
    bytes.raw(&[LEAF, TRANSFER_ROW]);
    for field in shared {
        field.hash_into(&mut bytes);
    }
    bytes.raw(debit);
    bytes.raw(credit);
    Sha256::digest(&bytes.0).into()
}

/// The hash of one side of a row.
#[must_use]
pub fn side_of(row: &Transfer, block_salt: &[u8], side: Side) -> Hash {
    let salt = side_salt(block_salt, row.seq, side);
    side_hash(&salt, columns(Some(side)).map(|column| column.of(row)))
}

/// The leaf of a transfer: all its columns.
#[must_use]
pub fn transfer_leaf(row: &Transfer, block_salt: &[u8]) -> Hash {
    let (debit, credit) = (
        side_of(row, block_salt, Side::Debit),
        side_of(row, block_salt, Side::Credit),
    );
    leaf_of(columns(None).map(|column| column.of(row)), &debit, &credit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_it_is_written_and_in_no_other_spelling() {
        const CARD: Form = Form::Optional(&[Form::Id, Form::Number]);
        let card = Field::Optional(Some(vec![Field::Id([7; 16]), Field::Number(-3)]));
        let written = card.written();
        assert_eq!(Field::read(CARD, written.as_deref()), Some(card));
        assert_eq!(Field::read(CARD, None), Some(Field::Optional(None)));
        assert_eq!(Field::read(Form::Number, Some("12")), Some(Field::Number(12)));
        for (form, text) in [
            (Form::Number, "012"),
            (Form::Number, "+1"),
            (Form::Number, "1 "),
            (Form::Bytes, "AB"),
            (Form::Id, "07070707070707070707070707070707"),
            (CARD, "07070707-0707-0707-0707-070707070707"),
            (CARD, "07070707-0707-0707-0707-070707070707 1 2"),
        ] {
            assert_eq!(Field::read(form, Some(text)), None, "{text}");
        }
        assert_eq!(Field::read(Form::Number, None), None);
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        let mut names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMNS.len());
    }
}
