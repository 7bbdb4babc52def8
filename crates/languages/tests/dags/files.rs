//! What is said of DAG files that are wrong: all at once, with places and ways out.

use expect_test::{Expect, expect};
use tidegate_languages::{Colour, compile, render};

fn check(text: &str, expected: &Expect) {
    let compiled = compile(text, "dag.yaml");
    let told: String =
        compiled.diagnostics.iter().map(|found| render(found, text, Colour::Never) + "\n").collect();
    expected.assert_eq(&told);
}

#[test]
fn mistakes_are_told_all_at_once() {
    check(
        "dag: nightly
tasks:
  fetch: {command: curl example.com}
  parse: {function: parse, after: fetsh, rule: all_sucess}
  load: {after: parse}
  input: {function: x}
  map: {function: x, concurrency: 3}
  when: {function: x, when: 'a >'}
",
        &expect![[r#"
            warning[dag::unknown_function]: this file has no function `parse`; it is to be registered before a run
             --> dag.yaml:4:21
              |
            4 |   parse: {function: parse, after: fetsh, rule: all_sucess}
              |                     ^^^^^

            error[dag::unknown_task]: no task is called `fetsh`
             --> dag.yaml:4:35
              |
            4 |   parse: {function: parse, after: fetsh, rule: all_sucess}
              |                                   ^^^^^
              |
              = help: did you mean `fetch`?

            error[dag::unknown_rule]: there is no trigger rule `all_sucess`
             --> dag.yaml:4:48
              |
            4 |   parse: {function: parse, after: fetsh, rule: all_sucess}
              |                                                ^^^^^^^^^^
              |
              = help: did you mean `all_success`?

            error[file::missing_key]: the task `load` does not say what it runs
             --> dag.yaml:5:3
              |
            5 |   load: {after: parse}
              |   ^^^^
              |
              = help: add `function: NAME` or `workflow: NAME`, or a command, as in `command: make report`

            error[dag::bad_id]: a task cannot be called `input`: expressions know something else by that name
             --> dag.yaml:6:3
              |
            6 |   input: {function: x}
              |   ^^^^^
              |
              = help: rename the task

            warning[dag::unknown_function]: this file has no function `x`; it is to be registered before a run
             --> dag.yaml:7:19
              |
            7 |   map: {function: x, concurrency: 3}
              |                   ^

            error[dag::not_mapped]: `concurrency` is about the items of a map
             --> dag.yaml:7:22
              |
            7 |   map: {function: x, concurrency: 3}
              |                      ^^^^^^^^^^^
              |
              = help: add `map`, or remove it

            error[dag::bad_expression]: this is not an expression: unexpected end of the expression (S0207)
             --> dag.yaml:8:33
              |
            8 |   when: {function: x, when: 'a >'}
              |                                 ^

        "#]],
    );
}

#[test]
fn cycles_are_shown_as_they_run() {
    check(
        "dag: round
tasks:
  a: {function: f, after: c}
  b: {function: f, after: a}
  c: {function: f, after: b}
  d: {function: f, after: c}
  e: {function: f, after: e}
",
        &expect![[r#"
            error[dag::cycle]: `a` comes after itself
             --> dag.yaml:3:3
              |
            3 |   a: {function: f, after: c}
              |   ^
              |
              = help: `a` after `c` after `b` after `a`: take one `after` out

            warning[dag::unknown_function]: this file has no function `f`; it is to be registered before a run
             --> dag.yaml:3:17
              |
            3 |   a: {function: f, after: c}
              |                 ^

            error[dag::cycle]: `e` comes after itself
             --> dag.yaml:7:3
              |
            7 |   e: {function: f, after: e}
              |   ^
              |
              = help: `e` after `e`: take one `after` out

        "#]],
    );
}

#[test]
fn results_are_read_of_tasks_that_come_before() {
    check(
        "dag: reads
tasks:
  a: {function: f}
  b: {function: f, after: a, input: '{% a.x + input.y %}'}
  c: {function: f, after: b, input: '{% a %}'}
  d: {function: f, after: a, input: '{% b + resutl %}'}
",
        &expect![[r#"
            warning[dag::unknown_function]: this file has no function `f`; it is to be registered before a run
             --> dag.yaml:3:17
              |
            3 |   a: {function: f}
              |                 ^

            error[dag::not_before]: `d` reads the result of `b`, which it does not come after
             --> dag.yaml:6:37
              |
            6 |   d: {function: f, after: a, input: '{% b + resutl %}'}
              |                                     ^^^^^^^^^^^^^^^^^^
              |
              = help: add `b` to `after`

            error[dag::unknown_name]: there is nothing called `resutl` to read
             --> dag.yaml:6:37
              |
            6 |   d: {function: f, after: a, input: '{% b + resutl %}'}
              |                                     ^^^^^^^^^^^^^^^^^^
              |
              = help: there are `a`, `b`, `c`, `d`, `input`, `item`, `index`, `items`, …

        "#]],
    );
}

#[test]
fn a_task_runs_one_thing() {
    check(
        "dag: things
tasks:
  a: {workflow: w, function: f}
  b: {workflow: w, map: [1]}
  c: {function: f, command: ls}
",
        &expect![[r#"
            error[file::conflict]: a task runs one thing, and this has `workflow` and `function`
             --> dag.yaml:3:20
              |
            3 |   a: {workflow: w, function: f}
              |                    ^^^^^^^^
              |
              = help: remove one of them

            error[file::conflict]: a task runs one function, and this has `function` and `command`
             --> dag.yaml:5:20
              |
            5 |   c: {function: f, command: ls}
              |                    ^^^^^^^
              |
              = help: remove one of them

        "#]],
    );
}
