//! Schedules, backfills, and inputs that are not what a workflow takes.

use super::Server;

const NIGHTLY: &str = "
dag: nightly
schedule: {cron: '30 2 * * *', timezone: Europe/Berlin}
params: {days: {type: integer, default: 7}}
tasks:
  load: {builtin: echo, input: '{% input.days %}'}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_shown_and_paused() {
    let server = Server::start();
    server.get("/v1/workflows/nightly/schedule").await.problem(404, "not-found");
    server.apply("nightly", NIGHTLY).await.expect(201);
    let path = "/v1/workflows/nightly/schedule";
    let schedule = server.get(&format!("{path}?count=2&from=2026-03-28T12:00")).await.expect(200);
    assert_eq!(schedule["status"], "active");
    assert_eq!(schedule["ticks"][0]["time"], "2026-03-29T01:00:00Z");
    assert_eq!(schedule["ticks"][0]["local"], "2026-03-29T03:00:00");
    assert_eq!(schedule["ticks"][1]["interval"]["start"], "2026-03-29T01:00:00Z");
    assert!(schedule["next"].is_string(), "{schedule}");
    assert_eq!(server.json("POST", &format!("{path}/pause"), "").await.expect(200)["status"], "paused");
    let listed = server.get("/v1/schedules").await.expect(200);
    assert_eq!(
        (&listed["items"][0]["workflow"], &listed["items"][0]["status"]),
        (&"nightly".into(), &"paused".into())
    );
    assert_eq!(server.json("POST", &format!("{path}/resume"), "").await.expect(200)["status"], "active");
    server.get(&format!("{path}?from=soon")).await.problem(400, "malformed-request");
    // A new version without it ends it.
    server.apply("nightly", &NIGHTLY.replace("schedule:", "description: none #")).await.expect(201);
    let gone = server.get(path).await.problem(404, "not-found");
    assert_eq!(gone["detail"], "workflow `nightly` has no schedule");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_is_a_run_that_starts_one_for_each_interval() {
    let server = Server::start();
    server.apply("nightly", NIGHTLY).await.expect(201);
    let path = "/v1/workflows/nightly/backfills";
    let dry = r#"{"from": "2026-01-01", "to": "2026-01-04", "dry_run": true}"#;
    let dry = server.json("POST", path, dry).await.expect(200);
    assert_eq!((dry["intervals"].as_u64(), &dry["run"]), (Some(3), &serde_json::Value::Null));
    let body = r#"{"from": "2026-01-01", "to": "2026-01-04", "concurrency": 2, "input": {"days": 1}}"#;
    let started = server.json("POST", path, body).await.expect(201);
    let ended = server.ended(started["run"].as_str().unwrap()).await;
    assert_eq!(
        ended["output"],
        serde_json::json!({"intervals": 3, "succeeded": 3, "failed": 0, "skipped": 0})
    );
    let runs = server.get("/v1/runs?workflow=nightly").await.expect(200);
    assert_eq!(runs["items"].as_array().unwrap().len(), 3);
    for (body, pointer) in [
        (r#"{"from": "2026-01-01", "to": "soon"}"#, "/to"),
        (r#"{"from": "2026-01-01", "to": "2025-01-01"}"#, "/to"),
        (r#"{"from": "2026-01-01", "to": "2026-01-02", "concurrency": 0}"#, "/concurrency"),
        (r#"{"from": "2026-01-01", "to": "2026-01-02", "input": 3}"#, "/input"),
    ] {
        let problem = server.json("POST", path, body).await.problem(400, "malformed-request");
        assert_eq!(problem["pointer"], pointer);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_is_none_names_its_places() {
    let server = Server::start();
    server.apply("nightly", NIGHTLY).await.expect(201);
    let path = "/v1/workflows/nightly/runs";
    let problem = server.json("POST", path, r#"{"days": "x"}"#).await.problem(400, "invalid-input");
    assert_eq!(problem["pointer"], "/days");
    assert_eq!(problem["errors"][0]["message"], "\"x\" is not of type \"integer\"");
    let run = server.json("POST", &format!("{path}?wait=60s"), "").await.expect(201);
    assert_eq!((&run["input"]["days"], &run["output"]["load"]), (&7.into(), &7.into()));
    server.stop().await;
}
