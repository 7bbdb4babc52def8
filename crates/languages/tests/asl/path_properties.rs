//! What holds for every path, call and template: nothing panics, and what was put at a place is found there.

use proptest::prelude::*;
use tidegate_json::Value;
use tidegate_languages::asl::expression::intrinsic::Intrinsic;
use tidegate_languages::asl::expression::path::{Path, ReferencePath};
use tidegate_languages::asl::expression::template::PayloadTemplate;

use crate::world::World;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c{}',\\\\ ]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c](\\.\\$)?", inner), 0..4).prop_map(Value::object),
        ]
    })
}

/// Texts that are nearly paths.
fn path_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(".a"),
        Just(".b"),
        Just("['c']"),
        Just("[0]"),
        Just("[-1]"),
        Just("[1:]"),
        Just("[0,1]"),
        Just("[*]"),
        Just(".*"),
        Just("..a"),
        Just("..[0]"),
        Just("['a','b']"),
        Just("[?(@.a)]"),
        Just("[?(@.a > 1 && @.b != 'c')]"),
        Just("[?(@ == $.a)]"),
        Just(".length()"),
        Just("..[?(@.b)]"),
        Just("["),
        Just("]"),
        Just("("),
        Just("é"),
        Just("\\"),
        Just("'"),
        Just(" "),
        Just("["),
    ];
    ("\\$(\\$|x)?", prop::collection::vec(part, 0..6)).prop_map(|(root, parts)| root + &parts.concat())
}

/// Texts that are nearly calls.
fn call_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        path_text(),
        "'[a-c{},\\\\']{0,6}'".prop_map(String::from),
        "-?[0-9]{1,12}(\\.[0-9]{1,3})?".prop_map(String::from),
        prop_oneof![Just("null"), Just("true"), Just("'SHA-1'"), Just("'{}'"), Just("")]
            .prop_map(String::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop::sample::select(
            &[
                "Format",
                "StringToJson",
                "JsonToString",
                "Array",
                "ArrayPartition",
                "ArrayContains",
                "ArrayRange",
                "ArrayGetItem",
                "ArrayLength",
                "ArrayUnique",
                "Base64Encode",
                "Base64Decode",
                "Hash",
                "JsonMerge",
                "MathRandom",
                "MathAdd",
                "StringSplit",
                "UUID",
                "Nope",
            ][..],
        );
        (name, prop::collection::vec(inner, 0..4))
            .prop_map(|(name, arguments)| format!("States.{name}({})", arguments.join(", ")))
    })
}

fn world(input: Value) -> World {
    let mut world = World::of("{}");
    world.variables = Value::object([("x", input.clone())]);
    world.input = input;
    world
}

proptest! {
    #[test]
    fn reading_a_path_or_a_call_never_panics(text in "(\\$|States\\.|)\\PC{0,40}") {
        let _path = Path::parse(&text);
        let _reference = ReferencePath::parse(&text);
        let _call = Intrinsic::parse(&text);
    }

    #[test]
    fn evaluating_a_path_never_panics(text in path_text(), input in json()) {
        if let Ok(path) = Path::parse(&text) {
            let value = path.evaluate(&world(input).around());
            if !path.is_definite() && let Ok(value) = value {
                prop_assert!(value.as_array().is_some(), "{text} is indefinite and gave {value}");
            }
        }
    }

    #[test]
    fn evaluating_a_call_never_panics_and_repeats(text in call_text(), input in json()) {
        if let Ok(call) = Intrinsic::parse(&text) {
            let world = world(input);
            prop_assert_eq!(call.evaluate(&world.around()), call.evaluate(&world.around()));
        }
    }

    #[test]
    fn evaluating_a_template_never_panics(mut template in json(), text in call_text(), input in json()) {
        template.set("a.$", text);
        if let Ok(template) = PayloadTemplate::parse(&template) {
            let _value = template.evaluate(&world(input).around());
        }
    }

    #[test]
    fn what_is_put_at_a_place_is_found_there(
        steps in prop::collection::vec(prop_oneof![Just(".a"), Just("['b']"), Just("[0]")], 0..4),
        input in json(),
        value in json(),
    ) {
        let path = ReferencePath::parse(&format!("${}", steps.concat())).unwrap();
        if let Ok(put) = path.insert(&input, value.clone()) {
            prop_assert_eq!(path.evaluate(&world(put).around()), Ok(value));
        }
    }
}
