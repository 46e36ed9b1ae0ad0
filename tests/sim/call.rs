//! What is asked of the ledger.

use quipu::clock::Micros;
use quipu::ids::{ClientId, ConversationId, FlowId, MethodId, UserId};
use quipu::wallet::funding::Direction;
use quipu::wallet::recurrence::Recurrence;
use quipu::wallet::{
    Act, FlowKind, FlowRef, Money, OfferAnswer, PacketKind, ProviderStanding as Standing, Split, TransferId,
};
use sha2::{Digest as _, Sha256};

/// A request under its caller's id.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) client_id: ClientId,
    pub(crate) actor: UserId,
    /// What the clock of who asks shows: the time of a flow counts from then on.
    pub(crate) asked: Micros,
    pub(crate) what: What,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A payment between people.
    Pay(Pay),
    /// Anything that is instructed of the ledger itself.
    Act(Act),
    /// Holds whose time has passed, at most so many.
    Expire(usize),
    /// A flow is opened, or somebody wants something of it.
    Flow(FlowCall),
    /// What their time brings to the flows of a sort.
    Due(FlowKind),
    /// Somebody comes or goes, or blocks somebody.
    Chat(ChatCall),
    /// Money comes in or goes out, or a bank says something.
    Fund(FundCall),
}

/// A payment between people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pay {
    pub(crate) to: UserId,
    pub(crate) money: Money,
    pub(crate) fee: Option<Money>,
    pub(crate) note: String,
    /// Where its card goes; without it, the direct conversation of the two.
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) not_after: Option<Micros>,
    pub(crate) accept_first: bool,
}

/// Something wanted of flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FlowCall {
    Request {
        conversation: ConversationId,
        payers: Vec<UserId>,
        money: Money,
        note: String,
    },
    Packet {
        conversation: ConversationId,
        kind: PacketKind,
        total: Money,
        count: u32,
        greeting: String,
        seed: [u8; 32],
    },
    Bill {
        conversation: ConversationId,
        total: Money,
        split: Split,
        parts: Vec<(UserId, i64)>,
        note: String,
    },
    Schedule {
        conversation: ConversationId,
        to: UserId,
        money: Money,
        times: Recurrence,
        note: String,
    },
    Answer {
        of: TransferId,
        answer: OfferAnswer,
    },
    /// Of a request, or a share of a bill.
    Pay {
        flow: FlowRef,
        fee: Option<i64>,
        not_after: Option<Micros>,
    },
    /// Of a request.
    Decline(FlowRef),
    /// Of a request, a bill or a plan.
    Cancel(FlowRef),
    /// Of a packet.
    Claim(FlowRef),
    /// A dispute of a payment, as the door reads it from the ledger.
    Dispute {
        conversation: ConversationId,
        of: TransferId,
        payee: UserId,
        money: Money,
        reason: String,
    },
    /// Who was paid answers a dispute.
    Say {
        flow: FlowRef,
        text: String,
    },
    /// Of a dispute.
    Withdraw(FlowRef),
    /// An operator looks at a dispute.
    Review(FlowRef),
    /// An operator decides a dispute, for who paid or for who was paid.
    Decide {
        flow: FlowRef,
        won: bool,
        why: String,
    },
}

/// Something between a person and their bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FundCall {
    /// A top-up or a withdrawal.
    Open {
        direction: Direction,
        method: MethodId,
        money: Money,
    },
    /// What a bank says of one.
    Hear {
        id: FlowId,
        owner: UserId,
        standing: Standing,
        money: Money,
    },
}

/// The one payment method of a person: in these worlds it follows from who they are.
pub(crate) fn method_of(owner: UserId) -> MethodId {
    MethodId::from_bytes(owner.bytes())
}

/// Who may speak where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatCall {
    /// The keeper of a group takes somebody in.
    Add(ConversationId, UserId),
    /// The caller leaves a group.
    Leave(ConversationId),
    /// The caller blocks somebody, or does not any more.
    Block(UserId, bool),
}

impl FlowCall {
    /// The flow that is meant, of `actor` under this id if it is to be opened.
    pub(crate) fn flow(&self, client_id: ClientId, actor: UserId) -> FlowRef {
        let opened = |kind| FlowRef::of(kind, client_id, actor);
        match self {
            Self::Request { .. } => opened(FlowKind::Request),
            Self::Packet { .. } => opened(FlowKind::Packet),
            Self::Bill { .. } => opened(FlowKind::Bill),
            Self::Schedule { .. } => opened(FlowKind::Schedule),
            Self::Answer { of, .. } => FlowRef::of(FlowKind::Offer, of.client_id, of.actor),
            // There is one of each payment.
            Self::Dispute { of, .. } => FlowRef::of(FlowKind::Dispute, of.client_id, of.actor),
            Self::Pay { flow, .. }
            | Self::Decline(flow)
            | Self::Cancel(flow)
            | Self::Claim(flow)
            | Self::Say { flow, .. }
            | Self::Withdraw(flow)
            | Self::Review(flow)
            | Self::Decide { flow, .. } => *flow,
        }
    }

    fn meant(&mut self) {
        match self {
            Self::Request { payers, .. } => payers.sort_unstable(),
            // Nobody chooses the seed.
            Self::Packet { seed, .. } => *seed = [0; 32],
            Self::Bill { parts, split, .. } => {
                parts.sort_unstable();
                if *split == Split::Equal {
                    parts.iter_mut().for_each(|(_, part)| *part = 0);
                }
            }
            Self::Pay { fee, not_after, .. } => (*fee, *not_after) = (None, None),
            _ => {}
        }
    }
}

impl What {
    /// What of it makes a repetition the same request: not until when it is wanted, nor what follows from the rest.
    pub(crate) fn meant(&self) -> Self {
        let mut meant = self.clone();
        match &mut meant {
            Self::Pay(pay) => (pay.not_after, pay.fee) = (None, None),
            Self::Act(Act::Reverse { card, .. }) => *card = None,
            Self::Flow(flow) => flow.meant(),
            Self::Act(_) | Self::Expire(_) | Self::Due(_) | Self::Chat(_) | Self::Fund(_) => {}
        }
        meant
    }
}

/// The id of the direct conversation of two people: in these worlds it follows from who they are.
pub(crate) fn direct(one: UserId, other: UserId) -> ConversationId {
    let hash = Sha256::new().chain_update(one.min(other).bytes());
    let hash = hash.chain_update(one.max(other).bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    ConversationId::from_bytes(bytes)
}
