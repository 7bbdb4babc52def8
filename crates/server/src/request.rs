//! Taking requests apart: paths, queries, media types and bodies, each with a problem for what is wrong.

use std::time::Duration;

use axum::RequestPartsExt as _;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tidegate_json::{RawJson, Value};
use tidegate_languages::source::{Document, Source};
use tidegate_model::event::Data;

use crate::Problem;
use crate::problem::Kind;

/// Most bytes of a document that is not an event or an input: a workflow, a function, a trigger.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 8 << 20;

/// Bytes from which on a body is read aside, so that others on the same thread need not wait for it.
const BYTES_READ_IN_LINE_MAX: usize = 1 << 20;

/// What is read of a body that is too large, before the connection is cut.
const DRAIN_BYTES_MAX: u64 = 1 << 30;

/// For how long.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);

/// What a path names. Something that cannot be a name or an id is not there.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send + 'static> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extract::<axum::extract::Path<T>>().await {
            Ok(axum::extract::Path(named)) => Ok(Self(named)),
            Err(rejection) => {
                let path = parts.uri.path();
                let detail = match said_of_path(&rejection) {
                    Some(reason) => format!("there is nothing at `{path}`: {reason}"),
                    None => format!("there is nothing at `{path}`"),
                };
                Err(Problem::new(Kind::NotFound, detail))
            }
        }
    }
}

/// What an id or a name says of itself when it is not of its form; `None` where only a number was expected.
fn said_of_path(rejection: &PathRejection) -> Option<String> {
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else { return None };
    match failed.kind() {
        ErrorKind::Message(message) | ErrorKind::DeserializeError { message, .. } => Some(message.clone()),
        _ => None,
    }
}

/// What a query says. A parameter that is not known is a mistake.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(said)) => Ok(Self(said)),
            Err(rejection) => {
                let detail = format!("the query cannot be read: {}", cause(&rejection));
                Err(Problem::new(Kind::MalformedRequest, detail))
            }
        }
    }
}

/// The innermost message of an error: the outer ones only say that a path or a query cannot be read.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// The media type of the body, without parameters and in lower case; empty where none is stated.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether the client would rather have `media_type` than JSON: it names it and does not name JSON first.
pub(crate) fn prefers(headers: &HeaderMap, media_type: &str) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |wanted: &str| accepted.split(',').position(|range| range.trim().starts_with(wanted));
    match (place(media_type), place("application/json")) {
        (Some(wanted), Some(json)) => wanted < json,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The whole body, of at most `limit_bytes`.
///
/// A body that says that it is longer is not kept, but read for a while: a client that sends all before it listens
/// would see a broken connection instead of the answer.
pub(crate) async fn body(request: Request, limit_bytes: usize) -> Result<Bytes, Problem> {
    let too_large = |size: Option<u64>| {
        let size = size.map_or_else(|| "the body is".to_owned(), |size| format!("{size} bytes are"));
        Problem::new(Kind::TooLarge, format!("{size} above the limit of {limit_bytes} bytes"))
            .with("limit_bytes", limit_bytes)
    };
    let stated = request.headers().get(header::CONTENT_LENGTH);
    let stated: Option<u64> = stated.and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(stated) = stated.filter(|stated| *stated > limit_bytes as u64) {
        // A client that asks before it sends has its answer.
        if stated <= DRAIN_BYTES_MAX && !request.headers().contains_key(header::EXPECT) {
            tokio::spawn(tokio::time::timeout(DRAIN_TIME_MAX, drain(request.into_body())));
        }
        return Err(too_large(Some(stated)));
    }
    match Limited::new(request.into_body(), limit_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(None)),
        Err(error) => {
            Err(Problem::new(Kind::MalformedRequest, format!("the body cannot be read to its end: {error}")))
        }
    }
}

async fn drain(mut body: axum::body::Body) {
    while let Some(Ok(_)) = body.frame().await {}
}

/// Does `read` with the body: aside, where it is long.
pub(crate) async fn reading<T: Send + 'static>(
    body: Bytes,
    read: impl FnOnce(&Bytes) -> T + Send + 'static,
) -> Result<T, Problem> {
    if body.len() <= BYTES_READ_IN_LINE_MAX {
        return Ok(read(&body));
    }
    let read = tokio::task::spawn_blocking(move || read(&body)).await;
    read.map_err(|error| Problem::new(Kind::Internal, format!("the body could not be read: {error}")))
}

/// The body as JSON data; no body is `null`.
pub(crate) async fn json_data(request: Request, limit_bytes: usize) -> Result<Data, Problem> {
    expect_json(request.headers())?;
    let body = body(request, limit_bytes).await?;
    if body.is_empty() {
        return Ok(Data::Json(RawJson::default()));
    }
    let read = reading(body, |body| {
        let text = text(body)?;
        RawJson::parse(text).map(Data::Json).map_err(|error| Problem::of_json(&error))
    });
    read.await?
}

/// The body as a JSON document of the form of `T`.
pub(crate) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    expect_json(request.headers())?;
    let body = body(request, DOCUMENT_BYTES_MAX).await?;
    let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    serde_json::from_slice(&body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
        Problem::new(Kind::MalformedRequest, format!("the body is not what was expected: {message}"))
            .with("line", line)
            .with("column", column)
    })
}

fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    let media_type = media_type(headers);
    if media_type.is_empty() || tidegate_model::cloudevents::is_json(&media_type) {
        return Ok(());
    }
    Err(unsupported(&media_type, "send JSON as `application/json`"))
}

/// The body as text of a document in YAML or JSON.
pub(crate) async fn document_text(request: Request) -> Result<(String, Notation), Problem> {
    let media_type = media_type(request.headers());
    let notation = match media_type.as_str() {
        "application/json" | "text/json" => Notation::Json,
        "" | "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" | "text/plain" => {
            Notation::Yaml
        }
        other => {
            return Err(unsupported(other, "send the file as `application/yaml` or `application/json`"));
        }
    };
    let body = body(request, DOCUMENT_BYTES_MAX).await?;
    Ok((text(&body)?.to_owned(), notation))
}

/// The notation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    Yaml,
    Json,
}

impl Notation {
    /// What to call a file of that notation which people call `name`.
    pub(crate) fn file_name(self, name: &str) -> String {
        match self {
            Self::Yaml => format!("{name}.yaml"),
            Self::Json => format!("{name}.json"),
        }
    }
}

/// The body as a document in YAML or JSON.
pub(crate) async fn document(request: Request, name: &str) -> Result<Value, Problem> {
    let (text, notation) = document_text(request).await?;
    let (document, diagnostics) = Document::read(&Source::new(&notation.file_name(name), &text));
    let document = document.ok_or_else(|| Problem::of_diagnostics(Kind::MalformedRequest, &diagnostics))?;
    Ok(document.root.to_value())
}

fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8 from byte {} on", error.valid_up_to());
        Problem::new(Kind::MalformedRequest, detail)
    })
}

pub(crate) fn unsupported(media_type: &str, help: &str) -> Problem {
    let stated = if media_type.is_empty() {
        "the request states no media type".to_owned()
    } else {
        format!("`{media_type}` is not read here")
    };
    Problem::new(Kind::UnsupportedMediaType, stated).help(help)
}
