//! What the pure decision costs, without a database: a posting, a hold and its capture, a reversal, each authorised.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use quipu::clock::Micros;
use quipu::group_commit::{Moment, Operation as _, WorkingSet};
use quipu::ids::{ClientId, UserId};
use quipu::wallet::{
    AccountKey, AccountKind, AccountRef, Act, Currency, Decision, HoldTerms, Instruct, LedgerSlot, Leg, Money, Purpose,
    TransferId,
};

const NOW: Micros = Micros(1_772_323_200_000_000);
/// Decisions over one loaded batch: as many as a busy lane has in a commit.
const BATCH: usize = 512;

fn cny() -> Currency {
    Currency::of("CNY").unwrap()
}

fn money(minor: i64) -> Money {
    Money::of_minor(minor, cny()).unwrap()
}

fn cash() -> AccountRef {
    AccountKey::system(AccountKind::ProviderCash, cny()).into()
}

fn person() -> AccountRef {
    AccountKey::person(UserId::fresh(), cny()).into()
}

fn decide(set: &mut WorkingSet, act: Act) -> Decision {
    let moment = Moment {
        now: NOW,
        after_unknown: false,
    };
    Instruct::new(ClientId::fresh(), UserId::SYSTEM, act)
        .decide(set, moment)
        .unwrap()
}

fn first(decision: &Decision) -> TransferId {
    match decision {
        Decision::Done(moved) => moved.legs[0].transfer.id(),
        Decision::Repeated(rows) => rows[0].id(),
    }
}

fn post(debit: AccountRef, credit: AccountRef) -> Act {
    let (money, note) = (money(100), String::new());
    let purpose = Purpose::Fee;
    Act::Post(vec![Leg {
        debit,
        credit,
        money,
        purpose,
        note,
    }])
}

/// A batch in which two people have plenty.
fn funded() -> (WorkingSet, AccountRef, AccountRef) {
    let (ana, ben) = (person(), person());
    let mut set = WorkingSet::default();
    *set.slot::<LedgerSlot>() = LedgerSlot::fresh(NOW);
    for _ in 0..BATCH * 2 {
        decide(&mut set, post(cash(), ana));
    }
    (set, ana, ben)
}

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("512 decisions");
    group.bench_function("posting", |bench| {
        bench.iter_batched(
            funded,
            |(mut set, ana, ben)| {
                for _ in 0..BATCH {
                    decide(&mut set, post(ana, ben));
                }
                set
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("hold and capture", |bench| {
        bench.iter_batched(
            funded,
            |(mut set, debit, credit)| {
                for _ in 0..BATCH / 2 {
                    let terms = HoldTerms {
                        debit,
                        credit,
                        money: money(100),
                        purpose: Purpose::Fee,
                        expires_at: Micros(NOW.0 + 1_000_000),
                        note: String::new(),
                    };
                    let of = first(&decide(&mut set, Act::Hold(terms)));
                    let (amount, note) = (Some(money(50)), String::new());
                    decide(&mut set, Act::Capture { of, amount, note });
                }
                set
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("posting and reversal", |bench| {
        bench.iter_batched(
            funded,
            |(mut set, ana, ben)| {
                for _ in 0..BATCH / 2 {
                    let of = first(&decide(&mut set, post(ana, ben)));
                    let (amount, note) = (None, String::new());
                    let act = Act::Reverse {
                        of,
                        amount,
                        note,
                        card: None,
                    };
                    decide(&mut set, act);
                }
                set
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
