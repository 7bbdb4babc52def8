//! Seeded worlds: a log on a simulated disk, appended to, synced, crashed and opened again, beside a model that knows
//! what may be there. A failure prints its seed.

use std::sync::Arc;

use tidegate_journal::log::{AppendError, Log, OpenError, Settings};
use tidegate_journal::{Offset, SimDisk};

use crate::random::Random;

const WORLDS: u64 = 20_000;
const STEPS: u64 = 40;

struct World {
    random: Random,
    disk: SimDisk,
    log: Option<Log>,
    /// Every record that was handed to the log and not lost since, by offset.
    records: Vec<Vec<u8>>,
    /// Offsets at which batches end: what survives ends at one of them.
    ends: Vec<u64>,
    /// Everything below was acknowledged.
    acknowledged: u64,
    /// The first record lies between these.
    first: (u64, u64),
    settings: Settings,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let settings = Settings {
            segment_bytes: 600 + random.below(4000),
            zero_ahead_bytes: 1 + random.below(1500),
            ..Settings::new("/log", random.next())
        };
        let disk = SimDisk::new(random.next());
        let mut world = Self {
            random,
            disk,
            log: None,
            records: Vec::new(),
            ends: vec![0],
            acknowledged: 0,
            first: (0, 0),
            settings,
        };
        world.reopen();
        world
    }

    fn step(&mut self) {
        match self.random.below(24) {
            0..=9 => self.append(),
            10..=15 => self.sync(),
            16 => self.restart(),
            17 => self.crash(),
            18 => self.disk.cut_power_after(self.random.below(12)),
            19 => self.disk.fail_sync_after(self.random.below(4)),
            20 => self.disk.fail_write_after(self.random.below(4)),
            21 => self.retain(),
            22 => self.read_somewhere(),
            23 => self.fill_or_free_the_disk(),
            _ => unreachable!("below 24"),
        }
    }

    fn append(&mut self) {
        let batch: Vec<Vec<u8>> = (0..1 + self.random.below(4))
            .map(|_| {
                let length = self.random.below(if self.random.0.is_multiple_of(16) { 3000 } else { 300 });
                self.random.bytes(length)
            })
            .collect();
        let log = self.log.as_mut().unwrap();
        let written = log.append(batch.iter().map(Vec::as_slice));
        match written {
            Ok(first) => {
                assert_eq!(first.0, self.records.len() as u64);
                self.remember(batch);
            }
            Err(AppendError::Full(_)) => {
                assert_eq!(log.next_offset().0, self.records.len() as u64);
                self.acknowledged = self.acknowledged.max(log.durable_offset().0);
            }
            Err(_) => {
                // A batch whose write failed may have reached the disk whole. Handed in after an earlier failure it
                // cannot, and then the reopened log ends before it.
                self.remember(batch);
                self.crash_or_restart();
            }
        }
        if let Some(log) = &self.log {
            self.acknowledged = self.acknowledged.max(log.durable_offset().0);
        }
    }

    fn remember(&mut self, batch: Vec<Vec<u8>>) {
        self.records.extend(batch);
        self.ends.push(self.records.len() as u64);
    }

    fn sync(&mut self) {
        match self.log.as_mut().unwrap().sync() {
            Ok(end) => {
                assert_eq!(end.0, self.records.len() as u64);
                self.acknowledged = end.0;
            }
            Err(_) => self.crash_or_restart(),
        }
    }

    fn retain(&mut self) {
        let to = self.random.below(self.acknowledged + 1);
        self.first.1 = self.first.1.max(to);
        match self.log.as_mut().unwrap().retain_from(Offset(to)) {
            Ok(_) => self.first.0 = self.log.as_ref().unwrap().first_offset().0,
            Err(_) => self.crash_or_restart(),
        }
    }

    fn read_somewhere(&mut self) {
        let log = self.log.as_ref().unwrap();
        let (first, end) = (log.first_offset().0, log.durable_offset().0);
        if first < end {
            let offset = first + self.random.below(end - first);
            match log.read(Offset(offset)) {
                Ok(record) => assert_eq!(record, self.records[offset as usize]),
                Err(error) => assert!(format!("{error:?}").contains("power is off"), "{error:?}"),
            }
        }
    }

    fn fill_or_free_the_disk(&mut self) {
        let capacity = if self.random.one_in(2) { 3000 + self.random.below(10_000) } else { u64::MAX };
        self.disk.set_capacity(capacity);
    }

    fn crash_or_restart(&mut self) {
        if self.random.one_in(2) { self.crash() } else { self.restart() }
    }

    fn crash(&mut self) {
        self.disk.crash();
        self.restart();
    }

    fn restart(&mut self) {
        self.log = None;
        self.reopen();
    }

    /// Opens the log, whatever it takes, and compares it with the model.
    fn reopen(&mut self) {
        let (log, recovered) = loop {
            match Log::open(Arc::new(self.disk.clone()), self.settings.clone()) {
                Ok(opened) => break opened,
                Err(OpenError::Disk(_)) => {
                    // The fault of the moment: no power, a failed sync, no room for the first segment.
                    self.disk.set_capacity(u64::MAX);
                    self.disk.crash();
                }
                Err(other) => panic!("what a crash leaves is never taken for damage: {other}"),
            }
        };
        let next = recovered.next_offset.0;
        assert!(self.acknowledged <= next, "acknowledged up to {}, there up to {next}", self.acknowledged);
        assert!(self.ends.contains(&next), "a part of a batch survived: {next} of {:?}", self.ends);
        let first = recovered.first_offset.0;
        assert!(
            self.first.0 <= first && first <= self.first.1.max(self.first.0),
            "{first} of {:?}",
            self.first
        );
        self.first = (first, first);
        self.records.truncate(next as usize);
        self.ends.retain(|end| *end <= next);
        self.acknowledged = next;
        self.log = Some(log);
        self.compare();
    }

    fn compare(&self) {
        let log = self.log.as_ref().unwrap();
        let mut expected = self.first.0;
        for record in log.reader(Offset(expected)) {
            let Ok((offset, record)) = record else {
                // Only a machine without power refuses to read.
                assert!(format!("{record:?}").contains("power is off"), "{record:?}");
                return;
            };
            assert_eq!(offset.0, expected);
            assert_eq!(record, self.records[expected as usize]);
            expected += 1;
        }
        assert_eq!(expected, self.records.len() as u64);
    }
}

fn run(seed: u64) -> (Vec<Vec<u8>>, u64) {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step();
    }
    world.crash();
    (world.records, world.disk.activity().writes)
}

#[test]
fn what_was_synced_is_there_in_order_and_nothing_else_is() {
    let seeds = 0..WORLDS;
    let mut survived = 0;
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| run(seed));
        let (records, _) = outcome.unwrap_or_else(|_| panic!("seed {seed} failed, see above"));
        survived += records.len();
    }
    assert!(
        survived as u64 > WORLDS * STEPS / 2,
        "the worlds must have something to lose: {survived} records"
    );
}

#[test]
fn a_seed_tells_the_whole_story() {
    for seed in [3, 1_000_003] {
        assert_eq!(run(seed), run(seed));
    }
}
