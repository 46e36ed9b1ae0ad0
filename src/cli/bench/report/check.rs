//! What must hold of a run.

use std::borrow::Cow;

use serde::Serialize;

use crate::cli::bench::continuity::Faults;
use crate::cli::bench::disturbance::Disturbed;

/// Something that must hold.
#[derive(Debug, Serialize)]
pub(in crate::cli::bench) struct Check {
    pub(super) name: Cow<'static, str>,
    pub(super) passed: bool,
    pub(super) said: String,
}

impl Check {
    /// With what was found, whether it held or not.
    pub(in crate::cli::bench) fn new(
        name: impl Into<Cow<'static, str>>,
        passed: bool,
        said: impl Into<String>,
    ) -> Self {
        let (name, said) = (name.into(), said.into());
        Self { name, passed, said }
    }

    /// Whether it held.
    pub(in crate::cli::bench) const fn passed(&self) -> bool {
        self.passed
    }

    /// The same, as one of a part of the run.
    pub(in crate::cli::bench) fn of(self, part: &str) -> Self {
        Self {
            name: format!("{part}: {}", self.name).into(),
            ..self
        }
    }

    /// The two that every load with messages has.
    pub(in crate::cli::bench) fn of_faults(faults: &Faults, messages: u64) -> Vec<Self> {
        let Faults {
            holes,
            repeated,
            collapsed,
            doubled,
            overtaken,
            lost,
            unanswered,
        } = faults;
        let once = lost + doubled + overtaken + unanswered == 0;
        let continuous = holes + repeated + collapsed == 0;
        vec![
            Self::new(
                "each once and in order",
                once,
                format!(
                    "{messages} expected: {lost} lost, {doubled} doubled, {overtaken} overtaken, {unanswered} unanswered"
                ),
            ),
            Self::new(
                "positions without holes",
                continuous,
                format!("{holes} holes, {repeated} repeated, {collapsed} collapsed into head"),
            ),
        ]
    }
}

/// What became of everything that was acknowledged, when something went wrong meanwhile.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(in crate::cli::bench) struct Verdict {
    pub(in crate::cli::bench) kills: u64,
    pub(in crate::cli::bench) cuts: u64,
    pub(in crate::cli::bench) acknowledged: u64,
    /// Of them, those that stand in the conversations when they are read once more, from the end to the begin.
    pub(in crate::cli::bench) found: u64,
    pub(in crate::cli::bench) lost: u64,
    pub(in crate::cli::bench) doubled: u64,
}

impl Verdict {
    /// Adds another conversation's.
    pub(in crate::cli::bench) fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.found += other.found;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }

    /// With what went wrong.
    pub(in crate::cli::bench) const fn of(self, disturbed: Disturbed) -> Self {
        Self {
            kills: disturbed.kills,
            cuts: disturbed.cuts,
            ..self
        }
    }

    /// Nothing was lost or doubled.
    pub(in crate::cli::bench) fn check(&self) -> Check {
        let Self {
            kills,
            cuts,
            acknowledged,
            found,
            lost,
            doubled,
        } = self;
        Check::new(
            "what was acknowledged stands, once",
            *lost + *doubled == 0 && found == acknowledged,
            format!(
                "{kills} kills, {cuts} cuts; acknowledged {acknowledged}, found {found}, lost {lost}, doubled {doubled}"
            ),
        )
    }
}
