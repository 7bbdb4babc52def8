//! Instances: which run an id means, what it was started with, and how it stands.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;
use tidegate_engine::view::{RunStatus, RunView};
use tidegate_engine::{Look, Partition};
use tidegate_json::Value;
use tidegate_languages::orchestration::LANGUAGE;
use tidegate_languages::orchestration::program::{ENVELOPE, Executor, TURN, program};
use tidegate_model::entry::Document;
use tidegate_model::event::Form;
use tidegate_model::{Data, Input, Name, RunId, Text, Timestamp, WorkflowName};
use tidegate_node::Handle;
use tonic::Status;

use super::messages::{OrchestrationState, OrchestrationStatus};
use super::names::{ORCHESTRATOR, function, unescaped, workflow};
use super::past::{Instance, of_timestamp, tags, whole};
use super::{details, payload};

/// Where runs are noted that somebody has purged.
const PURGED: &str = "durabletask.purged";

/// What an instance is started with, beside its input.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Metadata {
    pub(super) version: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    /// When its first turn may be.
    pub(super) starts_at: Option<Timestamp>,
    /// Its input as it was written, where its value is not the same.
    pub(super) text: Option<String>,
}

impl Metadata {
    /// The input of a run, with this around it where there is any.
    pub(super) fn wrap(mut self, input: Option<&str>) -> Value {
        self.text = input.filter(|text| !payload::is_faithful(text)).map(str::to_owned);
        let input = payload::to_plain(input);
        if self == Self::default() {
            return input;
        }
        let mut about = Value::object::<&str, Value>([]);
        if let Some(version) = &self.version {
            about.set("version", version.as_str());
        }
        if !self.tags.is_empty() {
            let tags = self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            about.set("tags", Value::object(tags));
        }
        if let Some(at) = self.starts_at {
            about.set("starts_at", at.to_string());
        }
        if let Some(text) = &self.text {
            about.set("text", text.as_str());
        }
        Value::object([(ENVELOPE, about), ("input", input)])
    }

    /// What [`Self::wrap`] has put together.
    pub(super) fn open(input: &Value) -> (Self, Value) {
        let Some(about) = input.get(ENVELOPE) else { return (Self::default(), input.clone()) };
        let text = |key: &str| about.get(key).and_then(Value::as_str);
        let metadata = Self {
            version: text("version").map(str::to_owned),
            tags: tags(about.get("tags")),
            starts_at: text("starts_at").and_then(|at| at.parse().ok()),
            text: text("text").map(str::to_owned),
        };
        let value = match &metadata.text {
            Some(text) => payload::to_value(Some(text)),
            None => input.get("input").cloned().unwrap_or_default(),
        };
        (metadata, value)
    }
}

/// The instances of a node.
pub(super) struct Instances {
    pub(super) node: Handle,
    /// The workflows that are orchestrations, as far as they are known.
    orchestrations: Mutex<BTreeSet<WorkflowName>>,
}

impl Instances {
    pub(super) fn new(node: Handle) -> Self {
        Self { node, orchestrations: Mutex::default() }
    }

    /// The workflows that are orchestrations.
    pub(super) async fn orchestrations(&self) -> Result<BTreeSet<WorkflowName>, Status> {
        let found = self.node.ask(|partition| {
            let own = partition.workflows().filter(|(_, workflow)| {
                let newest = workflow.versions.last().and_then(|version| partition.program(&version.program));
                newest.is_some_and(|newest| newest.program.language == LANGUAGE)
            });
            own.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>()
        });
        let mut found = found.await.map_err(unavailable)?;
        let mut known = self.orchestrations.lock();
        found.append(&mut known.clone());
        (*known).clone_from(&found);
        Ok(found)
    }

    /// Makes the orchestration `name`, where there is none.
    pub(super) async fn have_orchestration(&self, name: &str) -> Result<WorkflowName, Status> {
        let workflow = workflow(name)?;
        if self.orchestrations.lock().contains(&workflow) {
            return Ok(workflow);
        }
        let of = workflow.clone();
        let is_known = self.node.ask(move |partition| {
            partition.workflows().any(|(name, workflow)| *name == of && workflow.current.is_some())
        });
        if !is_known.await.map_err(unavailable)? {
            let executor = Executor::Outside(function(ORCHESTRATOR, name)?);
            let program = Document(program(workflow.clone(), &executor, BTreeMap::new()));
            self.submit(Input::Apply { program }).await?;
            self.orchestrations.lock().insert(workflow.clone());
        }
        Ok(workflow)
    }

    /// The run of an instance.
    pub(super) async fn find(&self, id: &str) -> Result<Option<RunId>, Status> {
        let found = self.find_any(id).await?;
        let Some(run) = found else { return Ok(None) };
        let shelf = Name::new(PURGED).expect("it is a name");
        let key = run.to_string();
        let is_purged = self.node.ask(move |partition| partition.record(&shelf, &key).is_some());
        Ok((!is_purged.await.map_err(unavailable)?).then_some(run))
    }

    async fn find_any(&self, id: &str) -> Result<Option<RunId>, Status> {
        let known = self.orchestrations.lock().clone();
        let names = if known.is_empty() { self.orchestrations().await? } else { known };
        let key = id.to_owned();
        let all = names.clone();
        let live = self
            .node
            .ask(move |partition| all.iter().find_map(|workflow| partition.run_of_key(workflow, &key)));
        if let Some(run) = live.await.map_err(unavailable)? {
            return Ok(Some(run));
        }
        for workflow in &self.orchestrations().await? {
            if let Some(run) = self.node.run_of_key(workflow, id).await.map_err(unanswered)? {
                return Ok(Some(run));
            }
        }
        // A run that was started without a key is known by its id.
        let Ok(run) = id.parse::<RunId>() else { return Ok(None) };
        match self.node.run(run).await {
            Ok(view) if names.contains(&view.summary.workflow) && view.summary.key.is_none() => Ok(Some(run)),
            Ok(_) | Err(tidegate_node::QueryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(unanswered(error)),
        }
    }

    /// The run of an instance that is to be there.
    pub(super) async fn get(&self, id: &str) -> Result<RunId, Status> {
        self.find(id).await?.ok_or_else(|| Status::not_found(format!("there is no instance {id:?}")))
    }

    /// Has the node do something; what it refuses is an error.
    pub(super) async fn submit(&self, input: Input) -> Result<tidegate_engine::Reply, Status> {
        let answer = self.node.submit(input).await.map_err(unavailable)?;
        match answer.reply {
            tidegate_engine::Reply::Refused(refusal) => Err(refused(&refusal)),
            reply => Ok(reply),
        }
    }

    /// Has the node do things that follow each other; the first that it refuses is an error.
    pub(super) async fn submit_all(&self, inputs: Vec<Input>) -> Result<(), Status> {
        let answers = self.node.submit_all(inputs).await.map_err(unavailable)?;
        let refusal = answers.iter().find_map(|answer| match &answer.reply {
            tidegate_engine::Reply::Refused(refusal) => Some(refusal),
            _ => None,
        });
        refusal.map_or(Ok(()), |refusal| Err(refused(refusal)))
    }

    /// Forgets a run that has ended: its instance is no more, and its id is free.
    pub(super) async fn purge(&self, view: &RunView) -> Result<(), Status> {
        self.release(view).await?;
        let shelf = Name::new(PURGED).expect("it is a name");
        let key = Text::from(view.summary.id.to_string());
        let record = Some(Document(Value::Bool(true)));
        self.submit(Input::PutRecord { shelf, key, record }).await.map(|_| ())
    }

    /// Lets another run have the key of one that has ended.
    pub(super) async fn release(&self, view: &RunView) -> Result<(), Status> {
        let Some(key) = view.summary.key.clone() else { return Ok(()) };
        let workflow = view.summary.workflow.clone();
        self.submit(Input::ForgetKey { workflow, key }).await.map(|_| ())
    }

    /// What events of the run have in common; `None` where it has ended.
    pub(super) async fn instance(&self, run: RunId) -> Result<Option<Instance>, Status> {
        Ok(self.look(run, |_| ()).await?.map(|(instance, ())| instance))
    }

    /// The same, and what `read` reads of it; `None` where the run has ended.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        run: RunId,
        read: impl FnOnce(&Look<'_>) -> T + Send + 'static,
    ) -> Result<Option<(Instance, T)>, Status> {
        let found = self.node.ask(move |partition| {
            let look = partition.look(run, TURN)?;
            Some((instance(partition, &look), read(&look)))
        });
        found.await.map_err(unavailable)
    }

    /// How a run stands.
    pub(super) async fn state(&self, run: RunId, with_data: bool) -> Result<OrchestrationState, Status> {
        let view = self.node.run(run).await.map_err(unanswered)?;
        self.state_of(view, with_data).await
    }

    pub(super) async fn state_of(
        &self,
        view: RunView,
        with_data: bool,
    ) -> Result<OrchestrationState, Status> {
        let run = view.summary.id;
        let has_begun = self.node.ask(move |partition| {
            // The first turn is the one that makes an instance run.
            let look = partition.look(run, TURN)?;
            look.context.get("past").map(|_| ())
        });
        let has_begun = has_begun.await.map_err(unavailable)?.is_some();
        let status = status(view.summary.status, has_begun);
        let (metadata, input) = Metadata::open(&view.input);
        let input = view.vars.get("input").cloned().unwrap_or(input);
        let mut output = None;
        if let Some(data) = view.output.as_ref().filter(|_| with_data) {
            let content = self.node.payload(data).await.map_err(unanswered)?;
            let written = view.vars.get("output").and_then(payload::to_text);
            output = written.or_else(|| payload::to_text(&Data::value_of(Form::Json, &content)));
        }
        let mut failure_details = None;
        if let Some(failure) = view.failure {
            let detail = failure.detail.inline_value().unwrap_or_default();
            match status {
                OrchestrationStatus::Terminated => output = payload::to_text(&detail).filter(|_| with_data),
                _ => {
                    let mut told = Value::object([
                        ("error", Value::from(failure.error.as_str())),
                        ("message", Value::from(failure.message.as_str())),
                    ]);
                    told.set("detail", detail);
                    failure_details = Some(details::of_value(&told));
                }
            }
        }
        let parent = match view.summary.parent {
            None => None,
            // One that is no longer kept is known by its run.
            Some(parent) => Some(
                self.node
                    .run(parent)
                    .await
                    .map_or_else(|_| parent.to_string(), |parent| instance_id(&parent.summary)),
            ),
        };
        let ended = view.summary.ended_at.map(of_timestamp);
        let started = of_timestamp(view.summary.started_at);
        let updated = ended.unwrap_or(started);
        Ok(OrchestrationState {
            instance_id: instance_id(&view.summary),
            name: unescaped(view.summary.workflow.as_str()),
            version: metadata.version,
            orchestration_status: status.into(),
            scheduled_start_timestamp: metadata.starts_at.map(of_timestamp),
            created_timestamp: Some(started),
            last_updated_timestamp: Some(updated),
            input: payload::to_text(&input).filter(|_| with_data),
            output,
            custom_status: view.vars.get("status").and_then(payload::to_text).filter(|_| with_data),
            failure_details,
            execution_id: Some(run.to_string()),
            completed_timestamp: ended,
            parent_instance_id: parent,
            tags: metadata.tags,
        })
    }
}

fn instance(partition: &Partition, look: &Look<'_>) -> Instance {
    let state = look.state();
    let parent = state.parent.as_ref().and_then(|parent| {
        let number = parent.subject.as_deref()?.rsplit('.').next()?.parse().ok()?;
        let parent = partition.run_state(parent.run)?;
        let id = parent.key.as_deref().map_or_else(|| parent.id.to_string(), str::to_owned);
        Some((id, unescaped(parent.workflow.as_str()), whole(number)))
    });
    let (metadata, input) = Metadata::open(look.input());
    let generation = look.context.get("generation").and_then(Value::as_u64).unwrap_or(0);
    Instance {
        name: unescaped(state.workflow.as_str()),
        id: state.key.as_deref().map_or_else(|| state.id.to_string(), str::to_owned),
        execution: format!("{}.{generation}", state.id),
        metadata,
        input: look.vars().get("input").cloned().unwrap_or(input),
        parent,
    }
}

/// The id of the instance that a run is.
pub(super) fn instance_id(run: &tidegate_engine::view::RunSummary) -> String {
    run.key.as_deref().map_or_else(|| run.id.to_string(), str::to_owned)
}

pub(super) fn status(status: RunStatus, has_begun: bool) -> OrchestrationStatus {
    match status {
        RunStatus::Running | RunStatus::Standing if has_begun => OrchestrationStatus::Running,
        RunStatus::Running | RunStatus::Standing => OrchestrationStatus::Pending,
        RunStatus::Paused => OrchestrationStatus::Suspended,
        RunStatus::Succeeded => OrchestrationStatus::Completed,
        RunStatus::Failed => OrchestrationStatus::Failed,
        RunStatus::Cancelled => OrchestrationStatus::Terminated,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over errors")]
pub(super) fn unavailable(error: tidegate_node::SubmitError) -> Status {
    use tidegate_node::SubmitError as E;
    match error {
        E::TooLarge { .. } => Status::invalid_argument(error.to_string()),
        E::Full { .. } | E::NoSpace(_) => Status::resource_exhausted(error.to_string()),
        E::Stopping => Status::unavailable(error.to_string()),
        E::Storage(_) => Status::internal(error.to_string()),
    }
}

pub(super) fn unanswered(error: tidegate_node::QueryError) -> Status {
    match error {
        tidegate_node::QueryError::NotFound { .. } => Status::not_found(error.to_string()),
        tidegate_node::QueryError::Unavailable(_) => Status::unavailable(error.to_string()),
        error => Status::internal(error.to_string()),
    }
}

fn refused(refusal: &tidegate_engine::Refusal) -> Status {
    use tidegate_engine::Refusal as R;
    let message = refusal.to_string();
    match refusal {
        R::NotFound { .. } => Status::not_found(message),
        R::Conflict(_) => Status::failed_precondition(message),
        _ => Status::invalid_argument(message),
    }
}
