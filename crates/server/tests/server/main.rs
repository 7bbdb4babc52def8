//! The doors against a real node on a directory of its own.
#![expect(clippy::unwrap_used, reason = "a harness fails the test, as a test does")]

mod aws;
mod events;
mod graphs;
mod live_runs;
mod operation;
mod runs;
mod schedules;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tidegate_node::{DataDir, Node, Settings};
use tidegate_server::{App, router};
use tower::ServiceExt as _;

/// A workflow that answers its input.
pub(crate) const ECHO: &str = r#"
workflow: echo
functions: {echo: {builtin: echo}}
triggers:
  begin: {on: start, do: [{invoke: {function: echo, input: "{% input %}"}}]}
  end: {on: {succeeded: echo}, do: [{complete: "{% event.data %}"}]}
"#;

/// A workflow that completes with the data of the first event of type `go`.
pub(crate) const GATE: &str = r#"
workflow: gate
triggers:
  open: {on: {type: go}, do: [{complete: "{% event.data %}"}]}
"#;

/// A node, and the doors to it.
pub(crate) struct Server {
    pub(crate) app: App,
    node: Node,
}

/// What a door answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    /// A server whose node has its settings changed by `change`.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(DataDir::Temporary);
        change(&mut settings);
        let runtime = tokio::runtime::Handle::current();
        let node = Node::open(settings, Arc::new(tidegate_languages::registry()), &runtime).unwrap();
        Self { app: App::new(node.handle(), tidegate_server::Settings::default()), node }
    }

    /// One whose doors are set like that.
    pub(crate) fn with_doors(settings: tidegate_server::Settings) -> Self {
        let server = Self::start();
        Self { app: App::new(server.node.handle(), settings), node: server.node }
    }

    pub(crate) async fn stop(self) {
        self.node.shutdown(Duration::ZERO).await.unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(self.app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends `body` with headers, given as `name: value`.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for header in headers {
            let (name, value) = header.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call(method, path, &["content-type: application/json"], body.to_owned()).await
    }

    pub(crate) async fn apply(&self, name: &str, text: &str) -> Answer {
        let headers = ["content-type: application/yaml"];
        self.call("PUT", &format!("/v1/workflows/{name}"), &headers, text.to_owned()).await
    }

    /// Starts a run of the workflow `name` and gives its id.
    pub(crate) async fn run_of(&self, name: &str) -> String {
        let answer = self.json("POST", &format!("/v1/workflows/{name}/runs"), "").await;
        answer.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// The run at its end.
    pub(crate) async fn ended(&self, run: &str) -> Value {
        self.get(&format!("/v1/runs/{run}/wait?timeout=60s")).await.expect(200)
    }

    /// Publishes an event of type `go` with data, and gives the receipt.
    pub(crate) async fn go(&self, id: &str, data: &str) -> Value {
        let event =
            format!(r#"{{"specversion":"1.0","id":"{id}","source":"/test","type":"go","data":{data}}}"#);
        let headers = ["content-type: application/cloudevents+json"];
        self.call("POST", "/v1/events", &headers, event).await.expect(202)
    }
}

impl Answer {
    /// The document, of an answer with that status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem of that status and kind.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        let document = self.expect(status);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(document["type"], format!("/problems/{kind}"));
        assert_eq!(document["status"], status);
        assert!(document["title"].is_string() && document["detail"].is_string(), "{document}");
        document
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
