//! Runs told to end, pause and change; functions; tasks ended from outside.

use serde_json::json;

use super::{GATE, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_paused_resumed_and_cancelled() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.run_of("gate").await;
    let path = |verb: &str| format!("/v1/runs/{run}/{verb}");
    assert_eq!(server.json("POST", &path("pause"), "").await.expect(200)["status"], "paused");
    server.go("1", "1").await;
    assert_eq!(server.get(&format!("/v1/runs/{run}")).await.expect(200)["status"], "paused");
    server.json("POST", &path("resume"), "").await.expect(200);
    assert_eq!(server.ended(&run).await["output"], 1);
    server.json("POST", &path("pause"), "").await.problem(409, "conflict");
    let other = server.run_of("gate").await;
    let cancel = format!("/v1/runs/{other}/cancel");
    let cancelled = server.json("POST", &cancel, r#"{"reason":"enough"}"#).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert!(cancelled["failure"]["message"].as_str().unwrap().contains("enough"), "{cancelled}");
    server.json("POST", &cancel, r#"{"why":"?"}"#).await.problem(400, "malformed-request");
    server.json("POST", "/v1/runs/r999/cancel", "").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_change_while_the_run_runs() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.run_of("gate").await;
    let path = |rest: &str| format!("/v1/runs/{run}/triggers{rest}");
    let added_text = r#"{"name":"also","on":[{"type":{"exact":"come"},"reach":"world"}],"actions":[{"name":"complete","params":{"output":2}}]}"#;
    let added = server.json("POST", &path(""), added_text).await;
    assert_eq!(added.expect(201)["name"], "also");
    let names = server.get(&path("")).await.expect(200);
    assert_eq!(names["items"].as_array().unwrap().len(), 2);
    let third = added_text.replace("also", "third");
    server.json("POST", &path(""), &third).await.expect(201);
    assert_eq!(server.json("POST", &path("/third/remove"), "").await.expect(200)["phase"], "removed");
    assert_eq!(server.json("POST", &path("/open/disable"), "").await.expect(200)["phase"], "disabled");
    server.go("1", "1").await;
    let after = server.get(&format!("/v1/runs/{run}")).await.expect(200);
    assert_eq!(after["status"], "running", "{after}");
    let set = server.json("PATCH", &path("/open"), r#"{"context":{"a":1}}"#).await.expect(200);
    assert_eq!(set["context"], json!({"a": 1}));
    server.json("POST", &path("/none/enable"), "").await.problem(404, "not-found");
    server.json("POST", &path("/open/enable"), "").await.expect(200);
    assert_eq!(server.ended(&run).await["output"], 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_firing_goes_on_when_it_is_decided() {
    let server = Server::start();
    server.apply("gate", GATE).await.expect(201);
    let run = server.run_of("gate").await;
    let path = format!("/v1/runs/{run}/interceptors/review");
    server.json("PUT", &path, r#"{"target":{"trigger":"open"},"do":"hold"}"#).await.expect(204);
    server
        .json("PUT", &path, r#"{"name":"x","target":{"trigger":"open"},"do":"hold"}"#)
        .await
        .problem(422, "invalid");
    server.json("PUT", &path, r#"{"do":"hold"}"#).await.problem(422, "invalid");
    server.go("1", "1").await;
    let holds = server.get(&format!("/v1/runs/{run}/holds")).await.expect(200);
    let hold = holds["items"][0]["id"].as_str().unwrap().to_owned();
    let decide = format!("/v1/holds/{hold}");
    server.json("POST", &decide, r#"{"decision":"maybe"}"#).await.problem(400, "malformed-request");
    server.json("POST", &decide, r#"{"decision":{"change":"other"}}"#).await.expect(204);
    assert_eq!(server.ended(&run).await["output"], "other");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_registered_for_all() {
    let server = Server::start();
    let put = |body: &'static str| server.json("PUT", "/v1/functions/greet", body);
    assert_eq!(put(r#"{"runtime":"builtin","builtin":"echo"}"#).await.expect(200)["function"], "greet");
    put(r#"{"runtime":"builtin","builtin":"echo","speed":9}"#).await.problem(422, "invalid");
    let problem = put("{").await.problem(400, "malformed-request");
    assert_eq!(problem["line"], 1, "{problem}");
    let list = server.get("/v1/functions").await.expect(200);
    assert_eq!(list["items"][0]["spec"]["builtin"], "echo");
    server.call("DELETE", "/v1/functions/greet", &[], "").await.expect(204);
    server.get("/v1/functions/greet").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_from_outside_ends_tasks() {
    const SLOW: &str = r#"
workflow: slow
functions: {nap: {builtin: sleep}}
triggers:
  begin: {on: start, do: [{invoke: {function: nap, input: {seconds: 3600}}}]}
  end: {on: {succeeded: nap}, do: [{complete: "{% event.data %}"}]}
  sad: {on: {failed: nap}, do: [{fail: {error: "{% event.data.error %}", message: sad}}]}
"#;
    let server = Server::start();
    server.apply("slow", SLOW).await.expect(201);
    let run = server.run_of("slow").await;
    let tasks = server.get(&format!("/v1/runs/{run}/tasks")).await.expect(200);
    let task = tasks["items"][0]["id"].as_str().unwrap().to_owned();
    let path = |verb: &str| format!("/v1/tasks/{task}{verb}");
    assert_eq!(server.get(&path("")).await.expect(200)["function"], "nap");
    assert_eq!(server.get(&path("/logs")).await.expect(200), json!({"lines": [], "dropped_bytes": 0}));
    server.json("POST", &path("/heartbeat"), r#"{"attempt":1}"#).await.expect(204);
    server.json("POST", &path("/complete"), r#"{"attempt":9,"output":1}"#).await.expect(204);
    assert_eq!(server.get(&format!("/v1/runs/{run}")).await.expect(200)["status"], "running");
    let standing = server.get(&path("")).await.expect(200)["standing"]["position"].clone();
    assert!(standing.is_string(), "an end of another attempt leaves the function at work: {standing}");
    server.json("POST", &path("/complete"), r#"{"attempt":1,"output":[5]}"#).await.expect(204);
    assert_eq!(server.ended(&run).await["output"], json!([5]));
    let other = server.run_of("slow").await;
    let fail = format!("/v1/tasks/{other}.t1/fail");
    server.json("POST", &fail, r#"{"attempt":1,"error":"Too.Bad","message":"no"}"#).await.expect(204);
    let failed = server.ended(&other).await;
    assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &json!("Too.Bad")));
    server.get(&path("")).await.problem(404, "not-found");
    server.get("/v1/tasks/t1").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pools_are_made_changed_and_removed() {
    let server = Server::start();
    let list = server.get("/v1/pools").await.expect(200);
    assert_eq!(
        (&list["items"][0]["name"], &list["items"][0]["slots"]),
        (&"default_pool".into(), &128.into())
    );
    let put = |body: &'static str| server.json("PUT", "/v1/pools/db", body);
    let made = put(r#"{"slots": 2, "description": "the warehouse"}"#).await.expect(200);
    assert_eq!((&made["slots"], &made["used"], &made["queued"]), (&2.into(), &0.into(), &0.into()));
    put(r#"{"slots": -1}"#).await.problem(400, "malformed-request");
    put(r#"{"size": 1}"#).await.problem(400, "malformed-request");
    put(r#"{"slots": 3}"#).await.expect(200);
    let known = server.get("/v1/pools/db").await.expect(200);
    assert_eq!((&known["slots"], &known["description"]), (&3.into(), &"the warehouse".into()));
    server.call("DELETE", "/v1/pools/db", &[], "").await.expect(204);
    server.get("/v1/pools/db").await.problem(404, "not-found");
    server.call("DELETE", "/v1/pools/db", &[], "").await.problem(404, "not-found");
    server.stop().await;
}
