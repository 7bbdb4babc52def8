//! Messages of the Durable Task protocol (`TaskHubSidecarService`).
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.
#![allow(dead_code, clippy::enum_variant_names, reason = "the protocol has more than is read here")]

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
/// `ScheduleTaskAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ScheduleTaskAction {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(btree_map = "string, string", tag = "4")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) parent_trace_context: Option<TraceContext>,
}
/// `CreateSubOrchestrationAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateSubOrchestrationAction {
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
/// `CreateTimerAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateTimerAction {
    #[prost(message, optional, tag = "1")]
    pub(crate) fire_at: Option<prost_types::Timestamp>,
}
/// `SendEventAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SendEventAction {
    #[prost(message, optional, tag = "1")]
    pub(crate) instance: Option<OrchestrationInstance>,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) data: Option<String>,
}
/// `CompleteOrchestrationAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CompleteOrchestrationAction {
    #[prost(enumeration = "OrchestrationStatus", tag = "1")]
    pub(crate) orchestration_status: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) result: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub(crate) details: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) new_version: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) carryover_events: Vec<HistoryEvent>,
    #[prost(message, optional, tag = "6")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
    #[prost(btree_map = "string, string", tag = "7")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `TerminateOrchestrationAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TerminateOrchestrationAction {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) reason: Option<String>,
    #[prost(bool, tag = "3")]
    pub(crate) recurse: bool,
}
/// `SendEntityMessageAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SendEntityMessageAction {
    #[prost(oneof = "SendEntityMessageActionEntityMessageType", tags = "1, 2, 3, 4")]
    pub(crate) entity_message_type: Option<SendEntityMessageActionEntityMessageType>,
}
/// One of `SendEntityMessageAction.EntityMessageType`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum SendEntityMessageActionEntityMessageType {
    #[prost(message, tag = "1")]
    EntityOperationSignaled(EntityOperationSignaledEvent),
    #[prost(message, tag = "2")]
    EntityOperationCalled(EntityOperationCalledEvent),
    #[prost(message, tag = "3")]
    EntityLockRequested(EntityLockRequestedEvent),
    #[prost(message, tag = "4")]
    EntityUnlockSent(EntityUnlockSentEvent),
}
/// `RewindOrchestrationAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RewindOrchestrationAction {
    #[prost(message, repeated, tag = "1")]
    pub(crate) new_history: Vec<HistoryEvent>,
}
/// `OrchestratorAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestratorAction {
    #[prost(int32, tag = "1")]
    pub(crate) id: i32,
    #[prost(oneof = "OrchestratorActionOrchestratorActionType", tags = "2, 3, 4, 5, 6, 7, 8, 9")]
    pub(crate) orchestrator_action_type: Option<OrchestratorActionOrchestratorActionType>,
}
/// One of `OrchestratorAction.orchestratorActionType`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum OrchestratorActionOrchestratorActionType {
    #[prost(message, tag = "2")]
    ScheduleTask(ScheduleTaskAction),
    #[prost(message, tag = "3")]
    CreateSubOrchestration(CreateSubOrchestrationAction),
    #[prost(message, tag = "4")]
    CreateTimer(CreateTimerAction),
    #[prost(message, tag = "5")]
    SendEvent(SendEventAction),
    #[prost(message, tag = "6")]
    CompleteOrchestration(CompleteOrchestrationAction),
    #[prost(message, tag = "7")]
    TerminateOrchestration(TerminateOrchestrationAction),
    #[prost(message, tag = "8")]
    SendEntityMessage(SendEntityMessageAction),
    #[prost(message, tag = "9")]
    RewindOrchestration(RewindOrchestrationAction),
}
/// `OrchestrationTraceContext`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestrationTraceContext {
    #[prost(message, optional, tag = "1")]
    pub(crate) span_id: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) span_start_time: Option<prost_types::Timestamp>,
}
/// `OrchestratorRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestratorRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) execution_id: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) past_events: Vec<HistoryEvent>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) new_events: Vec<HistoryEvent>,
    #[prost(message, optional, tag = "5")]
    pub(crate) entity_parameters: Option<OrchestratorEntityParameters>,
    #[prost(bool, tag = "6")]
    pub(crate) requires_history_streaming: bool,
    #[prost(btree_map = "string, message", tag = "7")]
    pub(crate) properties: std::collections::BTreeMap<String, prost_types::Value>,
    #[prost(message, optional, tag = "8")]
    pub(crate) orchestration_trace_context: Option<OrchestrationTraceContext>,
}
/// `OrchestratorResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestratorResponse {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) actions: Vec<OrchestratorAction>,
    #[prost(message, optional, tag = "3")]
    pub(crate) custom_status: Option<String>,
    #[prost(string, tag = "4")]
    pub(crate) completion_token: String,
    #[prost(message, optional, tag = "5")]
    pub(crate) num_events_processed: Option<i32>,
    #[prost(message, optional, tag = "6")]
    pub(crate) orchestration_trace_context: Option<OrchestrationTraceContext>,
    #[prost(bool, tag = "7")]
    pub(crate) requires_history: bool,
    #[prost(bool, tag = "8")]
    pub(crate) is_partial: bool,
    #[prost(message, optional, tag = "9")]
    pub(crate) chunk_index: Option<i32>,
}
/// `CreateInstanceRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateInstanceRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) scheduled_start_timestamp: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) orchestration_id_reuse_policy: Option<OrchestrationIdReusePolicy>,
    #[prost(message, optional, tag = "7")]
    pub(crate) execution_id: Option<String>,
    #[prost(btree_map = "string, string", tag = "8")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
    #[prost(message, optional, tag = "9")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(message, optional, tag = "10")]
    pub(crate) request_time: Option<prost_types::Timestamp>,
}
/// `OrchestrationIdReusePolicy`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestrationIdReusePolicy {
    #[prost(enumeration = "OrchestrationStatus", repeated, tag = "1")]
    pub(crate) replaceable_status: Vec<i32>,
}
/// `CreateInstanceResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateInstanceResponse {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
}
/// `GetInstanceRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetInstanceRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(bool, tag = "2")]
    pub(crate) get_inputs_and_outputs: bool,
}
/// `GetInstanceResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetInstanceResponse {
    #[prost(bool, tag = "1")]
    pub(crate) exists: bool,
    #[prost(message, optional, tag = "2")]
    pub(crate) orchestration_state: Option<OrchestrationState>,
}
/// `RewindInstanceRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RewindInstanceRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) reason: Option<String>,
}
/// `RewindInstanceResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RewindInstanceResponse {}
/// `OrchestrationState`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestrationState {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) version: Option<String>,
    #[prost(enumeration = "OrchestrationStatus", tag = "4")]
    pub(crate) orchestration_status: i32,
    #[prost(message, optional, tag = "5")]
    pub(crate) scheduled_start_timestamp: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) created_timestamp: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "7")]
    pub(crate) last_updated_timestamp: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "8")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "9")]
    pub(crate) output: Option<String>,
    #[prost(message, optional, tag = "10")]
    pub(crate) custom_status: Option<String>,
    #[prost(message, optional, tag = "11")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
    #[prost(message, optional, tag = "12")]
    pub(crate) execution_id: Option<String>,
    #[prost(message, optional, tag = "13")]
    pub(crate) completed_timestamp: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "14")]
    pub(crate) parent_instance_id: Option<String>,
    #[prost(btree_map = "string, string", tag = "15")]
    pub(crate) tags: std::collections::BTreeMap<String, String>,
}
/// `RaiseEventRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RaiseEventRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
}
/// `RaiseEventResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RaiseEventResponse {}
/// `TerminateRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TerminateRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) output: Option<String>,
    #[prost(bool, tag = "3")]
    pub(crate) recursive: bool,
}
/// `TerminateResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TerminateResponse {}
/// `SuspendRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SuspendRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) reason: Option<String>,
}
/// `SuspendResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SuspendResponse {}
/// `ResumeRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ResumeRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) reason: Option<String>,
}
/// `ResumeResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ResumeResponse {}
/// `QueryInstancesRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct QueryInstancesRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) query: Option<InstanceQuery>,
}
/// `InstanceQuery`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InstanceQuery {
    #[prost(enumeration = "OrchestrationStatus", repeated, tag = "1")]
    pub(crate) runtime_status: Vec<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) created_time_from: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "3")]
    pub(crate) created_time_to: Option<prost_types::Timestamp>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) task_hub_names: Vec<String>,
    #[prost(int32, tag = "5")]
    pub(crate) max_instance_count: i32,
    #[prost(message, optional, tag = "6")]
    pub(crate) continuation_token: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(crate) instance_id_prefix: Option<String>,
    #[prost(bool, tag = "8")]
    pub(crate) fetch_inputs_and_outputs: bool,
}
/// `QueryInstancesResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct QueryInstancesResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) orchestration_state: Vec<OrchestrationState>,
    #[prost(message, optional, tag = "2")]
    pub(crate) continuation_token: Option<String>,
}
/// `ListInstanceIdsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ListInstanceIdsRequest {
    #[prost(enumeration = "OrchestrationStatus", repeated, tag = "1")]
    pub(crate) runtime_status: Vec<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) completed_time_from: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "3")]
    pub(crate) completed_time_to: Option<prost_types::Timestamp>,
    #[prost(int32, tag = "4")]
    pub(crate) page_size: i32,
    #[prost(message, optional, tag = "5")]
    pub(crate) last_instance_key: Option<String>,
}
/// `ListInstanceIdsResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ListInstanceIdsResponse {
    #[prost(string, repeated, tag = "1")]
    pub(crate) instance_ids: Vec<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) last_instance_key: Option<String>,
}
/// `PurgeInstancesRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PurgeInstancesRequest {
    #[prost(oneof = "PurgeInstancesRequestRequest", tags = "1, 2, 4")]
    pub(crate) request: Option<PurgeInstancesRequestRequest>,
    #[prost(bool, tag = "3")]
    pub(crate) recursive: bool,
    #[prost(bool, tag = "5")]
    pub(crate) is_orchestration: bool,
}
/// One of `PurgeInstancesRequest.request`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum PurgeInstancesRequestRequest {
    #[prost(string, tag = "1")]
    InstanceId(String),
    #[prost(message, tag = "2")]
    PurgeInstanceFilter(PurgeInstanceFilter),
    #[prost(message, tag = "4")]
    InstanceBatch(InstanceBatch),
}
/// `PurgeInstanceFilter`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PurgeInstanceFilter {
    #[prost(message, optional, tag = "1")]
    pub(crate) created_time_from: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "2")]
    pub(crate) created_time_to: Option<prost_types::Timestamp>,
    #[prost(enumeration = "OrchestrationStatus", repeated, tag = "3")]
    pub(crate) runtime_status: Vec<i32>,
    #[prost(message, optional, tag = "4")]
    pub(crate) timeout: Option<prost_types::Duration>,
}
/// `PurgeInstancesResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PurgeInstancesResponse {
    #[prost(int32, tag = "1")]
    pub(crate) deleted_instance_count: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) is_complete: Option<bool>,
}
/// `RestartInstanceRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RestartInstanceRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(bool, tag = "2")]
    pub(crate) restart_with_new_instance_id: bool,
}
/// `RestartInstanceResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RestartInstanceResponse {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
}
/// `CreateTaskHubRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateTaskHubRequest {
    #[prost(bool, tag = "1")]
    pub(crate) recreate_if_exists: bool,
}
/// `CreateTaskHubResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateTaskHubResponse {}
/// `DeleteTaskHubRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DeleteTaskHubRequest {}
/// `DeleteTaskHubResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DeleteTaskHubResponse {}
/// `SignalEntityRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SignalEntityRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(string, tag = "4")]
    pub(crate) request_id: String,
    #[prost(message, optional, tag = "5")]
    pub(crate) scheduled_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) parent_trace_context: Option<TraceContext>,
    #[prost(message, optional, tag = "7")]
    pub(crate) request_time: Option<prost_types::Timestamp>,
}
/// `SignalEntityResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SignalEntityResponse {}
/// `GetEntityRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetEntityRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(bool, tag = "2")]
    pub(crate) include_state: bool,
}
/// `GetEntityResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetEntityResponse {
    #[prost(bool, tag = "1")]
    pub(crate) exists: bool,
    #[prost(message, optional, tag = "2")]
    pub(crate) entity: Option<EntityMetadata>,
}
/// `EntityQuery`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityQuery {
    #[prost(message, optional, tag = "1")]
    pub(crate) instance_id_starts_with: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) last_modified_from: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "3")]
    pub(crate) last_modified_to: Option<prost_types::Timestamp>,
    #[prost(bool, tag = "4")]
    pub(crate) include_state: bool,
    #[prost(bool, tag = "5")]
    pub(crate) include_transient: bool,
    #[prost(message, optional, tag = "6")]
    pub(crate) page_size: Option<i32>,
    #[prost(message, optional, tag = "7")]
    pub(crate) continuation_token: Option<String>,
}
/// `QueryEntitiesRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct QueryEntitiesRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) query: Option<EntityQuery>,
}
/// `QueryEntitiesResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct QueryEntitiesResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) entities: Vec<EntityMetadata>,
    #[prost(message, optional, tag = "2")]
    pub(crate) continuation_token: Option<String>,
}
/// `EntityMetadata`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityMetadata {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) last_modified_time: Option<prost_types::Timestamp>,
    #[prost(int32, tag = "3")]
    pub(crate) backlog_queue_size: i32,
    #[prost(message, optional, tag = "4")]
    pub(crate) locked_by: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) serialized_state: Option<String>,
}
/// `CleanEntityStorageRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CleanEntityStorageRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) continuation_token: Option<String>,
    #[prost(bool, tag = "2")]
    pub(crate) remove_empty_entities: bool,
    #[prost(bool, tag = "3")]
    pub(crate) release_orphaned_locks: bool,
}
/// `CleanEntityStorageResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CleanEntityStorageResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) continuation_token: Option<String>,
    #[prost(int32, tag = "2")]
    pub(crate) empty_entities_removed: i32,
    #[prost(int32, tag = "3")]
    pub(crate) orphaned_locks_released: i32,
}
/// `OrchestratorEntityParameters`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestratorEntityParameters {
    #[prost(message, optional, tag = "1")]
    pub(crate) entity_message_reorder_window: Option<prost_types::Duration>,
}
/// `EntityBatchRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityBatchRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) entity_state: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) operations: Vec<OperationRequest>,
    #[prost(btree_map = "string, message", tag = "4")]
    pub(crate) properties: std::collections::BTreeMap<String, prost_types::Value>,
}
/// `EntityBatchResult`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityBatchResult {
    #[prost(message, repeated, tag = "1")]
    pub(crate) results: Vec<OperationResult>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) actions: Vec<OperationAction>,
    #[prost(message, optional, tag = "3")]
    pub(crate) entity_state: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
    #[prost(string, tag = "5")]
    pub(crate) completion_token: String,
    #[prost(message, repeated, tag = "6")]
    pub(crate) operation_infos: Vec<OperationInfo>,
    #[prost(bool, tag = "7")]
    pub(crate) requires_state: bool,
}
/// `EntityRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) execution_id: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) entity_state: Option<String>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) operation_requests: Vec<HistoryEvent>,
}
/// `OperationRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OperationRequest {
    #[prost(string, tag = "1")]
    pub(crate) operation: String,
    #[prost(string, tag = "2")]
    pub(crate) request_id: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) trace_context: Option<TraceContext>,
}
/// `OperationResult`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OperationResult {
    #[prost(oneof = "OperationResultResultType", tags = "1, 2")]
    pub(crate) result_type: Option<OperationResultResultType>,
}
/// One of `OperationResult.resultType`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum OperationResultResultType {
    #[prost(message, tag = "1")]
    Success(OperationResultSuccess),
    #[prost(message, tag = "2")]
    Failure(OperationResultFailure),
}
/// `OperationInfo`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OperationInfo {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) response_destination: Option<OrchestrationInstance>,
}
/// `OperationResultSuccess`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OperationResultSuccess {
    #[prost(message, optional, tag = "1")]
    pub(crate) result: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) start_time_utc: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "3")]
    pub(crate) end_time_utc: Option<prost_types::Timestamp>,
}
/// `OperationResultFailure`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OperationResultFailure {
    #[prost(message, optional, tag = "1")]
    pub(crate) failure_details: Option<TaskFailureDetails>,
    #[prost(message, optional, tag = "2")]
    pub(crate) start_time_utc: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "3")]
    pub(crate) end_time_utc: Option<prost_types::Timestamp>,
}
/// `OperationAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OperationAction {
    #[prost(int32, tag = "1")]
    pub(crate) id: i32,
    #[prost(oneof = "OperationActionOperationActionType", tags = "2, 3")]
    pub(crate) operation_action_type: Option<OperationActionOperationActionType>,
}
/// One of `OperationAction.operationActionType`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum OperationActionOperationActionType {
    #[prost(message, tag = "2")]
    SendSignal(SendSignalAction),
    #[prost(message, tag = "3")]
    StartNewOrchestration(StartNewOrchestrationAction),
}
/// `SendSignalAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SendSignalAction {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) scheduled_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "5")]
    pub(crate) request_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) parent_trace_context: Option<TraceContext>,
}
/// `StartNewOrchestrationAction`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StartNewOrchestrationAction {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) version: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) input: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub(crate) scheduled_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "6")]
    pub(crate) request_time: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "7")]
    pub(crate) parent_trace_context: Option<TraceContext>,
}
/// `AbandonActivityTaskRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AbandonActivityTaskRequest {
    #[prost(string, tag = "1")]
    pub(crate) completion_token: String,
}
/// `AbandonActivityTaskResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AbandonActivityTaskResponse {}
/// `AbandonOrchestrationTaskRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AbandonOrchestrationTaskRequest {
    #[prost(string, tag = "1")]
    pub(crate) completion_token: String,
}
/// `AbandonOrchestrationTaskResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AbandonOrchestrationTaskResponse {}
/// `AbandonEntityTaskRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AbandonEntityTaskRequest {
    #[prost(string, tag = "1")]
    pub(crate) completion_token: String,
}
/// `AbandonEntityTaskResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct AbandonEntityTaskResponse {}
/// `SkipGracefulOrchestrationTerminationsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SkipGracefulOrchestrationTerminationsRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) instance_batch: Option<InstanceBatch>,
    #[prost(message, optional, tag = "2")]
    pub(crate) reason: Option<String>,
}
/// `SkipGracefulOrchestrationTerminationsResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SkipGracefulOrchestrationTerminationsResponse {
    #[prost(string, repeated, tag = "1")]
    pub(crate) unterminated_instance_ids: Vec<String>,
}
/// `GetWorkItemsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetWorkItemsRequest {
    #[prost(int32, tag = "1")]
    pub(crate) max_concurrent_orchestration_work_items: i32,
    #[prost(int32, tag = "2")]
    pub(crate) max_concurrent_activity_work_items: i32,
    #[prost(int32, tag = "3")]
    pub(crate) max_concurrent_entity_work_items: i32,
    #[prost(enumeration = "WorkerCapability", repeated, tag = "10")]
    pub(crate) capabilities: Vec<i32>,
    #[prost(message, optional, tag = "11")]
    pub(crate) work_item_filters: Option<WorkItemFilters>,
    #[prost(string, tag = "12")]
    pub(crate) worker_instance_id: String,
}
/// `WorkItemFilters`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WorkItemFilters {
    #[prost(message, repeated, tag = "1")]
    pub(crate) orchestrations: Vec<OrchestrationFilter>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) activities: Vec<ActivityFilter>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) entities: Vec<EntityFilter>,
}
/// `OrchestrationFilter`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct OrchestrationFilter {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) versions: Vec<String>,
}
/// `ActivityFilter`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ActivityFilter {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) versions: Vec<String>,
}
/// `EntityFilter`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EntityFilter {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}
/// `WorkItem`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WorkItem {
    #[prost(oneof = "WorkItemRequest", tags = "1, 2, 3, 4, 5")]
    pub(crate) request: Option<WorkItemRequest>,
    #[prost(string, tag = "10")]
    pub(crate) completion_token: String,
}
/// One of `WorkItem.request`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum WorkItemRequest {
    #[prost(message, tag = "1")]
    OrchestratorRequest(OrchestratorRequest),
    #[prost(message, tag = "2")]
    ActivityRequest(ActivityRequest),
    #[prost(message, tag = "3")]
    EntityRequest(EntityBatchRequest),
    #[prost(message, tag = "4")]
    HealthPing(HealthPing),
    #[prost(message, tag = "5")]
    EntityRequestV2(EntityRequest),
}
/// `CompleteTaskResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CompleteTaskResponse {}
/// `HealthPing`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HealthPing {}
/// `StreamInstanceHistoryRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StreamInstanceHistoryRequest {
    #[prost(string, tag = "1")]
    pub(crate) instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) execution_id: Option<String>,
    #[prost(bool, tag = "3")]
    pub(crate) for_work_item_processing: bool,
}
/// `HistoryChunk`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HistoryChunk {
    #[prost(message, repeated, tag = "1")]
    pub(crate) events: Vec<HistoryEvent>,
}
/// `InstanceBatch`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InstanceBatch {
    #[prost(string, repeated, tag = "1")]
    pub(crate) instance_ids: Vec<String>,
}
