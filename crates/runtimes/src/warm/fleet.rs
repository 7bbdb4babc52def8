//! The warm instances of one function, and the choice whether to start another.
//!
//! Owns what each instance does. The choice is a pure function of that and of the queue: an instance is
//! started only when a call has waited for a while and the queue would take longer to drain than an instance
//! to start.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::status::InstanceCounts;

/// The warm instances of one function.
#[derive(Default)]
pub(crate) struct Fleet {
    members: BTreeMap<u32, Member>,
    next: u32,
    /// Somebody will look again whether an instance is missing.
    is_watched: bool,
    /// No further instance before this: one has just failed to start.
    hold_off_until: Option<Instant>,
    /// Running mean of how long a call takes.
    call: Option<Duration>,
    /// How long the last start took.
    start: Duration,
}

struct Member {
    process: Option<u32>,
    phase: Phase,
    since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Idle,
    Busy,
}

/// What waits for the fleet.
pub(crate) struct Demand {
    /// Calls that wait.
    pub(crate) waiting: usize,
    /// When the oldest of them was asked for.
    pub(crate) oldest: Option<Instant>,
    /// Instances at most.
    pub(crate) cap: usize,
    /// A call is to wait this long before another instance starts for it.
    pub(crate) patience: Duration,
}

/// Whether to start another instance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Those that are there, or on their way, will do.
    Enough,
    /// Start this one; it counts as starting.
    Start(u32),
    /// Too early to say: look again after this long.
    Look(Duration),
}

/// How long a fleet waits after an instance failed to start, while others of its instances work.
const HOLD_OFF: Duration = Duration::from_secs(1);

impl Fleet {
    /// Decides whether to start another instance.
    pub(crate) fn scale(&mut self, demand: &Demand, now: Instant) -> Scale {
        let counts = self.counts();
        let ready = counts.idle + counts.busy;
        let Some(oldest) = demand.oldest else { return Scale::Enough };
        if self.members.len() >= demand.cap || counts.idle >= demand.waiting {
            return Scale::Enough;
        }
        if ready == 0 && counts.starting == 0 {
            return self.begin(now);
        }
        // At most as many starts at once as instances work: the fleet doubles, it does not explode.
        if counts.starting >= ready.max(1) {
            return Scale::Enough;
        }
        let waited = now.saturating_duration_since(oldest);
        let held = self.hold_off_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let early = demand.patience.saturating_sub(waited).max(held);
        if !early.is_zero() {
            return Scale::Look(early);
        }
        if self.drains_in(demand.waiting, ready, now) <= self.start {
            return Scale::Look(demand.patience.max(Duration::from_millis(1)));
        }
        self.begin(now)
    }

    fn begin(&mut self, now: Instant) -> Scale {
        let instance = self.next;
        self.next += 1;
        self.members.insert(instance, Member { process: None, phase: Phase::Starting, since: now });
        Scale::Start(instance)
    }

    /// How long the waiting calls keep the ready instances at work.
    fn drains_in(&self, waiting: usize, ready: usize, now: Instant) -> Duration {
        let busy = self.members.values().filter(|member| member.phase == Phase::Busy);
        let longest = busy.map(|member| now.saturating_duration_since(member.since)).max();
        let call = self.call.unwrap_or_default().max(longest.unwrap_or_default());
        let rounds = u32::try_from(waiting.div_ceil(ready.max(1))).unwrap_or(u32::MAX);
        call.saturating_mul(rounds)
    }

    /// Claims the one place of those who look again later; false if it is taken.
    pub(crate) fn claim_watch(&mut self) -> bool {
        !std::mem::replace(&mut self.is_watched, true)
    }

    pub(crate) fn end_watch(&mut self) {
        self.is_watched = false;
    }

    pub(crate) fn runs_as(&mut self, instance: u32, process: u32) {
        if let Some(member) = self.members.get_mut(&instance) {
            member.process = Some(process);
        }
    }

    pub(crate) fn process(&self, instance: u32) -> Option<u32> {
        self.members.get(&instance)?.process
    }

    /// The instance can take calls.
    pub(crate) fn is_ready(&mut self, instance: u32, now: Instant) {
        if let Some(member) = self.members.get(&instance) {
            self.start = now.saturating_duration_since(member.since);
            self.hold_off_until = None;
        }
        self.is_idle(instance);
    }

    pub(crate) fn is_busy(&mut self, instance: u32) {
        if let Some(member) = self.members.get_mut(&instance) {
            member.phase = Phase::Busy;
            member.since = Instant::now();
        }
    }

    pub(crate) fn is_idle(&mut self, instance: u32) {
        if let Some(member) = self.members.get_mut(&instance) {
            member.phase = Phase::Idle;
        }
    }

    /// The instance has answered a call, which took this long.
    pub(crate) fn answered(&mut self, took: Duration) {
        self.call = Some(self.call.map_or(took, |mean| (mean * 7 + took) / 8));
    }

    /// The instance has ended.
    pub(crate) fn lose(&mut self, instance: u32) {
        self.members.remove(&instance);
    }

    /// The instance has failed to start. True if no other is left that could take the waiting calls.
    pub(crate) fn fail_start(&mut self, instance: u32, now: Instant) -> bool {
        self.members.remove(&instance);
        self.hold_off_until = Some(now + HOLD_OFF);
        self.members.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn counts(&self) -> InstanceCounts {
        let mut counts = InstanceCounts::default();
        for member in self.members.values() {
            match member.phase {
                Phase::Starting => counts.starting += 1,
                Phase::Idle => counts.idle += 1,
                Phase::Busy => counts.busy += 1,
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    fn demand(waiting: usize, oldest: Instant) -> Demand {
        Demand { waiting, oldest: (waiting > 0).then_some(oldest), cap: 4, patience: PATIENCE }
    }

    /// A fleet with one instance that started in 50 ms and is busy.
    fn one_busy(now: Instant) -> Fleet {
        let mut fleet = Fleet::default();
        assert_eq!(fleet.scale(&demand(1, now), now), Scale::Start(0));
        fleet.is_ready(0, now + Duration::from_millis(50));
        fleet.is_busy(0);
        fleet
    }

    #[test]
    fn the_first_call_starts_an_instance_and_the_next_ones_wait_for_it() {
        let now = Instant::now();
        let mut fleet = Fleet::default();
        assert_eq!(fleet.scale(&demand(0, now), now), Scale::Enough);
        assert_eq!(fleet.scale(&demand(1, now), now), Scale::Start(0));
        assert_eq!(fleet.scale(&demand(1000, now), now + 10 * PATIENCE), Scale::Enough);
    }

    #[test]
    fn a_call_that_has_not_waited_long_starts_nothing() {
        let now = Instant::now();
        let mut fleet = one_busy(now);
        let early = now + PATIENCE / 2;
        assert_eq!(fleet.scale(&demand(1, now), early), Scale::Look(PATIENCE / 2));
    }

    #[test]
    fn a_queue_that_drains_sooner_than_an_instance_starts_is_left_alone() {
        let now = Instant::now();
        let mut fleet = one_busy(now);
        fleet.answered(Duration::from_micros(100));
        fleet.is_idle(0);
        assert_eq!(fleet.scale(&demand(100, now), now + PATIENCE), Scale::Look(PATIENCE));
    }

    #[test]
    fn slow_calls_double_the_fleet_up_to_its_cap() {
        let now = Instant::now();
        let mut fleet = one_busy(now);
        fleet.answered(Duration::from_secs(1));
        let late = now + 2 * PATIENCE;
        assert_eq!(fleet.scale(&demand(9, now), late), Scale::Start(1));
        assert_eq!(fleet.scale(&demand(9, now), late), Scale::Enough);
        fleet.is_ready(1, late);
        fleet.is_busy(1);
        assert_eq!(fleet.scale(&demand(9, now), late), Scale::Start(2));
        assert_eq!(fleet.scale(&demand(9, now), late), Scale::Start(3));
        assert_eq!(fleet.scale(&demand(9, now), late), Scale::Enough);
    }
}
