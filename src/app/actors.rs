//! The lanes and the actors of a node: who writes, in which order of locks, and what serialises whom.

use std::sync::Arc;
use std::time::Duration;

use super::services::StartError;
use crate::actor_directory::ArbiterPool;
use crate::chat::attachments::AttachmentBatch;
use crate::chat::log::Windows;
use crate::chat::search::Feed;
use crate::chat::{Chat, ChatBatch, ChatParts, ChatSettings, large_conversations};
use crate::clock::Clock;
use crate::cluster::HintBatch;
use crate::config::Settings;
use crate::db::{Db, Kind};
use crate::delivery::{Presence, Publisher, Router, UserLogBatch, Users};
use crate::group_commit::{Batch, Lane, LaneSettings};
use crate::identity::Identity;
use crate::op_receipt::ReceiptBatch;
use crate::wallet::{
    AcceptAbove, Currencies, Currency, FeeRate, LedgerBatch, LedgerKey, LimitTable, Limits, Timers, Wallet,
    WalletError, WalletParts, WalletSettings,
};

/// What the actors of a node stand on.
pub(super) struct Ground {
    pub(super) settings: Arc<Settings>,
    pub(super) db: Db,
    pub(super) identity: Identity,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ledger_key: LedgerKey,
    pub(super) publisher: Publisher,
    pub(super) feed: Arc<Feed>,
}

impl Ground {
    /// Starts the lanes and what has actors: users, conversations, accounts.
    ///
    /// # Errors
    /// [`StartError::Currencies`].
    pub(super) fn actors(self) -> Result<(Users, Chat, Wallet), StartError> {
        let Self {
            settings,
            db,
            identity,
            clock,
            ledger_key,
            publisher,
            feed,
        } = self;
        let settings = settings.as_ref();
        let limits = limits(settings).map_err(StartError::Currencies)?;
        let wallet_settings = wallet_settings(settings, limits.clone()).map_err(StartError::Currencies)?;
        let (ledger_lane, chat_lanes) =
            lanes(settings, &db, &clock, &ledger_key, limits).map_err(StartError::Thread)?;
        let arbiters = ArbiterPool::start(settings.actors.arbiter_count());
        let router = Arc::new(Router::default());
        let mailbox = settings.actors.mailbox;
        let most = usize::try_from(settings.limits.connections_per_user).unwrap_or(usize::MAX);
        let presence = Presence::new(db.clone(), clock.clone(), router.clone(), publisher.clone());
        let users = Users::new(
            arbiters.clone(),
            mailbox,
            most,
            presence,
            publisher.bus().clone(),
            db.clone(),
            large_conversations,
        );
        let parts = ChatParts {
            db: db.clone(),
            lanes: chat_lanes,
            users: users.clone(),
            publisher: publisher.clone(),
            feed,
            arbiters: arbiters.clone(),
            clock,
        };
        let chat = Chat::new(parts, chat_settings(settings));
        let parts = WalletParts {
            db,
            identity,
            lane: ledger_lane,
            chat: chat.clone(),
            router,
            publisher,
            arbiters,
        };
        let wallet = Wallet::new(parts, wallet_settings);
        Ok((users, chat, wallet))
    }
}

fn chat_settings(settings: &Settings) -> ChatSettings {
    let limits = &settings.limits;
    ChatSettings {
        mailbox: settings.actors.mailbox,
        in_flight: settings.actors.in_flight,
        idle: Duration::from_secs(settings.actors.idle_seconds),
        group_members: limits.group_members,
        receipt_members: limits.receipt_members,
        head_mode_members: limits.head_mode_members,
        windows: Windows {
            edit: i64::from(limits.edit_seconds) * 1_000_000,
            recall: i64::from(limits.recall_seconds) * 1_000_000,
        },
    }
}

fn wallet_settings(settings: &Settings, limits: LimitTable) -> Result<WalletSettings, WalletError> {
    Ok(WalletSettings {
        mailbox: settings.actors.mailbox,
        in_flight: settings.actors.in_flight,
        idle: Duration::from_secs(settings.actors.idle_seconds),
        currencies: Currencies::of(&settings.wallet.currencies, &settings.wallet.default_currency)?,
        note_chars: settings.limits.note_chars,
        fee: FeeRate::of_basis_points(settings.wallet.fee_basis_points),
        accept_above: accept_above(settings)?,
        timers: timers(settings),
        require_pin: settings.requires_pin(),
        limits,
    })
}

fn timers(settings: &Settings) -> Timers {
    let (set, second) = (&settings.flows, 1_000_000);
    Timers {
        offer: i64::from(set.accept_seconds) * second,
        offer_reminder: i64::from(set.accept_reminder_seconds) * second,
        request: i64::from(set.request_seconds) * second,
        request_reminder: i64::from(set.request_reminder_seconds) * second,
        packet: i64::from(set.packet_seconds) * second,
        bill: i64::from(set.bill_seconds) * second,
        bill_reminder: i64::from(set.bill_reminder_seconds) * second,
        schedule_late: i64::from(set.schedule_late_seconds) * second,
        dispute_review: i64::from(set.dispute_review_seconds) * second,
    }
}

/// Which payments their payee accepts first.
fn accept_above(settings: &Settings) -> Result<AcceptAbove, WalletError> {
    let bounds = settings.wallet.accept_first_above.iter().map(|(code, most)| {
        let currency = Currency::of(code)?;
        Ok((currency, currency.parse(most)?))
    });
    Ok(AcceptAbove::of(bounds.collect::<Result<_, WalletError>>()?))
}

/// What people may send, by currency.
fn limits(settings: &Settings) -> Result<LimitTable, WalletError> {
    let mut table = Vec::new();
    for (code, limits) in &settings.wallet.limits {
        let currency = Currency::of(code)?;
        let minor = |text: &Option<String>| text.as_deref().map(|text| currency.parse(text)).transpose();
        let limits = Limits {
            single: minor(&limits.single)?,
            day: minor(&limits.day)?,
            year: minor(&limits.year)?,
        };
        table.push((currency, limits));
    }
    Ok(LimitTable::of(table))
}

/// The lanes: on SQLite one for everything, since there is one writer; on PostgreSQL one for the ledger and several
/// for chat. Every lane has all slices, in the order of the locks.
fn lanes(
    settings: &Settings,
    db: &Db,
    clock: &Arc<dyn Clock>,
    key: &LedgerKey,
    limits: LimitTable,
) -> std::io::Result<(Lane, Arc<[Lane]>)> {
    let kind = db.kind();
    let slices: Arc<[Box<dyn Batch>]> = Arc::new([
        Box::new(LedgerBatch::new(kind, key.clone(), limits)),
        Box::new(ChatBatch::new(kind)),
        Box::new(UserLogBatch::new(kind)),
        Box::new(AttachmentBatch::new(kind)),
        Box::new(ReceiptBatch::new(kind)),
        Box::new(HintBatch::new(kind)),
    ]);
    let commit = &settings.commit;
    let how = LaneSettings {
        queue: commit.queue,
        batch: commit.batch,
        retries: commit.retries,
    };
    let start = |name| Lane::start(name, how, db.clone(), clock.clone(), slices.clone());
    match kind {
        Kind::Sqlite => {
            let only = start("all")?;
            Ok((only.clone(), Arc::new([only])))
        }
        Kind::Postgres => {
            let chat = (0..commit.chat_lanes.max(1)).map(|_| start("chat"));
            Ok((start("ledger")?, chat.collect::<std::io::Result<_>>()?))
        }
    }
}
