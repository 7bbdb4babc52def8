//! Workflows, and runs from their start to their end.

use serde_json::json;

use super::{ECHO, GATE, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_gives_what_its_workflow_completes_with() {
    let server = Server::start();
    let applied = server.apply("echo", ECHO).await.expect(201);
    assert_eq!((&applied["workflow"], &applied["unchanged"]), (&json!("echo"), &json!(false)));
    let input = r#"{"n": 12345678901234567, "text": "Grüße", "list": [1.5, null, true]}"#;
    let answer = server.json("POST", "/v1/workflows/echo/runs?wait=60s", input).await;
    let run = answer.expect(201);
    assert_eq!(answer.headers["location"], format!("/v1/runs/{}", run["id"].as_str().unwrap()));
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["output"], serde_json::from_str::<serde_json::Value>(input).unwrap());
    let history = server.get(&format!("/v1/runs/{}/history", run["id"].as_str().unwrap())).await.expect(200);
    assert!(!history["items"].as_array().unwrap().is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_results_come_whole() {
    let server = Server::start();
    server.apply("echo", ECHO).await.expect(201);
    let input = serde_json::to_string(&"x".repeat(3 << 20)).unwrap();
    let run = server.json("POST", "/v1/workflows/echo/runs?wait=60s", &input).await.expect(201);
    assert_eq!(run["output"].as_str().unwrap().len(), 3 << 20);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_can_be_seen_and_removed() {
    let server = Server::start();
    let first = server.apply("gate", GATE).await.expect(201);
    let again = server.apply("gate", GATE).await.expect(200);
    assert_eq!((&again["version"], &again["unchanged"]), (&first["version"], &json!(true)));
    let second = server.apply("gate", &GATE.replace("go", "went")).await.expect(201);
    let one = server.get("/v1/workflows/gate").await.expect(200);
    assert_eq!(one["version"], second["version"]);
    assert_eq!(one["versions"].as_array().unwrap().len(), 2);
    assert_eq!(one["language"], "triggers");
    assert!(one["source"].as_str().unwrap().contains("went"));
    let list = server.get("/v1/workflows").await.expect(200);
    assert_eq!(list["items"][0]["workflow"], "gate");
    let old = format!("/v1/workflows/gate/runs?version={}", first["version"].as_str().unwrap());
    assert_eq!(server.json("POST", &old, "").await.expect(201)["program"], first["version"]);
    server.call("DELETE", "/v1/workflows/gate", &[], "").await.expect(204);
    server.get("/v1/workflows/gate").await.problem(404, "not-found");
    server.json("POST", "/v1/workflows/gate/runs", "").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_workflow_is_refused_with_all_its_mistakes() {
    let server = Server::start();
    let bad = ECHO.replace("succeeded: echo", "succeeded: ecoh");
    let problem = server.apply("echo", &bad).await.problem(422, "invalid-workflow");
    assert_eq!(problem["line"], 6);
    assert!(problem["errors"][0]["help"].as_str().unwrap().contains("echo"), "{problem}");
    let problem = server.apply("other", ECHO).await.problem(422, "invalid-workflow");
    assert_eq!(problem["pointer"], "/workflow");
    let csv = ["content-type: text/csv"];
    server.call("PUT", "/v1/workflows/echo", &csv, ECHO).await.problem(415, "unsupported-media-type");
    let yaml = ["content-type: application/yaml"];
    let path = "/v1/workflows/echo?directory=/tmp";
    server.call("PUT", path, &yaml, ECHO).await.problem(403, "not-allowed");
    server.get("/v1/workflows/echo").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_starts_one_run() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let headers = ["idempotency-key: once"];
    let first = server.call("POST", "/v1/workflows/gate/runs", &headers, "").await.expect(201);
    let second = server.call("POST", "/v1/workflows/gate/runs", &headers, "").await.expect(200);
    assert_eq!(first["id"], second["id"]);
    let bad = ["idempotency-key: "];
    server.call("POST", "/v1/workflows/gate/runs", &bad, "").await.problem(400, "malformed-request");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_has_an_end() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.json("POST", "/v1/workflows/gate/runs?wait=1ms", "").await.expect(202);
    let run = run["id"].as_str().unwrap();
    assert_eq!(
        server.get(&format!("/v1/runs/{run}/wait?timeout=1ms")).await.expect(202)["status"],
        "running"
    );
    let waits = server.get(&format!("/v1/runs/{run}")).await.expect(200);
    assert_eq!(waits["waiting_for"][0]["what"], "trigger `open`");
    let why = server.call("GET", &format!("/v1/why/{run}"), &["accept: text/plain"], "").await;
    assert!(why.text().starts_with(&format!("run {run} has not ended\n")), "{}", why.text());
    let why = server.get(&format!("/v1/why/{run}%2Fopen")).await.expect(200);
    assert_eq!(why["text"], "trigger `open` has not fired");
    server.go("1", "7").await;
    assert_eq!(server.ended(run).await["output"], 7);
    server.get("/v1/runs/r999/wait").await.problem(404, "not-found");
    server.get("/v1/why/r999").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_lets_nobody_wait() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.run_of("gate").await;
    let path = format!("/v1/runs/{run}/wait?timeout=60s");
    let (answer, ()) = tokio::join!(server.get(&path), async { server.app.stop() });
    answer.problem(503, "stopping");
    server.get("/readyz").await.problem(503, "stopping");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_newest_first_in_pages() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    server.apply("echo", ECHO).await.expect(201);
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(server.run_of("gate").await);
    }
    server.json("POST", "/v1/workflows/echo/runs?wait=60s", "1").await.expect(201);
    let mut listed = Vec::new();
    let mut path = "/v1/runs?workflow=gate&limit=2".to_owned();
    loop {
        let page = server.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        listed.extend(items.iter().map(|run| run["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/runs?workflow=gate&limit=2&cursor={next}");
    }
    started.reverse();
    assert_eq!(listed, started);
    let done = server.get("/v1/runs?status=succeeded").await.expect(200);
    assert_eq!(done["items"].as_array().unwrap().len(), 1);
    server.get("/v1/runs?status=odd").await.problem(400, "malformed-request");
    server.get("/v1/runs?stat=failed").await.problem(400, "malformed-request");
    server.stop().await;
}
