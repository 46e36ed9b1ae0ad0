//! An answer owed to somebody: given once, and never lost in silence.

/// The other end of a question: a callback that is called exactly once, with the answer, or with `None` when whoever
/// owed it went away (an actor that panicked, a queue that was dropped). `None` says nothing of what was done.
pub struct Reply<T> {
    deliver: Option<Box<dyn FnOnce(Option<T>) + Send>>,
}

impl<T> Reply<T> {
    /// An answer that `deliver` takes to whoever asked.
    pub fn new(deliver: impl FnOnce(Option<T>) + Send + 'static) -> Self {
        Self {
            deliver: Some(Box::new(deliver)),
        }
    }

    /// Gives the answer.
    pub fn send(mut self, answer: T) {
        if let Some(deliver) = self.deliver.take() {
            deliver(Some(answer));
        }
    }
}

impl<T: Send + 'static> Reply<T> {
    /// An answer to be awaited; the receiver fails when it is never given.
    #[must_use]
    pub fn channel() -> (Self, tokio::sync::oneshot::Receiver<T>) {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let reply = Self::new(move |answer| {
            if let Some(answer) = answer {
                // The asker may have gone: then nobody wants the answer.
                let _ = sender.send(answer);
            }
        });
        (reply, receiver)
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(deliver) = self.deliver.take() {
            deliver(None);
        }
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::Reply;

    #[test]
    fn a_dropped_reply_says_so() {
        let (sender, receiver) = mpsc::channel();
        drop(Reply::<u8>::new(move |answer| sender.send(answer).unwrap_or_default()));
        assert_eq!(receiver.recv(), Ok(None));
    }

    #[test]
    fn an_answer_is_given_once() {
        let (sender, receiver) = mpsc::channel();
        Reply::new(move |answer| sender.send(answer).unwrap_or_default()).send(7);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [Some(7)]);
    }
}
