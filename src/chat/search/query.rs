//! What somebody searches for.

use std::collections::BTreeSet;

use super::words::{self, Piece};
use crate::chat::ChatError;

/// Characters of a query at most.
const QUERY_CHARS: usize = 200;
/// A query, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Terms that stand in the index as they are.
    pub(super) exact: Vec<String>,
    /// The last word, which may still go on.
    pub(super) begins: Option<String>,
    /// What a text must hold as it stands here, folded: runs of characters without spaces.
    runs: Vec<String>,
}

impl Query {
    /// Reads what was typed. Words may stand in any order in a text; characters without spaces between them stand
    /// together as they were typed. The last word may still go on, unless a space or mark ended it.
    ///
    /// # Errors
    /// [`ChatError::QueryTooLong`] over 200 characters.
    pub fn parse(typed: &str) -> Result<Self, ChatError> {
        if typed.chars().count() > QUERY_CHARS {
            return Err(ChatError::QueryTooLong { most: QUERY_CHARS });
        }
        let mut pieces = words::pieces(typed);
        let goes_on = words::fold(typed).chars().last().is_some_and(char::is_alphanumeric);
        let begins = match pieces.last() {
            Some(Piece::Word(word)) if goes_on && word.chars().count() < words::WORD_CHARS => {
                let word = word.clone();
                pieces.pop();
                Some(word)
            }
            _ => None,
        };
        let (mut exact, mut runs) = (BTreeSet::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Word(word) => drop(exact.insert(word)),
                Piece::Run(run) => {
                    match run.as_slice() {
                        [one] => drop(exact.insert(one.to_string())),
                        many => exact.extend(many.windows(2).map(String::from_iter)),
                    }
                    runs.push(run.into_iter().collect());
                }
            }
        }
        let exact = exact.into_iter().collect();
        Ok(Self { exact, begins, runs })
    }

    /// Whether nothing in it could be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.begins.is_none()
    }

    /// Whether these texts together hold what is searched for. The index names where to look; this decides, since the
    /// index follows the log and may name what was changed a moment ago.
    #[must_use]
    pub fn fits<'a>(&self, texts: impl IntoIterator<Item = &'a str> + Clone) -> bool {
        if self.is_empty() {
            return false;
        }
        let terms = words::terms(texts.clone());
        let begins = |beginning: &String| {
            let from_here = terms.range(beginning.clone()..);
            from_here.take(1).any(|term| term.starts_with(beginning.as_str()))
        };
        self.exact.iter().all(|term| terms.contains(term))
            && self.begins.as_ref().is_none_or(begins)
            && self.runs.iter().all(|run| {
                texts
                    .clone()
                    .into_iter()
                    .any(|text| words::fold(text).contains(run.as_str()))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(query: &str, text: &str) -> bool {
        Query::parse(query).unwrap().fits([text])
    }

    #[test]
    fn words_fit_in_any_order_and_the_last_may_go_on() {
        assert!(fits("market far", "Where is the farmers' MARKET?"));
        assert!(!fits("market far ", "Where is the farmers' MARKET?"));
        assert!(!fits("mark far ", "far from the market"));
        assert!(fits("cafe", "Meet at the café!"));
        assert!(!fits("ar", "market"), "the middle of a word is not its beginning");
    }

    #[test]
    fn chinese_fits_as_it_was_typed() {
        assert!(fits("明天见", "我们明天见!"));
        assert!(!fits("明天见", "明天,天见"), "all pairs are there, but not together");
        assert!(fits("见 明天", "我们明天见!"));
        assert!(fits("天", "明天"));
        assert!(fits("明天 mark", "明天去 market"));
    }

    #[test]
    fn a_query_of_nothing_is_empty_and_one_that_is_too_long_is_refused() {
        assert!(Query::parse(" …🙂 ").unwrap().is_empty());
        assert_eq!(
            Query::parse(&"字".repeat(201)),
            Err(ChatError::QueryTooLong { most: QUERY_CHARS })
        );
    }
}
