//! What clients ask of instances.
//!
//! Made by scripts/durabletask_messages.py from the description in durabletask 1.12.0.

use super::*;

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
