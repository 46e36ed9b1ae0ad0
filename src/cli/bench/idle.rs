//! Signed-in sockets that do nothing: how many open a second, what each costs the server, and whether all are still
//! there at the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use super::frames::{Nothing, Welcome};
use super::meter::{Meter, Samples};
use super::plan::Plan;
use super::progress::Line;
use super::report::{Check, Ended, Load, NOT_A_CHILD, Report, ServerFigures};
use super::socket::Socket;
use super::target::Target;
use super::timeline::{Timeline, micros};
use super::usage::Reading;
use super::users::Person;

/// Sockets that are being opened at once.
const OPENING_AT_ONCE: usize = 64;
/// How often the progress is told, in sockets.
const TOLD_EVERY: usize = 500;

/// An answer to `ping`, of which nothing is read.
#[derive(serde::Deserialize)]
struct Pong {}

pub(super) async fn run(plan: &Plan, connections: usize, target: &Target) -> anyhow::Result<Report> {
    let line = Line::new();
    let meter = Meter::new(Timeline::begin(plan.warm_up, plan.seconds))?;
    let before = read(target)?;
    let began = Instant::now();
    let (end, ends) = watch::channel(());
    let (mut holding, version) = open_all(target, &meter, &line, &ends).await?;
    let opening = began.elapsed();
    let opened = read(target)?;
    hold(plan.seconds, connections, &line, &mut holding).await?;
    let held = read(target)?;
    // Whoever ended already is counted as one who did not answer.
    let _ = end.send(());
    let (mut answered, mut fault) = (0_usize, String::new());
    while let Some(one) = holding.join_next().await {
        match one? {
            Ok(()) => answered += 1,
            Err(error) => fault = format!("; {error:#}"),
        }
    }
    let check = Check::new(
        "all are there at the end",
        answered == connections,
        format!("{answered} of {} answered a ping{fault}", connections),
    );
    let used = held
        .server
        .zip(opened.server)
        .map(|(after, before)| after.since(&before));
    let grown = held.server.zip(before.server);
    let grown = grown.map(|(after, before)| after.rss_bytes.saturating_sub(before.rss_bytes));
    let ended = Ended {
        load: Load::of_idle(connections),
        unit: "sign-ins",
        per_s: (connections as u64).saturating_mul(1_000_000) / micros(opening).max(1),
        checks: vec![check],
        server: ServerFigures {
            version,
            used,
            rss_per_connection_bytes: grown.map(|bytes| bytes / connections as u64),
            note: used.is_none().then_some(NOT_A_CHILD),
        },
        client: held.client.since(&opened.client),
        seconds: Vec::new(),
    };
    Ok(Report::new(plan, &meter, ended))
}

/// Both processes at one moment.
struct Readings {
    client: Reading,
    server: Option<Reading>,
}

fn read(target: &Target) -> anyhow::Result<Readings> {
    Ok(Readings {
        client: Reading::of(None)?,
        server: target.child().map(|child| child.reading()).transpose()?.flatten(),
    })
}

/// Sockets that are held, each by a task that ends with the pong to its last ping.
type Holding = JoinSet<anyhow::Result<()>>;

async fn open_all(
    target: &Target,
    meter: &Meter,
    line: &Line,
    ends: &watch::Receiver<()>,
) -> anyhow::Result<(Holding, String)> {
    let mut holding = JoinSet::new();
    let places = Arc::new(Semaphore::new(OPENING_AT_ONCE));
    let (to, mut signed_in) = mpsc::channel(OPENING_AT_ONCE);
    for person in target.people() {
        holding.spawn(hold_one(person.clone(), Arc::clone(&places), to.clone(), ends.clone()));
    }
    drop(to);
    let (mut version, mut samples) = (String::new(), Samples::default());
    for number in 1..=target.people().len() {
        let (took, welcome): (Duration, Welcome) = tokio::select! {
            one = signed_in.recv() => one.context("nobody signs in any more")?,
            Some(ended) = holding.join_next() => {
                ended??;
                anyhow::bail!("a socket ended while others were opened");
            }
        };
        samples.opened(micros(took));
        meter.take(&mut samples);
        version = welcome.server.version;
        if number % TOLD_EVERY == 0 {
            line.say(format!("{number} of {} signed in", target.people().len()));
        }
    }
    Ok((holding, version))
}

async fn hold_one(
    person: Person,
    places: Arc<Semaphore>,
    signed_in: mpsc::Sender<(Duration, Welcome)>,
    mut ends: watch::Receiver<()>,
) -> anyhow::Result<()> {
    let place = places.acquire_owned().await?;
    let began = Instant::now();
    let (mut socket, welcome) = Socket::sign_in(&person).await?;
    drop(place);
    signed_in.send((began.elapsed(), welcome)).await?;
    // A sender that stayed would keep the others waiting for it.
    drop(signed_in);
    loop {
        tokio::select! {
            // Reading answers the heartbeat; what is pushed is of no interest.
            frame = socket.next() => { frame?; }
            _ = ends.changed() => break,
        }
    }
    let Pong {} = socket.call("ping", Nothing {}).await?;
    Ok(())
}

async fn hold(seconds: Duration, connections: usize, line: &Line, holding: &mut Holding) -> anyhow::Result<()> {
    line.say(format!("holding {connections} sockets for {} s", seconds.as_secs()));
    tokio::select! {
        () = tokio::time::sleep(seconds) => Ok(()),
        Some(ended) = holding.join_next() => {
            ended??;
            anyhow::bail!("a socket ended while nothing happened")
        }
    }
}

/// Sockets that stand by while others work.
pub(super) struct Idlers(Vec<(Socket, Person)>);

impl Idlers {
    /// Signs everybody in.
    pub(super) async fn gather(people: &[Person]) -> anyhow::Result<(Self, Welcome)> {
        let sockets = Socket::sign_in_all(people).await?;
        let welcome = sockets
            .first()
            .map(|(_, welcome)| welcome.clone())
            .context("nobody is there")?;
        let idlers = sockets
            .into_iter()
            .zip(people)
            .map(|((socket, _), person)| (socket, person.clone()));
        Ok((Self(idlers.collect()), welcome))
    }

    /// Stands by until nothing more is sent; then each must answer. Where connections may be lost, each is made anew.
    pub(super) async fn run(self, meter: Arc<Meter>, endures: bool) -> anyhow::Result<Check> {
        let (mut tasks, all) = (JoinSet::new(), self.0.len());
        for (socket, person) in self.0 {
            tasks.spawn(stand_by(socket, person, Arc::clone(&meter), endures));
        }
        let (mut answered, mut fault) = (0_usize, String::new());
        while let Some(one) = tasks.join_next().await {
            match one? {
                Ok(()) => answered += 1,
                Err(error) => fault = format!("; {error:#}"),
            }
        }
        Ok(Check::new(
            "all are there at the end",
            answered == all,
            format!("{answered} of {all} answered a ping{fault}"),
        ))
    }
}

async fn stand_by(mut socket: Socket, person: Person, meter: Arc<Meter>, endures: bool) -> anyhow::Result<()> {
    let timeline = *meter.timeline();
    let until = timeline.measured_to().into();
    while let Ok(frame) = tokio::time::timeout_at(until, socket.next()).await {
        match frame {
            Ok(_) => {}
            Err(_) if endures => socket.again(&person, timeline.patience_ends().into()).await?,
            Err(error) => return Err(error),
        }
    }
    let sent_at = timeline.now();
    let Pong {} = socket.call("ping", Nothing {}).await?;
    let mut samples = Samples::default();
    samples.answered(sent_at, timeline.now(), &timeline);
    meter.take(&mut samples);
    Ok(())
}
