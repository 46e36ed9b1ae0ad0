//! Which crates and which of our own modules a source names.

use super::lexer::{Kind, Token};

/// A path as it was written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its segments: `["crate", "chat", "store"]`, `["serde", "Deserialize"]`.
    pub(crate) segments: Vec<String>,
    /// The line, from one.
    pub(crate) line: usize,
}

/// Every path of the source: each leaf of each `use`, each `extern crate`, and each path inside the code that has
/// more than one segment. What a path is relative to is not resolved: `super` and `self` stay as they are.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is_word("use") && !is_precise_capture(tokens, at) {
            at = use_tree(tokens, at + 1, &[], &mut found);
        } else if tokens[at].is_word("extern") && tokens.get(at + 1).is_some_and(|t| t.is_word("crate")) {
            if let Some(name) = tokens.get(at + 2).and_then(Token::word) {
                found.push(Named {
                    segments: vec![name.to_owned()],
                    line: tokens[at].line,
                });
            }
            at += 3;
        } else {
            at = inline_path(tokens, at, &mut found);
        }
    }
    found
}

/// `use<'a>` in a type captures lifetimes and imports nothing.
fn is_precise_capture(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|t| t.is_mark('<'))
}

/// One tree of a `use`, with what stands before it. Returns the index behind the tree.
fn use_tree(tokens: &[Token], start: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let mut segments = before.to_vec();
    let mut at = start;
    let line = tokens.get(start).map_or(0, |t| t.line);
    loop {
        match tokens.get(at).map(|t| &t.kind) {
            Some(Kind::Word(word)) if word == "as" => at += 2,
            Some(Kind::Word(word)) => {
                segments.push(word.clone());
                at += 1;
            }
            Some(Kind::PathSep) => at += 1,
            Some(Kind::Mark('*')) => {
                segments.push("*".to_owned());
                at += 1;
            }
            Some(Kind::Mark('{')) => return use_group(tokens, at + 1, &segments, found),
            _ => break,
        }
    }
    if segments.len() > before.len() {
        found.push(Named { segments, line });
    }
    at
}

fn use_group(tokens: &[Token], start: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let mut at = start;
    while at < tokens.len() && !tokens[at].is_mark('}') {
        let next = use_tree(tokens, at, before, found);
        // Over the comma, or over whatever no tree begins with.
        at = if tokens.get(next).is_some_and(|t| t.is_mark('}')) {
            next
        } else {
            next.max(at) + 1
        };
    }
    at + 1
}

/// A path in the code that begins here, if one does. Returns the index to go on from.
fn inline_path(tokens: &[Token], start: usize, found: &mut Vec<Named>) -> usize {
    let Some(first) = tokens[start].word() else {
        return start + 1;
    };
    let mut segments = vec![first.to_owned()];
    let mut at = start + 1;
    while tokens.get(at).is_some_and(|t| t.kind == Kind::PathSep) {
        match tokens.get(at + 1).and_then(Token::word) {
            Some(word) => {
                segments.push(word.to_owned());
                at += 2;
            }
            None => break,
        }
    }
    let continues = start > 1
        && tokens[start - 1].kind == Kind::PathSep
        && (tokens[start - 2].word().is_some() || tokens[start - 2].is_mark('>'));
    let has_separator = tokens.get(start + 1).is_some_and(|t| t.kind == Kind::PathSep);
    if has_separator && !continues {
        found.push(Named {
            segments,
            line: tokens[start].line,
        });
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths(&tokens(source))
            .into_iter()
            .map(|n| n.segments.join("::"))
            .collect()
    }

    #[test]
    fn every_leaf_of_a_use_is_found() {
        let source = "use a::{self, b::{C, d as e}, f::*}; pub(crate) use {g::H, ::i}; extern crate j; use k as l;";
        assert_eq!(
            named(source),
            ["a::self", "a::b::C", "a::b::d", "a::f::*", "g::H", "i", "j", "k"]
        );
    }

    #[test]
    fn paths_inside_the_code_are_found() {
        let source = "fn f(x: a::B) -> Vec<c::D> { e::g::<h::I>(); x.y(); ::k::l(); #[m::n] o!(p::q) }";
        assert_eq!(named(source), ["a::B", "c::D", "e::g", "h::I", "k::l", "m::n", "p::q"]);
        assert_eq!(
            named("let x = <a::B as c::D>::E; impl Trait + use<'a> {}"),
            ["a::B", "c::D"]
        );
    }

    #[test]
    fn what_follows_another_segment_is_no_crate() {
        assert_eq!(
            named("self::redis::go(); crate::redis::X; Vec::<u8>::new()"),
            ["self::redis::go", "crate::redis::X", "Vec"]
        );
    }
}
