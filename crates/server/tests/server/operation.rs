//! The description, metrics, health, the front page, and what no handler answers.

use serde_json::Value;

use super::{ECHO, GATE, Server};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_not_there_is_a_problem() {
    let server = Server::start();
    server.get("/v1/nothing").await.problem(404, "not-found");
    let answer = server.call("DELETE", "/v1/runs", &[], "").await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.headers["allow"], "GET,HEAD");
    server.get("/v1/runs/12").await.problem(404, "not-found");
    server.get("/v1/workflows/-bad").await.problem(404, "not-found");
    server.call("GET", "/v1/runs", &["host: evil.example"], "").await.problem(421, "wrong-host");
    let headers = ["host: localhost", "origin: https://evil.example"];
    server.call("POST", "/v1/runs/r1/cancel", &headers, "").await.problem(403, "not-allowed");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_how_it_is() {
    let server = Server::start();
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
    let page = server.get("/").await;
    assert!(
        page.text().contains("<h1>Tidegate</h1>") && page.headers.contains_key("content-security-policy")
    );
    server.apply("echo", ECHO).await.expect(201);
    server.json("POST", "/v1/workflows/echo/runs?wait=60s", "1").await.expect(201);
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = metrics.text();
    assert!(text.contains("\ntidegate_runs_started_total 1\n"), "{text}");
    assert!(text.contains("\ntidegate_function_attempts{function=\"echo\",state=\"running\"} 0\n"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        assert!(text.contains(&format!("# TYPE {name} ")), "{name} has no type");
        value.parse::<f64>().unwrap();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_no_longer_kept_is_gone() {
    let server = Server::with(|settings| {
        settings.retain_runs = Some(tidegate_model::Span(0));
        settings.checkpoint_interval = std::time::Duration::ZERO;
    });
    server.apply("echo", ECHO).await.expect(201);
    let run = server.run_of("echo").await;
    let mut answer = server.get(&format!("/v1/runs/{run}")).await;
    // What is recorded meanwhile leads to checkpoints, and those to a look at what is to be let go of.
    for number in 0..100_000 {
        if answer.status != 200 {
            break;
        }
        server.go(&number.to_string(), "null").await;
        answer = server.get(&format!("/v1/runs/{run}")).await;
    }
    let problem = answer.problem(410, "gone");
    let until = problem["kept_until"].as_str().unwrap();
    assert!(problem["detail"].as_str().unwrap().ends_with(&format!("was kept until {until}")), "{problem}");
    assert!(problem["help"].as_str().unwrap().contains("--retain-runs"), "{problem}");
    let metrics = server.get("/metrics").await.text();
    assert!(metrics.contains("\ntidegate_pruned_runs_total 1\n"), "{metrics}");
    assert!(!metrics.contains("tidegate_pruned_bytes_total{what=\"history\"} 0\n"), "{metrics}");
    server.get("/v1/runs/r999").await.problem(404, "not-found");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_fits_the_answers() {
    let server = Server::start();
    let api = server.get("/openapi.json").await.expect(200);
    let paths = api["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let ids: Vec<&str> = operations.filter_map(|operation| operation["operationId"].as_str()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "two operations have one id: {ids:?}");
    assert_eq!(api["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key("default") && answers.len() > 1, "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
    server.apply("echo", ECHO).await.expect(201);
    server.apply("gate", GATE).await.expect(201);
    let beat = "dag: beat\nschedule: \"@daily\"\ntasks: {a: {builtin: echo}}\n";
    server.apply("beat", beat).await.expect(201);
    let done = server.json("POST", "/v1/workflows/echo/runs?wait=60s", "1").await.expect(201);
    let run = server.run_of("gate").await;
    let receipt = server.go("1", "1").await;
    let letter = r#"{"specversion":"1.0","id":"2","source":"/test","type":"nobody"}"#;
    server
        .call("POST", "/v1/events", &["content-type: application/cloudevents+json"], letter)
        .await
        .expect(202);
    server.ended(&run).await;
    let live = server.run_of("gate").await;
    let fits = [
        ("Run", format!("/v1/runs/{}", done["id"].as_str().unwrap()), ""),
        ("Run", format!("/v1/runs/{live}"), ""),
        ("WaitingFor", format!("/v1/runs/{live}"), "/waiting_for/0"),
        ("RunSummary", "/v1/runs".to_owned(), "/items/0"),
        ("Trigger", format!("/v1/runs/{live}/triggers"), "/items/0"),
        ("Step", format!("/v1/runs/{run}/history"), "/items/0"),
        ("Event", format!("/v1/events/{}", receipt["ids"][0]), ""),
        ("DeadLetter", "/v1/dead-letters".to_owned(), "/items/0"),
        ("Reason", format!("/v1/why/{live}"), ""),
        ("WorkflowView", "/v1/workflows/gate".to_owned(), ""),
        ("WorkflowSummary", "/v1/workflows".to_owned(), "/items/0"),
        ("ScheduleView", "/v1/schedules".to_owned(), "/items/0"),
        ("TickView", "/v1/workflows/beat/schedule".to_owned(), "/ticks/0"),
        ("Problem", "/v1/runs/r999".to_owned(), ""),
    ];
    for (schema, path, pointer) in fits {
        let document: Value = serde_json::from_slice(&server.get(&path).await.body).unwrap();
        let found =
            document.pointer(pointer).unwrap_or_else(|| panic!("{path} has no {pointer}: {document}"));
        check_members(&api, schema, found);
    }
    server.stop().await;
}

/// Every member of `found` is described, and every required one is there.
fn check_members(api: &Value, schema: &str, found: &Value) {
    let described = &api["components"]["schemas"][schema];
    let (mut properties, mut required) = (Vec::new(), Vec::new());
    collect(described, &mut properties, &mut required);
    assert!(!properties.is_empty(), "no schema {schema}");
    let found = found.as_object().unwrap();
    for name in found.keys() {
        assert!(properties.contains(name), "{schema} does not describe `{name}`");
    }
    for name in required {
        assert!(found.contains_key(&name), "{schema} requires `{name}`: {found:?}");
    }
}

fn collect(schema: &Value, properties: &mut Vec<String>, required: &mut Vec<String>) {
    properties.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.map(|name| name.as_str().unwrap().to_owned()));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(part, properties, required);
    }
}
