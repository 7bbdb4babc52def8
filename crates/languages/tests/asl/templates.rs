//! Payload templates: which fields are computed, what is said when one cannot be, and which templates are refused.

use tidegate_json::Value;
use tidegate_languages::asl::expression::template::{PayloadTemplate, ValueSource};

use crate::world::World;

fn world() -> World {
    let mut world = World::of(r#"{"name":"Ada","items":[{"n":1},{"n":2}],"flag":false}"#);
    world.context = Value::parse(r#"{"Execution":{"Input":{"x":1}}}"#).expect("the case is JSON");
    world.variables = Value::parse(r#"{"total":7}"#).expect("the case is JSON");
    world
}

fn evaluated(template: &str) -> String {
    let template = PayloadTemplate::parse(&Value::parse(template).expect("the case is JSON"))
        .expect("the case is a template");
    match template.evaluate(&world().around()) {
        Ok(value) => value.to_text(),
        Err(fault) => format!("{}: {}", fault.error, fault.cause),
    }
}

#[test]
fn fields_that_end_in_dot_dollar_are_computed() {
    for (template, expected) in [
        (r#"{"a.$":"$.name","b":"$.name"}"#, r#"{"a":"Ada","b":"$.name"}"#),
        (r#"{"in":{"a.$":"$.items[*].n"},"keep":[1,"$.x"]}"#, r#"{"in":{"a":[1,2]},"keep":[1,"$.x"]}"#),
        (
            r#"{"env":[{"Name":"A","Value.$":"$.name"},{"Name":"B"}]}"#,
            r#"{"env":[{"Name":"A","Value":"Ada"},{"Name":"B"}]}"#,
        ),
        (r#"{"t.$":"$total","c.$":"$$.Execution.Input"}"#, r#"{"t":7,"c":{"x":1}}"#),
        (r#"{"a.$":"States.Format('{}!', $.name)"}"#, r#"{"a":"Ada!"}"#),
        (r#"{"all.$":"$"}"#, r#"{"all":{"name":"Ada","items":[{"n":1},{"n":2}],"flag":false}}"#),
        (r#"{"none.$":"$.nothing[*].n"}"#, r#"{"none":[]}"#),
        (r#"{"beyond.$":"$.items[9]"}"#, r#"{"beyond":null}"#),
        ("[0]", "[0]"),
        (r#""$.name""#, r#""$.name""#),
    ] {
        assert_eq!(evaluated(template), expected, "{template}");
    }
}

#[test]
fn a_field_that_cannot_be_computed_is_named() {
    assert_eq!(
        evaluated(r#"{"deep":{"value.$":"$.no"}}"#),
        "States.Runtime: The JSONPath '$.no' specified for the field 'value.$' could not be found in the input \
         '{\"name\":\"Ada\",\"items\":[{\"n\":1},{\"n\":2}],\"flag\":false}'"
    );
    assert_eq!(
        evaluated(r#"{"value.$":"$$.Execution.Input.no_such_jsonpath"}"#),
        "States.Runtime: The JSONPath '$$.Execution.Input.no_such_jsonpath' specified for the field 'value.$' could \
         not be found in the input '{\"Execution\":{\"Input\":{\"x\":1}}}'"
    );
    assert_eq!(
        evaluated(r#"{"value.$":"$.items[7].n"}"#),
        "States.Runtime: The JSONPath '$.items[7].n' specified for the field 'value.$' could not be found in the \
         input '{\"name\":\"Ada\",\"items\":[{\"n\":1},{\"n\":2}],\"flag\":false}'"
    );
}

#[test]
fn everything_wrong_with_a_template_is_told_with_its_place() {
    let template = Value::parse(
        r#"{"a.$":"name","b":[{"c/d.$":"States.Nope()"}],"e.$":["$.x"],"f.$":"$.ok","g.$":"$.items["}"#,
    );
    let errors = PayloadTemplate::parse(&template.unwrap()).unwrap_err();
    let told: Vec<String> = errors
        .iter()
        .map(|error| {
            format!("{}: {} ({})", error.pointer, error.message, error.detail.as_deref().unwrap_or(""))
        })
        .collect();
    let refused = "must be a valid JSONPath or a valid intrinsic function call";
    assert_eq!(
        told,
        [
            format!("/a.$: The value for the field 'a.$' {refused} (a path starts with `$`)"),
            format!("/b/0/c~1d.$: The value for the field 'c/d.$' {refused} (there is no function `States.Nope`)"),
            "/e.$: The value for the field 'e.$' must be a STRING that contains a JSONPath but was an ARRAY ()".to_owned(),
            format!(
                "/g.$: The value for the field 'g.$' {refused} (`[` is followed by a name in quotes, an index, `*` or `?(`)"
            ),
        ]
    );
}

#[test]
fn a_field_given_twice_is_doubtful_and_the_later_wins() {
    let parsed = PayloadTemplate::parse(&Value::parse(r#"{"a":1,"a.$":"$.name"}"#).unwrap()).unwrap();
    assert_eq!(parsed.evaluate(&world().around()).unwrap().to_text(), r#"{"a":"Ada"}"#);
    assert_eq!(parsed.doubts().len(), 1);
    assert_eq!(parsed.doubts()[0].pointer, "/a.$");
}

#[test]
fn a_template_knows_what_it_reads() {
    let template = r#"{"a.$":"$total","b":[{"c.$":"States.Format('{}{}', $rest.x, $.name)"}],"d":"$no"}"#;
    let template = PayloadTemplate::parse(&Value::parse(template).unwrap()).unwrap();
    assert_eq!(template.variables().into_iter().collect::<Vec<_>>(), ["rest", "total"]);
    let fields: Vec<_> =
        template.sources().into_iter().map(|(field, source)| (field, source.source())).collect();
    assert_eq!(fields, [("a.$", "$total"), ("c.$", "States.Format('{}{}', $rest.x, $.name)")]);
}

#[test]
fn parts_without_computed_fields_are_shared() {
    let template = Value::parse(r#"{"same":{"deep":[1,2,3]},"a.$":"$.name"}"#).unwrap();
    let parsed = PayloadTemplate::parse(&template).unwrap();
    let result = parsed.evaluate(&world().around()).unwrap();
    let part = |value: &Value| value.get("same").and_then(Value::as_object).cloned().unwrap();
    assert!(std::sync::Arc::ptr_eq(&part(&template), &part(&result)));
}

#[test]
fn single_fields_hold_paths_or_calls_too() {
    let world = world();
    let value = |text: &str| {
        let source = ValueSource::parse(text).unwrap();
        source.evaluate("ErrorPath", &world.around()).map_err(|fault| fault.cause.to_string())
    };
    assert_eq!(value("$.name").unwrap(), Value::from("Ada"));
    assert_eq!(value("States.Format('{}', $total)").unwrap(), Value::from("7"));
    let missing = value("$.ErrorX").unwrap_err();
    assert!(
        missing.starts_with("The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found")
    );
}
