//! Nothing outlives us, however we end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Signal, getpid, kill_process};
use tidegate_json::Value;

use super::stage::{Stage, function, until_dead};

const ROLE: &str = "TIDEGATE_TEST_ROLE";
const LINE: &str = r#"{"runtime":"command","command":"sh -c 'echo $$ >&2; sleep 1000' & wait"}"#;

/// Starts a grandchild and tells who it is.
async fn start_grandchild(stage: &Stage) -> u32 {
    let task = stage.invoke("f", &function(LINE), Value::Null);
    stage.line(task).await.parse().unwrap()
}

#[tokio::test]
async fn grandchildren_die_with_a_process_that_is_killed() {
    if std::env::var_os(ROLE).is_some() {
        let stage = Stage::new();
        println!("grandchild {}", start_grandchild(&stage).await);
        kill_process(getpid(), Signal::KILL).unwrap();
        unreachable!("nobody survives SIGKILL");
    }
    let name = "orphans::grandchildren_die_with_a_process_that_is_killed";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ROLE, "victim")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let said: Vec<String> = lines.map_while(Result::ok).collect();
    victim.wait().unwrap();
    let grandchild = said.iter().find_map(|line| line.split("grandchild ").nth(1)).expect("the victim spoke");
    until_dead(grandchild.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn dropping_the_runtimes_kills_what_runs() {
    let stage = Stage::new();
    let grandchild = start_grandchild(&stage).await;
    drop(stage);
    until_dead(grandchild).await;
}

#[test]
fn dropping_the_async_runtime_kills_what_runs() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (stage, grandchild) = runtime.block_on(async {
        let stage = Stage::new();
        let grandchild = start_grandchild(&stage).await;
        (stage, grandchild)
    });
    drop(runtime);
    let second = tokio::runtime::Runtime::new().unwrap();
    second.block_on(until_dead(grandchild));
    drop(stage);
}
