//! The whole way in: CloudEvents by HTTP, with the client on the same machine.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tidegate_engine::Registry;
use tidegate_model::Input;
use tidegate_model::entry::Document;
use tidegate_node::{DataDir, Handle, Node, Settings};

use super::engine::{BATCH, JOINS, joins};
use super::measure::{Figures, Lap, Place, Stopwatch};
use crate::problem::{Problem, Result};

/// Requests that are under way at one time.
const CONNECTIONS: usize = 4;

/// Joins that together take `count` events, which arrive in batches.
pub(super) fn join(count: usize, place: &Place) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Problem::failed(format!("cannot start threads: {error}")))?;
    let settings = Settings::new(DataDir::At(place.join("join-http")));
    let node = Node::open(settings, Arc::new(Registry::native()), runtime.handle());
    let node = node.map_err(|error| Problem::failed(format!("cannot open the bench's data: {error}")))?;
    let bodies: Vec<Bytes> = (0..count.div_ceil(BATCH)).map(|batch| body(batch * BATCH, count)).collect();
    let (lap, fired, syncs) = runtime.block_on(async {
        let measured = publish(&node.handle(), count, bodies).await;
        let stopped = node.shutdown(std::time::Duration::from_secs(1)).await;
        stopped.map_err(|error| Problem::failed(error.to_string()))?;
        measured
    })?;
    if fired != JOINS as u64 {
        return Err(Problem::failed(format!("{fired} of {JOINS} joins fired")));
    }
    let figures = Figures::new("join-http").rates(count, lap.wall, lap.process_cpu);
    Ok(figures.with("joins", JOINS).with("batch", BATCH).with("syncs", syncs).peak_rss())
}

async fn publish(handle: &Handle, count: usize, bodies: Vec<Bytes>) -> Result<(Lap, u64, u64)> {
    let program = Document(joins(JOINS, count / JOINS));
    handle.submit(Input::Apply { program }).await.map_err(|error| Problem::failed(error.to_string()))?;
    let server = Arc::new(Server::start(handle).await?);
    let work = Arc::new(std::sync::Mutex::new(bodies.into_iter()));
    let syncs_before = handle.metrics().syncs;
    let stopwatch = Stopwatch::start();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        senders.spawn(send_all(Arc::clone(&server), Arc::clone(&work)));
    }
    while let Some(sent) = senders.join_next().await {
        sent.map_err(|error| Problem::failed(error.to_string()))??;
    }
    let lap = stopwatch.lap();
    let fired = handle.ask(|partition| partition.ledger().totals.fired).await;
    let fired = fired.map_err(|error| Problem::failed(error.to_string()))?;
    Ok((lap, fired, handle.metrics().syncs - syncs_before))
}

async fn send_all(server: Arc<Server>, work: Arc<std::sync::Mutex<std::vec::IntoIter<Bytes>>>) -> Result<()> {
    loop {
        let next = work.lock().map_err(|_| Problem::failed("a sender panicked"))?.next();
        let Some(body) = next else { return Ok(()) };
        let headers = [("content-type", "application/cloudevents-batch+json")];
        server.post("/v1/events", &headers, body, 202).await?;
    }
}

/// The doors of a node on a free port of this machine, and a client of them.
pub(super) struct Server {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(super) async fn start(handle: &Handle) -> Result<Self> {
        let failed = |error: std::io::Error| Problem::failed(format!("cannot listen: {error}"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = tidegate_server::App::new(handle.clone(), tidegate_server::Settings::default());
        let serving = tokio::spawn(tidegate_server::serve(listener, app, std::future::pending()));
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(http);
        Ok(Self { url: format!("http://{address}"), client, serving })
    }

    /// The body of the answer, whose status must be `expected`.
    pub(super) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        expected: u16,
    ) -> Result<Bytes> {
        let failed = |error: String| Problem::failed(error);
        let mut request = Request::post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).map_err(|error| failed(error.to_string()))?;
        let response = self.client.request(request).await.map_err(|error| failed(error.to_string()))?;
        let status = response.status();
        let answer = response.into_body().collect().await.map_err(|error| failed(error.to_string()))?;
        let answer = answer.to_bytes();
        match status.as_u16() == expected {
            true => Ok(answer),
            false => {
                Err(failed(format!("the server answered {status}: {}", String::from_utf8_lossy(&answer))))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A batch of events in the JSON batch format of CloudEvents.
fn body(first: usize, count: usize) -> Bytes {
    let mut text = String::from("[");
    for number in first..(first + BATCH).min(count) {
        if number > first {
            text.push(',');
        }
        let subject = number % JOINS;
        text.push_str(&format!(
            r#"{{"specversion":"1.0","id":"event-{number}","source":"/tidegate/bench","type":"bench.event","subject":"join{subject}","time":"2026-01-31T12:00:00Z","datacontenttype":"application/json","data":{{"number":{number},"result":"ok","detail":"the result of one function call"}}}}"#
        ));
    }
    text.push(']');
    Bytes::from(text)
}
