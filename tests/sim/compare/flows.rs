//! The flows' own tables and their cards.

use std::collections::BTreeMap;

use quipu::db::Db;
use quipu::wallet::{AccountKind, Currency, FlowKind};
use quipu_entity::message;
use sea_orm::entity::prelude::Uuid;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryResult, Statement};
use serde_json::{Value, json};

use crate::model::{Cell, Flow, Model};

/// The number of a card among messages.
const CARD: i16 = 2;

/// Holds every flow, its parties, its card and its reminders against the model, and what is set aside for packets
/// against the account in which it is.
pub(super) async fn tables(db: &Db, model: &Model) {
    let cards = message::Entity::find().filter(message::Column::Kind.eq(CARD));
    let cards = cards.all(db.reader()).await.unwrap();
    let by_place: BTreeMap<_, _> = cards
        .iter()
        .map(|card| ((card.conversation_id, card.seq), card))
        .collect();
    let mut parties = parties(db).await;
    for kind in FlowKind::ALL {
        let flows: Vec<_> = model.flows().filter(|flow| flow.kind == kind).collect();
        let table = flows.first().map_or("offer", |flow| flow.table());
        let mut rows: BTreeMap<_, _> = if flows.is_empty() {
            BTreeMap::new()
        } else {
            let rows = all(db, table).await;
            rows.into_iter().map(|row| (id(&row, "id"), row)).collect()
        };
        for flow in flows {
            let row = rows.remove(&flow.id.uuid());
            let row = row.unwrap_or_else(|| panic!("{table} {} is not there", flow.id));
            of_a_row(&row, flow);
            let place = (flow.conversation.uuid(), row.try_get::<i64>("", "card_seq").unwrap());
            of_a_card(by_place.get(&place).copied(), flow);
            let found = parties.remove(&flow.id.uuid()).unwrap_or_default();
            assert_eq!(found, expected_parties(flow), "parties of {table} {}", flow.id);
        }
        assert!(
            rows.is_empty(),
            "{table} has rows that nobody opened: {:?}",
            rows.keys()
        );
    }
    assert!(parties.is_empty(), "parties of nothing: {parties:?}");
    beside(&cards, model);
    set_aside(model);
}

async fn all(db: &Db, table: &str) -> Vec<QueryResult> {
    let backend = db.reader().get_database_backend();
    let select = Statement::from_string(backend, format!("SELECT * FROM {table}"));
    db.reader().query_all_raw(select).await.unwrap()
}

fn id(row: &QueryResult, column: &str) -> Uuid {
    row.try_get("", column).unwrap()
}

fn of_a_row(row: &QueryResult, flow: &Flow) {
    for (column, expected) in flow.cells() {
        let found = match &expected {
            Cell::Code(_) => Cell::Code(row.try_get("", column).unwrap()),
            Cell::Number(_) => Cell::Number(row.try_get("", column).unwrap()),
            Cell::Maybe(_) => Cell::Maybe(row.try_get("", column).unwrap()),
            Cell::Text(_) => Cell::Text(row.try_get("", column).unwrap()),
            Cell::Id(_) => Cell::Id(id(row, column)),
            Cell::Bytes(_) => Cell::Bytes(row.try_get("", column).unwrap()),
        };
        assert_eq!(found, expected, "{column} of {} {}", flow.table(), flow.id);
    }
}

fn of_a_card(card: Option<&message::Model>, flow: &Flow) {
    let card = card.unwrap_or_else(|| panic!("{} {} has no card", flow.table(), flow.id));
    let named = (card.card_kind.as_deref(), card.card_id.as_deref(), card.sender_id);
    let (kind, id) = (flow.kind.as_str(), flow.card_id());
    assert_eq!(named, (Some(kind), Some(id.as_str()), flow.creator.uuid()));
    assert_eq!(data(card), flow.shown, "the card of {} {}", flow.table(), flow.id);
}

fn data(card: &message::Model) -> Value {
    serde_json::from_str(card.card_data.as_deref().unwrap()).unwrap()
}

/// Kind, user, state, minor units, place, id and time of each.
type PartyRow = (i16, Uuid, i16, i64, i64, Option<Uuid>, i64);

async fn parties(db: &Db) -> BTreeMap<Uuid, Vec<PartyRow>> {
    let mut parties: BTreeMap<_, Vec<PartyRow>> = BTreeMap::new();
    for row in all(db, "flow_party").await {
        let number = |column| row.try_get::<i64>("", column).unwrap();
        let code = |column| row.try_get::<i16>("", column).unwrap();
        parties.entry(id(&row, "flow_id")).or_default().push((
            code("kind"),
            id(&row, "user_id"),
            code("state"),
            number("minor"),
            number("place"),
            row.try_get("", "client_id").unwrap(),
            number("at"),
        ));
    }
    for of_one in parties.values_mut() {
        of_one.sort_unstable_by_key(|party| party.4);
    }
    parties
}

fn expected_parties(flow: &Flow) -> Vec<PartyRow> {
    let part = |(place, part): (i64, &crate::model::Part)| {
        (
            flow.kind.code(),
            part.user.uuid(),
            part.state.code(),
            part.minor,
            place,
            part.client_id.map(|id| id.uuid()),
            part.at.0,
        )
    };
    (0..).zip(&flow.parties).map(part).collect()
}

/// Cards beside those of flows: of each flow there is one, each reminder stands there once, and each payment and each
/// reversal has its own.
fn beside(cards: &[message::Model], model: &Model) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reminders: BTreeMap<String, Vec<(i64, Value)>> = BTreeMap::new();
    let (mut payments, mut reversals) = (BTreeMap::new(), BTreeMap::new());
    for card in cards {
        let kind = card.card_kind.as_deref().unwrap();
        *counts.entry(kind).or_default() += 1;
        match kind {
            "reminder" => {
                let of = data(card)["of"].as_str().unwrap().to_owned();
                reminders
                    .entry(of)
                    .or_default()
                    .push((card.seq, data(card)["people"].clone()));
            }
            "transfer" => drop(payments.insert(card.card_id.clone().unwrap(), data(card))),
            "reversal" => drop(reversals.insert(card.card_id.clone().unwrap(), data(card))),
            _ => {}
        }
    }
    for flow in model.flows() {
        let mut found = reminders.remove(&flow.card_id()).unwrap_or_default();
        found.sort_unstable_by_key(|(seq, _)| *seq);
        let found: Vec<_> = found.into_iter().map(|(_, people)| people).collect();
        let expected: Vec<_> = flow.reminders.iter().map(|people| json!(people)).collect();
        assert_eq!(found, expected, "reminders of {} {}", flow.table(), flow.id);
        if flow.kind == FlowKind::Offer {
            payments.remove(&flow.card_id());
        }
    }
    assert_eq!(payments, model.payments(), "cards of payments");
    assert_eq!(reversals, model.reversals(), "cards of what went back");
    assert!(reminders.is_empty(), "reminders of nothing: {reminders:?}");
    for kind in FlowKind::ALL.into_iter().filter(|kind| *kind != FlowKind::Offer) {
        let flows = model.flows().filter(|flow| flow.kind == kind).count();
        assert_eq!(
            counts.get(kind.as_str()).copied().unwrap_or_default(),
            flows,
            "{kind:?}"
        );
    }
}

/// What stands in the account for it is what is left of the open packets.
fn set_aside(model: &Model) {
    let mut left: BTreeMap<Currency, i64> = BTreeMap::new();
    for account in model.accounts() {
        let key = account.account.key;
        if key.kind == AccountKind::Escrow {
            left.insert(key.currency, account.posted);
        }
    }
    for flow in model.flows() {
        if flow.kind == FlowKind::Packet {
            *left.get_mut(&flow.currency()).unwrap() -= flow.set_aside();
        }
    }
    assert!(
        left.values().all(|rest| *rest == 0),
        "more or less than all packets: {left:?}"
    );
}

/// Every top-up and withdrawal, where it stands and of how much.
pub(super) async fn fundings(db: &Db, model: &Model) {
    let rows = all(db, "funding").await;
    let told = rows.iter().map(|row| {
        let amount: i64 = row.try_get("", "amount").unwrap();
        let state: i16 = row.try_get("", "state").unwrap();
        (id(row, "id"), (amount, state))
    });
    let expected = model
        .banks()
        .map(|bank| (bank.named.id.uuid(), (bank.money.minor(), bank.phase as i16)));
    assert_eq!(
        told.collect::<BTreeMap<_, _>>(),
        expected.collect(),
        "top-ups and withdrawals"
    );
}
