//! What was lived through.

use std::collections::BTreeMap;
use std::fmt;

use quipu::wallet::WalletError;

use crate::model::{Answer, Stepped};

/// What was lived through.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(super) calls: usize,
    done: usize,
    refused: BTreeMap<&'static str, usize>,
    repeated: usize,
    expired: usize,
    /// Steps of flows, by the state after them; those that their time brought among them.
    steps: BTreeMap<&'static str, usize>,
    due: usize,
    /// People came, went, blocked or let speak again.
    moves: usize,
    /// Top-ups and withdrawals that were begun, and what banks said that moved money.
    funded: usize,
    heard: usize,
    pub(super) crashes: usize,
    /// Of the calls that a crash left without an answer: those that were committed, and those that were not.
    pub(super) landed: usize,
    pub(super) lost: usize,
    pub(super) jumps: usize,
}

impl Told {
    pub(crate) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.done += other.done;
        self.repeated += other.repeated;
        self.expired += other.expired;
        self.due += other.due;
        self.moves += other.moves;
        self.funded += other.funded;
        self.heard += other.heard;
        for (state, count) in &other.steps {
            *self.steps.entry(state).or_default() += count;
        }
        self.crashes += other.crashes;
        self.landed += other.landed;
        self.lost += other.lost;
        self.jumps += other.jumps;
        for (code, count) in &other.refused {
            *self.refused.entry(code).or_default() += count;
        }
    }

    pub(super) fn count(&mut self, answer: &Answer) {
        self.calls += 1;
        match answer {
            Answer::Done(_) | Answer::Changed(_) => self.done += 1,
            Answer::Repeated(_) => self.repeated += 1,
            Answer::Expired(rows) => self.expired += rows.len(),
            Answer::Stepped(stepped) if stepped.duplicate => self.repeated += 1,
            Answer::Stepped(stepped) => self.step(stepped),
            Answer::Due(due) => {
                self.due += due.len();
                due.iter().for_each(|stepped| self.step(stepped));
            }
            Answer::Chat(done) => self.moves += usize::from(*done),
            Answer::Funded { duplicate: true, .. } => self.repeated += 1,
            Answer::Funded { .. } => self.funded += 1,
            Answer::Heard(rows) => self.heard += usize::from(!rows.is_empty()),
            Answer::Refused(refusal) => self.refuse(refusal),
        }
    }

    pub(super) fn refuse(&mut self, refusal: &WalletError) {
        let code = quipu::protocol::Coded::wire(refusal).code.as_str();
        *self.refused.entry(code).or_default() += 1;
    }

    fn step(&mut self, stepped: &Stepped) {
        *self.steps.entry(stepped.flow.state.as_str()).or_default() += 1;
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            calls,
            done,
            refused,
            repeated,
            expired,
            steps,
            due,
            moves,
            funded,
            heard,
            crashes,
            landed,
            lost,
            jumps,
        } = self;
        write!(
            f,
            "{calls} calls, {done} done, {repeated} repeated, {expired} holds expired, {moves} came, went or blocked, \
             {funded} top-ups and withdrawals of which banks moved {heard}, \
             steps of flows {steps:?} of which {due} were due, {crashes} crashes \
             ({landed} calls without an answer were committed, {lost} not), {jumps} turned clocks, refused {refused:?}"
        )
    }
}
