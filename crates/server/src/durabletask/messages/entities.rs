//! Entities, their operations, and what clients ask of them.
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.

use super::*;

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
