//! What the conversation's tail let go of goes to the members' sockets here: what one commit brought together, and for
//! each socket at once. Writing to a socket costs the same for one event and for several, and in a busy room it is most of
//! what there is to do.

use std::time::Instant;

use actix::{AsyncContext, Context, Handler, Message};

use super::{ConversationActor, MAX_UNADDRESSED};
use crate::chat::parts::{self, Parts};
use crate::chat::people::{Audience, Members};
use crate::delivery::EncodedEvent;
use crate::ids::UserId;
use crate::protocol::LogId;
use crate::reply::Reply;

/// Everything that was in the mailbox is seen: what is ready is laid out.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LayReady;

impl ConversationActor {
    /// Has more to lay out, once what waits in the mailbox is seen.
    pub(super) fn deliver(&mut self, ready: Vec<EncodedEvent>, context: &mut Context<Self>) {
        self.ready.extend(ready);
        if self.ready.len() > MAX_UNADDRESSED
            && let (Some(first), Some(last)) = (self.ready.front(), self.ready.back())
        {
            let head = EncodedEvent::head(LogId::Conversation(self.id), first.prev, last.rev);
            self.ready = [head].into();
        }
        if !std::mem::replace(&mut self.laying, true) {
            context.notify(LayReady);
        }
        if let Some(deadline) = self.tail.deadline()
            && !self.timer
        {
            self.timer = true;
            context.run_later(deadline.saturating_duration_since(Instant::now()), Self::repair);
        }
    }

    /// Answers behind what is to be laid out: whoever is told that something stands has seen it come, mostly.
    pub(super) fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, answer: T) {
        if self.laying {
            self.answers.push(Box::new(move || reply.send(answer)));
        } else {
            reply.send(answer);
        }
    }

    /// Lays out what is ready, as far as it is known to whom, and gives the answers that waited for it.
    pub(super) fn lay_ready(&mut self, context: &mut Context<Self>) {
        self.laying = false;
        if !self.ready.is_empty() {
            self.lay_rest();
        }
        while let Some(members) = self.members.clone()
            && let Some(event) = self.ready.pop_front()
        {
            self.parts = self.parts_of(&members, &event);
            let turns = event.turns_members;
            if self.parts.is_some() {
                self.lay_part(context);
            } else if self.is_for_all(&members, &event) && !turns {
                let mut together = vec![event];
                while let Some(next) = self.ready.front()
                    && self.is_for_all(&members, next)
                    && !next.turns_members
                {
                    together.extend(self.ready.pop_front());
                }
                self.shared
                    .router
                    .deliver_all(members.everybody().iter().copied(), &together);
            } else {
                self.lay_out(&members, &event);
            }
            if turns {
                // Whatever stands behind it is for those who are members then.
                self.members = None;
                self.read_members(context.address());
            }
        }
        for answer in std::mem::take(&mut self.answers) {
            answer();
        }
    }

    /// Whether every member gets it as it is.
    fn is_for_all(&self, members: &Members, event: &EncodedEvent) -> bool {
        let large = members.count() >= self.shared.settings.head_mode_members;
        !large && members.split(event.shows) == Audience::Everybody
    }

    /// Lays an event into the sockets of everybody who may see it, and a tick into those of who may not. In a large
    /// conversation those who do not look at it get its `head` alone.
    fn lay_out(&self, members: &Members, event: &EncodedEvent) {
        let large = members.count() >= self.shared.settings.head_mode_members;
        let head = large.then(|| EncodedEvent::head(event.log, event.prev, event.rev));
        let lay = |people: &[UserId], event: &EncodedEvent| {
            let (router, people) = (&self.shared.router, people.iter().copied());
            match &head {
                Some(head) => router.deliver_by_focus(people, event, head),
                None => router.deliver(people, event),
            }
        };
        match members.split(event.shows) {
            Audience::Everybody => lay(members.everybody(), event),
            Audience::Some { sees, not } => {
                lay(&sees, event);
                lay(&not, &event.tick());
            }
        }
    }

    /// How an event is laid out in parts, if it is: see [`parts`].
    fn parts_of(&self, members: &Members, event: &EncodedEvent) -> Option<Parts> {
        let large = members.count() >= self.shared.settings.head_mode_members;
        let alone = large && self.ready.is_empty() && !event.turns_members;
        (alone && members.split(event.shows) == Audience::Everybody).then(|| {
            let head = EncodedEvent::head(event.log, event.prev, event.rev);
            Parts::new(event.clone(), head, members.everybody().clone())
        })
    }

    fn lay_part(&mut self, context: &mut Context<Self>) {
        let Some(mut parts) = self.parts.take() else { return };
        self.lay(&mut parts, Parts::part);
        if parts.is_over() {
            return;
        }
        self.parts = Some(parts);
        if !std::mem::replace(&mut self.parts_timer, true) {
            context.run_later(parts::PAUSE, |actor, context| {
                actor.parts_timer = false;
                actor.lay_part(context);
            });
        }
    }

    /// What stands behind an event that is laid out in parts goes to nobody before it.
    fn lay_rest(&mut self) {
        if let Some(mut parts) = self.parts.take() {
            self.lay(&mut parts, Parts::rest);
        }
    }

    fn lay(&self, parts: &mut Parts, whom: impl FnOnce(&mut Parts) -> &[UserId]) {
        let people = whom(parts).to_vec();
        let router = &self.shared.router;
        router.deliver_by_focus(people, &parts.event, &parts.head);
    }
}

impl Handler<LayReady> for ConversationActor {
    type Result = ();

    fn handle(&mut self, _: LayReady, context: &mut Self::Context) {
        if self.laying {
            self.lay_ready(context);
        }
    }
}
