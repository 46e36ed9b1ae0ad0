//! What a process has used, as the kernel tells it under `/proc`.

use anyhow::Context as _;
use serde::Serialize;

/// Clock ticks a second in `/proc/<pid>/stat`: 100 on every Linux, whatever the kernel counts in.
const TICKS_PER_SECOND: u64 = 100;

/// A reading of one process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    cpu_millis: u64,
    /// Bytes in memory.
    pub(super) rss_bytes: u64,
}

/// What a process used between two readings.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Used {
    /// Seconds on a core, in user and kernel space.
    pub(super) cpu_seconds: f64,
    /// Bytes in memory at the end.
    pub(super) rss_bytes: u64,
}

impl Reading {
    /// Of a process; of this one without an id.
    pub(super) fn of(process: Option<u32>) -> anyhow::Result<Self> {
        let folder = process.map_or("/proc/self".to_owned(), |id| format!("/proc/{id}"));
        let read = |name: &str| {
            let path = format!("{folder}/{name}");
            std::fs::read_to_string(&path).context(path)
        };
        let cpu_millis = cpu_millis(&read("stat")?).context("/proc/<pid>/stat has another form here")?;
        let rss_bytes = rss_bytes(&read("status")?).context("/proc/<pid>/status has another form here")?;
        Ok(Self { cpu_millis, rss_bytes })
    }

    /// With the time of another process that has ended; the memory is this one's.
    pub(super) const fn with(self, ended: &Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_add(ended.cpu_millis),
            rss_bytes: self.rss_bytes,
        }
    }

    /// What was used since an earlier reading.
    pub(super) fn since(&self, earlier: &Self) -> Used {
        let cpu = std::time::Duration::from_millis(self.cpu_millis.saturating_sub(earlier.cpu_millis));
        Used {
            cpu_seconds: cpu.as_secs_f64(),
            rss_bytes: self.rss_bytes,
        }
    }
}

/// `utime` and `stime`, the 14th and 15th word. The second is the program's name in brackets and may hold anything.
fn cpu_millis(stat: &str) -> Option<u64> {
    let behind_name = stat.rsplit_once(')')?.1;
    let mut words = behind_name.split_whitespace().skip(11);
    let user: u64 = words.next()?.parse().ok()?;
    let kernel: u64 = words.next()?.parse().ok()?;
    Some((user + kernel) * 1_000 / TICKS_PER_SECOND)
}

fn rss_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 100 0 0";
        assert_eq!(cpu_millis(stat), Some(2_000));
        assert_eq!(
            rss_bytes("Name:\tquipu\nVmRSS:\t    2048 kB\nThreads:\t4\n"),
            Some(2 << 20)
        );
        assert!(Reading::of(None).unwrap().rss_bytes > 0);
    }
}
