//! Parsing and evaluating: a filter of the size that triggers have, paths, and a loop.

use divan::{Bencher, black_box};
use tidegate_json::Value;
use tidegate_jsonata::{Env, Expression, Functions, Limits};

fn main() {
    divan::main();
}

const FILTER: &str = "event.data.n > 3 and context.count < 5";
const INPUT: &str = r#"{"event":{"id":"1","source":"/s","type":"t","data":{"n":4,"items":[{"price":1.5,"n":2},{"price":2,"n":3},{"price":9.25,"n":1}],"name":"Ada"}},"context":{"count":2}}"#;

#[divan::bench]
fn parse_filter() -> Expression {
    Expression::parse(black_box(FILTER)).expect("it parses")
}

#[divan::bench(args = [
    "event.data.n",
    FILTER,
    "event.type = 't'",
    "event.data.items.price",
    "event.data.items[price > 1.9].n",
    "$sum(event.data.items.(price * n))",
    "{'id': event.id, 'name': $uppercase(event.data.name), 'count': context.count + 1}",
    "event.data.items^(>price)[0].n",
    "$map([1..1000], function($x) { $x * 2 })",
])]
fn evaluate(bencher: Bencher<'_, '_>, source: &str) {
    let expression = Expression::parse(source).expect("it parses");
    let input = Value::parse(INPUT).expect("it is JSON");
    let functions = Functions::standard();
    let env = Env { now: 0, seed: 0, limits: Limits::default(), bindings: &[], functions: &functions };
    bencher.bench(|| expression.evaluate(black_box(&input), &env));
}

/// How long an evaluation takes at most: expressions that use up the default fuel.
#[divan::bench(sample_count = 5, sample_size = 1, args = [
    "$map([1..1000000], function($x) { $map([1..1000000], function($y) { $x * $y }) })",
    "( $f := function($n) { $f($n + 1) }; $f(0) )",
    "[1..1000000]^(>$)",
    "$distinct([1..1000000])",
    "( $a := [1..300000]; $b := [1..300000]; $map([1..100000], function($x) { $a = $b }) )",
    "( $t := $pad('', 10000000, 'a'); $map([1..10000], function($x) { $match($t, /a*b/) }) )",
    "( $t := $pad('', 1000000, 'a'); $map([1..10000], function($x) { $split($t, '') }) )",
    "$map([1..1000000], function($x) { $string([1..1000]) })",
    "$map([1..100000], function($x) { $eval('[' & $pad('', 10000, '1,') & '1]') })",
    "$map([1..1000000], function($x) { $toMillis('2020-01-01', '[Y0001]-[M01]-[D01]') })",
])]
fn run_out_of_fuel(bencher: Bencher<'_, '_>, source: &str) {
    let expression = Expression::parse(source).expect("it parses");
    let functions = Functions::standard();
    let env = Env { now: 0, seed: 0, limits: Limits::default(), bindings: &[], functions: &functions };
    bencher.bench(|| expression.evaluate(None, &env));
}
