//! One red packet of many shares, all of them claimed at a steady rate, and what that costs the payments of other people:
//! the same payments are measured alone first, and then beside the claims.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::again::{once_more, together};
use super::claimers::{Claim, Claimed, Claimers, Claiming, Done, balance};
use super::continuity::Faults;
use super::frames::{Conversation, Create, Get, Got, Welcome};
use super::meter::Meter;
use super::pair_loop::{Work, run_all};
use super::pairs;
use super::plan::{PacketPlan, Plan};
use super::progress::{self, Line};
use super::report::{Check, Ended, Load, Phase, Ratio, Report};
use super::socket::Socket;
use super::target::Target;
use super::timeline::Timeline;
use super::users::Person;
use super::{chat, wallet};
use crate::ids::{ClientId, ConversationId, FlowId, UserId};

/// What a share holds in the mean, in the smallest unit.
const MEAN: i64 = 10;
/// People who are added to a group at once.
const ADDED_AT_ONCE: usize = 100;
/// Claims of one page.
const PAGE: u32 = 100;
/// What the 99th percentile of other people's payments may grow by.
const MOST: f64 = 2.0;
/// The two measured parts of a run.
const ALONE: &str = "alone";
const BESIDE: &str = "beside claims";
const UNIT: &str = "payments";

/// `member.add`.
#[derive(Debug, Serialize)]
struct Add<'a> {
    client_id: ClientId,
    conversation: ConversationId,
    users: &'a [UserId],
}

/// `packet.create`.
#[derive(Debug, Serialize)]
struct CreatePacket<'a> {
    client_id: ClientId,
    conversation: ConversationId,
    total: &'a str,
    currency: &'a str,
    count: usize,
    kind: &'static str,
    greeting: &'static str,
}

/// `packet.show`.
#[derive(Debug, Serialize)]
struct Show {
    packet: FlowId,
    cursor: Option<String>,
    limit: u32,
}

/// The answer to it.
#[derive(Debug, Deserialize)]
struct Shown {
    claims: Vec<Listed>,
    next: Option<String>,
}

/// A claim as it is listed.
#[derive(Debug, Deserialize)]
struct Listed {
    user: UserId,
    amount: String,
    place: i64,
}

pub(super) async fn run(plan: &Plan, packet: PacketPlan, target: &Target) -> anyhow::Result<Report> {
    let line = Line::new();
    let (paying, sharing) = target.people().split_at(packet.payments.pairs * 2);
    let (maker, people) = sharing.split_last().context("nobody makes the packet")?;
    line.say(format!("{} people come together", packet.group()));
    let (group, welcome) = found(packet, maker, people).await?;
    let currency = welcome.wallet.default_currency.clone();
    let mut claimers = Claimers::gather(people, &group, &currency).await?;
    let (mut pairs, _) = pairs::meet(&packet.payments, paying).await?;
    let before = wallet::follow_accounts(&mut pairs, &currency).await?;
    drop(line);

    let work = || {
        anyhow::Ok(Arc::new(Work {
            errand: wallet::errand(packet.payments.size, &welcome)?,
            plan: packet.payments,
            meter: Arc::new(Meter::new(Timeline::begin(plan.warm_up, plan.seconds))?),
            cuts: None,
        }))
    };
    let alone = work()?;
    let (usage_alone, outcomes) = tokio::try_join!(progress::watch_one(target, &alone.meter), run_all(pairs, &alone))?;
    let (pairs, earlier) = once_more(outcomes);
    let mut maker = Maker::with_packet(packet, (maker, &group), &welcome).await?;
    let beside = work()?;
    let claiming = Claiming::new(maker.packet, people.len(), *beside.meter.timeline())?;
    let claiming = Arc::new(claiming);
    let all = async {
        let paying = run_all(pairs, &beside);
        tokio::try_join!(
            progress::watch_one(target, &beside.meter),
            paying,
            claimers.claim(&claiming)
        )
    };
    let (usage, outcomes, ()) = tokio::select! {
        done = all => done?,
        ended = maker.read() => match ended? {},
    };
    let mut outcomes = together(outcomes, &earlier);

    let claimed = claimers.leave(&currency).await?;
    let mut checks = maker.checks(&claimed).await?;
    checks.extend(chat::checks(&mut outcomes).await?);
    checks.push(wallet::conserved(&mut outcomes, None, &before, &currency).await?);
    let ratios = alone.meter.p99_and(ALONE, &beside.meter, BESIDE);
    checks.push(spared(ratios.first()));
    checks.extend(wallet::audited(target)?);
    let payments = vec![
        Phase::new((ALONE, UNIT), &alone.meter, &usage_alone),
        Phase::new((BESIDE, UNIT), &beside.meter, &usage),
    ];
    let load = Load::of_pairs(&packet.payments).with_shares(packet.shares);
    let version = welcome.server.version;
    let ended = Ended::of((load, "claims"), claiming.meter(), checks, usage, version);
    let report = Report::new(plan, claiming.meter(), ended);
    Ok(report.with_phases(payments).with_ratios(ratios))
}

/// Founds the group, as its maker does.
async fn found(packet: PacketPlan, maker: &Person, people: &[Person]) -> anyhow::Result<(Conversation, Welcome)> {
    let (mut socket, welcome) = Socket::sign_in(maker).await?;
    ensure!(
        packet.group() <= welcome.limits.group_members,
        "--shares {} needs a group of {}, which is more than one may have: {} (limits.group_members)",
        packet.shares,
        packet.group(),
        welcome.limits.group_members
    );
    let people: Vec<_> = people.iter().map(|person| person.id).collect();
    let (first, others) = people.split_at(people.len().min(ADDED_AT_ONCE));
    let create = Create {
        client_id: ClientId::fresh(),
        kind: "group",
        members: first,
        title: Some("Load"),
    };
    let Got { conversation } = socket.call("conversation.create", create).await?;
    for users in others.chunks(ADDED_AT_ONCE) {
        let add = Add {
            client_id: ClientId::fresh(),
            conversation: conversation.id,
            users,
        };
        let IgnoredAny = socket.call("member.add", add).await?;
    }
    let get = Get {
        conversation: conversation.id,
    };
    let Got { conversation } = socket.call("conversation.get", get).await?;
    Ok((conversation, welcome))
}

/// The payments of others took at most so much longer.
fn spared(ratio: Option<&Ratio>) -> Check {
    let (held, said) = ratio.map_or((false, "nothing was measured".to_owned()), |ratio| {
        let times = ratio.ratio();
        (
            times <= MOST,
            format!("{times:.2} times that of payments alone, at most {MOST}"),
        )
    });
    Check::new("other people's p99", held, said)
}

/// Who made the packet, at a socket that is read on.
struct Maker {
    socket: Socket,
    packet: FlowId,
    currency: String,
    before: i64,
    total: i64,
}

impl Maker {
    /// Signs in and makes the packet.
    async fn with_packet(
        packet: PacketPlan,
        (maker, group): (&Person, &Conversation),
        welcome: &Welcome,
    ) -> anyhow::Result<Self> {
        let (mut socket, _) = Socket::sign_in(maker).await?;
        let currency = welcome.wallet.default_currency.clone();
        let before = balance(&mut socket, &currency).await?;
        let total = MEAN * i64::try_from(packet.shares)?;
        let create = CreatePacket {
            client_id: ClientId::fresh(),
            conversation: group.id,
            total: &wallet::decimal(total, welcome)?,
            currency: &currency,
            count: packet.shares,
            kind: "lucky",
            greeting: "for everybody",
        };
        let made: Done = socket.call("packet.create", create).await?;
        Ok(Self {
            socket,
            packet: made.flow.id,
            currency,
            before,
            total,
        })
    }

    /// Reads what is sent, which is of no interest, until the connection ends.
    async fn read(&mut self) -> anyhow::Result<Infallible> {
        loop {
            self.socket.next().await?;
        }
    }

    /// What must hold of the packet once it is claimed.
    async fn checks(&mut self, claimed: &[Claimed]) -> anyhow::Result<Vec<Check>> {
        let mut checks = vec![self.each_has_one(claimed).await?, self.is_empty().await?];
        let (shares, grown) = claimed.iter().fold((0, 0), |(shares, grown), one| {
            (shares + one.share.unwrap_or(0), grown + one.grown)
        });
        let paid = self.before - balance(&mut self.socket, &self.currency).await?;
        let total = self.total;
        checks.push(Check::new(
            "the shares are the packet",
            [shares, grown, paid] == [total; 3],
            format!(
                "{total} in it, {shares} answered, {grown} more on the claimers' accounts, {paid} less on its maker's"
            ),
        ));
        let mut faults = Faults::default();
        claimed.iter().for_each(|one| faults.add(one.faults));
        let saw = claimed.iter().filter(|one| one.saw_the_end).count();
        checks.push(Check::new(
            "everybody saw its card change",
            saw == claimed.len() && faults == Faults::default(),
            format!("{saw} of {} saw that it is empty; {faults:?}", claimed.len()),
        ));
        Ok(checks)
    }

    /// Each claimer took one share, of a place of its own, and was answered what is listed.
    async fn each_has_one(&mut self, claimed: &[Claimed]) -> anyhow::Result<Check> {
        let answered: HashMap<_, _> = claimed
            .iter()
            .filter_map(|one| Some((one.user, one.share.filter(|share| *share == one.grown)?)))
            .collect();
        let listed = self.listed(claimed.len()).await?;
        let mut places: Vec<_> = listed.iter().map(|one| one.place).collect();
        places.sort_unstable();
        places.dedup();
        let shares: HashMap<_, _> = listed
            .iter()
            .map(|one| Ok((one.user, wallet::minor(&one.amount)?)))
            .collect::<anyhow::Result<_>>()?;
        let count = claimed.len();
        let held = [listed.len(), places.len(), shares.len()] == [count; 3] && shares == answered;
        Ok(Check::new(
            "each claimer has one share",
            held,
            format!(
                "{count} claimers, {} with what they were answered, {} claims of {} people listed in {} places",
                answered.len(),
                listed.len(),
                shares.len(),
                places.len()
            ),
        ))
    }

    /// All claims, of which there may be one too many.
    async fn listed(&mut self, count: usize) -> anyhow::Result<Vec<Listed>> {
        let (mut listed, mut cursor) = (Vec::new(), None);
        while listed.len() <= count {
            let show = Show {
                packet: self.packet,
                cursor,
                limit: PAGE,
            };
            let Shown { claims, next } = self.socket.call("packet.show", show).await?;
            listed.extend(claims);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(listed)
    }

    /// One more claim is refused.
    async fn is_empty(&mut self) -> anyhow::Result<Check> {
        let claim = Claim {
            client_id: ClientId::fresh(),
            packet: self.packet,
        };
        let answer: Result<Done, _> = self.socket.ask("packet.claim", claim).await?;
        let code = answer.map_or_else(
            |refusal| refusal.code,
            |_| "nothing: there was another share".to_owned(),
        );
        let held = code == "packet_empty";
        Ok(Check::new(
            "one more claim finds it empty",
            held,
            format!("refused with {code}"),
        ))
    }
}
