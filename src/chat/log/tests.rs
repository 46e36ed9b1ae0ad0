//! The rules of the log, without a database.

use super::*;
use crate::chat::Body;
use crate::group_commit::Moment;
use crate::op_receipt::Fingerprint;
use crate::protocol::MessageExtra;

fn at(now: i64) -> Moment {
    Moment {
        now: Micros(now),
        after_unknown: false,
    }
}

fn draft(conversation: ConversationId, sender: UserId, text: &str) -> Draft {
    Draft {
        conversation,
        sender,
        client_id: ClientId::fresh(),
        fingerprint: Fingerprint::of("message.send", &[&conversation.bytes(), text.as_bytes()]),
        body: Body::Text(text.into()),
        extra: MessageExtra::default(),
        attachments: Vec::new(),
    }
}

fn pair() -> (WorkingSet, ConversationId, UserId) {
    let (ana, ben, mut set) = (UserId::fresh(), UserId::fresh(), WorkingSet::default());
    let key = DirectKey::of(ana, ben).expect("two people");
    let (opened, _) = open_direct(&mut set, key, ConversationId::fresh(), ana, Micros(1));
    (set, opened.id, ana)
}

#[test]
fn positions_and_ordinals_have_no_gaps() {
    let (mut set, conversation, ana) = pair();
    for expected in 1..=5 {
        match decide(&mut set, draft(conversation, ana, "hi"), at(9)) {
            Ok(Decision::Posted(Posted { message, prev })) => {
                assert_eq!(
                    (prev, message.seq, message.rev, message.n),
                    (expected - 1, expected, expected, Some(expected))
                );
            }
            other => panic!("not posted: {other:?}"),
        }
    }
}

#[test]
fn a_repetition_is_the_first_answer_and_other_content_a_conflict() {
    let (mut set, conversation, ana) = pair();
    let first = draft(conversation, ana, "hi");
    let Ok(Decision::Posted(posted)) = decide(&mut set, first.clone(), at(9)) else {
        panic!("not posted")
    };
    assert_eq!(
        decide(&mut set, first.clone(), at(10)),
        Ok(Decision::Repeated(posted.message))
    );
    let other = Draft {
        client_id: first.client_id,
        ..draft(conversation, ana, "ho")
    };
    assert_eq!(decide(&mut set, other, at(10)), Err(ChatError::IdempotencyConflict));
    assert_eq!(set.slot::<Loaded>().written.messages.len(), 1);
}

#[test]
fn what_an_unknown_commit_wrote_is_announced_after_all() {
    let (mut set, conversation, ana) = pair();
    let first = draft(conversation, ana, "hi");
    let posted = decide(&mut set, first.clone(), at(9));
    let again = decide(
        &mut set,
        first,
        Moment {
            now: Micros(10),
            after_unknown: true,
        },
    );
    assert_eq!(again, posted);
}

#[test]
fn a_stranger_and_a_stranger_place_get_one_answer() {
    let (mut set, conversation, ana) = pair();
    let stranger = draft(conversation, UserId::fresh(), "hi");
    assert_eq!(decide(&mut set, stranger, at(9)), Err(ChatError::NotAMember));
    let nowhere = draft(ConversationId::fresh(), ana, "hi");
    assert_eq!(decide(&mut set, nowhere, at(9)), Err(ChatError::NotAMember));
    assert!(set.slot::<Loaded>().written.messages.is_empty());
}

#[test]
fn system_rows_are_not_counted() {
    let (mut set, conversation, ana) = pair();
    let note = Draft {
        body: Body::System("{}".into()),
        ..draft(conversation, ana, "s")
    };
    let posted = append(&mut set, note, Micros(2)).expect("posted");
    assert_eq!((posted.message.seq, posted.message.n), (1, None));
}

#[test]
fn a_pair_opens_one_conversation() {
    let (ana, ben, mut set) = (UserId::fresh(), UserId::fresh(), WorkingSet::default());
    let key = DirectKey::of(ana, ben).expect("two people");
    let (first, items) = open_direct(&mut set, key, ConversationId::fresh(), ana, Micros(1));
    assert_eq!(
        items
            .iter()
            .map(|change| (change.prev, change.item.rev))
            .collect::<Vec<_>>(),
        [(0, 1), (0, 1)]
    );
    let second = open_direct(&mut set, key, ConversationId::fresh(), ben, Micros(2));
    assert_eq!(
        second,
        (
            Opened {
                id: first.id,
                fresh: false
            },
            Vec::new()
        )
    );
}
