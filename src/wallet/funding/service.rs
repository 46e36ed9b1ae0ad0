//! The door of payment methods, top-ups and withdrawals: what the gateway may ask, and how the provider is spoken to.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::method::{self, METHODS_MOST, Method, MethodKind, TRIES_IN_A_DAY};
use super::operations::{Hear, OpenFunding, Seen, TakeDue, Taken};
use super::rules::{Funding, FundingTimes};
use super::secret::{Secret, bound_to};
use super::store::{self, Inserted};
use super::{Direction, FundingState, MethodError, Review, notice};
use crate::clock::{Clock, Micros, Month};
use crate::db::Fault;
use crate::group_commit::Failure;
use crate::identity::{Identity, Step};
use crate::ids::{ClientId, FlowId, MethodId, UserId};
use crate::notify::{Mail, Outbox};
use crate::op_receipt::Fingerprint;
use crate::protocol::admin::FundingVerdict;
use crate::vault::{MacKey, SealKey, Vault, VaultError};
use crate::wallet::flows::FlowPlace;
use crate::wallet::money::Money;
use crate::wallet::providers::{
    AskedOrder, Details, PaymentProvider, ProviderFault, ProviderOrder, Reason, Report, Sandbox, Standing,
};
use crate::wallet::{Conditions, Wallet, WalletError};

/// How long a provider has for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// In which span what somebody adds is counted, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;
/// Shown to an operator at once.
const REVIEWED: u64 = 100;
/// The purpose of the keys: of the codes of numbers, and of what is sealed of a method.
const PURPOSE: &str = "method";

/// Providers are asked about so many at once, at most: those that do not answer do not keep the others waiting.
const ASKED_AT_ONCE: usize = 64;

/// A payment method that is to be added.
#[derive(Debug)]
pub struct NewMethod {
    /// As it was typed, and checked.
    pub details: Details,
    /// Whose it is.
    pub holder: SecretString,
    /// What its owner calls it.
    pub label: String,
}

/// What of a method is to be changed.
#[derive(Debug)]
pub struct Renewal {
    /// What its owner calls it from now on.
    pub label: Option<String>,
    /// When the card that came in its place expires, as it is written on it, and its security code.
    pub expires: Option<(String, SecretString)>,
}

/// A payment method with what of it is secret or stands elsewhere.
#[derive(Debug)]
pub struct KnownMethod {
    /// The method.
    pub method: Method,
    /// Whose it is; empty when that cannot be read.
    pub holder: SecretString,
    /// What is under way with it.
    pub unfinished: u32,
}

/// A top-up or a withdrawal that was asked for.
#[derive(Debug)]
pub struct Submitted {
    /// As it stands.
    pub funding: Funding,
    /// It had been asked before with this id.
    pub duplicate: bool,
}

/// What somebody wants moved.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Under which id of theirs.
    pub client_id: ClientId,
    /// Who.
    pub owner: UserId,
    /// Which way.
    pub direction: Direction,
    /// From where, or to where.
    pub method: MethodId,
    /// How much.
    pub money: Money,
    /// On what it is done.
    pub conditions: Conditions,
}

/// See the module. Clones share everything.
#[derive(Clone)]
pub struct Funds {
    wallet: Wallet,
    vault: Vault,
    numbers: MacKey,
    sandbox: Sandbox,
    provider: Arc<dyn PaymentProvider>,
    clock: Arc<dyn Clock>,
    times: FundingTimes,
    mails: Mails,
    asking: Arc<Semaphore>,
}

/// How owners are told.
#[derive(Clone)]
pub struct Mails {
    /// Who they are.
    pub identity: Identity,
    /// Mail that waits.
    pub outbox: Outbox,
    /// Where links lead.
    pub origin: String,
}

impl Mails {
    /// To these people, by this outbox.
    #[must_use]
    pub fn new(identity: &Identity, outbox: &Outbox, origin: &str) -> Self {
        Self {
            identity: identity.clone(),
            outbox: outbox.clone(),
            origin: origin.to_owned(),
        }
    }
}

impl Funds {
    /// Over this wallet and its database, with the sandbox as the provider.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn open(
        wallet: Wallet,
        vault: Vault,
        sandbox: Sandbox,
        clock: Arc<dyn Clock>,
        (times, mails): (FundingTimes, Mails),
    ) -> Result<Self, VaultError> {
        Ok(Self {
            wallet,
            numbers: vault.mac_key(PURPOSE).await?,
            vault,
            provider: Arc::new(sandbox.clone()),
            sandbox,
            clock,
            times,
            mails,
            asking: Arc::new(Semaphore::new(ASKED_AT_ONCE)),
        })
    }

    /// How long things may take.
    #[must_use]
    pub const fn times(&self) -> FundingTimes {
        self.times
    }

    /// Whether the provider moves play money alone.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        !self.provider.is_live()
    }

    /// Somebody's payment methods, the preferred one first.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn methods(&self, owner: UserId) -> Result<Vec<KnownMethod>, WalletError> {
        let methods = store::methods_of(&self.wallet.db, owner).await?;
        let mut known = Vec::with_capacity(methods.len());
        for method in methods {
            known.push(self.known(method).await?);
        }
        Ok(known)
    }

    /// A method with what of it stands elsewhere. One whose name does not open is shown without: its owner can remove it.
    async fn known(&self, method: Method) -> Result<KnownMethod, WalletError> {
        let holder = match self.secret(&method).await {
            Ok(secret) => secret.map_or_else(SecretString::default, |secret| secret.holder),
            Err(WalletError::Failed(Failure::Internal)) => SecretString::default(),
            Err(error) => return Err(error),
        };
        let unfinished = store::unfinished(&self.wallet.db, method.id).await?;
        Ok(KnownMethod {
            method,
            holder,
            unfinished,
        })
    }

    /// Somebody has the provider look at a method once more, unless they did so too often.
    async fn may_try(&self, owner: UserId) -> Result<(), WalletError> {
        let now = self.clock.now();
        let span = (Micros(now.0.saturating_sub(DAY)), TRIES_IN_A_DAY);
        if store::try_once(&self.wallet.db, owner, now, span).await? {
            return Ok(());
        }
        Err(MethodError::TooOften { most: TRIES_IN_A_DAY }.into())
    }

    async fn key(&self, owner: UserId) -> Result<SealKey, WalletError> {
        self.vault.seal_key(owner, PURPOSE).await.map_err(unsealed)
    }

    /// What is sealed of a method; none once that was forgotten.
    async fn secret(&self, method: &Method) -> Result<Option<Secret>, WalletError> {
        if method.sealed.is_empty() {
            return Ok(None);
        }
        let key = self.key(method.owner).await?;
        let bytes = key.open(&bound_to(method.id, method.owner), &method.sealed);
        let secret = bytes.ok().and_then(|bytes| Secret::read(&bytes));
        secret.map(Some).ok_or_else(|| {
            tracing::error!(method = %method.id, key = method.key_id, "what is sealed of a payment method does not open");
            WalletError::Failed(Failure::Internal)
        })
    }

    /// Adds a payment method; whether it had been added before under this id is told beside it.
    ///
    /// # Errors
    /// [`MethodError`], [`WalletError::IdempotencyConflict`], [`WalletError::StepUpRequired`], or when the database did not
    /// do it.
    pub async fn add(
        &self,
        (client_id, owner): (ClientId, UserId),
        new: NewMethod,
        conditions: Conditions,
    ) -> Result<(KnownMethod, bool), WalletError> {
        let (id, now) = (Method::id_of(client_id, owner), self.clock.now());
        let fingerprint = self.fingerprint(&new);
        if let Some(there) = store::find(&self.wallet.db, id).await? {
            return self.added_before(there, fingerprint).await;
        }
        conditions.hold(now)?;
        // Counted before it is asked, so that many at once are as few as one after the other.
        self.may_try(owner).await?;
        let mut method = self.method(id, owner, &new, fingerprint, now);
        let tokenised = self.answer(self.provider.tokenise(&new.details)).await?;
        method.is_credit = tokenised.is_credit;
        let key = self.key(owner).await?;
        let secret = Secret {
            token: tokenised.token,
            holder: new.holder,
        };
        let sealed = key.seal(&bound_to(id, owner), &secret.written());
        method.sealed = sealed.map_err(|_| WalletError::Failed(Failure::Internal))?;
        key.id().clone_into(&mut method.key_id);
        let notice = self.notice(&method).await?;
        match store::insert(&self.wallet.db, client_id, method, (METHODS_MOST, notice.as_ref())).await? {
            Inserted::New => {
                self.mails.outbox.wake();
                let method = store::find(&self.wallet.db, id).await?;
                let method = method.ok_or(WalletError::Failed(Failure::Internal))?;
                Ok((self.known(method).await?, false))
            }
            Inserted::There(there) => self.added_before(*there, fingerprint).await,
            Inserted::SameNumber => Err(MethodError::Exists.into()),
            Inserted::TooMany => Err(MethodError::TooMany { most: METHODS_MOST }.into()),
            Inserted::Conflict => Err(WalletError::IdempotencyConflict),
        }
    }

    /// The mail that tells an owner of a method. None goes to an address that may be a stranger's.
    async fn notice(&self, method: &Method) -> Result<Option<Mail>, WalletError> {
        let Mails { identity, origin, .. } = &self.mails;
        let owner = identity.user(method.owner).await;
        let owner = owner.map_err(|error| Fault::Other(format!("whom to mail could not be read: {error}")))?;
        if identity.allow(Step::Payment, &owner).is_err() {
            return Ok(None);
        }
        let mail = notice::added(origin, &owner, method, self.times.cooling_off);
        let mail = mail.inspect_err(|error| tracing::warn!(%error, "a notice cannot be written as a mail"));
        Ok(mail.ok())
    }

    async fn added_before(&self, there: Method, fingerprint: Fingerprint) -> Result<(KnownMethod, bool), WalletError> {
        if there.fingerprint != fingerprint {
            return Err(WalletError::IdempotencyConflict);
        }
        if there.removed_at.is_some() {
            return Err(MethodError::NotFound.into());
        }
        Ok((self.known(there).await?, true))
    }

    /// What an owner means who adds it, by the vault's key: nobody finds out a number by trying all of them on it.
    fn fingerprint(&self, new: &NewMethod) -> Fingerprint {
        let (number, expires) = number_and_expiry(&new.details);
        let parts = [
            b"added".as_slice(),
            number.as_bytes(),
            expires.as_bytes(),
            new.holder.expose_secret().as_bytes(),
            new.label.as_bytes(),
        ];
        Fingerprint::of("method.add", &[&self.numbers.of(&parts)])
    }

    fn method(&self, id: MethodId, owner: UserId, new: &NewMethod, fingerprint: Fingerprint, now: Micros) -> Method {
        let (kind, brand, last_four, expires) = match &new.details {
            Details::Card { number, expires, .. } => {
                let brand = number.brand().as_str().to_owned();
                (MethodKind::Card, brand, number.last_four(), Some(*expires))
            }
            Details::Bank { number } => {
                let country = number.country().to_owned();
                (MethodKind::Bank, country, number.last_four(), None)
            }
        };
        let (number, _) = number_and_expiry(&new.details);
        Method {
            id,
            owner,
            fingerprint,
            provider: self.provider.name().to_owned(),
            kind,
            brand,
            is_credit: false,
            last_four: last_four.to_owned(),
            label: new.label.clone(),
            expires,
            number_mac: self
                .numbers
                .of(&[b"number", &owner.bytes(), number.as_bytes()])
                .to_vec(),
            sealed: Vec::new(),
            key_id: String::new(),
            preferred: false,
            added_at: now,
            removed_at: None,
        }
    }

    /// What the provider says, in time.
    async fn answer<T>(&self, asked: impl Future<Output = Result<T, ProviderFault>>) -> Result<T, MethodError> {
        match timeout(ANSWER_WITHIN, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(ProviderFault::Refused(reason))) => Err(MethodError::Declined(reason)),
            Ok(Err(ProviderFault::Unreachable(what))) => {
                tracing::warn!(
                    provider = self.provider.name(),
                    what,
                    "the provider said nothing of use"
                );
                Err(MethodError::Unavailable)
            }
            Err(_) => {
                tracing::warn!(provider = self.provider.name(), "the provider did not answer in time");
                Err(MethodError::Unavailable)
            }
        }
    }

    /// One of somebody's methods.
    async fn own(&self, owner: UserId, id: MethodId) -> Result<Method, WalletError> {
        let found = store::find(&self.wallet.db, id).await?;
        let own = found.filter(|method| method.owner == owner && method.removed_at.is_none());
        Ok(own.ok_or(MethodError::NotFound)?)
    }

    /// Renames a method, or says when the card that came in its place expires.
    ///
    /// # Errors
    /// [`MethodError`], or when the database did not do it.
    pub async fn update(&self, owner: UserId, id: MethodId, to: Renewal) -> Result<KnownMethod, WalletError> {
        let method = self.own(owner, id).await?;
        let expires = match to.expires {
            Some((expires, code)) => Some(self.renew(&method, &expires, &code).await?),
            None => None,
        };
        if !store::update(&self.wallet.db, id, to.label, expires).await? {
            return Err(MethodError::NotFound.into());
        }
        self.known(self.own(owner, id).await?).await
    }

    /// Tells the provider of the card that came in the place of another.
    async fn renew(&self, method: &Method, expires: &str, code: &SecretString) -> Result<Month, WalletError> {
        if method.kind != MethodKind::Card {
            return Err(MethodError::Unusable.into());
        }
        let expires = method::parse_expiry(expires, self.clock.now(), "expires")?;
        method::check_code(code.expose_secret(), method.code_digits(), "code")?;
        let secret = self.secret(method).await?.ok_or(MethodError::NotFound)?;
        self.may_try(method.owner).await?;
        self.answer(self.provider.renew(&secret.token, expires, code)).await?;
        Ok(expires)
    }

    /// Prefers a method; all of them are the answer.
    ///
    /// # Errors
    /// [`MethodError::NotFound`], or when the database did not do it.
    pub async fn prefer(&self, owner: UserId, id: MethodId) -> Result<Vec<KnownMethod>, WalletError> {
        if !store::prefer(&self.wallet.db, owner, id).await? {
            return Err(MethodError::NotFound.into());
        }
        self.methods(owner).await
    }

    /// Removes a method; how many top-ups and withdrawals are under way with it, and are finished all the same.
    ///
    /// # Errors
    /// [`MethodError::NotFound`], or when the database did not do it.
    pub async fn remove(&self, owner: UserId, id: MethodId) -> Result<u32, WalletError> {
        if !store::remove(&self.wallet.db, owner, id, self.clock.now()).await? {
            return Err(MethodError::NotFound.into());
        }
        Ok(store::unfinished(&self.wallet.db, id).await?)
    }

    /// Begins a top-up or a withdrawal. It is answered once that is committed; the provider is asked behind it.
    ///
    /// # Errors
    /// [`MethodError`], [`WalletError::InsufficientFunds`], [`WalletError::AccountFrozen`], [`WalletError::AccountClosed`],
    /// [`WalletError::IdempotencyConflict`], the conditions', or when the batch failed.
    pub async fn begin(&self, wanted: Wanted) -> Result<Submitted, WalletError> {
        let Wanted {
            client_id,
            owner,
            direction,
            method,
            money,
            conditions,
        } = wanted;
        let funding = Funding::wanted((client_id, owner), direction, method, money);
        let operation = OpenFunding {
            funding,
            conditions,
            times: self.times,
        };
        let funded = self.wallet.shared.lane.ask(operation).await??;
        let (funding, duplicate) = (funded.funding.clone(), funded.duplicate);
        if !duplicate {
            self.wallet.announce(&funded.moved).await;
            let (funds, asked) = (self.clone(), funding.clone());
            self.wallet.db.runtime().spawn(async move {
                // As many at once as those whose time has come; each person has few that wait here.
                let place = funds.asking.acquire().await;
                funds.ask(&asked).await;
                drop(place);
            });
        }
        Ok(Submitted { funding, duplicate })
    }

    /// Somebody's top-ups and withdrawals, the newest first, behind a place, and the place of the next page.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn list(
        &self,
        owner: UserId,
        behind: Option<FlowPlace>,
        limit: u64,
    ) -> Result<(Vec<Funding>, Option<FlowPlace>), WalletError> {
        let mut found = store::of_owner(&self.wallet.db, owner, behind, limit.saturating_add(1)).await?;
        let whole = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > whole;
        found.truncate(whole);
        let next = found.last().filter(|_| more).map(|last| FlowPlace(last.at, last.id));
        Ok((found, next))
    }

    /// Those that somebody of the operator has to look at, the ones that were begun first at the front, 100 at most.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn in_review(&self) -> Result<Vec<Funding>, WalletError> {
        Ok(store::in_review(&self.wallet.db, REVIEWED).await?)
    }

    /// Carries out what an operator knows of one, as if its provider had said it, or notes that they looked at it. As it stands
    /// then; none of what there is not.
    ///
    /// # Errors
    /// When the ledger refuses it, or the database did not do it.
    pub async fn decide(&self, id: FlowId, verdict: FundingVerdict) -> Result<Option<Funding>, WalletError> {
        let Some(funding) = store::find_funding(&self.wallet.db, id).await? else {
            return Ok(None);
        };
        let standing = match verdict {
            FundingVerdict::Done => Some(Standing::Done),
            FundingVerdict::Failed => Some(Standing::Declined(Reason::Declined)),
            FundingVerdict::Seen => None,
        };
        let lane = &self.wallet.shared.lane;
        match standing {
            Some(standing) => {
                let report = Report {
                    reference: String::new(),
                    money: funding.money,
                    standing,
                };
                self.hear(&funding, report).await?;
            }
            None => lane.ask(Seen { id }).await??,
        }
        Ok(store::find_funding(&self.wallet.db, id).await?)
    }

    /// Asks about those whose time has come; tells how many there were.
    ///
    /// # Errors
    /// When the database could not tell, or a batch failed.
    pub async fn run_due(&self, now: Micros) -> Result<usize, WalletError> {
        let mut asked = 0;
        while store::has_due(&self.wallet.db, now).await? {
            let due = self.wallet.shared.lane.ask(TakeDue { times: self.times }).await??;
            if due.is_empty() {
                break;
            }
            asked += due.len();
            for taken in due {
                self.ask_soon(taken).await;
            }
        }
        Ok(asked)
    }

    /// Asks about one that was taken, beside the others, as soon as fewer than so many are asked about.
    async fn ask_soon(&self, taken: Taken) {
        let Ok(place) = self.asking.clone().acquire_owned().await else {
            return;
        };
        let funds = self.clone();
        self.wallet.db.runtime().spawn(async move {
            if taken.newly_reviewed {
                put_before_operator(&taken.funding);
            }
            funds.ask(&taken.funding).await;
            drop(place);
        });
    }

    /// Asks the provider about one, and carries out what it says. What it does not say now is asked again when its time
    /// comes.
    async fn ask(&self, funding: &Funding) {
        let report = match self.report_of(funding).await {
            Ok(Some(report)) => report,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(funding = %funding.id, %error, "the provider could not be asked");
                return;
            }
        };
        if let Err(error) = self.hear(funding, report).await {
            tracing::warn!(funding = %funding.id, %error, "what the provider says could not be carried out");
        }
    }

    async fn report_of(&self, funding: &Funding) -> Result<Option<Report>, WalletError> {
        let method = store::find(&self.wallet.db, funding.method).await?;
        let secret = match &method {
            Some(method) => self.secret(method).await?,
            None => None,
        };
        let order = ProviderOrder {
            id: funding.id,
            direction: funding.direction,
            money: funding.money,
            token: secret.map_or_else(SecretString::default, |secret| secret.token),
        };
        let answer = match &funding.reference {
            Some(reference) => self.answer(self.provider.look(&order, reference)).await,
            // What came to nothing before the provider took it on stays so: it is not asked for once more.
            None if !funding.state.is_unfinished() => return Ok(None),
            None => self.answer(self.provider.submit(&order)).await,
        };
        let says = |standing| Report {
            reference: String::new(),
            money: funding.money,
            standing,
        };
        Ok(match answer {
            Ok(report) => Some(report),
            // Asked for the first time, it took nothing on. Later its answer to an earlier question may have been lost.
            Err(MethodError::Declined(reason)) if is_first_question(funding) => Some(says(Standing::Declined(reason))),
            Err(MethodError::Declined(_)) => Some(says(Standing::Unclear)),
            // Nothing is known of it: what was asked may have been done.
            Err(_) => None,
        })
    }

    /// Carries out what a provider says of one as it was when it was asked about.
    ///
    /// # Errors
    /// When the batch failed.
    async fn hear(&self, funding: &Funding, report: Report) -> Result<(), WalletError> {
        let hear = Hear {
            id: funding.id,
            owner: funding.owner,
            report,
            asked: Some(funding.changed_at),
            times: self.times,
        };
        if let Some(funded) = self.wallet.shared.lane.ask(hear).await?? {
            if funded.funding.review.is_some() && funded.funding.review != funding.review {
                put_before_operator(&funded.funding);
            }
            self.wallet.announce(&funded.moved).await;
        }
        Ok(())
    }

    /// An order of the sandbox about which its owner is asked; none of any other.
    ///
    /// # Errors
    /// When the database could not tell.
    pub async fn asked_by_sandbox(&self, id: FlowId) -> Result<Option<AskedOrder>, WalletError> {
        let sandbox = self.sandbox.clone();
        self.wallet.db.run(async move { Ok(sandbox.asked(id).await?) }).await
    }

    /// Its owner says yes or no to the sandbox, which tells us.
    ///
    /// # Errors
    /// When the database did not take it.
    pub async fn say_to_sandbox(&self, id: FlowId, yes: bool) -> Result<(), WalletError> {
        let funds = self.clone();
        let said = async move {
            funds.sandbox.say(id, yes).await?;
            if let Some(funding) = store::find_funding(&funds.wallet.db, id).await? {
                funds.ask(&funding).await;
            }
            Ok(())
        };
        self.wallet.db.run(said).await
    }
}

/// Whether the provider is asked about it for the first time.
fn is_first_question(funding: &Funding) -> bool {
    let begun = matches!(funding.state, FundingState::Created | FundingState::Held);
    begun && funding.looks <= 1 && funding.reference.is_none()
}

fn put_before_operator(funding: &Funding) {
    let review = funding.review.map_or("", Review::as_str);
    tracing::error!(funding = %funding.id, review, "a top-up or withdrawal needs an operator: quipu admin fundings");
}

fn unsealed(error: VaultError) -> WalletError {
    match error {
        VaultError::Database(fault) => fault.into(),
        other => {
            tracing::error!(error = %other, "what is secret of a payment method cannot be read");
            WalletError::Failed(Failure::Internal)
        }
    }
}

fn number_and_expiry(details: &Details) -> (&str, String) {
    match details {
        Details::Card { number, expires, .. } => (number.digits(), expires.to_string()),
        Details::Bank { number } => (number.text(), String::new()),
    }
}
