//! Disputes at the wallet's door.

use super::service::{Asking, FlowAnswer};
use super::terms::{self, dispute_of};
use super::{Act, Dispute, Open, Stepped, dispute, store};
use crate::chat::DirectKey;
use crate::group_commit::Outcome;
use crate::ids::{ClientId, FlowId, UserId};
use crate::reply::Reply;
use crate::wallet::transfer::TransferId;
use crate::wallet::{Wallet, WalletError};

/// Disputes that an operator is shown at once.
const SHOWN: u64 = 200;

/// What an operator does about a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Looks at it.
    Review,
    /// Decides for who paid: what is left of the payment goes back.
    ForPayer(String),
    /// Decides for who was paid.
    ForPayee(String),
}

impl Wallet {
    /// Opens a dispute of a payment that `asking.actor` made, in the direct conversation of the two, which is opened if
    /// there is none, whoever blocked whom. One that was accepted first is named by its own id, as people know it.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`] for who is no party of it, [`WalletError::NotYours`] for who was paid,
    /// [`WalletError::NotReversible`] for what was no payment between people, [`WalletError::DisputeExists`]; or when the
    /// database could not tell.
    pub async fn open_dispute(&self, asking: Asking, of: TransferId, reason: String) -> FlowAnswer {
        let payment = self.payment(of).await?;
        if payment.payer != Some(asking.actor) {
            return Err(payment.refusal_of(asking.actor, payment.payee));
        }
        let (id, payee) = (payment.id, payment.payee);
        let (row, payee) = payment.moved().ok().zip(payee).ok_or(WalletError::NotReversible)?;
        DirectKey::of(asking.actor, payee)?;
        let place = self.shared.chat.open_direct_by_right(asking.actor, payee).await?;
        let of = (id, row.id());
        let flow = terms::dispute(&self.opening(asking, place.id), of, (payee, row.money), reason);
        let (reply, answer) = Reply::channel();
        self.run_flow(asking.actor, Open::new(flow, Vec::new(), Vec::new()), reply);
        answer
            .await
            .unwrap_or(Err(WalletError::Failed(crate::group_commit::Failure::Unknown)))
    }

    /// Says what the payee has to say.
    pub fn answer_dispute(&self, asking: Asking, id: FlowId, text: String, reply: Reply<FlowAnswer>) {
        let meaning = [b"answer ".as_slice(), text.as_bytes()].concat();
        let command = dispute::Command::Answer(text);
        let by = (asking.client_id, asking.actor);
        let act = Act::<Dispute>::new(by, id, (command, &meaning), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// Gives one's own dispute up.
    pub fn withdraw_dispute(&self, asking: Asking, id: FlowId, reply: Reply<FlowAnswer>) {
        let by = (asking.client_id, asking.actor);
        let act = Act::<Dispute>::new(by, id, (dispute::Command::Withdraw, b"withdraw"), self.terms());
        self.run_flow(asking.actor, act, reply);
    }

    /// The disputes that nobody has decided, the oldest first.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn open_disputes(&self) -> Result<Vec<Dispute>, WalletError> {
        Ok(store::open_disputes(&self.db, SHOWN).await?)
    }

    /// Has an operator look at the dispute of a payment, or decide it. The dispute after it is the answer.
    ///
    /// # Errors
    /// [`WalletError::TransferNotFound`] when there is none, [`WalletError::FlowClosed`] when it was decided; what is won
    /// may be refused as any reversal, and nothing is decided then; or when the batch failed.
    pub async fn judge(&self, client_id: ClientId, of: TransferId, verdict: Verdict) -> Result<Dispute, WalletError> {
        let id = dispute_of(self.payment(of).await?.id);
        let found: Option<Dispute> = store::find(&self.db, id).await?;
        found.ok_or(WalletError::TransferNotFound)?;
        let (command, meaning) = match verdict {
            Verdict::Review => (dispute::Command::Review, String::new()),
            Verdict::ForPayer(why) => (dispute::Command::Decide(true, why.clone()), format!("won {why}")),
            Verdict::ForPayee(why) => (dispute::Command::Decide(false, why.clone()), format!("lost {why}")),
        };
        let by = (client_id, UserId::SYSTEM);
        let act = Act::<Dispute>::new(by, id, (command, meaning.as_bytes()), self.terms());
        let stepped: Outcome<Result<Stepped<Dispute>, WalletError>> = self.shared.lane.ask(act).await;
        let stepped = stepped??;
        let dispute = stepped.flow.clone();
        self.tell(stepped, UserId::SYSTEM);
        Ok(dispute)
    }
}
