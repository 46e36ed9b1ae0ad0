//! What a text is found by: its words, folded so that case, accents and widths make no difference. Scripts that are
//! written without spaces (Chinese, Japanese kana) give each character and each pair of neighbours, which needs no
//! dictionary and finds whatever stands in the text.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Characters of one word that count: a longer one is found by its beginning.
pub(super) const WORD_CHARS: usize = 32;

/// A piece of a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A word between spaces or marks.
    Word(String),
    /// Characters of a script without spaces.
    Run(Vec<char>),
}

/// A text as it is compared: compatibility forms, accents and case taken away (Unicode Standard Annex 15, NFKD).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        // Most texts of many people, and none of what follows but the case.
        return text.to_ascii_lowercase();
    }
    let bare = text.nfkd().filter(|c| !is_combining_mark(*c));
    // Behind the lower case, since U+0130 leaves a mark of its own.
    bare.flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
        .collect()
}

/// The pieces of a text, in order.
#[must_use]
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut word, mut run) = (String::new(), Vec::new());
    for c in fold(text).chars() {
        let spaceless = is_spaceless(c);
        if spaceless || !c.is_alphanumeric() {
            finish_word(&mut word, &mut pieces);
        }
        if !spaceless && !run.is_empty() {
            pieces.push(Piece::Run(std::mem::take(&mut run)));
        }
        if spaceless {
            run.push(c);
        } else if c.is_alphanumeric() {
            word.push(c);
        }
    }
    finish_word(&mut word, &mut pieces);
    if !run.is_empty() {
        pieces.push(Piece::Run(run));
    }
    pieces
}

fn finish_word(word: &mut String, pieces: &mut Vec<Piece>) {
    if !word.is_empty() {
        pieces.push(Piece::Word(cut(&std::mem::take(word))));
    }
}

/// The part of a word that counts.
fn cut(word: &str) -> String {
    word.chars().take(WORD_CHARS).collect()
}

/// The terms under which a text stands in the index, each once.
#[must_use]
pub(super) fn terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for piece in texts.into_iter().flat_map(pieces) {
        match piece {
            Piece::Word(word) => drop(terms.insert(word)),
            Piece::Run(run) => {
                terms.extend(run.iter().map(char::to_string));
                terms.extend(run.windows(2).map(String::from_iter));
            }
        }
    }
    terms
}

/// Whether a character belongs to a script that puts no spaces between words: Han, hiragana and katakana, by their
/// blocks in Unicode 16 (after folding, which takes compatibility and half-width forms away).
const fn is_spaceless(c: char) -> bool {
    matches!(
        c,
        '\u{3005}'..='\u{3007}'
            | '\u{3041}'..='\u{30ff}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        terms([text]).into_iter().collect()
    }

    #[test]
    fn what_is_short_for_ascii_is_what_the_whole_way_gives() {
        let ascii: String = (0..=127).map(char::from).collect();
        // A character beyond ASCII that folding leaves alone keeps it from the short way.
        let whole = fold(&format!("{ascii}中"));
        assert_eq!(fold(&ascii), whole.trim_end_matches('中'));
    }

    #[test]
    fn case_accents_and_widths_make_no_difference() {
        for same in ["Café ÉCLAIR", "cafe\u{301} eclair", "ＣＡＦＥ éclair!"] {
            assert_eq!(of(same), ["cafe", "eclair"], "{same}");
        }
        assert_eq!(of("Straße №5 İzmir"), ["izmir", "no5", "straße"]);
    }

    #[test]
    fn chinese_is_found_by_characters_and_pairs_and_words_beside_it_by_themselves() {
        assert_eq!(of("明天见,OK吗"), ["ok", "吗", "天", "天见", "明", "明天", "见"]);
        assert_eq!(
            pieces("明天 at 9点"),
            [
                Piece::Run(vec!['明', '天']),
                Piece::Word("at".into()),
                Piece::Word("9".into()),
                Piece::Run(vec!['点']),
            ]
        );
    }

    #[test]
    fn a_text_without_words_has_no_terms_and_a_long_word_counts_by_its_beginning() {
        assert!(of("🙂 … -- %_'\"").is_empty());
        assert_eq!(of(&"x".repeat(5_000)), ["x".repeat(WORD_CHARS)]);
    }
}
