//! Records of comma-separated values as RFC 4180 has them, by the numbers of their lines.

/// What is not as it must be, and on which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Malformed {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { line, what }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
}

/// The records of a text. Lines with nothing on them are none; behind a malformed one nothing more comes.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: usize,
    longest: usize,
}

impl<'a> Records<'a> {
    /// The records of `text`, none of them longer than `longest` bytes.
    pub(super) fn of(text: &'a str, longest: usize) -> Self {
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { rest, line: 1, longest }
    }

    /// Reads the field that the rest begins with, and takes what ends it. Says whether the record goes on.
    fn field(&mut self, begun: usize) -> Result<(String, bool), Malformed> {
        let field = match self.rest.strip_prefix('"') {
            Some(quoted) => {
                self.rest = quoted;
                self.quoted(begun)?
            }
            None => {
                let end = self.rest.find([',', '\n', '\r', '"']).unwrap_or(self.rest.len());
                let (field, rest) = self.rest.split_at(end);
                self.rest = rest;
                field.to_owned()
            }
        };
        for (end, more) in [(",", true), ("\r\n", false), ("\n", false)] {
            if let Some(rest) = self.rest.strip_prefix(end) {
                self.rest = rest;
                self.line += usize::from(!more);
                return Ok((field, more));
            }
        }
        match self.rest.chars().next() {
            None => Ok((field, false)),
            Some('"') => Err(Malformed::at(self.line, "a quote inside of a field that is not quoted")),
            Some('\r') => Err(Malformed::at(self.line, "a carriage return without a line feed")),
            Some(_) => Err(Malformed::at(self.line, "text behind a closing quote")),
        }
    }

    /// Reads up to the closing quote, which it takes.
    fn quoted(&mut self, begun: usize) -> Result<String, Malformed> {
        let mut field = String::new();
        loop {
            let end = self.rest.find('"');
            let end = end.ok_or_else(|| Malformed::at(begun, "a quote is not closed"))?;
            let part = &self.rest[..end];
            self.line += part.matches('\n').count();
            field += part;
            self.rest = &self.rest[end + 1..];
            let Some(rest) = self.rest.strip_prefix('"') else {
                return Ok(field);
            };
            field.push('"');
            self.rest = rest;
        }
    }

    fn record(&mut self) -> Result<Record, Malformed> {
        let (line, before) = (self.line, self.rest.len());
        let mut fields = Vec::new();
        loop {
            let (field, more) = self.field(line)?;
            fields.push(field);
            if before - self.rest.len() > self.longest {
                return Err(Malformed::at(line, format!("longer than {} bytes", self.longest)));
            }
            if !more {
                return Ok(Record { line, fields });
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            self.rest = rest;
            self.line += 1;
        }
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.rest = "";
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Vec<String>)>, Malformed> {
        Records::of(text, 64)
            .map(|record| record.map(|record| (record.line, record.fields)))
            .collect()
    }

    fn fields(of: &[&str]) -> Vec<String> {
        of.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn records_are_read_with_quotes_line_breaks_and_either_end_of_line() {
        let text = "\u{feff}a,b\r\n\n\"x, \"\"y\"\"\",\"two\nlines\"\n,\r\nlast,\"\"";
        let read = read(text).unwrap();
        let told = [
            (1, fields(&["a", "b"])),
            (3, fields(&["x, \"y\"", "two\nlines"])),
            (5, fields(&["", ""])),
            (6, fields(&["last", ""])),
        ];
        assert_eq!(read, told);
    }

    #[test]
    fn what_is_malformed_is_named_by_its_line() {
        for (text, line, what) in [
            ("a,b\nx\"y,z\n", 2, "a quote inside"),
            ("a\n\"x\"y\n", 2, "behind a closing quote"),
            ("a\n\nb,\"never\nclosed", 3, "not closed"),
            ("a\rb\n", 1, "carriage return"),
            (&format!("a\n{}\n", "x".repeat(65)), 2, "longer than 64"),
        ] {
            let refused = read(text).unwrap_err();
            assert_eq!(refused.line, line, "{text:?}");
            assert!(refused.what.contains(what), "{text:?}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn what_was_quoted_is_read_back(rows in proptest::collection::vec(proptest::collection::vec("[a\",\n\r ]{0,5}", 2..4), 1..6)) {
            let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quote).collect::<Vec<_>>().join(",");
            let text = rows.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let back: Vec<_> = read(&text).unwrap().into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(back, rows);
        }

        #[test]
        fn any_text_comes_to_an_end(text in "[a,\"\n\r]{0,40}") {
            let read = Records::of(&text, 64).count();
            prop_assert!(read <= text.len());
        }
    }
}
