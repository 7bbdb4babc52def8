//! Problems: what goes wrong, as `application/problem+json` (RFC 9457).
//!
//! Every answer with a status from 400 on is one. Its `type` names a section of `docs/problems.md`.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use tidegate_engine::{InvalidInput, Refusal};
use tidegate_json::ParseError;
use tidegate_languages::Diagnostic;
use tidegate_model::cloudevents::{EventError, Place};
use tidegate_node::{QueryError, SubmitError};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Somebody has to make room first.
const NO_SPACE_RETRY_AFTER: Duration = Duration::from_secs(10);

/// A request that was not carried out, and why.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    /// Members beyond those that every problem has.
    members: Map<String, Value>,
    retry_after: Option<Duration>,
    allow: Option<HeaderValue>,
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is not of the form that was expected.
    MalformedRequest,
    /// What was sent is no CloudEvent.
    InvalidEvent,
    /// What was sent is no workflow.
    InvalidWorkflow,
    /// The input is not what the workflow takes.
    InvalidInput,
    /// It can be read but not be done as it is.
    Invalid,
    /// The request may not do that from where it comes.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// There was such a thing, and it is no longer kept.
    Gone,
    /// There is such a thing, but it takes other methods.
    MethodNotAllowed,
    /// The thing is not in a state in which that can be done.
    Conflict,
    /// There is too much of it.
    TooLarge,
    /// It is of a media type that is not read here.
    UnsupportedMediaType,
    /// The request is for another host.
    WrongHost,
    /// Too much waits already.
    Full,
    /// The server is stopping.
    Stopping,
    /// The disk is full.
    NoSpace,
    /// The disk refused.
    Storage,
    /// A fault of Tidegate.
    Internal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::MalformedRequest,
        Self::InvalidEvent,
        Self::InvalidWorkflow,
        Self::InvalidInput,
        Self::Invalid,
        Self::NotAllowed,
        Self::NotFound,
        Self::Gone,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::WrongHost,
        Self::Full,
        Self::Stopping,
        Self::NoSpace,
        Self::Storage,
        Self::Internal,
    ];

    /// Its name in the `type`, its status and its title.
    #[must_use]
    pub fn facts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::MalformedRequest => {
                ("malformed-request", StatusCode::BAD_REQUEST, "the request is malformed")
            }
            Self::InvalidEvent => ("invalid-event", StatusCode::BAD_REQUEST, "this is no CloudEvent"),
            Self::InvalidWorkflow => {
                ("invalid-workflow", StatusCode::UNPROCESSABLE_ENTITY, "the workflow has mistakes")
            }
            Self::InvalidInput => {
                ("invalid-input", StatusCode::BAD_REQUEST, "the input is not what the workflow takes")
            }
            Self::Invalid => ("invalid", StatusCode::UNPROCESSABLE_ENTITY, "it cannot be done as it is"),
            Self::NotAllowed => ("not-allowed", StatusCode::FORBIDDEN, "that is not allowed from there"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "there is no such thing"),
            Self::Gone => ("gone", StatusCode::GONE, "it is no longer kept"),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "the method is not one of this resource",
            ),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "its state does not allow that"),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "it is too large"),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the media type is not read here",
            ),
            Self::WrongHost => {
                ("wrong-host", StatusCode::MISDIRECTED_REQUEST, "the request is for another host")
            }
            Self::Full => ("full", StatusCode::SERVICE_UNAVAILABLE, "too much waits already"),
            Self::Stopping => ("stopping", StatusCode::SERVICE_UNAVAILABLE, "the server is stopping"),
            Self::NoSpace => ("no-space", StatusCode::INSUFFICIENT_STORAGE, "the disk is full"),
            Self::Storage => ("storage", StatusCode::INTERNAL_SERVER_ERROR, "the storage failed"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "a fault of Tidegate"),
        }
    }
}

/// What is told of an answer that is a problem, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) String);

impl Problem {
    /// A problem with this one request.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), members: Map::new(), retry_after: None, allow: None }
    }

    /// There is no such thing.
    pub fn not_found(kind: &str, name: impl std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, format!("there is no {kind} `{name}`"))
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What is wrong with this request.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same with another member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The same with the way out.
    #[must_use]
    pub fn help(self, help: &str) -> Self {
        self.with("help", help)
    }

    /// The same with the methods that the resource takes.
    #[must_use]
    pub(crate) fn allow(mut self, methods: Option<HeaderValue>) -> Self {
        self.allow = methods;
        self
    }

    /// The mistakes in a file; the first one's place is the problem's.
    #[must_use]
    pub fn of_diagnostics(kind: Kind, diagnostics: &[Diagnostic]) -> Self {
        let first = diagnostics.first();
        let detail = match (first, diagnostics.len()) {
            (Some(first), 1) => first.message.clone(),
            (Some(first), count) => format!("{}; and {} more", first.message, count - 1),
            (None, _) => "it could not be read".to_owned(),
        };
        let mut problem = Self::new(kind, detail);
        if let Some(place) = first.and_then(|first| first.place) {
            problem = problem.with("line", place.line).with("column", place.column);
        }
        if let Some(pointer) = first.and_then(|first| first.pointer.clone()) {
            problem = problem.with("pointer", pointer);
        }
        problem.with("errors", diagnostics_json(diagnostics))
    }

    /// The mistakes in the input of a run; the first one's place is the problem's.
    #[must_use]
    pub fn of_input(invalid: &InvalidInput) -> Self {
        let detail = match invalid.0.as_slice() {
            [only] => only.to_string(),
            [first, others @ ..] => format!("{first}; and {} more", others.len()),
            [] => "it is not what the workflow takes".to_owned(),
        };
        let mistakes = invalid.0.iter();
        let errors: Vec<Value> =
            mistakes.map(|mistake| json!({"pointer": mistake.pointer, "message": mistake.message})).collect();
        let pointer = invalid.0.first().map(|first| first.pointer.clone()).unwrap_or_default();
        Self::new(Kind::InvalidInput, detail).with("pointer", pointer).with("errors", errors)
    }

    /// A JSON text that is none.
    #[must_use]
    pub fn of_json(error: &ParseError) -> Self {
        Self::new(Kind::MalformedRequest, format!("the body is not JSON: {}", error.message))
            .with("line", error.line)
            .with("column", error.column)
    }

    fn document(&self) -> Value {
        let (name, status, title) = self.kind.facts();
        let mut document = json!({
            "type": format!("/problems/{name}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail,
        });
        if let Some(object) = document.as_object_mut() {
            object.extend(self.members.clone());
        }
        document
    }
}

/// Diagnostics as they stand in answers.
pub(crate) fn diagnostics_json(diagnostics: &[Diagnostic]) -> Value {
    let documents = diagnostics.iter().map(|found| {
        serde_json::to_value(found.to_json()).expect("a JSON value of ours is one of serde_json's")
    });
    documents.collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, status, _) = self.kind.facts();
        let mut response = (status, self.document().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(retry_after) = self.retry_after {
            // In whole seconds; 0 would have clients come back at once.
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, allow);
        }
        response.extensions_mut().insert(Told(self.detail));
        response
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Full { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Kind::Full, detail) }
            }
            SubmitError::TooLarge { limit_bytes, .. } => {
                Self::new(Kind::TooLarge, detail).with("limit_bytes", limit_bytes)
            }
            SubmitError::Stopping => {
                Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(Kind::Stopping, detail) }
            }
            SubmitError::NoSpace(_) => Self {
                retry_after: Some(NO_SPACE_RETRY_AFTER),
                ..Self::new(Kind::NoSpace, detail).help(
                    "free some space on that disk, then send it again; nothing of it was taken, and the server needs no restart",
                )
            },
            SubmitError::Storage(_) => Self::new(Kind::Storage, detail),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let detail = error.to_string();
        match error {
            QueryError::NotFound { .. } | QueryError::Malformed { .. } => Self::new(Kind::NotFound, detail),
            QueryError::Gone { until, .. } => {
                let problem = Self::new(Kind::Gone, detail)
                    .help("ended runs are kept for as long as `tidegate dev --retain-runs` says");
                match until {
                    Some(until) => problem.with("kept_until", until.to_string()),
                    None => problem,
                }
            }
            QueryError::Store(cause) => Self::new(Kind::Storage, format!("{detail}: {cause}")),
            QueryError::Damaged(_) => Self::new(Kind::Storage, detail),
            QueryError::Unavailable(_) => Self::new(Kind::Stopping, detail),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::NotFound { .. } => Kind::NotFound,
            Refusal::Conflict(_) => Kind::Conflict,
            Refusal::Invalid(_) => Kind::Invalid,
            Refusal::InvalidInput(invalid) => return Self::of_input(invalid),
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        let detail = error.to_string();
        match error {
            EventError::Syntax(cause) => {
                Self::new(Kind::InvalidEvent, format!("{detail}: {}", cause.message))
                    .with("line", cause.line)
                    .with("column", cause.column)
            }
            EventError::Encoding { .. } => Self::new(Kind::InvalidEvent, detail),
            EventError::TooMany { limit } => Self::new(Kind::TooLarge, detail).with("limit_events", limit),
            EventError::Invalid { place, .. } => {
                let problem = Self::new(Kind::InvalidEvent, detail);
                match place {
                    Place::Text { index, pointer, line, column } => {
                        let problem =
                            problem.with("pointer", pointer).with("line", line).with("column", column);
                        index.map_or(problem.clone(), |index| problem.with("event", index))
                    }
                    Place::Header(name) => problem.with("header", name),
                    Place::Body => problem,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_explained() {
        let page = include_str!("../../../docs/problems.md");
        for kind in Kind::ALL {
            let (name, status, title) = kind.facts();
            assert!(page.contains(&format!("\n## {name}\n")), "docs/problems.md has no section `{name}`");
            assert!(
                page.contains(&format!("{}, “{title}”", status.as_u16())),
                "`{name}`: status or title differ"
            );
        }
    }
}
