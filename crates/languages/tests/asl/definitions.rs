//! Mistakes in state machines and what people are told about them.

#![expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is passed")]

use expect_test::{Expect, expect};
use tidegate_languages::asl::check;
use tidegate_languages::diagnostic::Reports;
use tidegate_languages::source::{Document, Source};
use tidegate_languages::{Colour, Severity, render};

fn check(text: &str, expected: Expect) {
    let source = Source::new("machine.asl.json", text);
    let (document, found) = Document::read(&source);
    assert!(found.is_empty(), "the definition is JSON");
    let document = document.expect("nothing was found wrong");
    let mut reports = Reports::new(&source);
    check::check(&document, &mut reports);
    let found = reports.finish(Some(&document.root));
    for diagnostic in &found {
        assert!(diagnostic.place.is_some() && diagnostic.pointer.is_some(), "{diagnostic:?}");
    }
    let shown: Vec<String> = found.iter().map(|found| render(found, text, Colour::Never)).collect();
    let is_sound = found.iter().all(|found| found.severity != Severity::Error);
    expected.assert_eq(&format!("{}{}", shown.join("\n"), if is_sound { "(accepted)\n" } else { "" }));
}

#[test]
fn all_mistakes_are_told_at_once() {
    check(
        r#"{
  "StartAt": "Fetch",
  "States": {
    "Fetch": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invok",
      "TimeoutSecond": 30,
      "Retry": [{"ErrorEquals": ["States.Timout"], "MaxAttempts": -1}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fial"}],
      "Next": "Wiat"
    },
    "Wait": {"Type": "Wait", "Seconds": "10", "SecondsPath": "$.s", "End": true},
    "Fail": {"Type": "Fial"}
  }
}
"#,
        expect![[r#"
            error[asl::bad_resource]: there is no service integration `arn:aws:states:::lambda:invok`
             --> machine.asl.json:6:19
              |
            6 |       "Resource": "arn:aws:states:::lambda:invok",
              |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `arn:aws:states:::lambda:invoke`?

            error[asl::unknown_field]: `Fetch` has no field `TimeoutSecond`
             --> machine.asl.json:7:7
              |
            7 |       "TimeoutSecond": 30,
              |       ^^^^^^^^^^^^^^^
              |
              = help: did you mean `TimeoutSeconds`?

            warning[asl::unknown_error]: `States.Timout` is no error that there is, and the prefix is reserved
             --> machine.asl.json:8:34
              |
            8 |       "Retry": [{"ErrorEquals": ["States.Timout"], "MaxAttempts": -1}],
              |                                  ^^^^^^^^^^^^^^^
              |
              = help: did you mean `States.Timeout`?

            error[asl::wrong_value]: `MaxAttempts` is at least 0, and this is -1
             --> machine.asl.json:8:67
              |
            8 |       "Retry": [{"ErrorEquals": ["States.Timout"], "MaxAttempts": -1}],
              |                                                                   ^^

            error[asl::unknown_state]: no state here is called `Fial`
             --> machine.asl.json:9:57
              |
            9 |       "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fial"}],
              |                                                         ^^^^^^
              |
              = help: did you mean `Fail`?

            error[asl::unknown_state]: no state here is called `Wiat`
              --> machine.asl.json:10:15
               |
            10 |       "Next": "Wiat"
               |               ^^^^^^
               |
               = help: did you mean `Wait`?

            error[asl::conflict]: `Wait` has `SecondsPath` and `Seconds`, of which there can be only one
              --> machine.asl.json:12:5
               |
            12 |     "Wait": {"Type": "Wait", "Seconds": "10", "SecondsPath": "$.s", "End": true},
               |     ^^^^^^

            error[asl::unreachable]: nothing leads to the state `Wait`
              --> machine.asl.json:12:5
               |
            12 |     "Wait": {"Type": "Wait", "Seconds": "10", "SecondsPath": "$.s", "End": true},
               |     ^^^^^^
               |
               = help: name it in a `Next`, or remove it

            error[asl::wrong_value]: `Seconds`: expected a whole number, found the text `10`
              --> machine.asl.json:12:41
               |
            12 |     "Wait": {"Type": "Wait", "Seconds": "10", "SecondsPath": "$.s", "End": true},
               |                                         ^^^^

            error[asl::unreachable]: nothing leads to the state `Fail`
              --> machine.asl.json:13:5
               |
            13 |     "Fail": {"Type": "Fial"}
               |     ^^^^^^
               |
               = help: name it in a `Next`, or remove it

            error[asl::unknown_type]: there is no type of state called `Fial`
              --> machine.asl.json:13:22
               |
            13 |     "Fail": {"Type": "Fial"}
               |                      ^^^^^^
               |
               = help: did you mean `Fail`?
        "#]],
    );
}

#[test]
fn fields_of_the_other_language_are_told_with_their_counterpart() {
    check(
        r#"{
  "QueryLanguage": "JSONata",
  "StartAt": "A",
  "States": {
    "A": {"Type": "Pass", "InputPath": "$.order", "Result": {}, "Next": "B"},
    "B": {"Type": "Wait", "SecondsPath": "$.s", "Next": "C"},
    "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "D"}]},
    "D": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}
  }
}
"#,
        expect![[r#"
            error[asl::query_language]: `A` is in JSONata, where there is no `InputPath`
             --> machine.asl.json:5:27
              |
            5 |     "A": {"Type": "Pass", "InputPath": "$.order", "Result": {}, "Next": "B"},
              |                           ^^^^^^^^^^^
              |
              = help: JSONata expressions read `$states.input`

            error[asl::query_language]: `A` is in JSONata, where there is no `Result`
             --> machine.asl.json:5:51
              |
            5 |     "A": {"Type": "Pass", "InputPath": "$.order", "Result": {}, "Next": "B"},
              |                                                   ^^^^^^^^
              |
              = help: JSONata states have `Output`

            error[asl::query_language]: `B` is in JSONata, where there is no `SecondsPath`
             --> machine.asl.json:6:27
              |
            6 |     "B": {"Type": "Wait", "SecondsPath": "$.s", "Next": "C"},
              |                           ^^^^^^^^^^^^^
              |
              = help: in JSONata, `Seconds` itself may be an expression

            error[asl::query_language]: `Choices[0]` is in JSONata, where there is no `Variable`
             --> machine.asl.json:7:42
              |
            7 |     "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "D"}]},
              |                                          ^^^^^^^^^^
              |
              = help: rules have a `Condition` in JSONata, and a `Variable` with an operator in JSONPath

            error[asl::query_language]: `D` cannot be in JSONPath in a state machine that is in JSONata
             --> machine.asl.json:8:5
              |
            8 |     "D": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}
              |     ^^^
        "#]],
    );
}

#[test]
fn expressions_are_told_where_they_go_wrong() {
    check(
        r#"{
  "QueryLanguage": "JSONata",
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Pass",
      "Output": {
        "a": "{% $states.input.items[price > ] %}",
        "b": "{% items.price %}",
        "c": "{% $states.result %}",
        "d": "{% $totl + $sum([1, 2]) %}",
        "e": "{% 'open' "
      },
      "Assign": {"total": 1, "states": 2, "a-b": 3},
      "End": true
    }
  }
}
"#,
        expect![[r#"
            error[asl::bad_expression]: this is not an expression: `]` cannot be used as a unary operator (S0211)
             --> machine.asl.json:8:46
              |
            8 |         "a": "{% $states.input.items[price > ] %}",
              |                                              ^

            error[asl::no_context]: `items` reads a context that expressions here do not have
             --> machine.asl.json:9:14
              |
            9 |         "b": "{% items.price %}",
              |              ^^^^^^^^^^^^^^^^^^^
              |
              = help: write `$states.input.items` for a field of the input, or `$items` for a variable

            error[asl::no_context]: there is no `$states.result` here
              --> machine.asl.json:10:14
               |
            10 |         "c": "{% $states.result %}",
               |              ^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: there is one in `Output` and `Assign` of Task, Parallel and Map states

            warning[asl::unknown_variable]: nothing assigns the variable `$totl`
              --> machine.asl.json:11:14
               |
            11 |         "d": "{% $totl + $sum([1, 2]) %}",
               |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: did you mean `$total`?

            error[asl::bad_expression]: `e`: `{%` without `%}` at the end
              --> machine.asl.json:12:14
               |
            12 |         "e": "{% 'open' "
               |              ^^^^^^^^^^^^

            error[asl::bad_name]: `$states` cannot be assigned
              --> machine.asl.json:14:30
               |
            14 |       "Assign": {"total": 1, "states": 2, "a-b": 3},
               |                              ^^^^^^^^

            error[asl::bad_name]: `a-b` is not the name of a variable
              --> machine.asl.json:14:43
               |
            14 |       "Assign": {"total": 1, "states": 2, "a-b": 3},
               |                                           ^^^^^
               |
               = help: letters, digits and `_`, and a letter first
        "#]],
    );
}

#[test]
fn paths_and_templates_are_told_where_they_go_wrong() {
    check(
        r#"{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Pass",
      "InputPath": "order",
      "ResultPath": "$.items[*]",
      "Parameters": {
        "id.$": "$.order[",
        "text.$": "States.Fromat('{}', $.id)",
        "plain.$": "plain",
        "list.$": [1],
        "name": "$.name",
        "both": 1,
        "both.$": "$.both"
      },
      "Next": "B"
    },
    "B": {"Type": "Pass", "Result": {"at.$": "$.t"}, "InputPath": "$.a[?(@.b == c)]", "End": true}
  }
}
"#,
        expect![[r#"
            error[asl::bad_path]: `InputPath`: `order` is not a path
             --> machine.asl.json:6:20
              |
            6 |       "InputPath": "order",
              |                    ^^^^^^^
              |
              = help: a path starts with `$`, as in `$.order.id`

            error[asl::bad_path]: `ResultPath`: `$.items[*]` is not a reference path: a reference path names one value, and `[*]` may name several
             --> machine.asl.json:7:21
              |
            7 |       "ResultPath": "$.items[*]",
              |                     ^^^^^^^^^^^^
              |
              = help: a reference path leads to one place, by names and positions: `$.order.items[0]`

            error[asl::bad_path]: `id.$` names a path or an intrinsic function, which `$.order[` is not: `[` is followed by a name in quotes, an index, `*` or `?(`
             --> machine.asl.json:9:26
              |
            9 |         "id.$": "$.order[",
              |                          ^

            error[asl::bad_path]: `text.$` names a path or an intrinsic function, which `States.Fromat('{}', $.id)` is not: there is no function `States.Fromat`; did you mean `States.Format`?
              --> machine.asl.json:10:19
               |
            10 |         "text.$": "States.Fromat('{}', $.id)",
               |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^

            error[asl::bad_path]: `plain.$` names a path or an intrinsic function, which `plain` is not
              --> machine.asl.json:11:20
               |
            11 |         "plain.$": "plain",
               |                    ^^^^^^^
               |
               = help: write `$.path` or `States.Format('…', $.path)`, or leave `.$` out of the name

            error[asl::wrong_value]: `list.$` names a path or an intrinsic function, in text, and this is a list
              --> machine.asl.json:12:9
               |
            12 |         "list.$": [1],
               |         ^^^^^^^^
               |
               = help: leave `.$` out of the name to give the value as it is

            warning[asl::not_computed]: the value of `name` is taken as it is, and looks as if it were to be computed
              --> machine.asl.json:13:17
               |
            13 |         "name": "$.name",
               |                 ^^^^^^^^
               |
               = help: call it `name.$` to have it computed

            error[asl::conflict]: `Parameters` has `both` as it is and `both.$` to compute it
              --> machine.asl.json:15:9
               |
            15 |         "both.$": "$.both"
               |         ^^^^^^^^
               |
               = help: remove one of them

            warning[asl::not_computed]: the result of a Pass state is taken as it is, and `at.$` with it
              --> machine.asl.json:19:38
               |
            19 |     "B": {"Type": "Pass", "Result": {"at.$": "$.t"}, "InputPath": "$.a[?(@.b == c)]", "End": true}
               |                                      ^^^^^^
               |
               = help: use `Parameters` to compute it
        "#]],
    );
}

#[test]
fn choice_rules_are_told_what_they_lack() {
    check(
        r#"{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.a", "NumericEqual": 1, "Next": "B"},
        {"Variable": "$.a", "Next": "B"},
        {"Next": "B"},
        {"Variable": "$.a", "IsNull": true, "IsString": true, "Next": "B"},
        {"And": [{"Variable": "$.a", "IsNull": "yes", "Next": "B"}], "Next": "B"},
        {"Variable": "$.a", "TimestampLessThan": "2026-03-14", "Next": "B"},
        {"Or": [], "Not": {"Variable": "b", "StringEquals": "$.c"}}
      ]
    },
    "B": {"Type": "Succeed"}
  }
}
"#,
        expect![[r#"
            error[asl::unknown_field]: `Choices[0]` has no field `NumericEqual`
             --> machine.asl.json:7:29
              |
            7 |         {"Variable": "$.a", "NumericEqual": 1, "Next": "B"},
              |                             ^^^^^^^^^^^^^^
              |
              = help: did you mean `NumericEquals`?

            error[asl::bad_rule]: `Choices[1]` does not say how to compare its `Variable`
             --> machine.asl.json:8:9
              |
            8 |         {"Variable": "$.a", "Next": "B"},
              |         ^
              |
              = help: add an operator, as in `"NumericGreaterThan": 3`

            error[asl::bad_rule]: `Choices[2]` tests nothing
             --> machine.asl.json:9:9
              |
            9 |         {"Next": "B"},
              |         ^
              |
              = help: compare a `Variable`, combine rules with `And`, `Or` or `Not`, or in JSONata give a `Condition`

            error[asl::conflict]: `Choices[3]` has `IsNull` and `IsString`, of which there can be only one
              --> machine.asl.json:10:9
               |
            10 |         {"Variable": "$.a", "IsNull": true, "IsString": true, "Next": "B"},
               |         ^

            error[asl::wrong_value]: `IsNull`: expected true or false, found the text `yes`
              --> machine.asl.json:11:48
               |
            11 |         {"And": [{"Variable": "$.a", "IsNull": "yes", "Next": "B"}], "Next": "B"},
               |                                                ^^^^^

            error[asl::unknown_field]: `And[0]` takes no `Next`: what a rule within others tests has no outcome of its own
              --> machine.asl.json:11:55
               |
            11 |         {"And": [{"Variable": "$.a", "IsNull": "yes", "Next": "B"}], "Next": "B"},
               |                                                       ^^^^^^

            error[asl::wrong_value]: `TimestampLessThan`: `2026-03-14` is not a point in time
              --> machine.asl.json:12:50
               |
            12 |         {"Variable": "$.a", "TimestampLessThan": "2026-03-14", "Next": "B"},
               |                                                  ^^^^^^^^^^^^
               |
               = help: as in `2026-03-14T01:59:00Z`

            error[asl::missing_field]: `Choices[6]` has no `Next`
              --> machine.asl.json:13:9
               |
            13 |         {"Or": [], "Not": {"Variable": "b", "StringEquals": "$.c"}}
               |         ^

            error[asl::bad_rule]: `Choices[6]` has `Or` and `Not`, of which there can be only one
              --> machine.asl.json:13:9
               |
            13 |         {"Or": [], "Not": {"Variable": "b", "StringEquals": "$.c"}}
               |         ^
               |
               = help: combine rules with `And` or `Or`

            error[asl::wrong_value]: `Or` is empty
              --> machine.asl.json:13:10
               |
            13 |         {"Or": [], "Not": {"Variable": "b", "StringEquals": "$.c"}}
               |          ^^^^

            error[asl::bad_path]: `Variable`: `b` is not a reference path: Reference path didn't start with '$'
              --> machine.asl.json:13:40
               |
            13 |         {"Or": [], "Not": {"Variable": "b", "StringEquals": "$.c"}}
               |                                        ^^^
               |
               = help: a reference path leads to one place, by names and positions: `$.order.items[0]`

            warning[asl::not_computed]: the value of `StringEquals` is taken as it is, and looks as if it were to be computed
              --> machine.asl.json:13:61
               |
            13 |         {"Or": [], "Not": {"Variable": "b", "StringEquals": "$.c"}}
               |                                                             ^^^^^
               |
               = help: call it `StringEqualsPath` to have it computed
        "#]],
    );
}

#[test]
fn maps_are_told_what_they_lack() {
    check(
        r#"{
  "StartAt": "M",
  "States": {
    "M": {
      "Type": "Map",
      "Label": "all items",
      "ItemReader": {"Resource": "arn:aws:states:::s3:putObject", "ReaderConfig": {"InputType": "XML"}},
      "ItemProcessor": {
        "StartAt": "M",
        "States": {"M": {"Type": "Pass", "Next": "M"}}
      },
      "End": true
    }
  }
}
"#,
        expect![[r#"
            error[asl::bad_name]: a label cannot have the character ` `
             --> machine.asl.json:6:16
              |
            6 |       "Label": "all items",
              |                ^^^^^^^^^^^

            warning[asl::not_distributed]: `ItemReader` counts for distributed maps, and this one is not
             --> machine.asl.json:7:7
              |
            7 |       "ItemReader": {"Resource": "arn:aws:states:::s3:putObject", "ReaderConfig": {"InputType": "XML"}},
              |       ^^^^^^^^^^^^
              |
              = help: set `ProcessorConfig` to `{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}`

            error[asl::bad_resource]: `arn:aws:states:::s3:putObject` cannot be used here
             --> machine.asl.json:7:34
              |
            7 |       "ItemReader": {"Resource": "arn:aws:states:::s3:putObject", "ReaderConfig": {"InputType": "XML"}},
              |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: it is `arn:aws:states:::s3:getObject` or `arn:aws:states:::s3:listObjectsV2`

            error[asl::wrong_value]: `InputType`: expected `CSV`, `JSON`, `JSONL`, `PARQUET` or `MANIFEST`, found `XML`
             --> machine.asl.json:7:97
              |
            7 |       "ItemReader": {"Resource": "arn:aws:states:::s3:putObject", "ReaderConfig": {"InputType": "XML"}},
              |                                                                                                 ^^^^^

            warning[asl::no_end]: no state of `ItemProcessor` ends it
             --> machine.asl.json:8:7
              |
            8 |       "ItemProcessor": {
              |       ^^^^^^^^^^^^^^^
              |
              = help: add `"End": true` to the last one, or a Succeed state

            error[asl::duplicate]: there are two states called `M`
              --> machine.asl.json:10:20
               |
            10 |         "States": {"M": {"Type": "Pass", "Next": "M"}}
               |                    ^^^
              ::: machine.asl.json:4:5
               |
             4 |     "M": {
               |     --- the first one is here
               |
               = help: names are unique in the whole definition, also within branches and maps
        "#]],
    );
}

#[test]
fn variables_belong_to_their_machine_and_those_within() {
    check(
        r#"{
  "QueryLanguage": "JSONata",
  "StartAt": "A",
  "States": {
    "A": {"Type": "Pass", "Assign": {"limit": 3}, "Next": "M"},
    "M": {
      "Type": "Map",
      "Items": "{% [1..$limit] %}",
      "ItemProcessor": {
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Assign": {"limit": 4, "seen": "{% $limit %}"}, "End": true}}
      },
      "Next": "D"
    },
    "D": {
      "Type": "Map",
      "Items": "{% [$seen] %}",
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "J",
        "States": {"J": {"Type": "Pass", "Output": "{% $limit %}", "End": true}}
      },
      "End": true
    }
  }
}
"#,
        expect![[r#"
            warning[asl::shadowed_variable]: the variable `$limit` is also assigned outside of this machine
              --> machine.asl.json:11:53
               |
            11 |         "States": {"I": {"Type": "Pass", "Assign": {"limit": 4, "seen": "{% $limit %}"}, "End": true}}
               |                                                     ^^^^^^^

            warning[asl::unknown_variable]: nothing assigns the variable `$seen`
              --> machine.asl.json:17:16
               |
            17 |       "Items": "{% [$seen] %}",
               |                ^^^^^^^^^^^^^^^

            warning[asl::unknown_variable]: nothing assigns the variable `$limit`
              --> machine.asl.json:21:52
               |
            21 |         "States": {"J": {"Type": "Pass", "Output": "{% $limit %}", "End": true}}
               |                                                    ^^^^^^^^^^^^^^
            (accepted)
        "#]],
    );
}

#[test]
fn yaml_is_checked_alike() {
    let text = "StartAt: A\nStates:\n  A:\n    Type: Pas\n    End: true\n";
    let source = Source::new("machine.yaml", text);
    let document = Document::read(&source).0.expect("it is YAML");
    let mut reports = Reports::new(&source);
    check::check(&document, &mut reports);
    let found = reports.finish(Some(&document.root));
    let shown: Vec<_> =
        found.iter().map(|found| (found.message.as_str(), found.pointer.as_deref())).collect();
    assert_eq!(shown, [("there is no type of state called `Pas`", Some("/States/A/Type"))]);
}
