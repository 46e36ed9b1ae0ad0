//! The door of search.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::feed::Feed;
use super::find::{self, Source};
use super::indexer;
use super::place::Place;
use super::query::Query;
use super::store::{self, Searched};
use crate::chat::store::messages_at;
use crate::chat::{ChatError, Message};
use crate::db::{Db, Fault};
use crate::ids::{ConversationId, UserId};

/// Conversations of a person that are searched: those with the latest activity.
const CONVERSATIONS: i64 = 2_000;
/// Conversations of which the index is asked how far it is, in one statement.
const ASKED_AT_ONCE: usize = 500;
/// Rounds of one page at most; after them the page is shorter, and the next one goes on.
const ROUNDS: usize = 8;
/// Searches at once on a node: the others wait for their turn.
const AT_ONCE: usize = 4;
/// People of whom a person may know the names, looked through for one that fits.
const PEOPLE: i64 = 5_000;

/// A page of what was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The messages, the newest first.
    pub messages: Vec<Message>,
    /// Where the next page goes on; none when everything was looked through.
    pub next: Option<Place>,
    /// Positions of the searched logs that the index does not hold yet.
    pub behind: u64,
}

/// Search on this node. Clones share everything.
#[derive(Clone)]
pub struct Search {
    db: Db,
    index: Db,
    turns: Arc<Semaphore>,
    indexer: Arc<JoinHandle<()>>,
}

impl Search {
    /// Starts the indexer over what `feed` names. `index` has the tables of the search: the database itself, or a file
    /// beside it.
    #[must_use]
    pub fn start(db: Db, index: Db, feed: Arc<Feed>) -> Self {
        let task = indexer::run(db.clone(), index.clone(), feed);
        Self {
            indexer: Arc::new(db.runtime().spawn(task)),
            db,
            index,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Ends the indexer; what it had not done is done at the next start.
    pub async fn stop(&self) {
        self.indexer.abort();
        if self.index.kind() == crate::db::Kind::Sqlite {
            self.index.close().await;
        }
    }

    /// Messages that a person may read and that fit: in all of their conversations or in one, behind `before`, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`ChatError::NotAMember`] of `within`; [`ChatError::Busy`] or [`ChatError::Failed`] when the database could not
    /// tell.
    pub async fn messages(
        &self,
        user: UserId,
        query: &Query,
        within: Option<ConversationId>,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Found, ChatError> {
        // The semaphore is never closed.
        let _turn = self.turns.acquire().await.map_err(|_| ChatError::Busy)?;
        let searched = store::searched(&self.db, user, within, CONVERSATIONS).await?;
        if within.is_some() && searched.is_empty() {
            return Err(ChatError::NotAMember);
        }
        let (sources, behind) = self.sources(&searched).await?;
        let mut place = Some(before.unwrap_or(Place::newest_of(i64::MAX - 1)));
        let mut messages = Vec::new();
        for _ in 0..ROUNDS {
            let Some(from) = place.filter(|_| messages.len() < limit && !query.is_empty()) else {
                break;
            };
            let wanted = limit - messages.len();
            let round = find::round(&self.index, &sources, query, from, wanted).await?;
            let taken = &round.hits[..round.hits.len().min(wanted)];
            messages.extend(self.read(user, query, taken).await?);
            let rest = round.hits.len() > taken.len();
            place = if rest { taken.last().copied() } else { round.end };
        }
        Ok(Found {
            messages,
            next: place.filter(|_| !query.is_empty()),
            behind,
        })
    }

    /// The conversations that the index knows, and how many positions of all of them it does not hold yet.
    async fn sources(&self, searched: &[Searched]) -> Result<(Vec<Source>, u64), Fault> {
        let mut logged = HashMap::new();
        for part in searched.chunks(ASKED_AT_ONCE) {
            let ids: Vec<_> = part.iter().map(|one| one.conversation).collect();
            logged.extend(store::logs(&self.index, &ids).await?);
        }
        let mut behind = 0_u64;
        let mut sources = Vec::with_capacity(searched.len());
        for one in searched {
            let log = logged.get(&one.conversation);
            let missing = one.last_rev.saturating_sub(log.map_or(0, |log| log.rev));
            behind = behind.saturating_add(u64::try_from(missing).unwrap_or(0));
            sources.extend(log.map(|log| Source {
                log: log.n,
                searched: *one,
            }));
        }
        Ok((sources, behind))
    }

    /// The messages at these places, as the person may read them now, if they still fit.
    async fn read(&self, user: UserId, query: &Query, hits: &[Place]) -> Result<Vec<Message>, Fault> {
        let places: Vec<_> = hits.iter().map(|hit| (hit.conversation, hit.seq)).collect();
        let found = messages_at(&self.db, user, &places).await?;
        let mut found: HashMap<_, _> = found
            .into_iter()
            .map(|message| ((message.conversation, message.seq), message))
            .collect();
        let in_order = places.iter().filter_map(|place| found.remove(place));
        Ok(in_order.filter(|message| query.fits(indexer::texts(message))).collect())
    }

    /// People whom a person knows from a direct conversation or a small group; contacts are in their own log.
    ///
    /// # Errors
    /// What the database said.
    pub async fn people_beside(&self, user: UserId) -> Result<Vec<UserId>, ChatError> {
        Ok(store::people_beside(&self.db, user, PEOPLE).await?)
    }
}
