//! The server: port, routes, signals, and a stop that loses nothing.

use std::fs::File;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, web};
use anyhow::Context as _;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use super::{Services, admin_socket, demo, watch};
use crate::cluster::BusState;
use crate::config::{EmailVerification, Settings, TlsMode};
use crate::delivery::OutboxLimits;
use crate::gateway::http::{self, HttpState};
use crate::gateway::listen::{self, Listening};
use crate::gateway::origin::Origins;
use crate::gateway::rate_limit::RateLimits;
use crate::gateway::site::Site;
use crate::gateway::tls::Certificate;
use crate::gateway::ws::{self, IpCounts, MinimumClient, OpRates, People, SocketState, SocketTimes};
use crate::ids::{SessionId, UserId};
use crate::protocol::http::{DemoPerson, Readiness};
use crate::protocol::{self, CloseCode, Drain, LimitsView};
use crate::telemetry::Metrics;
use crate::wallet::Records;

/// The file in the data folder whose lock the process that works on it holds.
const DATA_LOCK: &str = "lock";
/// Sockets closed at once while draining.
const DRAIN_BATCH: usize = 200;
/// Between two of those.
const DRAIN_PAUSE: Duration = Duration::from_millis(100);
/// How far the clients' return is spread, in milliseconds.
const RECONNECT_SPREAD_MS: u64 = 5_000;

/// Serves until a signal asks to stop.
///
/// # Errors
/// Why the node did not start, or what broke while it stopped.
pub async fn serve(settings: Settings, runtime: Handle, metrics: Metrics) -> anyhow::Result<()> {
    let settings = Arc::new(settings);
    super::storage::make_data_folder(&settings)?;
    let _lock = lock_data(&settings)?;
    let listener = TcpListener::bind(settings.http.listen)
        .with_context(|| format!("http.listen: {} cannot be listened on", settings.http.listen))?;
    let bound = listener.local_addr()?;
    let origin = Origins::new(&settings.http, bound).public(bound);
    let services = Services::open(settings.clone(), &runtime, origin).await?;
    let people = if settings.mode.demo {
        demo::prepare(&services).await?
    } else {
        Vec::new()
    };
    admin_socket::listen(&settings.data.dir, services.clone()).context("the operator's socket")?;
    if settings.wallet.receipt_mail {
        let mails = services.receipt_mail();
        // Before anybody pays: what was posted until the first look of all gets no mail.
        let begun = mails.clone();
        runtime.spawn(async move { begun.queue().await }).await??;
        runtime.spawn(watch::mail_receipts(mails));
    }
    let draining = Arc::new(AtomicBool::new(false));
    runtime.spawn(watch::keep_figures(metrics.clone()));
    let edge = Edge::new(&services, bound, people.clone(), metrics, draining.clone());
    let server = edge.run(listener, &runtime)?;
    runtime.spawn(watch::cut_stalled(services.users.router().clone()));
    runtime.spawn(watch::end_revoked(
        services.users.router().clone(),
        services.identity.clone(),
    ));
    runtime.spawn(services.users.presence().clone().run());
    runtime.spawn(watch::try_refused_storage(services.db.clone()));
    runtime.spawn(watch::expire_holds(services.wallet.clone(), services.clock.clone()));
    runtime.spawn(watch::ask_providers(services.funds.clone(), services.clock.clone()));
    let collecting = runtime.spawn(watch::collect_attachments(
        services.attachments.clone(),
        services.clock.clone(),
    ));
    announce(&settings, bound, &people)?;
    stop_signal().await?;
    draining.store(true, Ordering::SeqCst);
    // A row goes in one transaction, and bytes that stay behind are found by the next start.
    collecting.abort();
    // A third for the sockets, a third for plain requests, a third for what was taken and is yet to be committed.
    let third = Duration::from_secs(settings.drain.seconds) / 3;
    if tokio::time::timeout(third, close_sockets(&services)).await.is_err() {
        tracing::warn!("some sockets were not closed within a third of drain.seconds");
    }
    server.stop(true).await;
    if tokio::time::timeout(third, services.close()).await.is_err() {
        tracing::error!("what was queued was not committed within a third of drain.seconds: clients send it again");
    }
    Ok(())
}

/// Takes the data folder for this process alone, until the file is dropped.
///
/// # Errors
/// When another process has it.
pub fn lock_data(settings: &Settings) -> anyhow::Result<File> {
    let file = settings.data.dir.join(DATA_LOCK);
    let lock = File::options().create(true).truncate(false).write(true).open(&file);
    let lock = lock.with_context(|| format!("{} cannot be opened", file.display()))?;
    lock.try_lock().map_err(|_| {
        let folder = std::path::absolute(&settings.data.dir).unwrap_or_else(|_| settings.data.dir.clone());
        anyhow::anyhow!(
            "another quipu works on {}: stop it, or name another folder with --data-dir",
            folder.display()
        )
    })?;
    Ok(lock)
}

/// Says on standard output that the server is there, and how it is set in what people often wonder about.
fn announce(settings: &Settings, bound: SocketAddr, people: &[DemoPerson]) -> std::io::Result<()> {
    let mail = match &settings.mail.smtp_url {
        Some(_) => "mail goes out by SMTP".to_owned(),
        None => format!("mail is written to {}", settings.mail_folder().display()),
    };
    let verified = match settings.email_verification() {
        EmailVerification::Never => "are not verified",
        EmailVerification::BeforePayment => "are verified before the first payment",
        EmailVerification::BeforeSignIn => "are verified before the first sign-in",
    };
    let mut text = format!("{mail}; e-mail addresses {verified} (identity.verify_email)\n");
    if settings.mode.load_test {
        text += "load test: every rate limit is off\n";
    }
    for (guard, means) in guards_off(settings) {
        text += &format!("{guard} is off: {means}\n");
    }
    if settings.mode.demo {
        text += "demo: two people with play money; do not put this on a network\n";
        text += &demo::links(people, bound);
    }
    let scheme = if matches!(settings.http.tls, TlsMode::Files(_)) {
        "https"
    } else {
        "http"
    };
    text += &format!("listening on {scheme}://{bound}\n");
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

async fn stop_signal() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Tells every client to come back elsewhere and closes their sockets a few at a time, until none is left.
async fn close_sockets(services: &Services) {
    let router = services.users.router();
    tracing::info!(sockets = router.sockets(), "draining");
    loop {
        let sockets = router.all();
        if sockets.is_empty() {
            return;
        }
        for some in sockets.chunks(DRAIN_BATCH) {
            for socket in some.iter().filter(|socket| socket.is_open()) {
                let reconnect_after_ms = rand::random_range(0..RECONNECT_SPREAD_MS);
                socket.answer(&protocol::push("drain", &Drain { reconnect_after_ms }));
                socket.close(CloseCode::Draining);
            }
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
    }
}

/// What is done after a session was ended.
type SessionRevoked = Arc<dyn Fn(UserId, SessionId) + Send + Sync>;

/// The routes and what they work with.
struct Edge {
    settings: Arc<Settings>,
    http: web::Data<HttpState>,
    socket: web::Data<SocketState>,
}

impl Edge {
    fn new(
        services: &Services,
        bound: SocketAddr,
        people: Vec<DemoPerson>,
        metrics: Metrics,
        draining: Arc<AtomicBool>,
    ) -> Self {
        let settings = services.settings.clone();
        let site = Site::new(&settings, bound, people);
        let (router, publisher) = (services.users.router().clone(), services.publisher.clone());
        let on_session_revoked: SessionRevoked = Arc::new(move |user, session| {
            router.close_session(session, CloseCode::SessionOver);
            publisher.session_ended(user, session);
        });
        let state = socket_state(services, site.clone(), draining.clone(), on_session_revoked.clone());
        let socket = web::Data::new(state);
        let readiness = {
            let (bus, clock, settings) = (services.bus.clone(), services.clock.clone(), settings.clone());
            move || {
                let jumped = clock.is_jumped().then_some("clock_jump");
                let warnings = jumped
                    .into_iter()
                    .chain(guards_off(&settings).map(|(guard, _)| guard))
                    .collect();
                Readiness {
                    warnings,
                    ..readiness(bus.state(), draining.load(Ordering::SeqCst), &settings)
                }
            }
        };
        let http = web::Data::new(HttpState {
            identity: services.identity.clone(),
            site,
            attachments: services.attachments.clone(),
            records: Records::new(services.db.clone(), services.identity.clone()),
            funds: Some(services.funds.clone()),
            rates: RateLimits::new(&settings.limits).with_uploads(settings.attachments.uploads_per_minute),
            db: services.db.clone(),
            on_session_revoked,
            readiness: Arc::new(readiness),
            metrics: Arc::new(move || metrics.render()),
        });
        Self { settings, http, socket }
    }

    fn run(self, listener: TcpListener, runtime: &Handle) -> anyhow::Result<ServerHandle> {
        let (http, socket) = (self.http, self.socket);
        let tls = match &self.settings.http.tls {
            TlsMode::Files(files) => {
                let certificate = Certificate::load(files.clone())?;
                certificate.watch(runtime);
                Some(certificate.server_config()?)
            }
            TlsMode::Off | TlsMode::Proxy => None,
        };
        let listening = Listening {
            workers: self.settings.http.worker_count(),
            tls,
            // The sockets are closed before; what is left are plain requests, and the last commits still have their time.
            stop_seconds: self.settings.drain.seconds / 3,
        };
        let running = listen::listen(listener, listening, move || {
            let app = App::new().app_data(http.clone()).app_data(socket.clone());
            listen::site(app.configure(ws::configure).configure(http::configure))
        })?;
        let handle = running.handle();
        actix::spawn(running);
        Ok(handle)
    }
}

/// Guards of people's money that are off, by their settings.
fn guards_off(settings: &Settings) -> impl Iterator<Item = (&'static str, &'static str)> {
    let pin = (
        "wallet.require_pin",
        "whoever has an open session can send its money anywhere",
    );
    let cooling = (
        "funding.cooling_off_seconds",
        "whoever has an open session and the PIN can take its money to a bank account of theirs at once",
    );
    let no_cooling = settings.funding.cooling_off_seconds == 0;
    let pin = (!settings.requires_pin()).then_some(pin);
    pin.into_iter().chain(no_cooling.then_some(cooling))
}

fn readiness(bus: BusState, draining: bool, settings: &Settings) -> Readiness {
    Readiness {
        node: settings.cluster.node_name.clone(),
        ready: !draining,
        bus: match bus {
            BusState::Local => "in_process",
            BusState::Up => "connected",
            BusState::Down => "reconnecting",
        },
        draining,
        load_test: settings.mode.load_test,
        ..Readiness::default()
    }
}

fn socket_state(
    services: &Services,
    site: Site,
    draining: Arc<AtomicBool>,
    on_session_revoked: SessionRevoked,
) -> SocketState {
    let (settings, limits) = (&services.settings, &services.settings.limits);
    SocketState {
        identity: services.identity.clone(),
        people: People::new(services.identity.clone()),
        chat: services.chat.clone(),
        search: services.search.clone(),
        wallet: services.wallet.clone(),
        records: Records::new(services.db.clone(), services.identity.clone()),
        budgets: services.budgets.clone(),
        funds: services.funds.clone(),
        users: services.users.clone(),
        on_session_revoked,
        clock: services.clock.clone(),
        db: services.db.clone(),
        site,
        lookups: Arc::new(RateLimits::new(limits)),
        rates: OpRates::new(limits),
        addresses: IpCounts::new(limits.connections_per_ip),
        limits: limits_view(settings),
        outbox: OutboxLimits {
            bytes: limits.outbox_bytes,
            stalled: Duration::from_secs(limits.slow_seconds),
        },
        times: SocketTimes {
            hello: Duration::from_secs(limits.hello_seconds),
            heartbeat: Duration::from_secs(limits.heartbeat_seconds),
            heartbeat_timeout: Duration::from_secs(limits.heartbeat_timeout_seconds),
        },
        minimum: MinimumClient {
            web: settings.client.min_web_version,
            pay: settings.client.min_pay_version,
            protocol: settings.client.min_protocol,
        },
        draining,
    }
}

fn limits_view(settings: &Settings) -> LimitsView {
    let limits = &settings.limits;
    LimitsView {
        frame_bytes: limits.frame_bytes,
        text_bytes: limits.text_bytes,
        connections_per_user: limits.connections_per_user,
        sends_per_second: limits.sends_per_second,
        sends_burst: limits.sends_burst,
        ops_per_second: limits.ops_per_second,
        ops_burst: limits.ops_burst,
        history_page: limits.history_page,
        sync_positions: limits.sync_positions,
        group_members: limits.group_members,
        receipt_members: limits.receipt_members,
        head_mode_members: limits.head_mode_members,
        edit_seconds: limits.edit_seconds,
        recall_seconds: limits.recall_seconds,
        note_chars: limits.note_chars,
        in_flight: limits.in_flight,
    }
}
