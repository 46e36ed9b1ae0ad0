//! Tells the other nodes what was committed here.

use std::sync::Arc;

use bytes::Bytes;

use super::EncodedEvent;
use crate::cluster::{Bus, BusState, Channel, Class, Envelope, NodeBoot};
use crate::ids::{ConversationId, SessionId, UserId};
use crate::protocol::{self, LogId};

/// The way to the bus, for events that this node made.
#[derive(Clone)]
pub struct Publisher {
    bus: Arc<dyn Bus>,
    origin: NodeBoot,
}

impl Publisher {
    /// Publishes on `bus` as the process `origin`.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>, origin: NodeBoot) -> Self {
        Self { bus, origin }
    }

    /// Publishes an event of a person's own log, or of their account's, to their channel.
    pub fn event(&self, user: UserId, event: &EncodedEvent) {
        if self.bus.state() == BusState::Local {
            return;
        }
        let envelope = Envelope {
            to: Some([user].into()),
            ..self.logged(event)
        };
        self.bus.publish(vec![(Channel::User(user), envelope)]);
    }

    /// Publishes an event of a conversation to these channels.
    pub fn event_of(
        &self,
        conversation: ConversationId,
        channels: impl Iterator<Item = Channel>,
        event: &EncodedEvent,
    ) {
        if self.bus.state() == BusState::Local {
            return;
        }
        let envelope = Envelope {
            conversation: Some(conversation),
            ..self.logged(event)
        };
        self.bus
            .publish(channels.map(|channel| (channel, envelope.clone())).collect());
    }

    fn logged(&self, event: &EncodedEvent) -> Envelope {
        Envelope {
            origin: self.origin,
            log: event.log,
            prev: event.prev,
            rev: event.rev,
            shows: (event.shows != event.rev).then_some(event.shows),
            turns_members: event.turns_members,
            class: Class::LOGGED,
            conversation: None,
            to: None,
            payload: event.json.clone(),
        }
    }

    /// Tells the other nodes that a session of this person has ended.
    pub fn session_ended(&self, user: UserId, session: SessionId) {
        if self.bus.state() == BusState::Local {
            return;
        }
        let envelope = Envelope {
            origin: self.origin,
            log: LogId::User(user),
            prev: 0,
            rev: 0,
            shows: None,
            turns_members: false,
            class: Class::SESSION_ENDED,
            conversation: None,
            to: Some([user].into()),
            payload: protocol::to_json(&session).into(),
        };
        self.bus.publish(vec![(Channel::User(user), envelope)]);
    }

    /// Tells the nodes on which somebody watches these people that it is time to look again.
    pub fn presence(&self, people: &[UserId]) {
        if self.bus.state() == BusState::Local {
            return;
        }
        let events = people.iter().map(|user| {
            let envelope = Envelope {
                origin: self.origin,
                log: LogId::User(*user),
                prev: 0,
                rev: 0,
                shows: None,
                turns_members: false,
                class: Class::PRESENCE,
                conversation: None,
                to: None,
                payload: Bytes::from_static(b"{}"),
            };
            (Channel::Presence(*user), envelope)
        });
        self.bus.publish(events.collect());
    }

    /// Asks for the word of these people's coming and going, or for it no more.
    pub fn follow_presence(&self, user: UserId, on: bool) {
        if on {
            self.bus.subscribe(Channel::Presence(user));
        } else {
            self.bus.unsubscribe(Channel::Presence(user));
        }
    }

    /// What it publishes on.
    #[must_use]
    pub const fn bus(&self) -> &Arc<dyn Bus> {
        &self.bus
    }

    /// The process that publishes.
    #[must_use]
    pub const fn origin(&self) -> NodeBoot {
        self.origin
    }

    /// Publishes a push without a position to the channels of these people: a copy addressed to each of them alone,
    /// since nothing about it would show a node that it had the same one before.
    pub fn ephemeral(&self, people: &[UserId], log: LogId, json: &Bytes) {
        if self.bus.state() == BusState::Local {
            return;
        }
        let to_each = people.iter().map(|user| {
            let envelope = Envelope {
                origin: self.origin,
                log,
                prev: 0,
                rev: 0,
                shows: None,
                turns_members: false,
                class: Class::EPHEMERAL,
                conversation: None,
                to: Some([*user].into()),
                payload: json.clone(),
            };
            (Channel::User(*user), envelope)
        });
        self.bus.publish(to_each.collect());
    }
}
