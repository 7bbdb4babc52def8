//! Properties: nothing panics, and equal inputs give equal outcomes.

use proptest::prelude::*;
use tidegate_json::Value;
use tidegate_jsonata::{Env, EvalError, Expression, Functions, Limits};

const INPUT: &str =
    r#"{"a":[1,2.5,{"b":"x","a":[[],[3]]}],"b":{"a":"yes","c":null},"c":"2020-01-02T03:04:05Z","n":-7}"#;

fn evaluate(source: &str, seed: u64) -> Option<Result<Option<Value>, EvalError>> {
    let expression = Expression::parse(source).ok()?;
    let functions = Functions::standard();
    let limits = Limits { fuel: 20_000, ..Limits::default() };
    let env = Env { now: 1_600_000_000_000, seed, limits, bindings: &[], functions: &functions };
    let input = Value::parse(INPUT).expect("the input is JSON");
    Some(expression.evaluate(&input, &env))
}

/// Expressions of every form, most of them meaningless.
fn any_expression() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "b",
        "c",
        "n",
        "`x y`",
        "$",
        "$$",
        "*",
        "**",
        "%",
        "1",
        "0",
        "-3",
        "2.5",
        "1e300",
        "\"\"",
        "\"aXb\"",
        "true",
        "null",
        "/a/",
        "/[0-9]+(x)?/i",
        "$v",
        "[]",
        "{}",
        "$sum",
        "$string",
        "[1..4]",
        "\"#,##0.00\"",
        "\"[Y]-[M01]\"",
    ];
    let leaf = prop::sample::select(words.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let names: Vec<String> = Functions::standard().names().map(str::to_owned).collect();
        let operators =
            ["+", "-", "*", "/", "%", "=", "!=", "<", ">=", "&", "and", "or", "in", "~>", ".", "?:", "??"];
        let pair = (inner.clone(), prop::sample::select(operators.to_vec()), inner.clone());
        let call = (prop::sample::select(names), prop::collection::vec(inner.clone(), 0..4));
        prop_oneof![
            pair.prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
            call.prop_map(|(name, arguments)| format!("${name}({})", arguments.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{{$string({b}): $}}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})^(>{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("a@$v.b#$i[{a}].({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("a.b.({a} & %.{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("$ ~> |{a}|{b}, [\"a\"]|")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("($v := {a}; {b})")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("$map({a}, function($v, $i) {{ {b} }})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            inner.clone().prop_map(|a| format!("[{a}][]")),
            inner.prop_map(|a| format!("-({a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(source in r#"([ab$0-9"'`/\\\[\](){}.,;:?@#^|~<>=!&*%+ -]|and|in|function|é|\n|\.\.|:=|\*\*){0,24}"#) {
        evaluate(&source, 0);
    }

    #[test]
    fn no_expression_makes_the_evaluator_panic(source in any_expression()) {
        evaluate(&source, 0);
    }

    #[test]
    fn an_evaluation_depends_on_its_arguments_only(source in any_expression(), seed: u64) {
        prop_assert_eq!(evaluate(&source, seed), evaluate(&source, seed));
    }

    #[test]
    fn a_result_is_json_that_parses_again(source in any_expression()) {
        if let Some(Ok(Some(value))) = evaluate(&source, 0) {
            prop_assert_eq!(Value::parse(&value.to_text()), Ok(value));
        }
    }

    #[test]
    fn the_first_failing_part_agrees_with_the_whole(parts in prop::collection::vec(any_expression(), 1..4)) {
        let source = parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" and ");
        let Ok(expression) = Expression::parse(&source) else { return Ok(()) };
        let functions = Functions::standard();
        let env = Env { now: 0, seed: 0, limits: Limits::default(), bindings: &[], functions: &functions };
        let input = Value::parse(INPUT).expect("the input is JSON");
        prop_assert_eq!(expression.conjuncts().len(), parts.len());
        match (expression.evaluate(&input, &env), expression.evaluate_conjuncts(&input, &env)) {
            (Ok(Some(Value::Bool(whole))), Ok(failure)) => prop_assert_eq!(whole, failure.is_none()),
            (Err(whole), Err(part)) => prop_assert_eq!(whole.code, part.code),
            (Ok(_), Ok(_)) => prop_assert_eq!(parts.len(), 1),
            (whole, part) => prop_assert!(false, "{:?} against {:?}", whole, part),
        }
    }
}
