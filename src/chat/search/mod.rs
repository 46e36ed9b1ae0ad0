//! Search: an index that follows the log behind the commit, and what people find by it. The index names where to look;
//! what somebody gets was read from the log a moment ago, as they may read it now.

mod feed;
mod find;
mod indexer;
mod place;
mod query;
mod service;
mod store;
mod words;

pub use feed::Feed;
pub use place::Place;
pub use query::Query;
pub use service::{Found, Search};
pub use words::fold;
