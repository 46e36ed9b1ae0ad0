//! The harness itself: a test that stands on it must fail for the right reason.

use std::process::Command;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

use super::cluster::Redis;
use super::process::Process;
use super::{Backend, eventually, run};

fn shell(script: &str) -> Process {
    Process::start("sh", Command::new("sh").args(["-c", script]))
}

#[test]
fn each_postgres_server_gets_an_empty_database_of_its_own() {
    run(async {
        let mut urls = Vec::new();
        for _ in 0..2 {
            let settings = Backend::Postgres.fresh().await;
            urls.push(settings[0].1.clone());
            let database = Database::connect(&settings[0].1).await.unwrap();
            let count = "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'";
            let row = database
                .query_one_raw(Statement::from_string(DbBackend::Postgres, count))
                .await
                .unwrap();
            assert_eq!(row.unwrap().try_get_by_index::<i32>(0).unwrap(), 0);
        }
        assert_ne!(urls[0], urls[1]);
    });
}

#[test]
fn a_redis_stops_and_starts_again_on_its_port() {
    let mut redis = Redis::start();
    assert!(redis.answers());
    redis.stop();
    assert!(!redis.answers());
    redis.start_again();
    assert!(redis.answers());
}

#[test]
fn a_process_is_heard_signalled_and_ended() {
    const LIMIT: Duration = Duration::from_secs(20);
    let mut process = shell("trap 'echo stopping; exit 7' TERM; echo ready 5; while :; do sleep 0.05; done");
    let number = process.wait_for_line(LIMIT, |line| line.strip_prefix("ready ")?.parse::<u32>().ok());
    assert_eq!(number, 5);
    process.signal("TERM");
    assert_eq!(process.wait(LIMIT).code(), Some(7));
    assert_eq!(process.said(), "ready 5\nstopping\n");
    let mut endless = shell("exec sleep 1000");
    endless.kill9();
    assert_eq!(endless.wait(LIMIT).code(), None);
}

#[test]
#[should_panic(expected = "ended before it said it")]
fn a_process_that_ends_too_early_fails_the_test_by_its_name() {
    shell("echo no").wait_for_line(Duration::from_secs(20), |line| (line == "yes").then_some(()));
}

#[test]
#[should_panic(expected = "a thing that never comes: not within 50ms")]
fn what_never_comes_fails_by_its_name_and_limit() {
    run(eventually(
        "a thing that never comes",
        Duration::from_millis(50),
        async || None,
    ));
}
