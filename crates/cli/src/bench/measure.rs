//! How things are measured: time, CPU, memory, and the disk underneath.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tidegate_json::Value;

use crate::problem::{Problem, Result};

/// What a scenario found.
#[derive(Debug)]
pub(crate) struct Figures {
    scenario: String,
    fields: Vec<(&'static str, Value)>,
}

/// A directory of this benchmark's own; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

/// Time that has passed, and CPU time that the process spent meanwhile.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
    process: Duration,
    thread: Duration,
}

/// What a stopwatch shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lap {
    pub(crate) wall: Duration,
    /// Of all threads.
    pub(crate) process_cpu: Duration,
    /// Of the thread that asks.
    pub(crate) thread_cpu: Duration,
}

impl Figures {
    pub(crate) fn new(scenario: impl Into<String>) -> Self {
        Self { scenario: scenario.into(), fields: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// `count` things done in `lap`, with CPU of all threads.
    pub(crate) fn rates(self, count: usize, wall: Duration, cpu: Duration) -> Self {
        let per = |time: Duration| (count as f64 / time.as_secs_f64().max(1e-9)).round();
        self.with("events", count)
            .with("seconds", rounded(wall.as_secs_f64(), 4))
            .with("events_per_second", per(wall))
            .with("cpu_seconds", rounded(cpu.as_secs_f64(), 4))
            .with("events_per_cpu_second", per(cpu))
    }

    /// Median, 99th percentile, of durations in microseconds.
    pub(crate) fn percentiles(self, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let place = ((times.len() as f64 - 1.0) * share).round() as usize;
            times.get(place).map_or(0.0, |time| rounded(time.as_secs_f64() * 1e6, 1))
        };
        self.with("p50_us", at(0.5)).with("p99_us", at(0.99))
    }

    pub(crate) fn peak_rss(self) -> Self {
        self.with("peak_rss_mib", peak_rss_mib())
    }

    pub(crate) fn to_json(&self) -> String {
        let scenario = [("scenario", Value::from(self.scenario.as_str()))];
        Value::object(scenario.into_iter().chain(self.fields.clone())).to_text()
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.scenario);
        for (name, value) in &self.fields {
            text.push_str(&format!("  {name:<28} {value}\n"));
        }
        text
    }
}

impl Place {
    pub(crate) fn new(parent: &Path) -> Result<Self> {
        let path = parent.join(format!(".tidegate-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| {
            Problem::invalid(format!(
                "cannot make {}: {error}; name another directory with --data",
                path.display()
            ))
        })?;
        Ok(Self(path))
    }

    /// A path inside it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is in a directory that says whose it is.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), process: process_cpu(), thread: thread_cpu() }
    }

    pub(crate) fn lap(&self) -> Lap {
        Lap {
            wall: self.started.elapsed(),
            process_cpu: process_cpu().saturating_sub(self.process),
            thread_cpu: thread_cpu().saturating_sub(self.thread),
        }
    }
}

fn process_cpu() -> Duration {
    clock(ClockId::ProcessCPUTime)
}

fn thread_cpu() -> Duration {
    clock(ClockId::ThreadCPUTime)
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The most memory that the process had resident so far, in MiB.
pub(crate) fn peak_rss_mib() -> f64 {
    status_kib("VmHWM:") / 1024.0
}

/// The memory that the process has resident now, in MiB.
pub(crate) fn rss_mib() -> f64 {
    status_kib("VmRSS:") / 1024.0
}

fn status_kib(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

pub(crate) fn rounded(number: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (number * scale).round() / scale
}

/// The disk alone.
pub(crate) fn disk(place: &Place) -> Result<Figures> {
    Ok(Figures::new("disk").with("what", "pwrite of 300 bytes and fdatasync").percentiles(syncs(place)?))
}

/// Median of a write of 300 bytes into a file that has its blocks, and an fdatasync.
pub(crate) fn median_sync(place: &Place) -> Result<Duration> {
    let mut times = syncs(place)?;
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

fn syncs(place: &Place) -> Result<Vec<Duration>> {
    const SIZE: usize = 1 << 20;
    const WRITES: u64 = 400;
    let path = place.join("disk");
    let failed = |error: std::io::Error| Problem::failed(format!("cannot write {}: {error}", path.display()));
    let file: File =
        OpenOptions::new().create(true).truncate(true).write(true).open(&path).map_err(failed)?;
    file.write_all_at(&vec![0; SIZE], 0).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let mut times = Vec::with_capacity(WRITES as usize);
    for number in 0..WRITES {
        let started = Instant::now();
        file.write_all_at(&[7; 300], number * 300).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        times.push(started.elapsed());
    }
    Ok(times)
}
