//! Policies of functions. They are kept for those who ask for them, and decide nothing.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::functions::{found, members};
use super::name::Named;
use super::record::FUNCTIONS;
use super::{Answer, sent};
use crate::App;
use crate::aws::caller::Caller;
use crate::aws::fault::Fault;

/// Adds a statement.
pub(super) async fn add(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    sent(try_add(&app, &name, request).await)
}

async fn try_add(app: &App, name: &str, request: Request) -> Answer {
    let caller = Caller::of(request.headers());
    let named = Named::parse(name, None)?;
    let members: Value = members(request).await?;
    let _change = app.aws.change().await;
    let mut function = found(app, &named, &caller).await?;
    let id = members.get("StatementId").cloned().unwrap_or_default();
    if function.policy.iter().any(|known| known["Sid"] == id) {
        let message =
            format!("The statement id ({}) provided already exists.", id.as_str().unwrap_or_default());
        return Err(Fault::new("ResourceConflictException", message).with_status(StatusCode::CONFLICT));
    }
    let principal = members.get("Principal").cloned().unwrap_or_default();
    let is_service = principal.as_str().is_some_and(|name| name.ends_with(".amazonaws.com"));
    let mut statement = json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": if is_service { json!({"Service": principal}) } else { json!({"AWS": principal}) },
        "Action": members.get("Action").cloned().unwrap_or_default(),
        "Resource": named.arn(&caller),
    });
    if let Some(source) = members.get("SourceArn") {
        statement["Condition"] = json!({"ArnLike": {"AWS:SourceArn": source}});
    }
    function.policy.push(statement.clone());
    FUNCTIONS.put(app, &function.name, &function).await?;
    Ok((StatusCode::CREATED, json!({"Statement": statement.to_string()})))
}

/// All statements.
pub(super) async fn policy(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    let caller = Caller::of(request.headers());
    let found = async {
        let function = found(&app, &Named::parse(&name, None)?, &caller).await?;
        if function.policy.is_empty() {
            return Err(missing());
        }
        let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": function.policy});
        let revision = function.latest.revision;
        Ok((StatusCode::OK, json!({"Policy": policy.to_string(), "RevisionId": revision})))
    };
    sent(found.await)
}

/// Takes a statement away.
pub(super) async fn remove(
    State(app): State<App>,
    Path((name, statement)): Path<(String, String)>,
    request: Request,
) -> Response {
    let caller = Caller::of(request.headers());
    let removed = async {
        let named = Named::parse(&name, None)?;
        let _change = app.aws.change().await;
        let mut function = found(&app, &named, &caller).await?;
        let known = function.policy.len();
        function.policy.retain(|known| known["Sid"] != statement.as_str());
        if function.policy.len() == known {
            return Err(missing());
        }
        FUNCTIONS.put(&app, &function.name, &function).await?;
        Ok((StatusCode::NO_CONTENT, Value::Null))
    };
    sent(removed.await)
}

fn missing() -> Fault {
    Fault::new("ResourceNotFoundException", "The resource you requested does not exist.")
        .with_status(StatusCode::NOT_FOUND)
}
