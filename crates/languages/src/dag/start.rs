//! `dag.start`: what a task does once it is decided what becomes of it: it runs its function or workflow, or it
//! ends without having run.

use std::sync::Arc;

use tidegate_engine::action::{Action, Command, MapPolicy, Plan, Started, Target, TaskPolicy, Tolerance};
use tidegate_engine::registry::{MalformedParams, params};
use tidegate_engine::scene::Expr;
use tidegate_engine::template::Template;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Failure, FunctionName, Retry, Span, Text, WorkflowName};

use super::ended::{End, emit};
use super::ready::RUN;
use super::rule::State;

/// Items at one time, where the task does not say.
const CONCURRENCY_DEFAULT: u32 = 1_000;

/// Items of one task.
const ITEMS_MAX: usize = 1_000_000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    task: Text,
    #[serde(default)]
    function: Option<FunctionName>,
    #[serde(default)]
    workflow: Option<WorkflowName>,
    #[serde(default)]
    when: Option<String>,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    map: Option<Value>,
    #[serde(default)]
    retry: Option<Retry>,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default)]
    heartbeat: Option<Span>,
    #[serde(default)]
    concurrency: Option<u32>,
    #[serde(default)]
    tolerate: Option<u32>,
    #[serde(default)]
    tolerate_percent: Option<f64>,
}

/// What a task runs.
#[derive(Debug)]
enum Work {
    Function(FunctionName),
    Workflow(WorkflowName),
}

#[derive(Debug)]
struct Start {
    task: Text,
    work: Work,
    when: Option<Expr>,
    input: Option<Template>,
    map: Option<Template>,
    policy: Arc<TaskPolicy>,
    concurrency: u32,
    tolerate: Tolerance,
}

pub(super) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let given: Params = params(value)?;
    let template = |key: &str, value: Option<Value>| {
        value
            .map(|value| Template::parse(&value))
            .transpose()
            .map_err(|error| MalformedParams::template(key, error))
    };
    let work = match (given.function, given.workflow) {
        (Some(function), None) => Work::Function(function),
        (None, Some(workflow)) => Work::Workflow(workflow),
        _ => return Err(MalformedParams::new("a task runs one of `function` and `workflow`")),
    };
    let when = given.when.as_deref().map(Expr::parse).transpose();
    let tolerate = match (given.tolerate, given.tolerate_percent) {
        (_, Some(percent)) => Tolerance::Percent(percent),
        (count, None) => Tolerance::Count(count.unwrap_or(0)),
    };
    Ok(Box::new(Start {
        task: given.task,
        work,
        when: when.map_err(|message| MalformedParams::at("when", message))?,
        input: template("input", given.input)?,
        map: template("map", given.map)?,
        policy: Arc::new(TaskPolicy {
            retry: given.retry,
            timeout: given.timeout,
            heartbeat: given.heartbeat,
        }),
        concurrency: given.concurrency.unwrap_or(CONCURRENCY_DEFAULT),
        tolerate,
    }))
}

impl Action for Start {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let decision = plan.context.get("decision").and_then(Value::as_str).unwrap_or(RUN);
        if decision != RUN {
            let state = State::of(&Value::object([("state", decision)])).unwrap_or(State::Skipped);
            emit(plan, &self.task, End::Without(state));
            return Ok(());
        }
        // A task whose expressions fail has failed: those after it are to hear of it.
        match self.work(plan) {
            Ok(Some(command)) => plan.commands.push(command),
            Ok(None) => emit(plan, &self.task, End::Without(State::Skipped)),
            Err(failure) => emit(plan, &self.task, End::Failed(failure)),
        }
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        vec![match &self.work {
            Work::Function(function) => Started::Function(function),
            Work::Workflow(_) => Started::Workflow,
        }]
    }
}

impl Start {
    /// What is to be done; nothing where the task is skipped.
    fn work(&self, plan: &Plan<'_, '_>) -> Result<Option<Command>, Failure> {
        let results: Vec<(&str, Value)> = plan
            .context
            .get("results")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|results| results.iter())
            .map(|(task, result)| (task.as_str(), result.clone()))
            .collect();
        if let Some(when) = &self.when
            && !is_true(plan.scene.evaluate(when, plan.context, &results)?.as_ref())
        {
            return Ok(None);
        }
        let subject = self.task.clone();
        let function = match &self.work {
            Work::Function(function) => function.clone(),
            Work::Workflow(workflow) => {
                let (input, workflow) = (self.input(plan, &results)?, workflow.clone());
                let subject = Some(subject);
                return Ok(Some(Command::Start { subject, workflow, program: None, input, key: None }));
            }
        };
        let Some(map) = &self.map else {
            let input = self.input(plan, &results)?;
            return Ok(Some(Command::Invoke { subject, function, input, policy: Arc::clone(&self.policy) }));
        };
        let items = match map.evaluate(plan.scene, plan.context, &results)?.unwrap_or_default() {
            Value::Array(items) => items,
            other => {
                let message = format!("`map` expects a list, found {}", other.type_name());
                return Err(Failure::new(errors::INVALID_VALUE, message));
            }
        };
        if items.len() > ITEMS_MAX {
            let message = format!("`map` is over {} items; the limit is {ITEMS_MAX}", items.len());
            return Err(Failure::new(errors::LIMIT, message));
        }
        let inputs = match &self.input {
            None => items.to_vec(),
            Some(input) => self.inputs(plan, &results, input, &items)?,
        };
        let policy = MapPolicy {
            task: Arc::clone(&self.policy),
            concurrency: self.concurrency,
            tolerate: self.tolerate,
            each: false,
        };
        Ok(Some(Command::Map {
            subject,
            target: Target::Function(function),
            inputs,
            policy: Arc::new(policy),
        }))
    }

    fn input(&self, plan: &Plan<'_, '_>, results: &[(&str, Value)]) -> Result<Value, Failure> {
        match &self.input {
            None => Ok(plan.scene.input.clone()),
            Some(input) => Ok(input.evaluate(plan.scene, plan.context, results)?.unwrap_or_default()),
        }
    }

    fn inputs(
        &self,
        plan: &Plan<'_, '_>,
        results: &[(&str, Value)],
        input: &Template,
        items: &[Value],
    ) -> Result<Vec<Value>, Failure> {
        let mut names = results.to_vec();
        let fixed = names.len();
        let mut inputs = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            names.truncate(fixed);
            names.extend([("item", item.clone()), ("index", Value::from(index))]);
            inputs.push(input.evaluate(plan.scene, plan.context, &names)?.unwrap_or_default());
        }
        Ok(inputs)
    }
}

/// JSONata's truth: nothing, false, zero and what is empty are not true.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(Value::Number(number)) => number.as_f64() != 0.0,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => items.iter().any(|item| is_true(Some(item))),
        Some(Value::Object(members)) => !members.is_empty(),
    }
}
