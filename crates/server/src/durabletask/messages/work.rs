//! What is given to workers.
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.

use super::*;

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
