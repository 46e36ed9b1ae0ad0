//! Child processes whose output is kept, and which end with the test that started them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running program. Killed when dropped; what it said is shown if the test is failing.
pub(crate) struct Process {
    name: String,
    child: Child,
    said: Arc<Mutex<String>>,
    lines: Receiver<String>,
    readers: Vec<JoinHandle<()>>,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts the command with its output captured and no input.
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|e| panic!("{name} cannot be started: {e}"));
        let said = Arc::new(Mutex::new(String::new()));
        let (to, lines) = channel();
        let readers = [
            keep_lines(child.stdout.take(), Arc::clone(&said), Some(to)),
            keep_lines(child.stderr.take(), Arc::clone(&said), None),
        ];
        Self {
            name: name.to_owned(),
            child,
            said,
            readers: readers.into_iter().flatten().collect(),
            lines,
            ended: None,
        }
    }

    /// The first line of standard output of which `pick` makes something.
    pub(crate) fn wait_for_line<T>(&mut self, limit: Duration, pick: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + limit;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    if let Some(found) = pick(&line) {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("{} did not say it within {limit:?}", self.name),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.wait(limit);
                    panic!("{} ended before it said it: {status}", self.name);
                }
            }
        }
    }

    /// The operating system's id of it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.ended.is_none() && self.child.try_wait().unwrap().is_none()
    }

    /// Everything it said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Sends a signal by name: `TERM`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        // The shell's own kill: a machine without procps has no other.
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.id())])
            .status();
        assert!(sent.is_ok_and(|s| s.success()), "{name} reached {}", self.name);
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill9(&mut self) {
        // An error here means that it is gone already.
        let _ = self.child.kill();
        self.ended = self.child.wait().ok();
    }

    /// Waits for it to end by itself, and for its last words to be heard.
    pub(crate) fn wait(&mut self, limit: Duration) -> ExitStatus {
        const PAUSE: Duration = Duration::from_millis(10);
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap()
                && self.readers.iter().all(JoinHandle::is_finished)
            {
                self.ended = Some(status);
                return status;
            }
            assert!(start.elapsed() < limit, "{} did not end within {limit:?}", self.name);
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.kill9();
        }
        if std::thread::panicking() {
            const SHOWN: usize = 16 * 1024;
            let said = self.said();
            let from = said.ceil_char_boundary(said.len().saturating_sub(SHOWN));
            eprintln!(
                "---- {} said ----\n{}---- end of {} ----",
                self.name,
                &said[from..],
                self.name
            );
        }
    }
}

fn keep_lines(
    from: Option<impl Read + Send + 'static>,
    said: Arc<Mutex<String>>,
    to: Option<std::sync::mpsc::Sender<String>>,
) -> Option<JoinHandle<()>> {
    let from = from?;
    Some(std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            {
                let mut said = said.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
            }
            if let Some(to) = &to {
                // Nobody waits for lines any more; they are kept above all the same.
                let _ = to.send(line);
            }
        }
    }))
}
