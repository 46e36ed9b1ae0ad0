//! What waits for somebody: payments to accept, requests and bills to pay, disputes to answer.

use std::fmt;
use std::str::FromStr;

use super::store::{self, Asked};
use super::{Flow, view};
use crate::clock::Micros;
use crate::ids::{FlowId, InvalidId, UserId};
use crate::protocol::FlowView;
use crate::wallet::{Wallet, WalletError};

/// The place of a flow in a list, the newest first: when it was opened, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowPlace(pub(in crate::wallet) Micros, pub(in crate::wallet) FlowId);

impl fmt::Display for FlowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.0, self.1)
    }
}

impl FromStr for FlowPlace {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (at, id) = text.split_once('.').ok_or(InvalidId)?;
        let at = at.parse().map_err(|_| InvalidId)?;
        Ok(Self(Micros(at), id.parse()?))
    }
}

/// A flow that waits, with its place.
pub type WaitingFlow = (FlowPlace, FlowView);

impl Wallet {
    /// What waits for somebody at a time, the newest first, from behind a place on; at most one more than `limit`, which
    /// says that there is more.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn waiting(
        &self,
        user: UserId,
        at: Micros,
        (before, limit): (Option<FlowPlace>, u64),
    ) -> Result<Vec<WaitingFlow>, WalletError> {
        let asked = Asked {
            user,
            at,
            before: before.map(|FlowPlace(at, id)| (at, id)),
            limit: limit.saturating_add(1),
        };
        let all = store::waiting(&self.db, &asked).await?;
        let mut found: Vec<_> = all.offers.iter().map(placed).collect();
        found.extend(all.requests.iter().map(placed));
        found.extend(all.bills.iter().map(placed));
        found.extend(all.disputes.iter().map(placed));
        found.sort_by(|(one, _), (other, _)| other.cmp(one));
        found.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
        Ok(found)
    }
}

fn placed<F: Flow>(flow: &F) -> WaitingFlow {
    let head = flow.head();
    (FlowPlace(head.at, head.id), view::flow_view(flow))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_nothing_else_is_one() {
        let place = FlowPlace(Micros(17), FlowId::fresh());
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "17", ".", "x.01a2096e-c441-7451-a557-d845361cb7ee", "17.x"] {
            assert_eq!(wrong.parse::<FlowPlace>(), Err(InvalidId), "{wrong}");
        }
    }
}
