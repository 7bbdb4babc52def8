//! A whole node with functions, without sockets: what a step and a task cost.

use std::sync::Arc;

use tidegate_engine::Reply;
use tidegate_json::Value;
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Data, Input, Labels, Outcome, Program, RunId};
use tidegate_node::{DataDir, Handle, Node, Settings};

use super::measure::{Figures, Lap, Place, Stopwatch, median_sync, rounded};
use crate::problem::{Problem, Result};

/// Runs of the chain; the median one is reported, as a disk that many share stalls now and then.
const CHAINS: usize = 15;

/// Built-in tasks one after another.
pub(super) fn chain(steps: usize, place: &Place) -> Result<Figures> {
    let before = median_sync(place)?;
    let (mut laps, syncs) = with_node(place, "chain", async |handle| {
        let program = chain_program(steps);
        run_to_end(&handle, program.clone(), Value::Null).await?;
        let before = handle.metrics().syncs;
        let mut laps = Vec::with_capacity(CHAINS);
        for _ in 0..CHAINS {
            laps.push(run_to_end(&handle, program.clone(), Value::Null).await?.0);
        }
        Ok((laps, handle.metrics().syncs - before))
    })?;
    let sync = (before + median_sync(place)?) / 2;
    laps.sort_by_key(|lap| lap.wall);
    let lap = laps[CHAINS / 2];
    let step = lap.wall.as_secs_f64() / steps as f64;
    Ok(Figures::new("chain")
        .rates(steps, lap.wall, lap.process_cpu)
        .with("runs", CHAINS)
        .with("syncs_per_run", syncs / CHAINS as u64)
        .with("step_us", rounded(step * 1e6, 1))
        .with("disk_sync_p50_us", rounded(sync.as_secs_f64() * 1e6, 1))
        .with("step_per_disk_sync", rounded(step / sync.as_secs_f64().max(1e-9), 2))
        .with("cpu_us_per_step", rounded(lap.process_cpu.as_secs_f64() * 1e6 / steps as f64, 1))
        .peak_rss())
}

/// A map over built-in tasks, joined.
pub(super) fn map(items: usize, place: &Place) -> Result<Figures> {
    let function = r#"{"runtime": "builtin", "builtin": "noop"}"#;
    measure_map("map", items, function, 1_000, place, None)
}

/// A map over calls of a warm Python handler, joined.
pub(super) fn python_map(items: usize, place: &Place) -> Result<Figures> {
    let code = place.join("handlers");
    std::fs::create_dir_all(&code)
        .and_then(|()| {
            std::fs::write(code.join("bench.py"), "def handler(event, context):\n    return event\n")
        })
        .map_err(|error| Problem::failed(format!("cannot write the handler: {error}")))?;
    let code =
        code.canonicalize().map_err(|error| Problem::failed(format!("cannot find the handler: {error}")))?;
    let function = r#"{"runtime": "python", "handler": "bench.handler"}"#;
    measure_map("python-map", items, function, 1_000, place, Some(code.display().to_string()))
}

fn measure_map(
    name: &'static str,
    items: usize,
    function: &str,
    concurrency: usize,
    place: &Place,
    directory: Option<String>,
) -> Result<Figures> {
    let program = map_program(name, function, concurrency, directory);
    let input = Value::array(0..items);
    let ((lap, ended), syncs) = with_node(place, name, async |handle| {
        let before = handle.metrics().syncs;
        let ended = run_to_end(&handle, program, input).await?;
        Ok((ended, handle.metrics().syncs - before))
    })?;
    let results = match &ended {
        Outcome::Succeeded { data, .. } => {
            data.inline_value().and_then(|value| value.as_array().map(|a| a.len()))
        }
        Outcome::Failed(failure) => return Err(Problem::failed(format!("the run failed: {failure}"))),
    };
    if results != Some(items) {
        return Err(Problem::failed(format!("{results:?} results of {items} items")));
    }
    Ok(Figures::new(name).rates(items, lap.wall, lap.process_cpu).with("syncs", syncs).peak_rss())
}

/// Runs `work` against a node of its own.
pub(super) fn with_node<T>(
    place: &Place,
    name: &str,
    work: impl AsyncFnOnce(Handle) -> Result<T>,
) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Problem::failed(format!("cannot start threads: {error}")))?;
    let settings = Settings::new(DataDir::At(place.join(name)));
    let node = Node::open(settings, Arc::new(tidegate_languages::registry()), runtime.handle());
    let node = node.map_err(|error| Problem::failed(format!("cannot open the bench's data: {error}")))?;
    runtime.block_on(async {
        let result = work(node.handle()).await;
        let stopped = node.shutdown(std::time::Duration::from_secs(1)).await;
        stopped.map_err(|error| Problem::failed(error.to_string()))?;
        result
    })
}

/// Applies the program, runs it to its end; how long the run took, and how it ended.
pub(super) async fn run_to_end(handle: &Handle, program: Program, input: Value) -> Result<(Lap, Outcome)> {
    let workflow = program.name.clone();
    submit(handle, Input::Apply { program: Document(program) }).await?;
    let request =
        StartRun { workflow, program: None, input: Data::json(&input), labels: Labels::NONE, key: None };
    let stopwatch = Stopwatch::start();
    let run: RunId = match submit(handle, Input::StartRun(request)).await? {
        Reply::Run { run, .. } => run,
        other => return Err(Problem::failed(format!("the run did not start: {other:?}"))),
    };
    let outcome = handle.wait_run(run).await.map_err(|error| Problem::failed(error.to_string()))?;
    Ok((stopwatch.lap(), outcome))
}

async fn submit(handle: &Handle, input: Input) -> Result<Reply> {
    let answer = handle.submit(input).await.map_err(|error| Problem::failed(error.to_string()))?;
    match answer.reply {
        Reply::Refused(refusal) => Err(Problem::failed(format!("the engine refused: {refusal}"))),
        reply => Ok(reply),
    }
}

fn chain_program(steps: usize) -> Program {
    let mut triggers = Vec::with_capacity(steps + 1);
    for step in 0..=steps {
        let on = match step {
            0 => r#"{"type": {"exact": "tidegate.run.started"}}"#.to_owned(),
            _ => {
                let subject = format!("s{}", step - 1);
                format!(
                    r#"{{"type": {{"exact": "tidegate.task.succeeded"}}, "subject": {{"exact": "{subject}"}}}}"#
                )
            }
        };
        let action = if step == steps {
            r#"{"name": "complete"}"#.to_owned()
        } else {
            format!(
                r#"{{"name": "invoke", "params": {{"function": "noop", "as": "s{step}", "input": {step}}}}}"#
            )
        };
        triggers.push(format!(r#"{{"name": "t{step}", "on": [{on}], "actions": [{action}]}}"#));
    }
    let triggers = triggers.join(",");
    program(&format!(
        r#"{{"name": "chain", "language": "triggers",
            "functions": {{"noop": {{"runtime": "builtin", "builtin": "noop"}}}},
            "scopes": [{{"name": "main", "triggers": [{triggers}]}}]}}"#
    ))
}

fn map_program(name: &str, function: &str, concurrency: usize, directory: Option<String>) -> Program {
    let program = program(&format!(
        r#"{{"name": "{name}", "language": "triggers", "functions": {{"f": {function}}},
            "scopes": [{{"name": "main", "triggers": [
                {{"name": "fan", "on": [{{"type": {{"exact": "tidegate.run.started"}}}}],
                  "actions": [{{"name": "map", "params":
                    {{"function": "f", "items": "{{% input %}}", "concurrency": {concurrency}}}}}]}},
                {{"name": "done", "on": [{{"type": {{"exact": "tidegate.map.succeeded"}}}}],
                  "actions": [{{"name": "complete"}}]}}]}}]}}"#
    ));
    Program { directory, ..program }
}

fn program(text: &str) -> Program {
    Program::from_text(text).expect("the benchmark's programs are programs")
}
