//! The sandbox: a bank that exists in this server alone and moves play money. What becomes of an order is a function of the
//! number that was used and of time, described in docs/sandbox.md. It remembers its orders, as a bank does, so an order
//! that is submitted twice is one.

mod store;

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Details, PaymentProvider, ProviderFault, ProviderOrder, Reason, Report, Standing, Tokenised};
use crate::clock::{Clock, Micros, Month};
use crate::db::Db;
use crate::ids::FlowId;
use crate::wallet::funding::Direction;
use crate::wallet::money::Money;

/// The name in the database.
const NAME: &str = "sandbox";
/// How long somebody has for what they have to do at their bank, in microseconds.
const ANSWER_WITHIN: i64 = 15 * 60 * 1_000_000;

/// What becomes of the orders of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    Success,
    Declined,
    TooLittle,
    WrongCode,
    Confirm,
    Delayed,
    LateFailure,
    CalledBack,
    Silent,
    BankRefuses,
}

impl Scenario {
    const ALL: [Self; 10] = [
        Self::Success,
        Self::Declined,
        Self::TooLittle,
        Self::WrongCode,
        Self::Confirm,
        Self::Delayed,
        Self::LateFailure,
        Self::CalledBack,
        Self::Silent,
        Self::BankRefuses,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Declined => "declined",
            Self::TooLittle => "too_little",
            Self::WrongCode => "wrong_code",
            Self::Confirm => "confirm",
            Self::Delayed => "delayed",
            Self::LateFailure => "late_failure",
            Self::CalledBack => "called_back",
            Self::Silent => "silent",
            Self::BankRefuses => "bank_refuses",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.as_str() == word)
    }
}

/// A test number: what becomes of its orders, and whether it is a card of credit.
const NUMBERS: &[(&str, Scenario, bool)] = &[
    ("4242424242424242", Scenario::Success, true),
    ("5555555555554444", Scenario::Success, true),
    ("378282246310005", Scenario::Success, true),
    ("6200000000000005", Scenario::Success, true),
    ("4000056655665556", Scenario::Success, false),
    ("4000000000000002", Scenario::Declined, true),
    ("4000000000009995", Scenario::TooLittle, true),
    ("4000000000000127", Scenario::WrongCode, true),
    ("4000000000003220", Scenario::Confirm, true),
    ("4000000000000077", Scenario::Delayed, true),
    ("4000000000000341", Scenario::LateFailure, true),
    ("4000000000000259", Scenario::CalledBack, true),
    ("4000000000000119", Scenario::Silent, true),
    ("DE89370400440532013000", Scenario::Success, false),
    ("AT611904300234573201", Scenario::Success, false),
    ("AT321904300235473204", Scenario::Delayed, false),
    ("AT861904300235473202", Scenario::BankRefuses, false),
    ("AT591904300235473203", Scenario::CalledBack, false),
];

/// What its owner said to an order that they have to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing yet.
    Nothing,
    /// Yes.
    Yes,
    /// No.
    No,
}

impl Said {
    const fn code(self) -> i16 {
        match self {
            Self::Nothing => 0,
            Self::Yes => 1,
            Self::No => 2,
        }
    }

    const fn from_code(code: i16) -> Self {
        match code {
            1 => Self::Yes,
            2 => Self::No,
            _ => Self::Nothing,
        }
    }
}

/// An order as the sandbox has it.
#[derive(Debug, Clone)]
struct Order {
    id: FlowId,
    direction: Direction,
    scenario: Scenario,
    money: Money,
    said: Said,
    made_at: Micros,
}

impl Order {
    /// Where it stands at a time, when what takes a while takes `wait` microseconds; none when the bank does not answer.
    fn standing(&self, now: Micros, wait: i64) -> Option<Standing> {
        let age = now.0.saturating_sub(self.made_at.0);
        let later = age >= wait;
        Some(match self.scenario {
            Scenario::Success | Scenario::WrongCode => Standing::Done,
            Scenario::Declined => Standing::Declined(Reason::Declined),
            Scenario::TooLittle => Standing::Declined(Reason::InsufficientFunds),
            Scenario::BankRefuses => Standing::Declined(Reason::BankRefused),
            Scenario::Confirm => match self.said {
                Said::Yes => Standing::Done,
                Said::Nothing if age < ANSWER_WITHIN => Standing::NeedsOwner(format!("/sandbox/{}", self.id)),
                Said::No | Said::Nothing => Standing::Declined(Reason::AuthenticationFailed),
            },
            Scenario::Delayed if later => Standing::Done,
            Scenario::LateFailure if later => Standing::Declined(Reason::Declined),
            Scenario::Delayed | Scenario::LateFailure => Standing::UnderWay,
            Scenario::CalledBack if later => Standing::CalledBack(Reason::CalledBack),
            Scenario::CalledBack => Standing::Done,
            Scenario::Silent if later => Standing::Done,
            Scenario::Silent => return None,
        })
    }
}

/// An order that its owner is asked about.
#[derive(Debug, Clone)]
pub struct AskedOrder {
    /// How much.
    pub money: Money,
    /// What they said.
    pub said: Said,
    /// It is too late to say something.
    pub over: bool,
}

/// See the module. Clones are the same.
#[derive(Clone)]
pub struct Sandbox {
    db: Db,
    clock: Arc<dyn Clock>,
    /// What takes a while takes so long, in microseconds.
    wait: i64,
}

impl Sandbox {
    /// The sandbox whose orders stand in this database; what takes a while takes `wait` microseconds.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, wait: i64) -> Self {
        Self { db, clock, wait }
    }

    /// An order that its owner is asked about; none of any other.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn asked(&self, id: FlowId) -> Result<Option<AskedOrder>, crate::db::Fault> {
        let order = store::find(&self.db, id).await?;
        let order = order.filter(|order| order.scenario == Scenario::Confirm);
        let now = self.clock.now();
        Ok(order.map(|order| AskedOrder {
            money: order.money,
            said: order.said,
            over: now.0.saturating_sub(order.made_at.0) >= ANSWER_WITHIN,
        }))
    }

    /// Its owner says yes or no, once and in time.
    ///
    /// # Errors
    /// When the database could not take it.
    pub async fn say(&self, id: FlowId, yes: bool) -> Result<(), crate::db::Fault> {
        let said = if yes { Said::Yes } else { Said::No };
        let since = Micros(self.clock.now().0.saturating_sub(ANSWER_WITHIN));
        store::say(&self.db, id, said, since).await
    }

    async fn report(&self, id: FlowId) -> Result<Report, ProviderFault> {
        let unreachable = |what: String| ProviderFault::Unreachable(what);
        let found = store::find(&self.db, id).await;
        let found = found.map_err(|error| unreachable(error.to_string()))?;
        let order = found.ok_or_else(|| unreachable("the sandbox knows no such order".into()))?;
        let standing = order.standing(self.clock.now(), self.wait);
        Ok(Report {
            reference: reference(id),
            money: order.money,
            standing: standing.ok_or_else(|| unreachable("the sandbox keeps silent, as this number has it".into()))?,
        })
    }
}

fn reference(id: FlowId) -> String {
    format!("sb_{id}")
}

/// What a number is here.
fn known(number: &str) -> Result<(Scenario, bool), ProviderFault> {
    let found = NUMBERS.iter().find(|(known, ..)| *known == number);
    let found = found.ok_or(ProviderFault::Refused(Reason::NotATestNumber))?;
    Ok((found.1, found.2))
}

fn scenario_of(token: &SecretString) -> Result<Scenario, ProviderFault> {
    let word = token.expose_secret().strip_prefix("sandbox:");
    let scenario = word.and_then(Scenario::from_word);
    scenario.ok_or_else(|| ProviderFault::Unreachable("the sandbox knows no such token".into()))
}

impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_live(&self) -> bool {
        false
    }

    fn tokenise<'a>(&'a self, details: &'a Details) -> BoxFuture<'a, Result<Tokenised, ProviderFault>> {
        async move {
            let number = match details {
                Details::Card { number, .. } => number.digits(),
                Details::Bank { number } => number.text(),
            };
            let (scenario, is_credit) = known(number)?;
            if scenario == Scenario::WrongCode {
                return Err(ProviderFault::Refused(Reason::AuthenticationFailed));
            }
            Ok(Tokenised {
                token: format!("sandbox:{}", scenario.as_str()).into(),
                is_credit,
            })
        }
        .boxed()
    }

    fn renew<'a>(
        &'a self,
        token: &'a SecretString,
        _: Month,
        _: &'a SecretString,
    ) -> BoxFuture<'a, Result<(), ProviderFault>> {
        async move { scenario_of(token).map(drop) }.boxed()
    }

    fn submit<'a>(&'a self, order: &'a ProviderOrder) -> BoxFuture<'a, Result<Report, ProviderFault>> {
        async move {
            let made = Order {
                id: order.id,
                direction: order.direction,
                scenario: scenario_of(&order.token)?,
                money: order.money,
                said: Said::Nothing,
                made_at: self.clock.now(),
            };
            let kept = store::insert(&self.db, &made).await;
            kept.map_err(|error| ProviderFault::Unreachable(error.to_string()))?;
            self.report(order.id).await
        }
        .boxed()
    }

    fn look<'a>(&'a self, order: &'a ProviderOrder, _: &'a str) -> BoxFuture<'a, Result<Report, ProviderFault>> {
        self.report(order.id).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wallet::money::Currency;

    const SECOND: i64 = 1_000_000;

    fn order(scenario: Scenario, said: Said) -> Order {
        Order {
            id: FlowId::fresh(),
            direction: Direction::In,
            scenario,
            money: Money::of_minor(5, Currency::of("CNY").unwrap()).unwrap(),
            said,
            made_at: Micros(0),
        }
    }

    #[test]
    fn what_becomes_of_an_order_follows_from_its_number_and_time() {
        let at =
            |scenario, seconds: i64| order(scenario, Said::Nothing).standing(Micros(seconds * SECOND), 20 * SECOND);
        assert_eq!(at(Scenario::Success, 0), Some(Standing::Done));
        assert_eq!(at(Scenario::Delayed, 19), Some(Standing::UnderWay));
        assert_eq!(at(Scenario::Delayed, 20), Some(Standing::Done));
        assert_eq!(
            at(Scenario::LateFailure, 20),
            Some(Standing::Declined(Reason::Declined))
        );
        assert_eq!(at(Scenario::CalledBack, 19), Some(Standing::Done));
        assert_eq!(
            at(Scenario::CalledBack, 20),
            Some(Standing::CalledBack(Reason::CalledBack))
        );
        assert_eq!(
            (at(Scenario::Silent, 19), at(Scenario::Silent, 20)),
            (None, Some(Standing::Done))
        );
        assert!(matches!(at(Scenario::Confirm, 0), Some(Standing::NeedsOwner(_))));
        let refused = Some(Standing::Declined(Reason::AuthenticationFailed));
        assert_eq!(at(Scenario::Confirm, 900), refused);
        assert_eq!(order(Scenario::Confirm, Said::No).standing(Micros(1), 1), refused);
        assert_eq!(
            order(Scenario::Confirm, Said::Yes).standing(Micros(0), 1),
            Some(Standing::Done)
        );
    }

    #[test]
    fn the_page_of_test_numbers_has_all_of_them() {
        let page = include_str!("../../../../docs/sandbox.md").replace(' ', "");
        for (number, ..) in NUMBERS {
            assert!(page.contains(&format!("|{number}|")), "{number}");
        }
        let rows = page.lines().filter(|line| line.starts_with('|'));
        let numbers = rows.filter(|line| line.bytes().filter(u8::is_ascii_digit).count() > 12);
        assert_eq!(numbers.count(), NUMBERS.len());
    }

    #[test]
    fn a_number_that_is_no_test_number_is_refused() {
        assert!(matches!(
            known("4111111111111111"),
            Err(ProviderFault::Refused(Reason::NotATestNumber))
        ));
        for scenario in Scenario::ALL {
            assert_eq!(Scenario::from_word(scenario.as_str()), Some(scenario));
        }
    }
}
