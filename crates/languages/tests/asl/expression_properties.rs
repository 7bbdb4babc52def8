//! What holds for every rule, template, retrier and timestamp: nothing panics, and answers agree with one another.

use proptest::prelude::*;
use tidegate_json::Value;
use tidegate_languages::asl::expression::choice::Rule;
use tidegate_languages::asl::expression::jsonata::Template;
use tidegate_languages::asl::expression::timestamp::{self, Instant};
use tidegate_languages::asl::recovery::{Catcher, Retrier};
use tidegate_model::Timestamp;

use crate::world::World;

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ab*\\\\]{0,4}".prop_map(Value::from),
        Just(Value::from("2016-03-14T01:59:00Z")),
    ]
}

/// Values with `a` and `b` at the top and whatever inside.
fn input() -> impl Strategy<Value = Value> {
    let value = scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[ab]", inner), 0..3).prop_map(Value::object),
        ]
    });
    prop::collection::vec(("[ab]", value), 0..3).prop_map(Value::object)
}

/// JSON that is nearly a rule, and often one.
fn rule() -> impl Strategy<Value = Value> {
    let path =
        prop_oneof![Just("$.a"), Just("$.b"), Just("$"), Just("$.a.b"), Just("$v"), Just("$$"), Just("x[")];
    let path = path.prop_map(Value::from);
    let operator = prop_oneof![
        Just("StringLessThan"),
        Just("StringMatches"),
        Just("NumericEquals"),
        Just("NumericGreaterThanEqualsPath"),
        Just("BooleanEquals"),
        Just("BooleanEqualsPath"),
        Just("TimestampLessThan"),
        Just("IsNull"),
        Just("IsPresent"),
        Just("IsTimestamp"),
        Just("Is"),
    ];
    let operand = prop_oneof![scalar(), path.clone()];
    let comparison = (path, operator, operand)
        .prop_map(|(path, operator, operand)| Value::object([("Variable", path), (operator, operand)]));
    let leaf = prop_oneof![9 => comparison, 1 => input()];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let rules = prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from);
        prop_oneof![
            rules.clone().prop_map(|rules| Value::object([("And", rules)])),
            rules.prop_map(|rules| Value::object([("Or", rules)])),
            inner.prop_map(|rule| Value::object([("Not", rule)])),
        ]
    })
}

/// Templates whose strings are nearly expressions.
fn template() -> impl Strategy<Value = Value> {
    let part = prop_oneof![
        Just("$states.input.a"),
        Just("$range(1, 3, 1)"),
        Just("$partition(["),
        Just("$hash("),
        Just("$random("),
        Just("'MD5'"),
        Just("1"),
        Just(" + "),
        Just(", "),
        Just("]"),
        Just(")"),
    ];
    let text = prop::collection::vec(part, 0..5).prop_map(|parts| format!("{{% {} %}}", parts.concat()));
    let leaf = prop_oneof![scalar(), text.prop_map(Value::from), "[{%} ]{0,6}".prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[ab/~]", inner), 0..3).prop_map(Value::object),
        ]
    })
}

fn world(input: Value) -> World {
    World { input, ..World::of("null") }
}

proptest! {
    #[test]
    fn a_rule_holds_exactly_when_there_is_no_reason_why_not(rule in rule(), input in input()) {
        let world = world(input);
        if let Ok(rule) = Rule::parse(&rule) {
            let holds = rule.holds(&world.around());
            prop_assert_eq!(rule.why(&world.around()).is_none(), holds == Ok(true));
        }
    }

    #[test]
    fn a_rule_that_is_refused_says_why_and_where(rule in rule()) {
        if let Err(errors) = Rule::parse(&rule) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(rule.pointer(&error.pointer).is_some(), "{}", error.pointer);
            }
        }
    }

    #[test]
    fn a_template_is_refused_with_places_or_evaluates_the_same_each_time(template in template(), input in input()) {
        let states = Value::object([("input", input)]);
        let world = world(Value::Null);
        match Template::parse(&template, "Output") {
            Ok(compiled) => {
                let first = compiled.evaluate(&world.around(), &states);
                prop_assert_eq!(&first, &compiled.evaluate(&world.around(), &states));
                if let Err(fault) = first {
                    prop_assert_eq!(fault.error.as_str(), "States.QueryEvaluationError");
                    prop_assert!(fault.location.is_some_and(|location| location.starts_with("Output")));
                }
            }
            Err(errors) => {
                for error in errors {
                    prop_assert!(template.pointer(&error.pointer).is_some(), "{}", error.pointer);
                }
            }
        }
    }

    #[test]
    fn retriers_and_catchers_never_panic(entry in input(), names in prop::collection::vec(scalar(), 0..3)) {
        let mut entry = entry;
        entry.set("ErrorEquals", names);
        prop_assert!(Retrier::parse(&entry).map_or_else(|errors| !errors.is_empty(), |_| true));
        prop_assert!(Catcher::parse(&entry).is_err(), "a catcher has a `Next`");
    }

    #[test]
    fn a_timestamp_reads_back_what_it_prints(milliseconds in -60_000_000_000_000_i64..250_000_000_000_000) {
        let at = Timestamp(milliseconds);
        prop_assert_eq!(timestamp::parse(&timestamp::format(at)), Some(at));
    }

    #[test]
    fn no_text_makes_the_timestamp_reader_panic(text in "[0-9TZ:.+é -]{0,30}") {
        prop_assert_eq!(timestamp::parse(&text), Instant::parse(&text).map(Instant::timestamp));
    }
}
