//! What a mistake is about, for programs that word it themselves.

use tidegate_json::Value;
use tidegate_jsonata::{Details, Env, Expression, Functions, Limits};

fn details(source: &str) -> (String, Details) {
    match Expression::parse(source) {
        Err(error) => (error.code.to_owned(), *error.details),
        Ok(expression) => {
            let functions = Functions::standard();
            let env =
                Env { now: 0, seed: 0, limits: Limits::default(), bindings: &[], functions: &functions };
            let error = expression.evaluate(None, &env).expect_err(source);
            (error.code.into_owned(), *error.details)
        }
    }
}

#[test]
fn details_say_what_a_mistake_is_about() {
    let about = |token: Option<&str>, value: Option<Value>, other: Option<Value>, index| Details {
        token: token.map(str::to_owned),
        value,
        other,
        index,
    };
    for (source, code, expected) in [
        ("[1,2)", "S0202", about(Some(")"), Some("]".into()), None, None)),
        ("1 + )", "S0211", about(Some(")"), None, None, None)),
        ("'a' + 1", "T2001", about(Some("+"), Some("a".into()), None, None)),
        ("1 < 'a'", "T2009", about(Some("<"), Some(1.into()), Some("a".into()), None)),
        ("$abs('x')", "T0410", about(Some("abs"), None, None, Some(1))),
        ("'x' ~> $abs()", "T0410", about(Some("abs"), None, None, Some(1))),
        ("($f := $abs; $f('x'))", "T0410", about(Some("f"), None, None, Some(1))),
        ("$sum(['x'])", "T0412", about(Some("sum"), Some("numbers".into()), None, Some(1))),
        ("sum([1])", "T1005", about(Some("sum"), None, None, None)),
        ("$power(10, 400)", "D3061", about(Some("power"), Some(10.into()), Some(400.into()), None)),
    ] {
        assert_eq!(details(source), (code.to_owned(), expected), "{source}");
    }
}
