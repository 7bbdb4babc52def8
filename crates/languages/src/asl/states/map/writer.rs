//! `ResultWriter`: what becomes of the results of a distributed Map state: in which form, and whether they are kept elsewhere.
//!
//! What is kept is what AWS keeps: under the prefix and the id of the map run, a file of the executions that succeeded, one
//! of those that failed, and a manifest that names them, written last.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_engine::action::{Command, MapPolicy, Target, TaskPolicy, Tolerance};
use tidegate_engine::registry::MalformedParams;
use tidegate_json::Value;
use tidegate_model::{FunctionName, Retry, Text, Timestamp};

use crate::asl::expression::{Fault, timestamp};
use crate::asl::flow::Shape;
use crate::asl::machine::{Language, StateParams};
use crate::asl::resource::Resource;
use crate::asl::turn::Turn;

/// The error of a Map state whose results cannot be written.
pub(super) const FAILED: &str = "States.ResultWriterFailed";

/// What the fan-out that writes for the state `name` is called.
pub(crate) fn subject(name: &str) -> String {
    format!("{name}:write")
}

#[derive(Debug)]
pub(super) struct Writer {
    form: Form,
    is_lines: bool,
    target: Option<Destination>,
}

/// Where results are kept.
#[derive(Debug)]
struct Destination {
    function: FunctionName,
    arguments: Option<Shape>,
}

/// What is kept of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Its execution, with input, output and times.
    Execution,
    /// Its output.
    Output,
    /// The elements of its output, where that is a list.
    Elements,
}

/// What became of an item, as its scope tells where somebody wants to write it down.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) input: Value,
    pub(crate) output: Value,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Timestamp,
}

impl Described {
    pub(crate) fn to_value(&self) -> Value {
        Value::object([
            ("input", self.input.clone()),
            ("output", self.output.clone()),
            ("startedAt", Value::from(self.started_at.0)),
            ("endedAt", Value::from(self.ended_at.0)),
        ])
    }

    fn of(value: &Value) -> Self {
        let member = |name: &str| value.get(name).cloned().unwrap_or_default();
        let at = |name: &str| Timestamp(value.get(name).and_then(Value::as_i64).unwrap_or_default());
        Self {
            input: member("input"),
            output: member("output"),
            started_at: at("startedAt"),
            ended_at: at("endedAt"),
        }
    }
}

impl Writer {
    pub(super) fn of(state: &StateParams) -> Result<Option<Self>, MalformedParams> {
        let Some(writer) = state.field("ResultWriter") else { return Ok(None) };
        let malformed = |message: String| MalformedParams::at("ResultWriter", message);
        let field = if state.language == Language::JsonPath { "Parameters" } else { "Arguments" };
        let target = match writer.get("Resource").and_then(Value::as_str) {
            None => None,
            Some(resource) => {
                let Resource::Service(service) = Resource::parse(resource).map_err(malformed)? else {
                    return Err(malformed(format!("`{resource}` writes no results")));
                };
                let function = FunctionName::new(&service.function());
                let arguments = writer.get(field);
                let arguments = arguments
                    .map(|shape| Shape::new(shape, state.language, &format!("ResultWriter/{field}")))
                    .transpose()?;
                Some(Destination {
                    function: function.map_err(|error| malformed(error.to_string()))?,
                    arguments,
                })
            }
        };
        let config = |name: &str| writer.get("WriterConfig").and_then(|config| config.get(name)?.as_str());
        let form = match config("Transformation") {
            Some("COMPACT") => Form::Output,
            Some("FLATTEN") => Form::Elements,
            Some(_) => Form::Execution,
            None if target.is_some() || config("OutputType").is_some() => Form::Execution,
            None => Form::Output,
        };
        Ok(Some(Self { form, is_lines: config("OutputType") == Some("JSONL"), target }))
    }

    /// The result of the state, or nothing where it is written first. `results` are as the scopes of the items describe
    /// them, with nothing in the places of those that failed.
    pub(super) fn finish(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        input: &Value,
        name: &str,
        results: &Value,
    ) -> Result<Option<Value>, Fault> {
        let run = turn.active.asked.get("mapRunArn").and_then(Value::as_str).unwrap_or_default().to_owned();
        let results = results.as_array().map(|results| results.to_vec()).unwrap_or_default();
        let succeeded = (0..).zip(&results).filter(|(_, result)| !result.is_null());
        let entries: Vec<Value> =
            succeeded.flat_map(|(index, result)| self.entries(&run, index, &Described::of(result))).collect();
        let Some(target) = &self.target else { return Ok(Some(Value::from(entries))) };
        let failures = turn.extension("failures").and_then(Value::as_array);
        let failures: Vec<Value> =
            failures.into_iter().flat_map(|all| all.iter()).map(|failure| failed(&run, failure)).collect();
        let arguments =
            target.arguments.as_ref().map(|shape| shape.evaluate(turn, input, None, None)).transpose()?;
        let arguments = arguments.unwrap_or_default();
        self.write(turn, target, name, &run, &arguments, [("SUCCEEDED", entries), ("FAILED", failures)]);
        Ok(None)
    }

    fn write(
        &self,
        turn: &mut Turn<'_, '_, '_>,
        target: &Destination,
        name: &str,
        run: &str,
        arguments: &Value,
        files: [(&'static str, Vec<Value>); 2],
    ) {
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let (bucket, id) = (text("Bucket"), run.rsplit(':').next().unwrap_or_default());
        let folder = match text("Prefix").trim_matches('/') {
            "" => id.to_owned(),
            prefix => format!("{prefix}/{id}"),
        };
        let mut puts = Vec::new();
        let mut told = vec![("PENDING", Value::array::<Value>([]))];
        for (status, entries) in files {
            if entries.is_empty() {
                told.push((status, Value::array::<Value>([])));
                continue;
            }
            let ending = if self.is_lines { "jsonl" } else { "json" };
            let (key, body) = (format!("{folder}/{status}_0.{ending}"), self.file(entries));
            let file = [("Key", Value::from(key.as_str())), ("Size", Value::from(body.len()))];
            told.push((status, Value::array([Value::object(file)])));
            puts.push(put(arguments, &key, body));
        }
        let manifest = Value::object([
            ("DestinationBucket", Value::from(bucket)),
            ("MapRunArn", Value::from(run)),
            ("ResultFiles", Value::object(told)),
        ]);
        let key = format!("{folder}/manifest.json");
        puts.push(put(arguments, &key, manifest.to_text()));
        let details = Value::object([("Bucket", Value::from(bucket)), ("Key", Value::from(key))]);
        let written = Value::object([("MapRunArn", Value::from(run)), ("ResultWriterDetails", details)]);
        turn.active.asked.set("written", written);
        turn.wait();
        let policy = TaskPolicy { retry: Some(Retry::default()), ..TaskPolicy::default() };
        turn.command(Command::Map {
            subject: Text::from(subject(name)),
            target: Target::Function(target.function.clone()),
            inputs: puts,
            // One after the other, so that whoever finds the manifest finds the files that it names.
            known: BTreeMap::new(),
            policy: Arc::new(MapPolicy {
                task: Arc::new(policy),
                concurrency: 1,
                tolerate: Tolerance::Count(0),
                each: false,
            }),
        });
    }

    fn file(&self, entries: Vec<Value>) -> String {
        if self.is_lines {
            return entries.iter().map(|entry| entry.to_text() + "\n").collect();
        }
        Value::from(entries).to_text()
    }

    fn entries(&self, run: &str, index: u64, item: &Described) -> Vec<Value> {
        match (self.form, &item.output) {
            (Form::Execution, _) => vec![succeeded(run, index, item)],
            (Form::Elements, Value::Array(elements)) => elements.to_vec(),
            (Form::Output | Form::Elements, output) => vec![output.clone()],
        }
    }
}

/// The request that puts a file there: whatever else the state says of it goes along.
fn put(arguments: &Value, key: &str, body: String) -> Value {
    let mut put = arguments.clone();
    if let Some(members) = put.as_object_mut() {
        members.remove("Prefix");
    }
    put.set("Key", key);
    put.set("Body", body);
    put.set("ContentType", "application/json");
    put
}

/// What is told of any item: its execution's names.
fn execution(run: &str, index: u64, status: &str) -> Value {
    let (path, id) = run.rsplit_once(':').unwrap_or((run, ""));
    let name = format!("{id}-{index}");
    let arn = format!("{}:{name}", path.replacen(":mapRun:", ":execution:", 1));
    Value::object([
        ("ExecutionArn", Value::from(arn)),
        ("Name", Value::from(name)),
        ("RedriveCount", Value::from(0)),
        ("StateMachineArn", Value::from(path.replacen(":mapRun:", ":stateMachine:", 1))),
        ("Status", Value::from(status)),
    ])
}

fn succeeded(run: &str, index: u64, item: &Described) -> Value {
    let mut told = execution(run, index, "SUCCEEDED");
    let included = Value::object([("Included", true)]);
    let rest = [
        ("Input", Value::from(item.input.to_text())),
        ("InputDetails", included.clone()),
        ("Output", Value::from(item.output.to_text())),
        ("OutputDetails", included),
        ("RedriveStatus", Value::from("NOT_REDRIVABLE")),
        ("RedriveStatusReason", Value::from("Execution is SUCCEEDED and cannot be redriven")),
        ("StartDate", Value::from(timestamp::format(item.started_at))),
        ("StopDate", Value::from(timestamp::format(item.ended_at))),
    ];
    rest.into_iter().for_each(|(name, value)| told.set(name, value));
    told
}

fn failed(run: &str, failure: &Value) -> Value {
    let index = failure.get("index").and_then(Value::as_u64).unwrap_or_default();
    let mut told = execution(run, index, "FAILED");
    for (name, member) in [("Error", "error"), ("Cause", "message")] {
        told.set(name, failure.get(member).cloned().unwrap_or_default());
    }
    told.set("RedriveStatus", "REDRIVABLE_BY_MAP_RUN");
    told
}
