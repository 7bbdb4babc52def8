//! What a task asks for: functions, activities and service integrations, by their ARNs.
//!
//! Source: Step Functions developer guide, "Integrating services". An integration is refused where AWS's list of it
//! is closed; of services that AWS adds actions to, any action is accepted.

use super::finding::Checking;
use super::problem::{BadResource, BadShape};
use super::spot::Spot;
use super::state::State;
use super::value::{self, is_placeholder};
use super::vocabulary::{QueryLanguage, WorkflowType};

/// Which of the ways to wait an integration has, besides asking and getting an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waits {
    /// `.sync`: until the job ends.
    job: bool,
    /// `.sync:2`: until the job ends, whose output is JSON.
    json_job: bool,
    /// `.waitForTaskToken`: until somebody sends the token back.
    token: bool,
}

const ASKS: Waits = Waits { job: false, json_job: false, token: false };
const JOBS: Waits = Waits { job: true, ..ASKS };
const TOKENS: Waits = Waits { token: true, ..ASKS };
const BOTH: Waits = Waits { job: true, token: true, ..ASKS };

/// A service and what can be asked of it; `None` where more is added from time to time.
struct Service {
    name: &'static str,
    actions: Option<&'static [&'static str]>,
    waits: Waits,
}

const fn service(name: &'static str, actions: Option<&'static [&'static str]>, waits: Waits) -> Service {
    Service { name, actions, waits }
}

const SERVICES: &[Service] = &[
    service("apigateway", Some(&["invoke"]), TOKENS),
    service("athena", None, JOBS),
    service("batch", Some(&["submitJob"]), JOBS),
    service("bedrock", None, BOTH),
    service("bedrock-agentcore", None, ASKS),
    service("codebuild", None, JOBS),
    service("databrew", None, JOBS),
    service("dynamodb", Some(&["getItem", "putItem", "updateItem", "deleteItem"]), ASKS),
    service("ecs", Some(&["runTask"]), BOTH),
    service("eks", None, BOTH),
    service("elasticmapreduce", None, JOBS),
    service("emr-containers", None, JOBS),
    service("emr-serverless", None, JOBS),
    service("events", Some(&["putEvents"]), TOKENS),
    service("glue", None, JOBS),
    service("http", Some(&["invoke"]), TOKENS),
    service("lambda", Some(&["invoke"]), TOKENS),
    service("mediaconvert", None, JOBS),
    service("sagemaker", None, JOBS),
    service("sns", Some(&["publish"]), TOKENS),
    service("sqs", Some(&["sendMessage"]), TOKENS),
    service("states", Some(&["startExecution"]), Waits { job: true, json_job: true, token: true }),
];

/// Fields without which AWS refuses a request, by service and action.
const NEEDED: &[(&str, &str, &[&str])] = &[
    ("lambda", "invoke", &["FunctionName"]),
    ("sqs", "sendMessage", &["QueueUrl", "MessageBody"]),
    ("sns", "publish", &["Message"]),
    ("dynamodb", "putItem", &["TableName", "Item"]),
    ("dynamodb", "getItem", &["TableName", "Key"]),
    ("states", "startExecution", &["StateMachineArn"]),
    ("events", "putEvents", &["Entries"]),
    ("ecs", "runTask", &["TaskDefinition"]),
    ("glue", "startJobRun", &["JobName"]),
];

const PATTERNS: [&str; 3] = [".sync:2", ".sync", ".waitForTaskToken"];

/// What a distributed map reads from or writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Reader,
    Writer,
}

impl Store {
    pub(super) fn resources(self) -> &'static [&'static str] {
        match self {
            Self::Reader => &["arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"],
            Self::Writer => &["arn:aws:states:::s3:putObject"],
        }
    }

    pub(super) fn knows(self, resource: &str) -> bool {
        // The partition, `aws`, differs from one part of the cloud to another.
        let end = |arn: &str| arn.splitn(3, ':').nth(2).map(str::to_owned);
        is_placeholder(resource) || self.resources().iter().any(|known| end(known) == end(resource))
    }
}

/// An integration: `arn:PARTITION:states:::SERVICE:ACTION` and how to wait.
struct Integration<'a> {
    service: &'a str,
    action: &'a str,
    pattern: &'a str,
}

/// Reports what is wrong with the `Resource` that is `spot`, and with the request where it is an integration.
pub(super) fn check(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    let Some(arn) = value::text(spot, to) else { return };
    if is_placeholder(arn) {
        return;
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "states", "", "", rest] => match integration(rest) {
            Some(integration) => check_integration(spot, arn, &integration, state, to),
            None => unknown(spot, arn, to),
        },
        ["arn", _, "states", _, _, rest] if rest.starts_with("activity:") => activity(spot, state, to),
        ["arn", partition, service, _, _, rest]
            if !partition.is_empty() && !service.is_empty() && !rest.is_empty() => {}
        _ => to.add_at(BadResource::NotAnArn { found: arn.to_owned() }, spot),
    }
}

fn activity(spot: &Spot<'_>, state: &State<'_>, to: &mut Checking<'_>) {
    if to.workflow == WorkflowType::Express {
        to.add_at(BadResource::ExpressActivity, spot);
    }
    if let Some(credentials) = state.spot.field("Credentials") {
        to.add_at_key(BadResource::CredentialsOnActivity, &credentials);
    }
}

fn integration(rest: &str) -> Option<Integration<'_>> {
    let (service, call) = match rest.strip_prefix("aws-sdk:") {
        Some(sdk) => {
            let at = "aws-sdk:".len() + sdk.find(':')?;
            (&rest[..at], &rest[at + 1..])
        }
        None => rest.split_once(':')?,
    };
    let pattern = PATTERNS.into_iter().find(|pattern| call.ends_with(pattern)).unwrap_or_default();
    let action = &call[..call.len() - pattern.len()];
    (!action.is_empty()).then_some(Integration { service, action, pattern: &call[action.len()..] })
}

fn check_integration(
    spot: &Spot<'_>,
    arn: &str,
    integration: &Integration<'_>,
    state: &State<'_>,
    to: &mut Checking<'_>,
) {
    if to.workflow == WorkflowType::Express && !integration.pattern.is_empty() {
        let is_token = integration.pattern == ".waitForTaskToken";
        let pattern = if is_token { ".waitForTaskToken" } else { ".sync" };
        to.add_at(BadResource::ExpressPattern { pattern }, spot);
        return;
    }
    if !is_known(integration) {
        return unknown(spot, arn, to);
    }
    let field = match state.language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    match state.spot.field(field) {
        None => {
            // A request in the field of the other language is told as just that.
            if !state.spot.has("Parameters") && !state.spot.has("Arguments") {
                to.add_at(BadResource::NoRequest { field, resource: arn.to_owned() }, spot);
            }
        }
        Some(request) => check_request(&request, integration, to),
    }
}

fn is_known(integration: &Integration<'_>) -> bool {
    let waits = if integration.service.starts_with("aws-sdk:") {
        TOKENS
    } else {
        let Some(service) = SERVICES.iter().find(|service| service.name == integration.service) else {
            return false;
        };
        if service.actions.is_some_and(|actions| !actions.contains(&integration.action)) {
            return false;
        }
        service.waits
    };
    match integration.pattern {
        ".sync" => waits.job,
        ".sync:2" => waits.json_job,
        ".waitForTaskToken" => waits.token,
        _ => true,
    }
}

fn check_request(request: &Spot<'_>, integration: &Integration<'_>, to: &mut Checking<'_>) {
    if request.node.as_mapping().is_none() {
        return;
    }
    let needed = NEEDED
        .iter()
        .find(|(service, action, _)| *service == integration.service && *action == integration.action);
    for field in needed.map_or(&[][..], |(_, _, fields)| fields) {
        if !request.has(field) && !request.has(&format!("{field}.$")) {
            let because = format!("{}:{} needs", integration.service, integration.action);
            to.add_at_key(BadShape::RequiredHere { field: (*field).to_owned(), because }, request);
        }
    }
}

fn unknown(spot: &Spot<'_>, arn: &str, to: &mut Checking<'_>) {
    let known: Vec<String> = SERVICES
        .iter()
        .flat_map(|service| {
            let actions = service.actions.unwrap_or_default();
            actions.iter().map(|action| format!("arn:aws:states:::{}:{action}", service.name))
        })
        .collect();
    // Whoever asked for a way to wait that there is not is told so by the list of ways.
    let plain = PATTERNS.iter().find_map(|pattern| arn.strip_suffix(pattern)).unwrap_or(arn);
    let near = to.nearest(plain, known.iter().map(String::as_str));
    to.add_at(BadResource::Unknown { resource: arn.to_owned(), near }, spot);
}
