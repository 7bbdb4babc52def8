//! Answers: what a worker says that a turn does, as the language `orchestration` has it; and what else comes of it.

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tonic::Status;

use super::instances::Metadata;
use super::messages::{
    CompleteOrchestrationAction, HistoryEvent, HistoryEventEventType, OrchestrationStatus,
    OrchestratorAction, OrchestratorActionOrchestratorActionType as Action, OrchestratorResponse,
    SendEntityMessageAction, SendEntityMessageActionEntityMessageType as Message,
    TerminateOrchestrationAction,
};
use super::names::{ACTIVITY, function, workflow};
use super::past::{to_timestamp, written};
use super::{details, payload};

/// An answer, and what is to be done besides.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The result of the turn.
    pub(super) value: Value,
    /// Orchestrations that are to be there before: names.
    pub(super) orchestrations: Vec<String>,
    /// Kinds of entities that are to be there before.
    pub(super) entities: Vec<String>,
    /// Instances that it wants terminated.
    pub(super) terminated: Vec<TerminateOrchestrationAction>,
}

impl Answer {
    /// Reads what a worker has answered about the instance `caller`.
    pub(super) fn read(response: OrchestratorResponse, caller: &str) -> Result<Self, Status> {
        let mut answer = Self::default();
        let mut actions = Vec::with_capacity(response.actions.len());
        for action in response.actions {
            actions.extend(answer.action(action, caller)?);
        }
        answer.value = Value::object([("actions", Value::from(actions))]);
        if let Some(status) = &response.custom_status {
            answer.value.set("status", payload::to_value(Some(status)));
        }
        Ok(answer)
    }

    fn action(&mut self, action: OrchestratorAction, caller: &str) -> Result<Option<Value>, Status> {
        let id = action.id;
        let Some(kind) = action.orchestrator_action_type else {
            return Err(Status::invalid_argument(format!("action {id} says nothing to be done")));
        };
        let numbered = |key: &'static str, what: Value| {
            let id =
                u64::try_from(id).map_err(|_| Status::invalid_argument("an action has a number from 0"))?;
            Ok::<_, Status>(Some(Value::object([("id", Value::from(id)), (key, what)])))
        };
        match kind {
            Action::ScheduleTask(task) => {
                let mut call = Value::object([
                    ("function", Value::from(function(ACTIVITY, &task.name)?.as_str())),
                    ("input", payload::to_value(task.input.as_deref())),
                ]);
                if let Some(version) = task.version.as_deref().filter(|version| !version.is_empty()) {
                    call.set("version", version);
                }
                if !task.tags.is_empty() {
                    call.set(
                        "tags",
                        Value::object(task.tags.iter().map(|(key, tag)| (key.as_str(), tag.as_str()))),
                    );
                }
                numbered("call", call)
            }
            Action::CreateTimer(timer) => {
                let at = timer.fire_at.as_ref().map(to_timestamp).unwrap_or_default();
                numbered("timer", Value::object([("at", written(at).as_str())]))
            }
            Action::CreateSubOrchestration(start) => {
                let metadata = Metadata {
                    version: start.version.clone().filter(|version| !version.is_empty()),
                    tags: start.tags.clone(),
                    ..Metadata::default()
                };
                let mut run = Value::object([
                    ("workflow", Value::from(workflow(&start.name)?.as_str())),
                    ("input", metadata.wrap(start.input.as_deref())),
                ]);
                let key = match start.instance_id.as_str() {
                    "" => format!("{caller}:{id:04x}"),
                    given => given.to_owned(),
                };
                run.set("key", key);
                self.orchestrations.push(start.name);
                numbered("run", run)
            }
            Action::SendEvent(event) => {
                let to = event.instance.map(|instance| instance.instance_id).unwrap_or_default();
                let mut sent = Value::object([("to", to), ("name", event.name)]);
                sent.set("data", payload::to_value(event.data.as_deref()));
                numbered("event", sent)
            }
            Action::CompleteOrchestration(end) => ending(&end).map(Some),
            Action::TerminateOrchestration(other) => {
                self.terminated.push(other);
                Ok(None)
            }
            Action::SendEntityMessage(message) => {
                let message = self.entity(message, caller)?;
                numbered("entity", message)
            }
            Action::RewindOrchestration(_) => {
                Err(Status::invalid_argument("what is rewound here has a history that needs no rewriting"))
            }
        }
    }

    /// A message to an entity.
    fn entity(&mut self, action: SendEntityMessageAction, caller: &str) -> Result<Value, Status> {
        let Some(message) = action.entity_message_type else {
            return Err(Status::invalid_argument("a message to an entity says nothing"));
        };
        let mut value = Value::object([("caller", caller)]);
        let to = |answer: &mut Self, value: &mut Value, target: Option<String>| {
            let target = target.unwrap_or_default();
            answer.entities.extend(kind_of_entity(&target));
            value.set("to", target);
        };
        match message {
            Message::EntityOperationSignaled(signal) => {
                value.set("kind", "signal");
                value.set("request", signal.request_id);
                value.set("operation", signal.operation);
                value.set("input", payload::to_value(signal.input.as_deref()));
                if let Some(at) = &signal.scheduled_time {
                    value.set("at", written(to_timestamp(at)).as_str());
                }
                to(self, &mut value, signal.target_instance_id);
            }
            Message::EntityOperationCalled(call) => {
                value.set("kind", "call");
                value.set("request", call.request_id);
                value.set("operation", call.operation);
                value.set("input", payload::to_value(call.input.as_deref()));
                to(self, &mut value, call.target_instance_id);
            }
            Message::EntityLockRequested(lock) => {
                value.set("kind", "lock");
                value.set("request", lock.critical_section_id);
                self.entities.extend(lock.lock_set.iter().flat_map(|id| kind_of_entity(id)));
                // Everybody takes them in the same order.
                let locks: std::collections::BTreeSet<String> = lock.lock_set.into_iter().collect();
                value.set("locks", Value::array(locks));
            }
            Message::EntityUnlockSent(unlock) => {
                value.set("kind", "unlock");
                value.set("request", unlock.critical_section_id);
                to(self, &mut value, unlock.target_instance_id);
            }
        }
        Ok(value)
    }
}

/// The kind of entity that `id`, such as `@counter@mine`, is of.
pub(super) fn kind_of_entity(id: &str) -> Option<String> {
    let (kind, _) = id.strip_prefix('@')?.split_once('@')?;
    Some(kind.to_owned())
}

/// How an orchestration ends.
fn ending(end: &CompleteOrchestrationAction) -> Result<Value, Status> {
    let result = || payload::to_value(end.result.as_deref());
    match OrchestrationStatus::try_from(end.orchestration_status) {
        Ok(OrchestrationStatus::Completed) => {
            let text = end.result.as_deref();
            let mut complete = Value::object([("complete", payload::to_plain(text))]);
            if text.is_some_and(|text| !payload::is_faithful(text)) {
                complete.set("vars", Value::object([("output", result())]));
            }
            Ok(complete)
        }
        Ok(OrchestrationStatus::Failed) => {
            let mut failure = end.failure_details.as_ref().map(details::to_value).unwrap_or_else(|| {
                let message = end.details.clone().unwrap_or_default();
                Value::object([("error", errors::TASK_FAILED.to_owned()), ("message", message)])
            });
            if failure.get("error").and_then(Value::as_str).is_none_or(str::is_empty) {
                failure.set("error", errors::TASK_FAILED);
            }
            Ok(Value::object([("fail", failure)]))
        }
        Ok(OrchestrationStatus::ContinuedAsNew) => {
            let keep = Value::array(end.carryover_events.iter().filter_map(carried).collect::<Vec<Value>>());
            let again = Value::object([("input", result()), ("keep", keep)]);
            Ok(Value::object([("continue", again)]))
        }
        Ok(OrchestrationStatus::Terminated | OrchestrationStatus::Canceled) => {
            let failure = Value::object([("error", errors::CANCELLED), ("message", "it has ended itself")]);
            Ok(Value::object([("fail", failure)]))
        }
        _ => Err(Status::invalid_argument("an orchestration completes, fails or continues as new")),
    }
}

/// An event that the next generation is to have.
fn carried(event: &HistoryEvent) -> Option<Value> {
    let Some(HistoryEventEventType::EventRaised(raised)) = &event.event_type else { return None };
    let mut entry = Value::object([("event", raised.name.as_str())]);
    entry.set("data", payload::to_value(raised.input.as_deref()));
    if let Some(at) = &event.timestamp {
        entry.set("at", written(to_timestamp(at)).as_str());
    }
    Some(entry)
}
