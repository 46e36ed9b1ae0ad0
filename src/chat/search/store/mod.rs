//! The SQL of search: the index, which follows the log, and what it is held against.

mod index;
mod lookup;
mod scope;

pub(super) use index::{Indexed, Turn, forget, logs, turn_page};
pub(super) use lookup::{Posting, Stream, counts, postings, words_beginning};
pub(super) use scope::{Searched, moved_conversations, people_beside, searched};
