//! What a turn is given, and what it asks for.
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.

use super::*;

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
