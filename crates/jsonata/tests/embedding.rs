//! What a program that embeds expressions relies on.

use std::collections::BTreeSet;

use tidegate_json::{Str, Value};
use tidegate_jsonata::{Env, EvalError, Expression, Failure, Functions, Limits};

fn env<'a>(functions: &'a Functions, bindings: &'a [(&'a str, Value)]) -> Env<'a> {
    Env { now: 1_577_934_245_678, seed: 7, limits: Limits::default(), bindings, functions }
}

fn evaluate(source: &str, input: &str, functions: &Functions) -> Result<Option<Value>, EvalError> {
    let input = Value::parse(input).expect("the input is JSON");
    let expression = Expression::parse(source).expect("the expression parses");
    expression.evaluate(&input, &env(functions, &[("limit", Value::from(3))]))
}

/// Evaluates to `expected`, which is JSON, or `nothing`.
fn check(source: &str, input: &str, expected: &str) {
    let found = evaluate(source, input, &Functions::standard()).expect("the evaluation succeeds");
    assert_eq!(found.map_or("nothing".to_owned(), |value| value.to_text()), expected, "{source}");
}

#[test]
fn integers_pass_through_in_full() {
    check("id", r#"{"id":9007199254740993}"#, "9007199254740993");
    check("$string(id)", r#"{"id":9007199254740993}"#, r#""9007199254740993""#);
    check("id = 9007199254740993", r#"{"id":9007199254740993}"#, "true");
    check("id = 9007199254740992", r#"{"id":9007199254740993}"#, "false");
    check("0.1 + 0.2", "null", "0.30000000000000004");
    check("$string(0.1 + 0.2)", "null", r#""0.3""#);
    check("6 / 2", "null", "3");
}

#[test]
fn time_and_randomness_come_from_outside() {
    check("$now()", "null", r#""2020-01-02T03:04:05.678Z""#);
    check("$now('[D1o] [MNn] [Y], [H]:[m] [z]', '+0530')", "null", r#""2nd January 2020, 8:34 GMT+05:30""#);
    check("$millis()", "null", "1577934245678");
    check("[$random() = $random(), $random() < 1]", "null", "[false,true]");
    let drawn = || evaluate("[$random(), $shuffle([1..20])]", "null", &Functions::standard());
    assert_eq!(drawn(), drawn());
}

#[test]
fn bindings_are_variables() {
    check("n > $limit", r#"{"n":4}"#, "true");
    check("($limit := 9; $limit) & $limit", "null", r#""93""#);
}

#[test]
fn functions_are_not_data() {
    check("$sum", "null", "nothing");
    check("[1, $sum]", "null", "[1,null]");
    check("{'a': 1, 'f': $sum}", "null", r#"{"a":1}"#);
}

#[test]
fn callers_add_replace_and_remove_functions() {
    let functions = Functions::standard()
        .with("half", Some("<n-:n>"), |call| {
            Ok(call.argument(0).and_then(Value::as_f64).map(|n| (n / 2.0).into()))
        })
        .and_then(|functions| {
            functions.with("refuse", None, |call| match call.argument(0) {
                Some(reason) => Err(EvalError::new("Refused", reason.to_text())),
                None => Ok(None),
            })
        })
        .expect("the signatures are well formed")
        .without("eval");
    let outcome = |source: &str| match evaluate(source, r#"{"n":[4,6]}"#, &functions) {
        Ok(value) => value.map_or("nothing".to_owned(), |value| value.to_text()),
        Err(error) => format!("{} at {}: {}", error.code, error.position.expect("a place"), error.message),
    };
    assert_eq!(outcome("n.$half()"), "[2,3]");
    assert_eq!(outcome("$map(n, $half)"), "[2,3]");
    assert_eq!(outcome("$refuse()"), "nothing");
    assert_eq!(outcome("1 + $refuse({'é': 2})"), r#"Refused at 4: {"é":2}"#);
    assert_eq!(
        outcome("$half('x')"),
        "T0410 at 0: argument 1 of function `half` does not match its signature"
    );
    assert_eq!(outcome("$eval('1')"), "T1006 at 0: attempted to invoke a non-function `$eval`");
    assert!(Functions::standard().with("bad", Some("<n<n>>"), |_| Ok(None)).is_err());
}

#[test]
fn the_part_of_a_filter_that_failed_is_named() {
    let functions = Functions::standard();
    let filter = Expression::parse("a > 1 and (b or c) and $exists(d) and e").expect("the filter parses");
    let parts: Vec<&str> = filter.conjuncts().collect();
    assert_eq!(parts, ["a > 1", "(b or c)", "$exists(d)", "e"]);
    let check = |input: &str, expected: Option<Failure<'_>>| {
        let input = Value::parse(input).expect("the input is JSON");
        assert_eq!(filter.evaluate_conjuncts(&input, &env(&functions, &[])), Ok(expected));
    };
    check(r#"{"a":0}"#, Some(Failure { index: 0, text: "a > 1", value: Some(false.into()) }));
    check(r#"{"a":2}"#, Some(Failure { index: 1, text: "(b or c)", value: Some(false.into()) }));
    check(r#"{"a":2,"b":1,"d":0}"#, Some(Failure { index: 3, text: "e", value: None }));
    check(r#"{"a":2,"b":1,"d":0,"e":"x"}"#, None);
}

#[test]
fn a_syntax_error_names_its_place() {
    let error = Expression::parse("a +\n  'é' ) b").expect_err("it does not parse");
    assert_eq!((error.code, error.position, error.line, error.column), ("S0201", 10, 2, 7));
    assert_eq!(error.to_string(), "syntax error: `)` is not expected here (S0201) at line 2 column 7");
}

#[test]
fn an_evaluation_error_names_its_place() {
    let error = evaluate("'é' & (1 + 'x')", "null", &Functions::standard()).expect_err("it fails");
    assert_eq!((error.code.as_ref(), error.position), ("T2002", Some(9)));
}

#[test]
fn references_say_where_paths_start_and_what_they_read_of_variables() {
    for (source, roots, of_states) in [
        ("$states.input.phone[price > 3]", "", "input"),
        ("phone.x + other", "other phone", ""),
        ("$.phone", "$", ""),
        ("$states.input.items[x = $$.y]", "$$", "input"),
        ("$map($states.result, function($v) { b })", "b", "result"),
        ("$states.input ~> $count", "", "input"),
        ("*.a + **", "* **", ""),
        ("($states := {}; $states.input)", "", ""),
    ] {
        let references = Expression::parse(source).expect("it parses").references();
        let joined = |names: &BTreeSet<Str>| names.iter().map(Str::as_str).collect::<Vec<_>>().join(" ");
        assert_eq!(joined(&references.roots), roots, "{source}");
        let members = references.members.get("states").map(joined).unwrap_or_default();
        assert_eq!(members, of_states, "{source}");
    }
}

#[test]
fn references_say_what_is_read() {
    let references = |source: &str| Expression::parse(source).expect("it parses").references();
    let filter =
        references("event.data.n > $limit and $.context.count < 5 and items[price > 2].($x := n; $x)");
    assert!(filter.fields.iter().map(tidegate_json::Str::as_str).eq(["context", "event", "items"]));
    assert!(filter.variables.iter().map(tidegate_json::Str::as_str).eq(["limit"]));
    assert!(filter.reads("event") && !filter.reads("price"));
    assert!(references("$string($)").reads("anything"));
    assert!(references("a.$$.b").fields.contains("b") || references("a.$$.b").whole);
}

#[test]
fn expressions_are_shared_between_threads() {
    fn is_shared<T: Send + Sync + Clone + std::fmt::Debug>() {}
    is_shared::<Expression>();
    is_shared::<Functions>();
}
