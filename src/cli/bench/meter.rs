//! What is counted while the load runs: histograms of both latencies, deliveries, refusals by code.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use hdrhistogram::Histogram;

use super::report::{Point, Quantiles, Ratio};
use super::timeline::Timeline;

/// The longest latency that is told apart, in microseconds; longer ones count as this.
const LONGEST: u64 = 120_000_000;
/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// The figures of one run, shared by all its tasks.
#[derive(Debug)]
pub(super) struct Meter {
    timeline: Timeline,
    ack: Mutex<Histogram<u64>>,
    receipt: Mutex<Histogram<u64>>,
    /// Of the present second, for the plot over time.
    recent: Mutex<Histogram<u64>>,
    /// From losing a connection to the next acknowledgement over another one.
    recovery: Mutex<Histogram<u64>>,
    delivered: AtomicU64,
    ever_delivered: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
}

/// What one task saw since it last told the meter: a lock for a handful of frames, not for each.
#[derive(Debug, Default)]
pub(super) struct Samples {
    ack: Vec<u64>,
    receipt: Vec<u64>,
    delivered: u64,
    ever_delivered: u64,
}

impl Samples {
    /// A socket was signed in within so many microseconds.
    pub(super) fn opened(&mut self, took: u64) {
        self.ack.push(took);
        self.ever_delivered += 1;
    }

    /// What was sent at `sent_at` was acknowledged at `now`.
    pub(super) fn acknowledged(&mut self, sent_at: u64, now: u64, timeline: &Timeline) {
        if timeline.counts(sent_at) {
            self.ack.push(now.saturating_sub(sent_at));
        }
    }

    /// The same of what nobody but its sender hears of: with its acknowledgement it is delivered.
    pub(super) fn answered(&mut self, sent_at: u64, now: u64, timeline: &Timeline) {
        self.acknowledged(sent_at, now, timeline);
        self.delivered += u64::from(timeline.counts(now));
        self.ever_delivered += 1;
    }

    /// What was sent at `sent_at` was received at `now`.
    pub(super) fn received(&mut self, sent_at: u64, now: u64, timeline: &Timeline) {
        if timeline.counts(sent_at) {
            self.receipt.push(now.saturating_sub(sent_at));
        }
        // The rate is of what arrived within the seconds that it is divided by, whenever it left.
        self.delivered += u64::from(timeline.counts(now));
        self.ever_delivered += 1;
    }
}

impl Meter {
    /// Nothing counted yet.
    pub(super) fn new(timeline: Timeline) -> anyhow::Result<Self> {
        let histogram = || Histogram::new_with_bounds(1, LONGEST, DIGITS);
        Ok(Self {
            timeline,
            ack: Mutex::new(histogram()?),
            receipt: Mutex::new(histogram()?),
            recent: Mutex::new(histogram()?),
            recovery: Mutex::new(histogram()?),
            delivered: AtomicU64::new(0),
            ever_delivered: AtomicU64::new(0),
            errors: Mutex::default(),
        })
    }

    /// The run's times.
    pub(super) const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Takes what a task saw and leaves it empty.
    pub(super) fn take(&self, samples: &mut Samples) {
        // What left before the measured seconds is in neither.
        if !samples.ack.is_empty() {
            let mut recent = lock(&self.recent);
            for sample in &samples.ack {
                recent.saturating_record(*sample);
            }
        }
        record(&self.ack, &mut samples.ack);
        record(&self.receipt, &mut samples.receipt);
        self.delivered.fetch_add(samples.delivered, Ordering::Relaxed);
        self.ever_delivered.fetch_add(samples.ever_delivered, Ordering::Relaxed);
        samples.delivered = 0;
        samples.ever_delivered = 0;
    }

    /// A request was refused.
    pub(super) fn refused(&self, code: &str) {
        *lock(&self.errors).entry(code.to_owned()).or_insert(0) += 1;
    }

    /// Somebody who had lost their connection was answered again, so many microseconds later.
    pub(super) fn recovered(&self, took: u64) {
        lock(&self.recovery).saturating_record(took);
    }

    /// From losing a connection to the next acknowledgement.
    pub(super) fn recovery(&self) -> Option<Quantiles> {
        Quantiles::of(&lock(&self.recovery))
    }

    /// How long acknowledgements took since this was last asked, over several meters.
    pub(super) fn recent_ack(meters: &[Arc<Self>]) -> Option<Quantiles> {
        let mut all = lock(&meters.first()?.recent).clone();
        all.reset();
        for meter in meters {
            let mut recent = lock(&meter.recent);
            // Both have the same bounds.
            let _ = all.add(&*recent);
            recent.reset();
        }
        Quantiles::of(&all)
    }

    /// What several meters of the same run counted together.
    pub(super) fn together(meters: &[&Self]) -> anyhow::Result<Self> {
        let first = meters.first().context("nothing is measured")?;
        let sum = Self::new(first.timeline)?;
        for meter in meters {
            lock(&sum.ack).add(&*lock(&meter.ack))?;
            lock(&sum.receipt).add(&*lock(&meter.receipt))?;
            lock(&sum.recovery).add(&*lock(&meter.recovery))?;
            sum.delivered.fetch_add(meter.delivered(), Ordering::Relaxed);
            sum.ever_delivered.fetch_add(meter.ever_delivered(), Ordering::Relaxed);
            let mut errors = lock(&sum.errors);
            for (code, count) in meter.errors() {
                *errors.entry(code).or_insert(0) += count;
            }
        }
        Ok(sum)
    }

    /// How long each share of the acknowledgements took at most: points of a curve.
    pub(super) fn ack_curve(&self) -> Vec<Point> {
        Point::curve(&lock(&self.ack))
    }

    /// The same of the receipts.
    pub(super) fn receipt_curve(&self) -> Vec<Point> {
        Point::curve(&lock(&self.receipt))
    }

    /// Deliveries within the measured seconds.
    pub(super) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// The same a second.
    pub(super) fn per_s(&self) -> u64 {
        self.delivered() / self.timeline.seconds().max(1)
    }

    /// All deliveries, for the live rate.
    pub(super) fn ever_delivered(&self) -> u64 {
        self.ever_delivered.load(Ordering::Relaxed)
    }

    /// From sending to the acknowledgement.
    pub(super) fn ack(&self) -> Option<Quantiles> {
        Quantiles::of(&lock(&self.ack))
    }

    /// From sending to the receipt by another.
    pub(super) fn receipt(&self) -> Option<Quantiles> {
        Quantiles::of(&lock(&self.receipt))
    }

    /// The 99th percentiles of this run and of a later one, each with its name, and what they grew by.
    pub(super) fn p99_and(&self, own: &'static str, later: &Self, its: &'static str) -> Vec<Ratio> {
        let ratio = |what, one: &Mutex<Histogram<u64>>, other: &Mutex<Histogram<u64>>| {
            let (one, other) = (lock(one).clone(), lock(other).clone());
            Ratio::of(what, 0.99, [(own, &one), (its, &other)])
        };
        let ack = ratio("p99 of the acknowledgement", &self.ack, &later.ack);
        let receipt = ratio("p99 of the receipt", &self.receipt, &later.receipt);
        ack.into_iter().chain(receipt).collect()
    }

    /// Refusals by their code.
    pub(super) fn errors(&self) -> BTreeMap<String, u64> {
        lock(&self.errors).clone()
    }
}

fn record(histogram: &Mutex<Histogram<u64>>, samples: &mut Vec<u64>) {
    if samples.is_empty() {
        return;
    }
    let mut histogram = lock(histogram);
    for sample in samples.drain(..) {
        histogram.saturating_record(sample);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
