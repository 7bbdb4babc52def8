//! `map`: run a function or a scope once per item, some at a time, and gather the results in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::{Failure, FunctionName, Name, Retry, Span, outcome::errors};

use super::{optional, template, unexpected};
use crate::action::{Action, Command, MapPolicy, Plan, Started, Target, TaskPolicy, Tolerance};
use crate::pools::{self, Claim};
use crate::registry::{MalformedParams, params};
use crate::template::Template;

/// Items at one time, where the workflow does not say: enough to keep any machine busy, and few enough that a
/// map over a million items does not queue a million tasks.
pub const CONCURRENCY_DEFAULT: u32 = 1_000;

/// Items of one map. Above this a workflow is to map over batches.
pub const ITEMS_MAX: usize = 1_000_000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(default)]
    function: Option<FunctionName>,
    #[serde(default)]
    scope: Option<Name>,
    #[serde(rename = "as", default)]
    subject: Option<Value>,
    items: Value,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default = "concurrency")]
    concurrency: u32,
    #[serde(default)]
    tolerate: Tolerate,
    #[serde(default)]
    retry: Option<Retry>,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default)]
    heartbeat: Option<Span>,
    #[serde(default)]
    claims: Vec<Claim>,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    each: bool,
}

fn concurrency() -> u32 {
    CONCURRENCY_DEFAULT
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Tolerate {
    count: Option<u32>,
    percent: Option<f64>,
}

#[derive(Debug)]
struct Map {
    subject: Template,
    target: Target,
    items: Template,
    input: Option<Template>,
    policy: Arc<MapPolicy>,
}

pub(crate) fn make(value: &Value) -> Result<Box<dyn Action>, MalformedParams> {
    let given: Params = params(value)?;
    pools::check(&given.claims)?;
    let target = match (given.function, given.scope) {
        (Some(function), None) => Target::Function(function),
        (None, Some(scope)) => Target::Scope(scope),
        _ => {
            return Err(MalformedParams::new("a map runs one of `function` and `scope`")
                .with_help("name the function or the scope that runs once per item"));
        }
    };
    if given.concurrency == 0 {
        return Err(MalformedParams::at("concurrency", "expected at least 1, found 0"));
    }
    let tolerate = match (given.tolerate.count, given.tolerate.percent) {
        (None, None) => Tolerance::Count(0),
        (Some(count), None) => Tolerance::Count(count),
        (None, Some(percent)) if (0.0..=100.0).contains(&percent) => Tolerance::Percent(percent),
        (None, Some(percent)) => {
            return Err(MalformedParams::at(
                "tolerate/percent",
                format!("expected 0 to 100, found {percent}"),
            ));
        }
        (Some(_), Some(_)) => {
            return Err(MalformedParams::at("tolerate", "expected one of `count` and `percent`, found both"));
        }
    };
    let name = match &target {
        Target::Function(name) | Target::Scope(name) => Value::from(name.as_str()),
        Target::Scopes(_) => Value::Null,
    };
    let task = TaskPolicy {
        retry: given.retry,
        timeout: given.timeout,
        heartbeat: given.heartbeat,
        claims: given.claims,
        priority: given.priority,
        cache: None,
    };
    let policy =
        MapPolicy { task: Arc::new(task), concurrency: given.concurrency, tolerate, each: given.each };
    Ok(Box::new(Map {
        subject: template("as", &given.subject.unwrap_or(name))?,
        target,
        items: template("items", &given.items)?,
        input: optional("input", given.input.as_ref())?,
        policy: Arc::new(policy),
    }))
}

impl Action for Map {
    fn plan(&self, plan: &mut Plan<'_, '_>) -> Result<(), Failure> {
        let subject = plan.text("`as`", &self.subject)?;
        let items = match plan.compute(&self.items)? {
            Value::Array(items) => items,
            other => return Err(unexpected("`items`", "an array", &other)),
        };
        if items.len() > ITEMS_MAX {
            let message = format!("a map over {} items; the limit is {ITEMS_MAX}", items.len());
            return Err(Failure::new(errors::LIMIT, message));
        }
        let inputs = match &self.input {
            None => items.to_vec(),
            Some(input) => {
                let compute = |(index, item): (usize, &Value)| {
                    let extra = [("item", item.clone()), ("index", Value::from(index))];
                    Ok(input.evaluate(plan.scene, plan.context, &extra)?.unwrap_or_default())
                };
                items.iter().enumerate().map(compute).collect::<Result<_, Failure>>()?
            }
        };
        let (target, policy) = (self.target.clone(), Arc::clone(&self.policy));
        plan.commands.push(Command::Map { subject, target, inputs, known: BTreeMap::new(), policy });
        Ok(())
    }

    fn starts(&self) -> Vec<Started<'_>> {
        match &self.target {
            Target::Function(function) => vec![Started::Function(function)],
            Target::Scope(scope) => vec![Started::Scope(scope)],
            Target::Scopes(scopes) => scopes.iter().map(Started::Scope).collect(),
        }
    }
}
