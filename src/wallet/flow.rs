//! What a flow is called: something that people do with money in several steps, such as a request or a red packet.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::transfer::TransferId;
use crate::ids::{ClientId, FlowId, UserId};

/// The sorts of flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowKind {
    /// A payment that its payee accepts first.
    Offer,
    /// Money that is asked for.
    Request,
    /// A red packet.
    Packet,
    /// A bill that several people share.
    Bill,
    /// A payment of a later day, or of many.
    Schedule,
    /// A payment of which who paid says that it was for nothing.
    Dispute,
    /// Money that comes in.
    TopUp,
    /// Money that goes out.
    Withdrawal,
}

impl FlowKind {
    /// Those that stand in conversations, by their numbers from 1.
    pub const ALL: [Self; 6] = [
        Self::Offer,
        Self::Request,
        Self::Packet,
        Self::Bill,
        Self::Schedule,
        Self::Dispute,
    ];

    /// Those between a person and their bank, by their numbers.
    pub const FUNDING: [Self; 2] = [Self::TopUp, Self::Withdrawal];

    /// The number in the database and in the sealed bytes.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Offer => 1,
            Self::Request => 2,
            Self::Packet => 3,
            Self::Bill => 4,
            Self::Schedule => 5,
            Self::Dispute => 6,
            Self::TopUp => 7,
            Self::Withdrawal => 8,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        let mut all = Self::ALL.into_iter().chain(Self::FUNDING);
        all.find(|kind| kind.code() == code)
    }

    /// The word on the wire; the kind of its cards too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "transfer",
            Self::Request => "request",
            Self::Packet => "packet",
            Self::Bill => "bill",
            Self::Schedule => "schedule",
            Self::Dispute => "dispute",
            Self::TopUp => "topup",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// A flow by its sort and its id: what a row of the ledger belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowRef {
    /// The sort.
    pub kind: FlowKind,
    /// The id.
    pub id: FlowId,
}

impl FlowRef {
    /// The flow that `creator` opens under their own id: whoever repeats the request names the same one. A UUID of
    /// version 8 over the first 16 bytes of SHA-256.
    #[must_use]
    pub fn of(kind: FlowKind, client_id: ClientId, creator: UserId) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"quipu.flow.v1");
        hash.update(kind.code().to_be_bytes());
        hash.update(client_id.bytes());
        hash.update(creator.bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self {
            kind,
            id: Uuid::new_v8(bytes).into(),
        }
    }

    /// Whether a card of this kind with this id is the flow's.
    #[must_use]
    pub fn is_shown_by(self, kind: &str, id: &str) -> bool {
        if kind != self.kind.as_str() {
            return false;
        }
        match self.kind {
            FlowKind::Offer => {
                let first: Option<TransferId> = id.parse().ok();
                first.is_some_and(|first| Self::of(FlowKind::Offer, first.client_id, first.actor) == self)
            }
            _ => id.parse() == Ok(self.id),
        }
    }

    /// The id under which the system does the `n`-th thing to a flow, so that no node and no retry does it twice.
    #[must_use]
    pub fn act_id(self, what: &str, n: i64) -> ClientId {
        let mut hash = Sha256::new();
        hash.update(b"quipu.flow.act.v1");
        hash.update(self.id.bytes());
        hash.update(what.as_bytes());
        hash.update(n.to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Uuid::new_v8(bytes).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_named_by_who_opens_it_under_which_id() {
        let (client, creator) = (ClientId::fresh(), UserId::fresh());
        let one = FlowRef::of(FlowKind::Request, client, creator);
        assert_eq!(one, FlowRef::of(FlowKind::Request, client, creator));
        assert_ne!(one.id, FlowRef::of(FlowKind::Packet, client, creator).id);
        assert_ne!(one.id, FlowRef::of(FlowKind::Request, client, UserId::fresh()).id);
        assert_ne!(one.act_id("remind", 1), one.act_id("remind", 2));
    }

    #[test]
    fn every_kind_is_read_back() {
        for kind in FlowKind::ALL.into_iter().chain(FlowKind::FUNDING) {
            assert_eq!(FlowKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(FlowKind::from_code(0), None);
    }
}
