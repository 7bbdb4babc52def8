//! What has happened to an instance.
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.

use super::*;

/// `OrchestrationStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum OrchestrationStatus {
    Running = 0,
    Completed = 1,
    ContinuedAsNew = 2,
    Failed = 3,
    Canceled = 4,
    Terminated = 5,
    Pending = 6,
    Suspended = 7,
}
/// `WorkerCapability`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum WorkerCapability {
    Unspecified = 0,
    HistoryStreaming = 1,
    ScheduledTasks = 2,
    LargePayloads = 3,
}
/// `OrchestrationInstance`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestrationInstance {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) execution_id: Option<String>,
}
/// `ActivityRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ActivityRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) orchestration_instance: Option<OrchestrationInstance>,
    #[prost(int32, tag = "5")]
    pub(crate) task_id: i32,
    #[prost(message, optional, tag = "6")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(btree_map = "string, string", tag = "7")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `ActivityResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ActivityResponse {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(int32, tag = "2")]
    pub(crate) task_id: i32,
    #[prost(message, optional, tag = "3")]
    pub(crate) result: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
    #[prost(string, tag = "5")]
    pub(crate) completion_token: String,
}
/// `TaskFailureDetails`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TaskFailureDetails {
    #[prost(string, tag = "1")]
    pub(crate) error_type: String,
    #[prost(string, tag = "2")]
    pub(crate) error_message: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) stack_trace: Option<String>,
    #[prost(message, optional, boxed, tag = "4")]
    pub(crate) inner_failure: Option<Box<TaskFailureDetails>>,
    #[prost(bool, tag = "5")]
    pub(crate) is_non_retriable: bool,
    #[prost(btree_map = "string, message", tag = "6")]
    pub(crate) properties: std::collections::BTreeMap<String, prost_types::Value>,
}
/// `ParentInstanceInfo`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ParentInstanceInfo {
    #[prost(int32, tag = "1")]
    pub(crate) task_scheduled_id: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) name: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) orchestration_instance: Option<OrchestrationInstance>,
}
/// `TraceContext`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TraceContext {
    #[prost(string, tag = "1")]
    pub(crate) trace_parent: String,
    #[prost(string, tag = "2")]
    pub(crate) span_id: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) trace_state: Option<String>,
}
/// `ExecutionStartedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecutionStartedEvent {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) orchestration_instance: Option<OrchestrationInstance>,
    #[prost(message, optional, tag = "5")]
    pub(crate) parent_instance: Option<ParentInstanceInfo>,
    #[prost(message, optional, tag = "6")]
    pub(crate) scheduled_start_timestamp: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "7")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(message, optional, tag = "8")]
    pub(crate) orchestration_span_id: Option<String>,
    #[prost(btree_map = "string, string", tag = "9")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `ExecutionCompletedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecutionCompletedEvent {
    #[prost(enumeration = "OrchestrationStatus", tag = "1")]
    pub(crate) orchestration_status: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) result: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
}
/// `ExecutionTerminatedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecutionTerminatedEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<String>,
    #[prost(bool, tag = "2")]
    pub(crate) recurse: bool,
}
/// `TaskScheduledEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TaskScheduledEvent {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(btree_map = "string, string", tag = "5")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `TaskCompletedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TaskCompletedEvent {
    #[prost(int32, tag = "1")]
    pub(crate) task_scheduled_id: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) result: Option<String>,
}
/// `TaskFailedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TaskFailedEvent {
    #[prost(int32, tag = "1")]
    pub(crate) task_scheduled_id: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
}
/// `SubOrchestrationInstanceCreatedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SubOrchestrationInstanceCreatedEvent {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(btree_map = "string, string", tag = "6")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `SubOrchestrationInstanceCompletedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SubOrchestrationInstanceCompletedEvent {
    #[prost(int32, tag = "1")]
    pub(crate) task_scheduled_id: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) result: Option<String>,
}
/// `SubOrchestrationInstanceFailedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SubOrchestrationInstanceFailedEvent {
    #[prost(int32, tag = "1")]
    pub(crate) task_scheduled_id: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
}
/// `TimerCreatedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TimerCreatedEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) fire_at: Option<prost_types::Timestamp>,
}
/// `TimerFiredEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TimerFiredEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) fire_at: Option<prost_types::Timestamp>,
    #[prost(int32, tag = "2")]
    pub(crate) timer_id: i32,
}
/// `OrchestratorStartedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestratorStartedEvent {}
/// `OrchestratorCompletedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestratorCompletedEvent {}
/// `EventSentEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EventSentEvent {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
}
/// `EventRaisedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EventRaisedEvent {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) input: Option<String>,
}
/// `GenericEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GenericEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) data: Option<String>,
}
/// `HistoryStateEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HistoryStateEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) orchestration_state: Option<OrchestrationState>,
}
/// `ContinueAsNewEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ContinueAsNewEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<String>,
}
/// `ExecutionSuspendedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecutionSuspendedEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<String>,
}
/// `ExecutionResumedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecutionResumedEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<String>,
}
/// `EntityOperationSignaledEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityOperationSignaledEvent {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(string, tag = "2")]
    pub(crate) operation: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) scheduled_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "4")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) target_instance_id: Option<String>,
}
/// `EntityOperationCalledEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityOperationCalledEvent {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(string, tag = "2")]
    pub(crate) operation: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) scheduled_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "4")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) parent_instance_id: Option<String>,
    #[prost(message, optional, tag = "6")]
    pub(crate) parent_execution_id: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(crate) target_instance_id: Option<String>,
}
/// `EntityLockRequestedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityLockRequestedEvent {
    #[prost(string, tag = "1")]
    pub(crate) critical_section_id: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) lock_set: Vec<String>,
    #[prost(int32, tag = "3")]
    pub(crate) position: i32,
    #[prost(message, optional, tag = "4")]
    pub(crate) parent_instance_id: Option<String>,
}
/// `EntityOperationCompletedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityOperationCompletedEvent {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) output: Option<String>,
}
/// `EntityOperationFailedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityOperationFailedEvent {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
}
/// `EntityUnlockSentEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityUnlockSentEvent {
    #[prost(string, tag = "1")]
    pub(crate) critical_section_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) parent_instance_id: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) target_instance_id: Option<String>,
}
/// `EntityLockGrantedEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityLockGrantedEvent {
    #[prost(string, tag = "1")]
    pub(crate) critical_section_id: String,
}
/// `ExecutionRewoundEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ExecutionRewoundEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) reason: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) parent_execution_id: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) instance_id: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(message, optional, tag = "5")]
    pub(crate) name: Option<String>,
    #[prost(message, optional, tag = "6")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "8")]
    pub(crate) parent_instance: Option<ParentInstanceInfo>,
    #[prost(btree_map = "string, string", tag = "9")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `HistoryEvent`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HistoryEvent {
    #[prost(int32, tag = "1")]
    pub(crate) event_id: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) timestamp: Option<prost_types::Timestamp>,
    #[prost(
        oneof = "HistoryEventEventType",
        tags = "3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30"
    )]
    pub(crate) event_type: Option<HistoryEventEventType>,
}
/// One of `HistoryEvent.eventType`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum HistoryEventEventType {
    #[prost(message, tag = "3")]
    ExecutionStarted(ExecutionStartedEvent),
    #[prost(message, tag = "4")]
    ExecutionCompleted(ExecutionCompletedEvent),
    #[prost(message, tag = "5")]
    ExecutionTerminated(ExecutionTerminatedEvent),
    #[prost(message, tag = "6")]
    TaskScheduled(TaskScheduledEvent),
    #[prost(message, tag = "7")]
    TaskCompleted(TaskCompletedEvent),
    #[prost(message, tag = "8")]
    TaskFailed(TaskFailedEvent),
    #[prost(message, tag = "9")]
    SubOrchestrationInstanceCreated(SubOrchestrationInstanceCreatedEvent),
    #[prost(message, tag = "10")]
    SubOrchestrationInstanceCompleted(SubOrchestrationInstanceCompletedEvent),
    #[prost(message, tag = "11")]
    SubOrchestrationInstanceFailed(SubOrchestrationInstanceFailedEvent),
    #[prost(message, tag = "12")]
    TimerCreated(TimerCreatedEvent),
    #[prost(message, tag = "13")]
    TimerFired(TimerFiredEvent),
    #[prost(message, tag = "14")]
    OrchestratorStarted(OrchestratorStartedEvent),
    #[prost(message, tag = "15")]
    OrchestratorCompleted(OrchestratorCompletedEvent),
    #[prost(message, tag = "16")]
    EventSent(EventSentEvent),
    #[prost(message, tag = "17")]
    EventRaised(EventRaisedEvent),
    #[prost(message, tag = "18")]
    GenericEvent(GenericEvent),
    #[prost(message, tag = "19")]
    HistoryState(HistoryStateEvent),
    #[prost(message, tag = "20")]
    ContinueAsNew(ContinueAsNewEvent),
    #[prost(message, tag = "21")]
    ExecutionSuspended(ExecutionSuspendedEvent),
    #[prost(message, tag = "22")]
    ExecutionResumed(ExecutionResumedEvent),
    #[prost(message, tag = "23")]
    EntityOperationSignaled(EntityOperationSignaledEvent),
    #[prost(message, tag = "24")]
    EntityOperationCalled(EntityOperationCalledEvent),
    #[prost(message, tag = "25")]
    EntityOperationCompleted(EntityOperationCompletedEvent),
    #[prost(message, tag = "26")]
    EntityOperationFailed(EntityOperationFailedEvent),
    #[prost(message, tag = "27")]
    EntityLockRequested(EntityLockRequestedEvent),
    #[prost(message, tag = "28")]
    EntityLockGranted(EntityLockGrantedEvent),
    #[prost(message, tag = "29")]
    EntityUnlockSent(EntityUnlockSentEvent),
    #[prost(message, tag = "30")]
    ExecutionRewound(ExecutionRewoundEvent),
}
