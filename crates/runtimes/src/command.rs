//! Functions that are an executable or a shell line: input on stdin, result on stdout, log on stderr, outcome
//! by exit code.
//!
//! Invariant: when an attempt has ended, so has its whole process group, also what it left in the background.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tidegate_json::{RawJson, Value};
use tidegate_model::function::Command;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Failure, Invocation, Outcome, Span, Text};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use crate::function::{Function, Turn};
use crate::host::Host;
use crate::logs::LogWriter;
use crate::process::environment::Environment;
use crate::process::limits::Limits;
use crate::process::{Launch, Process, launch};
use crate::runtimes::{timeout, took_longer_than};
use crate::settings::duration;

/// How long to read on after the process group has ended. Only a process that left its group can still hold a
/// pipe open.
const DRAIN: Duration = Duration::from_secs(1);

/// How much of a failed command's output its failure shows, in bytes.
const SHOWN_BYTES: usize = 4 << 10;

/// How an attempt's process ended, or why it was ended.
enum Ending {
    Exited(ExitStatus),
    TimedOut(Span),
    TooMuchOutput,
    Abandoned,
}

/// What the process said.
struct Said {
    stdout: Vec<u8>,
    stderr: String,
}

/// The standard output was longer than it may be.
struct TooMuch;

/// Runs an attempt; `None` if it was abandoned.
pub(crate) async fn run(host: &Host, function: &Function, turn: &Turn, command: &Command) -> Option<Outcome> {
    let invocation = &turn.attempt.invocation;
    let mut input = invocation.input.to_text();
    let launch = plan(host, function, invocation, command, &input);
    let (process, pipes) = match launch.start(host.guardian.clone()).await {
        Ok(started) => started,
        Err(error) => return Some(Outcome::Failed(error.into())),
    };
    function.runs_as(turn, Some(process.id()));
    host.changed();

    let mut log = host.log_writer();
    log.turn_to(Some((turn.attempt.task(), invocation.attempt)));
    input.push('\n');
    let (Some(stdin), Some(stdout), Some(stderr)) = (pipes.stdin, pipes.stdout, pipes.stderr) else {
        unreachable!("all three were asked to be pipes");
    };
    let feed = tokio::spawn(feed(stdin, input.into()));
    let stdout = tokio::spawn(collect(stdout, host.settings.output_max_bytes));
    let stderr = tokio::spawn(copy_to_log(stderr, log));

    let (ending, stdout) = attend(host, function, turn, process, stdout).await;
    feed.abort();
    let stderr = drained(stderr).await.unwrap_or_default();
    match ending {
        Ending::Abandoned => None,
        Ending::TimedOut(limit) => Some(Outcome::Failed(took_longer_than(limit))),
        Ending::TooMuchOutput => Some(Outcome::Failed(too_much_output(host.settings.output_max_bytes))),
        Ending::Exited(status) => Some(outcome(function, status, Said { stdout, stderr })),
    }
}

fn plan(host: &Host, function: &Function, invocation: &Invocation, command: &Command, input: &str) -> Launch {
    let overrides = command.takes_overrides.then_some(&invocation.input);
    let argv = overrides.and_then(words).unwrap_or_else(|| launch::argv(&command.command));
    let mut environment = Environment::inherited(&host.settings);
    environment.set_all(&function.spec.environment);
    environment.describe(invocation, input);
    for (name, value) in overrides
        .and_then(|input| input.get("environment")?.as_object())
        .into_iter()
        .flat_map(|all| all.iter())
    {
        environment.set(name, &*word(value));
    }
    Launch {
        argv,
        directory: launch::directory(invocation.directory.as_deref(), command.directory.as_deref()),
        environment,
        limits: Limits::from(&function.spec.limits),
        stdin: Stdio::piped(),
        stdout: Stdio::piped(),
        stderr: Stdio::piped(),
    }
}

/// The program and its arguments that an input says in place of the function's own.
fn words(input: &Value) -> Option<Vec<OsString>> {
    let words = input.get("command")?.as_array().filter(|words| !words.is_empty())?;
    Some(words.iter().map(|value| OsString::from(word(value).into_owned())).collect())
}

/// Text as it is, and everything else as JSON has it.
fn word(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| Cow::Owned(value.to_text()), Cow::Borrowed)
}

/// Waits for the process to end, or for a reason to end it; either way its group is gone afterwards.
async fn attend(
    host: &Host,
    function: &Function,
    turn: &Turn,
    mut process: Process,
    mut stdout: JoinHandle<Result<Vec<u8>, TooMuch>>,
) -> (Ending, Vec<u8>) {
    let mut collected = None;
    let mut timeout = std::pin::pin!(timeout(function));
    let ending = loop {
        tokio::select! {
            biased;
            () = turn.attempt.abandoned() => break Ending::Abandoned,
            limit = &mut timeout => break Ending::TimedOut(limit),
            status = process.wait() => break Ending::Exited(status),
            read = &mut stdout, if collected.is_none() => match read {
                Ok(Ok(bytes)) => collected = Some(bytes),
                Ok(Err(TooMuch)) | Err(_) => break Ending::TooMuchOutput,
            },
        }
    };
    match ending {
        Ending::Exited(_) => drop(process),
        Ending::Abandoned | Ending::TimedOut(_) | Ending::TooMuchOutput => {
            process.stop(duration(host.grace())).await;
        }
    }
    match (ending, collected) {
        (Ending::Exited(status), None) => match drained(stdout).await {
            Some(Ok(bytes)) => (Ending::Exited(status), bytes),
            Some(Err(TooMuch)) => (Ending::TooMuchOutput, Vec::new()),
            None => (Ending::Exited(status), Vec::new()),
        },
        (ending, collected) => (ending, collected.unwrap_or_default()),
    }
}

/// What a reader has read, unless something still holds its pipe open.
async fn drained<T>(mut reader: JoinHandle<T>) -> Option<T> {
    let read = tokio::time::timeout(DRAIN, &mut reader).await;
    reader.abort();
    read.ok()?.ok()
}

/// A command that does not read its input is none the worse for it.
async fn feed(mut stdin: ChildStdin, input: Bytes) {
    let _ = stdin.write_all(&input).await;
}

async fn collect(mut stdout: ChildStdout, max_bytes: usize) -> Result<Vec<u8>, TooMuch> {
    let mut output = Vec::new();
    while read_some(&mut stdout, &mut output).await > 0 {
        if output.len() > max_bytes {
            return Err(TooMuch);
        }
    }
    Ok(output)
}

async fn copy_to_log(mut stderr: ChildStderr, mut log: LogWriter) -> String {
    let mut chunk = Vec::with_capacity(8 << 10);
    while read_some(&mut stderr, &mut chunk).await > 0 {
        log.write(&chunk);
        chunk.clear();
    }
    log.end_line();
    log.tail()
}

/// Appends what there is; 0 at the end, and on an error, which on a pipe is the same.
async fn read_some(pipe: &mut (impl AsyncRead + Unpin), into: &mut Vec<u8>) -> usize {
    if into.capacity() - into.len() < 4 << 10 {
        into.reserve(64 << 10);
    }
    pipe.read_buf(into).await.unwrap_or(0)
}

fn outcome(function: &Function, status: ExitStatus, said: Said) -> Outcome {
    if status.success() {
        return Outcome::succeeded(result(said.stdout));
    }
    let limits = &function.spec.limits;
    // SIGXCPU is number 24 on all systems that we run on, and is sent for nothing else.
    if let (Some(24), Some(seconds)) = (status.signal(), limits.cpu_seconds) {
        let message = format!("used more than {seconds} s of CPU time, its limit `cpu_seconds`");
        return Outcome::Failed(Failure::new(errors::LIMIT, Text::from(message)));
    }
    Outcome::Failed(failure(status, &said))
}

/// JSON as it is, other text as a string without its final line feed, nothing as `null`, other bytes as
/// bytes.
fn result(stdout: Vec<u8>) -> Data {
    let text = match String::from_utf8(stdout) {
        Ok(text) => text,
        Err(binary) => return Data::Binary(binary.into_bytes().into()),
    };
    if text.is_empty() {
        return Data::Json(RawJson::default());
    }
    RawJson::parse(&text).map_or_else(|_| Data::json(&Value::from(without_line_end(&text))), Data::Json)
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// A failed command may name its error itself, with a JSON object `{"error": …, "message": …}` on stdout.
fn failure(status: ExitStatus, said: &Said) -> Failure {
    let how = how_it_ended(status);
    let last_line = said.stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let message = last_line.map_or_else(|| how.clone(), |line| format!("{how}: {line}"));
    let stdout = String::from_utf8_lossy(&said.stdout);
    let named = Value::parse(&stdout).ok();
    let text = |key| named.as_ref().and_then(|named| named.get(key)).and_then(Value::as_str);
    let mut detail = Value::object::<&str, Value>([]);
    match (status.code(), status.signal()) {
        (Some(code), _) => detail.set("exit_code", i64::from(code)),
        (None, Some(signal)) => detail.set("signal", i64::from(signal)),
        (None, None) => {}
    }
    detail.set("stderr", said.stderr.as_str());
    if !stdout.is_empty() {
        detail.set("stdout", &stdout[..stdout.floor_char_boundary(SHOWN_BYTES)]);
    }
    match text("error") {
        Some(error) => Failure {
            error: Text::new(error),
            message: text("message").map_or_else(|| Text::from(message), Text::new),
            detail: Data::json(&detail),
        },
        None => Failure {
            error: Text::const_new(errors::TASK_FAILED),
            message: Text::from(message),
            detail: Data::json(&detail),
        },
    }
}

/// `exit code 3`, `killed by SIGKILL`.
pub(crate) fn how_it_ended(status: ExitStatus) -> String {
    let Some(number) = status.signal() else {
        return format!("exit code {}", status.code().unwrap_or_default());
    };
    let name = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return format!("killed by signal {number}"),
    };
    format!("killed by {name}")
}

fn too_much_output(max_bytes: usize) -> Failure {
    let message =
        format!("wrote more than {max_bytes} bytes to stdout, the limit `output_max_bytes` of a result");
    Failure::new(errors::LIMIT, Text::from(message))
}
