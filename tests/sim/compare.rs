//! What the code said and wrote, in the model's words.

mod flows;

use quipu::db::Db;
use quipu::wallet::{Decision, PlacedLeg, PublicKey, Transfer, TransferKind, audit};
use quipu_entity::{account, hold, refund};
use sea_orm::EntityTrait;

use crate::model::{Account, Answer, Model, Row, Seen, Stepped};
use crate::node::{Told, ToldFlow};

/// The code's answer in the model's words.
pub(crate) fn answer(told: Told) -> Answer {
    match told {
        Told::Expired(Ok(expired)) => Answer::Expired(expired.moved.transfers().iter().map(row).collect()),
        Told::Decision(Err(refusal))
        | Told::Expired(Err(refusal))
        | Told::Flow(Err(refusal))
        | Told::Funded(Err(refusal))
        | Told::Heard(Err(refusal))
        | Told::Due(Err(refusal)) => Answer::Refused(refusal),
        Told::Flow(Ok(told)) => Answer::Stepped(Box::new(stepped(*told))),
        Told::Due(Ok(told)) => Answer::Due(told.into_iter().map(stepped).collect()),
        Told::Chat(told) => Answer::Chat(told.is_ok()),
        Told::Funded(Ok(told)) => Answer::Funded {
            rows: rows(&told.moved.legs),
            duplicate: told.duplicate,
        },
        Told::Heard(Ok(told)) => Answer::Heard(told.map_or_else(Vec::new, |told| rows(&told.moved.legs))),
        Told::Decision(Ok(Decision::Repeated(rows))) => Answer::Repeated(rows.iter().map(row).collect()),
        Told::Decision(Ok(Decision::Done(moved))) => match &moved.legs[..] {
            [] => Answer::Changed(moved.changes.iter().map(|(event, _)| event.seq).collect()),
            legs => Answer::Done(rows(legs)),
        },
    }
}

/// The rows, whose accounts are as the rows say.
fn rows(legs: &[PlacedLeg]) -> Vec<Row> {
    for leg in legs {
        let transfer = &leg.transfer;
        assert_eq!(
            (leg.debit.posted, leg.debit.held),
            (transfer.debit_after, transfer.debit_held)
        );
        assert_eq!((leg.debit.last_seq, leg.credit.last_seq), (transfer.seq, transfer.seq));
        assert_eq!(leg.credit.posted, transfer.credit_after);
    }
    legs.iter().map(|leg| row(&leg.transfer)).collect()
}

fn stepped(told: ToldFlow) -> Stepped {
    Stepped {
        rows: rows(&told.legs),
        duplicate: told.duplicate,
        flow: Seen {
            id: told.head.id,
            state: told.head.state,
            due_at: told.head.due_at,
            reminded: told.head.reminded,
            card: serde_json::from_str(&told.card).unwrap(),
        },
    }
}

fn row(transfer: &Transfer) -> Row {
    Row {
        seq: transfer.seq,
        id: transfer.id(),
        kind: transfer.kind,
        purpose: transfer.purpose,
        legs: transfer.legs,
        debit: transfer.debit,
        credit: transfer.credit,
        money: transfer.money,
        of: transfer.of,
        expires_at: transfer.expires_at,
        debit_after: transfer.debit_after,
        debit_held: transfer.debit_held,
        credit_after: transfer.credit_after,
        debit_prev: transfer.debit_prev,
        credit_prev: transfer.credit_prev,
        note: transfer.note.clone(),
        flow: transfer.flow,
        at: transfer.at,
    }
}

/// Whether both say the same. The id of an expiry is not the model's affair.
pub(crate) fn agree(expected: &Answer, told: &Answer) -> bool {
    let (Answer::Expired(expected), Answer::Expired(told)) = (expected, told) else {
        return expected == told;
    };
    let same = |(expected, told): (&Row, &Row)| {
        told.kind == TransferKind::Expire
            && *expected
                == Row {
                    id: expected.id,
                    ..told.clone()
                }
    };
    expected.len() == told.len() && expected.iter().zip(told).all(same)
}

/// Holds every account, hold, refund and flow of the database against the model.
pub(crate) async fn tables(db: &Db, model: &Model) {
    accounts(db, model).await;
    holds_and_refunds(db, model).await;
    flows::tables(db, model).await;
    flows::fundings(db, model).await;
    for (currency, sum) in model.sums() {
        assert_eq!(sum, 0, "{currency} sums to zero");
    }
}

async fn accounts(db: &Db, model: &Model) {
    let stands = account::Entity::find().all(db.reader()).await.unwrap();
    assert_eq!(stands.len(), model.accounts().count(), "accounts");
    for expected in model.accounts() {
        let id = expected.account.id;
        let found = stands.iter().find(|row| row.id == id.uuid());
        let found = found.unwrap_or_else(|| panic!("account {id} is not there"));
        let Account {
            posted,
            held,
            floor,
            status,
            last_seq,
            day,
            year,
            ..
        } = expected;
        let told = (found.posted, found.held, found.floor, found.status, found.last_seq);
        assert_eq!(told, (*posted, *held, *floor, status.code(), *last_seq), "account {id}");
        let told = (
            (found.out_day, found.out_day_minor),
            (found.out_year, found.out_year_minor),
        );
        assert_eq!(told, (*day, *year), "what left account {id}");
    }
}

async fn holds_and_refunds(db: &Db, model: &Model) {
    let stands = hold::Entity::find().all(db.reader()).await.unwrap();
    let stands = stands
        .into_iter()
        .map(|row| (row.transfer_seq, (row.amount, row.captured, row.state)));
    let holds = model
        .holds()
        .into_iter()
        .map(|(seq, (amount, captured, state))| (seq, (amount, captured, state.code())));
    assert_eq!(
        stands.collect::<std::collections::BTreeMap<_, _>>(),
        holds.collect(),
        "holds"
    );
    let stands = refund::Entity::find().all(db.reader()).await.unwrap();
    let stands = stands
        .into_iter()
        .map(|row| (row.transfer_seq, (row.amount, row.refunded)));
    assert_eq!(
        stands.collect::<std::collections::BTreeMap<_, _>>(),
        model.refunds(),
        "refunds"
    );
}

/// Audits, and holds what the audit counted against the model.
pub(crate) async fn audited(db: &Db, key: &PublicKey, model: &Model) {
    let report = audit(db, key, None, |_, _| {})
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        usize::try_from(report.transfers).unwrap(),
        model.row_count(),
        "transfers"
    );
    assert_eq!(report.accounts, model.accounts().count(), "accounts");
    assert_eq!(report.transfers + report.account_events + 1, model.next_seq(), "rows");
}
