//! Measures append + sync of the log against the least the disk can do: the same number of bytes with `pwrite` and
//! `fdatasync` into a file that is allocated and was written before. Shared by the benchmark and the example.

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_journal::log::{Batch, Log, Settings};
use tidegate_journal::{Disk, RealDisk};

pub(crate) const RECORD: [u8; 300] = [b'r'; 300];

/// Bytes that each round of the raw writer goes over, again and again.
const RAW_FILE_BYTES: u64 = 64 << 20;

/// A file whose blocks are all allocated and written.
pub(crate) struct Raw {
    file: File,
    bytes: Vec<u8>,
    position: u64,
}

impl Raw {
    pub(crate) fn new(dir: &Path, records: usize) -> Self {
        let options = File::options().create(true).truncate(true).read(true).write(true).clone();
        let file = options.open(dir.join("raw")).expect("the directory is ours");
        let zeros = vec![0; 1 << 20];
        for at in 0..RAW_FILE_BYTES >> 20 {
            file.write_all_at(&zeros, at << 20).expect("there is room");
        }
        file.sync_all().expect("the disk syncs");
        Self { file, bytes: vec![b'r'; records * RECORD.len()], position: 0 }
    }

    pub(crate) fn append_and_sync(&mut self) {
        if self.position + self.bytes.len() as u64 > RAW_FILE_BYTES {
            self.position = 0;
        }
        self.file.write_all_at(&self.bytes, self.position).expect("the file is allocated");
        self.file.sync_data().expect("the disk syncs");
        self.position += self.bytes.len() as u64;
    }
}

/// A log with a batch of its own.
pub(crate) struct Journal {
    log: Log,
    batch: Batch,
    records: usize,
}

impl Journal {
    pub(crate) fn new(dir: &Path, records: usize) -> Self {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let (log, _) = Log::open(disk, Settings::new(dir.join("log"), 1)).expect("the directory is ours");
        Self { log, batch: Batch::new(), records }
    }

    pub(crate) fn append_and_sync(&mut self) {
        for _ in 0..self.records {
            self.batch.push(black_box(&RECORD));
        }
        self.log.write(&mut self.batch).expect("there is room");
        self.log.sync().expect("the disk syncs");
    }
}

/// Times of one way, sorted.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn quantile_us(&self, part: f64) -> f64 {
        let at = ((self.0.len() - 1) as f64 * part).round() as usize;
        self.0[at].as_secs_f64() * 1e6
    }

    pub(crate) fn mean_us(&self) -> f64 {
        self.0.iter().sum::<Duration>().as_secs_f64() * 1e6 / self.0.len() as f64
    }
}

/// Alternates the two, so that whatever else the machine does meets both: (raw, log).
pub(crate) fn measure(dir: &Path, records: usize, rounds: usize) -> (Times, Times) {
    let mut raw = Raw::new(dir, records);
    let mut journal = Journal::new(dir, records);
    let time = |work: &mut dyn FnMut()| {
        let begin = Instant::now();
        work();
        begin.elapsed()
    };
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        times.0.push(time(&mut || raw.append_and_sync()));
        times.1.push(time(&mut || journal.append_and_sync()));
    }
    times.0.sort_unstable();
    times.1.sort_unstable();
    (Times(times.0), Times(times.1))
}

/// One line per batch size: medians, means, high quantiles and the ratio of the medians.
pub(crate) fn print_ratios(dir: &Path) {
    println!("records | raw median, mean, p99 µs | log median, mean, p99 µs | ratio of medians");
    for (records, rounds) in [(1, 4000), (64, 1500), (1024, 150)] {
        let (raw, log) = measure(dir, records, rounds);
        let line = |times: &Times| {
            format!("{:7.1} {:7.1} {:7.1}", times.quantile_us(0.5), times.mean_us(), times.quantile_us(0.99))
        };
        let ratio = log.quantile_us(0.5) / raw.quantile_us(0.5);
        println!("{records:7} | {} | {} | {ratio:.2}", line(&raw), line(&log));
        std::fs::remove_dir_all(dir.join("log")).expect("the log is closed");
    }
}
