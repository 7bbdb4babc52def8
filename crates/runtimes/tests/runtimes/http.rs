//! HTTP endpoints: what they are sent, and what goes wrong on the way.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::stage::{Stage, function, json, value};

/// An endpoint whose path says what it does.
pub(crate) struct Server {
    pub(crate) url: String,
    task: AbortHandle,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serve = async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
                );
            }
        };
        Self { url, task: tokio::spawn(serve).abort_handle() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let answer = |status: StatusCode, media_type: &str, body: Bytes| {
        Response::builder().status(status).header("content-type", media_type).body(Full::new(body)).unwrap()
    };
    Ok(match head.uri.path() {
        "/echo" => answer(StatusCode::OK, "application/json", body),
        "/headers" => answer(StatusCode::OK, "application/json", shown(&head.headers).to_text().into()),
        "/fail" => answer(StatusCode::UNPROCESSABLE_ENTITY, "text/plain", "no such order\nreally".into()),
        "/dynamodb/" => answer(StatusCode::OK, "application/x-amz-json-1.0", item(&head.headers, &body)),
        "/moved" => {
            let mut moved = answer(StatusCode::FOUND, "text/plain", "elsewhere".into());
            moved.headers_mut().insert("location", http::HeaderValue::from_static("/echo"));
            moved
        }
        "/nothing" => answer(StatusCode::NO_CONTENT, "text/plain", Bytes::new()),
        "/event" => {
            let mut event = answer(StatusCode::OK, "text/plain", "tide".into());
            event.headers_mut().insert("ce-id", http::HeaderValue::from_static("1"));
            event
        }
        _ => std::future::pending().await,
    })
}

/// What `getItem` answers: an item that tells of the request.
fn item(headers: &HeaderMap, body: &Bytes) -> Bytes {
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let string = |text: &str| Value::object([("S", text)]);
    let item = Value::object([
        ("target", string(text("x-amz-target"))),
        ("authorization", string(text("authorization"))),
        ("body", string(std::str::from_utf8(body).unwrap())),
    ]);
    Value::object([("Item", item)]).to_text().into()
}

fn shown(headers: &HeaderMap) -> Value {
    Value::object(headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())))
}

#[tokio::test]
async fn an_endpoint_is_told_whose_call_it_is() {
    let (server, stage) = (Server::start().await, Stage::new());
    let spec = format!(
        r#"{{"runtime":"http","url":"{}/headers","format":"cloudevent","headers":{{"X-Team":"tide"}}}}"#,
        server.url
    );
    let headers = stage.result("f", &function(&spec), Value::Null).await;
    for (name, expected) in [
        ("content-type", "application/json"),
        ("idempotency-key", "key-1"),
        ("tidegate-run", "r7"),
        ("tidegate-task", "r7.t1"),
        ("tidegate-attempt", "1"),
        ("ce-specversion", "1.0"),
        ("ce-id", "key-1"),
        ("ce-source", "/runs/r7"),
        ("ce-type", "tidegate.task.invoked"),
        ("ce-subject", "charge%20card"),
        ("x-team", "tide"),
    ] {
        assert_eq!(headers.get(name).and_then(Value::as_str), Some(expected), "{name}");
    }
}

#[tokio::test]
async fn answers_without_a_body_and_events_are_results() {
    let (server, stage) = (Server::start().await, Stage::new());
    for (path, expected) in [("nothing", "null"), ("event", "\"tide\"")] {
        let spec = function(&format!(r#"{{"runtime":"http","url":"{}/{path}"}}"#, server.url));
        assert_eq!(value(stage.call(path, &spec, Value::Null).await), json(expected));
    }
}

#[tokio::test]
async fn failures_on_the_way_are_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    for (url, name, part) in [
        (closed.as_str(), "Http.ConnectionRefused", "nothing listens at http://127.0.0.1:"),
        ("http://nowhere.invalid/", "Http.UnknownHost", "nowhere.invalid"),
        ("/relative", errors::NOT_STARTED, "`/relative` is not an http or https URL"),
        ("http://[", errors::NOT_STARTED, "is not a URL such as"),
    ] {
        let stage = Stage::new();
        let spec = function(&format!(r#"{{"runtime":"http","url":"{url}"}}"#));
        let failure = stage.failure("f", &spec, Value::Null).await;
        assert_eq!(&*failure.error, name, "{failure}");
        assert!(failure.message.contains(part), "{failure}");
    }
}

#[cfg(not(feature = "https"))]
#[tokio::test]
async fn https_without_its_feature_says_how_to_get_it() {
    let spec = function(r#"{"runtime":"http","url":"https://localhost/"}"#);
    let failure = Stage::new().failure("f", &spec, Value::Null).await;
    assert_eq!(&*failure.error, errors::NOT_STARTED);
    assert!(failure.message.contains("build Tidegate with the feature `https`"), "{failure}");
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_kept() {
    let server = Server::start().await;
    let stage = Stage::with(tidegate_runtimes::Settings { output_max_bytes: 100, ..Default::default() });
    let spec = function(&format!(r#"{{"runtime":"http","url":"{}/echo"}}"#, server.url));
    let failure = stage.failure("f", &spec, Value::from("x".repeat(200))).await;
    assert_eq!(&*failure.error, errors::LIMIT);
    assert_eq!(stage.result("f", &spec, Value::from("short")).await, Value::from("short"));
}
