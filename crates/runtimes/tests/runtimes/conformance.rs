//! What every runtime must do, whatever it is.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, FunctionSpec};
use tidegate_runtimes::Position;

use super::http::Server;
use super::stage::{Stage, function, json};

/// A runtime's functions for the suite: each as it would be written for that runtime.
struct Subject {
    /// Answers its input.
    echo: Arc<FunctionSpec>,
    /// Fails with the error `Order.Refused` and the message `no such order`.
    fail: Arc<FunctionSpec>,
    /// Does not end in a minute, and has a timeout of 100 ms.
    late: Arc<FunctionSpec>,
    /// Does not end in a minute.
    hang: Arc<FunctionSpec>,
}

async fn conforms(stage: &Stage, subject: &Subject) {
    for text in [r#"{"text":"größe 潮 🌊\u0000\n","n":[1,2.5,-7,null,true]}"#, "null", "\"\"", "[]"] {
        assert_eq!(stage.result("echo", &subject.echo, json(text)).await, json(text));
    }
    let big = Value::object([("big", "tide 🌊 ".repeat((1 << 20) / 10))]);
    assert_eq!(stage.result("echo", &subject.echo, big.clone()).await, big);

    let input = json(r#"{"error":"Order.Refused","message":"no such order","seconds":60}"#);
    let failure = stage.failure("fail", &subject.fail, input.clone()).await;
    assert_eq!((&*failure.error, &*failure.message), ("Order.Refused", "no such order"));

    let failure = stage.failure("late", &subject.late, input.clone()).await;
    assert_eq!((&*failure.error, &*failure.message), (errors::TIMEOUT, "took longer than 100ms"));

    let abandoned = stage.invoke("hang", &subject.hang, input);
    stage.until_function("hang", |hang| !hang.running.is_empty()).await;
    assert!(matches!(stage.runtimes.position(abandoned), Some(Position::Running { .. })));
    stage.runtimes.abandon(abandoned);
    assert_eq!(stage.runtimes.position(abandoned), None);
    stage.until_function("hang", |hang| hang.running.is_empty() && hang.totals.abandoned == 1).await;
    // Had the abandoned attempt been reported, its report would come first here.
    assert_eq!(stage.result("echo", &subject.echo, Value::Null).await, Value::Null);
    stage.runtimes.shutdown(std::time::Duration::ZERO).await;
}

/// One specification for all, where the function can tell by its handler what to do.
fn subject(of: impl Fn(&str, &str) -> String) -> Subject {
    let spec = |what: &str, limits: &str| function(&of(what, limits));
    Subject {
        echo: spec("echo", "{}"),
        fail: spec("fail", "{}"),
        late: spec("hang", r#"{"timeout":"100ms"}"#),
        hang: spec("hang", "{}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn builtin_functions_conform() {
    let of = |what: &str, limits: &str| {
        let kind = if what == "hang" { "sleep" } else { what };
        format!(r#"{{"runtime":"builtin","builtin":"{kind}","limits":{limits}}}"#)
    };
    conforms(&Stage::new(), &subject(of)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_conform() {
    let of = |what: &str, limits: &str| {
        let line = match what {
            "echo" => "cat",
            "fail" => r#"echo '{\"error\":\"Order.Refused\",\"message\":\"no such order\"}'; exit 3"#,
            _ => "sleep 60",
        };
        format!(r#"{{"runtime":"command","command":"{line}","limits":{limits}}}"#)
    };
    conforms(&Stage::new(), &subject(of)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_endpoints_conform_but_for_the_names_of_errors() {
    let server = Server::start().await;
    let of = |what: &str, limits: &str| {
        format!(r#"{{"runtime":"http","url":"{}/{what}","limits":{limits}}}"#, server.url)
    };
    let stage = Stage::new();
    let mut subject = subject(of);
    // An endpoint cannot choose the name of its error: it is that of its status.
    let failure = stage.failure("refuse", &subject.fail, Value::Null).await;
    assert_eq!(
        (&*failure.error, &*failure.message),
        ("Http.422", "answered 422 Unprocessable Entity: no such order")
    );
    assert_eq!(failure.detail, Data::json(&json(r#"{"status":422,"body":"no such order\nreally"}"#)));
    subject.fail = function(r#"{"runtime":"builtin","builtin":"fail"}"#);
    conforms(&stage, &subject).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_handlers_conform() {
    let stage = Stage::new();
    stage.file(
        "orders.py",
        r#"
import time

class Refused(Exception):
    pass
Refused.__name__ = "Order.Refused"

def echo(event, context):
    return event
def fail(event, context):
    raise Refused("no such order")
def hang(event, context):
    time.sleep(60)
"#,
    );
    let of = |what: &str, limits: &str| {
        format!(r#"{{"runtime":"python","handler":"orders.{what}","limits":{limits}}}"#)
    };
    conforms(&stage, &subject(of)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_handlers_conform() {
    let stage = Stage::new();
    stage.file(
        "orders.mjs",
        r#"
export const echo = async (event) => event;
export const fail = async () => { throw Object.assign(new Error('no such order'), { name: 'Order.Refused' }); };
export const hang = () => new Promise((resolve) => setTimeout(resolve, 60_000));
"#,
    );
    let of = |what: &str, limits: &str| {
        format!(r#"{{"runtime":"node","handler":"orders.{what}","limits":{limits}}}"#)
    };
    conforms(&stage, &subject(of)).await;
}

/// A custom runtime that knows nothing of ours: a new connection for every request, by Python's own HTTP
/// client.
pub(crate) const CUSTOM_RUNTIME: &str = r#"
import json, os, sys, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
def post(path, body):
    urllib.request.urlopen(urllib.request.Request(api + path, data=body, method="POST")).read()
while True:
    with urllib.request.urlopen(api + "invocation/next") as response:
        call, event = response.headers["Lambda-Runtime-Aws-Request-Id"], response.read()
    if sys.argv[1] == "echo":
        post(f"invocation/{call}/response", event)
    elif sys.argv[1] == "fail":
        post(f"invocation/{call}/error", b'{"errorType":"Order.Refused","errorMessage":"no such order"}')
    elif sys.argv[1] == "forget":
        pass
    else:
        time.sleep(60)
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_speak_the_runtime_api_conform() {
    let stage = Stage::new();
    stage.file("runtime.py", CUSTOM_RUNTIME);
    let of = |what: &str, limits: &str| {
        format!(r#"{{"runtime":"provided","bootstrap":["python3","runtime.py","{what}"],"limits":{limits}}}"#)
    };
    conforms(&stage, &subject(of)).await;
}
