//! The engine in this process: a node and the async runtime that its functions and doors run on.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tidegate_engine::{InvalidInput, Refusal, Reply};
use tidegate_journal::checkpoints::CheckpointError;
use tidegate_journal::log::OpenError as LogOpenError;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Data, Digest, Failure, Input, Outcome, Program, RunId, WorkflowName};
use tidegate_node::driver::DriverError;
use tidegate_node::{Handle, Node, OpenError, QueryError, SubmitError};
use tidegate_runtimes::settings::AwsSettings;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::data_directory::DataArguments;
use crate::problem::{Exit, Problem, Result};

/// Threads that serve sockets and watch processes. Both mostly wait; the engine has a thread of its own.
const WORKER_THREADS: usize = 2;

/// How long functions that are under way may take to end when this process does.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// An engine in this process.
pub(crate) struct Embedded {
    runtime: Runtime,
    node: Node,
}

/// What a server or a run starts with once a workflow is there.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// Its version.
    pub(crate) program: Digest,
    /// Whether it had this version before.
    pub(crate) unchanged: bool,
    /// The run that listens, where the workflow is a standing one.
    pub(crate) standing: Option<RunId>,
}

impl Embedded {
    /// Brings an engine up over the data of `arguments`; what had not ended there goes on.
    pub(crate) fn open(arguments: &DataArguments, services: AwsSettings) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKER_THREADS)
            .thread_name("tidegate")
            .enable_all()
            .build()
            .map_err(|error| Problem::io("cannot start the async runtime", &error))?;
        survive_limits_on_file_size(&runtime)?;
        let mut settings = arguments.to_settings();
        settings.runtimes.aws = services;
        let node = Node::open(settings, Arc::new(tidegate_languages::registry()), runtime.handle())
            .map_err(|error| not_opened(&error, arguments))?;
        Ok(Self { runtime, node })
    }

    /// A way to the node.
    pub(crate) fn handle(&self) -> Handle {
        self.node.handle()
    }

    /// What it found in its data.
    pub(crate) fn recovered(&self) -> &tidegate_node::Recovered {
        self.node.recovered()
    }

    /// Does `work` on the async runtime.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Writes a last checkpoint and ends. What has not ended goes on next time.
    pub(crate) fn close(self) -> Result<()> {
        let stopped = self.runtime.block_on(self.node.shutdown(STOP_GRACE));
        self.runtime.shutdown_background();
        stopped.map_err(|error| {
            Problem::failed("the engine did not stop well")
                .because(&error)
                .help("what was acknowledged is in the journal")
        })
    }
}

/// Where the process may not write larger files (`ulimit -f`), a write that would is to fail like one to a full disk; by
/// default its signal ends the process.
fn survive_limits_on_file_size(runtime: &Runtime) -> Result<()> {
    let _context = runtime.enter();
    // Whoever listens once has taken the signal for good, also when nobody listens any more.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))
        .map(drop)
        .map_err(|error| Problem::io("cannot listen for signals", &error))
}

/// Gives the workflow of `program` this version.
pub(crate) async fn apply(handle: &Handle, program: Program) -> Result<Applied> {
    let (name, program) = (program.name.clone(), tidegate_server::with_content(program));
    match submit(handle, Input::Apply { program: Document(program) }).await? {
        Reply::Applied { program, unchanged, standing } => Ok(Applied { program, unchanged, standing }),
        other => Err(unexpected(&format!("workflow `{name}` cannot be applied"), &other)),
    }
}

/// Gives the workflow of `program` this version beside its current one; as the current one where there is none.
pub(crate) async fn apply_beside(handle: &Handle, program: Program) -> Result<Digest> {
    match submit(handle, Input::AddVersion { program: Document(program.clone()) }).await? {
        Reply::Applied { program, .. } => Ok(program),
        Reply::Refused(Refusal::NotFound { .. }) => Ok(apply(handle, program).await?.program),
        other => Err(unexpected(&format!("workflow `{}` cannot be applied", program.name), &other)),
    }
}

/// Starts a run.
pub(crate) async fn start(handle: &Handle, request: StartRun) -> Result<RunId> {
    let workflow = request.workflow.clone();
    match submit(handle, Input::StartRun(request)).await? {
        Reply::Run { run, .. } => Ok(run),
        Reply::Refused(Refusal::InvalidInput(invalid)) => Err(not_admitted(&workflow, &invalid)),
        other => Err(unexpected(&format!("no run of `{workflow}` can be started"), &other)),
    }
}

/// The input of a run is not what the workflow takes.
fn not_admitted(workflow: &WorkflowName, invalid: &InvalidInput) -> Problem {
    let problem = Problem::invalid(format!("the input is not what `{workflow}` takes"));
    let told = invalid.0.iter().map(|mistake| match mistake.pointer.as_str() {
        "" => format!("at the top: {}", mistake.message),
        pointer => format!("at {pointer}: {}", mistake.message),
    });
    told.fold(problem, Problem::note).help("its file says under `params` what it takes")
}

async fn submit(handle: &Handle, input: Input) -> Result<Reply> {
    handle.submit(input).await.map(|answer| answer.reply).map_err(|error| not_taken(&error))
}

/// The content of a result, wherever it is kept.
pub(crate) async fn value_of(handle: &Handle, data: &Data) -> Result<tidegate_json::Value> {
    if let Some(value) = data.inline_value() {
        return Ok(value);
    }
    let content = handle.payload(data).await.map_err(|error| not_answered(&error))?;
    let form = match data {
        Data::Stored { form, .. } => *form,
        Data::None | Data::Json(_) | Data::Binary(_) => tidegate_model::event::Form::Json,
    };
    Ok(Data::value_of(form, &content))
}

/// A failure in words: its name and message, then what the function itself said.
pub(crate) fn failed(run: RunId, workflow: &str, failure: &Failure) -> Problem {
    const LINES_MAX: usize = 12;
    let mut problem = Problem::new(Exit::RunFailed, format!("run {run} of `{workflow}` failed: {failure}"));
    let detail = failure.detail.inline_value().unwrap_or_default();
    let stderr = detail.get("stderr").and_then(tidegate_json::Value::as_str).unwrap_or_default();
    let lines: Vec<&str> = stderr.lines().collect();
    if lines.len() < 2 {
        // The message has it.
        return problem;
    }
    for line in &lines[lines.len().saturating_sub(LINES_MAX)..] {
        problem = problem.note(format!("| {line}"));
    }
    problem
}

/// What a run came to, as a problem where it failed.
pub(crate) async fn result_of(
    handle: &Handle,
    run: RunId,
    workflow: &str,
    outcome: &Outcome,
) -> Result<tidegate_json::Value> {
    match outcome {
        Outcome::Succeeded { data, .. } => value_of(handle, data).await,
        Outcome::Failed(failure) => Err(failed(run, workflow, failure)),
    }
}

/// A question that could not be answered.
pub(crate) fn not_answered(error: &QueryError) -> Problem {
    match error {
        QueryError::NotFound { .. } | QueryError::Gone { .. } => Problem::not_found(error.to_string()),
        QueryError::Malformed { .. } => Problem::invalid(error.to_string()),
        QueryError::Store(_) | QueryError::Damaged(_) | QueryError::Unavailable(_) => {
            Problem::failed("the engine did not answer").because(error)
        }
    }
}

pub(crate) fn not_taken(error: &SubmitError) -> Problem {
    let problem = Problem::failed("the engine did not take it").because(error);
    match error {
        SubmitError::Full { .. } => problem.help("nothing was taken; try again in a moment"),
        SubmitError::TooLarge { .. } => {
            problem.help("put it where functions can reach it, and hand over a reference")
        }
        SubmitError::NoSpace(_) => problem.help("free some space on that disk; nothing of it was taken"),
        SubmitError::Storage(_) => problem.help("the disk failed: `tidegate doctor` looks"),
        SubmitError::Stopping => problem,
    }
}

fn unexpected(what: &str, reply: &Reply) -> Problem {
    match reply {
        Reply::Refused(refusal) => {
            let exit = match refusal {
                Refusal::NotFound { .. } => Exit::NotFound,
                Refusal::Conflict(_) | Refusal::Invalid(_) | Refusal::InvalidInput(_) => Exit::Invalid,
            };
            Problem::new(exit, what).because(refusal)
        }
        Reply::Done | Reply::Duplicate { .. } | Reply::Run { .. } | Reply::Applied { .. } => {
            Problem::failed(what).note("the engine gave an answer to another question")
        }
    }
}

fn not_opened(error: &OpenError, arguments: &DataArguments) -> Problem {
    let data = arguments.data.display();
    match error {
        OpenError::Directory { cause, .. } => {
            Problem::new(exit_for(cause), format!("cannot use the data directory `{data}`"))
                .because(cause)
                .help(OTHER_DIRECTORY)
        }
        OpenError::Thread(cause) => Problem::io("cannot start a thread", cause),
        OpenError::Locked { pid, .. }
        | OpenError::Driver(DriverError::Journal(LogOpenError::Locked { pid, .. })) => {
            in_use(arguments, *pid)
        }
        OpenError::Checkpoints(CheckpointError::Locked { .. }) => in_use(arguments, None),
        OpenError::Checkpoints(CheckpointError::Damaged { path, .. })
        | OpenError::Driver(DriverError::Checkpoint(CheckpointError::Damaged { path, .. })) => {
            Problem::failed(format!("cannot open the data in `{data}`"))
                .because(error)
                .help(rebuild(arguments, path))
        }
        OpenError::Driver(_) | OpenError::Checkpoints(_) | OpenError::Payloads(_) => {
            let exit = io_cause(error).map_or(Exit::Failed, exit_for);
            let problem = Problem::new(exit, format!("cannot open the data in `{data}`")).because(error);
            if exit == Exit::Invalid { problem.help(OTHER_DIRECTORY) } else { problem }
        }
    }
}

const OTHER_DIRECTORY: &str =
    "name a directory that this user may write: --data DIR; or keep nothing: --ephemeral";

/// Whether another directory would do, or the disk itself refuses.
fn exit_for(cause: &io::Error) -> Exit {
    match cause.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::AlreadyExists => Exit::Invalid,
        _ => Exit::Failed,
    }
}

/// What the operating system said, where it is behind `error`.
fn io_cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // A disk error shares its cause with its clones.
        let shared = error.downcast_ref::<Arc<io::Error>>().map(|shared| &**shared);
        if let Some(found) = shared.or_else(|| error.downcast_ref::<io::Error>()) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// What gives back the checkpoints that were at `path`: the journal has everything, if it is still all there.
fn rebuild(arguments: &DataArguments, path: &Path) -> String {
    let data = arguments.data.display();
    if arguments.data.join("journal").join(FIRST_SEGMENT).is_file() {
        format!(
            "the journal begins at record 0: delete `{}` and start again, and it is rebuilt",
            path.display()
        )
    } else {
        format!("the journal does not begin at record 0, so restore `{data}` from a backup")
    }
}

/// The journal's file with record 0.
const FIRST_SEGMENT: &str = "00000000000000000000.seg";

/// Another process has the data: if it is a server, that one can do the same.
fn in_use(arguments: &DataArguments, pid: Option<u32>) -> Problem {
    let who = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
    Problem::invalid(format!("the data in `{}` is in use by {who}", arguments.data.display())).help(
        "if that is a server, let it do it: `tidegate apply FILE` and `tidegate start NAME --wait`; \
         otherwise stop it, or name another directory: --data DIR",
    )
}
