//! Commands: what they are given, and every way in which they can end.

use tidegate_json::Value;
use tidegate_model::outcome::errors;
use tidegate_model::{Data, Outcome};
use tidegate_runtimes::Settings;

use super::stage::{Stage, function, json, until_dead, value};

/// A shell function, as a specification.
fn shell(line: &str) -> std::sync::Arc<tidegate_model::FunctionSpec> {
    limited(line, "{}")
}

fn limited(line: &str, limits: &str) -> std::sync::Arc<tidegate_model::FunctionSpec> {
    let line = Value::from(line).to_text();
    function(&format!(r#"{{"runtime":"command","command":{line},"limits":{limits}}}"#))
}

#[tokio::test]
async fn stdout_is_json_or_text_or_bytes() {
    let stage = Stage::new();
    for (line, expected) in [
        (r#"echo ' {"a": 1} '"#, r#"{"a":1}"#),
        ("printf hello", r#""hello""#),
        (r"printf 'two\nlines\n'", r#""two\nlines""#),
        ("true", "null"),
        ("printf ' '", r#"" ""#),
    ] {
        assert_eq!(stage.result("f", &shell(line), Value::Null).await, json(expected), "{line}");
    }
    let Outcome::Succeeded { data, .. } = stage.call("f", &shell(r"printf '\377\001'"), Value::Null).await
    else {
        panic!("bytes are a result")
    };
    assert_eq!(data, Data::Binary([0xff, 1].as_slice().into()));
}

#[tokio::test]
async fn a_command_knows_its_task_and_nothing_of_our_secrets() {
    let stage = Stage::new();
    let line = "env | grep -E '^(TIDEGATE|COLOUR)' | sort";
    let line = Value::from(line).to_text();
    let spec =
        function(&format!(r#"{{"runtime":"command","command":{line},"environment":{{"COLOUR":"blue"}}}}"#));
    let input = json(r#"{"order-id":"a b","count":2,"is_paid":true,"lines":[1],"note":null}"#);
    let said = stage.result("f", &spec, input.clone()).await;
    let expected = format!(
        "COLOUR=blue\nTIDEGATE_ATTEMPT=1\nTIDEGATE_IDEMPOTENCY_KEY=key-1\nTIDEGATE_INPUT={}\n\
         TIDEGATE_INPUT_COUNT=2\nTIDEGATE_INPUT_IS_PAID=true\nTIDEGATE_INPUT_ORDER_ID=a b\nTIDEGATE_RUN=r7\n\
         TIDEGATE_TASK=r7.t1\nTIDEGATE_WORKFLOW=orders",
        input.to_text()
    );
    assert_eq!(said, Value::from(expected));

    let inherited = Settings::default().inherited_environment;
    // The shell sets these itself.
    let its_own = ["PWD", "OLDPWD", "SHLVL", "_"];
    let is_secret = |name: &String| {
        !its_own.contains(&name.as_str()) && !name.starts_with("LC_") && !inherited.contains(name)
    };
    let secrets: Vec<String> = std::env::vars().map(|(name, _)| name).filter(is_secret).collect();
    assert!(!secrets.is_empty(), "nothing there that could be seen");
    let seen = stage.result("f", &shell("env"), Value::Null).await;
    for secret in secrets {
        let is_seen = seen.as_str().unwrap().lines().any(|line| line.starts_with(&format!("{secret}=")));
        assert!(!is_seen, "{secret}");
    }
}

#[tokio::test]
async fn a_program_runs_without_a_shell_in_its_directory() {
    let stage = Stage::new();
    std::fs::create_dir(stage.directory().join("inner")).unwrap();
    let spec = function(
        r#"{"runtime":"command","command":["sh","-c","echo \"$1 $(basename \"$PWD\")\"","sh","$HOME"],"directory":"inner"}"#,
    );
    assert_eq!(stage.result("f", &spec, Value::Null).await, Value::from("$HOME inner"));
}

#[tokio::test]
async fn a_failure_tells_the_code_and_the_last_words() {
    let stage = Stage::new();
    let failure =
        stage.failure("f", &shell("echo out; echo one >&2; echo two >&2; exit 3"), Value::Null).await;
    assert_eq!((&*failure.error, &*failure.message), (errors::TASK_FAILED, "exit code 3: two"));
    let detail = json(r#"{"exit_code":3,"stderr":"one\ntwo\n","stdout":"out\n"}"#);
    assert_eq!(failure.detail, Data::json(&detail));
    let failure = stage.failure("f", &shell("kill -SEGV $$"), Value::Null).await;
    assert_eq!((&*failure.error, &*failure.message), (errors::TASK_FAILED, "killed by SIGSEGV"));
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let stage = Stage::new();
    stage.file("plain.txt", "no program");
    for (spec, part) in [
        (r#"["no-such-program"]"#, "the program `no-such-program` was not found on the search path"),
        (r#"["./missing"]"#, "missing` was not found: check the path"),
        (r#"["./plain.txt"]"#, "plain.txt` is not executable: try `chmod +x`"),
        ("[]", "the command is empty"),
        (r#""true","directory":"nowhere""#, "nowhere` does not exist"),
    ] {
        let spec = function(&format!(r#"{{"runtime":"command","command":{spec}}}"#));
        let failure = stage.failure("f", &spec, Value::Null).await;
        assert_eq!(&*failure.error, errors::NOT_STARTED, "{failure}");
        assert!(failure.message.contains(part), "{failure}");
    }
}

#[tokio::test]
async fn limits_end_a_command() {
    let stage = Stage::new();
    let spin = limited("while :; do :; done", r#"{"cpu_seconds":1}"#);
    let failure = stage.failure("spin", &spin, Value::Null).await;
    assert_eq!(&*failure.error, errors::LIMIT, "{failure}");
    let hoard = limited("python3 -c 'b = bytearray(1 << 30)'", r#"{"memory_mib":256}"#);
    let failure = stage.failure("hoard", &hoard, Value::Null).await;
    assert_eq!(&*failure.message, "exit code 1: MemoryError");
}

#[tokio::test]
async fn too_much_output_ends_a_command() {
    let stage = Stage::with(Settings { output_max_bytes: 1000, ..Settings::default() });
    let failure = stage.failure("f", &shell("yes"), Value::Null).await;
    assert_eq!(&*failure.error, errors::LIMIT);
    assert_eq!(
        &*failure.message,
        "wrote more than 1000 bytes to stdout, the limit `output_max_bytes` of a result"
    );
}

#[tokio::test]
async fn a_timeout_kills_grandchildren_even_those_that_will_not_listen() {
    let stage = Stage::with(Settings { stop_grace: tidegate_model::Span(100), ..Settings::default() });
    let line = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >&2; while :; do sleep 60; done' & wait";
    let spec = limited(line, r#"{"timeout":"300ms"}"#);
    let task = stage.invoke("f", &spec, Value::Null);
    let grandchild: u32 = stage.line(task).await.parse().unwrap();
    let (_, _, outcome) = stage.report().await;
    let Outcome::Failed(failure) = outcome else { panic!("it hangs") };
    assert_eq!((&*failure.error, &*failure.message), (errors::TIMEOUT, "took longer than 300ms"));
    until_dead(grandchild).await;
}

#[tokio::test]
async fn what_a_command_leaves_in_the_background_ends_with_it() {
    let stage = Stage::new();
    let pid = stage.result("f", &shell("sleep 1000 & echo $!"), Value::Null).await;
    until_dead(u32::try_from(pid.as_u64().unwrap()).unwrap()).await;
}

#[tokio::test]
async fn a_process_asked_to_end_may_say_a_last_word() {
    let stage = Stage::new();
    let spec = limited("trap 'echo bye >&2; exit 0' TERM; sleep 60 & wait", r#"{"timeout":"300ms"}"#);
    let task = stage.invoke("f", &spec, Value::Null);
    stage.report().await;
    assert_eq!(stage.runtimes.logs(task).text(), "bye\n");
}

#[tokio::test]
async fn stderr_is_the_log_and_a_sign_of_life() {
    let stage = Stage::new();
    let mut lines = stage.runtimes.subscribe_logs();
    let task = stage.invoke("f", &shell("echo alive >&2"), Value::Null);
    let line = lines.recv().await.unwrap();
    assert_eq!((line.task, line.attempt, &line.text[..]), (task, 1, &b"alive"[..]));
    assert_eq!(value(stage.report().await.2), Value::Null);
    assert_eq!(*stage.heartbeats.lock(), [task]);

    let task = stage.invoke("f", &shell("seq 100000 >&2"), Value::Null);
    assert_eq!(value(stage.report().await.2), Value::Null);
    let log = stage.runtimes.logs(task);
    assert_eq!(log.lines.last().unwrap().text, "100000");
    assert!(log.lines.len() < 1100 && log.dropped_bytes > 500_000, "{} lines", log.lines.len());
}

#[tokio::test]
async fn a_closed_stdin_is_nobodys_failure() {
    let stage = Stage::new();
    let big = Value::from("x".repeat(1 << 20));
    assert_eq!(stage.result("f", &shell("exec 0<&-; echo 1"), big).await, json("1"));
}
