//! Operations on state machines.

use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_engine::Reply;
use tidegate_languages::asl::mock::Mocks;
use tidegate_model::entry::Document;
use tidegate_model::{Digest, Input, Program, Timestamp};

use super::compiler::{self, Purpose, Warnings};
use super::machine::{Kind, Machine, Revision, Tag};
use super::{name, registry, tags};
use crate::App;
use crate::aws::arn::{MachineArn, Place, Qualifier};
use crate::aws::call::{Answer, Call, required, seconds};
use crate::aws::draw;
use crate::aws::fault::Fault;
use crate::aws::page::{self, Page};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    name: Option<String>,
    definition: Option<String>,
    role_arn: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    logging_configuration: Option<Value>,
    tracing_configuration: Option<Value>,
    encryption_configuration: Option<Value>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    publish: bool,
    version_description: Option<String>,
}

/// Creates a state machine. The same request again is answered with what the first one made.
pub(super) async fn create(call: Call) -> Answer {
    let request: Create = call.members()?;
    check_description(request.publish, request.version_description.as_ref())?;
    let machine_name = required(request.name, "name")?;
    name::check(&machine_name)?;
    let definition = required(request.definition, "definition")?;
    let role = required(request.role_arn, "roleArn")?;
    let kind = Kind::parse(request.kind.as_deref())?;
    let logging = logging(request.logging_configuration)?;
    let tracing = request.tracing_configuration.unwrap_or_else(registry::tracing_off);
    tags::check(&request.tags)?;
    let arn = MachineArn::new(Place::of(&call.caller), &machine_name);
    let app = &call.app;

    let _change = app.aws.change().await;
    let known = registry::find_ever(app, &arn).await?;
    if let Some(known) = known.as_ref().filter(|known| !known.deleted) {
        let same = known.kind == kind
            && known.current.logging == logging
            && known.current.tracing == tracing
            && registry::definition(app, &known.current).await? == definition;
        if !same {
            return Err(Fault::new(
                "StateMachineAlreadyExists",
                format!("State Machine Already Exists: '{arn}'"),
            ));
        }
        let mut answer = json!({"stateMachineArn": arn.to_string(), "creationDate": seconds(known.created)});
        if request.publish {
            let mut known = known.clone();
            let number = known.publish(request.version_description, now()).number;
            registry::put(app, &arn, &known).await?;
            answer["stateMachineVersionArn"] = json!(arn.version(number).to_string());
        }
        return Ok(answer);
    }
    let workflow = match &known {
        Some(deleted) => deleted.workflow.clone(),
        None => registry::free_workflow(app, &arn).await?,
    };
    let purpose = Purpose {
        workflow: &workflow,
        arn: &arn.to_string(),
        role: &role,
        kind,
        is_limited: app.settings.aws_limits,
        mocks: Mocks::default(),
    };
    let program = apply(app, compiler::compile(&definition, &purpose)?).await?;
    let at = now();
    let mut machine = Machine {
        name: machine_name,
        kind,
        workflow,
        created: at,
        updated: at,
        current: Revision {
            id: None,
            program,
            role,
            logging,
            tracing,
            encryption: request.encryption_configuration,
        },
        versions: Vec::new(),
        last_version: known.map_or(0, |deleted| deleted.last_version),
        aliases: Vec::new(),
        tags: request.tags,
        deleted: false,
    };
    let mut answer = json!({"stateMachineArn": arn.to_string(), "creationDate": seconds(at)});
    if request.publish {
        let number = machine.publish(request.version_description, at).number;
        answer["stateMachineVersionArn"] = json!(arn.version(number).to_string());
    }
    registry::put(app, &arn, &machine).await?;
    registry::claim(app, &arn, &machine.workflow).await?;
    Ok(answer)
}

/// Gives the workflow of `program` this version.
async fn apply(app: &App, program: Program) -> Result<Digest, Fault> {
    let answer = app.node.submit(Input::Apply { program: Document(program) }).await?;
    match answer.reply {
        Reply::Applied { program, .. } => Ok(program),
        Reply::Refused(refusal) => {
            Err(Fault::new("InvalidDefinition", format!("Invalid State Machine Definition: '{refusal}'")))
        }
        Reply::Done | Reply::Duplicate { .. } | Reply::Run { .. } => {
            Err(Fault::internal("the engine gave an answer of another kind"))
        }
    }
}

/// The clock of this machine, to the millisecond.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn check_description(publish: bool, description: Option<&String>) -> Result<(), Fault> {
    if !publish && description.is_some_and(|text| !text.is_empty()) {
        return Err(Fault::validation("Version description can only be set when publish is true"));
    }
    Ok(())
}

/// A logging configuration with its defaults. Where logs would go is kept and nothing more: history is always written.
fn logging(stated: Option<Value>) -> Result<Value, Fault> {
    let Some(mut logging) = stated else { return Ok(registry::logging_off()) };
    let destinations = logging.get("destinations").and_then(Value::as_array).map_or(0, Vec::len);
    let level = logging.get("level").and_then(Value::as_str).unwrap_or("OFF").to_owned();
    if destinations > 1 || (level != "OFF" && destinations == 0) {
        return Err(Fault::new(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ));
    }
    if let Some(members) = logging.as_object_mut() {
        members.insert("level".to_owned(), json!(level));
        members.entry("includeExecutionData").or_insert(json!(false));
    }
    Ok(logging)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    state_machine_arn: Option<String>,
    definition: Option<String>,
    role_arn: Option<String>,
    logging_configuration: Option<Value>,
    tracing_configuration: Option<Value>,
    encryption_configuration: Option<Value>,
    #[serde(default)]
    publish: bool,
    version_description: Option<String>,
}

/// Gives a state machine a new revision. Executions under way keep theirs.
pub(super) async fn update(call: Call) -> Answer {
    let request: Update = call.members()?;
    let arn = MachineArn::parse(&required(request.state_machine_arn, "stateMachineArn")?)?;
    check_description(request.publish, request.version_description.as_ref())?;
    let says_nothing = request.definition.is_none()
        && request.role_arn.is_none()
        && request.logging_configuration.is_none()
        && request.tracing_configuration.is_none()
        && request.encryption_configuration.is_none();
    if says_nothing {
        return Err(Fault::new(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
        ));
    }
    let app = &call.app;
    let _change = app.aws.change().await;
    let mut machine = registry::get(app, &arn).await.map_err(|_| registry::missing(&arn))?;
    let mut revision = machine.current.clone();
    if let Some(configuration) = request.logging_configuration {
        revision.logging = logging(Some(configuration))?;
    }
    revision.tracing = request.tracing_configuration.unwrap_or(revision.tracing);
    revision.encryption = request.encryption_configuration.or(revision.encryption);
    revision.role = request.role_arn.unwrap_or(revision.role);
    let definition = match request.definition {
        Some(definition) => definition,
        None => registry::definition(app, &machine.current).await?.to_string(),
    };
    let purpose = Purpose {
        workflow: &machine.workflow,
        arn: &arn.unqualified().to_string(),
        role: &revision.role,
        kind: machine.kind,
        is_limited: app.settings.aws_limits,
        mocks: Mocks::default(),
    };
    revision.program = apply(app, compiler::compile(&definition, &purpose)?).await?;
    let at = now();
    let mut answer = json!({"updateDate": seconds(at)});
    // What changes nothing makes no revision.
    if revision != machine.current {
        revision.id = Some(draw::uuid());
        machine.current = revision;
        machine.updated = at;
    }
    if let Some(id) = &machine.current.id {
        answer["revisionId"] = json!(id);
    }
    if request.publish {
        let number = machine.publish(request.version_description, at).number;
        answer["stateMachineVersionArn"] = json!(arn.unqualified().version(number).to_string());
    }
    registry::put(app, &arn, &machine).await?;
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    state_machine_arn: Option<String>,
}

/// A state machine in full, or one version of it.
pub(super) async fn describe(call: Call) -> Answer {
    let Which { state_machine_arn } = call.members()?;
    let arn = MachineArn::parse(&required(state_machine_arn, "stateMachineArn")?)?;
    let machine = registry::get(&call.app, &arn).await?;
    let (revision, created, description) = match &arn.qualifier {
        None => (&machine.current, machine.created, None),
        Some(Qualifier::Version(number)) => {
            let version = machine.version(*number).ok_or_else(|| registry::missing(&arn))?;
            (&version.revision, version.created, Some(&version.description))
        }
        Some(Qualifier::Alias(_)) => return Err(registry::missing(&arn)),
    };
    let mut answer = json!({
        "stateMachineArn": arn.to_string(),
        "name": machine.name,
        "status": "ACTIVE",
        "definition": registry::definition(&call.app, revision).await?.as_str(),
        "roleArn": revision.role,
        "type": machine.kind,
        "creationDate": seconds(created),
        "loggingConfiguration": revision.logging,
        "tracingConfiguration": revision.tracing,
    });
    if let Some(id) = &revision.id {
        answer["revisionId"] = json!(id);
    }
    if let Some(encryption) = &revision.encryption {
        answer["encryptionConfiguration"] = encryption.clone();
    }
    if let Some(description) = description {
        answer["description"] = json!(description);
    }
    Ok(answer)
}

/// Deletes a state machine with its versions and aliases. Executions under way go on, and those that were stay known.
pub(super) async fn delete(call: Call) -> Answer {
    let Which { state_machine_arn } = call.members()?;
    let arn = MachineArn::parse(&required(state_machine_arn, "stateMachineArn")?)?;
    if arn.qualifier.is_some() {
        return Err(Fault::validation("The state machine ARN must not name a version or an alias"));
    }
    let app = &call.app;
    let _change = app.aws.change().await;
    let Some(mut machine) = registry::find(app, &arn).await? else { return Ok(json!({})) };
    machine.deleted = true;
    machine.versions.clear();
    machine.aliases.clear();
    machine.tags.clear();
    let workflow = machine.workflow.clone();
    registry::put(app, &arn, &machine).await?;
    // It may be gone already, by another door.
    app.node.submit(Input::RemoveWorkflow { workflow }).await?;
    Ok(json!({}))
}

/// State machines by name.
pub(super) async fn list(call: Call) -> Answer {
    let page: Page = call.members()?;
    let place = Place::of(&call.caller);
    let machines = registry::all(&call.app, &place).await?;
    let (machines, next) = page::cut(machines, |machine| machine.name.clone(), &page)?;
    let items: Vec<Value> = machines
        .iter()
        .map(|machine| {
            json!({
                "stateMachineArn": MachineArn::new(place.clone(), &machine.name).to_string(),
                "name": machine.name,
                "type": machine.kind,
                "creationDate": seconds(machine.created),
            })
        })
        .collect();
    Ok(with_next(json!({"stateMachines": items}), next))
}

/// The answer with the token of the next page, where there is one.
pub(super) fn with_next(mut answer: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    answer
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validate {
    definition: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    severity: Option<String>,
    max_results: Option<usize>,
}

/// Diagnostics that one answer has at most.
const DIAGNOSTICS_MAX: usize = 100;

/// What is wrong with a definition.
pub(super) fn validate(call: &Call) -> Answer {
    let request: Validate = call.members()?;
    let definition = required(request.definition, "definition")?;
    let kind = Kind::parse(request.kind.as_deref())?;
    let max = request.max_results.filter(|max| *max > 0).unwrap_or(DIAGNOSTICS_MAX).min(DIAGNOSTICS_MAX);
    let warnings = match request.severity.as_deref() {
        Some("WARNING") => Warnings::Shown,
        Some(_) | None => Warnings::Hidden,
    };
    Ok(compiler::validate(&definition, kind, warnings, max))
}
