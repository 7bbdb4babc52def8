//! From a DAG to a program: two triggers for each task, and one for the end of the run.

use std::collections::BTreeSet;

use tidegate_json::Value;
use tidegate_model::program::SourcePlace;
use tidegate_model::{
    ActionSpec, ConditionSpec, Name, Pattern, Program, ScopeSpec, Text, TriggerName, TriggerSpec,
};

use super::graph::Order;
use super::model::{Dag, Task, Tolerate, Work};
use super::rule::TriggerRule;
use super::{ENDED, LANGUAGE};
use crate::diagnostic::Reports;
use crate::source::{Document, Span};

/// Most tasks in a file. Items of a mapped task count for nothing here.
pub const TASKS_MAX: usize = 50_000;

/// The timer at which a run has taken too long.
const TIMEOUT: &str = "dag.timeout";

/// The program that `dag` is; `None` after reporting why there is none.
pub(super) fn program(
    dag: &Dag,
    order: &Order,
    document: &Document,
    reports: &mut Reports<'_>,
) -> Option<Program> {
    if dag.tasks.len() > TASKS_MAX {
        let message = format!("the file has {} tasks; the limit is {TASKS_MAX}", dag.tasks.len());
        reports
            .error("dag::too_many", Span { length: 0, ..document.root.span }, message)
            .with_help("one task can work on many items: see `map`");
    }
    if reports.errors_count() > 0 {
        return None;
    }
    let mut triggers = Vec::with_capacity(2 * dag.tasks.len() + 3);
    let mut source_map = Vec::with_capacity(2 * dag.tasks.len());
    for (place, task) in dag.tasks.iter().enumerate() {
        let at = document.source.place(task.span);
        for trigger in [start(dag, task, &order.needs[place]), ended(task)] {
            source_map.push(SourcePlace {
                scope: 0,
                trigger: trigger.name.clone(),
                line: at.line,
                column: at.column,
            });
            triggers.push(trigger);
        }
    }
    triggers.push(over(dag, order));
    triggers.extend(timeout(dag));
    Some(Program {
        name: dag.name.clone(),
        language: Text::const_new(LANGUAGE),
        standing: false,
        scopes: vec![ScopeSpec { name: dag.name.clone(), vars: Value::Null, triggers }],
        functions: dag.functions.clone(),
        directory: None,
        source_map,
        source: Some(document.source.text.clone()),
    })
}

/// The trigger that has the task run, or end without.
fn start(dag: &Dag, task: &Task, needs: &BTreeSet<usize>) -> TriggerSpec {
    let ids = |tasks: &mut dyn Iterator<Item = &Name>| {
        Value::from(tasks.map(|id| Value::from(id.as_str())).collect::<Vec<_>>())
    };
    let after: BTreeSet<&Name> = task.after.iter().map(|(id, _)| id).collect();
    let keep: BTreeSet<&Name> = needs.iter().map(|&place| &dag.tasks[place].id).collect();
    let waits = !after.is_empty() && task.rule != TriggerRule::Always;
    // One that waits for nobody hears of whose results it reads too late, so it comes after these for that.
    let (on, condition) = if waits {
        let heard = after
            .union(&keep)
            .map(|id| Pattern::exact(Text::const_new(ENDED)).about(Text::from(id.as_str())));
        let params = Value::object([
            ("rule", Value::from(task.rule.name())),
            ("after", ids(&mut after.iter().copied())),
            ("keep", ids(&mut keep.iter().copied())),
        ]);
        (heard.collect(), ConditionSpec { name: Text::const_new("dag.ready"), params })
    } else {
        (vec![Pattern::exact(Text::const_new("tidegate.run.started"))], ConditionSpec::default())
    };
    let action = ActionSpec { name: Text::const_new("dag.start"), params: params(task) };
    trigger(task.id.clone(), on, condition, action)
}

fn params(task: &Task) -> Value {
    let text = |value: &dyn std::fmt::Display| Value::from(value.to_string());
    let policy = &task.policy;
    let work = match &task.work {
        Work::Function { name, .. } => ("function", Value::from(name.as_str())),
        Work::Workflow(name) => ("workflow", Value::from(name.as_str())),
    };
    let mut params = Value::object([("task", Value::from(task.id.as_str())), work]);
    let (count, percent) = match policy.tolerate {
        None => (None, None),
        Some(Tolerate::Count(count)) => (Some(Value::from(count)), None),
        Some(Tolerate::Percent(percent)) => (None, Some(Value::from(percent))),
    };
    // Defaults of calls mean nothing to a run.
    let is_call = matches!(task.work, Work::Function { .. });
    let of_call = |value: Option<Value>| value.filter(|_| is_call);
    let members = [
        ("when", task.when.as_deref().map(Value::from)),
        ("input", task.input.clone()),
        ("map", task.map.clone()),
        ("retry", of_call(policy.retry.clone())),
        ("timeout", of_call(policy.timeout.map(|span| text(&span)))),
        ("heartbeat", of_call(policy.heartbeat.map(|span| text(&span)))),
        ("concurrency", policy.concurrency.map(Value::from)),
        ("tolerate", count),
        ("tolerate_percent", percent),
    ];
    for (key, value) in members {
        if let Some(value) = value {
            params.set(key, value);
        }
    }
    params
}

/// The trigger that makes the end of the task's work the end of the task.
fn ended(task: &Task) -> TriggerSpec {
    let kind = match (&task.work, &task.map) {
        (Work::Workflow(_), _) => "run",
        (Work::Function { .. }, Some(_)) => "map",
        (Work::Function { .. }, None) => "task",
    };
    let about = |how: &str| {
        Pattern::exact(Text::from(format!("tidegate.{kind}.{how}"))).about(Text::from(task.id.as_str()))
    };
    let params = Value::object([("task", task.id.as_str())]);
    let name = Name::new(&format!("{}:ended", task.id)).unwrap_or_else(|_| task.id.clone());
    let action = ActionSpec { name: Text::const_new("dag.ended"), params };
    trigger(name, vec![about("succeeded"), about("failed")], ConditionSpec::default(), action)
}

/// The trigger that ends the run.
fn over(dag: &Dag, order: &Order) -> TriggerSpec {
    let leaves = dag.tasks.iter().zip(&order.is_leaf).filter(|(_, is_leaf)| **is_leaf);
    let leaves: Vec<Value> = leaves.map(|(task, _)| Value::from(task.id.as_str())).collect();
    let condition = ConditionSpec {
        name: Text::const_new("dag.over"),
        params: Value::object([("tasks", dag.tasks.len())]),
    };
    let params = Value::object([("leaves", Value::from(leaves))]);
    let action = ActionSpec { name: Text::const_new("dag.finish"), params };
    trigger(own_name("_over"), vec![Pattern::exact(Text::const_new(ENDED))], condition, action)
}

/// The triggers that end a run which takes too long.
fn timeout(dag: &Dag) -> Vec<TriggerSpec> {
    let Some(timeout) = dag.timeout else { return Vec::new() };
    let set = Value::object([("name", TIMEOUT.to_owned()), ("after", timeout.to_string())]);
    let started = vec![Pattern::exact(Text::const_new("tidegate.run.started"))];
    let fired = Pattern::exact(Text::const_new("tidegate.timer.fired")).about(Text::const_new(TIMEOUT));
    let give_up = Value::object([("timeout", timeout.to_string())]);
    let action = |name: &'static str, params| ActionSpec { name: Text::const_new(name), params };
    vec![
        trigger(own_name("_limit"), started, ConditionSpec::default(), action("timer", set)),
        trigger(own_name("_timeout"), vec![fired], ConditionSpec::default(), action("dag.timeout", give_up)),
    ]
}

fn own_name(name: &str) -> TriggerName {
    Name::new(name).expect("it is a name")
}

fn trigger(name: TriggerName, on: Vec<Pattern>, condition: ConditionSpec, action: ActionSpec) -> TriggerSpec {
    TriggerSpec {
        name,
        on,
        condition,
        actions: vec![action],
        once: false,
        enabled: true,
        context: Value::Null,
    }
}
