//! Operations on functions.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tidegate_model::entry::Document;
use tidegate_model::{FunctionName, Input};

use super::name::Named;
use super::record::{Configuration, FUNCTIONS, Function, Place, told_of_foreign};
use super::{Answer, sent};
use crate::App;
use crate::aws::caller::Caller;
use crate::aws::draw;
use crate::aws::fault::Fault;
use crate::aws::states::now;
use crate::request;

/// Largest request with code in it: 50 MB of archive, as text in base64.
const CODE_BYTES_MAX: usize = 70 << 20;

/// Seconds that a call may take where nobody says.
const TIMEOUT_DEFAULT_S: u64 = 3;

/// Longest time of a call, in seconds.
const TIMEOUT_MAX_S: u64 = 900;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Upload {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    image_uri: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Variables {
    variables: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Settings {
    runtime: Option<String>,
    role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u64>,
    memory_size: Option<u64>,
    environment: Option<Variables>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Create {
    function_name: String,
    code: Upload,
    publish: bool,
    architectures: Option<Vec<String>>,
    tags: BTreeMap<String, String>,
    #[serde(flatten)]
    settings: Settings,
}

/// What a query may name.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Which {
    pub(super) qualifier: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// The members in the body of a request.
pub(super) async fn members<T: DeserializeOwned>(request: Request) -> Result<T, Fault> {
    let body = request::body(request, CODE_BYTES_MAX).await?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    serde_json::from_slice(body).map_err(|error| {
        Fault::new(
            "InvalidRequestContentException",
            format!("Could not parse request body into json: {error}"),
        )
    })
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValueException", message)
}

impl Upload {
    /// Unpacks the code that a request brings.
    async fn unpack(self, app: &App, function: &str) -> Result<Place, Fault> {
        if self.s3_bucket.is_some() {
            return Err(invalid("code does not come from S3 here: send the archive itself, as ZipFile"));
        }
        if self.image_uri.is_some() {
            return Err(invalid(
                "functions in container images do not run here: send an archive, as ZipFile",
            ));
        }
        let text = self.zip_file.ok_or_else(|| invalid("Please provide a source for function code."))?;
        let archive = STANDARD.decode(text).map_err(|_| invalid("ZipFile is not in base64"))?;
        Ok(app.aws.code.unpack(function, archive).await?.into())
    }
}

impl Settings {
    /// The configuration with what the request changes of it.
    fn applied(self, to: Configuration) -> Result<Configuration, Fault> {
        let timeout_s = self.timeout.unwrap_or(to.timeout_s);
        if !(1..=TIMEOUT_MAX_S).contains(&timeout_s) {
            return Err(Fault::constraint(
                &timeout_s.to_string(),
                "timeout",
                "Member must have value less than or equal to 900",
            ));
        }
        Ok(Configuration {
            runtime: self.runtime.unwrap_or(to.runtime),
            role: self.role.unwrap_or(to.role),
            handler: self.handler.unwrap_or(to.handler),
            description: self.description.unwrap_or(to.description),
            timeout_s,
            memory_mib: self.memory_size.unwrap_or(to.memory_mib),
            environment: self.environment.map_or(to.environment, |stated| stated.variables),
            version: to.version,
            architectures: to.architectures,
            code: to.code,
            modified: to.modified,
            revision: to.revision,
        })
    }
}

/// Registers a function with the code in the request.
pub(super) async fn create(State(app): State<App>, request: Request) -> Response {
    sent(try_create(&app, request).await)
}

async fn try_create(app: &App, request: Request) -> Answer {
    let caller = Caller::of(request.headers());
    let request: Create = members(request).await?;
    let named = Named::parse(&request.function_name, None)?;
    let _change = app.aws.change().await;
    if FUNCTIONS.get::<Function>(app, &named.name).await?.is_some() {
        let message = format!("Function already exist: {}", named.name);
        return Err(Fault::new("ResourceConflictException", message).with_status(StatusCode::CONFLICT));
    }
    let code = request.code.unpack(app, &named.name).await?;
    let empty = Configuration {
        version: None,
        runtime: String::new(),
        handler: String::new(),
        role: String::new(),
        description: String::new(),
        timeout_s: TIMEOUT_DEFAULT_S,
        memory_mib: 128,
        environment: BTreeMap::new(),
        architectures: request.architectures.unwrap_or_else(|| vec!["x86_64".to_owned()]),
        code,
        modified: now(),
        revision: draw::uuid(),
    };
    let latest = request.settings.applied(empty)?;
    let mut function = Function {
        name: named.name.clone(),
        latest,
        versions: Vec::new(),
        last_version: 0,
        tags: request.tags,
        policy: Vec::new(),
    };
    register(app, &named, &function.latest).await?;
    let told = if request.publish {
        super::versions::published(app, &mut function, None).await?.told(&function.name, &caller)
    } else {
        function.latest.told(&function.name, &caller)
    };
    FUNCTIONS.put(app, &function.name, &function).await?;
    Ok((StatusCode::CREATED, told))
}

/// Tells the engine of a version of a function.
pub(super) async fn register(app: &App, named: &Named, configuration: &Configuration) -> Result<(), Fault> {
    let spec = Document(configuration.spec()?);
    app.command(Input::RegisterFunction { name: named.function(), spec }).await?;
    Ok(())
}

/// The function that a request names.
pub(super) async fn found(app: &App, named: &Named, caller: &Caller) -> Result<Function, Fault> {
    FUNCTIONS.get(app, &named.name).await?.ok_or_else(|| named.missing(caller))
}

/// A function: its configuration, and where its code is.
pub(super) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    let caller = Caller::of(request.headers());
    sent(try_get(&app, &name, &which, &caller).await.map(|(status, configuration, tags)| {
        let mut answer = json!({"Configuration": configuration, "Code": {"RepositoryType": "S3"}});
        if !tags.is_empty() {
            answer["Tags"] = json!(tags);
        }
        (status, answer)
    }))
}

/// The configuration of a function.
pub(super) async fn configuration(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    let caller = Caller::of(request.headers());
    let found = try_get(&app, &name, &which, &caller).await;
    sent(found.map(|(status, configuration, _)| (status, configuration)))
}

async fn try_get(
    app: &App,
    name: &str,
    which: &Which,
    caller: &Caller,
) -> Result<(StatusCode, Value, BTreeMap<String, String>), Fault> {
    let named = Named::parse(name, which.qualifier.as_deref())?;
    if let Some(function) = FUNCTIONS.get::<Function>(app, &named.name).await? {
        let told = function.configuration(&named, caller)?.told(&function.name, caller);
        return Ok((StatusCode::OK, told, function.tags));
    }
    let wanted = named.function();
    let foreign = app.node.ask(move |partition| {
        partition.functions().find(|(known, _)| **known == wanted).map(|(_, spec)| spec.clone())
    });
    let spec = foreign.await?.ok_or_else(|| named.missing(caller))?;
    Ok((StatusCode::OK, told_of_foreign(&named.name, &spec, caller), BTreeMap::new()))
}

/// Functions by name.
pub(super) async fn list(State(app): State<App>, Query(which): Query<Which>, request: Request) -> Response {
    sent(try_list(&app, &which, &Caller::of(request.headers())).await)
}

async fn try_list(app: &App, which: &Which, caller: &Caller) -> Answer {
    let functions: Vec<Function> = FUNCTIONS.all(app, String::new()).await?;
    let size = which.max_items.filter(|size| *size > 0).unwrap_or(50).min(10_000);
    let after = which.marker.clone().unwrap_or_default();
    let mut rest = functions.iter().filter(|function| function.name > after);
    let shown: Vec<&Function> = rest.by_ref().take(size).collect();
    let items: Vec<Value> =
        shown.iter().map(|function| function.latest.told(&function.name, caller)).collect();
    let mut answer = json!({"Functions": items});
    if let (Some(_), Some(last)) = (rest.next(), shown.last()) {
        answer["NextMarker"] = json!(last.name);
    }
    Ok((StatusCode::OK, answer))
}

/// Gives a function other code.
pub(super) async fn update_code(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    sent(try_update_code(&app, &name, request).await)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UpdateCode {
    publish: bool,
    dry_run: bool,
    #[serde(flatten)]
    code: Upload,
}

async fn try_update_code(app: &App, name: &str, request: Request) -> Answer {
    let caller = Caller::of(request.headers());
    let named = Named { version: None, ..Named::parse(name, None)? };
    let request: UpdateCode = members(request).await?;
    let _change = app.aws.change().await;
    let mut function = found(app, &named, &caller).await?;
    let code = request.code.unpack(app, &named.name).await?;
    let changed = Configuration { code, ..function.latest.clone() }.touched(now());
    if request.dry_run {
        return Ok((StatusCode::OK, changed.told(&function.name, &caller)));
    }
    function.latest = changed;
    register(app, &named, &function.latest).await?;
    if request.publish {
        super::versions::published(app, &mut function, None).await?;
    }
    FUNCTIONS.put(app, &function.name, &function).await?;
    Ok((StatusCode::OK, function.latest.told(&function.name, &caller)))
}

/// Gives a function other settings.
pub(super) async fn update_configuration(
    State(app): State<App>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    sent(try_update_configuration(&app, &name, request).await)
}

async fn try_update_configuration(app: &App, name: &str, request: Request) -> Answer {
    let caller = Caller::of(request.headers());
    let named = Named { version: None, ..Named::parse(name, None)? };
    let settings: Settings = members(request).await?;
    let _change = app.aws.change().await;
    let mut function = found(app, &named, &caller).await?;
    let changed = settings.applied(function.latest.clone())?.touched(now());
    register(app, &named, &changed).await?;
    function.latest = changed;
    FUNCTIONS.put(app, &function.name, &function).await?;
    Ok((StatusCode::OK, function.latest.told(&function.name, &caller)))
}

/// Deletes a function, or one version of it. Calls under way go on.
pub(super) async fn delete(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    let caller = Caller::of(request.headers());
    sent(try_delete(&app, &name, &which, &caller).await)
}

async fn try_delete(app: &App, name: &str, which: &Which, caller: &Caller) -> Answer {
    let named = Named::parse(name, which.qualifier.as_deref())?;
    let _change = app.aws.change().await;
    let mut function = found(app, &named, caller).await?;
    if named.version.is_some() {
        let number = function.configuration(&named, caller)?.version;
        function.versions.retain(|version| version.version != number);
        FUNCTIONS.put(app, &function.name, &function).await?;
        app.node.submit(Input::RemoveFunction { name: named.function() }).await?;
        return Ok((StatusCode::NO_CONTENT, Value::Null));
    }
    FUNCTIONS.forget(app, &function.name).await?;
    let versions = function.versions.iter().map(|version| version.version.map(|number| number.to_string()));
    for version in versions.chain([None]) {
        let gone: FunctionName = Named { version, ..named.clone() }.function();
        app.node.submit(Input::RemoveFunction { name: gone }).await?;
    }
    app.aws.code.remove(&function.name).await;
    Ok((StatusCode::NO_CONTENT, Value::Null))
}

/// No code is signed here.
pub(super) async fn code_signing(Path(name): Path<String>) -> Response {
    sent(Named::parse(&name, None).map(|named| (StatusCode::OK, json!({"FunctionName": named.name}))))
}

/// Tags of a function.
pub(super) async fn tags(State(app): State<App>, Path(arn): Path<String>, request: Request) -> Response {
    let caller = Caller::of(request.headers());
    let found = async {
        let function = found(&app, &Named::parse(&arn, None)?, &caller).await?;
        Ok((StatusCode::OK, json!({"Tags": function.tags})))
    };
    sent(found.await)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Tags {
    tags: BTreeMap<String, String>,
}

/// Attaches tags to a function.
pub(super) async fn add_tags(State(app): State<App>, Path(arn): Path<String>, request: Request) -> Response {
    let caller = Caller::of(request.headers());
    let added = async {
        let Tags { tags } = members(request).await?;
        change_tags(&app, &arn, &caller, |known| known.extend(tags)).await
    };
    sent(added.await)
}

/// Takes tags off a function.
pub(super) async fn remove_tags(
    State(app): State<App>,
    Path(arn): Path<String>,
    request: Request,
) -> Response {
    let caller = Caller::of(request.headers());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let keys = crate::aws::query::form::pairs(&query);
    let keys = keys.into_iter().filter(|(name, _)| name == "tagKeys").map(|(_, key)| key);
    let removed = change_tags(&app, &arn, &caller, |known| keys.for_each(|key| drop(known.remove(&key))));
    sent(removed.await)
}

async fn change_tags(
    app: &App,
    arn: &str,
    caller: &Caller,
    change: impl FnOnce(&mut BTreeMap<String, String>),
) -> Answer {
    let _change = app.aws.change().await;
    let mut function = found(app, &Named::parse(arn, None)?, caller).await?;
    change(&mut function.tags);
    FUNCTIONS.put(app, &function.name, &function).await?;
    Ok((StatusCode::NO_CONTENT, Value::Null))
}
