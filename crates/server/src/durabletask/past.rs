//! History: entries of an orchestration as events of the protocol.

use std::collections::BTreeMap;

use prost_types::Timestamp as Time;
use tidegate_json::Value;
use tidegate_languages::orchestration::entity;
use tidegate_model::{Text, Timestamp};

use super::instances::Metadata;
use super::messages::{
    EntityLockGrantedEvent, EntityLockRequestedEvent, EntityOperationCalledEvent,
    EntityOperationCompletedEvent, EntityOperationFailedEvent, EntityOperationSignaledEvent,
    EntityUnlockSentEvent, EventRaisedEvent, EventSentEvent, ExecutionCompletedEvent, ExecutionRewoundEvent,
    ExecutionStartedEvent, HistoryEvent, HistoryEventEventType as Kind, OrchestrationInstance,
    OrchestrationState, OrchestratorCompletedEvent, OrchestratorStartedEvent, ParentInstanceInfo,
    SubOrchestrationInstanceCompletedEvent, SubOrchestrationInstanceCreatedEvent,
    SubOrchestrationInstanceFailedEvent, TaskCompletedEvent, TaskFailedEvent, TaskScheduledEvent,
    TimerCreatedEvent, TimerFiredEvent,
};
use super::names::{ACTIVITY, unescaped};
use super::{details, payload};

/// What events of one instance have in common.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// The name of the orchestration.
    pub(super) name: String,
    /// Its id, and that of its present generation.
    pub(super) id: String,
    pub(super) execution: String,
    /// What it was started with, beside its input.
    pub(super) metadata: Metadata,
    /// Its input.
    pub(super) input: Value,
    /// Who started it, as its instance, its name, and the number there.
    pub(super) parent: Option<(String, String, i32)>,
}

/// The events of a history, as they are read one after the other.
pub(super) struct Reader<'i> {
    instance: &'i Instance,
    /// What was asked for under each number.
    asked: BTreeMap<u64, Value>,
    is_in_turn: bool,
    /// Whether it is read by people, who want to know everything.
    is_told_whole: bool,
}

impl<'i> Reader<'i> {
    pub(super) fn new(instance: &'i Instance) -> Self {
        Self { instance, asked: BTreeMap::new(), is_in_turn: false, is_told_whole: false }
    }

    /// One that tells what workers need not know as well.
    pub(super) fn whole(instance: &'i Instance) -> Self {
        Self { is_told_whole: true, ..Self::new(instance) }
    }

    /// The events that `entries` tell of.
    pub(super) fn read(&mut self, entries: &[Value]) -> Vec<HistoryEvent> {
        let mut events = Vec::with_capacity(entries.len() + 2);
        for entry in entries {
            let at = time(entry.get("at"));
            if entry.get("turn").is_some() {
                if self.is_in_turn {
                    events.push(event(-1, at, Kind::OrchestratorCompleted(OrchestratorCompletedEvent {})));
                }
                self.is_in_turn = true;
            }
            if let Some((id, kind)) = self.kind(entry) {
                events.push(event(id, at, kind));
            }
        }
        events
    }

    /// The events after the last turn of an instance that stands so.
    pub(super) fn ended(&self, state: &OrchestrationState) -> Vec<HistoryEvent> {
        let Some(at) = state.completed_timestamp else { return Vec::new() };
        let completed = ExecutionCompletedEvent {
            orchestration_status: state.orchestration_status,
            result: state.output.clone(),
            failure_details: state.failure_details.clone(),
        };
        vec![
            event(-1, Some(at), Kind::OrchestratorCompleted(OrchestratorCompletedEvent {})),
            event(-1, Some(at), Kind::ExecutionCompleted(completed)),
        ]
    }

    fn kind(&mut self, entry: &Value) -> Option<(i32, Kind)> {
        let number = |key: &str| entry.get(key).and_then(Value::as_u64);
        if entry.get("turn").is_some() {
            return Some((-1, Kind::OrchestratorStarted(OrchestratorStartedEvent {})));
        }
        if entry.get("started").is_some() {
            return Some((-1, Kind::ExecutionStarted(self.started(entry))));
        }
        if let Some(id) = number("asked") {
            self.asked.insert(id, entry.clone());
            return Some((whole(id), asked(entry)?));
        }
        if let Some(id) = number("ended") {
            return Some((-1, self.end_of(id, entry)?));
        }
        // Workers would forget by themselves what is forgotten already.
        if let Some(reason) = entry.get("rewound").filter(|_| self.is_told_whole) {
            let reason = reason.as_str().map(str::to_owned);
            return Some((
                -1,
                Kind::ExecutionRewound(ExecutionRewoundEvent { reason, ..Default::default() }),
            ));
        }
        let name = entry.get("event").and_then(Value::as_str)?;
        let data = entry.get("data").cloned().unwrap_or_default();
        Some((-1, raised(name, &data)))
    }

    fn started(&self, entry: &Value) -> ExecutionStartedEvent {
        let Instance { name, id, execution, metadata, input, parent } = self.instance;
        let parent = parent.as_ref().map(|(instance, name, number)| ParentInstanceInfo {
            task_scheduled_id: *number,
            name: Some(name.clone()),
            version: None,
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: instance.clone(),
                execution_id: None,
            }),
        });
        ExecutionStartedEvent {
            name: name.clone(),
            version: metadata.version.clone(),
            input: payload::to_text(entry.get("input").unwrap_or(input)),
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: id.clone(),
                execution_id: Some(execution.clone()),
            }),
            parent_instance: parent,
            tags: metadata.tags.clone(),
            ..Default::default()
        }
    }

    fn end_of(&self, id: u64, entry: &Value) -> Option<Kind> {
        let asked = self.asked.get(&id)?;
        let task_scheduled_id = whole(id);
        let result = || entry.get("result").and_then(payload::to_text);
        let failure = entry.get("failed").map(details::of_value);
        if let Some(timer) = asked.get("timer") {
            return Some(Kind::TimerFired(TimerFiredEvent {
                fire_at: time(timer.get("at")),
                timer_id: task_scheduled_id,
            }));
        }
        Some(match (asked.get("run").is_some(), failure) {
            (false, None) => Kind::TaskCompleted(TaskCompletedEvent { task_scheduled_id, result: result() }),
            (false, failure_details) => {
                Kind::TaskFailed(TaskFailedEvent { task_scheduled_id, failure_details })
            }
            (true, None) => {
                let result = result();
                Kind::SubOrchestrationInstanceCompleted(SubOrchestrationInstanceCompletedEvent {
                    task_scheduled_id,
                    result,
                })
            }
            (true, failure_details) => {
                Kind::SubOrchestrationInstanceFailed(SubOrchestrationInstanceFailedEvent {
                    task_scheduled_id,
                    failure_details,
                })
            }
        })
    }
}

fn event(event_id: i32, timestamp: Option<Time>, kind: Kind) -> HistoryEvent {
    HistoryEvent { event_id, timestamp, event_type: Some(kind) }
}

/// What somebody asked for, as the event that it was.
fn asked(entry: &Value) -> Option<Kind> {
    if let Some(call) = entry.get("call") {
        let function = text(call, "function").unwrap_or_default();
        let name = function.strip_prefix(ACTIVITY).map_or_else(|| function.clone(), unescaped);
        return Some(Kind::TaskScheduled(TaskScheduledEvent {
            name,
            version: text(call, "version"),
            input: call.get("input").and_then(payload::to_text),
            tags: tags(call.get("tags")),
            ..Default::default()
        }));
    }
    if let Some(timer) = entry.get("timer") {
        return Some(Kind::TimerCreated(TimerCreatedEvent { fire_at: time(timer.get("at")) }));
    }
    if let Some(run) = entry.get("run") {
        let (metadata, input) = Metadata::open(run.get("input").unwrap_or(&Value::Null));
        return Some(Kind::SubOrchestrationInstanceCreated(SubOrchestrationInstanceCreatedEvent {
            instance_id: text(run, "key").unwrap_or_default(),
            name: unescaped(&text(run, "workflow").unwrap_or_default()),
            version: metadata.version,
            input: payload::to_text(&input),
            tags: metadata.tags,
            ..Default::default()
        }));
    }
    if let Some(sent) = entry.get("event").filter(|event| event.as_object().is_some()) {
        return Some(Kind::EventSent(EventSentEvent {
            instance_id: text(sent, "to").unwrap_or_default(),
            name: text(sent, "name").unwrap_or_default(),
            input: sent.get("data").and_then(payload::to_text),
        }));
    }
    sent_to_entity(entry.get("entity")?)
}

/// A message to an entity, as the event that it was sent.
fn sent_to_entity(message: &Value) -> Option<Kind> {
    let (request, target) = (text(message, "request").unwrap_or_default(), text(message, "to"));
    let operation = text(message, "operation").unwrap_or_default();
    let input = message.get("input").and_then(payload::to_text);
    let scheduled_time = time(message.get("at"));
    let parent = text(message, "caller");
    Some(match message.get("kind").and_then(Value::as_str)? {
        "signal" => Kind::EntityOperationSignaled(EntityOperationSignaledEvent {
            request_id: request,
            operation,
            scheduled_time,
            input,
            target_instance_id: target,
        }),
        "call" => Kind::EntityOperationCalled(EntityOperationCalledEvent {
            request_id: request,
            operation,
            scheduled_time,
            input,
            parent_instance_id: parent,
            target_instance_id: target,
            ..Default::default()
        }),
        "lock" => Kind::EntityLockRequested(EntityLockRequestedEvent {
            critical_section_id: request,
            lock_set: texts(message.get("locks")),
            position: 0,
            parent_instance_id: parent,
        }),
        "unlock" => Kind::EntityUnlockSent(EntityUnlockSentEvent {
            critical_section_id: request,
            parent_instance_id: parent,
            target_instance_id: target,
        }),
        _ => return None,
    })
}

/// What came from outside: from an entity, or from anybody.
fn raised(name: &str, data: &Value) -> Kind {
    let request_id = || text(data, "request").unwrap_or_default();
    match name {
        entity::RESULT => Kind::EntityOperationCompleted(EntityOperationCompletedEvent {
            request_id: request_id(),
            output: data.get("result").and_then(payload::to_text),
        }),
        entity::FAILURE => Kind::EntityOperationFailed(EntityOperationFailedEvent {
            request_id: request_id(),
            failure_details: data.get("failed").map(details::of_value),
        }),
        entity::LOCKED => {
            Kind::EntityLockGranted(EntityLockGrantedEvent { critical_section_id: request_id() })
        }
        _ => Kind::EventRaised(EventRaisedEvent { name: name.to_owned(), input: payload::to_text(data) }),
    }
}

pub(super) fn whole(id: u64) -> i32 {
    i32::try_from(id).unwrap_or(i32::MAX)
}

fn text(of: &Value, key: &str) -> Option<String> {
    of.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flat_map(|list| list.iter()).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Tags as the protocol has them.
pub(super) fn tags(tags: Option<&Value>) -> BTreeMap<String, String> {
    let tags = tags.and_then(Value::as_object).into_iter().flat_map(|tags| tags.iter());
    tags.filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned()))).collect()
}

/// A time as the protocol has it.
pub(super) fn time(at: Option<&Value>) -> Option<Time> {
    let at: Timestamp = at?.as_str()?.parse().ok()?;
    Some(of_timestamp(at))
}

pub(super) fn of_timestamp(at: Timestamp) -> Time {
    Time { seconds: at.0.div_euclid(1000), nanos: (at.0.rem_euclid(1000) * 1_000_000) as i32 }
}

/// A time of the protocol as ours; a part of a millisecond is a whole one, so that nothing is early.
pub(super) fn to_timestamp(time: &Time) -> Timestamp {
    let milliseconds =
        time.seconds.saturating_mul(1000).saturating_add(i64::from(time.nanos).div_euclid(1_000_000));
    let begun = i64::from(time.nanos % 1_000_000 != 0);
    Timestamp(milliseconds.saturating_add(begun))
}

/// A text for an entry.
pub(super) fn written(at: Timestamp) -> Text {
    Text::from(at.to_string())
}
