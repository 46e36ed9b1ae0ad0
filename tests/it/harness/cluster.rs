//! Two servers on one PostgreSQL database and one Redis of their own, which can be stopped and started.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use super::backend::service;
use super::process::Process;
use super::{Backend, Plan, START_LIMIT, Server};

/// A Redis that stops in order has closed its sockets by then.
const REDIS_STOP_LIMIT: Duration = Duration::from_secs(20);

/// Two nodes.
pub(crate) struct Cluster {
    /// The first node.
    pub(crate) one: Server,
    /// The second node.
    pub(crate) two: Server,
    /// What they meet on.
    pub(crate) redis: Redis,
}

impl Cluster {
    /// Starts both with the same changes to the plan.
    pub(crate) async fn start(change: impl Fn(Plan) -> Plan) -> Self {
        let redis = Redis::start();
        let plan = Server::plan(Backend::Postgres).set("redis.url", &redis.url());
        let plan = change(plan).with_database().await;
        let node = |name: &str| plan.clone().named(name).set("cluster.node_name", name);
        // One after the other: the first migrates the database.
        let one = node("one").start_here();
        let two = node("two").start_here();
        Self { one, two, redis }
    }
}

/// A redis-server of one test.
pub(crate) struct Redis {
    address: SocketAddr,
    process: Option<Process>,
}

impl Redis {
    pub(crate) fn start() -> Self {
        // The port is free again when the listener is dropped; nobody else on the machine takes it so soon.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut redis = Self { address, process: None };
        redis.start_again();
        redis
    }

    fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Stops it; its port refuses connections from then on.
    pub(crate) fn stop(&mut self) {
        let mut process = self.process.take().expect("Redis runs");
        process.signal("TERM");
        process.wait(REDIS_STOP_LIMIT);
    }

    /// Starts it on the same port.
    pub(crate) fn start_again(&mut self) {
        let port = self.address.port().to_string();
        let mut command = Command::new(service("QUIPU_TEST_REDIS_SERVER"));
        command.args([
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        self.process = Some(Process::start("redis-server", &mut command));
        let start = Instant::now();
        while !self.answers() {
            assert!(start.elapsed() < START_LIMIT, "Redis answers within {START_LIMIT:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn answers(&self) -> bool {
        let mut answer = [0; 5];
        let asked = TcpStream::connect(self.address).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            stream.read_exact(&mut answer)
        });
        asked.is_ok() && &answer == b"+PONG"
    }
}
