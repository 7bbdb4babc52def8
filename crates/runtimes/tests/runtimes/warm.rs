//! Warm handlers: what they are given, how they fail, and how their instances come and go.

use std::sync::Arc;

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{FunctionSpec, Outcome, Span};
use tidegate_runtimes::{InstanceCounts, Settings};

use super::conformance::CUSTOM_RUNTIME;
use super::stage::{Stage, function, json, until_dead, value};

const PYTHON: &str = r#"
import asyncio, logging, os, sys, time
calls = 0

def count(event, context):
    global calls
    calls += 1
    return [os.getpid(), calls]

def context(event, context):
    remaining = context.get_remaining_time_in_millis()
    return [context.function_name, context.function_version, context.invoked_function_arn, context.memory_limit_in_mb,
            context.aws_request_id, context.log_stream_name.startswith("f/[$LATEST]"), 0 < remaining <= 5000,
            os.environ["AWS_REGION"], os.environ["TZ"], os.environ["_X_AMZN_TRACE_ID"][:7], os.environ["COLOUR"]]

def speak(event, context):
    print("to stdout")
    sys.stderr.write("to stderr\n")
    logging.getLogger().setLevel(logging.INFO)
    logging.info("to the log")
    os.system("echo from a child")

def leave(event, context):
    print("last words")
    sys.exit(7)

def nan(event, context):
    return float("nan")

def missing(event, context):
    return {}["key"]

async def later(event, context):
    return 1

def wait(event, context):
    while not os.path.exists("go"):
        time.sleep(0.01)
    return os.getpid()
"#;

const NODE: &str = r#"
let calls = 0;
exports.count = async () => [process.pid, ++calls];
exports.callback = (event, context, callback) => setTimeout(() => callback(null, event), 1);
exports.refuse = (event, context, callback) => callback(new RangeError('too far'));
exports.silent = () => { setTimeout(() => {}, 1); };
exports.plain = () => 42;
exports.never = () => new Promise(() => {});
exports.text = async () => { throw 'just text'; };
exports.crash = async () => { setTimeout(() => { throw new TypeError('out of the blue'); }, 1); await new Promise((resolve) => setTimeout(resolve, 60_000)); };
exports.speak = async () => { console.log('to stdout'); console.error('to stderr'); };
exports.context = async (event, context) => [context.functionName, context.awsRequestId, context.memoryLimitInMB, context.invokedFunctionArn, context.getRemainingTimeInMillis() <= 5000];
"#;

fn stage() -> Stage {
    let stage = Stage::with(Settings { stop_grace: Span(200), ..Settings::default() });
    stage.file("m.py", PYTHON);
    stage.file("m.js", NODE);
    stage.file("broken.py", "def f(:\n");
    stage.file("needy.py", "import no_such_module\n");
    stage.file("runtime.py", CUSTOM_RUNTIME);
    stage
}

fn handler(runtime: &str, name: &str, rest: &str) -> Arc<FunctionSpec> {
    function(&format!(r#"{{"runtime":"{runtime}","handler":"{name}"{rest}}}"#))
}

fn python(name: &str) -> Arc<FunctionSpec> {
    handler("python", name, "")
}

fn node(name: &str) -> Arc<FunctionSpec> {
    handler("node", name, "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_instance_takes_one_call_after_another() {
    let stage = stage();
    for (name, spec) in [("python", python("m.count")), ("node", node("m.count"))] {
        let first = stage.result(name, &spec, Value::Null).await;
        assert_eq!(first.get_index(1), Some(&json("1")));
        let second = stage.result(name, &spec, Value::Null).await;
        assert_eq!(second.get_index(0), first.get_index(0));
        assert_eq!(second.get_index(1), Some(&json("2")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_is_told_what_lambda_tells() {
    let stage = stage();
    let rest = r#","limits":{"timeout":"5s"},"environment":{"COLOUR":"blue"}"#;
    let said = stage.result("f", &handler("python", "m.context", rest), Value::Null).await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let expected =
        format!(r#"["f","$LATEST","{arn}","1024","r7.t1-1",true,true,"us-east-1","UTC","Root=1-","blue"]"#);
    assert_eq!(said, json(&expected));
    let said = stage.result("f", &handler("node", "m.context", rest), Value::Null).await;
    assert_eq!(said, json(&format!(r#"["f","r7.t2-1","1024","{arn}",true]"#)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_handler_writes_is_the_log_of_its_call() {
    let stage = stage();
    for _ in 0..3 {
        let task = stage.invoke("python", &python("m.speak"), Value::Null);
        stage.report().await;
        let expected = "to stdout\nto stderr\n[INFO] root: to the log\nfrom a child\n";
        assert_eq!(stage.runtimes.logs(task).text(), expected);
    }
    for _ in 0..3 {
        let task = stage.invoke("node", &node("m.speak"), Value::Null);
        stage.report().await;
        assert_eq!(stage.runtimes.logs(task).text(), "to stdout\nto stderr\n");
    }
}

async fn check_failure(stage: &Stage, spec: &Arc<FunctionSpec>, error: &str, message: &str) {
    let failure = stage.failure("f", spec, Value::Null).await;
    assert_eq!((&*failure.error, failure.message.contains(message)), (error, true), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_failures_have_names() {
    let stage = stage();
    for (name, error, message) in [
        ("m.missing", "KeyError", "'key'"),
        ("m.nan", "Runtime.MarshalError", "Out of range float values"),
        ("m.leave", "Runtime.ExitError", "before it answered, exit code 7: last words"),
        ("m.later", "Runtime.HandlerNotSupported", "call asyncio.run()"),
        ("m.absent", "Runtime.HandlerNotFound", "'absent' missing on module 'm'"),
        ("nowhere.f", "Runtime.ImportModuleError", "No module named 'nowhere'"),
        ("needy.f", "Runtime.ImportModuleError", "No module named 'no_such_module'"),
        ("broken.f", "Runtime.UserCodeSyntaxError", "broken.py, line 1"),
        ("plain", "Runtime.MalformedHandlerName", "not of the form 'module.function'"),
    ] {
        check_failure(&stage, &python(name), error, message).await;
    }
    let Outcome::Failed(failure) = stage.call("f", &python("m.missing"), Value::Null).await else {
        panic!("there is no such key")
    };
    let detail = failure.detail.inline_value().unwrap();
    let trace = detail.get("stackTrace").and_then(|trace| trace.get_index(0)).and_then(Value::as_str);
    assert!(trace.is_some_and(|line| line.contains("m.py\", line ")), "{detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_handlers_answer_in_any_style_and_failures_have_names() {
    let stage = stage();
    for (name, expected) in [("m.callback", "[1]"), ("m.silent", "null"), ("m.plain", "42")] {
        assert_eq!(stage.result("f", &node(name), json("[1]")).await, json(expected), "{name}");
    }
    for (name, error, message) in [
        ("m.refuse", "RangeError", "too far"),
        ("m.text", "string", "just text"),
        ("m.never", "Runtime.NodeJsExit", "never settles"),
        ("m.crash", "TypeError", "out of the blue"),
        ("m.absent", "Runtime.HandlerNotFound", "absent is undefined"),
        ("nowhere.f", "Runtime.ImportModuleError", "Cannot find module 'nowhere'"),
    ] {
        check_failure(&stage, &node(name), error, message).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interpreter_that_is_missing_says_how_to_get_it() {
    let settings = Settings { python: Some("python9".into()), ..Settings::default() };
    check_failure(&Stage::with(settings), &python("m.f"), errors::NOT_STARTED, "`python9` was not found")
        .await;
    let settings = Settings { inherited_environment: Vec::new(), ..Settings::default() };
    let rest = r#","environment":{"PATH":"/nowhere"}"#;
    check_failure(
        &Stage::with(settings),
        &handler("python", "m.f", rest),
        errors::NOT_STARTED,
        "install python3",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_fails_fails_all_that_wait_and_no_more() {
    let stage = stage();
    let spec = function(r#"{"runtime":"provided","bootstrap":"echo out of luck >&2; exit 1"}"#);
    let tasks: Vec<_> = (0..20).map(|_| stage.invoke("f", &spec, Value::Null)).collect();
    for _ in &tasks {
        let Outcome::Failed(failure) = stage.report().await.2 else { panic!("it cannot start") };
        assert_eq!(&*failure.error, "Runtime.ExitError");
        assert_eq!(&*failure.message, "the process ended before it was ready, exit code 1: out of luck");
    }
    stage.until_function("f", |f| f.instances == InstanceCounts::default() && f.totals.failed == 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_hangs_is_given_up() {
    let stage =
        Stage::with(Settings { start_timeout: Span(100), stop_grace: Span(100), ..Settings::default() });
    let spec = function(r#"{"runtime":"provided","bootstrap":["sleep","1000"]}"#);
    check_failure(&stage, &spec, errors::TIMEOUT, "did not ask for a call within 100ms").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_forgets_its_call_is_replaced() {
    let stage = stage();
    let spec = function(r#"{"runtime":"provided","bootstrap":["python3","runtime.py","forget"]}"#);
    check_failure(&stage, &spec, "Runtime.NoAnswer", "before it had answered").await;
    check_failure(&stage, &spec, "Runtime.NoAnswer", "before it had answered").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_breaks_its_instance_fails_alone() {
    let stage = stage();
    let rest = r#","limits":{"concurrency":1}"#;
    let good = handler("python", "m.count", rest);
    let first = stage.result("good", &good, Value::Null).await;
    let leave = handler("python", "m.leave", rest);
    check_failure(&stage, &leave, "Runtime.ExitError", "exit code 7").await;
    assert_eq!(stage.result("good", &good, Value::Null).await.get_index(0), first.get_index(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_grows_for_slow_calls_up_to_its_cap_and_shrinks_to_nothing() {
    let stage = stage();
    let spec = handler("python", "m.wait", r#","limits":{"concurrency":3,"idle":"50ms"}"#);
    for _ in 0..5 {
        stage.invoke("f", &spec, Value::Null);
    }
    stage.until_function("f", |f| f.instances.busy == 3 && f.queued == 2).await;
    stage.file("go", "");
    let mut processes = Vec::new();
    for _ in 0..5 {
        processes.push(u32::try_from(value(stage.report().await.2).as_u64().unwrap()).unwrap());
    }
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 3);
    stage.until_function("f", |f| f.instances == InstanceCounts::default()).await;
    for process in processes {
        until_dead(process).await;
    }
    assert!(stage.call("f", &spec, Value::Null).await != Outcome::succeeded(&Value::Null), "it starts again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_function_uses_new_instances_and_the_old_ones_end() {
    let stage = stage();
    let old = stage.result("f", &python("m.count"), Value::Null).await;
    let rest = r#","environment":{"VERSION":"2"}"#;
    let new = stage.result("f", &handler("python", "m.count", rest), Value::Null).await;
    assert_ne!(old.get_index(0), new.get_index(0));
    until_dead(u32::try_from(old.get_index(0).and_then(Value::as_u64).unwrap()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_too_long_fails_its_call_and_keeps_the_instance() {
    let stage = Stage::with(Settings { output_max_bytes: 1000, ..Settings::default() });
    stage.file("m.py", "import os\ndef f(event, context):\n    return [os.getpid(), 'x' * event]\n");
    let spec = python("m.f");
    let first = stage.result("f", &spec, json("1")).await;
    let failure = stage.failure("f", &spec, json("10000000")).await;
    assert_eq!(&*failure.error, errors::LIMIT);
    assert_eq!(stage.result("f", &spec, json("1")).await, first);
}
