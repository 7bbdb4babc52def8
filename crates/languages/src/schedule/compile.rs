//! From a schedule to its standing program: a trigger for its beginning, one for its timer, one for the ends of its runs,
//! and one for each event that it waits for.

use tidegate_json::Value;
use tidegate_model::{ActionSpec, ConditionSpec, Name, Pattern, Program, ScopeSpec, Text, TriggerSpec};

use super::LANGUAGE;
use super::actions::TIMER;
use super::model::Schedule;

/// The program of `schedule`; `None` where its name would be too long.
pub(crate) fn program(schedule: &Schedule) -> Option<Program> {
    let name = Program::schedule_name(&schedule.workflow)?;
    let params = Value::object([("schedule", schedule.to_value())]);
    let mut triggers = vec![
        trigger("begin", vec![Pattern::exact("tidegate.run.started")], "schedule.begin", params.clone()),
        trigger(
            "tick",
            vec![Pattern::exact("tidegate.timer.fired").about(TIMER)],
            "schedule.tick",
            params.clone(),
        ),
        trigger(
            "ended",
            vec![Pattern::exact("tidegate.run.succeeded"), Pattern::exact("tidegate.run.failed")],
            "schedule.ended",
            params.clone(),
        ),
    ];
    for (set, events) in schedule.events.iter().enumerate() {
        for (index, event) in events.any.iter().enumerate() {
            let mut params = params.clone();
            params.set("event", Value::from(vec![Value::from(set), Value::from(index)]));
            let pattern = Pattern {
                kind: event.kind.clone(),
                subject: event.subject.clone(),
                source: event.source.clone(),
                filter: None,
                reach: tidegate_model::Reach::World,
            };
            triggers.push(trigger(&format!("event-{set}-{index}"), vec![pattern], "schedule.event", params));
        }
    }
    Some(Program {
        scopes: vec![ScopeSpec { name: name.clone(), vars: Value::Null, triggers }],
        name,
        language: Text::const_new(LANGUAGE),
        standing: true,
        input: Value::Null,
        schedule: None,
        functions: Default::default(),
        directory: None,
        source_map: Vec::new(),
        source: None,
    })
}

pub(super) fn trigger(name: &str, on: Vec<Pattern>, action: &'static str, params: Value) -> TriggerSpec {
    TriggerSpec {
        name: Name::new(name).expect("it is a name"),
        on,
        condition: ConditionSpec::default(),
        actions: vec![ActionSpec { name: Text::const_new(action), params }],
        once: false,
        enabled: true,
        context: Value::Null,
    }
}
