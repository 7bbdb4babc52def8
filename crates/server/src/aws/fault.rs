//! What goes wrong, in the shapes of AWS: a code, a message, a status.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use tidegate_node::{QueryError, SubmitError};

use super::draw;
use crate::Problem;
use crate::problem::{Kind, Told};

/// A request that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

/// An answer that has the shape it is to have: errors in it are not problems.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnShape;

impl Fault {
    /// The client's fault.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// A request that does not satisfy a constraint of its form.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// One member that does not satisfy a constraint.
    pub(crate) fn constraint(value: &str, member: &str, constraint: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// A fault of ours.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalFailure", message).with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// As AWS JSON 1.0 has errors.
    pub(crate) fn into_json(self) -> Response {
        let body = json!({"__type": self.code, "message": self.message});
        let mut response = json_response(self.status, body.to_string(), "application/x-amz-json-1.0");
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        response.extensions_mut().insert(Told(self.message));
        response
    }

    /// As the REST protocol of AWS Lambda has errors.
    pub(crate) fn into_rest(self) -> Response {
        let kind = if self.status.is_server_error() { "Server" } else { "User" };
        let body = json!({"Type": kind, "Message": self.message});
        let mut response = json_response(self.status, body.to_string(), "application/json");
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        response.extensions_mut().insert(Told(self.message));
        response
    }
}

/// An answer in JSON with the headers that all of AWS's answers have.
pub(crate) fn json_response(status: StatusCode, body: String, media_type: &'static str) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    marked(response)
}

/// The same answer, as one of AWS's.
pub(crate) fn marked(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(draw::uuid()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response.extensions_mut().insert(OwnShape);
    response
}

impl From<SubmitError> for Fault {
    fn from(error: SubmitError) -> Self {
        Problem::from(error).into()
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        Problem::from(error).into()
    }
}

/// What no operation has a code of its own for.
impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let message = problem.detail().to_owned();
        match problem.kind() {
            Kind::Full | Kind::Stopping => {
                Self::new("ServiceUnavailable", message).with_status(StatusCode::SERVICE_UNAVAILABLE)
            }
            Kind::NoSpace | Kind::Storage | Kind::Internal => Self::internal(message),
            Kind::NotFound | Kind::Gone => Self::new("ResourceNotFound", message),
            Kind::Conflict => Self::new("ConflictException", message),
            Kind::NotAllowed => Self::new("AccessDeniedException", message),
            Kind::MalformedRequest
            | Kind::InvalidEvent
            | Kind::InvalidWorkflow
            | Kind::InvalidInput
            | Kind::Invalid
            | Kind::MethodNotAllowed
            | Kind::TooLarge
            | Kind::UnsupportedMediaType
            | Kind::WrongHost => Self::validation(message),
        }
    }
}
