//! Entities: what clients ask of them, and what their functions answer.

use std::collections::BTreeMap;

use tidegate_json::Value;
use tidegate_languages::orchestration::entity::{LANGUAGE, MESSAGE, OPERATE, PREFIX, program};
use tidegate_model::entry::{Document, StartRun};
use tidegate_model::{Address, Data, Event, Input, Invocation, Labels, RunId, Text, Timestamp, WorkflowName};
use tidegate_node::RunsQuery;
use tonic::Status;

use super::answer::kind_of_entity;
use super::instances::{Instances, Metadata, unanswered, unavailable};
use super::messages::{
    CleanEntityStorageRequest, CleanEntityStorageResponse, EntityBatchRequest, EntityBatchResult,
    EntityMetadata, EntityQuery, GetEntityRequest, GetEntityResponse, OperationActionOperationActionType,
    OperationRequest, OperationResultResultType, QueryEntitiesResponse, SignalEntityRequest,
};
use super::names::{escaped, workflow};
use super::past::{of_timestamp, to_timestamp, written};
use super::{details, payload};
use crate::aws::draw;

/// As many entities as one page has, where nobody says how many.
const PAGE: usize = 100;

/// The workflow of entities of a kind.
fn workflow_of(kind: &str) -> Result<WorkflowName, Status> {
    WorkflowName::new(&format!("{PREFIX}{}", escaped(kind)))
        .map_err(|error| Status::invalid_argument(error.to_string()))
}

fn kind_of(id: &str) -> Result<String, Status> {
    kind_of_entity(id).ok_or_else(|| {
        Status::invalid_argument(format!("{id:?} is no id of an entity such as `@counter@mine`"))
    })
}

/// Makes the workflow of entities of `kind`, where there is none.
pub(super) async fn have_kind(instances: &Instances, kind: &str) -> Result<WorkflowName, Status> {
    let workflow = workflow_of(kind)?;
    let of = workflow.clone();
    let is_known = instances.node.ask(move |partition| {
        partition.workflows().any(|(name, workflow)| *name == of && workflow.current.is_some())
    });
    if !is_known.await.map_err(unavailable)? {
        let program = Document(program(workflow.clone()));
        instances.submit(Input::Apply { program }).await?;
    }
    Ok(workflow)
}

/// Sends an entity an operation that nobody waits for.
pub(super) async fn signal(instances: &Instances, request: SignalEntityRequest) -> Result<(), Status> {
    let id = request.instance_id;
    let workflow = have_kind(instances, &kind_of(&id)?).await?;
    let start = StartRun {
        workflow,
        program: None,
        input: Data::None,
        labels: Labels::NONE,
        key: Some(Text::from(id.as_str())),
    };
    instances.submit(Input::StartRun(start)).await?;
    let mut message = Value::object([
        ("kind", Value::from("signal")),
        ("to", Value::from(id.as_str())),
        ("request", Value::from(request.request_id.as_str())),
        ("operation", Value::from(request.name)),
        ("input", payload::to_value(request.input.as_deref())),
    ]);
    if let Some(at) = &request.scheduled_time {
        message.set("at", written(to_timestamp(at)).as_str());
    }
    // The same request twice is one message.
    let event_id = if request.request_id.is_empty() { draw::uuid() } else { request.request_id };
    let event = Event {
        subject: Some(Text::from(id)),
        data: Data::json(&message),
        ..Event::new(event_id, "durabletask/entities", MESSAGE)
    };
    instances.submit(Input::Publish { event, to: Address::World }).await.map(|_| ())
}

/// What a function is to do.
pub(super) async fn batch(
    instances: &Instances,
    invocation: &Invocation,
) -> Result<Option<EntityBatchRequest>, Status> {
    let run = invocation.task.run;
    let key = instances.node.ask(move |partition| partition.run_state(run).map(|state| state.key.clone()));
    let Some(Some(key)) = key.await.map_err(unavailable)? else { return Ok(None) };
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let operations = invocation.input.get("operations").and_then(Value::as_array);
    let operations = operations.into_iter().flat_map(|operations| operations.iter());
    Ok(Some(EntityBatchRequest {
        instance_id: key.to_string(),
        entity_state: invocation.input.get("state").and_then(payload::to_text),
        operations: operations
            .map(|operation| OperationRequest {
                operation: text(operation, "operation"),
                request_id: text(operation, "request"),
                input: operation.get("input").and_then(payload::to_text),
                trace_context: None,
            })
            .collect(),
        properties: BTreeMap::new(),
    }))
}

/// What a function has done, as the language has it.
pub(super) async fn answer(instances: &Instances, result: EntityBatchResult) -> Result<Value, Status> {
    let results = result.results.iter().map(|result| match &result.result_type {
        Some(OperationResultResultType::Success(success)) => {
            Value::object([("result", payload::to_value(success.result.as_deref()))])
        }
        Some(OperationResultResultType::Failure(failure)) => {
            let failed = failure.failure_details.as_ref().map(details::to_value).unwrap_or_default();
            Value::object([("failed", failed)])
        }
        None => Value::object([("result", Value::Null)]),
    });
    let results = Value::array(results.collect::<Vec<Value>>());
    let mut sent = Vec::new();
    for action in result.actions {
        match action.operation_action_type {
            Some(OperationActionOperationActionType::SendSignal(signal)) => {
                have_kind(instances, &kind_of(&signal.instance_id)?).await?;
                let mut message = Value::object([
                    ("kind", Value::from("signal")),
                    ("to", Value::from(signal.instance_id)),
                    ("request", Value::from(draw::uuid())),
                    ("operation", Value::from(signal.name)),
                    ("input", payload::to_value(signal.input.as_deref())),
                ]);
                if let Some(at) = &signal.scheduled_time {
                    message.set("at", written(to_timestamp(at)).as_str());
                }
                sent.push(message);
            }
            Some(OperationActionOperationActionType::StartNewOrchestration(start)) => {
                instances.have_orchestration(&start.name).await?;
                let metadata = Metadata {
                    version: start.version.filter(|version| !version.is_empty()),
                    starts_at: start.scheduled_time.as_ref().map(to_timestamp),
                    ..Metadata::default()
                };
                let id = if start.instance_id.is_empty() { draw::uuid() } else { start.instance_id };
                sent.push(Value::object([(
                    "run",
                    Value::object([
                        ("workflow", Value::from(workflow(&start.name)?.as_str())),
                        ("input", metadata.wrap(start.input.as_deref())),
                        ("key", Value::from(id)),
                    ]),
                )]));
            }
            None => {}
        }
    }
    Ok(Value::object([
        ("results", results),
        ("state", payload::to_value(result.entity_state.as_deref())),
        ("sent", Value::from(sent)),
    ]))
}

/// The run of an entity that has not been cleaned away.
async fn find(instances: &Instances, id: &str) -> Result<Option<RunId>, Status> {
    let workflow = workflow_of(&kind_of(id)?)?;
    let key = id.to_owned();
    let run = instances.node.ask(move |partition| {
        let run = partition.run_of_key(&workflow, &key)?;
        partition.run_state(run).map(|_| run)
    });
    run.await.map_err(unavailable)
}

/// How an entity stands.
struct Standing {
    metadata: EntityMetadata,
    /// Whether it has a state: one that has none is as if it were not there.
    has_state: bool,
    /// Whether anything waits for it, or holds it.
    is_wanted: bool,
}

/// How an entity stands; nothing where it is not there.
async fn standing(instances: &Instances, run: RunId, with_state: bool) -> Result<Option<Standing>, Status> {
    let found = instances.node.ask(move |partition| {
        let look = partition.look(run, OPERATE)?;
        let waiting =
            |key: &str| look.context.get(key).and_then(Value::as_array).map_or(0, |list| list.len());
        let backlog = waiting("queue") + waiting("taken");
        let state = look.context.get("state").cloned().unwrap_or_default();
        let lock = look.context.get("lock").filter(|lock| !lock.is_null());
        let modified = look.context.get("modified_at").and_then(Value::as_str);
        let modified: Timestamp = modified.and_then(|at| at.parse().ok()).unwrap_or(look.state().started_at);
        let is_wanted = backlog > 0 || lock.is_some();
        let metadata = EntityMetadata {
            instance_id: look.state().key.as_deref().unwrap_or_default().to_owned(),
            last_modified_time: Some(of_timestamp(modified)),
            backlog_queue_size: i32::try_from(backlog).unwrap_or(i32::MAX),
            locked_by: lock.and_then(|lock| lock.get("caller")?.as_str()).map(str::to_owned),
            serialized_state: payload::to_text(&state).filter(|_| with_state),
        };
        Some(Standing { metadata, has_state: !state.is_null(), is_wanted })
    });
    found.await.map_err(unavailable)
}

/// An entity.
pub(super) async fn get(
    instances: &Instances,
    request: GetEntityRequest,
) -> Result<GetEntityResponse, Status> {
    let missing = GetEntityResponse { exists: false, entity: None };
    let Some(run) = find(instances, &request.instance_id).await? else { return Ok(missing) };
    let found = standing(instances, run, request.include_state).await?.filter(|found| found.has_state);
    Ok(found.map_or(missing, |found| GetEntityResponse { exists: true, entity: Some(found.metadata) }))
}

/// Runs that are entities and have not ended, newest first, below `before`; and where to go on.
async fn page(instances: &Instances, before: Option<RunId>) -> Result<(Vec<RunId>, Option<RunId>), Status> {
    let kinds = instances.node.ask(|partition| {
        let own = partition.workflows().filter(|(_, workflow)| {
            let newest = workflow.versions.last().and_then(|version| partition.program(&version.program));
            newest.is_some_and(|newest| newest.program.language == LANGUAGE)
        });
        own.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    });
    let kinds = kinds.await.map_err(unavailable)?;
    let query = RunsQuery { before, limit: PAGE, workflow: None, status: None };
    let runs = instances.node.runs(query).await.map_err(unanswered)?;
    let own = runs.runs.iter().filter(|run| run.ended_at.is_none() && kinds.contains(&run.workflow));
    Ok((own.map(|run| run.id).collect(), runs.next))
}

fn token(token: Option<&str>) -> Result<Option<RunId>, Status> {
    let malformed = |_| Status::invalid_argument("this is no token of a page");
    token.filter(|token| !token.is_empty()).map(str::parse).transpose().map_err(malformed)
}

/// Entities that a query asks for.
pub(super) async fn query(
    instances: &Instances,
    query: Option<EntityQuery>,
) -> Result<QueryEntitiesResponse, Status> {
    let query = query.unwrap_or_default();
    let limit =
        query.page_size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0).unwrap_or(PAGE);
    let (from, to) = (
        query.last_modified_from.as_ref().map(to_timestamp),
        query.last_modified_to.as_ref().map(to_timestamp),
    );
    let mut before = token(query.continuation_token.as_deref())?;
    let mut entities = Vec::new();
    loop {
        let (runs, next) = page(instances, before).await?;
        for run in runs {
            let Some(found) = standing(instances, run, query.include_state).await? else { continue };
            let Standing { metadata: entity, has_state, .. } = found;
            let modified = entity.last_modified_time.as_ref().map(to_timestamp).unwrap_or_default();
            let prefix = query.instance_id_starts_with.as_deref().unwrap_or_default().to_lowercase();
            if entity.instance_id.to_lowercase().starts_with(&prefix)
                && from.is_none_or(|from| modified >= from)
                && to.is_none_or(|to| modified < to)
                && (has_state || query.include_transient)
            {
                entities.push(entity);
            }
            if entities.len() == limit {
                return Ok(QueryEntitiesResponse { entities, continuation_token: Some(run.to_string()) });
            }
        }
        before = next;
        if before.is_none() {
            return Ok(QueryEntitiesResponse { entities, continuation_token: None });
        }
    }
}

/// Removes entities that have no state and that nothing waits for, and releases locks of instances that have ended.
pub(super) async fn clean(
    instances: &Instances,
    request: CleanEntityStorageRequest,
) -> Result<CleanEntityStorageResponse, Status> {
    let mut before = token(request.continuation_token.as_deref())?;
    let mut response = CleanEntityStorageResponse::default();
    loop {
        let (runs, next) = page(instances, before).await?;
        for run in runs {
            let Some(found) = standing(instances, run, false).await? else { continue };
            let Standing { metadata: entity, has_state, is_wanted } = found;
            if let Some(holder) = entity.locked_by.as_deref().filter(|_| request.release_orphaned_locks)
                && is_gone(instances, holder).await?
            {
                release(instances, run, &entity.instance_id).await?;
                response.orphaned_locks_released += 1;
            }
            if !has_state && !is_wanted && request.remove_empty_entities {
                let reason = Text::const_new("it has no state any more");
                instances.submit(Input::Cancel { run, reason }).await?;
                let view = instances.node.run(run).await.map_err(unanswered)?;
                instances.release(&view).await?;
                response.empty_entities_removed += 1;
            }
        }
        before = next;
        if before.is_none() {
            return Ok(response);
        }
    }
}

/// Whether an instance has ended, or is not there at all.
async fn is_gone(instances: &Instances, id: &str) -> Result<bool, Status> {
    let Some(run) = instances.find(id).await? else { return Ok(true) };
    let view = instances.node.run(run).await.map_err(unanswered)?;
    Ok(view.summary.ended_at.is_some())
}

/// Releases the lock that an entity is under.
async fn release(instances: &Instances, run: RunId, id: &str) -> Result<(), Status> {
    let request = instances.node.ask(move |partition| {
        let look = partition.look(run, OPERATE)?;
        look.context.get("lock")?.get("request")?.as_str().map(str::to_owned)
    });
    let Some(request) = request.await.map_err(unavailable)? else { return Ok(()) };
    let message = Value::object([("kind", "unlock".to_owned()), ("to", id.to_owned()), ("request", request)]);
    let event = Event {
        subject: Some(Text::from(id)),
        data: Data::json(&message),
        ..Event::new(draw::uuid(), "durabletask/entities", MESSAGE)
    };
    instances.submit(Input::Publish { event, to: Address::World }).await.map(|_| ())
}
