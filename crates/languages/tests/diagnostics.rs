//! Mistakes in trigger files and what is said about them.

#![expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is passed")]

use expect_test::{Expect, expect};
use tidegate_languages::{Colour, compile, render};

fn check_as(name: &str, text: &str, expected: Expect) {
    let compiled = compile(text, name);
    let shown: Vec<String> =
        compiled.diagnostics.iter().map(|found| render(found, text, Colour::Never)).collect();
    let end = if compiled.program.is_some() { "(compiles)\n" } else { "" };
    expected.assert_eq(&format!("{}{end}", shown.join("\n")));
}

fn check(text: &str, expected: Expect) {
    check_as("file.yaml", text, expected);
}

/// What is said about the trigger `t` with this `body` in a file with the function `f`.
fn check_trigger(body: &str, expected: Expect) {
    check(
        &format!(
            "workflow: w\nfunctions: {{f: {{builtin: echo}}}}\ntriggers:\n  begin: {{on: start, do: {{invoke: f}}}}\n  t: {body}\n"
        ),
        expected,
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    check(
        r#"workflow: my survey
standing: maybe
function: {}
triggers:
  begin:
    on: start
    do: [{invoke: lst}, {invok: list}]
  fan:
    on: {suceeded: list}
    when: event.data >
    do: []
  rank:
    on: {succeeded: cuont}
    once: yes
    do: {map: {function: count, as: count}}
functions:
  list: {comand: ls}
  count: {command: wc, limits: {timeout: 30}}
"#,
        expect![[r#"
            error[file::bad_name]: the name of the workflow: `my survey` is not a name
             --> file.yaml:1:11
              |
            1 | workflow: my survey
              |           ^^^^^^^^^
              |
              = help: a name is 1 to 128 of letters, digits, `-`, `_`, `.`, `/` and `:`, and starts with a letter, a digit or `_`

            error[file::wrong_type]: `standing`: expected true or false, found the text `maybe`
             --> file.yaml:2:11
              |
            2 | standing: maybe
              |           ^^^^^

            error[file::unknown_key]: a trigger file has no key `function`
             --> file.yaml:3:1
              |
            3 | function: {}
              | ^^^^^^^^
              |
              = help: did you mean `functions`?

            warning[triggers::unknown_function]: this file has no function `lst`; it is to be registered before a run
             --> file.yaml:7:19
              |
            7 |     do: [{invoke: lst}, {invok: list}]
              |                   ^^^
              |
              = help: did you mean `list`?

            error[triggers::unknown_action]: there is no action `invok`
             --> file.yaml:7:26
              |
            7 |     do: [{invoke: lst}, {invok: list}]
              |                          ^^^^^
              |
              = help: did you mean `invoke`?

            error[file::unknown_key]: an event has no key `suceeded`
             --> file.yaml:9:10
              |
            9 |     on: {suceeded: list}
              |          ^^^^^^^^
              |
              = help: did you mean `succeeded`?

            error[triggers::bad_expression]: this is not an expression: unexpected end of the expression (S0207)
              --> file.yaml:10:23
               |
            10 |     when: event.data >
               |                       ^

            error[triggers::empty]: `do` is empty, so the trigger does nothing
              --> file.yaml:11:9
               |
            11 |     do: []
               |         ^^
               |
               = help: name an action, as in `do: {invoke: FUNCTION}`

            error[triggers::unknown_step]: no action of this scope is the step `cuont`
              --> file.yaml:13:21
               |
            13 |     on: {succeeded: cuont}
               |                     ^^^^^
               |
               = help: did you mean `count`?

            error[file::wrong_type]: `once`: expected true or false, found the text `yes`
              --> file.yaml:14:11
               |
            14 |     once: yes
               |           ^^^

            error[file::missing_key]: `map` has no `items`
              --> file.yaml:15:10
               |
            15 |     do: {map: {function: count, as: count}}
               |          ^^^
               |
               = help: add `items: "{% event.data %}"`

            error[file::bad_function]: the function `list` does not say how it runs
              --> file.yaml:17:10
               |
            17 |   list: {comand: ls}
               |          ^^^^^^
               |
               = help: did you mean `command`?

            error[file::bad_time]: `timeout`: `30` is not a span of time
              --> file.yaml:18:42
               |
            18 |   count: {command: wc, limits: {timeout: 30}}
               |                                          ^^
               |
               = help: a span of time is a number with a unit, as in `250ms`, `10s`, `1m30s`, `2h` or `7d`
        "#]],
    );
}

#[test]
fn names_that_lead_nowhere_are_errors() {
    check_trigger(
        "{on: {timer: late}, do: {complete: 1}}",
        expect![[r#"
        error[triggers::unknown_timer]: no action of this scope sets a timer `late`
         --> file.yaml:5:19
          |
        5 |   t: {on: {timer: late}, do: {complete: 1}}
          |                   ^^^^
    "#]],
    );
    check_trigger(
        "{on: {timed_out: bigin}, do: {disable: begn}}",
        expect![[r#"
        error[triggers::unknown_trigger]: this scope has no trigger `bigin`
         --> file.yaml:5:23
          |
        5 |   t: {on: {timed_out: bigin}, do: {disable: begn}}
          |                       ^^^^^
          |
          = help: did you mean `begin`?

        error[triggers::unknown_trigger]: this scope has no trigger `begn`
         --> file.yaml:5:45
          |
        5 |   t: {on: {timed_out: bigin}, do: {disable: begn}}
          |                                             ^^^^
          |
          = help: did you mean `begin`?
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: [{call: part}, {cancel: g}, {cancel_timer: late}]}",
        expect![[r#"
            error[triggers::unknown_scope]: no scope of this file is called `part`
             --> file.yaml:5:39
              |
            5 |   t: {on: {succeeded: f}, do: [{call: part}, {cancel: g}, {cancel_timer: late}]}
              |                                       ^^^^

            error[triggers::unknown_step]: no action of this scope is the step `g`
             --> file.yaml:5:55
              |
            5 |   t: {on: {succeeded: f}, do: [{call: part}, {cancel: g}, {cancel_timer: late}]}
              |                                                       ^
              |
              = help: there are `f`, `part`

            error[triggers::unknown_timer]: no action of this scope sets a timer `late`
             --> file.yaml:5:74
              |
            5 |   t: {on: {succeeded: f}, do: [{call: part}, {cancel: g}, {cancel_timer: late}]}
              |                                                                          ^^^^
        "#]],
    );
    check_trigger(
        "{on: {succeeded: other}, do: {start: other}}",
        expect![[r#"
            error[triggers::unknown_step]: nothing tells of the end of `other`, which is started and not waited for
             --> file.yaml:5:23
              |
            5 |   t: {on: {succeeded: other}, do: {start: other}}
              |                       ^^^^^
              |
              = help: add `wait: true` to the action `start`
        "#]],
    );
    check_trigger(
        "{on: {item_failed: f}, do: {invoke: g}}",
        expect![[r#"
            error[triggers::no_items]: the step `f` has no items
             --> file.yaml:5:25
              |
            5 |   t: {on: {item_failed: f}, do: {invoke: g}}
              |                         ^
              |
              = help: only a `map` has items

            warning[triggers::unknown_function]: this file has no function `g`; it is to be registered before a run
             --> file.yaml:5:42
              |
            5 |   t: {on: {item_failed: f}, do: {invoke: g}}
              |                                          ^
        "#]],
    );
}

#[test]
fn a_function_that_the_file_lacks_is_a_doubt() {
    check_trigger(
        "{on: {succeeded: f}, do: {invoke: resize}}",
        expect![[r#"
        warning[triggers::unknown_function]: this file has no function `resize`; it is to be registered before a run
         --> file.yaml:5:40
          |
        5 |   t: {on: {succeeded: f}, do: {invoke: resize}}
          |                                        ^^^^^^
        (compiles)
    "#]],
    );
}

#[test]
fn shapes_of_triggers_events_and_actions_are_checked() {
    check_trigger(
        "{do: {complete: 1}}",
        expect![[r#"
        error[file::missing_key]: the trigger has no `on`
         --> file.yaml:5:3
          |
        5 |   t: {do: {complete: 1}}
          |   ^
          |
          = help: add the event that it waits for, as in `on: start`
    "#]],
    );
    check_trigger(
        "{on: succeeded, do: complete}",
        expect![[r#"
            error[triggers::bad_pattern]: `succeeded` of what?
             --> file.yaml:5:11
              |
            5 |   t: {on: succeeded, do: complete}
              |           ^^^^^^^^^
              |
              = help: name it, as in `{succeeded: NAME}`

            error[file::wrong_type]: an action: expected a mapping with one key, as in `{invoke: FUNCTION}`, found the text `complete`
             --> file.yaml:5:26
              |
            5 |   t: {on: succeeded, do: complete}
              |                          ^^^^^^^^
        "#]],
    );
    check_trigger(
        "{on: [], do: {}}",
        expect![[r#"
            error[triggers::empty]: `on` is empty, so the trigger can never fire
             --> file.yaml:5:11
              |
            5 |   t: {on: [], do: {}}
              |           ^^
              |
              = help: name an event, as in `on: start`

            error[triggers::empty]: `do` is empty, so the trigger does nothing
             --> file.yaml:5:19
              |
            5 |   t: {on: [], do: {}}
              |                   ^^
              |
              = help: name an action, as in `do: {invoke: FUNCTION}`
        "#]],
    );
    check_trigger(
        "{on: {succeeded: f, failed: f}, do: {invoke: f, as: x}}",
        expect![[r#"
            error[file::conflict]: an event is one thing that happened, and this names two
             --> file.yaml:5:26
              |
            5 |   t: {on: {succeeded: f, failed: f}, do: {invoke: f, as: x}}
              |                          ^^^^^^
              |
              = help: make a list of two events: `on: [{…}, {…}]`

            error[triggers::bad_action]: an action is a mapping with one key, and this has `as` as well
             --> file.yaml:5:54
              |
            5 |   t: {on: {succeeded: f, failed: f}, do: {invoke: f, as: x}}
              |                                                      ^^
              |
              = help: indent it to make it a parameter of `invoke`, or start another item with `-` to make it an action of its own
        "#]],
    );
    check_trigger(
        "{on: {subject: x}, do: {complete: {output: 1}}, context: 3}",
        expect![[r#"
        error[file::missing_key]: an event has no `type`
         --> file.yaml:5:11
          |
        5 |   t: {on: {subject: x}, do: {complete: {output: 1}}, context: 3}
          |           ^^^^^^^^^^^^
          |
          = help: add `type: com.example.done`, or use a short form such as `{succeeded: STEP}`

        warning[triggers::wrapped]: `complete` takes its value as it is, so `output` becomes a part of it
         --> file.yaml:5:41
          |
        5 |   t: {on: {subject: x}, do: {complete: {output: 1}}, context: 3}
          |                                         ^^^^^^
          |
          = help: write `complete: …` without `output`

        error[file::wrong_type]: `context`: expected a mapping, found the number 3
         --> file.yaml:5:63
          |
        5 |   t: {on: {subject: x}, do: {complete: {output: 1}}, context: 3}
          |                                                               ^
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: {timer: {name: a b, after: 10}}}",
        expect![[r#"
        error[file::bad_name]: `name`: `a b` is not a name
         --> file.yaml:5:46
          |
        5 |   t: {on: {succeeded: f}, do: {timer: {name: a b, after: 10}}}
          |                                              ^^^
          |
          = help: a name is 1 to 128 of letters, digits, `-`, `_`, `.`, `/` and `:`, and starts with a letter, a digit or `_`

        error[file::bad_time]: `after`: `10` is not a span of time
         --> file.yaml:5:58
          |
        5 |   t: {on: {succeeded: f}, do: {timer: {name: a b, after: 10}}}
          |                                                          ^^
          |
          = help: a span of time is a number with a unit, as in `250ms`, `10s`, `1m30s`, `2h` or `7d`
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: {timer: {name: t, after: 1s, at: 2026-01-01T00:00:00Z}}}",
        expect![[r#"
            error[file::conflict]: `timer` has both `after` and `at`
             --> file.yaml:5:60
              |
            5 |   t: {on: {succeeded: f}, do: {timer: {name: t, after: 1s, at: 2026-01-01T00:00:00Z}}}
              |                                                            ^^
              |
              = help: remove one of them
        "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: {emit: {type: x, to: mars}}}",
        expect![[r#"
        error[file::wrong_type]: `to`: expected `run` or `world`, found the text `mars`
         --> file.yaml:5:52
          |
        5 |   t: {on: {succeeded: f}, do: {emit: {type: x, to: mars}}}
          |                                                    ^^^^
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: {map: {function: f, items: 3, concurrency: 0, tolerate: {percent: 200}}}}",
        expect![[r#"
            error[file::wrong_type]: `items`: expected a list or an expression, found the number 3
             --> file.yaml:5:58
              |
            5 |   t: {on: {succeeded: f}, do: {map: {function: f, items: 3, concurrency: 0, tolerate: {percent: 200}}}}
              |                                                          ^

            error[file::wrong_type]: `concurrency`: expected a whole number from 1, found the number 0
             --> file.yaml:5:74
              |
            5 |   t: {on: {succeeded: f}, do: {map: {function: f, items: 3, concurrency: 0, tolerate: {percent: 200}}}}
              |                                                                          ^

            error[file::wrong_type]: `percent`: expected a number from 0 to 100, found the number 200
             --> file.yaml:5:97
              |
            5 |   t: {on: {succeeded: f}, do: {map: {function: f, items: 3, concurrency: 0, tolerate: {percent: 200}}}}
              |                                                                                                 ^^^
        "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: {invoke: {function: f, retry: {max_attempt: 3, interval: soon, jitter: some}}}}",
        expect![[r#"
            error[file::unknown_key]: `retry` has no key `max_attempt`
             --> file.yaml:5:62
              |
            5 |   t: {on: {succeeded: f}, do: {invoke: {function: f, retry: {max_attempt: 3, interval: soon, jitter: some}}}}
              |                                                              ^^^^^^^^^^^
              |
              = help: did you mean `max_attempts`?

            error[file::bad_time]: `interval`: `soon` is not a span of time
             --> file.yaml:5:88
              |
            5 |   t: {on: {succeeded: f}, do: {invoke: {function: f, retry: {max_attempt: 3, interval: soon, jitter: some}}}}
              |                                                                                        ^^^^
              |
              = help: a span of time is a number with a unit, as in `250ms`, `10s`, `1m30s`, `2h` or `7d`

            error[file::wrong_type]: `jitter`: expected `none` or `full`, found the text `some`
             --> file.yaml:5:102
              |
            5 |   t: {on: {succeeded: f}, do: {invoke: {function: f, retry: {max_attempt: 3, interval: soon, jitter: some}}}}
              |                                                                                                      ^^^^
        "#]],
    );
}

#[test]
fn shapes_of_conditions_are_checked() {
    check_trigger(
        "{on: {succeeded: f}, when: {cuont: 3}, do: {complete: 1}}",
        expect![[r#"
        error[triggers::unknown_condition]: there is no condition `cuont`
         --> file.yaml:5:34
          |
        5 |   t: {on: {succeeded: f}, when: {cuont: 3}, do: {complete: 1}}
          |                                  ^^^^^
          |
          = help: did you mean `count`?
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, when: {count: 3, join: 2}, do: {complete: 1}}",
        expect![[r#"
        error[triggers::bad_condition]: a condition is a mapping with one key
         --> file.yaml:5:44
          |
        5 |   t: {on: {succeeded: f}, when: {count: 3, join: 2}, do: {complete: 1}}
          |                                            ^^^^
          |
          = help: several conditions on one event are one expression with `and`
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, when: {join: {size: many, timeout: 5}}, do: {complete: 1}}",
        expect![[r#"
            error[file::wrong_type]: `size`: expected a whole number from 0, found the text `many`
             --> file.yaml:5:47
              |
            5 |   t: {on: {succeeded: f}, when: {join: {size: many, timeout: 5}}, do: {complete: 1}}
              |                                               ^^^^

            error[file::bad_time]: `timeout`: `5` is not a span of time
             --> file.yaml:5:62
              |
            5 |   t: {on: {succeeded: f}, when: {join: {size: many, timeout: 5}}, do: {complete: 1}}
              |                                                              ^
              |
              = help: a span of time is a number with a unit, as in `250ms`, `10s`, `1m30s`, `2h` or `7d`
        "#]],
    );
    check_trigger(
        "{when: {any: {n: 3, of: [a, b]}}, do: {complete: 1}}",
        expect![[r#"
        error[triggers::bad_condition]: `any` waits for 3 of 2 events, so the trigger can never fire
         --> file.yaml:5:19
          |
        5 |   t: {when: {any: {n: 3, of: [a, b]}}, do: {complete: 1}}
          |                   ^^^^^^^^^^^^^^^^^^
    "#]],
    );
    check_trigger(
        "{when: {absence: a}, do: {complete: 1}}",
        expect![[r#"
        error[file::missing_key]: `absence` has no `after`
         --> file.yaml:5:13
          |
        5 |   t: {when: {absence: a}, do: {complete: 1}}
          |             ^^^^^^^^^^^^
          |
          = help: add `after: EVENT`, from which on the time counts

        error[file::missing_key]: `absence` has no `within`
         --> file.yaml:5:13
          |
        5 |   t: {when: {absence: a}, do: {complete: 1}}
          |             ^^^^^^^^^^^^
          |
          = help: add `within: 10s`
    "#]],
    );
    check_trigger(
        "{when: {all: [a], any: [b], consumption: all}, do: {complete: 1}}",
        expect![[r#"
        error[file::conflict]: `all` and `any` stand beside each other
         --> file.yaml:5:24
          |
        5 |   t: {when: {all: [a], any: [b], consumption: all}, do: {complete: 1}}
          |                        ^^^
          |
          = help: make one an operand of the other, as in `all: [{any: […]}, …]`

        error[file::wrong_type]: `consumption`: expected `recent`, `chronicle`, `continuous` or `cumulative`, found the text `all`
         --> file.yaml:5:47
          |
        5 |   t: {when: {all: [a], any: [b], consumption: all}, do: {complete: 1}}
          |                                               ^^^
    "#]],
    );
    check_trigger(
        "{when: {not: a, between: [b]}, do: {complete: 1}}",
        expect![[r#"
        error[file::wrong_type]: `between`: expected a list of two events, the start and the end, found a list
         --> file.yaml:5:31
          |
        5 |   t: {when: {not: a, between: [b]}, do: {complete: 1}}
          |                               ^^^
    "#]],
    );
}

#[test]
fn a_mistake_in_an_expression_is_shown_where_it_is() {
    check_trigger(
        "{on: {succeeded: f}, do: {complete: \"{% event.data + %}\"}}",
        expect![[r#"
            error[triggers::bad_expression]: this is not an expression: unexpected end of the expression (S0207)
             --> file.yaml:5:59
              |
            5 |   t: {on: {succeeded: f}, do: {complete: "{% event.data + %}"}}
              |                                                           ^
        "#]],
    );
    check_trigger(
        "\n    on: {succeeded: f}\n    when: >\n      event.data = 1\n      and event.size ! 3\n    do: {complete: 'it''s {% a %} and {% b'}",
        expect![[r#"
            error[triggers::bad_expression]: this is not an expression: syntax error: `!` is not expected here (S0201)
             --> file.yaml:9:22
              |
            9 |       and event.size ! 3
              |                      ^

            error[triggers::bad_expression]: `{%` without `%}`
              --> file.yaml:10:39
               |
            10 |     do: {complete: 'it''s {% a %} and {% b'}
               |                                       ^
               |
               = help: an expression stands between `{%` and `%}`
        "#]],
    );
    check_as(
        "w.json",
        r#"{"workflow": "w", "triggers": {"t": {"on": "start", "do": {"set": {"x": "\u00e9\n{% a > %}"}}}}}"#,
        expect![[r#"
            error[triggers::bad_expression]: this is not an expression: unexpected end of the expression (S0207)
             --> w.json:1:89
              |
            1 | {"workflow": "w", "triggers": {"t": {"on": "start", "do": {"set": {"x": "\u00e9\n{% a > %}"}}}}}
              |                                                                                         ^
        "#]],
    );
}

#[test]
fn what_the_engine_refuses_is_shown_where_it_is() {
    check_trigger(
        "{on: {succeeded: f}, do: [{start: {workflow: other, as: x}}]}",
        expect![[r#"
        error[triggers::engine]: a run that is not waited for needs no name
         --> file.yaml:5:62
          |
        5 |   t: {on: {succeeded: f}, do: [{start: {workflow: other, as: x}}]}
          |                                                              ^
          |
          = help: add `wait: true`, or remove `as`
    "#]],
    );
    check_trigger(
        "{when: {all: [a, b], within: 0s}, do: {complete: 1}}",
        expect![[r#"
        error[triggers::engine]: expected a time above zero
         --> file.yaml:5:35
          |
        5 |   t: {when: {all: [a, b], within: 0s}, do: {complete: 1}}
          |                                   ^^
    "#]],
    );
    check_trigger(
        "{on: {succeeded: f}, do: {asl.pass: {}}}",
        expect![[r#"
        error[triggers::engine]: there is no action `asl.pass`
         --> file.yaml:5:42
          |
        5 |   t: {on: {succeeded: f}, do: {asl.pass: {}}}
          |                                          ^^
          |
          = help: there are: add, call, cancel, cancel_timer, change, complete, disable, emit, enable, fail, invoke, map, remove, set, start, timer
    "#]],
    );
}

#[test]
fn names_in_a_list_are_unique() {
    check(
        "workflow: w\ntriggers:\n- {name: a, on: start, do: {complete: 1}}\n- {name: a, on: start, do: {complete: 2}}\n- {on: start, do: {complete: 3}}\n",
        expect![[r#"
            error[triggers::duplicate_name]: two triggers are called `a`
             --> file.yaml:4:10
              |
            4 | - {name: a, on: start, do: {complete: 2}}
              |          ^
             ::: file.yaml:3:10
              |
            3 | - {name: a, on: start, do: {complete: 1}}
              |          - the first

            error[file::missing_key]: a trigger in a list has no `name`
             --> file.yaml:5:3
              |
            5 | - {on: start, do: {complete: 3}}
              |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: add `name: NAME`
        "#]],
    );
}

#[test]
fn diagnostics_are_data_for_tools() {
    let compiled =
        compile("workflow: w\ntriggers: {t: {on: start, do: {complete: 1}, onec: true}}\n", "w.yaml");
    expect![[r#"{"severity":"error","code":"file::unknown_key","message":"a trigger has no key `onec`","file":"w.yaml","help":"did you mean `once`?","line":2,"column":46,"offset":57,"length":4,"pointer":"/triggers/t/onec"}"#]].assert_eq(&compiled.diagnostics[0].to_json().to_text());
}

#[test]
fn what_a_terminal_would_obey_is_not_passed_on() {
    let text = "workflow: \"a\u{202e}b\"\n\"\\e[2J\": 1\n";
    let compiled = compile(text, "w\u{1b}.yaml");
    for found in &compiled.diagnostics {
        let shown = render(found, text, Colour::Never);
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    }
    assert!(render(&compiled.diagnostics[0], text, Colour::Always).contains("\u{1b}[1;31m"));
}
