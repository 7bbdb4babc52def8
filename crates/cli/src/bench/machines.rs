//! State machines: what a state, an item, an express execution and a page of history cost.

use std::time::{Duration, Instant};

use tidegate_json::Value;
use tidegate_languages::asl;
use tidegate_model::{Data, Name, Outcome, Program};

use super::http::Server;
use super::measure::{Figures, Place, rounded};
use super::tasks::{run_to_end, with_node};
use crate::problem::{Problem, Result};

/// Runs of the chain; the median one is reported, as a disk that many share stalls now and then.
const CHAINS: usize = 15;

/// Events on a page of history.
const PAGE: usize = 1_000;

/// Pass states one after another.
pub(super) fn pass(states: usize, place: &Place) -> Result<Figures> {
    let program = compiled(&chain(states))?;
    let mut laps = with_node(place, "machine-pass", async |handle| {
        run_to_end(&handle, program.clone(), empty()).await?;
        let mut laps = Vec::with_capacity(CHAINS);
        for _ in 0..CHAINS {
            let (lap, outcome) = run_to_end(&handle, program.clone(), empty()).await?;
            expect_success(&outcome)?;
            laps.push(lap);
        }
        Ok(laps)
    })?;
    laps.sort_by_key(|lap| lap.wall);
    let lap = laps[CHAINS / 2];
    Ok(Figures::new("machine-pass")
        .rates(states, lap.wall, lap.process_cpu)
        .with("runs", CHAINS)
        .with("state_us", rounded(lap.wall.as_secs_f64() * 1e6 / states as f64, 1))
        .peak_rss())
}

/// A Map state over items that each go through a Pass state.
pub(super) fn map(items: usize, place: &Place) -> Result<Figures> {
    let program = compiled(MAP)?;
    let input = Value::object([("items", Value::array(0..items))]);
    let (lap, outcome) =
        with_node(place, "machine-map", async |handle| run_to_end(&handle, program, input).await)?;
    let count = expect_success(&outcome)?.as_array().map_or(0, |results| results.len());
    if count != items {
        return Err(Problem::failed(format!("{count} results of {items} items")));
    }
    Ok(Figures::new("machine-map").rates(items, lap.wall, lap.process_cpu).peak_rss())
}

/// `StartSyncExecution` of one Pass state, through AWS's door, one after another.
pub(super) fn express(calls: usize, place: &Place) -> Result<Figures> {
    let took = with_node(place, "machine-express", async |handle| {
        let server = Server::start(&handle).await?;
        let machine = create(&server, &chain(1), "EXPRESS").await?;
        let request = Value::object([("stateMachineArn", machine), ("input", Value::from("{}"))]);
        let mut took = Vec::with_capacity(calls);
        for _ in 0..calls + 1 {
            let started = Instant::now();
            let answer = call(&server, "StartSyncExecution", &request).await?;
            took.push(started.elapsed());
            if answer.get("status").and_then(Value::as_str) != Some("SUCCEEDED") {
                return Err(Problem::failed(format!("an execution did not succeed: {answer}")));
            }
        }
        // The first one compiles the machine and opens the connection.
        Ok(took.split_off(1))
    })?;
    Ok(Figures::new("machine-express").with("calls", took.len()).percentiles(took).peak_rss())
}

/// The history of a Map state over `items`, page by page.
pub(super) fn history(items: usize, place: &Place) -> Result<Figures> {
    let (events, pages) = with_node(place, "machine-history", async |handle| {
        let server = Server::start(&handle).await?;
        let machine = create(&server, MAP, "STANDARD").await?;
        let input = Value::object([("items", Value::array(0..items))]).to_text();
        let request = Value::object([("stateMachineArn", machine), ("input", Value::from(input))]);
        let started = call(&server, "StartExecution", &request).await?;
        let execution = started.get("executionArn").cloned().unwrap_or_default();
        let key = execution.as_str().unwrap_or_default().to_owned();
        let name = Name::new("bench").expect("it is a name");
        let run = handle.ask(move |partition| partition.run_of_key(&name, &key)).await;
        let run = run.ok().flatten().ok_or_else(|| Problem::failed("the execution did not start"))?;
        let outcome = handle.wait_run(run).await.map_err(|error| Problem::failed(error.to_string()))?;
        expect_success(&outcome)?;
        paged(&server, &execution).await
    })?;
    let micros = |took: &Duration| rounded(took.as_secs_f64() * 1e6, 1);
    let (first, rest) = pages.split_first().ok_or_else(|| Problem::failed("the history is empty"))?;
    Ok(Figures::new("machine-history")
        .with("events", events)
        .with("pages", pages.len())
        .with("first_page_us", micros(first))
        .with("last_page_us", rest.last().map_or(0.0, micros))
        .percentiles(rest.to_vec())
        .peak_rss())
}

/// All pages of a history: how many events are on them, and how long each took.
async fn paged(server: &Server, execution: &Value) -> Result<(usize, Vec<Duration>)> {
    let (mut events, mut took, mut token) = (0, Vec::new(), None);
    loop {
        let asked = [("executionArn", execution.clone()), ("maxResults", Value::from(PAGE))];
        let asked = asked.into_iter().chain(token.map(|token| ("nextToken", token)));
        let started = Instant::now();
        let page = call(server, "GetExecutionHistory", &Value::object(asked)).await?;
        took.push(started.elapsed());
        events += page.get("events").and_then(Value::as_array).map_or(0, |events| events.len());
        token = page.get("nextToken").cloned();
        if token.is_none() {
            return Ok((events, took));
        }
    }
}

async fn create(server: &Server, definition: &str, kind: &str) -> Result<Value> {
    let request = Value::object([
        ("name", Value::from("bench")),
        ("definition", Value::from(definition)),
        ("roleArn", Value::from("arn:aws:iam::000000000000:role/bench")),
        ("type", Value::from(kind)),
    ]);
    let answer = call(server, "CreateStateMachine", &request).await?;
    answer.get("stateMachineArn").cloned().ok_or_else(|| Problem::failed(format!("not created: {answer}")))
}

async fn call(server: &Server, operation: &str, request: &Value) -> Result<Value> {
    let target = format!("AWSStepFunctions.{operation}");
    let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())];
    let answer = server.post("/", &headers, request.to_text().into(), 200).await?;
    Value::parse_slice(&answer).map_err(|error| Problem::failed(format!("an answer is no JSON: {error}")))
}

fn compiled(definition: &str) -> Result<Program> {
    let options = asl::Options::local(Name::new("bench").expect("it is a name"));
    let compiled = asl::compile(definition, &options);
    compiled.program.ok_or_else(|| Problem::failed("the benchmark's state machine does not compile"))
}

fn expect_success(outcome: &Outcome) -> Result<Value> {
    match outcome {
        Outcome::Succeeded { data, .. } => Ok(Data::inline_value(data).unwrap_or_default()),
        Outcome::Failed(failure) => Err(Problem::failed(format!("the execution failed: {failure}"))),
    }
}

fn empty() -> Value {
    Value::object::<&str, Value>([])
}

fn chain(states: usize) -> String {
    let state = |number: usize| {
        let next = match number + 1 == states {
            true => r#""End": true"#.to_owned(),
            false => format!(r#""Next": "S{}""#, number + 1),
        };
        format!(r#""S{number}": {{"Type": "Pass", {next}}}"#)
    };
    let all: Vec<String> = (0..states).map(state).collect();
    format!(r#"{{"StartAt": "S0", "States": {{{}}}}}"#, all.join(","))
}

const MAP: &str = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
    "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": true}}}}}}"#;
