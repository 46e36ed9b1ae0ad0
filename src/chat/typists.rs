//! Who types in a conversation of two, until it is known whether one of them has blocked the other.

use super::ChatError;
use crate::ids::UserId;
use crate::reply::Reply;

/// Somebody types, or has stopped, and is owed an answer.
pub(super) struct Typist {
    pub(super) user: UserId,
    pub(super) on: bool,
    pub(super) reply: Reply<Result<(), ChatError>>,
}

/// Those who wait for one look at the block, in the order of their last word: one entry each.
#[derive(Default)]
pub(super) struct Typists {
    waiting: Vec<Typist>,
    looking: bool,
}

impl Typists {
    /// Adds one, in the place of what they said before. Whether a look is to be begun.
    pub(super) fn add(&mut self, typist: Typist) -> bool {
        if let Some(before) = self.waiting.iter().position(|one| one.user == typist.user) {
            self.waiting.remove(before).reply.send(Ok(()));
        }
        self.waiting.push(typist);
        !std::mem::replace(&mut self.looking, true)
    }

    /// The look is over: those who waited for it.
    pub(super) fn looked(&mut self) -> Vec<Typist> {
        self.looking = false;
        std::mem::take(&mut self.waiting)
    }

    /// Whether a look is under way.
    pub(super) const fn is_looking(&self) -> bool {
        self.looking
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_each_waits_for_one_look() {
        let (one, other) = (UserId::fresh(), UserId::fresh());
        let mut typists = Typists::default();
        let mut answers = Vec::new();
        let mut says = |user, on| {
            let (reply, answer) = Reply::channel();
            answers.push(answer);
            typists.add(Typist { user, on, reply })
        };
        assert_eq!(
            [says(one, true), says(other, true), says(one, false)],
            [true, false, false]
        );
        let left: Vec<_> = typists.looked().into_iter().map(|one| (one.user, one.on)).collect();
        assert_eq!(left, [(other, true), (one, false)]);
        assert!(!typists.is_looking());
        assert_eq!(answers[0].try_recv(), Ok(Ok(())), "who was overtaken is answered");
    }
}
