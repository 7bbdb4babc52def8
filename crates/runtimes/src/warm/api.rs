//! The AWS Lambda Runtime API, version 2018-06-01, for one instance.
//!
//! Each instance has a server of its own on a free port of 127.0.0.1, so requests need not say whose they are
//! and any client of the API works unmodified. Owns the call that the instance has been given. Invariant: a
//! call is answered once; an answer to any other is refused.
//! Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::{AbortHandle, JoinSet};

/// Name of the error, as a header of an error answer and as a trailer of a streamed one.
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// Base64 of the error's JSON, a trailer of a streamed answer.
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// What the instance is given.
pub(super) struct Call {
    pub(super) request_id: String,
    /// Headers of the answer to `next`, beyond the request id.
    pub(super) headers: HeaderMap,
    pub(super) input: Bytes,
}

/// What the instance has done.
pub(super) enum Event {
    /// Asked for a call: it is ready. Reported once.
    Ready,
    /// Could not get ready.
    StartFailed(ErrorReply),
    /// Answered the call that it was given.
    Answered(Bytes),
    /// Reported an error for the call that it was given.
    Failed(ErrorReply),
    /// Answered the call with more than is allowed.
    TooLong,
    /// Asked for another call without having answered the one that it was given.
    Unanswered,
}

/// An error as the instance reported it.
#[derive(Default)]
pub(super) struct ErrorReply {
    pub(super) kind: Option<String>,
    pub(super) body: Bytes,
}

/// The server of one instance. Dropping it closes all connections.
pub(super) struct Api {
    exchange: Arc<Exchange>,
    address: SocketAddr,
    server: AbortHandle,
}

struct Exchange {
    stage: Mutex<Stage>,
    work: Notify,
    events: mpsc::Sender<Event>,
    answer_max_bytes: usize,
}

/// Where the instance stands with its call.
enum Stage {
    Starting,
    Idle,
    Offered(Call),
    Taken { request_id: String },
}

impl Api {
    /// Opens a server; what the instance does comes out of the channel.
    pub(super) async fn open(answer_max_bytes: usize) -> std::io::Result<(Self, mpsc::Receiver<Event>)> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // A call has at most two events, and the next call is not offered before they are read.
        let (events, receiver) = mpsc::channel(4);
        let exchange =
            Exchange { stage: Mutex::new(Stage::Starting), work: Notify::new(), events, answer_max_bytes };
        let exchange = Arc::new(exchange);
        let server = tokio::spawn(serve(listener, Arc::clone(&exchange))).abort_handle();
        Ok((Self { exchange, address, server }, receiver))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the instance a call, now or when it asks.
    pub(super) fn offer(&self, call: Call) {
        *self.exchange.stage.lock() = Stage::Offered(call);
        self.exchange.work.notify_one();
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, exchange: Arc<Exchange>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&exchange)));
                }
                Err(error) => tracing::debug!(%error, "a connection of a runtime was not accepted"),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, exchange: Arc<Exchange>) {
    // An answer is a few hundred bytes that somebody waits for.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let exchange = Arc::clone(&exchange);
        async move { Ok::<_, std::convert::Infallible>(exchange.route(request).await) }
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection of a runtime broke off");
    }
}

impl Exchange {
    async fn route(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let Some(path) = path.strip_prefix("/2018-06-01/runtime/") else { return not_found(&path) };
        match (request.method(), path) {
            (&Method::GET, "invocation/next") => self.next().await,
            (&Method::POST, "init/error") => self.start_failed(request).await,
            (&Method::POST, _) => {
                let invocation = path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'));
                match invocation {
                    Some((id, "response")) => self.answered(id, request).await,
                    Some((id, "error")) => self.failed(id, request).await,
                    Some(_) | None => not_found(path),
                }
            }
            _ => not_found(path),
        }
    }

    /// Waits for a call. A client that goes away while it waits takes none with it.
    async fn next(&self) -> Response<Full<Bytes>> {
        if let Some(event) = self.ask() {
            self.tell(event).await;
        }
        loop {
            let work = self.work.notified();
            if let Some(call) = self.take() {
                return deliver(call);
            }
            work.await;
        }
    }

    fn ask(&self) -> Option<Event> {
        let mut stage = self.stage.lock();
        match &*stage {
            Stage::Starting => {
                *stage = Stage::Idle;
                Some(Event::Ready)
            }
            Stage::Idle | Stage::Offered(_) => None,
            Stage::Taken { .. } => {
                *stage = Stage::Idle;
                Some(Event::Unanswered)
            }
        }
    }

    fn take(&self) -> Option<Call> {
        let mut stage = self.stage.lock();
        if !matches!(*stage, Stage::Offered(_)) {
            return None;
        }
        let Stage::Offered(call) = std::mem::replace(&mut *stage, Stage::Idle) else { return None };
        *stage = Stage::Taken { request_id: call.request_id.clone() };
        Some(call)
    }

    async fn answered(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if !self.is_taken(id) {
            return wrong_request_id(id);
        }
        let received = receive(request, self.answer_max_bytes).await;
        if !self.settle(id) {
            return wrong_request_id(id);
        }
        match received {
            Received::Whole { body, trailers } => {
                let event = match streamed_error(&trailers) {
                    Some(error) => Event::Failed(error),
                    None => Event::Answered(body),
                };
                self.tell(event).await;
                accepted()
            }
            Received::TooLong => {
                self.tell(Event::TooLong).await;
                problem(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "the answer is too long")
            }
            Received::BrokenOff => {
                let body = Bytes::from_static(b"{\"errorMessage\":\"the answer broke off\"}");
                let kind = Some("Runtime.TruncatedResponse".to_owned());
                self.tell(Event::Failed(ErrorReply { kind, body })).await;
                problem(StatusCode::BAD_REQUEST, "TruncatedResponse", "the answer broke off")
            }
        }
    }

    async fn failed(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let error = receive_error(request, self.answer_max_bytes).await;
        if !self.settle(id) {
            return wrong_request_id(id);
        }
        self.tell(Event::Failed(error)).await;
        accepted()
    }

    async fn start_failed(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let error = receive_error(request, self.answer_max_bytes).await;
        if !matches!(*self.stage.lock(), Stage::Starting) {
            return problem(
                StatusCode::FORBIDDEN,
                "InvalidStateTransition",
                "the runtime has already started",
            );
        }
        self.tell(Event::StartFailed(error)).await;
        accepted()
    }

    fn is_taken(&self, id: &str) -> bool {
        matches!(&*self.stage.lock(), Stage::Taken { request_id } if request_id == id)
    }

    /// Ends the call `id`; false if it is not the one that the instance has.
    fn settle(&self, id: &str) -> bool {
        let mut stage = self.stage.lock();
        let is_taken = matches!(&*stage, Stage::Taken { request_id } if request_id == id);
        if is_taken {
            *stage = Stage::Idle;
        }
        is_taken
    }

    async fn tell(&self, event: Event) {
        // Nobody listens any more once the instance is being ended.
        let _ = self.events.send(event).await;
    }
}

enum Received {
    Whole { body: Bytes, trailers: HeaderMap },
    TooLong,
    BrokenOff,
}

/// Reads a body to its end, even one that is too long: a client that is cut off while it writes never reads
/// why.
async fn receive(request: Request<Incoming>, max_bytes: usize) -> Received {
    let mut incoming = request.into_body();
    let mut body = Vec::with_capacity(incoming.size_hint().lower().min(1 << 20) as usize);
    let mut trailers = HeaderMap::new();
    let mut is_too_long = false;
    while let Some(frame) = incoming.frame().await {
        let Ok(frame) = frame else { return Received::BrokenOff };
        match frame.into_data() {
            Ok(data) if body.len() + data.len() <= max_bytes => body.extend_from_slice(&data),
            Ok(_) => is_too_long = true,
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    if is_too_long { Received::TooLong } else { Received::Whole { body: body.into(), trailers } }
}

async fn receive_error(request: Request<Incoming>, max_bytes: usize) -> ErrorReply {
    let kind = text_header(request.headers(), ERROR_TYPE);
    let body = match receive(request, max_bytes).await {
        Received::Whole { body, .. } => body,
        Received::TooLong | Received::BrokenOff => Bytes::new(),
    };
    ErrorReply { kind, body }
}

/// The error that the trailers of a streamed answer report.
fn streamed_error(trailers: &HeaderMap) -> Option<ErrorReply> {
    let kind = text_header(trailers, ERROR_TYPE)?;
    let body = trailers.get(ERROR_BODY).and_then(|encoded| STANDARD.decode(encoded.as_bytes()).ok());
    Some(ErrorReply { kind: Some(kind), body: body.unwrap_or_default().into() })
}

fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn deliver(call: Call) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(call.input));
    *response.headers_mut() = call.headers;
    let id = HeaderValue::from_str(&call.request_id).expect("a request id is printable ASCII");
    response.headers_mut().insert("lambda-runtime-aws-request-id", id);
    response
}

fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(Bytes::from_static(b"{\"status\":\"OK\"}")));
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

fn wrong_request_id(id: &str) -> Response<Full<Bytes>> {
    problem(StatusCode::BAD_REQUEST, "InvalidRequestID", &format!("no call `{id}` waits for an answer"))
}

fn not_found(path: &str) -> Response<Full<Bytes>> {
    problem(StatusCode::NOT_FOUND, "NotFound", &format!("`{path}` is not part of the runtime API 2018-06-01"))
}

fn problem(status: StatusCode, kind: &str, message: &str) -> Response<Full<Bytes>> {
    let body = tidegate_json::Value::object([("errorType", kind), ("errorMessage", message)]);
    let mut response = Response::new(Full::from(body.to_text()));
    *response.status_mut() = status;
    response
}
