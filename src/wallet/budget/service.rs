//! The door of budgets, and the task that looks at them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::operations::{Notify, Set};
use super::{BudgetFeed, BudgetOf, reached};
use crate::chat::Chat;
use crate::clock::{Clock, Month};
use crate::db::{Db, Fault};
use crate::group_commit::Lane;
use crate::ids::{ClientId, UserId};
use crate::protocol::BudgetView;
use crate::protocol::item::{self, Budget};
use crate::wallet::account::AccountKey;
use crate::wallet::money::Currency;
use crate::wallet::summary::{self, MonthSum};
use crate::wallet::{WalletError, store};

/// Budgets of one person at most.
const MOST: usize = 50;
/// The least pause behind a look, in which more movements of the same people come together.
const PAUSE: Duration = Duration::from_millis(100);
/// Before the next try after the database could not be asked.
const RETRY: Duration = Duration::from_secs(1);
/// How often all budgets are looked at, for what a node left behind that is no more.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// People looked at by one statement.
const LOOKED_AT_ONCE: i64 = 500;

/// Budgets on this node. Clones share everything.
#[derive(Clone)]
pub struct Budgets {
    house: House,
    feed: Arc<BudgetFeed>,
    task: Arc<JoinHandle<()>>,
}

#[derive(Clone)]
struct House {
    db: Db,
    lane: Lane,
    chat: Chat,
    clock: Arc<dyn Clock>,
}

impl Budgets {
    /// Starts the task that looks at the budgets of whom `feed` names.
    #[must_use]
    pub fn start(db: Db, lane: Lane, chat: Chat, clock: Arc<dyn Clock>, feed: Arc<BudgetFeed>) -> Self {
        let house = House { db, lane, chat, clock };
        let task = house.db.runtime().spawn(house.clone().run(feed.clone()));
        Self {
            house,
            feed,
            task: Arc::new(task),
        }
    }

    /// Ends the task; what it had not done is done at the next start.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// Sets a budget, or takes it away.
    ///
    /// # Errors
    /// [`WalletError::TooManyBudgets`], [`WalletError::IdempotencyConflict`], or when the batch failed.
    pub async fn set(
        &self,
        client_id: ClientId,
        owner: UserId,
        of: BudgetOf,
        amount: Option<i64>,
    ) -> Result<Option<BudgetView>, WalletError> {
        let all = self.house.budgets(owner).await?;
        let is_new = !all.iter().any(|(known, _)| *known == of);
        if amount.is_some() && is_new && all.len() >= MOST {
            return Err(WalletError::TooManyBudgets { most: MOST });
        }
        let set = Set {
            client_id,
            owner,
            of,
            amount,
        };
        if let Some(change) = self.house.lane.ask(set).await?? {
            self.house.chat.announce_items(vec![change]);
        }
        self.feed.note(owner);
        let all = self.list(owner).await?;
        Ok(all.into_iter().find(|(known, _)| *known == of).map(|(_, view)| view))
    }

    /// A person's budgets, each with what was spent of it.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn list(&self, owner: UserId) -> Result<Vec<(BudgetOf, BudgetView)>, WalletError> {
        let (mut months, mut shown) = (Spending::new(&self.house.db, owner), Vec::new());
        let now = Month::of(self.house.clock.now());
        for (of, budget) in self.house.budgets(owner).await? {
            let month = of.month.unwrap_or(now);
            let (sums, complete) = months.sums(of.currency).await?;
            let spent = of.spent(month, sums)?;
            let view = BudgetView {
                spent: complete.then(|| of.currency.format(spent)),
                in_month: month.to_string(),
                budget,
            };
            shown.push((of, view));
        }
        Ok(shown)
    }
}

impl House {
    async fn budgets(&self, owner: UserId) -> Result<Vec<(BudgetOf, Budget)>, Fault> {
        // Two requests at once may each find room for the last one.
        let most = i64::try_from(2 * MOST).unwrap_or(i64::MAX);
        let rows = store::budgets(&self.db, owner, most).await?;
        let read = rows
            .into_iter()
            .filter_map(|(key, value)| Some((BudgetOf::of_key(&key)?, item::read_budget(&value)?)));
        Ok(read.collect())
    }

    async fn run(self, feed: Arc<BudgetFeed>) {
        let mut look_at = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = sleep_until(look_at) => {
                    let looked = self.look_at_all(&feed).await;
                    let wait = if looked.is_ok() { LOOK_EVERY } else { RETRY };
                    if let Err(error) = looked {
                        tracing::warn!(%error, "the people with budgets could not be read");
                    }
                    look_at = Instant::now() + wait;
                }
                people = feed.next() => {
                    if let Err(error) = self.look(&people, &feed).await {
                        tracing::warn!(%error, "budgets could not be looked at");
                        people.into_iter().for_each(|user| feed.note(user));
                        sleep(RETRY).await;
                    }
                    if feed.take_missed() {
                        look_at = Instant::now() + RETRY;
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Notes everybody who has a budget.
    async fn look_at_all(&self, feed: &BudgetFeed) -> Result<(), Fault> {
        let mut after = UserId::SYSTEM;
        loop {
            let people = store::all_with_budgets(&self.db, after, LOOKED_AT_ONCE).await?;
            let Some(last) = people.last() else { return Ok(()) };
            after = *last;
            people.into_iter().for_each(|user| feed.note(user));
        }
    }

    /// Looks at the budgets of these people, and gives the notices that are due.
    async fn look(&self, people: &[UserId], feed: &BudgetFeed) -> Result<(), WalletError> {
        for owner in store::with_budgets(&self.db, people).await? {
            let (mut months, mut all) = (Spending::new(&self.db, owner), true);
            let now = Month::of(self.clock.now());
            for (of, budget) in self.budgets(owner).await? {
                let month = of.month.unwrap_or(now);
                let (sums, complete) = months.sums(of.currency).await?;
                all &= complete;
                let amount = of.currency.parse(&budget.amount)?;
                let spent = of.spent(month, sums)?;
                let Some(percent) = reached(spent, amount).filter(|_| complete) else {
                    continue;
                };
                let notify = Notify {
                    owner,
                    key: of.key(),
                    amount: budget.amount,
                    month: month.to_string(),
                    percent,
                    spent: of.currency.format(spent),
                };
                if is_told(budget.notice.as_ref(), &notify) {
                    continue;
                }
                if let Some(change) = self.lane.ask(notify).await? {
                    self.chat.announce_items(vec![change]);
                }
            }
            if !all {
                feed.note(owner);
            }
        }
        Ok(())
    }
}

/// Whether a notice was given already, as far as is known without the lock.
fn is_told(told: Option<&item::BudgetNotice>, due: &Notify) -> bool {
    told.is_some_and(|told| told.month == due.month && told.percent >= due.percent)
}

/// The sums of one person's accounts, each counted once.
struct Spending<'a> {
    db: &'a Db,
    owner: UserId,
    known: HashMap<Currency, (Vec<MonthSum>, bool)>,
}

impl<'a> Spending<'a> {
    fn new(db: &'a Db, owner: UserId) -> Self {
        Self {
            db,
            owner,
            known: HashMap::new(),
        }
    }

    /// The sums in a currency, and whether they are all.
    async fn sums(&mut self, currency: Currency) -> Result<(&[MonthSum], bool), Fault> {
        if !self.known.contains_key(&currency) {
            let account = store::account(self.db, AccountKey::person(self.owner, currency).id()).await?;
            let found = match account {
                Some(account) => {
                    let complete = summary::count(self.db, &account).await?;
                    (store::months(self.db, account.id, Month::LAST).await?, complete)
                }
                None => (Vec::new(), true),
            };
            self.known.insert(currency, found);
        }
        let found = self.known.get(&currency);
        Ok(found.map_or((&[], true), |(sums, complete)| (sums.as_slice(), *complete)))
    }
}
