//! Texts that are no documents, documents of other languages, and limits.

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

#[test]
fn yaml_that_is_not_yaml_is_explained() {
    check(
        "workflow: w\ntriggers:\n\tbegin: x\n",
        expect![[r#"
        error[source::tab]: YAML is not indented by tabs
         --> file.yaml:3:1
          |
        3 |     begin: x
          | ^^^^
          |
          = help: use spaces
    "#]],
    );
    check(
        "workflow: w\nworkflow: v\ntriggers: {}\n",
        expect![[r#"
            error[source::duplicate_key]: `workflow` is here twice
             --> file.yaml:2:1
              |
            2 | workflow: v
              | ^^^^^^^^
             ::: file.yaml:1:1
              |
            1 | workflow: w
              | -------- here first

            error[triggers::empty]: `triggers` is empty, so nothing can ever happen
             --> file.yaml:3:11
              |
            3 | triggers: {}
              |           ^^
              |
              = help: add a trigger, as in `begin: {on: start, do: {…}}`
        "#]],
    );
    check(
        "workflow: w\n---\nworkflow: v\n",
        expect![[r#"
        error[source::several_documents]: a second document starts here
         --> file.yaml:2:1
          |
        2 | ---
          | ^^^
          |
          = help: put each workflow into a file of its own
    "#]],
    );
    check(
        "workflow: {% x %}\n",
        expect![[r#"
        error[source::yaml]: this is not YAML: unexpected character: `%'
         --> file.yaml:1:12
          |
        1 | workflow: {% x %}
          |            ^
          |
          = help: put text that starts with `{%` in quotes: "{% … %}"
    "#]],
    );
    check(
        "workflow: w\nvars: {<<: {a: 1}, b: .nan, c: !secret x, [d]: 1}\ntriggers: *gone\n",
        expect![[r#"
        error[source::merge_key]: YAML 1.2 has no merge key `<<`
         --> file.yaml:2:8
          |
        2 | vars: {<<: {a: 1}, b: .nan, c: !secret x, [d]: 1}
          |        ^^
          |
          = help: repeat the members, or put an alias where a whole value is meant

        error[source::number]: `.nan` is not a number that JSON can say
         --> file.yaml:2:23
          |
        2 | vars: {<<: {a: 1}, b: .nan, c: !secret x, [d]: 1}
          |                       ^^^^
          |
          = help: put it in quotes if text is meant

        error[source::tag]: the tag `!secret` is not known
         --> file.yaml:2:32
          |
        2 | vars: {<<: {a: 1}, b: .nan, c: !secret x, [d]: 1}
          |                                ^^^^^^^^^
          |
          = help: only `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and `!!map` are

        error[source::key]: a key is text, and this is a list
         --> file.yaml:2:43
          |
        2 | vars: {<<: {a: 1}, b: .nan, c: !secret x, [d]: 1}
          |                                           ^^^
          |
          = help: put text with `{` or `[` at its start in quotes

        error[source::yaml]: this is not YAML: while parsing node, found unknown anchor
         --> file.yaml:3:11
          |
        3 | triggers: *gone
          |           ^
    "#]],
    );
    check(
        "",
        expect![[r#"
        error[source::empty]: the file is empty
         --> file.yaml:1:1
          |
        1 |
          | ^
    "#]],
    );
    check(
        "triggers: [",
        expect![[r#"
        error[source::yaml]: this is not YAML: while parsing a node, did not find expected node content
         --> file.yaml:1:12
          |
        1 | triggers: [
          |            ^
    "#]],
    );
}

#[test]
fn json_that_is_not_json_is_explained() {
    for (text, expected) in [
        (
            "{\"workflow\": \"w\",}",
            expect![[r#"
            error[source::json]: expected a key in double quotes, found `}`
             --> w.json:1:18
              |
            1 | {"workflow": "w",}
              |                  ^
        "#]],
        ),
        (
            "{\"workflow\": w}",
            expect![[r#"
            error[source::json]: expected a value, found `w`
             --> w.json:1:14
              |
            1 | {"workflow": w}
              |              ^
        "#]],
        ),
        (
            "{\"workflow\": 01}",
            expect![[r#"
            error[source::json]: `01` is not a number: invalid number
             --> w.json:1:14
              |
            1 | {"workflow": 01}
              |              ^^
        "#]],
        ),
        (
            "{\"a\": 1, \"a\": 2} x",
            expect![[r#"
            error[source::duplicate_key]: `a` is here twice
             --> w.json:1:10
              |
            1 | {"a": 1, "a": 2} x
              |          ^^^
             ::: w.json:1:2
              |
            1 | {"a": 1, "a": 2} x
              |  --- here first

            error[source::json]: expected the end of the file, found `x`
             --> w.json:1:18
              |
            1 | {"a": 1, "a": 2} x
              |                  ^
        "#]],
        ),
        (
            "{\"a\": \"\\q\"}",
            expect![[r#"
            error[source::json]: invalid escape
             --> w.json:1:9
              |
            1 | {"a": "\q"}
              |         ^
        "#]],
        ),
        (
            "{\"a\": \"b\n\"}",
            expect![[r#"
            error[source::json]: a line break or control character in a string is written as an escape
             --> w.json:1:9
              |
            1 | {"a": "b
              |         ^
        "#]],
        ),
        (
            "{'a': 1}",
            expect![[r#"
            error[source::json]: expected `}` or a key in double quotes, found `'`
             --> w.json:1:2
              |
            1 | {'a': 1}
              |  ^
        "#]],
        ),
        (
            "{\"a\": [1 2]}",
            expect![[r#"
            error[source::json]: expected `,` or `]`, found `2`
             --> w.json:1:10
              |
            1 | {"a": [1 2]}
              |          ^
        "#]],
        ),
    ] {
        check_as("w.json", text, expected);
    }
}

#[test]
fn other_languages_are_named() {
    check_as(
        "a.json",
        r#"{"StartAt": "A", "States": {}}"#,
        expect![[r#"
            error[asl::wrong_value]: `States` is empty
             --> a.json:1:18
              |
            1 | {"StartAt": "A", "States": {}}
              |                  ^^^^^^^^
        "#]],
    );
    check_as(
        "dag.py",
        "import airflow",
        expect![[r#"
            error[languages::unsupported]: this is an Airflow DAG file, which cannot be compiled
             --> dag.py:1:1
              |
            1 | import airflow
              | ^
              |
              = help: trigger files, DAG files and state machines can: see docs/trigger-files.md, docs/dags.md and docs/state-machines.md
        "#]],
    );
    check(
        "hello: world",
        expect![[r#"
            error[languages::unknown]: this is no workflow file of a language that is known here
             --> file.yaml:1:1
              |
            1 | hello: world
              | ^
              |
              = help: a trigger file has the keys `workflow` and `triggers`, a DAG file `dag` and `tasks`
        "#]],
    );
}

#[test]
fn aliases_repeat_what_they_stand_for() {
    check(
        "workflow: w\nvars: {a: &a {n: 1}, b: *a}\ntriggers: {t: {on: start, do: {complete: *a}}}\n",
        expect![[r#"
            (compiles)
        "#]],
    );
}

#[test]
fn limits_are_named() {
    let bomb: String = (1..12).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let alias = format!("*a{}", n - 1);
        text + &format!("a{n}: &a{n} [{}]\n", vec![alias; 10].join(", "))
    });
    let first_line = |text: &str, name: &str| {
        let compiled = compile(text, name);
        assert!(compiled.program.is_none());
        render(&compiled.diagnostics[0], text, Colour::Never).lines().next().unwrap().to_owned()
    };
    expect!["error[source::too_many]: there are more than 2000000 values in this file"]
        .assert_eq(&first_line(&bomb, "a.yaml"));
    expect!["error[source::too_deep]: lists and mappings are nested more than 128 deep here"]
        .assert_eq(&first_line(&"[".repeat(1000), "a.yaml"));
    expect!["error[source::too_deep]: arrays and objects are nested more than 128 deep here"]
        .assert_eq(&first_line(&format!("{{\"a\": {}", "[".repeat(1000)), "a.json"));
    expect!["error[source::too_long]: the file is 9437184 bytes long; the limit is 8388608 bytes"]
        .assert_eq(&first_line(&" ".repeat(9 << 20), "a.yaml"));
    let chain: String = (1..40)
        .fold(format!("a0: &a0 {}x{}\n", "[".repeat(100), "]".repeat(100)), |text, n| {
            text + &format!("a{n}: &a{n} {}*a{}{}\n", "[".repeat(100), n - 1, "]".repeat(100))
        });
    expect!["error[source::too_deep]: lists and mappings are nested more than 128 deep here"]
        .assert_eq(&first_line(&chain, "a.yaml"));
    let many: String =
        (0..100_001).map(|n| format!("  t{n}: {{on: start, do: {{complete: 1}}}}\n")).collect();
    expect!["error[triggers::too_many]: the file has 100001 triggers; the limit is 100000"]
        .assert_eq(&first_line(&format!("workflow: w\ntriggers:\n{many}"), "a.yaml"));
}
