//! What a server that ends leaves behind, and what large things cost one that runs.

use std::fs::File;
use std::time::{Duration, SystemTime};

use rand::RngExt as _;
use serde_json::Value;

use super::kit::{CHUNK, Desk, blobs, group, literal, noise, refer};
use crate::harness::{Backend, Database, Seed, Server, eventually, on_both_databases, run};

/// A look for what nobody needs is done.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
/// Memory that 20 MiB may take on their way in and out.
const STREAMED_BYTES: u64 = 12 << 20;

on_both_databases!(an_upload_outlives_a_server_that_is_killed_in_the_middle, |server| {
    /// Times that it is killed.
    const KILLS: usize = 4;
    let mut server = server;
    let ana = server.register("ana");
    let bytes = noise(1, 9 * CHUNK + 77);
    let id = Desk::of(&server, &ana).begin("a.bin", bytes.len());
    let mut seed = Seed::new();
    let (mut acknowledged, mut kills) = (0, 0);
    loop {
        let desk = Desk::of(&server, &ana);
        let state = desk.upload(&id);
        let offset = usize::try_from(state["offset"].as_u64().unwrap()).unwrap();
        assert!(
            offset >= acknowledged,
            "{offset} of {acknowledged} that were acknowledged"
        );
        if state["attachment"] != Value::Null {
            break;
        }
        let wait = Duration::from_millis(seed.random.random_range(0..60));
        let kill = kills < KILLS;
        acknowledged = std::thread::scope(|scope| {
            let sending = scope.spawn(|| send_from(&desk, &id, &bytes, offset));
            if kill {
                std::thread::sleep(wait);
                server.kill9();
            }
            sending.join().unwrap()
        });
        if kill {
            kills += 1;
            server.restart();
        }
    }
    assert!(kills > 0, "it was killed in the middle");
    let desk = Desk::of(&server, &ana);
    assert_eq!(desk.get(&id, "").expect(200).bytes, bytes);
});

/// Sends from `offset` on until all is sent or nobody answers; how far was acknowledged.
fn send_from(desk: &Desk, id: &str, bytes: &[u8], mut offset: usize) -> usize {
    loop {
        let part = &bytes[offset..(offset + CHUNK).min(bytes.len())];
        let Some(answer) = desk.try_patch(id, offset, part) else {
            return offset;
        };
        offset = usize::try_from(answer.expect(200).json()["offset"].as_u64().unwrap()).unwrap();
        if offset == bytes.len() {
            return offset;
        }
    }
}

on_both_databases!(what_nobody_needs_goes_after_a_time_and_nothing_else, |server| {
    let mut server = server;
    let (ana, ben) = (server.register("ana"), server.register("ben"));
    let desk = Desk::of(&server, &ana);
    let on_ana = server.connect(&ana).await;
    let (conversation, seq) = group(&on_ana, &[&ben]).await;
    let database = Database::of(&server).await;
    let attach = |name: &str| desk.attach(name, name.as_bytes())["id"].as_str().unwrap().to_owned();
    let (sent, unsent, young) = (attach("sent"), attach("unsent"), attach("young"));
    refer(&database, &sent, &conversation, seq).await;
    let unfinished = desk.begin("unfinished", 1_000);
    desk.patch(&unfinished, 0, &noise(1, 500)).expect(200);
    // Everything looks a day older, but for what is young; what is sent stays whatever its row says.
    let day = 25 * 60 * 60 * 1_000_000_i64;
    let age = format!(
        "UPDATE attachment SET loose_since = created_at - {day} WHERE id <> {}",
        literal(&database, &young)
    );
    database.done(&age).await;
    // What a server leaves that ends between bytes and row.
    let shelf = server.data_folder().join("attachments").join("00");
    std::fs::create_dir_all(&shelf).unwrap();
    let lost = |name: &str, old: bool| {
        let path = shelf.join(name);
        let file = File::create(&path).unwrap();
        if old {
            file.set_modified(SystemTime::now() - Duration::from_secs(25 * 60 * 60))
                .unwrap();
        }
        path
    };
    let nobodys = "01990000-0000-7000-8000-000000000000";
    let old = [
        lost(nobodys, true),
        lost(&format!("{nobodys}.small"), true),
        lost(&format!("{nobodys}.0.7"), true),
        lost(&format!("{nobodys}.1.unfinished"), true),
    ];
    let fresh = lost(&format!("{nobodys}.5.9"), false);
    let kept_by_others = lost("README", true);
    // The bytes of what is sent are as old, and needed.
    for shelf in std::fs::read_dir(server.data_folder().join("attachments")).unwrap() {
        let file = shelf.unwrap().path().join(&sent);
        if file.exists() {
            let file = File::options().write(true).open(file).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(99 * 60 * 60))
                .unwrap();
        }
    }
    server.kill9();
    server.restart();
    let mut kept = vec![sent.clone(), young.clone(), "README".into(), format!("{nobodys}.5.9")];
    kept.sort();
    eventually("what nobody needs goes", LOOK_LIMIT, async || {
        (blobs(&server) == kept).then_some(())
    })
    .await;
    assert!(old.iter().all(|path| !path.exists()) && fresh.exists() && kept_by_others.exists());
    let desk = Desk::of(&server, &ana);
    desk.get(&sent, "").expect(200);
    desk.get(&young, "").expect(200);
    desk.get(&unsent, "").refused(404, "attachment_not_found");
    desk.patch(&unfinished, 500, b"x").refused(404, "attachment_not_found");
    let used = database
        .text("SELECT CAST(SUM(bytes) AS TEXT) FROM attachment_usage")
        .await;
    assert_eq!(used, ("sent".len() + "young".len()).to_string());
});

#[test]
fn twenty_mebibytes_pass_through_without_being_held() {
    run(async {
        let server = Server::plan(Backend::Sqlite).start().await;
        let ana = server.register("ana");
        let desk = Desk::of(&server, &ana);
        desk.attach("warm.bin", &noise(1, 2 * CHUNK));
        let bytes = noise(2, 20 * CHUNK);
        let before = server.resident_bytes();
        server.forget_peak();
        let sent = desk.attach("a.bin", &bytes);
        let got = desk.get(sent["id"].as_str().unwrap(), "").expect(200);
        assert!(got.bytes == bytes, "it is the same");
        let grown = server.peak_bytes().saturating_sub(before);
        assert!(grown < STREAMED_BYTES, "{} KiB", grown >> 10);
    });
}
