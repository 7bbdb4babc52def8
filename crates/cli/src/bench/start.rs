//! A process from nothing to its first finished run.

use std::process::{Command, Stdio};
use std::time::Instant;

use super::measure::{Figures, Place};
use crate::problem::{Problem, Result};

const WORKFLOW: &str = "workflow: first
functions: {greet: {builtin: echo}}
triggers:
  begin: {on: start, do: {invoke: {function: greet, input: hello}}}
  done: {on: {succeeded: greet}, do: {complete: '{% event.data %}'}}
";

/// From an empty directory to the result on stdout, `times` times.
pub(super) fn first_run(times: usize, place: &Place) -> Result<Figures> {
    let program = std::env::current_exe().map_err(|error| Problem::failed(format!("who am I: {error}")))?;
    let file = place.join("first.yaml");
    std::fs::write(&file, WORKFLOW)
        .map_err(|error| Problem::failed(format!("cannot write a workflow: {error}")))?;
    let mut took = Vec::with_capacity(times);
    for number in 0..times {
        let data = place.join(&format!("first-{number}"));
        let started = Instant::now();
        let output = Command::new(&program)
            .args(["run", "-o", "json", "--data"])
            .args([&data, &file])
            .stderr(Stdio::null())
            .output()
            .map_err(|error| Problem::failed(format!("cannot start {}: {error}", program.display())))?;
        took.push(started.elapsed());
        if !output.status.success() || output.stdout.trim_ascii() != b"\"hello\"" {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            return Err(Problem::failed(format!("the first run ended with {}: {said}", output.status)));
        }
    }
    Ok(Figures::new("start")
        .with("what", "empty directory to first result, whole process")
        .with("runs", times)
        .percentiles(took))
}
