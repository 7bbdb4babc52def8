//! No expression runs long, grows without bound or overflows the stack of a thread (2 MiB, the default for tests).

use tidegate_json::Value;
use tidegate_jsonata::{Env, Expression, Functions, Limits};

/// With the default limits, `source` ends with `code`; `benches/jsonata.rs` measures how soon.
fn check(source: &str, code: &str) {
    check_with(source, &Value::Null, Limits::default(), code);
}

fn check_with(source: &str, input: &Value, limits: Limits, code: &str) {
    let functions = Functions::standard();
    let env = Env { now: 0, seed: 0, limits, bindings: &[], functions: &functions };
    let found = match Expression::parse(source) {
        Ok(expression) => match expression.evaluate(input, &env) {
            Ok(value) => value.map_or("nothing".to_owned(), |value| value.type_name().to_owned()),
            Err(error) => error.code.into_owned(),
        },
        Err(error) => error.code.to_owned(),
    };
    let shown: String = source.chars().take(80).collect();
    assert_eq!(found, code, "{shown}");
}

/// As `check`, with room for little.
fn check_small(source: &str, code: &str) {
    let limits = Limits { items: 10_000, text_bytes: 1 << 20, ..Limits::default() };
    check_with(source, &Value::Null, limits, code);
}

#[test]
fn loops_run_out_of_fuel() {
    for source in [
        "$map([1..1000000], function($x) { $map([1..1000000], function($y) { $x * $y }) })",
        "[1..1000000].([1..1000000])",
        "[1..1000000][[1..1000000][$ = 5]]",
        "( $f := function($n) { $f($n + 1) }; $f(0) )",
        "( $even := function($n) { $odd($n) }; $odd := function($n) { $even($n) }; $even(0) )",
        "$reduce([1..1000000], function($a, $x) { $append($a, [1..1000]) })",
        "$sort([1..1000000], function($a, $b) { $a < $b })",
        "[1..1000000]^(>$)",
        "$distinct([1..1000000])",
        "[1..1000000][$ in [1..1000000]]",
        "( $a := [1..300000]; $b := [1..300000]; $map([1..100000], function($x) { $a = $b }) )",
        "( $t := $pad('', 10000000, 'a'); $map([1..10000], function($x) { $match($t, /a*b/) }) )",
        "( $t := $pad('', 10000000, 'a'); $map([1..10000], function($x) { $contains($t, 'b') }) )",
        "( $t := $pad('', 1000000, 'a'); $map([1..10000], function($x) { $split($t, '') }) )",
        "$map([1..1000000], function($x) { $string([1..1000]) })",
        "$map([1..100000], function($x) { $eval('[' & $pad('', 10000, '1,') & '1]') })",
        "$map([1..1000000], function($x) { $toMillis('2020-01-01', '[Y0001]-[M01]-[D01]') })",
        "$map([1..1000000], function($x) { $zip([1..1000], [1..1000]) })",
        "$map([1..1000000], function($x) { $shuffle([1..1000]) })",
        "$map([1..1000000], function($x) { $formatInteger(999999999, 'I') })",
    ] {
        check(source, "U1002");
    }
}

#[test]
fn sequences_and_strings_have_a_size() {
    check("[1..1000000000]", "D2014");
    check("[-9000000000000000000..9000000000000000000]", "D2014");
    check("$pad('x', 1000000000)", "U1003");
    check("$pad('x', -1e300)", "U1003");
    check_small("$reduce([1..64], function($a, $x) { $a & $a }, 'ab')", "U1003");
    check_small("$reduce([1..64], function($a, $x) { $append($a, $a) }, [1, 2])", "U1003");
    check_small("$reduce([1..64], function($a, $x) { [$a, $a] }, [1, 2])", "U1003");
    check_small("$reduce([1..64], function($a, $x) { {'l': $a, 'r': $a} }, 1)", "U1003");
    check_small("$length($string($reduce([1..64], function($a, $x) { {'l': $a, 'r': $a} }, 1)))", "U1003");
    check_small("$reduce([1..64], function($a, $x) { $replace($a, 'a', $a) }, 'aa')", "U1003");
    check_small("$reduce([1..64], function($a, $x) { $join([$a, $a]) }, 'ab')", "U1003");
    check("$formatInteger(1e300, 'I')", "U1003");
}

#[test]
fn shared_input_does_not_print_without_bound() {
    let input = Value::array((0..10_000).map(|n| Value::from(format!("item {n}"))));
    check_with("( $in := $; [1..100000].{'all': [$in]} )", &input, Limits::default(), "U1002");
    check_with(
        "( $in := $; $string([1..100000].{'all': $in[[0..9999]]}) )",
        &input,
        Limits::default(),
        "U1002",
    );
}

#[test]
fn nesting_is_limited_wherever_it_comes_from() {
    check("( $f := function($n) { 1 + $f($n) }; $f(0) )", "U1001");
    check("( $f := function($n) { [$f($n)] }; $f(0) )", "U1001");
    check("$reduce([1..100000], function($a, $x) { [[$a]] })", "U1003");
    check("$reduce([1..100000], function($a, $x) { {'a': $a} })", "U1003");
    check("$reduce([1..100000], function($a, $x) { {'f': $a.f ~> $uppercase} }, {'f': $lowercase})", "U1003");
    check("$reduce([1..100000], function($a, $x) { {'f': $substring($a.f, ?)} }, {'f': 1})", "U1003");
    check("$reduce([1..100000], function($a, $x) { {'f': $a}.function() { 1 } })", "U1003");
    check("( $f := function($s) { $eval($s) }; $f('$f($s)') )", "U1001");
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{'a':", "}"), ("-", ""), ("a[", "]"), ("$f(", ")"), ("1+", "")]
    {
        let inside = if open == "1+" { "(" } else { "" };
        check(&format!("{}{inside}1{}", open.repeat(100_000), close.repeat(100_000)), "U1001");
    }
    check(&format!("1{}", "+1".repeat(100_000)), "U1001");
    check(&format!("a{}", ".b".repeat(100_000)), "U1001");
    check(&format!("a{}", "[0]".repeat(100_000)), "U1001");
    check(&format!("{}1", "function(){".repeat(100_000)), "U1001");
    check(&format!("{}1", "a?b:".repeat(100_000)), "U1001");
    check(&format!("{}1", "$a:=".repeat(100_000)), "U1001");
}

#[test]
fn the_deepest_that_is_allowed_fits_the_stack() {
    let deepest = Limits { depth: u32::MAX, ..Limits::default() };
    for source in [
        "( $f := function($n) { 1 + $f($n) }; $f(0) )",
        "( $f := function($n) { $map([1], $f) }; $f(0) )",
        "( $f := function($n) { $sort([1, 2], function($a, $b) { $f($a) }) }; $f(0) )",
        "( $f := function($n) { [1]^($f(1)) }; $f(0) )",
        "( $f := function($n) { [{'a': 1}].{'b': $f(1)} }; $f(0) )",
        "( $f := function($n) { {'a': 1} ~> |$|{'b': $f(1)}| }; $f(0) )",
        "( $f := function($n) { [1][$f(1)] }; $f(0) )",
        "( $f := function($n) { [{'a': 1}]@$x#$i[$f(1)].a }; $f(0) )",
        "( $f := function($n) { $replace('aa', /a/, $f) }; $f(0) )",
        "( $f := function($n) { $eval('$f(1)') + 1 }; $f(0) )",
        "( $d := $pad('', 90, '(') & '1' & $pad('', 90, ')'); $f := function($n) { [$eval($d), $f($n)] }; $f(0) )",
        "( $f := function($n) { $n ~> $g }; $g := $f ~> $f; $f(0) )",
    ] {
        check_with(source, &Value::Null, deepest, "U1001");
    }
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{'a':", "}"), ("a[", "]"), ("$sum(", ")"), ("$map(1, function(){", "})")]
    {
        let source = format!("{}1{}", open.repeat(110), close.repeat(110));
        let parsed = Expression::parse(&source).map(|expression| expression.references().whole);
        assert!(parsed.is_ok() || parsed.is_err_and(|error| error.code == "U1001"), "{open}");
    }
    let nested = "[".repeat(127) + &"]".repeat(127);
    let input = Value::parse(&nested).expect("127 levels parse");
    check_with("[$ = $, **, *, $string($), $ ~> |**|{}|]", &input, deepest, "array");
}

#[test]
fn a_lower_limit_is_kept() {
    let input = Value::Null;
    check_with("1 + 1 + 1", &input, Limits { fuel: 3, ..Limits::default() }, "U1002");
    check_with("1 + 1 + 1", &input, Limits { depth: 2, ..Limits::default() }, "U1001");
    check_with("[1..11]", &input, Limits { items: 10, ..Limits::default() }, "D2014");
    check_with("'abc' & 'def'", &input, Limits { text_bytes: 5, ..Limits::default() }, "U1003");
    check_with("1 + 1 + 1", &input, Limits { fuel: 5, depth: 3, items: 1, text_bytes: 1 }, "number");
}
