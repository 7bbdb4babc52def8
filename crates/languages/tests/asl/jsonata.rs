//! JSONata in the fields of a state, as AWS Step Functions evaluates it.

use tidegate_json::Value;
use tidegate_languages::asl::expression::jsonata::{Expected, JsonataExpr, Template, expression_in};
use tidegate_languages::asl::expression::{Draws, Fault, Surroundings};
use tidegate_model::Timestamp;

fn json(text: &str) -> Value {
    Value::parse(text).expect("the case is JSON")
}

/// What an expression in the field `Output` gives, or the end of the cause.
fn outcome(expression: &str) -> String {
    let input = json(
        r#"{"n":5,"objs":[{"o":{"z":1}},{"o":{"z":2}}],"mixed":[1,"a"],"obj":{"a":1},"arr":[1,2,3],"s":"abc","nil":null}"#,
    );
    let states = Value::object([("input", input), ("context", json(r#"{"State":{"Name":"E"}}"#))]);
    match parsed(expression).map(|expression| evaluated(&expression, &states)) {
        Ok(Ok(value)) => value.to_text(),
        Ok(Err(fault)) => {
            assert_eq!(
                (fault.error.as_str(), fault.location.as_deref()),
                ("States.QueryEvaluationError", Some("Output"))
            );
            let start = format!("The JSONata expression '{expression}' specified for the field 'Output' ");
            fault.cause.strip_prefix(&start).expect("the cause names expression and field").to_owned()
        }
        Err(refusals) => refusals,
    }
}

fn parsed(expression: &str) -> Result<JsonataExpr, String> {
    JsonataExpr::parse(expression, "Output").map_err(|errors| {
        let refusals = errors.iter().map(|error| format!("{}: {}", error.code, error.message));
        refusals.collect::<Vec<_>>().join("; ")
    })
}

fn evaluated(expression: &JsonataExpr, states: &Value) -> Result<Value, Fault> {
    let variables = json(r#"{"total":7,"sum":"shadow","nothing":null}"#);
    expression.evaluate(&surroundings(&variables), states)
}

fn surroundings(variables: &Value) -> Surroundings<'_> {
    Surroundings {
        input: &Value::Null,
        context: &Value::Null,
        variables,
        at: Timestamp(1_704_067_200_000),
        draws: Draws::new(1),
    }
}

fn check(cases: &[(&str, &str)]) {
    let wrong = cases.iter().map(|(expression, expected)| (expression, expected, outcome(expression)));
    let wrong: Vec<_> = wrong.filter(|(_, expected, found)| found != *expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_string_is_an_expression_only_as_a_whole_and_to_the_letter() {
    assert_eq!(expression_in("{% $states.input %}"), Some("$states.input"));
    assert_eq!(expression_in("{%$x%}"), Some("$x"));
    assert_eq!(expression_in("{% a %} {% b %}"), Some("a %} {% b"));
    for text in ["", "{%}", "{% x", "x %}", " {% x %}", "{% x %} ", "Hello {% name %}", "$states.input"] {
        assert_eq!(expression_in(text), None, "{text}");
    }
}

#[test]
fn states_and_variables_are_what_an_expression_sees() {
    check(&[
        ("$states.input.n + $total", "12"),
        ("$states.context.State.Name", "\"E\""),
        ("$states.input.nil", "null"),
        ("$nothing", "null"),
        ("$sum", "\"shadow\""),
        ("$total := 9", "9"),
        ("$states.input.objs.o.z", "[1,2]"),
        ("$states.input.objs[o.z = 1]", r#"{"o":{"z":1}}"#),
        ("$map($states.input.arr, function($v) { $v * 2 })", "[2,4,6]"),
        ("{'k': $states.input.missing}", "{}"),
        ("$now()", "\"2024-01-01T00:00:00.000Z\""),
        ("$millis()", "1704067200000"),
        ("$base64encode('Grüße')", "\"R3LDvMOfZQ==\""),
        ("$base64decode('R3LDvMOfZQ==')", "\"Grüße\""),
    ]);
}

#[test]
fn nothing_is_an_error() {
    check(&[
        ("$doesNotExist", "returned nothing (undefined)."),
        ("$states.input.missing", "returned nothing (undefined)."),
        ("$states.result", "returned nothing (undefined)."),
        (
            "$sum ~> $nope",
            "threw an error during evaluation. T2006: The right side of the function application operator ~> must be a function",
        ),
    ]);
}

#[test]
fn causes_are_those_of_the_reference_implementation() {
    let cases = [
        ("$randomSeeded(1)", "T1006: Attempted to invoke a non-function"),
        ("$eval('1+1')", "T1006: Attempted to invoke a non-function"),
        ("$abs('x')", r#"T0410: Argument 1 of function "abs" does not match function signature"#),
        (
            "$substring('abc')",
            r#"T0410: Argument 2 of function "substring" does not match function signature"#,
        ),
        ("$max($states.input.mixed)", r#"T0412: Argument 1 of function "max" must be an array of "numbers""#),
        ("$states.input.s + 1", r#"T2001: The left side of the "+" operator must evaluate to a number"#),
        ("1 - $states.input.s", r#"T2002: The right side of the "-" operator must evaluate to a number"#),
        (
            "1 < 'a'",
            r#"T2009: The values 1 and "a" either side of operator "<" must be of the same data type"#,
        ),
        (
            "$states.input.obj < 1",
            r#"T2010: The expressions either side of operator "<" must evaluate to numeric or string values"#,
        ),
        ("-$states.input.s", r#"D1002: Cannot negate a non-numeric value: "abc""#),
        ("['a'..3]", "T2003: The left side of the range operator (..) must evaluate to an integer"),
        ("{$states.input.n: 1}", "T1003: Key in object structure must evaluate to a string; got: 5"),
        ("$number('x')", r#"D3030: Unable to cast value to a number: "x""#),
        ("$sqrt(-1)", "D3060: The sqrt function cannot be applied to a negative number: -1"),
        (
            "$power(10, 400)",
            "D3061: The power function has resulted in a value that cannot be represented as a JSON number: base=10, exponent=400",
        ),
        (
            "$formatBase(1, 99)",
            "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 99",
        ),
        (
            "$toMillis('x')",
            r#"D3110: The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given "x""#,
        ),
        ("$error('no stock')", "D3137: no stock"),
        ("$assert(false, 'no')", "D3141: no"),
        (
            "$single([1,2])",
            "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
        ),
        (
            "$states.input.mixed^($)",
            r#"T2007: Type mismatch when comparing values 1 and "a" in order-by clause"#,
        ),
        (
            "sum($states.input.arr)",
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'sum' at the top level is not supported.",
        ),
    ];
    let expected = |(expression, end): &(&'static str, &'static str)| match end.starts_with("UNSUPPORTED") {
        true => (*expression, (*end).to_owned()),
        false => (*expression, format!("threw an error during evaluation. {end}")),
    };
    let cases: Vec<(&str, String)> = cases.iter().map(expected).collect();
    check(&cases.iter().map(|(expression, expected)| (*expression, expected.as_str())).collect::<Vec<_>>());
}

#[test]
fn limits_have_sentences_without_a_code() {
    check(&[
        (
            "($f := function($n) { 1 + $f($n + 1) }; $f(1))",
            "threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive",
        ),
        (
            "($f := function($n) { $f($n + 1) }; $f(1))",
            "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop",
        ),
        (
            "$range(1, 100000000, 1)",
            "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
    ]);
}

#[test]
fn what_does_not_parse_or_reads_elsewhere_is_refused() {
    check(&[
        ("a[1,2)", r#"INVALID_JSONATA_EXPRESSION: Expected "]", got ",""#),
        (
            "\"unterminated",
            "INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote",
        ),
        ("1 +", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        ("", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        ("{\"a\":}", r#"INVALID_JSONATA_EXPRESSION: The symbol "}" cannot be used as a unary operator"#),
        ("$x :=", "INVALID_JSONATA_EXPRESSION: Unexpected end of expression"),
        ("$match(\"a\", /abc", "INVALID_JSONATA_EXPRESSION: No terminating / in regular expression"),
        ("phone", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported."),
        ("$$", "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' at the top level is not supported."),
    ]);
}

#[test]
fn functions_of_the_service() {
    check(&[
        ("$partition([1,2,3,4,5], 2)", "[[1,2],[3,4],[5]]"),
        ("$partition([1,2,3,4,5], 2.9)", "[[1,2],[3,4],[5]]"),
        ("$partition([1,2,3])", "[[1,2,3]]"),
        ("$partition([1,2,3], 99999999999)", "[[1,2,3]]"),
        ("$partition([1,2,3], 0)", "returned nothing (undefined)."),
        ("$partition([], 2)", "returned nothing (undefined)."),
        (
            "$partition([1], -1)",
            "threw an error during evaluation. D3137: Second argument must be zero or greater",
        ),
        (
            "$partition(1, 2)",
            r#"threw an error during evaluation. T0412: Argument 1 of function "partition" must be an array of undefined"#,
        ),
        ("$range(0, 9, 3)", "[0,3,6,9]"),
        ("$range(0, 10, 3)", "[0,3,6,9]"),
        ("$range(1, 9, 9)", "1"),
        ("$range(10, 0, -5)", "[10,5,0]"),
        ("$range(1.7, 3.2, 1)", "[1,2,3]"),
        ("$range(3, 3, 1)", "3"),
        ("$range(5, 1, 1)", "returned nothing (undefined)."),
        ("$range(1, 5, 0)", "returned nothing (undefined)."),
        ("$range(1, 5)", "returned nothing (undefined)."),
        (
            "$range(1)",
            r#"threw an error during evaluation. T0410: Argument 2 of function "range" does not match function signature"#,
        ),
        (
            "$range(-9223372036854775807, 9223372036854775807, 9223372036854775807)",
            "[-9223372036854775807,0,9223372036854775807]",
        ),
        ("$hash('Hello', 'MD5')", "\"8b1a9953c4611296a827abf8c47804d7\""),
        ("$hash('input', 'SHA-1')", "\"140f86aae51ab9e1cda9b4254fe98a74eb54c1a1\""),
        ("$hash('Hello', 'SHA-256')", "\"185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969\""),
        ("$length($hash('', 'SHA-384')) & $length($hash('', 'SHA-512'))", "\"96128\""),
        ("$hash('Hello')", "returned nothing (undefined)."),
        (
            "$hash('Hello', 'md5')",
            "threw an error during evaluation. D3137: Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5",
        ),
        (
            "$hash(1, 'MD5')",
            r#"threw an error during evaluation. T0410: Argument 1 of function "hash" does not match function signature"#,
        ),
        ("$random(42)", "0.7275636800328681"),
        ("[$random() < 1, $random() = $random()]", "[true,false]"),
        (
            "$random('x')",
            r#"threw an error during evaluation. T0410: Argument 1 of function "random" does not match function signature"#,
        ),
        (
            "$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).index",
            "0",
        ),
        ("$uuid() = $uuid()", "false"),
        (
            "$uuid(1)",
            r#"threw an error during evaluation. T0410: Argument 1 of function "uuid" does not match function signature"#,
        ),
        ("$parse('{\"a\":1,\"b\":[]}').a", "1"),
        ("$parse('-0') = 0", "true"),
        ("$parse('[1, 2, \"x\"]')", r#"[1,2,"x"]"#),
        ("$exists($parse('null'))", "true"),
        ("$parse('')", "threw an error during evaluation. D3137: Invalid JSON"),
        ("$parse('1 2')", "threw an error during evaluation. D3137: Invalid JSON"),
        (
            "$parse(1)",
            r#"threw an error during evaluation. T0410: Argument 1 of function "parse" does not match function signature"#,
        ),
        ("$parse($states.input.missing)", "returned nothing (undefined)."),
        ("$map(['1','2'], $parse)", "[1,2]"),
    ]);
}

#[test]
fn a_field_takes_values_of_its_kind() {
    let states = json(r#"{"input":{}}"#);
    let variables = json(r#"{"ItemsVar":{"foo":"bar"}}"#);
    let field = |text: &str, expected| {
        let template = Template::parse(&Value::from(text), "Items").expect("the expression is accepted");
        template.evaluate_as(expected, &surroundings(&variables), &states)
    };
    for (text, found) in [
        ("{% true %}", "'boolean' for value: true"),
        ("{% null %}", "'null' for value: null"),
        ("{% 1 %}", "'number' for value: 1"),
        ("{% $ItemsVar %}", r#"'object' for value: {"foo":"bar"}"#),
        ("{% 'string' %}", r#"'string' for value: "string""#),
    ] {
        let cause = format!(
            "The JSONata expression '{}' specified for the field 'Items' returned an unexpected result type. \
             Expected 'array', but was {found}",
            expression_in(text).unwrap()
        );
        assert_eq!(field(text, Expected::Array).unwrap_err().cause, cause);
    }
    assert_eq!(field("{% [1] %}", Expected::Array), Ok(json("[1]")));
    assert_eq!(field("{% 2 %}", Expected::Number), Ok(json("2")));
}

#[test]
fn a_template_evaluates_what_is_an_expression_and_keeps_the_rest() {
    let template = json(
        r#"{"a":"{% $states.input.x %}","literal":" {% states.input %} ","b":[1,"{% $number('2') %}",{"c":"{% $v %}"}],
            "path.$":"$.no.such.path","empty":{},"kept":[null,0.1,true]}"#,
    );
    let template = Template::parse(&template, "Output").expect("the template is accepted");
    let variables = json(r#"{"v":[3]}"#);
    let found = template.evaluate(&surroundings(&variables), &json(r#"{"input":{"x":{"y":1}}}"#));
    assert_eq!(
        found.map(|value| value.to_text()),
        Ok(r#"{"a":{"y":1},"literal":" {% states.input %} ","b":[1,2,{"c":[3]}],"path.$":"$.no.such.path","empty":{},"kept":[null,0.1,true]}"#.to_owned())
    );
    assert!(template.constant().is_none() && template.expression().is_none());
}

#[test]
fn a_fault_names_the_part_of_the_field() {
    let template = json(r#"{"a":{"b":[[1],["{% 1 %}","{% $none %}"]]},"c/d":"{% $none %}"}"#);
    let template = Template::parse(&template, "Choices[1]/Output").expect("the template is accepted");
    let fault = template.evaluate(&surroundings(&json("{}")), &json("{}")).unwrap_err();
    assert_eq!(fault.location.as_deref(), Some("Choices[1]/Output/a/b[1][1]"));
    assert_eq!(
        fault.cause,
        "The JSONata expression '$none' specified for the field 'Choices[1]/Output/a/b[1][1]' returned nothing \
         (undefined)."
    );
}

#[test]
fn all_refusals_of_a_template_are_told_with_their_places() {
    let template = json(r#"{"a":["{% 1 + %}"],"b~/":"{% x + y %}","c":"{% $ok %}"}"#);
    let errors = Template::parse(&template, "Output").unwrap_err();
    let told: Vec<String> =
        errors.iter().map(|error| format!("{} {}", error.pointer, error.message)).collect();
    assert_eq!(
        told,
        [
            "/a/0 Unexpected end of expression",
            "/b~0~1 Reference to 'x' at the top level is not supported.",
            "/b~0~1 Reference to 'y' at the top level is not supported.",
        ]
    );
}

#[test]
fn references_are_variables_and_parts_of_states() {
    let template = json(
        r#"["{% $states.result.x & $count($list) & $total %}","{% $states.input %}",
        "{% $map($list, function($v) { $v + $states.context.n }) %}"]"#,
    );
    let references = Template::parse(&template, "Output").expect("the template is accepted").references();
    let names = |names: &std::collections::BTreeSet<tidegate_json::Str>| {
        names.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&references.variables), ["list", "total"]);
    assert_eq!(names(&references.states), ["context", "input", "result"]);
    assert!(references.reads_states);
}

#[test]
fn equal_surroundings_give_equal_results() {
    let expression = JsonataExpr::parse("[$random(), $uuid(), $shuffle([1..9])]", "Output").unwrap();
    let states = json("{}");
    assert_eq!(evaluated(&expression, &states), evaluated(&expression, &states));
}
