//! Comparing somebody else's books with an account of the ledger: pure, over both sides as lists.

use std::collections::HashMap;

use super::transfer::{Transfer, TransferKind};
use crate::clock::Micros;
use crate::ids::AccountId;

/// A span of time, open where it has no end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first moment that is in it.
    pub from: Option<Micros>,
    /// The first moment that is no longer in it.
    pub until: Option<Micros>,
}

impl Period {
    /// Whether a moment lies before it.
    #[must_use]
    pub fn is_before(&self, at: Micros) -> bool {
        self.from.is_some_and(|from| at < from)
    }

    /// Whether a moment is in it.
    #[must_use]
    pub fn has(&self, at: Micros) -> bool {
        !self.is_before(at) && self.until.is_none_or(|until| at < until)
    }

    /// Whether it shares a moment with what begins at `begin` and is over at `end`.
    #[must_use]
    pub fn meets(&self, begin: Micros, end: Micros) -> bool {
        self.from.is_none_or(|from| end > from) && self.until.is_none_or(|until| begin < until)
    }
}

/// A row of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEntry {
    /// The line of the file on which it begins.
    pub line: usize,
    /// What it is called.
    pub reference: String,
    /// Minor units; above zero when money came in there.
    pub minor: i64,
}

/// A row of the ledger, as it looks from the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The transfer's opaque id.
    pub id: String,
    /// Its note, by which the statement may call it.
    pub note: String,
    /// Minor units; above zero when it left the account here, and so came in there.
    pub minor: i64,
    /// Ledger time.
    pub at: Micros,
}

impl LedgerEntry {
    /// The entry of a transfer on `account`, if it moved money there: a hold and its release do not.
    #[must_use]
    pub fn of(row: &Transfer, account: AccountId) -> Option<Self> {
        let moved = match row.kind {
            TransferKind::Post | TransferKind::Capture | TransferKind::Reverse => row.money.minor(),
            TransferKind::Hold | TransferKind::Void | TransferKind::Expire => return None,
        };
        let minor = if row.debit == account {
            moved
        } else if row.credit == account {
            // An amount is at most 2^62, so its opposite is one too.
            -moved
        } else {
            return None;
        };
        Some(Self {
            id: row.id().to_string(),
            note: row.note.clone(),
            minor,
            at: row.at,
        })
    }
}

/// Rows of either side that are about one reference and do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What they are called.
    pub reference: String,
    /// Lines of the file with their amounts.
    pub lines: Vec<(usize, i64)>,
    /// Ids of the ledger's rows with their amounts.
    pub rows: Vec<(String, i64)>,
}

/// What the comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Pairs that agree.
    pub matched: usize,
    /// Pairs of one reference with different amounts.
    pub amount_differs: Vec<Found>,
    /// Lines that the ledger does not know.
    pub only_in_file: Vec<Found>,
    /// Rows that the file does not know.
    pub only_in_ledger: Vec<Found>,
    /// References that the file has more than once, of which the ledger knows at least one.
    pub twice_in_file: Vec<Found>,
    /// References that the ledger has more than once, of which the file knows at least one.
    pub twice_in_ledger: Vec<Found>,
    /// The sum of the file.
    pub file_total: i64,
    /// The sum of the ledger.
    pub ledger_total: i64,
    /// The file's sum less the ledger's.
    pub difference: i64,
}

impl Reconciled {
    /// Whether both sides say the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let lists = [
            &self.amount_differs,
            &self.only_in_file,
            &self.only_in_ledger,
            &self.twice_in_file,
            &self.twice_in_ledger,
        ];
        lists.into_iter().all(Vec::is_empty) && self.difference == 0
    }
}

/// A sum that 64 bits do not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amounts sum to more than can be counted")]
pub struct TotalsOverflow;

/// Compares a statement with the ledger's rows. A line is about the row whose id it names, or else about the rows that
/// have its reference as their note and that no line names by id.
///
/// # Errors
/// [`TotalsOverflow`].
pub fn reconcile(file: &[StatementEntry], ledger: &[LedgerEntry]) -> Result<Reconciled, TotalsOverflow> {
    let file_total = total(file.iter().map(|entry| entry.minor))?;
    let ledger_total = total(ledger.iter().map(|entry| entry.minor))?;
    let mut done = Reconciled {
        file_total,
        ledger_total,
        difference: file_total.checked_sub(ledger_total).ok_or(TotalsOverflow)?,
        ..Reconciled::default()
    };
    let by_id: HashMap<&str, usize> = (0..).zip(ledger).map(|(at, row)| (row.id.as_str(), at)).collect();
    let groups = grouped(file);
    let mut seen = vec![false; ledger.len()];
    // Ids first: they take their rows out of what a note could mean.
    for (reference, lines) in &groups {
        if let Some(&at) = by_id.get(reference) {
            seen[at] = true;
            compare(&mut done, reference, lines, &[&ledger[at]]);
        }
    }
    let mut by_note: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, row) in (0..).zip(ledger).filter(|(_, row)| !row.note.is_empty()) {
        by_note.entry(&row.note).or_default().push(at);
    }
    for (reference, lines) in groups.iter().filter(|(reference, _)| !by_id.contains_key(reference)) {
        let all = by_note.get(reference).map_or(&[][..], Vec::as_slice);
        let free: Vec<usize> = all.iter().copied().filter(|at| !seen[*at]).collect();
        if free.is_empty() && !all.is_empty() {
            // Other lines name these rows by their ids already, so this is the second time.
            let rows: Vec<_> = all.iter().map(|at| &ledger[*at]).collect();
            done.twice_in_file.push(found(reference, lines, &rows));
            continue;
        }
        let rows: Vec<_> = free.iter().map(|at| &ledger[*at]).collect();
        free.into_iter().for_each(|at| seen[at] = true);
        compare(&mut done, reference, lines, &rows);
    }
    for row in ledger.iter().zip(seen).filter_map(|(row, seen)| (!seen).then_some(row)) {
        let name = if row.note.is_empty() { &row.id } else { &row.note };
        done.only_in_ledger.push(found(name, &[], &[row]));
    }
    Ok(done)
}

fn total(mut amounts: impl Iterator<Item = i64>) -> Result<i64, TotalsOverflow> {
    amounts.try_fold(0_i64, |sum, minor| sum.checked_add(minor).ok_or(TotalsOverflow))
}

/// Lines by their references, in the order in which these come first.
fn grouped(file: &[StatementEntry]) -> Vec<(&str, Vec<&StatementEntry>)> {
    let mut groups: Vec<(&str, Vec<&StatementEntry>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for entry in file {
        let place = *places.entry(&entry.reference).or_insert(groups.len());
        if place == groups.len() {
            groups.push((&entry.reference, Vec::new()));
        }
        groups[place].1.push(entry);
    }
    groups
}

/// Lines of one reference, of which there is at least one, against the rows that they are about.
fn compare(done: &mut Reconciled, reference: &str, lines: &[&StatementEntry], rows: &[&LedgerEntry]) {
    match (lines, rows) {
        ([line], [row]) if line.minor == row.minor => done.matched += 1,
        ([_], [_]) => done.amount_differs.push(found(reference, lines, rows)),
        (lines, []) => done
            .only_in_file
            .extend(lines.iter().map(|line| found(reference, &[line], &[]))),
        (lines, rows) => {
            let both = found(reference, lines, rows);
            if lines.len() > 1 {
                done.twice_in_file.push(both.clone());
            }
            if rows.len() > 1 {
                done.twice_in_ledger.push(both);
            }
        }
    }
}

fn found(reference: &str, lines: &[&StatementEntry], rows: &[&LedgerEntry]) -> Found {
    Found {
        reference: reference.to_owned(),
        lines: lines.iter().map(|line| (line.line, line.minor)).collect(),
        rows: rows.iter().map(|row| (row.id.clone(), row.minor)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(line: usize, reference: &str, minor: i64) -> StatementEntry {
        let reference = reference.to_owned();
        StatementEntry { line, reference, minor }
    }

    fn row(id: &str, note: &str, minor: i64) -> LedgerEntry {
        LedgerEntry {
            id: id.to_owned(),
            note: note.to_owned(),
            minor,
            at: Micros(0),
        }
    }

    fn names(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.reference.as_str()).collect()
    }

    #[test]
    fn each_kind_of_difference_is_found_under_its_name() {
        let file = [
            line(2, "same", 100),
            line(3, "other amount", 100),
            line(4, "unknown", 7),
            line(5, "two lines", 5),
            line(6, "two lines", 5),
            line(7, "two rows", 9),
            line(8, "by-id", -4),
        ];
        let ledger = [
            row("a", "same", 100),
            row("b", "other amount", 99),
            row("c", "never stated", 3),
            row("d", "two lines", 5),
            row("e", "two rows", 9),
            row("f", "two rows", 9),
            row("by-id", "whatever", -4),
            row("g", "", 1),
        ];
        let done = reconcile(&file, &ledger).unwrap();
        assert_eq!(done.matched, 2);
        assert_eq!(names(&done.amount_differs), ["other amount"]);
        assert_eq!(done.amount_differs[0].lines, [(3, 100)]);
        assert_eq!(done.amount_differs[0].rows, [("b".to_owned(), 99)]);
        assert_eq!(names(&done.only_in_file), ["unknown"]);
        assert_eq!(names(&done.only_in_ledger), ["never stated", "g"]);
        assert_eq!(names(&done.twice_in_file), ["two lines"]);
        assert_eq!(names(&done.twice_in_ledger), ["two rows"]);
        assert_eq!((done.file_total, done.ledger_total, done.difference), (222, 222, 0));
        assert!(!done.agrees(), "sums that happen to be equal prove nothing");
    }

    #[test]
    fn a_row_named_by_its_id_is_not_named_by_its_note_as_well() {
        let ledger = [row("a", "rent", 5), row("b", "rent", 6)];
        let by_ids = reconcile(&[line(2, "a", 5), line(3, "b", 6)], &ledger).unwrap();
        assert!(by_ids.agrees() && by_ids.matched == 2);
        let mixed = reconcile(&[line(2, "a", 5), line(3, "rent", 6)], &ledger).unwrap();
        assert!(mixed.agrees() && mixed.matched == 2);
        let again = reconcile(&[line(2, "a", 5), line(3, "rent", 5)], &ledger[..1]).unwrap();
        assert_eq!((again.matched, names(&again.twice_in_file)), (1, vec!["rent"]));
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        let big = i64::MAX;
        let file = [line(2, "a", big), line(3, "b", 1)];
        assert_eq!(reconcile(&file, &[]), Err(TotalsOverflow));
        let file = [line(2, "a", big)];
        assert_eq!(reconcile(&file, &[row("a", "", -1)]), Err(TotalsOverflow));
    }

    #[test]
    fn a_day_meets_a_period_when_they_share_a_moment() {
        let period = Period {
            from: Some(Micros(10)),
            until: Some(Micros(20)),
        };
        let meets = |begin, end| period.meets(Micros(begin), Micros(end));
        assert_eq!(
            [(0, 10), (0, 11), (19, 30), (20, 30)].map(|(a, b)| meets(a, b)),
            [false, true, true, false]
        );
        assert_eq!(
            [9, 10, 19, 20].map(|at| period.has(Micros(at))),
            [false, true, true, false]
        );
        assert!(Period::default().has(Micros(0)) && Period::default().meets(Micros(0), Micros(1)));
    }

    proptest! {
        /// Few names, so that they collide: every line and every row is told of once, or twice where both sides repeat.
        #[test]
        fn nothing_of_either_side_is_forgotten(
            stated in proptest::collection::vec((0_u8..6, -3_i64..3), 0..12),
            posted in proptest::collection::vec((0_u8..4, -3_i64..3), 0..12),
        ) {
            let file: Vec<_> = (0..).zip(&stated).map(|(at, (name, minor))| line(at, &format!("n{name}"), *minor)).collect();
            // Every other row can be named by its id: n4 and n5 are ids, the rest are notes.
            let ledger: Vec<_> = (0..).zip(&posted).map(|(at, (name, minor))| {
                row(&if at < 2 { format!("n{}", 4 + at) } else { format!("id{at}") }, &format!("n{name}"), *minor)
            }).collect();
            let done = reconcile(&file, &ledger).unwrap();
            let both: Vec<&Found> = done.twice_in_file.iter().chain(&done.twice_in_ledger).collect();
            let single = [&done.amount_differs, &done.only_in_file, &done.only_in_ledger];
            let told = |of: fn(&Found) -> Vec<String>| {
                let mut all: Vec<String> = both.iter().flat_map(|found| of(found)).collect();
                all.sort();
                all.dedup();
                let single = single.iter().flat_map(|list| list.iter());
                let once: Vec<String> = single.flat_map(of).collect();
                (all, once)
            };
            let (many, once) = told(|found| found.lines.iter().map(|(line, _)| line.to_string()).collect());
            prop_assert_eq!(done.matched + many.len() + once.len(), file.len());
            let (many, once) = told(|found| found.rows.iter().map(|(id, _)| id.clone()).collect());
            // A row that a line names by id may show once more beside a line that names it again by its note.
            prop_assert!(done.matched + many.len() + once.len() >= ledger.len());
            prop_assert_eq!(done.difference, done.file_total - done.ledger_total);
        }

        #[test]
        fn a_ledger_agrees_with_its_own_statement(amounts in proptest::collection::vec(-1000_i64..1000, 0..20)) {
            let ledger: Vec<_> = (0..).zip(&amounts).map(|(at, minor)| row(&format!("id{at}"), "", *minor)).collect();
            let file: Vec<_> = (0..).zip(&ledger).map(|(at, row)| line(at, &row.id, row.minor)).collect();
            let done = reconcile(&file, &ledger).unwrap();
            prop_assert!(done.agrees());
            prop_assert_eq!(done.matched, ledger.len());
        }
    }
}
