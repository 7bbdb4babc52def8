//! `tidegate run`: one workflow file to its end, in an engine of its own.
//!
//! The engine keeps its journal in the data directory, as a server would: a run that was killed or interrupted
//! goes on with `--resume`, or under `tidegate dev`.

use std::path::PathBuf;
use std::time::Duration;

use tidegate_engine::view::{RunStatus, RunSummary, RunView};
use tidegate_json::Value;
use tidegate_model::entry::StartRun;
use tidegate_model::{Data, Labels, Outcome, Program, RunId, Span, WorkflowName};
use tidegate_node::{Handle, QueryError, RunsQuery};

use crate::data_directory::DataArguments;
use crate::embedded::{self, Embedded};
use crate::input;
use crate::interruption::Interruption;
use crate::logging::{self, LogFormat};
use crate::mocking::{MockArguments, Mocked};
use crate::output::{self, ResultFormat};
use crate::problem::{Exit, Problem, Result};
use crate::progress::Progress;
use crate::services::ServiceArguments;
use crate::workflow_file::WorkflowFile;

const EXAMPLES: &str = "\
Examples:
  tidegate run workflow.yaml
  tidegate run workflow.yaml --input '{\"root\": \"/srv\"}' -o text
  generate | tidegate run workflow.yaml --input - | jq .
  tidegate run order.asl.json --mock-config MockConfigFile.json --test-case paid
  tidegate run --resume                        go on with the newest run that has not ended

Exit codes: 0 done, 2 the file or the input is not valid, 3 the run failed, 4 timed out, 5 not found, 130 interrupted.";

/// Run one workflow file to its end and print its result
///
/// The result goes to stdout, as JSON, and nothing else does; what happens meanwhile goes to stderr. What the run
/// has done is kept in the data directory: where it is killed, `--resume` goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The workflow file; its language is told by its content
    #[arg(required_unless_present = "resume")]
    file: Option<PathBuf>,
    /// Of a Python file with several DAGs, the one to run
    #[arg(long, value_name = "ID")]
    dag: Option<String>,
    /// Input of the run: JSON, @FILE, or - for stdin
    #[arg(short, long, value_name = "JSON", allow_hyphen_values = true)]
    input: Option<String>,
    /// Form of the result
    #[arg(short, long, value_enum, default_value = "json", value_name = "FORM")]
    output: ResultFormat,
    /// Go on with the newest run that has not ended, of this workflow or, without FILE, of any
    #[arg(long, conflicts_with_all = ["input", "ephemeral"])]
    resume: bool,
    /// Wait at most this long, as 90s or 1h30m; the run can be resumed
    #[arg(long, value_name = "SPAN")]
    timeout: Option<Span>,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    mocks: MockArguments,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    services: ServiceArguments,
}

/// How waiting for a run came to its end.
enum Ending {
    Ended(Outcome),
    TimedOut,
    Interrupted,
}

/// A run to wait for.
struct Awaited {
    run: RunId,
    workflow: WorkflowName,
    progress: Progress,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit> {
    logging::start(LogFormat::Text, "error")?;
    let mut is_scheduled = false;
    let (program, mocked) = match &arguments.file {
        Some(path) => {
            let (mut program, mocked) =
                arguments.mocks.compile(&WorkflowFile::read_to_run(path, arguments.dag.as_deref())?)?;
            // One run is asked for. What is scheduled in the data directory stays as it is.
            is_scheduled = program.schedule.take().is_some();
            (Some(program), mocked)
        }
        None => (None, None),
    };
    if let Some(program) = program.as_ref().filter(|program| program.standing) {
        return Err(is_standing(program, arguments));
    }
    let input = match &arguments.input {
        Some(input) => input::read("--input", input)?,
        None => Value::Null,
    };
    if arguments.resume && !arguments.data.data.is_dir() {
        return Err(Problem::not_found(format!(
            "there is no data directory `{}`",
            arguments.data.data.display()
        ))
        .help("name the one that the run was started with: --data DIR"));
    }
    let embedded = Embedded::open(&arguments.data, arguments.services.to_settings(false)?)?;
    let result = embedded.block_on(async {
        let handle = embedded.handle();
        // From here on a signal is answered; before, nothing has been started that could be lost.
        let mut interruption = Interruption::listen()?;
        let awaited = match program {
            Some(program) if !arguments.resume => {
                list(&handle, &program, mocked.as_ref(), arguments).await?;
                let mut awaited = start(&handle, &embedded, program, is_scheduled, &input, arguments).await?;
                if let Some(mocked) = &mocked {
                    awaited.progress = awaited.progress.with_absent(mocked.absent());
                }
                awaited
            }
            program => resume(&handle, program.as_ref(), arguments).await?,
        };
        finish(&handle, awaited, &mut interruption, arguments).await
    });
    let printed = result.and_then(|result| output::print_result(&result, arguments.output));
    let closed = embedded.close();
    printed.and(closed)?;
    Ok(Exit::Done)
}

/// Tells what is mocked.
async fn list(
    handle: &Handle,
    program: &Program,
    mocked: Option<&Mocked>,
    arguments: &Arguments,
) -> Result<()> {
    if let Some(mocked) = mocked {
        for line in mocked.list(handle, program, &arguments.services.to_settings(false)?).await? {
            tell(arguments, &line);
        }
    }
    Ok(())
}

/// Starts a run of `program`.
async fn start(
    handle: &Handle,
    embedded: &Embedded,
    program: Program,
    is_scheduled: bool,
    input: &Value,
    arguments: &Arguments,
) -> Result<Awaited> {
    let unfinished = embedded.recovered().unfinished_runs;
    if unfinished > 0 {
        let (runs, go) = if unfinished == 1 { ("run", "goes") } else { ("runs", "go") };
        eprintln!(
            "note: {unfinished} unfinished {runs} in {} {go} on as well; `tidegate run --resume` waits for the newest",
            arguments.data.data.display()
        );
    }
    let workflow = program.name.clone();
    let version = match is_scheduled {
        true => embedded::apply_beside(handle, program).await?,
        false => embedded::apply(handle, program).await?.program,
    };
    let steps = handle.subscribe();
    let input = Data::json(input);
    let request = StartRun {
        workflow: workflow.clone(),
        program: Some(version),
        input,
        labels: Labels::NONE,
        key: None,
    };
    let run = embedded::start(handle, request).await?;
    tell(arguments, &format!("run {run} of `{workflow}` started"));
    Ok(Awaited { run, workflow, progress: Progress::new(steps, run) })
}

/// Finds the run to go on with.
async fn resume(handle: &Handle, program: Option<&Program>, arguments: &Arguments) -> Result<Awaited> {
    let workflow = program.map(|program| &program.name);
    let steps = handle.subscribe();
    let found = newest(handle, workflow, is_unfinished).await?;
    let found = match found {
        Some(found) => Some(found),
        None => newest(handle, workflow, |_| true).await?,
    };
    let of = workflow.map(|workflow| format!(" of `{workflow}`")).unwrap_or_default();
    let Some(summary) = found else {
        return Err(Problem::not_found(format!(
            "there is no run{of} in `{}`",
            arguments.data.data.display()
        ))
        .help("start one: tidegate run FILE"));
    };
    let (run, workflow) = (summary.id, summary.workflow.clone());
    let mut progress = Progress::new(steps, run);
    if is_unfinished(&summary) {
        tell(arguments, &format!("run {run} of `{workflow}` goes on, started at {}", summary.started_at));
        if program.is_some_and(|program| program.digest() != summary.program) {
            eprintln!(
                "note: the workflow file has changed since; the run keeps the version that it started with"
            );
        }
        if summary.status == RunStatus::Paused {
            eprintln!("note: it is paused; `tidegate dev` and then `tidegate resume {run}` let it go on");
        }
        if let Ok(view) = handle.run(run).await {
            progress.begin_with(&view);
        }
    } else {
        let ended = summary.ended_at.map(|at| format!(" at {at}")).unwrap_or_default();
        tell(
            arguments,
            &format!("no run{of} is unfinished; run {run} of `{workflow}` was the last, and ended{ended}"),
        );
    }
    Ok(Awaited { run, workflow, progress })
}

/// The newest run that nobody but a person waits for, and that is `wanted`.
async fn newest(
    handle: &Handle,
    workflow: Option<&WorkflowName>,
    wanted: impl Fn(&RunSummary) -> bool,
) -> Result<Option<RunSummary>> {
    let mut before = None;
    loop {
        let query = RunsQuery { before, limit: 100, workflow: workflow.cloned(), status: None };
        let page = handle.runs(query).await.map_err(|error| embedded::not_answered(&error))?;
        let is_top = |run: &RunSummary| run.parent.is_none() && run.status != RunStatus::Standing;
        if let Some(found) = page.runs.into_iter().find(|run| is_top(run) && wanted(run)) {
            return Ok(Some(found));
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(None),
        }
    }
}

fn is_unfinished(run: &RunSummary) -> bool {
    matches!(run.status, RunStatus::Running | RunStatus::Paused)
}

/// Waits for the end of the run, and gives its result.
async fn finish(
    handle: &Handle,
    mut awaited: Awaited,
    interruption: &mut Interruption,
    arguments: &Arguments,
) -> Result<Value> {
    let (run, workflow) = (awaited.run, awaited.workflow);
    let ending = {
        let shown = async {
            if arguments.quiet {
                std::future::pending::<()>().await;
            }
            awaited.progress.follow(handle).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            outcome = handle.wait_run(run) => ended(outcome)?,
            () = interruption.wait() => Ending::Interrupted,
            () = patience(arguments.timeout) => Ending::TimedOut,
            () = warn_where_nothing_can_come(handle, run, arguments) => Ending::Interrupted,
            () = shown => Ending::Interrupted,
        }
    };
    if !arguments.quiet {
        awaited.progress.finish();
    }
    match ending {
        Ending::Ended(outcome) => {
            let result = embedded::result_of(handle, run, workflow.as_str(), &outcome).await;
            result.map_err(|problem| {
                if arguments.data.ephemeral {
                    return problem;
                }
                let server = arguments.data.option();
                problem.help(format!(
                    "`tidegate dev{server}`, and then `tidegate why {run}`, tells step by step"
                ))
            })
        }
        Ending::TimedOut => {
            let limit = arguments.timeout.unwrap_or_default();
            let problem = Problem::new(
                Exit::TimedOut,
                format!("run {run} of `{workflow}` has not ended within {limit}"),
            );
            Err(unfinished(problem, handle, run, arguments).await)
        }
        Ending::Interrupted => {
            let problem = Problem::new(
                Exit::Interrupted,
                format!("interrupted: run {run} of `{workflow}` has not ended"),
            );
            Err(unfinished(problem, handle, run, arguments).await)
        }
    }
}

fn ended(outcome: std::result::Result<Outcome, QueryError>) -> Result<Ending> {
    outcome.map(Ending::Ended).map_err(|error| {
        Problem::failed("the engine stopped")
            .because(&error)
            .help("is the disk full? `tidegate doctor` looks")
    })
}

async fn patience(timeout: Option<Span>) {
    match timeout {
        Some(limit) => tokio::time::sleep(Duration::from_millis(limit.0)).await,
        None => std::future::pending().await,
    }
}

/// A run that waits for nothing but events from outside waits for ever here: an engine without a door hears none.
/// Says so once. Never returns.
async fn warn_where_nothing_can_come(handle: &Handle, run: RunId, arguments: &Arguments) {
    const LOOK_INTERVAL: Duration = Duration::from_secs(1);
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let Ok(view) = handle.run(run).await else { continue };
        if waits_for_outside_only(&view) {
            let waits =
                view.waiting_for.iter().map(|wait| format!("  {} waits for {}\n", wait.what, wait.for_what));
            eprint!(
                "note: only an event from outside can take run {run} further, and none can reach it here:\n{}  \
                 stop it with Ctrl-C and go on with `tidegate dev{}` and `tidegate emit`\n",
                waits.collect::<String>(),
                arguments.data.option()
            );
            return std::future::pending().await;
        }
    }
}

fn waits_for_outside_only(view: &RunView) -> bool {
    // Whatever has an id is a task, a timer, a hold or another run: those end by themselves or say so.
    let only_triggers = view.waiting_for.iter().all(|wait| wait.id.is_none());
    view.tasks.is_empty() && view.maps.is_empty() && only_triggers && !view.waiting_for.is_empty()
}

/// Adds what the run waits for, and how to go on.
async fn unfinished(mut problem: Problem, handle: &Handle, run: RunId, arguments: &Arguments) -> Problem {
    const WAITS_MAX: usize = 5;
    if let Ok(view) = handle.run(run).await {
        for wait in view.waiting_for.iter().take(WAITS_MAX) {
            problem = problem.note(format!("{} waits for {}", wait.what, wait.for_what));
        }
    }
    if arguments.data.ephemeral {
        return problem.help("nothing of it is kept; without --ephemeral it could be resumed");
    }
    problem.help(format!("go on with: tidegate run --resume{}", arguments.data.option()))
}

fn is_standing(program: &Program, arguments: &Arguments) -> Problem {
    let file = arguments.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    Problem::invalid(format!(
        "`{}` is a standing workflow: it listens for events and never ends",
        program.name
    ))
    .help(format!("serve it with `tidegate dev {file}`, then send events with `tidegate emit`"))
}

fn tell(arguments: &Arguments, text: &str) {
    if !arguments.quiet {
        eprintln!("{text}");
    }
}
