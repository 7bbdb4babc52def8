//! Calls in AWS JSON 1.0: the operation in a header, its members in the body.

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::caller::Caller;
use super::fault::{Fault, json_response};
use super::states;
use crate::{App, request};

/// The header that names the operation.
pub(crate) const TARGET: &str = "x-amz-target";

/// What a definition and the like may need beyond the largest input.
const OVERHEAD_BYTES_MAX: usize = 2 << 20;

/// One call of an operation.
pub(crate) struct Call {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    body: Bytes,
}

/// What an operation answers: its members.
pub(crate) type Answer = Result<Value, Fault>;

pub(crate) async fn answer(app: App, request: Request) -> Response {
    match carry_out(app, request).await {
        Ok(members) => json_response(StatusCode::OK, members.to_string(), "application/x-amz-json-1.0"),
        Err(fault) => fault.into_json(),
    }
}

async fn carry_out(app: App, request: Request) -> Answer {
    let target = request.headers().get(TARGET).and_then(|target| target.to_str().ok()).unwrap_or_default();
    let Some(operation) = target.strip_prefix("AWSStepFunctions.").map(str::to_owned) else {
        return Err(Fault::new(
            "UnknownOperationException",
            format!("there is no operation `{target}` here"),
        ));
    };
    let caller = Caller::of(request.headers());
    let limit = app.node.limits().max_bytes.saturating_mul(2).saturating_add(OVERHEAD_BYTES_MAX);
    let body = request::body(request, limit).await?;
    states::carry_out(&operation, Call { app, caller, body }).await
}

impl Call {
    /// The members of the call.
    pub(crate) fn members<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| Fault::new("SerializationException", error.to_string()))
    }
}

/// A member that every call has.
pub(crate) fn required<T>(member: Option<T>, name: &str) -> Result<T, Fault> {
    member.ok_or_else(|| {
        Fault::validation(format!(
            "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// A point in time as AWS JSON has it: seconds since 1970, with a fraction.
pub(crate) fn seconds(at: tidegate_model::Timestamp) -> Value {
    Value::from(at.0 as f64 / 1000.0)
}
