//! Choice rules, as AWS Step Functions decides them.

use tidegate_json::Value;
use tidegate_languages::asl::expression::choice::Rule;
use tidegate_languages::asl::expression::path::Path;
use tidegate_languages::asl::expression::{Draws, Fault, Surroundings};
use tidegate_model::Timestamp;

use crate::execution::value;
use crate::world::World;

fn json(text: &str) -> Value {
    Value::parse(text).unwrap_or_else(|_| panic!("the case is JSON: {text}"))
}

fn with_input<T>(input: &str, look: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let context = json(r#"{"Execution":{"Input":{"n":0}}}"#);
    look(&Surroundings {
        input: &json(input),
        context: &context,
        variables: &json(r#"{"limit":10}"#),
        at: Timestamp(0),
        draws: Draws::new(1),
    })
}

fn rule(text: &str) -> Rule {
    Rule::parse(&json(text)).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn holds(text: &str, input: &str) -> Result<bool, Fault> {
    with_input(input, |around| rule(text).holds(around))
}

/// Values of every kind.
const VALUES: [&str; 14] = [
    "null",
    "\"\"",
    "\" \"",
    "\"HelloWorld\"",
    "\"2012-10-09T19:00:55\"",
    "\"2012-10-09T19:00:55Z\"",
    "\"2012-10-09T19:00:55+01:00\"",
    "\"2023-02-24\"",
    "[]",
    "{\"A\":0}",
    "true",
    "0",
    "0.0",
    "1.1",
];

#[test]
fn is_operators_ask_what_a_value_is() {
    for (operator, which) in [
        ("IsNull", "1.............".to_owned()),
        ("IsPresent", "1".repeat(14)),
        ("IsString", ".1111111......".to_owned()),
        ("IsTimestamp", ".....11.......".to_owned()),
        ("IsBoolean", "..........1...".to_owned()),
        ("IsNumeric", "...........111".to_owned()),
    ] {
        for (value, expected) in VALUES.iter().zip(which.chars()) {
            for wanted in [true, false] {
                let rule = format!(r#"{{"Variable":"$.x","{operator}":{wanted}}}"#);
                let input = format!(r#"{{"x":{value}}}"#);
                assert_eq!(holds(&rule, &input), Ok((expected == '1') == wanted), "{rule} {input}");
            }
        }
    }
}

#[test]
fn values_of_another_type_compare_as_false() {
    for (operator, operand, which) in [
        ("StringEquals", "\"HelloWorld\"", "...1.........."),
        ("StringLessThan", "\"I\"", ".1111111......"),
        ("NumericEquals", "0", "...........11."),
        ("NumericGreaterThanEquals", "0", "...........111"),
        ("BooleanEquals", "true", "..........1..."),
        ("BooleanEquals", "false", ".............."),
        ("TimestampLessThanEquals", "\"2012-10-09T19:00:55Z\"", ".....11......."),
        ("StringMatches", "\"*\"", ".1111111......"),
    ] {
        for (value, expected) in VALUES.iter().zip(which.chars()) {
            let input = format!(r#"{{"x":{value},"y":{operand}}}"#);
            let direct = format!(r#"{{"Variable":"$.x","{operator}":{operand}}}"#);
            assert_eq!(holds(&direct, &input), Ok(expected == '1'), "{direct} {input}");
            if operator != "StringMatches" {
                let by_path = format!(r#"{{"Variable":"$.x","{operator}Path":"$.y"}}"#);
                assert_eq!(holds(&by_path, &input), Ok(expected == '1'), "{by_path} {input}");
            }
        }
    }
}

#[test]
fn an_operand_of_another_type_behind_a_path_compares_as_false() {
    for (operator, value, operand) in [
        ("NumericLessThanEqualsPath", "8", r#"{"value":8}"#),
        ("StringEqualsPath", "\"8\"", "8"),
        ("BooleanEqualsPath", "true", "\"true\""),
        ("TimestampEqualsPath", "\"2012-10-09T19:00:55Z\"", "\"2012-10-09\""),
    ] {
        let rule = format!(r#"{{"Variable":"$.x","{operator}":"$.y"}}"#);
        assert_eq!(holds(&rule, &format!(r#"{{"x":{value},"y":{operand}}}"#)), Ok(false), "{rule}");
    }
}

#[test]
fn five_relations_order_each_family() {
    let families = [
        ("Numeric", ["0", "0.5", "1"]),
        ("String", ["\"A\"", "\"AB\"", "\"B\""]),
        ("Timestamp", ["\"2012-10-09T19:00:55Z\"", "\"2012-10-09T19:00:55.5Z\"", "\"2012-10-09T19:00:56Z\""]),
    ];
    for (family, values) in families {
        for (a, left) in values.iter().enumerate() {
            for (b, right) in values.iter().enumerate() {
                for (relation, expected) in [
                    ("Equals", a == b),
                    ("LessThan", a < b),
                    ("GreaterThan", a > b),
                    ("LessThanEquals", a <= b),
                    ("GreaterThanEquals", a >= b),
                ] {
                    let rule = format!(r#"{{"Variable":"$.x","{family}{relation}":{right}}}"#);
                    assert_eq!(holds(&rule, &format!(r#"{{"x":{left}}}"#)), Ok(expected), "{rule} {left}");
                }
            }
        }
    }
}

#[test]
fn equal_means_of_equal_worth() {
    for (rule, input) in [
        (r#"{"Variable":"$.x","NumericEquals":1.0}"#, r#"{"x":1}"#),
        (r#"{"Variable":"$.x","NumericEquals":2.22}"#, r#"{"x":2.22}"#),
        (
            r#"{"Variable":"$.x","TimestampEquals":"2012-10-09T20:00:55+01:00"}"#,
            r#"{"x":"2012-10-09T19:00:55.000Z"}"#,
        ),
        (r#"{"Variable":"$","NumericEquals":3}"#, "3"),
        (r#"{"Variable":"$$.Execution.Input.n","NumericLessThanEquals":0}"#, "{}"),
        (r#"{"Variable":"$limit","NumericEquals":10}"#, "{}"),
        (r#"{"Variable":"$.x","NumericLessThanPath":"$limit"}"#, r#"{"x":9}"#),
        (r#"{"Variable":"$.x","StringMatches":"a\\*\\\\*"}"#, r#"{"x":"a*\\b"}"#),
    ] {
        assert_eq!(holds(rule, input), Ok(true), "{rule}");
    }
    for (rule, input) in [
        (r#"{"Variable":"$.x","StringEquals":"\t\r\n"}"#, r#"{"x":"\t\n"}"#),
        (r#"{"Variable":"$.x","StringEquals":"     "}"#, r#"{"x":" "}"#),
        (r#"{"Variable":"$.x","NumericEquals":9007199254740993}"#, r#"{"x":9007199254740992}"#),
    ] {
        assert_eq!(holds(rule, input), Ok(false), "{rule}");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_a_fault_but_for_is_present() {
    for (rule, path) in [
        (r#"{"Variable":"$.no.such","NumericEquals":1}"#, "$.no.such"),
        (r#"{"Variable":"$.x","NumericEqualsPath":"$.y"}"#, "$.y"),
        (r#"{"Variable":"$nothing","IsNull":true}"#, "$nothing"),
        (r#"{"Not":{"Variable":"$.no","StringMatches":"*"}}"#, "$.no"),
    ] {
        let cause =
            format!("Invalid path '{path}': The choice state's condition path references an invalid value.");
        assert_eq!(holds(rule, r#"{"x":1}"#), Err(Fault::runtime(cause)), "{rule}");
    }
    for (path, present) in
        [("$.x", true), ("$.x.y", false), ("$.no", false), ("$none", false), ("$limit", true)]
    {
        for wanted in [true, false] {
            let rule = format!(r#"{{"Variable":"{path}","IsPresent":{wanted}}}"#);
            assert_eq!(holds(&rule, r#"{"x":null}"#), Ok(present == wanted), "{rule}");
        }
    }
}

#[test]
fn and_or_and_not_nest_and_look_no_further_than_they_need() {
    let yes = r#"{"Variable":"$.x","IsPresent":true,"Comment":"there"}"#;
    let no = r#"{"Variable":"$.x","IsNull":true}"#;
    let fault = r#"{"Variable":"$.no","IsNull":true}"#;
    for (rule, expected) in [
        (format!(r#"{{"And":[{yes},{yes}],"Next":"A"}}"#), Some(true)),
        (format!(r#"{{"And":[{no},{fault}],"Comment":"c"}}"#), Some(false)),
        (format!(r#"{{"And":[{yes},{fault}]}}"#), None),
        (format!(r#"{{"Or":[{no},{yes},{fault}],"Assign":{{}},"Output":1}}"#), Some(true)),
        (format!(r#"{{"Or":[{no},{no}]}}"#), Some(false)),
        (format!(r#"{{"Or":[{fault},{yes}]}}"#), None),
        (format!(r#"{{"Not":{no}}}"#), Some(true)),
        (format!(r#"{{"Not":{{"And":[{{"Or":[{no},{yes}]}},{{"Not":{yes}}}]}}}}"#), Some(true)),
    ] {
        assert_eq!(holds(&rule, r#"{"x":1}"#).ok(), expected, "{rule}");
    }
}

#[test]
fn why_names_the_comparison_that_decided_and_what_it_saw() {
    for (text, input, expected) in [
        (r#"{"Variable":"$.x","NumericLessThan":30}"#, r#"{"x":3}"#, None),
        (
            r#"{"And":[{"Variable":"$.x","NumericGreaterThanEquals":20},{"Variable":"$.x","NumericLessThan":30}]}"#,
            r#"{"x":42}"#,
            Some("`$.x NumericLessThan 30` is false: $.x is 42"),
        ),
        (
            r#"{"Variable":"$.x","NumericLessThanPath":"$limit"}"#,
            r#"{"x":"3"}"#,
            Some(r#"`$.x NumericLessThanPath $limit` is false: $.x is "3" and $limit is 10"#),
        ),
        (
            r#"{"Or":[{"Variable":"$.x","IsNull":true},{"Not":{"Variable":"$.x","StringMatches":"a*"}}]}"#,
            r#"{"x":"ab"}"#,
            Some(r#"`$.x IsNull true` is false: $.x is "ab"; `$.x StringMatches "a*"` is true: $.x is "ab""#),
        ),
        (
            r#"{"Variable":"$.y","IsPresent":true}"#,
            r#"{"x":1}"#,
            Some("`$.y IsPresent true` is false: $.y is absent"),
        ),
        (
            r#"{"Variable":"$.y","IsNull":true}"#,
            r#"{"x":1}"#,
            Some(
                "`$.y IsNull true` cannot be decided: Invalid path '$.y': The choice state's condition path references an invalid value.",
            ),
        ),
    ] {
        let found = with_input(input, |around| rule(text).why(around));
        assert_eq!(found.as_deref(), expected, "{text}");
    }
    let long = format!(r#"{{"x":"{}"}}"#, "é".repeat(500));
    let why = with_input(&long, |around| rule(r#"{"Variable":"$.x","IsNull":true}"#).why(around));
    assert!(why.is_some_and(|why| why.ends_with('…') && why.chars().count() < 150));
}

#[test]
fn a_rule_tells_everything_that_is_wrong_with_it() {
    for (text, expected) in [
        ("[]", vec![" a choice rule must be an object"]),
        ("{}", vec![" a choice rule must have an operator, such as `StringEquals` or `And`"]),
        (
            r#"{"Variable":"$.x","StringEqual":"a"}"#,
            vec!["/StringEqual there is no operator `StringEqual`, did you mean `StringEquals`?"],
        ),
        (
            r#"{"Variable":"$.x","StringEquals":"a","IsNull":true}"#,
            vec![" a choice rule has one operator, not both `StringEquals` and `IsNull`"],
        ),
        (
            r#"{"StringEquals":1}"#,
            vec![" the field `Variable` is missing", "/StringEquals `StringEquals` takes a string"],
        ),
        (
            r#"{"And":[{"Variable":1,"IsNull":1},{"Variable":"$.x","NumericEqualsPath":"x["}],"Variable":"$.x"}"#,
            vec![
                "/Variable a choice rule with `And` has no field `Variable`",
                "/And/0/Variable expected a path, which is a string",
                "/And/0/IsNull `IsNull` takes true or false",
                "/And/1/NumericEqualsPath `x[` is not a path",
            ],
        ),
        (r#"{"Or":[]}"#, vec!["/Or expected an array of at least one choice rule"]),
        (r#"{"Not":[]}"#, vec!["/Not a choice rule must be an object"]),
        (
            r#"{"Variable":"$.x","TimestampEquals":"2012-10-09"}"#,
            vec!["/TimestampEquals `TimestampEquals` takes a timestamp such as `2016-03-14T01:59:00Z`"],
        ),
        (
            r#"{"Variable":"$.x","BooleanLessThan":true}"#,
            vec!["/BooleanLessThan there is no operator `BooleanLessThan`"],
        ),
    ] {
        let errors = Rule::parse(&json(text)).expect_err(text);
        let told: Vec<String> =
            errors.iter().map(|error| format!("{} {}", error.pointer, error.message)).collect();
        assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{text}: {told}");
        }
    }
}

#[test]
fn the_paths_of_a_rule_are_those_it_may_look_at() {
    let rule = rule(
        r#"{"And":[{"Variable":"$.a","IsNull":true},{"Not":{"Variable":"$b.c","NumericEqualsPath":"$$.d"}}]}"#,
    );
    let paths: Vec<&str> = rule.paths().map(Path::source).collect();
    assert_eq!(paths, ["$.a", "$b.c", "$$.d"]);
}

/// A part that cannot be decided decides the whole, whatever stands behind it.
#[test]
fn a_failed_part_is_the_reason_even_before_one_that_holds() {
    let rule = value(
        r#"{"Or": [
            {"Variable": "$.missing.b", "BooleanEquals": false},
            {"Variable": "$.there", "IsPresent": true}
        ]}"#,
    );
    let rule = Rule::parse(&rule).unwrap();
    let world = World { input: value(r#"{"there": 1}"#), ..World::of("null") };
    assert!(rule.holds(&world.around()).is_err());
    let why = rule.why(&world.around()).unwrap();
    assert!(why.contains("cannot be decided"), "{why}");
}
