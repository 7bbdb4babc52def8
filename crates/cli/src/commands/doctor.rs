//! `tidegate doctor`: what this machine offers, and what is missing.
//!
//! A check either holds, or holds with a reservation, or does not; only the last kind changes the exit code.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tidegate_json::Value;

use crate::output;
use crate::problem::{Exit, Result};
use crate::retention::{RetentionArguments, Size};
use crate::terminal::{Style, Terminal};

/// Check what this machine offers: disk, interpreters, port, clock
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The data directory to look at
    #[arg(long, value_name = "DIR", env = "TIDEGATE_DATA", default_value = crate::data_directory::DEFAULT)]
    data: PathBuf,
    /// Where `tidegate dev` is to listen
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8433")]
    listen: String,
    #[command(flatten)]
    retention: RetentionArguments,
    /// Form of the findings
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORM")]
    output: Form,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A line for each check
    Text,
    /// A list of JSON objects with check, verdict, finding and help
    Json,
}

/// What a check found.
struct Finding {
    check: &'static str,
    verdict: Verdict,
    text: String,
    help: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Reservation,
    Bad,
}

impl Finding {
    fn new(check: &'static str, verdict: Verdict, text: impl Into<String>) -> Self {
        Self { check, verdict, text: text.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    let mut findings = vec![
        Finding::new("tidegate", Verdict::Good, concat!("version ", env!("CARGO_PKG_VERSION"))),
        cores(),
    ];
    findings.extend(disk(&arguments.data, &arguments.retention));
    findings.push(kept(&arguments.data, &arguments.retention));
    findings.push(interpreter("python", "TIDEGATE_PYTHON", "python3"));
    findings.push(interpreter("node", "TIDEGATE_NODE", "node"));
    findings.push(port(&arguments.listen));
    findings.push(clock());
    output::print(&match arguments.output {
        Form::Text => findings.iter().map(|finding| line(finding, Terminal::stdout())).collect::<String>(),
        Form::Json => Value::array(findings.iter().map(document)).to_text() + "\n",
    })?;
    let is_well = findings.iter().all(|finding| finding.verdict != Verdict::Bad);
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

fn line(finding: &Finding, terminal: Terminal) -> String {
    let sign = match finding.verdict {
        Verdict::Good => terminal.paint(Style::Good, "ok  "),
        Verdict::Reservation => terminal.paint(Style::Warning, "note"),
        Verdict::Bad => terminal.paint(Style::Error, "bad "),
    };
    let help = finding.help.as_ref().map(|help| format!("\n                  {help}")).unwrap_or_default();
    format!("{sign}  {:<10}  {}{help}\n", finding.check, finding.text)
}

fn document(finding: &Finding) -> Value {
    let verdict = match finding.verdict {
        Verdict::Good => "ok",
        Verdict::Reservation => "note",
        Verdict::Bad => "bad",
    };
    let mut document =
        Value::object([("check", finding.check), ("verdict", verdict), ("finding", finding.text.as_str())]);
    if let Some(help) = &finding.help {
        document.set("help", help.as_str());
    }
    document
}

fn cores() -> Finding {
    match std::thread::available_parallelism() {
        Ok(cores) => Finding::new("processor", Verdict::Good, format!("{cores} cores for this process")),
        Err(error) => Finding::new(
            "processor",
            Verdict::Reservation,
            format!("the number of cores is unknown: {error}"),
        ),
    }
}

/// Whether the data directory can be written, how much room it has, and how long a sync takes there.
fn disk(data: &Path, retention: &RetentionArguments) -> Vec<Finding> {
    let shown = data.display();
    let place = nearest_directory(data);
    let is_there = data.is_dir();
    let probe = match Probe::new(&place) {
        Ok(probe) => probe,
        Err(error) => {
            let text = format!("{} cannot be written: {error}", place.display());
            let help = "give this user the right to write there, or name another directory: --data DIR";
            return vec![Finding::new("data", Verdict::Bad, text).help(help)];
        }
    };
    let found = if is_there { "can be written" } else { "is not there yet, and can be made" };
    vec![
        Finding::new("data", Verdict::Good, format!("{shown} {found}")),
        room(&place, retention),
        sync(probe),
    ]
}

/// The directory itself, or the one that it would be made in.
fn nearest_directory(data: &Path) -> PathBuf {
    let above = data.ancestors().find(|path| path.exists()).unwrap_or(Path::new(""));
    if above.as_os_str().is_empty() { PathBuf::from(".") } else { above.to_owned() }
}

/// A file to write to, gone with this value.
struct Probe {
    path: PathBuf,
    file: File,
}

impl Probe {
    fn new(directory: &Path) -> std::io::Result<Self> {
        let path = directory.join(format!(".tidegate-doctor-{}", std::process::id()));
        let file = File::create_new(&path)?;
        Ok(Self { path, file })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // An empty file that cannot be removed is in nobody's way.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn room(place: &Path, retention: &RetentionArguments) -> Finding {
    const ENOUGH_BYTES: u64 = 1 << 30;
    const LEAST_BYTES: u64 = 64 << 20;
    let stat = match rustix::fs::statvfs(place) {
        Ok(stat) => stat,
        Err(error) => {
            return Finding::new("space", Verdict::Reservation, format!("free space is unknown: {error}"));
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let text = format!("{} MiB are free", free >> 20);
    match free {
        ENOUGH_BYTES.. => Finding::new("space", Verdict::Good, text),
        LEAST_BYTES.. => {
            let help = format!(
                "the journal alone is kept up to {}; less is enough for recovery: --retain-journal SIZE",
                retention.retain_journal
            );
            Finding::new("space", Verdict::Reservation, text).help(help)
        }
        _ => {
            Finding::new("space", Verdict::Bad, text).help("make room, or name another directory: --data DIR")
        }
    }
}

/// What the data takes, and how long it is kept.
fn kept(data: &Path, retention: &RetentionArguments) -> Finding {
    let parts = [("journal", "journal"), ("checkpoints and history", "state"), ("payloads", "payloads")];
    let sizes = parts.map(|(name, dir)| format!("{name} {}", Size(bytes_below(&data.join(dir)))));
    let RetentionArguments { retain_runs, retain_journal } = retention;
    let text = format!(
        "{}; ended runs are kept {retain_runs}, the journal up to {retain_journal}",
        sizes.join(", ")
    );
    Finding::new("kept", Verdict::Good, text)
}

/// Bytes that the files below a directory take on disk. What cannot be looked at, or goes meanwhile, is not counted.
fn bytes_below(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => dirs.push(entry.path()),
                Ok(found) => bytes += found.blocks() * 512,
                Err(_) => {}
            }
        }
    }
    bytes
}

/// Writes of a block, each synced as the journal does: what an acknowledgement waits for.
fn sync(mut probe: Probe) -> Finding {
    const SYNCS: u32 = 20;
    const SLOW: Duration = Duration::from_millis(20);
    let mut times = Vec::new();
    for _ in 0..SYNCS {
        let started = Instant::now();
        if let Err(error) = probe.file.write_all(&[0; 4096]).and_then(|()| probe.file.sync_data()) {
            let help = "without it nothing can be acknowledged; is the disk full or read-only?";
            return Finding::new("sync", Verdict::Bad, format!("writing and syncing fails: {error}"))
                .help(help);
        }
        times.push(started.elapsed());
    }
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let text = format!(
        "an fdatasync takes {} µs in the median, {} µs at worst",
        median.as_micros(),
        worst.as_micros()
    );
    if median < SLOW {
        return Finding::new("sync", Verdict::Good, text);
    }
    Finding::new("sync", Verdict::Reservation, text)
        .help("each acknowledgement waits for one; a faster disk shortens it")
}

/// An interpreter for warm handlers: not needed by workflows that have none.
fn interpreter(check: &'static str, variable: &str, default: &str) -> Finding {
    let program =
        std::env::var(variable).ok().filter(|path| !path.is_empty()).unwrap_or_else(|| default.to_owned());
    match Command::new(&program).arg("--version").output() {
        Ok(answer) if answer.status.success() => {
            let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
            Finding::new(check, Verdict::Good, format!("`{program}` is {version}"))
        }
        Ok(answer) => {
            let text = format!("`{program} --version` ends with {}", answer.status);
            Finding::new(check, Verdict::Reservation, text).help(format!("name one that works in {variable}"))
        }
        Err(error) => {
            let text = format!("`{program}` cannot be started: {error}");
            let help = format!("only `{check}` functions need it; install it, or name it in {variable}");
            Finding::new(check, Verdict::Reservation, text).help(help)
        }
    }
}

fn port(listen: &str) -> Finding {
    match TcpListener::bind(listen) {
        Ok(_) => Finding::new("port", Verdict::Good, format!("{listen} is free")),
        Err(error) => {
            let help = "a Tidegate that runs there already is fine; otherwise choose another: tidegate dev --listen HOST:PORT";
            Finding::new("port", Verdict::Reservation, format!("cannot listen on {listen}: {error}"))
                .help(help)
        }
    }
}

/// Timers fire by this clock. Nothing here can tell the right time, but some times cannot be right.
fn clock() -> Finding {
    // 2026-01-01: before the first release of this program.
    const EARLIEST: Duration = Duration::from_secs(1_767_225_600);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let shown = crate::terminal::now();
    if now < EARLIEST {
        return Finding::new("clock", Verdict::Bad, format!("it is not {shown}"))
            .help("set the clock: timers and timeouts go by it");
    }
    Finding::new("clock", Verdict::Good, format!("it is {shown}"))
}
