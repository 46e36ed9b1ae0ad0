//! The socket: `GET /ws/v1`. The upgrade, the frames, and which service answers which operation.

mod body;
mod caller;
mod connection;
mod consent;
mod descriptor;
mod dispatch;
mod greeting;
mod line;
mod ops;
mod people;
mod rates;
mod upgrade;

pub use descriptor::{Descriptor, prepare};
pub(in crate::gateway) use line::carry;
pub use people::People;
pub use rates::OpRates;
pub use upgrade::{IpCounts, configure};

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::chat::Chat;
use crate::chat::search::Search;
use crate::clock::Clock;
use crate::config::Version;
use crate::db::Db;
use crate::delivery::{OutboxLimits, Users};
use crate::gateway::rate_limit::RateLimits;
use crate::gateway::site::Site;
use crate::identity::Identity;
use crate::ids::{SessionId, UserId};
use crate::protocol::LimitsView;
use crate::wallet::{Budgets, Funds, Records, Wallet};

/// What the sockets work with. One a server.
pub struct SocketState {
    /// People and sessions.
    pub identity: Identity,
    /// Their names, kept for a moment.
    pub people: People,
    /// Conversations.
    pub chat: Chat,
    /// What was said and who is known, found again.
    pub search: Search,
    /// Money.
    pub wallet: Wallet,
    /// What people take home of the ledger.
    pub records: Records,
    /// What people mean to spend.
    pub budgets: Budgets,
    /// What comes in and goes out.
    pub funds: Funds,
    /// The users that are online here.
    pub users: Users,
    /// Called after a session was ended, so that its sockets close at once, here and on other nodes.
    pub on_session_revoked: Arc<dyn Fn(UserId, SessionId) + Send + Sync>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The runtime that requests wait on.
    pub db: Db,
    /// How this server is reached.
    pub site: Site,
    /// Look-ups of an account.
    pub lookups: Arc<RateLimits>,
    /// Operations and sends of an account.
    pub rates: OpRates,
    /// Sockets of an address.
    pub addresses: IpCounts,
    /// What a client is told, and held to.
    pub limits: LimitsView,
    /// Bounds of the outgoing queue.
    pub outbox: OutboxLimits,
    /// Times of a socket.
    pub times: SocketTimes,
    /// The oldest clients that are served.
    pub minimum: MinimumClient,
    /// This node is stopping: no new sockets.
    pub draining: Arc<AtomicBool>,
}

/// How long a socket may be silent.
#[derive(Debug, Clone, Copy)]
pub struct SocketTimes {
    /// Until the first `hello`.
    pub hello: Duration,
    /// Between two pings.
    pub heartbeat: Duration,
    /// Until a client that says nothing, not even pong, is gone.
    pub heartbeat_timeout: Duration,
}

/// The oldest clients that are served.
#[derive(Debug, Clone, Copy)]
pub struct MinimumClient {
    /// The web client, by its own version.
    pub web: Version,
    /// The same, to move money.
    pub pay: Version,
    /// Everybody else, by the protocol's version.
    pub protocol: u32,
}
