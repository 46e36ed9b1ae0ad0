//! An event, serialised and framed once for every socket that gets it.

use bytes::{BufMut, Bytes, BytesMut};

use crate::protocol::{self, LogId};

/// What may be done with a frame when its socket reads too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// An answer to the client's own request: kept.
    Answer,
    /// A push of a log: may be replaced by the log's `head`.
    Log(LogId, i64),
    /// A log's `head` for who does not look at it: it takes the place of the one that waits.
    Head(LogId, i64),
    /// Typing, presence and the like: may be dropped.
    Ephemeral,
}

/// A push of a log, with the bytes that every socket gets.
#[derive(Debug, Clone)]
pub struct EncodedEvent {
    /// The log.
    pub log: LogId,
    /// Its position before.
    pub prev: i64,
    /// Its position after.
    pub rev: i64,
    /// Of a conversation: the place of the message that it shows. Who may not read that far back gets a tick instead.
    pub shows: i64,
    /// Of a conversation: other people are members after it.
    pub turns_members: bool,
    /// The push's JSON, for the bus.
    pub json: Bytes,
    /// The same as a WebSocket frame.
    pub frame: Bytes,
}

impl EncodedEvent {
    /// Frames a push of `log` that moved it from `prev` to `rev`.
    #[must_use]
    pub fn new(log: LogId, prev: i64, rev: i64, json: Bytes) -> Self {
        let frame = text_frame(&json);
        Self {
            log,
            prev,
            rev,
            shows: rev,
            turns_members: false,
            json,
            frame,
        }
    }

    /// The same, of a message that stands at `shows`, and which may change who the members are.
    #[must_use]
    pub const fn about(mut self, shows: i64, turns_members: bool) -> Self {
        self.shows = shows;
        self.turns_members = turns_members;
        self
    }

    /// The same position without its content, for who may not see what it shows.
    #[must_use]
    pub fn tick(&self) -> Self {
        Self::new(
            self.log,
            self.prev,
            self.rev,
            protocol::tick(self.log, self.prev, self.rev),
        )
    }

    /// The log's `head` in the place of what led to it.
    #[must_use]
    pub fn head(log: LogId, prev: i64, rev: i64) -> Self {
        // Whatever it stands for may have changed the members.
        Self::new(log, prev, rev, protocol::head(log, rev)).about(rev, true)
    }
}

/// A whole text frame from the server: FIN and opcode 1, then the length in 7, 16 or 64 bits, unmasked (RFC 6455,
/// section 5.2).
pub(super) fn text_frame(payload: &[u8]) -> Bytes {
    const FIN_TEXT: u8 = 0x81;
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(FIN_TEXT);
    put_length(&mut frame, payload.len());
    frame.put_slice(payload);
    frame.freeze()
}

/// A close frame with its code and reason.
pub(super) fn close_frame(code: u16, reason: &str) -> Bytes {
    const FIN_CLOSE: u8 = 0x88;
    let mut frame = BytesMut::with_capacity(reason.len() + 4);
    frame.put_u8(FIN_CLOSE);
    put_length(&mut frame, reason.len() + 2);
    frame.put_u16(code);
    frame.put_slice(reason.as_bytes());
    frame.freeze()
}

fn put_length(frame: &mut BytesMut, length: usize) {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => frame.put_u8(short),
        (_, Ok(middle)) => {
            frame.put_u8(126);
            frame.put_u16(middle);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_its_length_in_the_shortest_form() {
        assert_eq!(text_frame(b"hi").as_ref(), [0x81, 2, b'h', b'i']);
        assert_eq!(text_frame(&[0; 126])[..4], [0x81, 126, 0, 126]);
        assert_eq!(text_frame(&vec![0; 65_536])[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(close_frame(4000, "x").as_ref(), [0x88, 3, 0x0f, 0xa0, b'x']);
    }
}
