//! Top-ups and withdrawals, as the wallet puts them into the lane, and the methods of everybody.

use quipu::db::Db;
use quipu::ids::UserId;
use quipu::wallet::funding::{Funding, FundingTimes, Hear, OpenFunding};
use quipu::wallet::{Conditions, Report};

use super::Told;
use super::flows::{Slot, Wanted as _};
use crate::call::{Call, FundCall, method_of};

/// What the bank calls everything.
pub(crate) const BANK_SAYS: &str = "r";

const TIMES: FundingTimes = FundingTimes {
    cooling_off: 0,
    poll: 10_000_000,
    poll_most: 3_600_000_000,
    review: 259_200_000_000,
};

/// Everybody has one payment method, by which money comes and goes.
pub(crate) async fn add_methods(db: &Db, people: &[UserId]) {
    let tx = db.begin().await.unwrap();
    for owner in people {
        let insert = db
            .sql()
            .text(
                "INSERT INTO payment_method (id, owner_id, fingerprint, provider, kind, brand, credit, last_four, label, \
                 number_mac, sealed, key_id, preferred, added_at) VALUES ",
            )
            .rows([[
                method_of(*owner).into(),
                (*owner).into(),
                vec![1_u8; 32].into(),
                "bank".into(),
                1_i16.into(),
                "DE".into(),
                0_i16.into(),
                "3000".into(),
                "".into(),
                vec![1_u8].into(),
                vec![1_u8].into(),
                "key".into(),
                1_i16.into(),
                1_i64.into(),
            ]]);
        tx.execute(insert.build()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

impl Slot<'_> {
    /// Somebody wants money moved, or a bank says something.
    pub(super) fn fund(self, call: &Call, wanted: FundCall) {
        match wanted {
            FundCall::Open {
                direction,
                method,
                money,
            } => {
                let by = (call.client_id, call.actor);
                let funding = Funding::wanted(by, direction, method, money);
                let operation = OpenFunding {
                    funding,
                    conditions: Conditions::default(),
                    times: TIMES,
                };
                self.put(operation, |told| Told::Funded(told.map(Box::new)));
            }
            FundCall::Hear {
                id,
                owner,
                standing,
                money,
            } => {
                let report = Report {
                    reference: BANK_SAYS.to_owned(),
                    money,
                    standing,
                };
                let operation = Hear {
                    id,
                    owner,
                    report,
                    asked: None,
                    times: TIMES,
                };
                self.put(operation, |told| Told::Heard(told.map(|heard| heard.map(Box::new))));
            }
        }
    }
}
