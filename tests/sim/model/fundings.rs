//! Top-ups and withdrawals: what is asked of a bank, and what it says.

use quipu::clock::Micros;
use quipu::ids::{ClientId, UserId};
use quipu::wallet::MethodError;
use quipu::wallet::funding::Direction;
use quipu::wallet::{
    AccountKey, AccountKind, AccountRef, AccountStatus, FlowRef, Money, ProviderStanding as Standing, Purpose,
    TransferId, WalletError,
};

use super::books::{Refusal, Row, Step, Under};
use super::{Answer, Became, Model};
use crate::call::{Call, FundCall, method_of};
use crate::node::BANK_SAYS;

/// Where one stands, by the number in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Created = 0,
    Asked = 1,
    ComingIn = 2,
    Settled = 3,
    Failed = 4,
    Reversed = 5,
    Held = 6,
    GoingOut = 7,
    Paid = 8,
    NotPaid = 9,
    Returned = 10,
}

/// One of them.
#[derive(Debug, Clone)]
pub(crate) struct Bank {
    pub(crate) named: FlowRef,
    client_id: ClientId,
    owner: UserId,
    /// When it was begun.
    at: Micros,
    pub(crate) money: Money,
    pub(crate) phase: Phase,
}

impl Bank {
    fn person(&self) -> AccountRef {
        AccountKey::person(self.owner, self.money.currency()).into()
    }

    fn system(&self, kind: AccountKind) -> AccountRef {
        AccountKey::system(kind, self.money.currency()).into()
    }

    /// The row that the system writes for it under a name.
    fn row(&self, what: &'static str) -> TransferId {
        TransferId::first(self.named.act_id(what, 0), UserId::SYSTEM)
    }

    fn purpose(&self) -> Purpose {
        if self.phase as i16 <= Phase::Reversed as i16 {
            Purpose::TopUp
        } else {
            Purpose::Withdrawal
        }
    }

    fn post(&self, debit: AccountRef, credit: AccountRef, money: Money) -> Step {
        Step::Post(debit, credit, money, self.purpose(), BANK_SAYS.to_owned())
    }
}

/// What is done, under which name, and what instead when an account takes nothing.
type Plan = (Phase, &'static str, Vec<Step>, Vec<Step>);

impl Model {
    pub(super) fn fund(&mut self, call: &Call, wanted: &FundCall, at: Micros) -> Result<(Became, Answer), WalletError> {
        let FundCall::Open {
            direction,
            method,
            money,
        } = wanted
        else {
            unreachable!("what a bank says has no id")
        };
        if *method != method_of(call.actor) {
            return Err(MethodError::NotFound.into());
        }
        let out = *direction == Direction::Out;
        let under_way = self.banks.values().filter(|bank| {
            let waits = matches!(
                bank.phase,
                Phase::Created | Phase::Asked | Phase::ComingIn | Phase::Held | Phase::GoingOut
            );
            bank.owner == call.actor && waits
        });
        if under_way.count() >= 20 {
            return Err(MethodError::TooManyUnderWay { most: 20 }.into());
        }
        const DAY: i64 = 86_400_000_000;
        let failed = self.banks.values().filter(|bank| {
            let lately = bank.at.0 > at.0 - DAY;
            bank.owner == call.actor && bank.phase == Phase::Failed && lately
        });
        if !out && failed.count() >= 10 {
            return Err(MethodError::TooOften { most: 10 }.into());
        }
        let account = AccountKey::person(call.actor, money.currency()).id();
        let account = self.ledger.books.accounts.get(&account);
        if account.is_some_and(|account| account.status == AccountStatus::Closed) {
            return Err(WalletError::AccountClosed);
        }
        let bank = Bank {
            named: FlowRef::of(direction.flow(), call.client_id, call.actor),
            client_id: call.client_id,
            owner: call.actor,
            at,
            money: *money,
            phase: if out { Phase::Held } else { Phase::Created },
        };
        let mut rows = Vec::new();
        if out {
            let under = Under {
                id: TransferId::first(call.client_id, call.actor),
                flow: Some(bank.named),
                at,
            };
            let clearing = bank.system(AccountKind::ClearingOut);
            let leave = Step::Post(bank.person(), clearing, *money, Purpose::Withdrawal, String::new());
            rows = self.ledger.carry_out(under, &[leave])?;
        }
        let id = bank.named.id;
        self.banks.insert(id, bank);
        Ok((Became::Funding, Answer::Funded { rows, duplicate: false }))
    }

    /// A bank says something.
    pub(super) fn hear(&mut self, wanted: &FundCall, at: Micros) -> Answer {
        let FundCall::Hear {
            id, standing, money, ..
        } = wanted
        else {
            unreachable!("somebody asks for something under an id")
        };
        let Some(bank) = self.banks.get(id).cloned() else {
            return Answer::Heard(Vec::new());
        };
        if *money != bank.money {
            return Answer::Heard(Vec::new());
        }
        let Some((phase, what, steps, instead)) = self.plan(&bank, standing) else {
            return Answer::Heard(Vec::new());
        };
        let under = Under {
            id: bank.row(what),
            flow: Some(bank.named),
            at,
        };
        match self.either(under, &steps, &instead) {
            Ok(rows) => {
                self.banks.get_mut(id).unwrap().phase = phase;
                Answer::Heard(rows)
            }
            Err(refusal) => Answer::Refused(refusal),
        }
    }

    fn either(&mut self, under: Under, steps: &[Step], instead: &[Step]) -> Refusal<Vec<Row>> {
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        match self.ledger.carry_out(under, steps) {
            Err(WalletError::AccountClosed | WalletError::BalanceLimit) if !instead.is_empty() => {
                self.ledger.carry_out(under, instead)
            }
            other => other,
        }
    }

    fn plan(&self, bank: &Bank, standing: &Standing) -> Option<Plan> {
        let (cash, clearing) = (
            bank.system(AccountKind::ProviderCash),
            bank.system(AccountKind::ClearingOut),
        );
        let (suspense, money) = (bank.system(AccountKind::Suspense), bank.money);
        let nothing = |phase| Some((phase, "", Vec::new(), Vec::new()));
        match (bank.phase, standing) {
            (Phase::Created, Standing::NeedsOwner(_)) => nothing(Phase::Asked),
            (Phase::Created | Phase::Asked, Standing::UnderWay) => nothing(Phase::ComingIn),
            (Phase::Held, Standing::UnderWay) => nothing(Phase::GoingOut),
            (Phase::Created | Phase::Asked | Phase::ComingIn | Phase::Failed, Standing::Done) => Some((
                Phase::Settled,
                "settle",
                vec![bank.post(cash, bank.person(), money)],
                vec![bank.post(cash, suspense, money)],
            )),
            (Phase::Created | Phase::Asked | Phase::ComingIn, Standing::Declined(_) | Standing::CalledBack(_)) => {
                nothing(Phase::Failed)
            }
            (Phase::Settled, Standing::CalledBack(_)) => Some(self.called_back(bank)),
            (Phase::Held | Phase::GoingOut, Standing::Done) => {
                Some((Phase::Paid, "pay", vec![bank.post(clearing, cash, money)], Vec::new()))
            }
            (Phase::Held | Phase::GoingOut, Standing::Declined(_) | Standing::CalledBack(_)) => Some((
                Phase::NotPaid,
                "give_back",
                vec![self.back_to_its_person(bank)],
                vec![bank.post(clearing, suspense, money)],
            )),
            (Phase::Paid, Standing::CalledBack(_)) => {
                let back = Step::Reverse(bank.row("pay"), None, went_back());
                Some((
                    Phase::Returned,
                    "return",
                    vec![back.clone(), self.back_to_its_person(bank)],
                    vec![back, bank.post(clearing, suspense, money)],
                ))
            }
            _ => None,
        }
    }

    fn back_to_its_person(&self, bank: &Bank) -> Step {
        let first = TransferId::first(bank.client_id, bank.owner);
        Step::Reverse(first, None, BANK_SAYS.to_owned())
    }

    /// What is there is taken back, and the rest is lost.
    fn called_back(&self, bank: &Bank) -> Plan {
        let settled = bank.row("settle");
        let row = &self.ledger.rows[&self.ledger.by_id[&settled]];
        let account = &self.ledger.books.accounts[&row.credit];
        // What was set aside may be somebody else's by now.
        let there = if account.status == AccountStatus::Closed || account.account.key.owner != bank.owner {
            0
        } else {
            account.available().clamp(0, bank.money.minor())
        };
        let of = |minor| Money::of_minor(minor, bank.money.currency()).ok();
        let (cash, lost) = (
            bank.system(AccountKind::ProviderCash),
            bank.system(AccountKind::Chargebacks),
        );
        let back = of(there).map(|money| Step::Reverse(settled, Some(money), went_back()));
        let lose = |money| Step::Post(lost, cash, money, Purpose::TopUp, format!("{BANK_SAYS}:lost"));
        let rest = of(bank.money.minor() - there).map(lose);
        let steps = back.into_iter().chain(rest).collect();
        (Phase::Reversed, "call_back", steps, vec![lose(bank.money)])
    }
}

/// What a row that the bank took back is called.
fn went_back() -> String {
    format!("{BANK_SAYS}:back")
}
