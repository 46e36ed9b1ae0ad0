//! Rust source as tokens: enough to know what is code and what is a comment, a string or a test.

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword; `r#type` without its prefix.
    Word(String),
    /// `::`.
    PathSep,
    /// Any other single character of punctuation.
    Mark(char),
    /// A string, character or number. Nothing of it is kept.
    Literal,
    /// `'a`.
    Lifetime,
}

/// A token and its line, from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it begins.
    pub(crate) line: usize,
}

impl Token {
    /// True for this word.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(w) if w == word)
    }

    /// True for this character.
    pub(crate) fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// The word, if it is one.
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// All tokens of a source, without comments.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: source,
        line: 1,
        found: Vec::new(),
    };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.found
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        let first = rest.chars().next().unwrap_or(' ');
        if rest.starts_with("//") {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.skip(block_comment(rest));
        } else if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else if let Some(length) = string(rest) {
            self.take(length, Kind::Literal);
        } else if first == '\'' {
            self.quote();
        } else if first.is_ascii_digit() {
            self.take(number(rest), Kind::Literal);
        } else if first == '_' || first.is_alphanumeric() {
            let raw = rest
                .strip_prefix("r#")
                .filter(|after| after.starts_with(|c: char| c == '_' || c.is_alphabetic()));
            let prefix = rest.len() - raw.unwrap_or(rest).len();
            let word = &rest[prefix..prefix + word_length(&rest[prefix..])];
            self.take(prefix + word.len(), Kind::Word(word.to_owned()));
        } else if rest.starts_with("::") {
            self.take(2, Kind::PathSep);
        } else {
            self.take(first.len_utf8(), Kind::Mark(first));
        }
    }

    /// A character (`'a'`, `'\''`) or a lifetime (`'a`).
    fn quote(&mut self) {
        let mut chars = self.rest.char_indices().skip(1);
        let (_, second) = chars.next().unwrap_or((1, ' '));
        let third = chars.next();
        if second == '\\' {
            let body = &self.rest[2..];
            let escaped = body.chars().next().map_or(0, char::len_utf8);
            let end = body[escaped..]
                .find('\'')
                .map_or(self.rest.len(), |at| 2 + escaped + at + 1);
            self.take(end, Kind::Literal);
        } else if let Some((at, '\'')) = third {
            self.take(at + 1, Kind::Literal);
        } else {
            self.take(1 + word_length(&self.rest[1..]), Kind::Lifetime);
        }
    }

    fn take(&mut self, length: usize, kind: Kind) {
        self.found.push(Token { kind, line: self.line });
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at(length.clamp(1, self.rest.len()));
        self.line += gone.matches('\n').count();
        self.rest = rest;
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| c != '_' && !c.is_alphanumeric())
        .unwrap_or(text.len())
}

/// `1_000u64`, `0xff`, `1.5e-3`; in `0..9` and `1.max(2)` only the digits.
fn number(text: &str) -> usize {
    let whole = word_length(text);
    let rest = &text[whole..];
    match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => whole + 1 + word_length(fraction),
        _ => whole,
    }
}

/// Comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string that begins here, with its prefix: `"…"`, `b"…"`, `c"…"`, `r#"…"#`, `br"…"`, `b'…'`.
fn string(text: &str) -> Option<usize> {
    if let Some(byte) = text.strip_prefix("b'") {
        // Its first character is part of it even if that is a quote behind a backslash.
        let first = 1 + usize::from(byte.starts_with('\\'));
        return byte.get(first..)?.find('\'').map(|at| 2 + first + at + 1);
    }
    let prefix = text.len() - text.trim_start_matches(['b', 'c', 'r']).len();
    if prefix > 2 {
        return None;
    }
    let raw = text[..prefix].contains('r');
    let hashes = text[prefix..].len() - text[prefix..].trim_start_matches('#').len();
    if (hashes > 0 && !raw) || !text[prefix + hashes..].starts_with('"') {
        return None;
    }
    let start = prefix + hashes + 1;
    if raw {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(text[start..].find(&end).map_or(text.len(), |at| start + at + end.len()));
    }
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// The index behind the bracket that closes the one at `open`.
pub(crate) fn behind_bracket(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens without items that only tests compile: those behind `#[cfg(test)]` and `#[test]`.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(tokens, at) {
            at = behind_item(tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// True when `#[cfg(test)]` or `#[test]` begins here.
pub(crate) fn is_test_attribute(tokens: &[Token], at: usize) -> bool {
    let is = |offset: usize, check: &dyn Fn(&Token) -> bool| tokens.get(at + offset).is_some_and(check);
    let opens = is(0, &|t| t.is_mark('#')) && is(1, &|t| t.is_mark('['));
    let plain = is(2, &|t| t.is_word("test")) && is(3, &|t| t.is_mark(']'));
    let cfg = is(2, &|t| t.is_word("cfg"))
        && is(3, &|t| t.is_mark('('))
        && is(4, &|t| t.is_word("test"))
        && is(5, &|t| t.is_mark(')'));
    opens && (plain || cfg)
}

/// The index behind the item whose attributes begin here: behind its `;` or its braces.
fn behind_item(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].kind {
            Kind::Mark(';') => return at + 1,
            Kind::Mark('{') => return behind_bracket(tokens, at),
            Kind::Mark('(' | '[') => at = behind_bracket(tokens, at),
            _ => at += 1,
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        tokens(source)
            .iter()
            .filter_map(|t| t.word().map(str::to_owned))
            .collect()
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        assert_eq!(
            words("a // b\n/* c /* d */ e */ f \"g \\\" h\" i r#\"j \" k\"# l b\"m\" c\"n\" o"),
            ["a", "f", "i", "l", "o"]
        );
        assert_eq!(words("x r\"\\\" y r##\"\"# z\"## w"), ["x", "y", "w"]);
    }

    #[test]
    fn characters_are_told_from_lifetimes() {
        assert_eq!(
            words("'a' b '\\'' c '\\u{1F600}' d &'e f '(' g b'\\'' h b'i' j 'k: l"),
            ["b", "c", "d", "f", "g", "h", "j", "l"]
        );
        assert_eq!(
            tokens("fn f<'a>(x: &'a str)")
                .iter()
                .filter(|t| t.kind == Kind::Lifetime)
                .count(),
            2
        );
    }

    #[test]
    fn raw_names_numbers_and_lines_are_known() {
        assert_eq!(words("r#type r#\"s\"# rest br b c"), ["type", "rest", "br", "b", "c"]);
        assert_eq!(words("0..len 1.5e3 2.max 0xffu8"), ["len", "max"]);
        let lines: Vec<_> = tokens("a\n\"x\ny\"\nb /*\n*/ c").iter().map(|t| t.line).collect();
        assert_eq!(lines, [1, 2, 4, 5]);
    }

    #[test]
    fn test_items_are_left_out() {
        let source =
            "fn a() {} #[cfg(test)] mod tests { fn b() {} } fn c() {} #[cfg(test)] mod d; #[test] fn e() {} fn f() {}";
        let kept: Vec<_> = without_tests(&tokens(source))
            .iter()
            .filter_map(|t| t.word().map(str::to_owned))
            .collect();
        assert_eq!(kept, ["fn", "a", "fn", "c", "fn", "f"]);
    }
}
