//! What other nodes say, and what the hints tell, to whom it concerns here.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use secrecy::SecretString;

use crate::chat::Chat;
use crate::cluster::{
    Bus, Class, Envelope, HintPoll, HintSettings, InProcessBus, InvalidRedisUrl, NodeBoot, RedisBus, RedisSettings,
};
use crate::config::Settings;
use crate::db::Db;
use crate::delivery::{EncodedEvent, Users};
use crate::protocol::{CloseCode, LogId};
use crate::wallet::Wallet;

/// What every channel's name begins with.
const CHANNEL_PREFIX: &str = "quipu";

/// The services that hear what comes in. They are made after the bus, so what comes before them is dropped: nobody is
/// online yet.
#[derive(Clone, Default)]
pub(super) struct Inbound(Arc<OnceLock<(Users, Chat, Wallet)>>);

impl Inbound {
    pub(super) fn connect(&self, users: Users, chat: Chat, wallet: Wallet) {
        // Connected once, by the start.
        let _ = self.0.set((users, chat, wallet));
    }

    /// An event of another node.
    fn hear(&self, envelope: Envelope) {
        let Some((users, chat, wallet)) = self.0.get() else {
            return;
        };
        let people = envelope.to.clone().unwrap_or_default();
        if envelope.class == Class::EPHEMERAL {
            return users
                .router()
                .deliver_ephemeral(people.iter().copied(), &envelope.payload);
        }
        if envelope.class == Class::SESSION_ENDED {
            let text = std::str::from_utf8(&envelope.payload).unwrap_or_default();
            // What is no session's id ends none; the look every 30 s finds it anyway.
            if let Ok(session) = text.trim_matches('"').parse() {
                users.router().close_session(session, CloseCode::SessionOver);
            }
            return;
        }
        if envelope.class == Class::PRESENCE {
            if let LogId::User(user) = envelope.log {
                users.presence().look_at(user);
            }
            return;
        }
        if envelope.class != Class::LOGGED {
            // A class of a later version.
            return;
        }
        match envelope.log {
            LogId::Conversation(id) => chat.hear(id, envelope),
            LogId::Account(id) => {
                if let Some(owner) = people.first() {
                    wallet.hear(id, *owner, envelope);
                }
            }
            LogId::User(user) => {
                let event = EncodedEvent::new(envelope.log, envelope.prev, envelope.rev, envelope.payload);
                users.announce(user, event);
            }
        }
    }

    /// A commit of any node has moved a log.
    fn hint(&self, log: LogId, rev: i64) {
        let Some((users, chat, wallet)) = self.0.get() else {
            return;
        };
        match log {
            LogId::Conversation(id) => chat.hint(id, rev),
            LogId::Account(id) => wallet.hint(id, rev),
            LogId::User(user) => users.hint(user, rev),
        }
    }

    /// Hints may have been missed: every client looks for itself what it has missed.
    fn lapse(&self) {
        let Some((users, ..)) = self.0.get() else { return };
        tracing::warn!("hints may have been missed: all sockets are asked to resume");
        for socket in users.router().all() {
            socket.close(CloseCode::Resync);
        }
    }
}

/// The bus of the settings: within the process, or over Redis. The poll of the hints runs beside it on PostgreSQL.
pub(super) fn start_bus(
    settings: &Settings,
    db: &Db,
    boot: NodeBoot,
    inbound: &Inbound,
) -> Result<Arc<dyn Bus>, InvalidRedisUrl> {
    let (hinted, lapsed, heard) = (inbound.clone(), inbound.clone(), inbound.clone());
    let poll = HintPoll::start(
        db.clone(),
        HintSettings {
            poll: Duration::from_millis(settings.cluster.hint_poll_ms),
            keep: Duration::from_secs(settings.cluster.hint_keep_minutes * 60),
        },
        Arc::new(move |log, rev| hinted.hint(log, rev)),
        Arc::new(move || lapsed.lapse()),
    );
    let poll = Arc::new(poll);
    let Some(url) = &settings.redis.url else {
        // The poll lives as long as the process: it ends with the last of what holds it.
        return Ok(Arc::new(WithPoll {
            bus: InProcessBus::new(),
            _poll: poll,
        }));
    };
    let redis = RedisSettings {
        url: SecretString::clone(url),
        prefix: CHANNEL_PREFIX.to_owned(),
    };
    let poked = poll.clone();
    let bus = RedisBus::start(
        &redis,
        boot,
        db.runtime(),
        Arc::new(move |envelope| heard.hear(envelope)),
        Arc::new(move || poked.poke()),
    )?;
    Ok(Arc::new(WithPoll { bus, _poll: poll }))
}

/// A bus that keeps the poll of the hints alive beside it.
struct WithPoll<B> {
    bus: B,
    _poll: Arc<HintPoll>,
}

impl<B: Bus> Bus for WithPoll<B> {
    fn publish(&self, events: Vec<(crate::cluster::Channel, Envelope)>) {
        self.bus.publish(events);
    }

    fn subscribe(&self, channel: crate::cluster::Channel) {
        self.bus.subscribe(channel);
    }

    fn unsubscribe(&self, channel: crate::cluster::Channel) {
        self.bus.unsubscribe(channel);
    }

    fn state(&self) -> crate::cluster::BusState {
        self.bus.state()
    }
}
