//! A disk that fills up while events arrive and functions run, and that somebody makes room on.
//!
//! Two real ways to fill it: a small file system, and a limit on the size of files, which needs no mount.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tidegate_json::Value;

use crate::http::{self, metric, wait_for_metric};
use crate::place::{Place, Server, client, make_pipe};
use crate::small_file_system::{self, Where};
use crate::tally::{Batch, Client};

/// What makes the disk full.
enum Scarcity {
    /// A file that takes all the room there is.
    Ballast(PathBuf),
    /// No file of this process may have more bytes.
    Limit { pid: u32, bytes: u64 },
}

impl Scarcity {
    fn begin(&self) {
        match self {
            Self::Ballast(path) => {
                let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
                let piece = vec![1; 64 << 10];
                while file.write_all(&piece).is_ok() {}
            }
            Self::Limit { pid, bytes } => limit(*pid, Some(*bytes)),
        }
    }

    fn end(&self) {
        match self {
            Self::Ballast(path) => fs::remove_file(path).unwrap(),
            Self::Limit { pid, .. } => limit(*pid, None),
        }
    }
}

/// Limits the size of files that a process writes; `maximum` stays, so that it can be raised again.
fn limit(pid: u32, bytes: Option<u64>) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn a_full_file_system_loses_nothing_and_takes_more_once_there_is_room() {
    const TEST: &str = "full_disk::a_full_file_system_loses_nothing_and_takes_more_once_there_is_room";
    // Two segments of the journal with their 64 MiB each, and what is around them.
    match small_file_system::enter(TEST, 160) {
        Where::Done => {}
        Where::NotPermitted => {
            eprintln!("WARNING: no file system can be mounted here; files are limited in size instead");
            check_under_a_limit();
        }
        Where::Inside(dir) => {
            let place = Place::new();
            let data = dir.join("data");
            let ballast = dir.join("ballast");
            check(&place, &data, |_| Scarcity::Ballast(ballast.clone()));
            small_file_system::reached();
        }
    }
}

#[test]
fn a_limit_on_file_size_loses_nothing_and_is_survived() {
    check_under_a_limit();
}

fn check_under_a_limit() {
    let place = Place::new();
    let data = place.path("data");
    check(&place, &data, |server| Scarcity::Limit { pid: server.pid(), bytes: 64 << 10 });
}

fn check(place: &Place, data: &Path, scarcity: impl Fn(&Server) -> Scarcity) {
    let data = data.to_str().unwrap();
    let server = Client::serve(place, data);
    let mut sender = Client::default();
    assert_eq!(sender.send(&server, Batch { events: 3, bytes: 10 }).1.status, 202);
    let small = Gated::start(place, &server, "small");
    let large = Gated::start(place, &server, "large");
    let scarcity = scarcity(&server);

    scarcity.begin();
    let refused = fill(&mut sender, &server);
    sender.check(&server);
    check_told(place, &server, &refused.1.body);

    // What ends in the meantime can be recorded nowhere: the first in no journal, the second in no file beside it.
    let before = metric(&server, "tidegate_journal_refused_batches_total");
    small.finish(20_000);
    wait_for_metric(&server, "tidegate_journal_refused_batches_total", |found| found > before);
    large.finish(100_000);
    wait_for_metric(&server, "tidegate_results_waiting", |found| found == 1);
    assert_eq!((small.status(&server), large.status(&server)), ("running".into(), "running".into()));

    if let Scarcity::Ballast(_) = scarcity {
        wait_for_metric(&server, "tidegate_checkpoint_failing", |found| found == 1);
    }

    scarcity.end();
    small.check_result(&server, 20_000);
    large.check_result(&server, 100_000);
    let again = sender.send_again(&server, &refused.0, BATCH.bytes);
    assert_eq!(again.status, 202, "{}", again.body);
    let duplicates = again.document().get("duplicates").and_then(Value::as_array).map_or(0, |ids| ids.len());
    assert_eq!(duplicates, 0, "nothing of what was refused is there");
    sender.check(&server);
    wait_for_metric(&server, "tidegate_checkpoint_failing", |found| found == 0);

    // Full once more, killed in that state, and started in it: what is there can be read.
    let server = if let Scarcity::Ballast(_) = scarcity {
        scarcity.begin();
        let (_, answer) = sender.send(&server, Batch { events: 1, bytes: 100_000 });
        assert_eq!(answer.status, 507, "{}", answer.body);
        server.running.kill();
        let server = Client::serve(place, data);
        sender.check(&server);
        scarcity.end();
        server
    } else {
        server
    };
    assert_eq!(sender.send(&server, Batch { events: 1, bytes: 100_000 }).1.status, 202);
    server.running.kill();
    let server = Client::serve(place, data);
    sender.check(&server);
    small.check_result(&server, 20_000);
    large.check_result(&server, 100_000);
    assert_eq!(server.stop().code, Some(0));
}

/// Events that travel in the journal, a few mebibytes at a time.
const BATCH: Batch = Batch { events: 100, bytes: 30_000 };

/// Sends events until none is taken, however small; gives the first that were refused.
fn fill(sender: &mut Client, server: &Server) -> (Vec<u64>, http::Answer) {
    let (_, beside) = sender.send(server, Batch { events: 1, bytes: 100_000 });
    assert_eq!(beside.status, 507, "large data has no room beside the journal: {}", beside.body);
    let refused = sender.send_until_refused(server, BATCH);
    for bytes in [BATCH.bytes, 0] {
        assert_eq!(sender.send_until_refused(server, Batch { events: 1, bytes }).1.status, 507);
    }
    assert_eq!(refused.1.media_type, "application/problem+json");
    refused
}

/// Programs and people are told the cause and the way out.
fn check_told(place: &Place, server: &Server, problem: &str) {
    let problem = Value::parse(problem).unwrap();
    let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    assert_eq!(
        (text("type"), problem.get("status").and_then(Value::as_u64)),
        ("/problems/no-space".into(), Some(507))
    );
    let causes = ["no space is left on the device", "the file would exceed the limit on file size"];
    assert!(causes.iter().any(|cause| text("detail").contains(cause)), "{problem}");
    assert!(text("detail").contains("/journal/"), "it names the place: {problem}");
    assert!(text("help").contains("free some space"), "{problem}");

    let data = format!("\"{}\"", "x".repeat(20_000));
    let refused = client(place, server, &["emit", "--type", "test.other", "--data", &data]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{}", refused.stderr);
    assert!(causes.iter().any(|cause| refused.stderr.contains(cause)), "{}", refused.stderr);
    assert!(refused.stderr.contains("help: free some space"), "{}", refused.stderr);
    // Whoever asks is answered.
    assert_eq!(client(place, server, &["workflows", "-o", "name"]).code, Some(0));
}

/// A run of one function that ends when the test says so, with a result of the test's size.
struct Gated {
    run: String,
    gate: PathBuf,
}

impl Gated {
    /// Starts it; its function is under way on return.
    fn start(place: &Place, server: &Server, name: &str) -> Self {
        let (begun, gate) = (place.path(&format!("{name}-begun")), place.path(&format!("{name}-gate")));
        make_pipe(&begun);
        make_pipe(&gate);
        let file = format!("{name}.yaml");
        let (begun_at, gate_at) = (begun.display(), gate.display());
        place.file(
            &file,
            &format!(
                "workflow: {name}\nfunctions:\n  wait: {{command: 'echo > {begun_at}; cat {gate_at}'}}\ntriggers:\n  \
                 begin: {{on: start, do: {{invoke: {{function: wait}}}}}}\n  \
                 end: {{on: {{succeeded: wait}}, do: {{complete: '{{% $length(event.data) %}}'}}}}\n"
            ),
        );
        client(place, server, &["apply", &file]).stdout();
        let run = client(place, server, &["start", name]).stdout().to_owned();
        assert_eq!(fs::read_to_string(begun).unwrap(), "\n");
        Self { run, gate }
    }

    /// Lets the function end with a text of `bytes`.
    fn finish(&self, bytes: usize) {
        fs::write(&self.gate, format!("\"{}\"", "r".repeat(bytes))).unwrap();
    }

    fn status(&self, server: &Server) -> String {
        let run = http::get(server, &format!("/v1/runs/{}", self.run)).document();
        run.get("status").and_then(Value::as_str).unwrap().to_owned()
    }

    /// It ended well, and its function was called once.
    #[track_caller]
    fn check_result(&self, server: &Server, bytes: u64) {
        let ended = http::get(server, &format!("/v1/runs/{}/wait?timeout=60s", self.run));
        assert_eq!(ended.status, 200, "{}", ended.body);
        let run = http::get(server, &format!("/v1/runs/{}", self.run)).document();
        assert_eq!(run.get("output").and_then(Value::as_u64), Some(bytes), "{run}");
        let history = http::get(server, &format!("/v1/runs/{}/history?limit=1000", self.run)).body;
        assert_eq!(history.matches("\"task_ended\"").count(), 1, "{history}");
    }
}
