//! Properties that hold for every value.

use std::cmp::Ordering;
use std::sync::Arc;

use proptest::prelude::*;
use tidegate_json::{Map, RawJson, Value};

fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 8.0)),
        any::<i64>().prop_map(|n| Value::from(n as f64)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        ".{0,6}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-d]{0,2}|.", inner), 0..24).prop_map(Value::object),
        ]
    })
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(elements) => Value::array(elements.iter().map(reversed)),
        Value::Object(members) => {
            let backwards: Vec<_> = members.iter().rev().collect();
            let members: Map =
                backwards.into_iter().map(|(key, value)| (key.clone(), reversed(value))).collect();
            Value::Object(Arc::new(members))
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_then_parsing_gives_the_value(value in any_value()) {
        prop_assert_eq!(&Value::parse(&value.to_text()).unwrap(), &value);
        prop_assert_eq!(&Value::parse(&value.to_pretty()).unwrap(), &value);
        prop_assert_eq!(&Value::parse(&value.to_canonical()).unwrap(), &value);
        prop_assert_eq!(&Value::parse_slice(value.to_text().as_bytes()).unwrap(), &value);
        prop_assert_eq!(&serde_json::from_str::<Value>(&serde_json::to_string(&value).unwrap()).unwrap(), &value);
    }

    #[test]
    fn raw_text_says_the_same_value(value in any_value()) {
        let text = value.to_pretty();
        prop_assert_eq!(RawJson::parse(&text).unwrap().value(), Value::parse(&text).unwrap());
        prop_assert_eq!(RawJson::from_value(&value).value(), value);
    }

    #[test]
    fn raw_text_is_accepted_exactly_when_it_parses(text in r#"[\[\]{}:,"0-9eE.+\-\\ud8a tfn]{0,12}"#) {
        prop_assert_eq!(RawJson::parse(&text).map(|raw| raw.value()), Value::parse(&text));
    }

    #[test]
    fn canonical_text_does_not_depend_on_order(value in any_value()) {
        let backwards = reversed(&value);
        prop_assert_eq!(&backwards, &value);
        prop_assert_eq!(backwards.to_canonical(), value.to_canonical());
    }

    #[test]
    fn the_total_order_agrees_with_equality_and_canonical_text(a in any_value(), b in any_value(), c in any_value()) {
        prop_assert_eq!(a.cmp_total(&reversed(&a)), Ordering::Equal);
        prop_assert_eq!(a.cmp_total(&b), b.cmp_total(&a).reverse());
        prop_assert_eq!(a.cmp_total(&b) == Ordering::Equal, a == b);
        prop_assert_eq!(a == b, a.to_canonical() == b.to_canonical());
        if a.cmp_total(&b).is_le() && b.cmp_total(&c).is_le() {
            prop_assert!(a.cmp_total(&c).is_le());
        }
    }
}
