//! The cases of the jsonata-js test suite (see `conformance/README.md`).

use tidegate_json::Value;
use tidegate_jsonata::{Env, EvalError, Expression, Functions, Limits};

const CASES: &str = include_str!("conformance/cases.jsonl");
const DATASETS: &str = include_str!("conformance/datasets.json");

/// Cases that fail on purpose, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("function-encodeUrl/case002", "encodes an unpaired surrogate, which no string here can hold"),
    (
        "function-string/case019",
        "prints an infinity; here the division that would give one is the error (D1001)",
    ),
];

#[test]
fn every_case_but_the_documented_exceptions_passes() {
    let datasets = Value::parse(DATASETS).expect("the data sets are JSON");
    let mut passed = 0;
    let mut failed = Vec::new();
    for line in CASES.lines() {
        // Our strings are Unicode text, which has no unpaired surrogates.
        let case = Value::parse(&line.replace("\\ud800", "\\ufffd")).expect("a case is JSON");
        let id = case.get("id").and_then(Value::as_str).expect("a case has an id");
        let outcome = run(&case, &datasets);
        match difference(&case, &outcome) {
            None => passed += 1,
            Some(difference) => failed.push((id.to_owned(), difference)),
        }
    }
    for (id, difference) in &failed {
        println!("{id}: {difference}");
    }
    let failed: Vec<&str> = failed.iter().map(|(id, _)| id.as_str()).collect();
    let expected: Vec<&str> = EXCEPTIONS.iter().map(|(id, _)| *id).collect();
    assert_eq!(failed, expected);
    assert_eq!(passed, 1118 - EXCEPTIONS.len());
}

fn run(case: &Value, datasets: &Value) -> Result<Option<Value>, EvalError> {
    let source = case.get("expr").and_then(Value::as_str).expect("a case has an expression");
    let expression =
        Expression::parse(source).map_err(|error| EvalError::new(error.code, error.message.clone()))?;
    let input = match (case.get("data"), case.get("dataset").and_then(Value::as_str)) {
        (Some(data), _) => Some(data),
        (None, Some(name)) => datasets.get(name),
        (None, None) => None,
    };
    let bindings: Vec<(&str, Value)> = case
        .get("bindings")
        .and_then(Value::as_object)
        .map(|bindings| bindings.iter().map(|(name, value)| (name.as_str(), value.clone())).collect())
        .unwrap_or_default();
    let depth = case.get("depth").and_then(Value::as_u64).filter(|depth| *depth >= 100);
    let limits = Limits {
        fuel: 50_000_000,
        depth: depth.map_or(Limits::DEPTH_MAX, |depth| depth as u32),
        items: 10_000_000,
        ..Limits::default()
    };
    let functions = Functions::standard();
    let env = Env { now: 1_700_000_000_000, seed: 1, limits, bindings: &bindings, functions: &functions };
    expression.evaluate(input, &env)
}

/// What differs from the expected outcome, if anything does.
fn difference(case: &Value, outcome: &Result<Option<Value>, EvalError>) -> Option<String> {
    let code = case.pointer("/error/code").or_else(|| case.get("code")).and_then(Value::as_str);
    let message = case.pointer("/error/message").and_then(Value::as_str);
    let unordered = case.get("unordered").and_then(Value::as_bool) == Some(true);
    match (code, case.get("result"), outcome) {
        (Some(code), _, Err(error))
            if error.code == code && message.is_none_or(|text| text == error.message) =>
        {
            None
        }
        (None, Some(expected), Ok(Some(value))) if value == expected => None,
        (None, Some(expected), Ok(Some(value))) if unordered && sorted(value) == sorted(expected) => None,
        (None, None, Ok(None)) => None,
        _ => {
            let expected = code.map(str::to_owned).or_else(|| case.get("result").map(Value::to_text));
            let found = match outcome {
                Ok(Some(value)) => value.to_text(),
                Ok(None) => "nothing".to_owned(),
                Err(error) => error.to_string(),
            };
            let source = case.get("expr").and_then(Value::as_str).unwrap_or_default();
            Some(format!(
                "{source}\n    expected {}\n    found    {found}",
                expected.as_deref().unwrap_or("nothing")
            ))
        }
    }
}

fn sorted(value: &Value) -> Vec<Value> {
    let mut elements = value.as_array().map(|elements| elements.to_vec()).unwrap_or_default();
    elements.sort_by(Value::cmp_total);
    elements
}
