//! Parameters that are refused: each with the place, and what was expected.

use tidegate_json::Value;

use crate::conditions::composite::make;
use crate::conditions::composite::tree::{DEPTH_MAX, NODES_MAX};

fn refusal(params: &str) -> String {
    let malformed = make(&Value::parse(params).unwrap()).unwrap_err();
    format!("{}: {}", malformed.pointer, malformed.message)
}

#[test]
fn a_mistake_is_told_with_its_place() {
    for (params, expected) in [
        (r#"{"expr": 5}"#, "/expr: expected an operator, found number"),
        (r#"{"expr": {}}"#, "/expr: there is no operator here"),
        (r#"{"expr": {"all": []}}"#, "/expr/all: expected at least one part, found none"),
        (r#"{"expr": {"sequence": {"event": 0}}}"#, "/expr/sequence: expected a list, found object"),
        (
            r#"{"expr": {"all": [{"event": 0}, {"event": -1}]}}"#,
            "/expr/all/1/event: expected the number of a pattern of the trigger, from 0, found -1",
        ),
        (
            r#"{"expr": {"any": {"n": 3, "of": [{"event": 0}, {"event": 1}]}}}"#,
            "/expr/any/n: expected a number from 1 to 2, found 3",
        ),
        (
            r#"{"expr": {"any": {"n": 0, "of": [{"event": 0}]}}}"#,
            "/expr/any/n: expected a number from 1 to 1, found 0",
        ),
        (r#"{"expr": {"any": {"of": [{"event": 0}]}}}"#, "/expr/any: `n` is missing"),
        (r#"{"expr": {"event": 0, "all": []}}"#, "/expr: `all` is unknown beside `event`"),
        (r#"{"expr": {"not": {"event": 0}, "start": {"event": 1}}}"#, "/expr: `end` is missing"),
        (r#"{"expr": {"absence": {"event": 0}, "after": {"event": 1}}}"#, "/expr: `within` is missing"),
        (
            r#"{"expr": {"absence": {"event": 0}, "after": {"event": 1}, "within": 0}}"#,
            "/expr/within: expected a time above zero",
        ),
        (
            r#"{"expr": {"absence": {"event": 0}, "after": {"event": 1}, "within": "2m"}, "within": "1m"}"#,
            "/expr/within: this window of 2m is longer than the 1m that the whole has",
        ),
        (
            r#"{"expr": {"event": 0}, "within": true}"#,
            "/within: expected milliseconds or a text such as `1m30s`, found true",
        ),
    ] {
        assert_eq!(refusal(params), expected, "{params}");
    }
}

#[test]
fn unknown_parameters_and_policies_are_refused() {
    assert!(refusal(r#"{"expr": {"event": 0}, "wihtin": 5}"#).contains("wihtin"));
    assert!(refusal(r#"{"expr": {"event": 0}, "consumption": "latest"}"#).contains("latest"));
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |depth: usize| {
        let leaf = r#"{"event": 0}"#.to_owned();
        let expr = (1..depth).fold(leaf, |inner, _| format!(r#"{{"all": [{inner}]}}"#));
        Value::parse(&format!(r#"{{"expr": {expr}}}"#)).unwrap()
    };
    assert!(make(&nested(DEPTH_MAX)).is_ok());
    let malformed = make(&nested(DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(malformed.pointer, format!("/expr{}", "/all/0".repeat(DEPTH_MAX)));
    let wide = vec![r#"{"event": 0}"#; NODES_MAX].join(",");
    assert!(refusal(&format!(r#"{{"expr": {{"all": [{wide}]}}}}"#)).contains("more than 1000"));
}
