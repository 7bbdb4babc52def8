//! Whatever a definition is, checking it ends, says the same again, and says it at a place.

use proptest::prelude::*;
use tidegate_json::Value;
use tidegate_languages::asl::check::aws::validate;
use tidegate_languages::asl::check::{FINDINGS_MAX, WorkflowType, check};
use tidegate_languages::diagnostic::Reports;
use tidegate_languages::source::{Document, Source};

/// A definition with a state of every type.
const SOUND: &str = r#"{
  "Comment": "c", "QueryLanguage": "JSONPath", "StartAt": "Pass", "TimeoutSeconds": 60, "Version": "1.0",
  "States": {
    "Pass": {"Type": "Pass", "Parameters": {"a.$": "$.b"}, "ResultPath": "$.c", "Assign": {"v": 1}, "Next": "Task"},
    "Task": {
      "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "QueryLanguage": "JSONata",
      "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"}, "TimeoutSeconds": 10,
      "Output": "{% $states.result.x[y > $v] %}",
      "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1, "BackoffRate": 1.5}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"w": "{% $states.errorOutput %}"}, "Next": "Fail"}],
      "Next": "Choice"
    },
    "Choice": {
      "Type": "Choice",
      "Choices": [{"And": [{"Variable": "$.a", "NumericLessThan": 3}, {"Not": {"Variable": "$.b", "IsNull": true}}], "Next": "Wait"}],
      "Default": "Parallel"
    },
    "Wait": {"Type": "Wait", "TimestampPath": "$.t", "Next": "Parallel"},
    "Parallel": {
      "Type": "Parallel", "Next": "Map",
      "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}]
    },
    "Map": {
      "Type": "Map", "ItemsPath": "$.items", "Label": "m", "MaxConcurrency": 2, "End": true,
      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
      "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "B", "States": {"B": {"Type": "Succeed"}}
      }
    },
    "Fail": {"Type": "Fail", "ErrorPath": "States.UUID()", "Cause": "c"}
  }
}"#;

/// `value` with what is at the `at`th place, counted from the root, replaced.
fn replaced(value: &Value, at: &mut usize, by: &Value) -> Value {
    if *at == 0 {
        *at = usize::MAX;
        return by.clone();
    }
    *at -= 1;
    match value {
        Value::Object(members) => {
            Value::object(members.iter().map(|(key, member)| (key.clone(), replaced(member, at, by))))
        }
        Value::Array(elements) => Value::array(elements.iter().map(|element| replaced(element, at, by))),
        other => other.clone(),
    }
}

/// Texts that mean something somewhere.
const TEXTS: &[&str] = &[
    "",
    "$",
    "$.a[",
    "$$.x",
    "$v",
    "States.Format(",
    "{%",
    "{% ( %}",
    "{% x %}",
    "${X}",
    "JSONata",
    "States.ALL",
];

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::sample::select(TEXTS).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::object([("Type", "Task"), ("QueryLanguage", "x")])),
        Just(Value::object([("a.$", "b"), ("a", "$.b")])),
        Just(Value::array([Value::Null, Value::object([("Next", 1)])])),
    ]
}

proptest! {
    #[test]
    fn every_definition_is_checked_to_its_end(
        changes in prop::collection::vec((0_usize..140, odd_value()), 0..6),
        is_express in any::<bool>(),
    ) {
        let mut definition = Value::parse(SOUND).unwrap();
        for (mut at, by) in changes {
            definition = replaced(&definition, &mut at, &by);
        }
        let text = definition.to_text();
        let workflow = if is_express { WorkflowType::Express } else { WorkflowType::Standard };
        let validation = validate(&text, workflow);
        prop_assert!(validation.diagnostics.len() <= FINDINGS_MAX);
        prop_assert_eq!(&validation, &validate(&text, workflow));

        let source = Source::new("machine.json", &text);
        if let (Some(document), _) = Document::read(&source) {
            let mut reports = Reports::new(&source);
            check(&document, &mut reports);
            for found in reports.finish(Some(&document.root)) {
                let place = found.place.expect("it is about a place");
                prop_assert!(place.span.end() <= text.len(), "{:?}", found);
            }
        }
    }
}

#[test]
fn a_sound_definition_has_nothing_wrong_with_it() {
    assert_eq!(validate(SOUND, WorkflowType::Standard).diagnostics, []);
}
