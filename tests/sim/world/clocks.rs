//! The clocks of a world.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quipu::clock::{Clock, GuardedClock, ManualClock, Micros};

/// When every world begins: 2026-03-01.
const BEGINNING: i64 = 1_772_323_200_000_000;

/// The clocks of a world: one on the wall, which can be turned, and one that only runs.
pub(super) struct Clocks {
    pub(super) wall: Arc<ManualClock>,
    ran: Arc<AtomicI64>,
    pub(super) guarded: Arc<GuardedClock>,
}

impl Clocks {
    pub(super) fn new() -> Self {
        let wall = Arc::new(ManualClock::at(Micros(BEGINNING)));
        let ran = Arc::new(AtomicI64::new(0));
        let guarded = Self::guard(&wall, &ran);
        Self { wall, ran, guarded }
    }

    /// What a process that starts now has.
    fn guard(wall: &Arc<ManualClock>, ran: &Arc<AtomicI64>) -> Arc<GuardedClock> {
        let ran = ran.clone();
        let since = move || Duration::from_micros(ran.load(Ordering::SeqCst).unsigned_abs());
        Arc::new(GuardedClock::new(wall.clone(), since))
    }

    pub(super) fn restart(&mut self) {
        self.guarded = Self::guard(&self.wall, &self.ran);
    }

    pub(super) fn pass(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap();
        self.ran.fetch_add(by, Ordering::SeqCst);
        self.wall.set(Micros(self.wall.now().0 + by));
    }

    pub(super) fn turn(&self, by: i64) {
        self.wall.set(Micros(self.wall.now().0 + by));
    }

    pub(super) fn dynamic(&self) -> Arc<dyn Clock> {
        self.guarded.clone()
    }
}
