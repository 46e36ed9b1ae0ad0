//! The load that was put on.

use serde::Serialize;

use crate::cli::bench::plan::{Pace, PairPlan, Part, RoomPlan};

/// The load that was put on.
#[derive(Debug, Default, Serialize)]
pub(in crate::cli::bench) struct Load {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pairs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connections: Option<usize>,
    /// Of a packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shares: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<usize>,
    /// Requests, or connections, a second, when they came at a steady rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<u64>,
    /// Milliseconds between two requests, in the mean, when people thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) think_ms: Option<u64>,
    /// Of a long conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<usize>,
    /// Of the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warm_up_seconds: Option<u64>,
}

impl Load {
    /// Of one part.
    pub(in crate::cli::bench) fn of(part: &Part) -> Self {
        match part {
            Part::Chat(plan) | Part::Wallet(plan) | Part::Hot(plan) => Self::of_pairs(plan),
            Part::Fanout(RoomPlan {
                members,
                window,
                pace,
                size,
            }) => Self {
                room: Some(*members),
                size: Some(*size),
                ..Self::paced(*pace, *window)
            },
            Part::Idle(connections) => Self::of_idle(*connections),
            Part::Storm(plan) => Self {
                rate: Some(plan.rate),
                ..Self::default()
            },
        }
    }

    /// Of pairs of people.
    pub(in crate::cli::bench) fn of_pairs(plan: &PairPlan) -> Self {
        Self {
            pairs: Some(plan.pairs),
            size: Some(plan.size),
            ..Self::paced(plan.pace, plan.window)
        }
    }

    /// Of idle sockets.
    pub(in crate::cli::bench) fn of_idle(connections: usize) -> Self {
        Self {
            connections: Some(connections),
            ..Self::default()
        }
    }

    /// Of a long conversation.
    pub(in crate::cli::bench) fn of_long(messages: u64) -> Self {
        Self {
            messages: Some(messages),
            ..Self::default()
        }
    }

    /// With the shares of a packet.
    pub(in crate::cli::bench) fn with_shares(self, shares: usize) -> Self {
        Self {
            shares: Some(shares),
            ..self
        }
    }

    fn paced(pace: Pace, window: usize) -> Self {
        let (rate, think_ms) = match pace {
            Pace::Closed => (None, None),
            Pace::Thinking(mean) => (None, Some(mean)),
            Pace::Steady(rate) | Pace::Pressing(rate) => (Some(rate), None),
        };
        Self {
            window: Some(window),
            rate,
            think_ms,
            ..Self::default()
        }
    }
}
