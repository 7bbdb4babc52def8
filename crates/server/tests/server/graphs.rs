//! Drawings of workflows and of runs.

use serde_json::{Value, json};

use super::{ECHO, GATE, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_is_drawn_in_every_form() {
    let server = Server::start();
    server.apply("echo", ECHO).await.expect(201);
    let graph = server.get("/v1/workflows/echo/graph").await.expect(200);
    let ids: Vec<&Value> = graph["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
    assert_eq!(ids, ["begin", "end", "task:echo", "(start)", "(complete)"]);
    let start = json!({"from": "(start)", "to": "begin", "style": "normal"});
    assert_eq!(graph["edges"][0], start);
    for (format, media_type, begins) in [
        ("svg", "image/svg+xml", "<svg "),
        ("mermaid", "text/plain; charset=utf-8", "---\ntitle: \"echo\""),
        ("text", "text/plain; charset=utf-8", "echo\n"),
    ] {
        let answer = server.get(&format!("/v1/workflows/echo/graph?format={format}")).await;
        assert_eq!(answer.headers["content-type"], media_type);
        assert!(answer.text().starts_with(begins), "{}", answer.text());
    }
    server.get("/v1/workflows/echo/graph?format=png").await.problem(400, "malformed-request");
    server.get("/v1/workflows/other/graph").await.problem(404, "not-found");
    server.stop().await;
}

/// The state of each node that the run has come to.
fn states(graph: &Value) -> Vec<(&str, &str)> {
    let nodes = graph["nodes"].as_array().unwrap().iter();
    let states = nodes.filter_map(|node| Some((node["id"].as_str()?, node["progress"]["state"].as_str()?)));
    states.filter(|(_, state)| *state != "not_reached").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_drawn_as_it_is_and_as_it_was() {
    let server = Server::start();
    let pair = GATE.replace("do:", "when: {join: 2}, do:");
    server.apply("gate", &pair).await.expect(201);
    let run = server.run_of("gate").await;
    let drawn = format!("/v1/runs/{run}/graph");
    assert_eq!(states(&server.get(&drawn).await.expect(200)), []);
    let first = server.go("1", "1").await;
    let half = server.get(&drawn).await.expect(200);
    assert_eq!(states(&half), [("open", "waiting")]);
    assert_eq!(half["nodes"][0]["progress"], json!({"state": "waiting", "succeeded": 1, "expected": 2}));
    assert_eq!(half["run"], run.as_str());
    server.go("2", "2").await;
    server.ended(&run).await;
    let whole = server.get(&drawn).await.expect(200);
    assert_eq!(states(&whole), [("open", "succeeded"), ("(complete)", "succeeded")]);
    let then = server.get(&format!("{drawn}?at={}", first["ids"][0])).await.expect(200);
    assert_eq!(states(&then), states(&half));
    server.get("/v1/runs/r99/graph").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_drawn_by_the_version_that_it_started_with() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.run_of("gate").await;
    server.apply("gate", &GATE.replace("open:", "opens:")).await.expect(201);
    let old = server.get(&format!("/v1/runs/{run}/graph")).await.expect(200);
    let new = server.get("/v1/workflows/gate/graph").await.expect(200);
    assert_eq!((&old["nodes"][0]["id"], &new["nodes"][0]["id"]), (&json!("open"), &json!("opens")));
    server.stop().await;
}
