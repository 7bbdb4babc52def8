//! Work: what is given to workers, who has it, and what comes back.
//!
//! Invariant: a task is with at most one worker. One whose worker goes away is given to another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tidegate_json::Value;
use tidegate_model::{FunctionName, Input, Invocation, Outcome, RunId, TaskId};
use tokio::sync::{Notify, mpsc};
use tonic::Status;

use super::answer::Answer;
use super::instances::{Instances, unavailable};
use super::messages::{
    ActivityRequest, ActivityResponse, EntityBatchResult, GetWorkItemsRequest, OrchestrationInstance,
    OrchestratorRequest, OrchestratorResponse, WorkItem, WorkItemFilters, WorkItemRequest,
};
use super::names::{ACTIVITY, ENTITY, ORCHESTRATOR, unescaped};
use super::past::Reader;
use super::{details, entities, operations, payload};
use crate::App;

/// How long a task rests that a worker has given back: it may be the only one, and want it no more than before.
const REST: Duration = Duration::from_secs(1);

/// As many as a worker has at a time that does not say how many it can do.
const AT_A_TIME: usize = 100;

/// What workers have.
#[derive(Default)]
pub(super) struct Work {
    given: Mutex<BTreeMap<TaskId, Given>>,
    workers: Mutex<u64>,
}

/// A task that a worker has.
struct Given {
    invocation: Invocation,
    worker: u64,
    kind: Kind,
    /// Wakes who gives work to that worker.
    returned: Arc<Notify>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Turn,
    Activity,
    Entity,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Turn, Self::Activity, Self::Entity];

    fn prefix(self) -> &'static str {
        match self {
            Self::Turn => ORCHESTRATOR,
            Self::Activity => ACTIVITY,
            Self::Entity => ENTITY,
        }
    }

    /// What `function` is, without its prefix.
    fn of(function: &FunctionName) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|kind| Some((kind, function.as_str().strip_prefix(kind.prefix())?)))
    }
}

/// What a worker wants.
struct Wishes {
    /// At most so many at a time, of each kind.
    room: BTreeMap<Kind, usize>,
    /// By kind the names, each with the versions, where any may be empty; everything where `None`.
    names: Option<BTreeMap<Kind, BTreeMap<String, BTreeSet<String>>>>,
}

impl Wishes {
    fn of(request: GetWorkItemsRequest) -> Self {
        let room = |wanted: i32| usize::try_from(wanted).ok().filter(|room| *room > 0).unwrap_or(AT_A_TIME);
        Self {
            room: BTreeMap::from([
                (Kind::Turn, room(request.max_concurrent_orchestration_work_items)),
                (Kind::Activity, room(request.max_concurrent_activity_work_items)),
                (Kind::Entity, room(request.max_concurrent_entity_work_items)),
            ]),
            names: request.work_item_filters.map(names),
        }
    }

    /// Whether it can do anything of that name.
    fn knows(&self, kind: Kind, name: &str) -> bool {
        let Some(names) = &self.names else { return true };
        names.get(&kind).is_some_and(|names| names.contains_key(&unescaped(name)))
    }

    /// Whether it does that version of a turn. Of other things no version is known.
    fn takes(&self, kind: Kind, name: &str, version: &str) -> bool {
        let names = self.names.as_ref().filter(|_| kind == Kind::Turn);
        let versions = names.and_then(|names| names.get(&kind)?.get(&unescaped(name)));
        versions.is_none_or(|versions| versions.is_empty() || versions.contains(version))
    }
}

fn names(filters: WorkItemFilters) -> BTreeMap<Kind, BTreeMap<String, BTreeSet<String>>> {
    let mut names: BTreeMap<Kind, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let turns = filters.orchestrations.into_iter().map(|filter| (Kind::Turn, filter.name, filter.versions));
    let activities =
        filters.activities.into_iter().map(|filter| (Kind::Activity, filter.name, filter.versions));
    let entities = filters.entities.into_iter().map(|filter| (Kind::Entity, filter.name, Vec::new()));
    for (kind, name, versions) in turns.chain(activities).chain(entities) {
        names.entry(kind).or_default().entry(name).or_default().extend(versions);
    }
    names
}

/// What the protocol knows a task by.
fn token(task: TaskId, attempt: u32) -> String {
    format!("{task}/{attempt}")
}

fn of_token(token: &str) -> Result<(TaskId, u32), Status> {
    let parts = token.split_once('/');
    let parts = parts.and_then(|(task, attempt)| Some((task.parse().ok()?, attempt.parse().ok()?)));
    parts.ok_or_else(|| Status::invalid_argument(format!("{token:?} is no completion token of this server")))
}

/// Gives a worker what it wants until it goes away.
pub(super) async fn give(
    app: App,
    instances: Arc<Instances>,
    work: Arc<Work>,
    request: GetWorkItemsRequest,
    items: mpsc::Sender<Result<WorkItem, Status>>,
) {
    let worker = {
        let mut workers = work.workers.lock();
        *workers += 1;
        *workers
    };
    let wishes = Wishes::of(request);
    let returned = Arc::new(Notify::new());
    let mut offers = app.node.runtimes().watch_external();
    let giving = async {
        loop {
            offers.mark_unchanged();
            while let Some(invocation) = work.next(&app, &wishes, worker, &returned) {
                match item(&instances, &invocation).await {
                    Ok(Some(item)) => {
                        // Whoever was to have it has gone; it goes to another below.
                        if items.send(Ok(item)).await.is_err() {
                            break;
                        }
                    }
                    // Its run has ended meanwhile.
                    Ok(None) => drop(work.given.lock().remove(&invocation.task)),
                    Err(error) => {
                        let _ = items.send(Err(error)).await;
                        return;
                    }
                }
            }
            tokio::select! {
                changed = offers.changed() => if changed.is_err() { return },
                () = returned.notified() => {}
            }
        }
    };
    tokio::select! {
        () = giving => {}
        () = items.closed() => {}
        () = app.stopped() => {}
    }
    work.take_back(&app, worker);
}

impl Work {
    /// The oldest task that a worker has room for.
    fn next(&self, app: &App, wishes: &Wishes, worker: u64, returned: &Arc<Notify>) -> Option<Invocation> {
        let mut given = self.given.lock();
        let mut has: BTreeMap<Kind, usize> = BTreeMap::new();
        for given in given.values().filter(|given| given.worker == worker) {
            *has.entry(given.kind).or_default() += 1;
        }
        let has_room = |kind: Kind| has.get(&kind).copied().unwrap_or(0) < wishes.room[&kind];
        let knows = |function: &FunctionName| {
            Kind::of(function).is_some_and(|(kind, name)| has_room(kind) && wishes.knows(kind, name))
        };
        let accepts = |invocation: &Invocation| {
            Kind::of(&invocation.function).is_some_and(|(kind, name)| {
                let version = invocation.input.get("version").and_then(Value::as_str).unwrap_or_default();
                wishes.takes(kind, name, version)
            })
        };
        let invocation = app.node.runtimes().take_external_where(knows, accepts)?;
        let kind = Kind::of(&invocation.function)?.0;
        let place = Given { invocation: invocation.clone(), worker, kind, returned: Arc::clone(returned) };
        given.insert(invocation.task, place);
        Some(invocation)
    }

    /// What a worker had that has gone is for others.
    fn take_back(&self, app: &App, worker: u64) {
        let mut given = self.given.lock();
        let left: Vec<TaskId> =
            given.iter().filter(|(_, given)| given.worker == worker).map(|(task, _)| *task).collect();
        for task in left {
            if let Some(given) = given.remove(&task) {
                app.node.runtimes().offer_external(given.invocation);
            }
        }
    }

    /// A worker is done with a task.
    fn done(&self, task: TaskId) {
        let done = self.given.lock().remove(&task);
        if let Some(done) = done {
            done.returned.notify_one();
        }
    }

    /// A worker gives a task back.
    pub(super) fn abandon(self: &Arc<Self>, app: &App, token: &str) -> Result<(), Status> {
        let (task, _) = of_token(token)?;
        let given = self.given.lock().remove(&task);
        if let Some(given) = given {
            given.returned.notify_one();
            let app = app.clone();
            tokio::spawn(async move {
                tokio::time::sleep(REST).await;
                app.node.runtimes().offer_external(given.invocation);
            });
        }
        Ok(())
    }
}

/// What a worker is sent; nothing where nobody waits for it any more.
async fn item(instances: &Instances, invocation: &Invocation) -> Result<Option<WorkItem>, Status> {
    let task = invocation.task;
    let Some((kind, name)) = Kind::of(&invocation.function) else { return Ok(None) };
    let request = match kind {
        Kind::Turn => turn(instances, task.run).await?.map(WorkItemRequest::OrchestratorRequest),
        Kind::Activity => activity(instances, invocation, name).await?.map(WorkItemRequest::ActivityRequest),
        Kind::Entity => entities::batch(instances, invocation).await?.map(WorkItemRequest::EntityRequest),
    };
    let completion_token = token(task, invocation.attempt);
    Ok(request.map(|request| WorkItem { completion_token, request: Some(request) }))
}

/// A turn with its history.
async fn turn(instances: &Instances, run: RunId) -> Result<Option<OrchestratorRequest>, Status> {
    let found = instances.look(run, |look| {
        let list = |key: &str| look.context.get(key).cloned().unwrap_or_default();
        let seen = look.context.get("seen").and_then(Value::as_usize).unwrap_or(0);
        (list("past"), list("new"), seen)
    });
    let Some((instance, (past, new, seen))) = found.await? else { return Ok(None) };
    let mut reader = Reader::new(&instance);
    let past_events = reader.read(past.as_array().map_or(&[][..], |past| &past[..]));
    let new = new.as_array().map_or(&[][..], |new| &new[..]);
    let new_events = reader.read(&new[..seen.min(new.len())]);
    Ok(Some(OrchestratorRequest {
        instance_id: instance.id.clone(),
        execution_id: Some(instance.execution.clone()),
        past_events,
        new_events,
        ..Default::default()
    }))
}

async fn activity(
    instances: &Instances,
    invocation: &Invocation,
    name: &str,
) -> Result<Option<ActivityRequest>, Status> {
    let run = invocation.task.run;
    let key = instances.node.ask(move |partition| {
        let state = partition.run_state(run)?;
        Some(state.key.as_deref().map_or_else(|| run.to_string(), str::to_owned))
    });
    let Some(instance_id) = key.await.map_err(unavailable)? else { return Ok(None) };
    let number = invocation.subject.rsplit('.').next().and_then(|number| number.parse().ok());
    Ok(Some(ActivityRequest {
        name: unescaped(name),
        input: payload::to_text(&invocation.input),
        orchestration_instance: Some(OrchestrationInstance {
            instance_id,
            execution_id: Some(run.to_string()),
        }),
        task_id: number.unwrap_or(0),
        ..Default::default()
    }))
}

/// An activity has ended.
pub(super) async fn complete_activity(
    instances: &Instances,
    work: &Work,
    response: ActivityResponse,
) -> Result<(), Status> {
    let (task, attempt) = of_token(&response.completion_token)?;
    let outcome = match &response.failure_details {
        Some(failure) => Outcome::Failed(details::to_failure(failure)),
        None => Outcome::succeeded(&payload::to_value(response.result.as_deref())),
    };
    end(instances, work, task, attempt, outcome).await
}

/// An entity has done what it was to do, or none of it.
pub(super) async fn complete_entity(
    instances: &Instances,
    work: &Work,
    result: EntityBatchResult,
) -> Result<(), Status> {
    let (task, attempt) = of_token(&result.completion_token)?;
    let outcome = match &result.failure_details {
        Some(failure) => Outcome::Failed(details::to_failure(failure)),
        None => Outcome::succeeded(&entities::answer(instances, result).await?),
    };
    end(instances, work, task, attempt, outcome).await
}

/// A turn has ended.
pub(super) async fn complete_turn(
    app: &App,
    instances: &Instances,
    work: &Work,
    response: OrchestratorResponse,
) -> Result<(), Status> {
    let (task, attempt) = of_token(&response.completion_token)?;
    let caller = response.instance_id.clone();
    let answer = Answer::read(response, &caller)?;
    for name in &answer.orchestrations {
        instances.have_orchestration(name).await?;
    }
    for kind in &answer.entities {
        entities::have_kind(instances, kind).await?;
    }
    end(instances, work, task, attempt, Outcome::succeeded(&answer.value)).await?;
    for other in answer.terminated {
        let reason = payload::to_value(other.reason.as_deref());
        if let Some(run) = instances.find(&other.instance_id).await? {
            operations::terminate(app, instances, run, reason, other.recurse).await?;
        }
    }
    Ok(())
}

async fn end(
    instances: &Instances,
    work: &Work,
    task: TaskId,
    attempt: u32,
    outcome: Outcome,
) -> Result<(), Status> {
    let ended = instances.submit(Input::TaskEnded { task, attempt, outcome }).await;
    match ended {
        // It was recorded before, or nobody waits for it: the worker has done its part.
        Ok(_) => {}
        Err(status) if matches!(status.code(), tonic::Code::NotFound | tonic::Code::FailedPrecondition) => {}
        Err(status) => return Err(status),
    }
    work.done(task);
    Ok(())
}
