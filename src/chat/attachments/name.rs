//! The name of a file, as far as it can be shown and written: no path, nothing invisible, not long.

use crate::chat::is_invisible;

/// Characters of the longest name.
const MOST_CHARS: usize = 200;
/// Characters of what is taken for an ending.
const MOST_ENDING_CHARS: usize = 10;
/// What a file without a usable name is called.
const NAMELESS: &str = "file";

/// A name without a path, of visible characters, at most 200 of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Makes a name of whatever somebody calls their file. It never fails: a name is a label and no reason to refuse.
    #[must_use]
    pub fn of(text: &str) -> Self {
        // The last part of a path of either kind.
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let clean: String = last.chars().filter(|c| !is_invisible(*c)).collect();
        // A name that begins with a dot is hidden where it is saved.
        let clean = clean.trim().trim_start_matches('.').trim();
        if clean.is_empty() {
            return Self(NAMELESS.to_owned());
        }
        Self(shortened(clean))
    }

    /// A name that was made by [`FileName::of`] before.
    #[must_use]
    pub(super) const fn kept(text: String) -> Self {
        Self(text)
    }

    /// The same name with an ending that fits what the file is now.
    #[must_use]
    pub fn with_ending(&self, endings: &[&str]) -> Self {
        let (stem, ending) = split(&self.0);
        let fits = ending.is_some_and(|ending| endings.iter().any(|wanted| ending.eq_ignore_ascii_case(wanted)));
        match endings.first() {
            Some(first) if !fits => Self(shortened(&format!("{stem}.{first}"))),
            _ => self.clone(),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name and its ending, if it has a plain one.
fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, ending))
            if !stem.is_empty()
                && (1..=MOST_ENDING_CHARS).contains(&ending.chars().count())
                && ending.chars().all(char::is_alphanumeric) =>
        {
            (stem, Some(ending))
        }
        _ => (name, None),
    }
}

/// Cut to what is allowed; the ending stays, since people go by it.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MOST_CHARS {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    let room = MOST_CHARS - ending.chars().count();
    let stem: String = stem.chars().take(room).collect();
    format!("{}{ending}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_path_and_nothing_that_hides() {
        for (given, kept) in [
            ("notes.txt", "notes.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\cv.pdf", "cv.pdf"),
            ("年度报告 2026.pdf", "年度报告 2026.pdf"),
            ("gnp\u{202e}exe.doc", "gnpexe.doc"),
            ("a\u{0}b\r\nc\u{200b}.txt", "abc.txt"),
            (".htaccess", "htaccess"),
            ("..", "file"),
            ("", "file"),
            ("  /  ", "file"),
            ("a/", "file"),
        ] {
            assert_eq!(FileName::of(given).as_str(), kept, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = FileName::of(&format!("{}.pdf", "长".repeat(300)));
        assert_eq!(name.as_str().chars().count(), 200);
        assert!(name.as_str().ends_with("长.pdf"));
        assert_eq!(FileName::of(&"x".repeat(999)).as_str().len(), 200);
    }

    #[test]
    fn a_picture_that_was_made_anew_has_the_ending_of_what_it_is() {
        let ending = |name: &str| FileName::of(name).with_ending(&["jpg", "jpeg"]).as_str().to_owned();
        assert_eq!(ending("a.JPEG"), "a.JPEG");
        assert_eq!(ending("a.gif"), "a.jpg");
        assert_eq!(ending("a"), "a.jpg");
        assert_eq!(ending("a.b c"), "a.b c.jpg");
        assert_eq!(ending(&"x".repeat(200)).len(), 200);
    }
}
