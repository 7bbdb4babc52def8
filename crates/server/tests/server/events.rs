//! Events in, in all modes, and what can be seen of them.

use serde_json::json;

use super::Server;

const BATCH: &str = "content-type: application/cloudevents-batch+json";

fn event(id: usize) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/test","type":"t","tenant":"blue","data":{{"n":{id}}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_headers_is_kept_as_it_was_sent() {
    let server = Server::start();
    let headers = [
        "content-type: application/json",
        "ce-specversion: 1.0",
        "ce-id: 1",
        "ce-source: /test",
        "ce-type: t",
        "ce-subject: h%C3%A4fen/7",
    ];
    let answer = server.call("POST", "/v1/events", &headers, r#"{"n":1}"#).await;
    let id = answer.expect(202)["ids"][0].as_u64().unwrap();
    assert_eq!(answer.headers["location"], format!("/v1/events/{id}"));
    let kept = server.get(&format!("/v1/events/{id}")).await.expect(200);
    assert_eq!(kept["event"]["subject"], "häfen/7");
    assert_eq!(kept["event"]["data"], json!({"n": 1}));
    assert_eq!(kept["disposition"], "dead letter");
    let found = server.get("/v1/events?source=/test&id=1").await.expect(200);
    assert_eq!(found, kept);
    let letters = server.get("/v1/dead-letters").await.expect(200);
    assert_eq!(letters["items"][0]["offset"], id);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_taken_in_order_and_duplicates_are_named() {
    let server = Server::start();
    let batch = format!("[{},{},{}]", event(1), event(2), event(1));
    let receipt = server.call("POST", "/v1/events", &[BATCH], batch).await.expect(202);
    assert_eq!(receipt["duplicates"], json!([2]));
    assert_eq!(receipt["ids"][2], receipt["ids"][0]);
    let kept = server.get(&format!("/v1/events/{}", receipt["ids"][1])).await.expect(200);
    assert_eq!(kept["event"]["id"], "2");
    assert_eq!(kept["event"]["tenant"], "blue");
    let empty = server.call("POST", "/v1/events", &[BATCH], "[]").await.expect(202);
    assert_eq!(empty, json!({"ids": [], "duplicates": []}));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_event_spoils_its_batch() {
    let server = Server::start();
    let batch = format!("[{},\n{{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/test\"}}]", event(1));
    let answer = server.call("POST", "/v1/events", &[BATCH], batch).await;
    let problem = answer.problem(400, "invalid-event");
    assert_eq!(problem["pointer"], "/1");
    assert_eq!((&problem["event"], &problem["line"]), (&json!(1), &json!(2)));
    server.get("/v1/events?source=/test&id=1").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_and_too_much_are_refused() {
    let server = Server::start();
    let many: Vec<String> = (0..=10_000).map(event).collect();
    let answer = server.call("POST", "/v1/events", &[BATCH], format!("[{}]", many.join(","))).await;
    assert_eq!(answer.problem(413, "too-large")["limit_events"], 10_000);
    let stated = [BATCH, "content-length: 104857600", "expect: 100-continue"];
    let answer = server.call("POST", "/v1/events", &stated, "").await;
    assert_eq!(answer.problem(413, "too-large")["limit_bytes"], 64 << 20);
    let unstated = vec![b' '; (64 << 20) + 1];
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(unstated))]);
    let answer = server.call("POST", "/v1/events", &[BATCH], axum::body::Body::from_stream(stream)).await;
    answer.problem(413, "too-large");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_told_what_to_send() {
    let server = Server::start();
    for media_type in ["application/json", "text/plain", "application/cloudevents+avro"] {
        let answer = server.call("POST", "/v1/events", &[&format!("content-type: {media_type}")], "{}").await;
        let problem = answer.problem(415, "unsupported-media-type");
        assert!(problem["help"].as_str().unwrap().contains("application/cloudevents+json"));
    }
    let headers = ["ce-specversion: 1.0", "ce-id: 1", "ce-source: /s", "ce-type: t", "ce-time: yesterday"];
    let answer = server.call("POST", "/v1/events", &headers, "").await;
    assert_eq!(answer.problem(400, "invalid-event")["header"], "ce-time");
    server.get("/v1/events/nothing").await.problem(404, "not-found");
    server.get("/v1/events/999").await.problem(404, "not-found");
    server.get("/v1/events?source=/s").await.problem(400, "malformed-request");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_can_be_for_one_run() {
    let server = Server::start();
    server.apply("gate", super::GATE).await.expect(201);
    let (first, second) = (server.run_of("gate").await, server.run_of("gate").await);
    let event = r#"{"specversion":"1.0","id":"1","source":"/test","type":"go","data":1}"#;
    let headers = ["content-type: application/cloudevents+json"];
    let path = format!("/v1/events?run={second}");
    server.call("POST", &path, &headers, event).await.expect(202);
    assert_eq!(server.ended(&second).await["output"], 1);
    assert_eq!(server.get(&format!("/v1/runs/{first}")).await.expect(200)["status"], "running");
    let event = event.replace("\"1\"", "\"2\"");
    server.call("POST", "/v1/events?run=r999", &headers, event.clone()).await.problem(404, "not-found");
    server.call("POST", "/v1/events?run=x", &headers, event).await.problem(400, "malformed-request");
    server.stop().await;
}
