//! Attachments in a group commit, on both databases.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::db::Db;
use crate::group_commit::{Lane, LaneSettings, Moment, Operation, WorkingSet};
use crate::ids::{AttachmentId, ConversationId, UserId};
use crate::scratch::on_both_databases;

const SETTINGS: LaneSettings = LaneSettings {
    queue: 64,
    batch: 64,
    retries: 3,
};

/// A message that has attachments of its sender.
struct Send {
    ids: Vec<AttachmentId>,
    by: UserId,
    to: ConversationId,
    seq: i64,
}

impl Operation for Send {
    type Answer = Result<(), AttachmentError>;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want(&self.ids);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> Self::Answer {
        let loaded = set.slot::<Loaded>();
        for id in &self.ids {
            loaded.usable(*id, self.by)?;
        }
        for id in &self.ids {
            loaded.refer(*id, self.to, self.seq);
        }
        Ok(())
    }
}

/// A message that is sent on.
struct Forward {
    from: (ConversationId, i64),
    to: (ConversationId, i64),
}

impl Operation for Forward {
    type Answer = usize;

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_of(self.from.0, self.from.1);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) -> usize {
        let loaded = set.slot::<Loaded>();
        let has: Vec<_> = loaded.of(self.from.0, self.from.1).iter().map(|one| one.id).collect();
        for id in &has {
            loaded.refer(*id, self.to.0, self.to.1);
        }
        has.len()
    }
}

/// A message that is recalled.
struct Recall(ConversationId, i64);

impl Operation for Recall {
    type Answer = ();

    fn wants(&self, set: &mut WorkingSet) {
        set.slot::<Loaded>().want_of(self.0, self.1);
    }

    fn decide(&self, set: &mut WorkingSet, _: Moment) {
        set.slot::<Loaded>().unrefer(self.0, self.1);
    }
}

fn attachments(db: &Db, folder: &std::path::Path) -> Attachments {
    let rules = AttachmentRules {
        max_bytes: 1 << 20,
        max_pixels: 1_000_000,
        quota_bytes: None,
        orphan_age: Duration::ZERO,
        pictures_at_once: 1,
    };
    let blobs = Arc::new(FolderBlobs::new(folder.join("attachments")));
    Attachments::new(db.clone(), blobs, Arc::new(SystemClock), rules)
}

fn lane(db: &Db) -> Lane {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let slices: Arc<[Box<dyn crate::group_commit::Batch>]> = Arc::new([Box::new(AttachmentBatch::new(db.kind()))]);
    Lane::start("test", SETTINGS, db.clone(), clock, slices).unwrap()
}

async fn attach(attachments: &Attachments, owner: UserId, name: &str) -> AttachmentId {
    let announced = Announced::parse(name, name.len() as u64, None, None, 1_000).unwrap();
    let id = attachments.begin(owner, announced).await.unwrap();
    let body = blobs::whole(name.as_bytes().to_vec());
    assert!(attachments.append(owner, id, 0, body).await.unwrap().ready);
    id
}

async fn names(attachments: &Attachments, of: (ConversationId, i64)) -> Vec<String> {
    let found = of_messages(&attachments.db, &[of]).await.unwrap();
    let of_message = found.get(&of).map(Vec::as_slice).unwrap_or_default();
    of_message.iter().map(|one| one.name.as_str().to_owned()).collect()
}

on_both_databases!(what_a_message_has_stays_until_no_message_has_it, |scratch| {
    let (attachments, lane) = (attachments(&scratch.db, scratch.folder.path()), lane(&scratch.db));
    let (ana, ben, to) = (UserId::fresh(), UserId::fresh(), ConversationId::fresh());
    let (one, other) = (
        attach(&attachments, ana, "one").await,
        attach(&attachments, ana, "other").await,
    );
    let send = |ids: &[AttachmentId], by, seq| Send {
        ids: ids.to_vec(),
        by,
        to,
        seq,
    };
    // Refused as a whole: nothing is written.
    for (ids, by) in [(vec![one], ben), (vec![one, AttachmentId::fresh()], ana)] {
        assert_eq!(lane.ask(send(&ids, by, 1)).await, Ok(Err(AttachmentError::NotFound)));
    }
    assert_eq!(names(&attachments, (to, 1)).await, [""; 0]);
    assert_eq!(lane.ask(send(&[other, one], ana, 1)).await, Ok(Ok(())));
    assert_eq!(names(&attachments, (to, 1)).await, ["other", "one"]);
    assert_eq!(attachments.collect().await, Ok(0));
    assert_eq!(attachments.remove(ana, one).await, Err(AttachmentError::Sent));

    let elsewhere = ConversationId::fresh();
    let forward = Forward {
        from: (to, 1),
        to: (elsewhere, 4),
    };
    assert_eq!(lane.ask(forward).await, Ok(2));
    assert_eq!(lane.ask(Recall(to, 1)).await, Ok(()));
    assert_eq!(names(&attachments, (to, 1)).await, [""; 0]);
    assert_eq!(names(&attachments, (elsewhere, 4)).await, ["other", "one"]);
    assert_eq!(attachments.collect().await, Ok(0));
    assert_eq!(lane.ask(Recall(elsewhere, 4)).await, Ok(()));
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_eq!(attachments.collect().await, Ok(2));
    assert_eq!(
        attachments.open(ana, one, Size::Full).await,
        Err(AttachmentError::NotFound)
    );
    assert_eq!(attachments.sweep().await, Ok(0), "no bytes are left");
});

on_both_databases!(what_is_sent_and_recalled_in_one_commit_leaves_nothing, |scratch| {
    let (attachments, lane) = (attachments(&scratch.db, scratch.folder.path()), lane(&scratch.db));
    let (ana, to) = (UserId::fresh(), ConversationId::fresh());
    let one = attach(&attachments, ana, "one").await;
    let sent = lane.ask(Send {
        ids: vec![one],
        by: ana,
        to,
        seq: 1,
    });
    // They wait in the lane together.
    let (sent, recalled) = futures_util::future::join(sent, lane.ask(Recall(to, 1))).await;
    assert_eq!((sent, recalled), (Ok(Ok(())), Ok(())));
    assert_eq!(names(&attachments, (to, 1)).await, [""; 0]);
    assert_eq!(attachments.remove(ana, one).await, Ok(()));
});

on_both_databases!(of_a_send_and_a_removal_at_once_one_wins, |scratch| {
    let (attachments, lane) = (attachments(&scratch.db, scratch.folder.path()), lane(&scratch.db));
    let (ana, to) = (UserId::fresh(), ConversationId::fresh());
    for seq in 1..=20 {
        let one = attach(&attachments, ana, "one").await;
        let send = lane.ask(Send {
            ids: vec![one],
            by: ana,
            to,
            seq,
        });
        let (sent, removed) = futures_util::future::join(send, attachments.remove(ana, one)).await;
        let has = names(&attachments, (to, seq)).await;
        match (sent.unwrap(), removed) {
            (Ok(()), Err(AttachmentError::Sent)) => assert_eq!(has, ["one"]),
            (Err(AttachmentError::NotFound), Ok(())) => assert_eq!(has, [""; 0]),
            other => panic!("both or neither: {other:?}"),
        }
    }
});
