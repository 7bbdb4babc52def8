//! What clients ask: start, look, wait, tell, end.

use std::collections::BTreeMap;

use tidegate_engine::view::{RunStatus, RunView};
use tidegate_json::Value;
use tidegate_languages::orchestration::program::{EVENT, TURN};
use tidegate_languages::orchestration::rewind::{self, Started};
use tidegate_model::entry::StartRun;
use tidegate_model::event::Form;
use tidegate_model::{Address, Data, Event, Input, Labels, RunId, Text};
use tidegate_node::RunsQuery;
use tonic::Status;

use super::instances::{Instances, Metadata, instance_id, status, unanswered, unavailable};
use super::messages::{
    CreateInstanceRequest, GetInstanceRequest, GetInstanceResponse, HistoryEvent, InstanceQuery,
    ListInstanceIdsRequest, ListInstanceIdsResponse, OrchestrationState, PurgeInstanceFilter,
    PurgeInstancesRequest, PurgeInstancesRequestRequest, PurgeInstancesResponse, QueryInstancesResponse,
    RaiseEventRequest, RestartInstanceRequest, RewindInstanceRequest,
};
use super::past::{Reader, to_timestamp};
use super::payload;
use crate::App;
use crate::aws::draw;

/// As many instances as one page has, where nobody says how many.
const PAGE: usize = 100;

/// Starts an instance; its id.
pub(super) async fn start(instances: &Instances, request: CreateInstanceRequest) -> Result<String, Status> {
    let workflow = instances.have_orchestration(&request.name).await?;
    let id = if request.instance_id.is_empty() { draw::uuid() } else { request.instance_id };
    if let Some(run) = instances.find(&id).await? {
        let view = instances.node.run(run).await.map_err(unanswered)?;
        let policy = request.orchestration_id_reuse_policy.unwrap_or_default();
        let state = status(view.summary.status, true);
        if !policy.replaceable_status.contains(&i32::from(state)) {
            return Err(Status::already_exists(format!("there is an instance {id:?}, which is {state:?}")));
        }
        if view.summary.ended_at.is_none() {
            let reason = Text::const_new("another instance was started in its place");
            instances.submit(Input::Cancel { run, reason }).await?;
        }
        instances.release(&view).await?;
    }
    let metadata = Metadata {
        version: request.version.filter(|version| !version.is_empty()),
        tags: request.tags,
        starts_at: request.scheduled_start_timestamp.as_ref().map(to_timestamp),
        text: None,
    };
    let input = metadata.wrap(request.input.as_deref());
    run(instances, workflow, &id, &input).await?;
    Ok(id)
}

async fn run(
    instances: &Instances,
    workflow: tidegate_model::WorkflowName,
    id: &str,
    input: &Value,
) -> Result<(), Status> {
    let request = StartRun {
        workflow,
        program: None,
        input: Data::json(input),
        labels: Labels::NONE,
        key: Some(Text::from(id)),
    };
    instances.submit(Input::StartRun(request)).await.map(|_| ())
}

/// How an instance stands.
pub(super) async fn get(
    instances: &Instances,
    request: GetInstanceRequest,
) -> Result<GetInstanceResponse, Status> {
    match instances.find(&request.instance_id).await? {
        None => Ok(GetInstanceResponse { exists: false, orchestration_state: None }),
        Some(run) => found(instances.state(run, request.get_inputs_and_outputs).await?),
    }
}

fn found(state: OrchestrationState) -> Result<GetInstanceResponse, Status> {
    Ok(GetInstanceResponse { exists: true, orchestration_state: Some(state) })
}

/// Waits until an instance has begun, or ended.
pub(super) async fn wait_start(
    instances: &Instances,
    request: GetInstanceRequest,
) -> Result<GetInstanceResponse, Status> {
    let Some(run) = instances.find(&request.instance_id).await? else { return get(instances, request).await };
    let mut steps = instances.node.subscribe();
    loop {
        let has_begun = instances.node.ask(move |partition| {
            partition.look(run, TURN).is_none_or(|look| look.context.get("past").is_some())
        });
        if has_begun.await.map_err(unavailable)? {
            return found(instances.state(run, request.get_inputs_and_outputs).await?);
        }
        if let Err(tokio::sync::broadcast::error::RecvError::Closed) = steps.recv().await {
            return Err(Status::unavailable("the node is stopping"));
        }
    }
}

/// Waits until an instance has ended.
pub(super) async fn wait_end(
    app: &App,
    instances: &Instances,
    request: GetInstanceRequest,
) -> Result<GetInstanceResponse, Status> {
    let Some(run) = instances.find(&request.instance_id).await? else { return get(instances, request).await };
    tokio::select! {
        ended = instances.node.wait_run(run) => drop(ended.map_err(unanswered)?),
        () = app.stopped() => return Err(Status::unavailable("the server is stopping")),
    }
    found(instances.state(run, request.get_inputs_and_outputs).await?)
}

/// Raises an event for an instance that has not ended. One that has hears of nothing, which is no error.
pub(super) async fn raise(instances: &Instances, request: RaiseEventRequest) -> Result<(), Status> {
    let run = instances.get(&request.instance_id).await?;
    let data = Value::object([
        ("name", Value::from(request.name.as_str())),
        ("data", payload::to_value(request.input.as_deref())),
    ]);
    let event = Event {
        subject: Some(Text::from(request.instance_id)),
        data: Data::json(&data),
        ..Event::new(draw::uuid(), "durabletask", EVENT)
    };
    match instances.submit(Input::Publish { event, to: Address::Run(run) }).await {
        Err(status) if status.code() == tonic::Code::NotFound => Ok(()),
        raised => raised.map(|_| ()),
    }
}

/// Ends an instance, and those that it has started where that is wanted.
pub(super) async fn terminate(
    app: &App,
    instances: &Instances,
    run: RunId,
    output: Value,
    recursive: bool,
) -> Result<(), Status> {
    let mut runs = vec![run];
    let mut next = 0;
    while recursive && next < runs.len() {
        let of = runs[next];
        let children = app.node.ask(move |partition| {
            partition.look(of, TURN).map(|look| look.children().collect::<Vec<RunId>>()).unwrap_or_default()
        });
        runs.extend(children.await.map_err(unavailable)?);
        next += 1;
    }
    for run in runs {
        let reason = Text::const_new("it was terminated");
        let ended = instances.submit(Input::CancelWith { run, reason, detail: Data::json(&output) }).await;
        match ended {
            Err(status) if status.code() != tonic::Code::NotFound => return Err(status),
            _ => {}
        }
    }
    Ok(())
}

/// Has an instance wait, or go on.
pub(super) async fn suspend(instances: &Instances, id: &str, goes_on: bool) -> Result<(), Status> {
    let run = instances.get(id).await?;
    let input = if goes_on { Input::Resume { run } } else { Input::Pause { run } };
    match instances.submit(input).await {
        // It is so already, or has ended.
        Err(status) if matches!(status.code(), tonic::Code::NotFound | tonic::Code::FailedPrecondition) => {
            Ok(())
        }
        done => done.map(|_| ()),
    }
}

/// Starts what an instance was started with once more; the id of the new one.
pub(super) async fn restart(
    instances: &Instances,
    request: RestartInstanceRequest,
) -> Result<String, Status> {
    let of = instances.get(&request.instance_id).await?;
    let view = instances.node.run(of).await.map_err(unanswered)?;
    if view.summary.ended_at.is_none() {
        let message = format!("instance {:?} has not ended", request.instance_id);
        return Err(Status::failed_precondition(message));
    }
    let id = if request.restart_with_new_instance_id {
        draw::uuid()
    } else {
        instances.release(&view).await?;
        request.instance_id
    };
    run(instances, view.summary.workflow, &id, &view.input).await?;
    Ok(id)
}

/// Has an instance that failed go on from where it was.
pub(super) async fn rewind(instances: &Instances, request: RewindInstanceRequest) -> Result<(), Status> {
    let run = instances.get(&request.instance_id).await?;
    let mut inputs = Vec::new();
    let mut left = vec![(run, false)];
    // Those that it had started first, so that they are there when it waits for them; all at once, so that none has ended then.
    while let Some((run, is_ready)) = left.pop() {
        let view = instances.node.run(run).await.map_err(unanswered)?;
        if view.summary.status != RunStatus::Failed {
            let message =
                format!("instance {:?} has not failed: there is nothing to rewind", request.instance_id);
            return Err(Status::failed_precondition(message));
        }
        let context = context(instances, run).await?;
        let (runs, failed) = started_by(instances, &context).await?;
        if !is_ready && !failed.is_empty() {
            left.push((run, true));
            left.extend(failed.into_iter().map(|child| (child, false)));
            continue;
        }
        let kept = rewind::kept(&context, view.vars.get("input"), request.reason.as_deref(), &runs);
        let start = Value::object([("input", view.input.clone()), ("kept", kept)]);
        let workflow = view.summary.workflow.clone();
        if let Some(key) = view.summary.key.clone() {
            inputs.push(Input::ForgetKey { workflow: workflow.clone(), key });
        }
        let key = Some(view.summary.key.clone().unwrap_or_else(|| Text::from(run.to_string())));
        let program = Some(view.summary.program);
        let request =
            StartRun { workflow, program, input: Data::json(&start), labels: view.labels.clone(), key };
        inputs.push(Input::Rerun { request, of: run });
    }
    instances.submit_all(inputs).await
}

/// The context of a run's turns.
async fn context(instances: &Instances, run: RunId) -> Result<Value, Status> {
    let triggers = instances.node.run_triggers(run).await.map_err(unanswered)?;
    let turn = triggers.into_iter().find(|trigger| trigger.name.as_str() == TURN);
    Ok(turn.map(|turn| turn.context).unwrap_or_default())
}

/// What is known of the runs that one has started whose end it does not know, or as a failure; and those that failed.
async fn started_by(
    instances: &Instances,
    context: &Value,
) -> Result<(BTreeMap<u64, Started>, Vec<RunId>), Status> {
    let (mut runs, mut failed) = (BTreeMap::new(), Vec::new());
    for (number, asked) in rewind::started(context) {
        let key = asked.get("run").and_then(|run| run.get("key")).and_then(Value::as_str).unwrap_or_default();
        let mut known = Started::Open;
        if let Some(child) = instances.find(key).await? {
            let child = instances.node.run(child).await.map_err(unanswered)?;
            if let Some(output) = &child.output {
                let content = instances.node.payload(output).await.map_err(unanswered)?;
                known = Started::Ended(Data::value_of(Form::Json, &content));
            } else if child.summary.status == RunStatus::Failed {
                failed.push(child.summary.id);
            }
        }
        runs.insert(number, known);
    }
    Ok((runs, failed))
}

/// Instances that pass `passes`, newest first, from a token on; and the token of the next page.
async fn page(
    instances: &Instances,
    token: Option<&str>,
    limit: usize,
    passes: impl Fn(&tidegate_engine::view::RunSummary) -> bool,
) -> Result<(Vec<RunView>, Option<String>), Status> {
    let malformed = |_| Status::invalid_argument("this is no token of a page");
    let mut before =
        token.filter(|token| !token.is_empty()).map(str::parse).transpose().map_err(malformed)?;
    let orchestrations = instances.orchestrations().await?;
    let mut found = Vec::new();
    loop {
        let query = RunsQuery { before, limit: PAGE, workflow: None, status: None };
        let runs = instances.node.runs(query).await.map_err(unanswered)?;
        for summary in runs.runs {
            let id = summary.id;
            if !orchestrations.contains(&summary.workflow) || !passes(&summary) {
                continue;
            }
            // An earlier run of the same instance is its past.
            if instances.find(&instance_id(&summary)).await? != Some(id) {
                continue;
            }
            found.push(instances.node.run(id).await.map_err(unanswered)?);
            if found.len() == limit {
                return Ok((found, Some(id.to_string())));
            }
        }
        before = runs.next;
        if before.is_none() {
            return Ok((found, None));
        }
    }
}

/// Instances that a query asks for.
pub(super) async fn query(
    instances: &Instances,
    query: Option<InstanceQuery>,
) -> Result<QueryInstancesResponse, Status> {
    let query = query.unwrap_or_default();
    let limit = usize::try_from(query.max_instance_count).ok().filter(|limit| *limit > 0).unwrap_or(PAGE);
    let (from, to) = (
        query.created_time_from.as_ref().map(to_timestamp),
        query.created_time_to.as_ref().map(to_timestamp),
    );
    let passes = |run: &tidegate_engine::view::RunSummary| {
        from.is_none_or(|from| run.started_at >= from)
            && to.is_none_or(|to| run.started_at < to)
            && query.instance_id_prefix.as_deref().is_none_or(|prefix| instance_id(run).starts_with(prefix))
            && is_wanted(run, &query.runtime_status)
    };
    let (views, token) = page(instances, query.continuation_token.as_deref(), limit, passes).await?;
    let mut states = Vec::with_capacity(views.len());
    for view in views {
        states.push(instances.state_of(view, query.fetch_inputs_and_outputs).await?);
    }
    Ok(QueryInstancesResponse { orchestration_state: states, continuation_token: token })
}

/// Whether a run stands in one of these ways; any where there are none. One that has not begun counts as one that runs.
fn is_wanted(run: &tidegate_engine::view::RunSummary, wanted: &[i32]) -> bool {
    let either = [status(run.status, true), status(run.status, false)];
    wanted.is_empty() || either.iter().any(|status| wanted.contains(&i32::from(*status)))
}

/// Ids of instances that have ended.
pub(super) async fn list(
    instances: &Instances,
    request: ListInstanceIdsRequest,
) -> Result<ListInstanceIdsResponse, Status> {
    let limit = usize::try_from(request.page_size).ok().filter(|limit| *limit > 0).unwrap_or(PAGE);
    let from = request.completed_time_from.as_ref().map(to_timestamp);
    let to = request.completed_time_to.as_ref().map(to_timestamp);
    let passes = |run: &tidegate_engine::view::RunSummary| {
        run.ended_at
            .is_some_and(|ended| from.is_none_or(|from| ended >= from) && to.is_none_or(|to| ended < to))
            && is_wanted(run, &request.runtime_status)
    };
    let (views, token) = page(instances, request.last_instance_key.as_deref(), limit, passes).await?;
    let ids = views.iter().map(|view| instance_id(&view.summary));
    Ok(ListInstanceIdsResponse { instance_ids: ids.collect(), last_instance_key: token })
}

/// Forgets instances that have ended.
pub(super) async fn purge(
    instances: &Instances,
    request: PurgeInstancesRequest,
) -> Result<PurgeInstancesResponse, Status> {
    let mut views = Vec::new();
    match request.request {
        Some(PurgeInstancesRequestRequest::InstanceId(id)) => {
            if let Some(run) = instances.find(&id).await? {
                views.push(instances.node.run(run).await.map_err(unanswered)?);
            }
        }
        Some(PurgeInstancesRequestRequest::InstanceBatch(batch)) => {
            for id in batch.instance_ids {
                if let Some(run) = instances.find(&id).await? {
                    views.push(instances.node.run(run).await.map_err(unanswered)?);
                }
            }
        }
        Some(PurgeInstancesRequestRequest::PurgeInstanceFilter(filter)) => {
            let PurgeInstanceFilter { created_time_from, created_time_to, runtime_status, .. } = filter;
            let (from, to) =
                (created_time_from.as_ref().map(to_timestamp), created_time_to.as_ref().map(to_timestamp));
            let passes = |run: &tidegate_engine::view::RunSummary| {
                run.ended_at.is_some()
                    && from.is_none_or(|from| run.started_at >= from)
                    && to.is_none_or(|to| run.started_at < to)
                    && is_wanted(run, &runtime_status)
            };
            views = page(instances, None, usize::MAX, passes).await?.0;
        }
        None => return Err(Status::invalid_argument("which instances are to be purged?")),
    }
    let mut count = 0;
    for view in views.iter().filter(|view| view.summary.ended_at.is_some()) {
        instances.purge(view).await?;
        count += 1;
    }
    Ok(PurgeInstancesResponse { deleted_instance_count: count, is_complete: Some(true) })
}

/// The history of an instance.
pub(super) async fn history(instances: &Instances, id: &str) -> Result<Vec<HistoryEvent>, Status> {
    let run = instances.get(id).await?;
    let context = context(instances, run).await?;
    let instance = match instances.instance(run).await? {
        Some(instance) => instance,
        None => {
            let view = instances.node.run(run).await.map_err(unanswered)?;
            let (metadata, input) = Metadata::open(&view.input);
            super::past::Instance {
                name: super::names::unescaped(view.summary.workflow.as_str()),
                id: id.to_owned(),
                execution: run.to_string(),
                metadata,
                input: view.vars.get("input").cloned().unwrap_or(input),
                parent: None,
            }
        }
    };
    let list = |key: &str| context.get(key).cloned().unwrap_or_default();
    let (past, new) = (list("past"), list("new"));
    let entries = |list: &Value| list.as_array().map(|list| list.to_vec()).unwrap_or_default();
    let mut reader = Reader::whole(&instance);
    let mut events = reader.read(&entries(&past));
    events.extend(reader.read(&entries(&new)));
    let state = instances.state(run, true).await?;
    events.extend(reader.ended(&state));
    Ok(events)
}

/// How long a page of history is.
pub(super) const CHUNK: usize = 500;
