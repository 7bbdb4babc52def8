//! Events in, and what became of them.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tidegate_model::cloudevents::{self, EventError};
use tidegate_model::{Address, Event, Offset, RunId};
use tidegate_node::{Accepted, EventView};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Kind;
use crate::request::{self, Path, Query};
use crate::{App, Problem, schemas};

/// Most dead letters in one answer.
const DEAD_LETTERS_MAX: usize = 1000;

/// To whom events are.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Destination {
    /// The run whose triggers they are for. Without it, they are for every trigger that listens to the world.
    #[param(value_type = Option<String>, example = "r12")]
    run: Option<RunId>,
}

/// Events that are in the journal, on disk.
#[derive(Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// Ledger id of each event, in the order in which they were sent; of a duplicate, that of its first arrival.
    ids: Vec<u64>,
    /// Which of them, counted from 0, had arrived before: the same `source` and `id`. They changed nothing.
    duplicates: Vec<usize>,
    /// Which of them, counted from 0, nothing can be done with, as the run they are for has ended meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<usize>,
}

/// Publish events
///
/// One CloudEvent in binary or structured mode, or a batch. The answer comes once all are durable.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    params(Destination),
    request_body(
        description = "Binary mode: the data, with the attributes in `ce-` headers. Structured mode: an event in \
            the JSON event format. Batched mode: a list of at most 10000 of them.",
        content((serde_json::Value = "application/cloudevents+json"), (Vec<serde_json::Value> = "application/cloudevents-batch+json"), (Vec<u8> = "application/octet-stream"), (serde_json::Value = "application/json"))
    ),
    responses((status = 202, description = "The events are durable.", body = Receipt))
)]
pub(crate) async fn publish(
    State(app): State<App>,
    Query(destination): Query<Destination>,
    request: Request,
) -> Result<Response, Problem> {
    let mode = Mode::of(request.headers())?;
    let limit_bytes = app.node.limits().max_bytes;
    let headers = if mode == Mode::Binary { request.headers().clone() } else { HeaderMap::new() };
    let body = request::body(request, limit_bytes).await?;
    let events = request::reading(body, move |body| mode.read(&headers, body)).await??;
    let to = destination.run.map_or(Address::World, Address::Run);
    let is_single = events.len() == 1 && mode != Mode::Batched;
    let accepted = app.node.publish(events, to).await?;
    let receipt = receipt(accepted)?;
    let place = receipt.ids.first().filter(|_| is_single).map(|id| format!("/v1/events/{id}"));
    let mut response = (StatusCode::ACCEPTED, Json(receipt)).into_response();
    if let Some(place) = place.and_then(|place| place.parse().ok()) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn receipt(accepted: Vec<Accepted>) -> Result<Receipt, Problem> {
    let mut receipt =
        Receipt { ids: Vec::with_capacity(accepted.len()), duplicates: Vec::new(), refused: Vec::new() };
    let count = accepted.len();
    for (index, event) in accepted.into_iter().enumerate() {
        receipt.ids.push(event.duplicate_of.unwrap_or(event.offset).0);
        if event.duplicate_of.is_some() {
            receipt.duplicates.push(index);
        }
        if let Some(refusal) = event.refused {
            receipt.refused.push(index);
            if receipt.refused.len() == count {
                return Err(refusal.into());
            }
        }
    }
    Ok(receipt)
}

/// The content modes of the HTTP binding (CloudEvents 1.0.2, HTTP binding, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Binary,
    Structured,
    Batched,
}

impl Mode {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let media_type = request::media_type(headers);
        match media_type.as_str() {
            cloudevents::STRUCTURED => Ok(Self::Structured),
            cloudevents::BATCH => Ok(Self::Batched),
            other if other.starts_with("application/cloudevents") => Err(unsupported(other)),
            _ if headers.keys().any(|name| name.as_str().starts_with("ce-")) => Ok(Self::Binary),
            other => Err(unsupported(other)),
        }
    }

    fn read(self, headers: &HeaderMap, body: &Bytes) -> Result<Vec<Event>, Problem> {
        match self {
            Self::Structured => Ok(vec![cloudevents::parse(body)?]),
            Self::Batched => Ok(cloudevents::parse_batch(body)?),
            Self::Binary => binary(headers, body),
        }
    }
}

fn binary(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Event>, Problem> {
    let mut attributes = Vec::new();
    for (name, value) in headers {
        if name.as_str().starts_with("ce-") {
            let value = std::str::from_utf8(value.as_bytes())
                .map_err(|error| Problem::from(EventError::Encoding { offset: error.valid_up_to() }))?;
            attributes.push((name.as_str(), value));
        }
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(vec![cloudevents::parse_binary(attributes, content_type, body)?])
}

fn unsupported(media_type: &str) -> Problem {
    request::unsupported(
        media_type,
        "send one event as `application/cloudevents+json`, a list as `application/cloudevents-batch+json`, or the \
         data of one with its attributes in the headers `ce-specversion`, `ce-id`, `ce-source` and `ce-type`",
    )
}

/// An event, and what became of it at every trigger
#[utoipa::path(
    get,
    path = "/v1/events/{id}",
    tag = "events",
    params(("id" = u64, Path, description = "Its ledger id, as the receipt tells it.")),
    responses((status = 200, description = "The event.", body = schemas::Event))
)]
pub(crate) async fn one(State(app): State<App>, Path(id): Path<u64>) -> Result<Json<EventView>, Problem> {
    Ok(Json(app.node.event(Offset(id)).await?))
}

/// What identifies an event.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Identity {
    /// Its `source`.
    source: String,
    /// Its `id`.
    id: String,
}

/// The event of a source and an id
///
/// As long as it is in the window in which duplicates are recognised.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(Identity),
    responses((status = 200, description = "The event.", body = schemas::Event))
)]
pub(crate) async fn find(
    State(app): State<App>,
    Query(Identity { source, id }): Query<Identity>,
) -> Result<Json<EventView>, Problem> {
    match app.node.find_event(&source, &id).await? {
        Some(offset) => Ok(Json(app.node.event(offset).await?)),
        None => Err(Problem::new(Kind::NotFound, format!("no event `{id}` of source `{source}` is known"))),
    }
}

/// How many.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Limit {
    /// At most so many; 100 where it is not said, 1000 at most.
    limit: Option<usize>,
}

/// Events that no enabled trigger took
///
/// Newest first. One is delivered again when a trigger for it is added or enabled.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    tag = "events",
    params(Limit),
    responses((status = 200, description = "The newest of them.", body = schemas::Page<schemas::DeadLetter>))
)]
pub(crate) async fn dead_letters(
    State(app): State<App>,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Response, Problem> {
    let limit = limit.unwrap_or(100).clamp(1, DEAD_LETTERS_MAX);
    let items = app.node.ask(move |partition| partition.dead_letters(limit)).await?;
    Ok(Json(schemas::Page { items, next: None }).into_response())
}
