//! Faults of the operating system, made by `strace` in a process that runs: calls that fail, signals at a call, and
//! the order of calls.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::Process;

/// strace attaches to, or lets go of, processes on a machine busy with other tests.
const TURN_LIMIT: Duration = Duration::from_secs(30);

/// strace, attached. Lets go when dropped.
pub(crate) struct Strace {
    process: Process,
    folder: TempDir,
}

impl Strace {
    /// Attaches to these processes and all their threads, with these arguments.
    pub(crate) fn attach(processes: &[u32], arguments: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("quipu-strace.").tempdir().unwrap();
        let mut command = Command::new("strace");
        // The whole of a frame, and the names of files and sockets beside their numbers.
        command.args(["-f", "-y", "-s", "4096", "-o"]);
        command.arg(folder.path().join("calls")).args(arguments);
        for process in processes {
            command.args(["-p", &process.to_string()]);
        }
        let there = Command::new("strace").arg("-V").output();
        assert!(there.is_ok(), "strace is not here; on Debian: apt-get install strace");
        let mut process = Process::start("strace", &mut command);
        let start = Instant::now();
        let attached = |said: &str| {
            processes.iter().all(|id| {
                said.lines()
                    .any(|line| line.contains(&format!("Process {id} attached")))
            })
        };
        while !attached(&process.said()) {
            let said = process.said();
            assert!(
                !said.contains("ptrace") && process.is_running(),
                "strace may not attach to the server: these tests need ptrace (the capability SYS_PTRACE, or \
                 kernel.yama.ptrace_scope=0). It said: {said}"
            );
            assert!(
                start.elapsed() < TURN_LIMIT,
                "strace attaches within {TURN_LIMIT:?}: {said}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { process, folder }
    }

    /// Lets the processes go on without faults. What it saw.
    pub(crate) fn detach(mut self) -> String {
        if self.process.is_running() {
            self.process.signal("INT");
        }
        self.process.wait(TURN_LIMIT);
        std::fs::read_to_string(self.calls()).unwrap()
    }

    /// What it saw until now.
    pub(crate) fn saw(&self) -> String {
        std::fs::read_to_string(self.calls()).unwrap()
    }

    fn calls(&self) -> PathBuf {
        self.folder.path().join("calls")
    }
}
