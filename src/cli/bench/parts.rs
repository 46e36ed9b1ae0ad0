//! The loads of a run: everybody signed in first, then all at once on one timeline, then what must hold of each.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use futures_util::future::{BoxFuture, try_join_all};
use futures_util::{FutureExt as _, TryFutureExt as _};
use tokio::sync::watch;

use super::disturbance::{Disturbed, disturb};
use super::fanout::Room;
use super::frames::Welcome;
use super::hot::{self, Payee};
use super::idle::Idlers;
use super::meter::Meter;
use super::pair_loop::{Errand, Outcome, Work, run_all};
use super::pairs::{self, Pair, Side};
use super::plan::{PairPlan, Part, Plan, Scenario, StormPlan};
use super::report::{Check, Ended, Load, PartFigures, Report, Verdict};
use super::target::Target;
use super::timeline::Timeline;
use super::users::Person;
use super::{chat, found, progress, storm, wallet};

/// Cuts of which a task may be told late without missing how many there were.
type Cuts = Option<watch::Receiver<u64>>;

/// A load whose people are signed in.
enum Ready {
    Pairs(Box<ReadyPairs>),
    Room(Box<Room>),
    Idle(Idlers),
    Storm(StormPlan, Vec<Person>),
}

/// Pairs, and what there was before they began.
pub(super) struct ReadyPairs {
    pairs: Vec<Pair>,
    /// The one whom all pay.
    payee: Option<Payee>,
    errand: Errand,
    plan: PairPlan,
    before: wallet::Balances,
}

/// What a load ends with.
#[derive(Default)]
struct Done {
    checks: Vec<Check>,
    verdict: Option<Verdict>,
}

/// Runs all loads of a plan.
pub(super) async fn run(plan: &Plan, parts: &[Part], target: &Target) -> anyhow::Result<Report> {
    let (mut ready, mut welcome, mut rest) = (Vec::with_capacity(parts.len()), None, target.people());
    for part in parts {
        let (people, others) = rest.split_at_checked(part.people()).context("not everybody is there")?;
        rest = others;
        let (one, greeted) = Ready::gather(part, people).await?;
        welcome = greeted.or(welcome);
        ready.push(one);
    }
    let version = welcome.map(|welcome| welcome.server.version).unwrap_or_default();
    let timeline = Timeline::begin(plan.warm_up, plan.seconds);
    let meters: Vec<_> = parts
        .iter()
        .map(|_| Meter::new(timeline).map(Arc::new))
        .collect::<anyhow::Result<_>>()?;
    let (cut, cuts) = watch::channel(0);
    let cuts = plan.chaos.any().then_some(cuts);
    let work = ready
        .into_iter()
        .zip(&meters)
        .map(|(one, meter)| one.run(Arc::clone(meter), cuts.clone()));
    let (usage, disturbed, done) = tokio::try_join!(
        progress::watch(target, &meters),
        disturb(plan.chaos, &timeline, target.child(), &cut),
        try_join_all(work)
    )?;
    let several = parts.len() > 1;
    let (mut checks, verdict) = gathered(parts, done, several, cuts.is_some().then_some(disturbed));
    if parts.iter().any(|part| matches!(part, Part::Wallet(_) | Part::Hot(_))) {
        checks.extend(wallet::audited(target)?);
    }
    let leading = leading(plan, parts);
    let led: Vec<_> = leading
        .iter()
        .filter_map(|place| meters.get(*place).map(AsRef::as_ref))
        .collect();
    let meter = Meter::together(&led)?;
    let units: Vec<_> = leading.iter().filter_map(|place| parts.get(*place)).collect();
    let counted = match units.as_slice() {
        [part] => (Load::of(part), unit(part)),
        _ => (Load::default(), "deliveries"),
    };
    let ended = Ended::of(counted, &meter, checks, usage, version);
    let figures = parts.iter().zip(&meters).filter(|_| several);
    let figures = figures
        .map(|(part, meter)| PartFigures::new(part, unit(part), meter))
        .collect();
    Ok(Report::new(plan, &meter, ended).with_parts(figures).with_chaos(verdict))
}

/// What is counted of a load.
const fn unit(part: &Part) -> &'static str {
    match part {
        Part::Chat(_) => "messages received",
        Part::Wallet(_) | Part::Hot(_) => "payments received",
        Part::Fanout(_) => "deliveries to others",
        Part::Idle(_) => "answers to a ping",
        Part::Storm(_) => "connections signed in",
    }
}

/// The loads whose figures are those of the whole run: the storm of a storm, else all that make requests.
fn leading(plan: &Plan, parts: &[Part]) -> Vec<usize> {
    let leads = |part: &Part| match part {
        Part::Storm(_) => plan.scenario == Scenario::Storm,
        Part::Idle(_) => false,
        Part::Chat(_) | Part::Wallet(_) | Part::Hot(_) | Part::Fanout(_) => plan.scenario != Scenario::Storm,
    };
    let found: Vec<_> = (0..)
        .zip(parts)
        .filter(|(_, part)| leads(part))
        .map(|(place, _)| place)
        .collect();
    if found.is_empty() {
        (0..parts.len()).collect()
    } else {
        found
    }
}

fn gathered(
    parts: &[Part],
    done: Vec<Done>,
    several: bool,
    disturbed: Option<Disturbed>,
) -> (Vec<Check>, Option<Verdict>) {
    let (mut checks, mut verdict) = (Vec::new(), Verdict::default());
    for (part, one) in parts.iter().zip(done) {
        let named = one.checks.into_iter();
        checks.extend(named.map(|check| if several { check.of(part.name()) } else { check }));
        one.verdict.into_iter().for_each(|one| verdict.add(one));
    }
    let verdict = disturbed.map(|disturbed| verdict.of(disturbed));
    checks.extend(verdict.as_ref().map(Verdict::check));
    (checks, verdict)
}

impl Ready {
    /// Signs the people of a load in.
    async fn gather(part: &Part, people: &[Person]) -> anyhow::Result<(Self, Option<Welcome>)> {
        Ok(match part {
            Part::Chat(_) | Part::Wallet(_) | Part::Hot(_) => {
                let (pairs, welcome) = ReadyPairs::gather(part, people).await?;
                (Self::Pairs(Box::new(pairs)), Some(welcome))
            }
            Part::Fanout(plan) => {
                let (room, welcome) = Room::gather(*plan, people).await?;
                (Self::Room(Box::new(room)), Some(welcome))
            }
            Part::Idle(_) => {
                let (idlers, welcome) = Idlers::gather(people).await?;
                (Self::Idle(idlers), Some(welcome))
            }
            Part::Storm(plan) => (Self::Storm(*plan, people.to_vec()), None),
        })
    }

    fn run(self, meter: Arc<Meter>, cuts: Cuts) -> BoxFuture<'static, anyhow::Result<Done>> {
        match self {
            Self::Pairs(pairs) => pairs.run(meter, cuts).map_ok(Paid::done).boxed(),
            Self::Room(room) => {
                let run = room.run(meter, cuts);
                run.map_ok(|(checks, verdict)| Done { checks, verdict }).boxed()
            }
            Self::Idle(idlers) => {
                let run = idlers.run(meter, cuts.is_some());
                run.map_ok(|check| Done {
                    checks: vec![check],
                    verdict: None,
                })
                .boxed()
            }
            Self::Storm(plan, people) => {
                let run = storm::run(plan, people, meter, cuts.is_some());
                run.map_ok(|checks| Done { checks, verdict: None }).boxed()
            }
        }
    }
}

/// What pairs end with.
pub(super) struct Paid {
    checks: Vec<Check>,
    verdict: Option<Verdict>,
}

impl Paid {
    fn done(self) -> Done {
        Done {
            checks: self.checks,
            verdict: self.verdict,
        }
    }

    /// What must hold.
    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }
}

impl ReadyPairs {
    /// Signs the people of pairs in, and follows their accounts where they pay.
    pub(super) async fn gather(part: &Part, people: &[Person]) -> anyhow::Result<(Self, Welcome)> {
        let (Part::Chat(plan) | Part::Wallet(plan) | Part::Hot(plan)) = part else {
            anyhow::bail!("{} has no pairs", part.name());
        };
        let (mut pairs, mut payee, welcome) = match part {
            Part::Hot(_) => {
                let (pairs, payee, welcome) = hot::meet(plan, people).await?;
                (pairs, Some(payee), welcome)
            }
            _ => {
                let (pairs, welcome) = pairs::meet(plan, people).await?;
                (pairs, None, welcome)
            }
        };
        let mut before = wallet::Balances::new();
        let errand = if matches!(part, Part::Chat(_)) {
            ensure!(
                plan.size <= welcome.limits.text_bytes,
                "--size {} is more than a message may have: {} (limits.text_bytes)",
                plan.size,
                welcome.limits.text_bytes
            );
            Errand::Write
        } else {
            let currency = &welcome.wallet.default_currency;
            before = wallet::follow_accounts(&mut pairs, currency).await?;
            if let Some(Payee { side, .. }) = &mut payee {
                before.insert(side.id, wallet::minor(&side.follow_account(currency).await?.balance)?);
            }
            wallet::errand(plan.size, &welcome)?
        };
        let plan = *plan;
        Ok((
            Self {
                pairs,
                payee,
                errand,
                plan,
                before,
            },
            welcome,
        ))
    }

    /// Works until the time is over, and looks whether all holds.
    pub(super) async fn run(self, meter: Arc<Meter>, cuts: Cuts) -> anyhow::Result<Paid> {
        let Self {
            pairs,
            payee,
            errand,
            plan,
            before,
        } = self;
        let until = meter.timeline().patience_ends().into();
        let work = Arc::new(Work {
            errand,
            plan,
            meter,
            cuts: cuts.clone(),
        });
        let (end, ends) = watch::channel(false);
        let reading = payee.map(|payee| tokio::spawn(payee.run(cuts.clone(), until, ends)));
        let mut outcomes = run_all(pairs, &work).await?;
        let _ = end.send(true);
        let (mut payee, mut caught_up): (Option<Side>, _) = (None, None);
        if let Some(reading) = reading {
            let (side, faults, times) = reading.await??;
            (payee, caught_up) = (Some(side), Some(times));
            if let Some(first) = outcomes.first_mut() {
                first.faults.add(faults);
            }
        }
        let mut checks = chat::checks(&mut outcomes).await?;
        checks.extend(caught_up.map(|times| {
            let said = format!("{times} times over a new connection, since it read too slowly for what was pushed");
            Check::new("the payee caught up", true, said)
        }));
        if let Errand::Pay { currency, .. } = &work.errand {
            checks.push(wallet::conserved(&mut outcomes, payee.as_mut(), &before, currency).await?);
        }
        let mut verdict = cuts.is_some().then(Verdict::default);
        if let Some(verdict) = &mut verdict {
            for Outcome { pair, numbers, .. } in &mut outcomes {
                let socket = &mut pair.sender.socket;
                verdict.add(found::verdict(socket, pair.conversation.id, numbers).await?);
            }
        }
        Ok(Paid { checks, verdict })
    }
}
