//! `tidegate run`.

use expect_test::expect;
use rustix::process::Signal;

use crate::place::{Place, make_pipe};

const GREET: &str = r#"
workflow: greet
functions:
  hello: {command: 'echo "hello, $TIDEGATE_INPUT_NAME"'}
triggers:
  begin:
    on: start
    do: {invoke: {function: hello, input: {name: '{% input.name ?? "world" %}'}}}
  finish:
    on: {succeeded: hello}
    do: {complete: "{% event.data %}"}
"#;

/// Two steps; the second waits until somebody writes to `gate`.
const GATED: &str = "
workflow: gated
functions:
  first: {command: echo ran >> ran; echo 1}
  second: {command: cat gate}
triggers:
  begin:
    on: start
    do: {invoke: first}
  then:
    on: {succeeded: first}
    do: [{set: {first: '{% event.data %}'}}, {invoke: second}]
  finish:
    on: {succeeded: second}
    do: {complete: {first: '{% vars.first %}', second: '{% event.data %}'}}
";

const FAN_OUT: &str = "
workflow: squares
functions:
  square: {command: 'echo $((TIDEGATE_INPUT_N * TIDEGATE_INPUT_N))'}
triggers:
  begin:
    on: start
    do: {map: {function: square, items: '{% input %}', input: {n: '{% item %}'}, concurrency: 2}}
  finish:
    on: {succeeded: square}
    do: {complete: '{% event.data %}'}
";

const FAILING: &str = "
workflow: failing
functions:
  bad: {command: 'echo it hurts >&2; exit 7'}
triggers:
  begin: {on: start, do: {invoke: bad}}
  finish: {on: {succeeded: bad}, do: {complete: 1}}
";

#[test]
fn the_result_is_on_stdout_and_nothing_else_is() {
    let place = Place::new();
    place.file("greet.yaml", GREET).tidegate(&["run", "greet.yaml"]).check(expect![[r#"
        exit 0
        stdout: "hello, world"
        stderr: run r1 of `greet` started
        stderr: hello: done in SPAN
    "#]]);
}

#[test]
fn text_is_printed_as_it_is_where_asked_for() {
    let place = Place::new();
    let ended = place.file("greet.yaml", GREET).tidegate(&[
        "run",
        "greet.yaml",
        "-o",
        "text",
        "--quiet",
        "--input",
        r#"{"name": "Ada"}"#,
    ]);
    ended.check(expect![[r#"
        exit 0
        stdout: hello, Ada
    "#]]);
}

#[test]
fn input_comes_from_stdin_or_a_file() {
    let place = Place::new();
    place.file("squares.yaml", FAN_OUT).file("input.json", "[5, 6]");
    let from_stdin = place.tidegate_with_stdin(&["run", "squares.yaml", "--input", "-"], "[1, 2, 3]\n");
    from_stdin.check(expect![[r#"
        exit 0
        stdout: [1,4,9]
        stderr: run r1 of `squares` started
        stderr: square: 3 items
        stderr: square: 3 items done in SPAN
    "#]]);
    let from_file = place.tidegate(&["run", "squares.yaml", "--quiet", "--input", "@input.json"]);
    assert_eq!(from_file.stdout(), "[25,36]");
}

#[test]
fn a_file_with_mistakes_is_shown_with_all_of_them() {
    let place = Place::new();
    let bad = GREET.replace("succeeded: hello", "succeeded: hallo").replace("on: start", "onn: start");
    place.file("greet.yaml", &bad).tidegate(&["run", "greet.yaml"]).check(expect![[r#"
        exit 2
        stderr: error[file::missing_key]: the trigger has no `on`
        stderr:  --> greet.yaml:6:3
        stderr:   |
        stderr: 6 |   begin:
        stderr:   |   ^^^^^
        stderr:   |
        stderr:   = help: add the event that it waits for, as in `on: start`
        stderr:
        stderr: error[file::unknown_key]: a trigger has no key `onn`
        stderr:  --> greet.yaml:7:5
        stderr:   |
        stderr: 7 |     onn: start
        stderr:   |     ^^^
        stderr:   |
        stderr:   = help: did you mean `on`?
        stderr:
        stderr: error[triggers::unknown_step]: no action of this scope is the step `hallo`
        stderr:   --> greet.yaml:10:21
        stderr:    |
        stderr: 10 |     on: {succeeded: hallo}
        stderr:    |                     ^^^^^
        stderr:    |
        stderr:    = help: did you mean `hello`?
        stderr:
        stderr: error: `greet.yaml` has 3 errors; nothing was done
    "#]]);
    assert!(!place.path(".tidegate").exists(), "nothing is half done");
}

#[test]
fn input_that_is_not_json_is_refused_with_a_way_out() {
    let place = Place::new();
    place.file("greet.yaml", GREET);
    place.tidegate(&["run", "greet.yaml", "--input", "Ada"]).check(expect![[r#"
        exit 2
        stderr: error: the value of --input is not JSON
        stderr:   expected value at line 1 column 1
        stderr: help: text is quoted twice, for the shell and for JSON: --input '"Ada"'; a file is named by --input @FILE, and `-` is stdin
    "#]]);
    place.tidegate(&["run", "greet.yaml", "--input", r#"{"name": Ada}"#]).check(expect![[r#"
        exit 2
        stderr: error: the value of --input is not JSON
        stderr:   expected value at line 1 column 10
    "#]]);
    place.tidegate(&["run", "greet.yaml", "--input", "@nowhere.json"]).check(expect![[r#"
        exit 5
        stderr: error: cannot read `nowhere.json`, given as --input @nowhere.json
        stderr:   No such file or directory (os error 2)
    "#]]);
}

#[test]
fn a_file_that_is_not_there_is_not_found() {
    let place = Place::new();
    place.file("greet.yaml", GREET).tidegate(&["run", "great.yaml"]).check(expect![[r#"
        exit 5
        stderr: error: cannot read the workflow file `great.yaml`
        stderr:   No such file or directory (os error 2)
        stderr: help: there is greet.yaml
    "#]]);
    place.tidegate(&["run", "."]).check(expect![[r#"
        exit 2
        stderr: error: `.` is a directory
        stderr: help: name a workflow file in it
    "#]]);
}

#[test]
fn a_failed_run_says_why() {
    let place = Place::new();
    place.file("failing.yaml", FAILING).tidegate(&["run", "failing.yaml"]).check(expect![[r#"
        exit 3
        stderr: run r1 of `failing` started
        stderr: bad: failed after SPAN: Tidegate.TaskFailed
        stderr: error: run r1 of `failing` failed: Tidegate.TaskFailed: `bad` failed: exit code 7: it hurts
        stderr: help: `tidegate dev`, and then `tidegate why r1`, tells step by step
    "#]]);
}

#[test]
fn a_run_that_takes_too_long_can_be_resumed() {
    let place = Place::new();
    place.file("gated.yaml", GATED);
    make_pipe(&place.path("gate"));
    place.tidegate(&["run", "gated.yaml", "--timeout", "1s"]).check(expect![[r#"
        exit 4
        stderr: run r1 of `gated` started
        stderr: first: done in SPAN
        stderr: error: run r1 of `gated` has not ended within SPAN
        stderr:   task `second` waits for the end of attempt 1 of function `second`
        stderr: help: go on with: tidegate run --resume
    "#]]);
    make_pipe(&place.path("gate"));
    let mut resumed = place.start(&["run", "--resume"]);
    std::fs::write(place.path("gate"), "2").unwrap();
    assert_eq!(resumed.wait().stdout(), r#"{"first":1,"second":2}"#);
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let place = Place::new();
    place.file("gated.yaml", GATED);
    make_pipe(&place.path("gate"));
    let mut killed = place.start(&["run", "gated.yaml"]);
    killed.wait_for_line("first: done");
    // Opens once the command is there to read: from then on it has the old pipe, and cannot take what is for the other.
    let held = std::fs::OpenOptions::new().write(true).open(place.path("gate")).unwrap();
    killed.kill();
    make_pipe(&place.path("gate"));
    drop(held);
    let mut resumed = place.start(&["run", "gated.yaml", "--resume"]);
    resumed.wait_for_line("run r1 of `gated` goes on");
    std::fs::write(place.path("gate"), "2").unwrap();
    let ended = resumed.wait();
    assert_eq!(ended.stdout(), r#"{"first":1,"second":2}"#);
    assert_eq!(
        std::fs::read_to_string(place.path("ran")).unwrap(),
        "ran\n",
        "what was done is not done again"
    );
    place.tidegate(&["run", "--resume"]).check(expect![[r#"
        exit 0
        stdout: {"first":1,"second":2}
        stderr: no run is unfinished; run r1 of `gated` was the last, and ended at TIME
    "#]]);
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let place = Place::new();
    place.file("gated.yaml", GATED);
    make_pipe(&place.path("gate"));
    let mut interrupted = place.start(&["run", "gated.yaml"]);
    interrupted.wait_for_line("first: done");
    interrupted.end(Signal::INT).check(expect![[r#"
        exit 130
        stderr: error: interrupted: run r1 of `gated` has not ended
        stderr:   task `second` waits for the end of attempt 1 of function `second`
        stderr: help: go on with: tidegate run --resume
    "#]]);
}

#[test]
fn there_is_nothing_to_resume_where_nothing_was_started() {
    let place = Place::new();
    place.tidegate(&["run", "--resume"]).check(expect![[r#"
        exit 5
        stderr: error: there is no data directory `.tidegate`
        stderr: help: name the one that the run was started with: --data DIR
    "#]]);
    place.file("greet.yaml", GREET).tidegate(&["run", "greet.yaml"]).stdout();
    place.file("failing.yaml", FAILING).tidegate(&["run", "failing.yaml", "--resume"]).check(expect![[r#"
            exit 5
            stderr: error: there is no run of `failing` in `.tidegate`
            stderr: help: start one: tidegate run FILE
        "#]]);
}

#[test]
fn a_data_directory_that_is_in_use_or_none_is_refused() {
    let place = Place::new();
    place.file("greet.yaml", GREET);
    let server = place.serve(&[]);
    let refused = place.tidegate(&["run", "greet.yaml"]);
    let refused =
        crate::place::Ended { stderr: refused.stderr.replace(&server.pid().to_string(), "PID"), ..refused };
    refused.check(expect![[r#"
        exit 2
        stderr: error: the data in `.tidegate` is in use by process PID
        stderr: help: if that is a server, let it do it: `tidegate apply FILE` and `tidegate start NAME --wait`; otherwise stop it, or name another directory: --data DIR
    "#]]);
    place.tidegate(&["run", "greet.yaml", "--data", "greet.yaml"]).check(expect![[r#"
        exit 2
        stderr: error: cannot use the data directory `greet.yaml`
        stderr:   File exists (os error 17)
        stderr: help: name a directory that this user may write: --data DIR; or keep nothing: --ephemeral
    "#]]);
}

#[test]
fn an_ephemeral_run_leaves_nothing() {
    let place = Place::new();
    place.file("greet.yaml", GREET);
    let temporary = place.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let ended =
        place.command(&["run", "greet.yaml", "--ephemeral"]).env("TMPDIR", &temporary).output().unwrap();
    assert_eq!(ended.stdout, b"\"hello, world\"\n");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert!(!place.path(".tidegate").exists());
}

#[test]
fn a_standing_workflow_is_not_for_run() {
    let place = Place::new();
    let standing =
        "workflow: ears\nstanding: true\ntriggers:\n  hear: {on: {type: t}, do: {set: {heard: 1}}}\n";
    place.file("ears.yaml", standing).tidegate(&["run", "ears.yaml"]).check(expect![[r#"
        exit 2
        stderr: error: `ears` is a standing workflow: it listens for events and never ends
        stderr: help: serve it with `tidegate dev ears.yaml`, then send events with `tidegate emit`
    "#]]);
}
