//! A node as far as the ledger needs one: pools, a lane with all slices, on a runtime that can be ended at once.

mod banks;
mod chat;
mod flows;
mod marks;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quipu::chat::{ChatBatch, ChatError};
use quipu::clock::{Clock, Micros};
use quipu::db::Db;
use quipu::delivery::UserLogBatch;
use quipu::group_commit::{Batch, Lane, LaneSettings, Moment, Operation, Outcome, WorkingSet};
use quipu::ids::UserId;
use quipu::op_receipt::ReceiptBatch;
use quipu::protocol::UserView;
use quipu::reply::Reply;
use quipu::wallet::flows::Terms;
use quipu::wallet::funding::Funded;
use quipu::wallet::{
    Conditions, Currency, Decision, ExpireHolds, Expired, FeeRate, Instruct, Instruction, LedgerBatch, LedgerKey,
    LedgerSlot, LimitTable, Limits, SubmitTransfer, Timers, WalletError, open_ledger,
};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::call::{self, Call, What};
pub(crate) use banks::{BANK_SAYS, add_methods};
pub(crate) use chat::Gather;
pub(crate) use flows::ToldFlow;
use flows::{Slot, Wanted as _};
pub(crate) use marks::{committed, create as create_marks};

/// What a payment costs on top.
pub(crate) const FEE: FeeRate = FeeRate::of_basis_points(70);

/// Where the ledger is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Url(String),
}

/// When a call was decided, as far as it got: its place in the order of all decisions, the ledger time of its rows, and
/// what the wall clock showed. Decisions of all nodes are made under one lock, so their order is the ledger's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided {
    pub(crate) order: u64,
    pub(crate) at: Micros,
    pub(crate) now: Micros,
}

/// What the code answered.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Decision(Result<Decision, WalletError>),
    Expired(Result<Box<Expired>, WalletError>),
    Flow(Result<Box<ToldFlow>, WalletError>),
    Due(Result<Vec<ToldFlow>, WalletError>),
    Chat(Result<(), ChatError>),
    Funded(Result<Box<Funded>, WalletError>),
    Heard(Result<Option<Box<Funded>>, WalletError>),
}

/// Each time at which a call was decided: more than once, if a commit had to be tried again.
pub(crate) type Decisions = Arc<Mutex<Vec<Decided>>>;

/// A call that is under way.
pub(crate) struct UnderWay {
    pub(crate) call: Call,
    decisions: Decisions,
    answer: oneshot::Receiver<Outcome<Told>>,
}

impl UnderWay {
    /// Waits for the answer.
    pub(crate) async fn answer(&mut self) -> Told {
        match (&mut self.answer).await {
            Ok(Ok(told)) => told,
            other => panic!("{:?} was not decided: {other:?}", self.call),
        }
    }

    /// The answer, if it came already.
    pub(crate) fn answered(&mut self) -> Option<Told> {
        self.answer.try_recv().ok().and_then(Result::ok)
    }

    /// The decision that was answered.
    pub(crate) fn decided(&self) -> Option<Decided> {
        self.decisions.lock().unwrap().last().copied()
    }

    /// All of them: after a crash nobody knows which one was committed, if one was.
    pub(crate) fn decisions(&self) -> Vec<Decided> {
        self.decisions.lock().unwrap().clone()
    }
}

/// An operation that notes when it was decided.
struct Observed<O> {
    operation: O,
    decisions: Decisions,
    order: Arc<AtomicU64>,
}

impl<O: Operation> Operation for Observed<O> {
    type Answer = O::Answer;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<LedgerSlot>().want_head();
        self.operation.wants(set);
    }

    fn decide(&self, set: &mut WorkingSet, moment: Moment) -> O::Answer {
        let at = set.slot::<LedgerSlot>().at().expect("the head is loaded");
        let order = self.order.fetch_add(1, Ordering::SeqCst);
        let now = moment.now;
        self.decisions.lock().unwrap().push(Decided { order, at, now });
        set.slot::<marks::Marks>().0.push(order);
        self.operation.decide(set, moment)
    }
}

/// The nodes of one world, between two crashes.
pub(crate) struct Nodes {
    runtime: Runtime,
    pub(crate) db: Db,
    pub(crate) key: LedgerKey,
    lanes: Vec<Lane>,
    order: Arc<AtomicU64>,
    timers: Timers,
}

impl Nodes {
    /// Opens the ledger with so many lanes; tells its last time.
    pub(crate) fn start(
        place: &Place,
        lanes: usize,
        clock: &Arc<dyn Clock>,
        (limits, timers): (&BTreeMap<Currency, Limits>, Timers),
        order: Arc<AtomicU64>,
    ) -> (Self, Micros) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let key = LedgerKey::from_hex(&"5a".repeat(32)).unwrap();
        let (db, lanes, last) = runtime.block_on(async {
            let handle = tokio::runtime::Handle::current();
            let db = match place {
                Place::File(file) => Db::open_sqlite(file, 2, handle).await.unwrap(),
                Place::Url(url) => Db::open_postgres(url, 3, 2, handle).await.unwrap(),
            };
            let head = open_ledger(&db, &key, clock.now()).await.unwrap();
            let table = LimitTable::of(limits.iter().map(|(currency, limits)| (*currency, *limits)));
            let lane = |_| start_lane(&db, &key, clock, &table);
            let lanes = (0..lanes).map(lane).collect();
            (db.clone(), lanes, head.last_at)
        });
        let nodes = Self {
            runtime,
            db,
            key,
            lanes,
            order,
            timers,
        };
        (nodes, last)
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Puts a call into a lane.
    ///
    /// # Errors
    /// What is refused before.
    pub(crate) fn submit(&self, lane: usize, call: Call) -> Result<UnderWay, WalletError> {
        let decisions = Decisions::default();
        let (sender, answer) = oneshot::channel();
        let slot = Slot {
            nodes: self,
            lane,
            decided: decisions.clone(),
            sender,
        };
        let by = Terms {
            fee: FEE,
            timers: self.timers,
        };
        match call.what.clone() {
            What::Expire(_) => slot.put(ExpireHolds, |told| Told::Expired(told.map(Box::new))),
            What::Act(act) => slot.put(Instruct::new(call.client_id, call.actor, act), Told::Decision),
            What::Flow(wanted) => slot.flow(&call, &wanted, by)?,
            What::Due(kind) => slot.due(kind, by),
            What::Fund(wanted) => slot.fund(&call, wanted),
            What::Chat(_) => slot.put(chat::InChat(call.clone()), Told::Chat),
            What::Pay(pay) => {
                let instruction = Instruction {
                    client_id: call.client_id,
                    from: somebody(call.actor),
                    to: somebody(pay.to),
                    conversation: pay.conversation,
                    money: pay.money,
                    fee: pay.fee,
                    agreed_fee: None,
                    note: pay.note,
                    conditions: Conditions {
                        not_after: pay.not_after,
                        ..Conditions::default()
                    },
                    accept_first: pay.accept_first,
                    must_be_accepted: false,
                };
                let direct = call::direct(call.actor, pay.to);
                let submit = SubmitTransfer::new(instruction, direct, self.timers);
                slot.put(submit, Told::Decision);
            }
        }
        Ok(UnderWay {
            call,
            decisions,
            answer,
        })
    }

    /// Makes the group of a world.
    pub(crate) fn gather(&self, group: Gather) {
        let told = self.block_on(self.lanes[0].ask(group));
        assert!(told.is_ok(), "a group is made: {told:?}");
    }

    fn put<O: Operation>(&self, lane: usize, operation: O, decisions: &Decisions, reply: Reply<Outcome<O::Answer>>) {
        let observed = Observed {
            operation,
            decisions: decisions.clone(),
            order: self.order.clone(),
        };
        assert!(self.lanes[lane].submit(observed, reply).is_ok(), "the queue has room");
    }

    /// Ends everything at once, whatever is under way: tasks are dropped where they wait. What the database had been told
    /// by then it may still do.
    pub(crate) fn crash(self) {
        const THREADS_END: Duration = Duration::from_secs(10);
        self.runtime.shutdown_timeout(THREADS_END);
    }

    /// Ends in order.
    pub(crate) fn stop(self) {
        let Self { runtime, db, lanes, .. } = self;
        runtime.block_on(async {
            for lane in &lanes {
                lane.flush().await;
            }
            db.close().await;
        });
    }
}

/// Takes an answer to who waits for it; in a crash nobody does any more, or there is none.
fn give(sender: oneshot::Sender<Outcome<Told>>, told: Option<Outcome<Told>>) {
    if let Some(told) = told {
        let _ = sender.send(told);
    }
}

fn start_lane(db: &Db, key: &LedgerKey, clock: &Arc<dyn Clock>, limits: &LimitTable) -> Lane {
    let kind = db.kind();
    let slices: Arc<[Box<dyn Batch>]> = Arc::new([
        Box::new(LedgerBatch::new(kind, key.clone(), limits.clone())),
        Box::new(ChatBatch::new(kind)),
        Box::new(UserLogBatch::new(kind)),
        Box::new(ReceiptBatch::new(kind)),
        Box::new(marks::MarkBatch),
    ]);
    let settings = LaneSettings {
        queue: 4_096,
        batch: 64,
        retries: 10,
    };
    Lane::start("sim", settings, db.clone(), clock.clone(), slices).unwrap()
}

fn somebody(id: UserId) -> UserView {
    UserView {
        id,
        handle: "somebody".into(),
        display_name: "Somebody".into(),
    }
}
