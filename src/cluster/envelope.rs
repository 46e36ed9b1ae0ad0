//! An event on its way to another node, and how it is written: many in one message, JSON with a version.
//!
//! `{"v":1,"o":"<boot of the sender>","e":[{"l":log,"p":prev,"r":rev,"s":place,"m":members,"k":class,"c":conversation,"t":[users],"d":frame},…]}`.
//! Nodes of two versions run together during an update. So a reader ignores fields that it does not know, and a
//! field may be added, optional, without a new version. A message of another version is skipped and counted: a change
//! that needs one is read by one release before the next one writes it, and the hints bridge what is skipped.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Channel;
use crate::ids::{ConversationId, UserId};
use crate::protocol::LogId;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;
/// Bytes of one event at most: four times the largest frame that a client may send, since a push quotes what was sent
/// and JSON may double it. A larger one is dropped here; its readers find it in the database.
const EVENT_BYTES: usize = 256 << 10;
/// Bytes at which a message is full and the next one of its channel begins: beyond it batching gains nothing.
const BATCH_BYTES: usize = 128 << 10;
/// Bytes of a message that is read at all: what we write never reaches it, so a larger one is not ours.
const MESSAGE_BYTES: usize = 2 * (BATCH_BYTES + EVENT_BYTES);
/// Hexadecimal digits of a boot id.
const BOOT_DIGITS: usize = 16;

/// One run of a node's process: random, so that a restarted node is not taken for the one that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeBoot(u64);

impl NodeBoot {
    /// A boot id for the process that starts.
    #[must_use]
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// As the database holds it.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0.cast_signed()
    }

    fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.bytes().all(|b| b.is_ascii_hexdigit());
        (hexadecimal && text.len() == BOOT_DIGITS)
            .then(|| u64::from_str_radix(text, 16).ok().map(Self))
            .flatten()
    }
}

impl From<u64> for NodeBoot {
    fn from(bits: u64) -> Self {
        Self(bits)
    }
}

impl fmt::Display for NodeBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What delivery makes of an event. The bus carries it as it is, so a class that a later version adds arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Class(pub u8);

impl Class {
    /// An event of a log, with a position: the default, not written.
    pub const LOGGED: Self = Self(0);
    /// An event that means nothing later, such as a read mark or somebody typing. Its positions mean nothing.
    pub const EPHEMERAL: Self = Self(1);
    /// A session has ended: its sockets are to be closed. The payload is the session's id as JSON.
    pub const SESSION_ENDED: Self = Self(2);
    /// Somebody came or went, or wants to be seen by others than before: who watches them looks again.
    pub const PRESENCE: Self = Self(3);
}

/// An event, whole: what a node needs to push it to its own sockets. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The node that committed it.
    pub origin: NodeBoot,
    /// Its log.
    pub log: LogId,
    /// The log's position before it.
    pub prev: i64,
    /// The log's position after it.
    pub rev: i64,
    /// Of a conversation: the place of the message that it shows; its own position when it is not said.
    pub shows: Option<i64>,
    /// Of a conversation: other people are members after it.
    pub turns_members: bool,
    /// What delivery makes of it.
    pub class: Class,
    /// The conversation whose members it concerns.
    pub conversation: Option<ConversationId>,
    /// Those whom it concerns, when it is not for all members.
    pub to: Option<Arc<[UserId]>>,
    /// The push frame: JSON text, the same bytes for every socket.
    pub payload: Bytes,
}

impl Envelope {
    /// Its size while it waits, in bytes.
    pub(super) fn weight(&self) -> usize {
        let to = self.to.as_ref().map_or(0, |to| size_of_val::<[UserId]>(to));
        size_of::<(Channel, Self)>() + self.payload.len() + to
    }
}

#[derive(Serialize)]
struct EventOut<'a> {
    l: LogId,
    p: i64,
    r: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<i64>,
    #[serde(skip_serializing_if = "is_false")]
    m: bool,
    #[serde(skip_serializing_if = "is_zero")]
    k: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<ConversationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<&'a [UserId]>,
    d: &'a RawValue,
}

// serde calls it with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_zero(k: &u8) -> bool {
    *k == 0
}

// serde calls it with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_false(m: &bool) -> bool {
    !*m
}

#[derive(Deserialize)]
struct EventIn<'a> {
    l: LogId,
    p: i64,
    r: i64,
    s: Option<i64>,
    #[serde(default)]
    m: bool,
    #[serde(default)]
    k: u8,
    c: Option<ConversationId>,
    t: Option<Vec<UserId>>,
    #[serde(borrow)]
    d: &'a RawValue,
}

#[derive(Serialize)]
struct MessageOut<'a> {
    v: u32,
    o: String,
    e: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct MessageIn<'a> {
    v: u32,
    #[serde(borrow)]
    o: &'a str,
    #[serde(borrow)]
    e: Vec<&'a RawValue>,
}

/// Only the version, from a message that is otherwise not to be read.
#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// Why something that came in is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poison {
    /// Larger than anything that a node writes.
    Oversize,
    /// Not a message.
    Malformed,
    /// A message of another version.
    Version,
    /// A message with something in it that is no event.
    Event,
}

impl Poison {
    pub(super) const ALL: [Self; 4] = [Self::Oversize, Self::Malformed, Self::Version, Self::Event];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Oversize => "oversize",
            Self::Malformed => "malformed",
            Self::Version => "version",
            Self::Event => "event",
        }
    }
}

/// A message ready to be published.
pub(super) struct Message {
    /// Where.
    pub(super) channel: Channel,
    /// How many events are in it.
    pub(super) events: usize,
    /// Its text.
    pub(super) text: Vec<u8>,
}

/// What a list of events became.
pub(super) struct Encoded {
    /// The messages, those of one channel in the order of their events.
    pub(super) messages: Vec<Message>,
    /// How many events fit no message: not JSON, or too large.
    pub(super) unfit: usize,
}

/// A message being filled.
struct Filling {
    channel: Channel,
    origin: NodeBoot,
    /// Each already written, and shared by all the channels that it goes to.
    events: Vec<Arc<RawValue>>,
    bytes: usize,
}

/// Writes events into as few messages as their channels and the bound on a message's size allow.
pub(super) fn encode(events: &[(Channel, Envelope)]) -> Encoded {
    let mut filling: Vec<Filling> = Vec::new();
    let mut latest: HashMap<(Channel, NodeBoot), usize> = HashMap::new();
    // One event usually goes to many channels in a row: it is written once.
    let mut written: Option<(&Envelope, Option<Arc<RawValue>>)> = None;
    let mut unfit = 0;
    for (channel, envelope) in events {
        let event = match &written {
            Some((same, event)) if *same == envelope => event.clone(),
            _ => {
                let event = write_event(envelope);
                written = Some((envelope, event.clone()));
                event
            }
        };
        let Some(event) = event else {
            unfit += 1;
            continue;
        };
        let bytes = event.get().len();
        let at = latest
            .get(&(*channel, envelope.origin))
            .copied()
            .filter(|at| filling[*at].bytes + bytes <= BATCH_BYTES);
        let at = at.unwrap_or_else(|| {
            filling.push(Filling {
                channel: *channel,
                origin: envelope.origin,
                events: Vec::new(),
                bytes: 0,
            });
            latest.insert((*channel, envelope.origin), filling.len() - 1);
            filling.len() - 1
        });
        filling[at].bytes += bytes;
        filling[at].events.push(event);
    }
    let mut messages = Vec::with_capacity(filling.len());
    for full in filling {
        match write_message(&full) {
            Some(message) => messages.push(message),
            None => unfit += full.events.len(),
        }
    }
    Encoded { messages, unfit }
}

fn write_event(envelope: &Envelope) -> Option<Arc<RawValue>> {
    let result = serde_json::from_slice::<&RawValue>(&envelope.payload).and_then(|d| {
        serde_json::value::to_raw_value(&EventOut {
            l: envelope.log,
            p: envelope.prev,
            r: envelope.rev,
            s: envelope.shows,
            m: envelope.turns_members,
            k: envelope.class.0,
            c: envelope.conversation,
            t: envelope.to.as_deref(),
            d,
        })
    });
    match result {
        Ok(event) if event.get().len() <= EVENT_BYTES => Some(event.into()),
        Ok(event) => {
            let bytes = event.get().len();
            tracing::warn!(log = %envelope.log, rev = envelope.rev, bytes, "an event is too large for the bus");
            None
        }
        Err(error) => {
            tracing::error!(log = %envelope.log, rev = envelope.rev, %error, "an event's frame is not JSON");
            None
        }
    }
}

fn write_message(full: &Filling) -> Option<Message> {
    let text = serde_json::to_vec(&MessageOut {
        v: VERSION,
        o: full.origin.to_string(),
        e: full.events.iter().map(AsRef::as_ref).collect(),
    });
    match text {
        Ok(text) => Some(Message {
            channel: full.channel,
            events: full.events.len(),
            text,
        }),
        Err(error) => {
            tracing::error!(%error, "a bus message could not be written");
            None
        }
    }
}

/// Reads a message and gives each of its events to `each`, or why it is skipped. What this node itself wrote is no
/// news to it and is passed over.
pub(super) fn decode(text: &[u8], own: NodeBoot, mut each: impl FnMut(Result<Envelope, Poison>)) {
    if text.len() > MESSAGE_BYTES {
        return each(Err(Poison::Oversize));
    }
    let Ok(message) = serde_json::from_slice::<MessageIn<'_>>(text) else {
        let other = serde_json::from_slice::<VersionOnly>(text).is_ok_and(|only| only.v != VERSION);
        return each(Err(if other { Poison::Version } else { Poison::Malformed }));
    };
    if message.v != VERSION {
        return each(Err(Poison::Version));
    }
    let Some(origin) = NodeBoot::parse(message.o) else {
        return each(Err(Poison::Malformed));
    };
    if origin == own {
        return;
    }
    for event in message.e {
        each(read_event(origin, event).ok_or(Poison::Event));
    }
}

fn read_event(origin: NodeBoot, event: &RawValue) -> Option<Envelope> {
    let event: EventIn<'_> = serde_json::from_str(event.get()).ok()?;
    Some(Envelope {
        origin,
        log: event.l,
        prev: event.p,
        rev: event.r,
        shows: event.s,
        turns_members: event.m,
        class: Class(event.k),
        conversation: event.c,
        to: event.t.map(Into::into),
        // A copy: a slice would keep the whole message alive behind one slow socket, uncounted.
        payload: Bytes::copy_from_slice(event.d.get().as_bytes()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CONVERSATION: &str = "0197b2c4-0000-7000-8000-00000000000c";
    const USER: &str = "0197b2c4-0000-7000-8000-00000000000a";

    fn posted(rev: i64) -> Envelope {
        Envelope {
            origin: NodeBoot(0xbeef),
            log: LogId::Conversation(CONVERSATION.parse().unwrap()),
            prev: rev - 1,
            rev,
            shows: None,
            turns_members: false,
            class: Class::LOGGED,
            conversation: Some(CONVERSATION.parse().unwrap()),
            to: None,
            payload: Bytes::from_static(br#"{"ev":"message.posted","d":{"text":"h\u00e9"}}"#),
        }
    }

    fn typing() -> Envelope {
        Envelope {
            log: LogId::User(USER.parse().unwrap()),
            shows: None,
            turns_members: false,
            class: Class::EPHEMERAL,
            conversation: None,
            to: Some([USER.parse().unwrap()].into()),
            payload: Bytes::from_static(b"{}"),
            ..posted(0)
        }
    }

    fn user() -> Channel {
        Channel::User(USER.parse().unwrap())
    }

    fn decoded(text: &[u8]) -> Vec<Result<Envelope, Poison>> {
        let mut all = Vec::new();
        decode(text, NodeBoot(1), |one| all.push(one));
        all
    }

    const GOLDEN: &str = concat!(
        r#"{"v":1,"o":"000000000000beef","e":["#,
        r#"{"l":"c:0197b2c4-0000-7000-8000-00000000000c","p":6,"r":7,"c":"0197b2c4-0000-7000-8000-00000000000c","#,
        r#""d":{"ev":"message.posted","d":{"text":"h\u00e9"}}},"#,
        r#"{"l":"u:0197b2c4-0000-7000-8000-00000000000a","p":-1,"r":0,"k":1,"t":["0197b2c4-0000-7000-8000-00000000000a"],"d":{}}"#,
        r#"]}"#
    );

    #[test]
    fn the_written_form_is_fixed() {
        let encoded = encode(&[(user(), posted(7)), (user(), typing())]);
        assert_eq!(encoded.messages.len(), 1);
        assert_eq!(String::from_utf8(encoded.messages[0].text.clone()).unwrap(), GOLDEN);
        assert_eq!(
            decoded(GOLDEN.as_bytes()),
            [Ok(posted(7)), Ok(typing())],
            "and read back as it was"
        );
    }

    #[test]
    fn a_later_versions_unknown_field_is_ignored() {
        let later = GOLDEN
            .replace(r#"{"v":1,"#, r#"{"trace":{"id":[1]},"v":1,"#)
            .replace(r#""p":6,"#, r#""p":6,"priority":"high","#);
        assert_eq!(decoded(later.as_bytes()), [Ok(posted(7)), Ok(typing())]);
    }

    #[test]
    fn a_later_versions_class_arrives() {
        let later = GOLDEN.replace(r#""k":1"#, r#""k":9"#);
        let classes: Vec<_> = decoded(later.as_bytes())
            .into_iter()
            .map(|event| event.map(|event| event.class))
            .collect();
        assert_eq!(classes, [Ok(Class::LOGGED), Ok(Class(9))]);
    }

    #[test]
    fn what_is_not_ours_is_skipped_by_its_kind() {
        let skipped = |text: &str| decoded(text.as_bytes());
        assert_eq!(skipped("junk"), [Err(Poison::Malformed)]);
        assert_eq!(skipped(""), [Err(Poison::Malformed)]);
        assert_eq!(decoded(&[0xff, 0xfe]), [Err(Poison::Malformed)]);
        assert_eq!(
            skipped(r#"{"v":1,"o":"+00000000000beef","e":[]}"#),
            [Err(Poison::Malformed)]
        );
        assert_eq!(skipped(r#"{"v":2,"events":"packed"}"#), [Err(Poison::Version)]);
        assert_eq!(
            skipped(&GOLDEN.replace(r#"{"v":1"#, r#"{"v":2"#)),
            [Err(Poison::Version)]
        );
        assert_eq!(skipped(&" ".repeat(MESSAGE_BYTES + 1)), [Err(Poison::Oversize)]);
    }

    #[test]
    fn one_poisoned_event_does_not_cost_the_others() {
        let text = GOLDEN.replace(r#""p":6"#, r#""p":"six""#);
        assert_eq!(decoded(text.as_bytes()), [Err(Poison::Event), Ok(typing())]);
    }

    #[test]
    fn ones_own_events_are_no_news() {
        let mut seen = 0;
        decode(GOLDEN.as_bytes(), NodeBoot(0xbeef), |_| seen += 1);
        assert_eq!(seen, 0);
    }

    #[test]
    fn channels_are_grouped_and_keep_their_order() {
        let other = Channel::Conversation(CONVERSATION.parse().unwrap());
        let encoded = encode(&[(user(), posted(7)), (other, posted(7)), (user(), posted(8))]);
        let summary: Vec<_> = encoded
            .messages
            .iter()
            .map(|m| {
                let revs: Vec<_> = decoded(&m.text).into_iter().map(|event| event.unwrap().rev).collect();
                (m.channel, m.events, revs)
            })
            .collect();
        assert_eq!(summary, [(user(), 2, vec![7, 8]), (other, 1, vec![7])]);
    }

    #[test]
    fn a_full_message_is_followed_by_another() {
        let payload = Bytes::from(format!("\"{}\"", "x".repeat(BATCH_BYTES / 2)));
        let events: Vec<_> = (1..=5)
            .map(|rev| {
                let payload = payload.clone();
                (user(), Envelope { payload, ..posted(rev) })
            })
            .collect();
        let encoded = encode(&events);
        let revs: Vec<_> = encoded
            .messages
            .iter()
            .flat_map(|m| decoded(&m.text))
            .map(|event| event.unwrap().rev)
            .collect();
        assert_eq!(encoded.messages.len(), 5);
        assert_eq!(revs, [1, 2, 3, 4, 5]);
        assert!(encoded.messages.iter().all(|m| m.text.len() < MESSAGE_BYTES));
    }

    #[test]
    fn what_fits_no_message_is_counted() {
        let with = |payload: String| {
            let payload = Bytes::from(payload);
            (user(), Envelope { payload, ..posted(7) })
        };
        let encoded = encode(&[
            with("{".to_owned()),
            with(format!("\"{}\"", "x".repeat(EVENT_BYTES))),
            with("{}".to_owned()),
        ]);
        assert_eq!((encoded.messages.len(), encoded.unfit), (1, 2));
    }
}
