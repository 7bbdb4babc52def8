//! Expressions: what they give, what is said of those that are wrong, and that none does harm.

use proptest::prelude::{Strategy, any, prop, proptest};
use tidegate_json::Value;
use tidegate_languages::sweep::expression::{Expression, Reads};

const OUTPUTS: &str = r#"{
    "1": {"tile": [10, 20, 30], "buckets": [{"count": 3}], "name": "Ada", "rate": 2.5, "none": null},
    "2": {}
}"#;

/// What `text` gives, or what is wrong with it.
fn evaluate(text: &str) -> String {
    let outputs = Value::parse(OUTPUTS).unwrap();
    let value = Expression::parse(text).and_then(|expression| expression.evaluate(&outputs));
    match value {
        Ok(value) => value.to_text(),
        Err(error) => error.to_string(),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(evaluate(text), *expected, "{text}");
    }
}

#[test]
fn outputs_are_read_by_subscripts_and_slices() {
    check(&[
        ("predecessor_outputs['1']['tile']", "[10,20,30]"),
        ("predecessor_outputs[1]['tile'][-1]", "30"),
        (" predecessor_outputs[\"1\"][\"buckets\"][0][\"count\"] ", "3"),
        ("predecessor_outputs['1']['tile'][1:]", "[20,30]"),
        ("predecessor_outputs['1']['tile'][:-1]", "[10,20]"),
        ("predecessor_outputs['1']['tile'][::-1]", "[30,20,10]"),
        ("predecessor_outputs['1']['tile'][-2:99:2]", "[20]"),
        ("predecessor_outputs['1']['name'][1:]", "\"da\""),
        ("predecessor_outputs['1'].get('nothing', 5)", "5"),
        ("predecessor_outputs['2']", "{}"),
    ]);
}

#[test]
fn operators_are_pythons() {
    check(&[
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("[7 // 2, -7 // 2, 7 % -3, -7 % 3, 2 ** 10, 2 ** -1, -2 ** 2]", "[3,-4,-2,2,1024,0.5,-4]"),
        ("'a' + 'b' 'c' * 3", "\"abcbcbc\""),
        ("[1] + [2] * 2", "[1,2,2]"),
        (
            "[1 < 2 < 3, 1 < 3 < 2, 1 == 1.0, True == 1, 'a' < 'b', [1, 2] < [1, 3]]",
            "[true,false,true,true,true,true]",
        ),
        (
            "[2 in [1, 2], 'x' not in {'x': 1}, 'da' in 'Ada', None is None, 1 is not None]",
            "[true,false,true,true,true]",
        ),
        ("0 or 'x' and [] or 'last'", "\"last\""),
        ("not [] and not 0", "true"),
        ("'many' if len(predecessor_outputs['1']['tile']) > 2 else 'few'", "\"many\""),
        ("{'a': 1, 'b': (1, 2), 3: None}", r#"{"a":1,"b":[1,2],"3":null}"#),
        ("0x1f + 1_000 + 0b11", "1034"),
        ("[.5, 1e3, 1.]", "[0.5,1000,1]"),
    ]);
    assert_eq!(evaluate("1, 2"), "SyntaxError: expected an operator or the end, found `,` (column 2)");
}

#[test]
fn functions_methods_and_comprehensions_look_at_their_arguments() {
    check(&[
        ("[len('abc'), min(3, 1, 2), max([3, 1]), sum([1, 2.5]), abs(-2)]", "[3,1,3,3.5,2]"),
        ("list(range(3)) + list(range(5, 0, -2))", "[0,1,2,5,3,1]"),
        (
            "[str(1.0), str(True), str([1, 'a', None]), str(1e20), int('42'), int(-2.9), float('1.5')]",
            r#"["1.0","True","[1, 'a', None]","1e+20",42,-2,1.5]"#,
        ),
        ("[round(2.5), round(3.5), round(2.675, 2), round(1234, -2)]", "[2,4,2.67,1200]"),
        ("sorted([3, 1, 2], reverse=True)", "[3,2,1]"),
        ("[any([0, 1]), all([]), bool('')]", "[true,true,false]"),
        ("[x * 2 for x in predecessor_outputs['1']['tile'] if x > 10]", "[40,60]"),
        ("[[i, x] for i, x in enumerate('ab')]", r#"[[0,"a"],[1,"b"]]"#),
        ("[(a, b) for a in range(2) for b in range(a + 1)]", "[[0,0],[1,0],[1,1]]"),
        ("sum(x for x in range(5))", "10"),
        ("{k: len(v) for k, v in predecessor_outputs.items()}", r#"{"1":5,"2":0}"#),
        ("max([], default=7)", "7"),
        (
            "[list(zip([1, 2], 'ab')), dict([['a', 1]]), list({'k': 1})]",
            r#"[[[1,"a"],[2,"b"]],{"a":1},["k"]]"#,
        ),
        (
            "['A'.lower(), 'a b'.split(), ','.join(['x', 'y']), ' s '.strip(), 'aba'.replace('a', 'c')]",
            r#"["a",["a","b"],"x,y","s","cbc"]"#,
        ),
        (
            "[list(predecessor_outputs.keys()), [1, 2, 1].count(1), 'abc'.startswith('ab')]",
            r#"[["1","2"],2,true]"#,
        ),
    ]);
}

#[test]
fn mistakes_have_pythons_names_and_their_column() {
    check(&[
        ("predecessor_outputs['3']", "KeyError: there is no '3'; there is '1', '2' (column 20)"),
        ("predecessor_outputs['1']['tile'][3]", "IndexError: there is no place 3 in 3 items (column 33)"),
        ("predecessor_outputs['1']['none']['x']", "TypeError: None has no parts to subscript (column 33)"),
        (
            "predecessor_output['1']",
            "NameError: there is no value `predecessor_output` here; did you mean `predecessor_outputs`? (column 1)",
        ),
        ("1 + 'a'", "TypeError: `+` does not take a number and a text (column 3)"),
        ("1 / 0", "ZeroDivisionError: division by zero (column 3)"),
        ("9223372036854775807 + 1", "OverflowError: the result is too large a number (column 21)"),
        ("open('/etc/passwd')", "NameError: there is no function `open` here (column 1)"),
        ("__import__('os').system('id')", "NameError: there is no function `__import__` here (column 1)"),
        ("().__class__", "NameError: there is no `.__class__` here (column 4)"),
        ("lambda: 1", "SyntaxError: functions cannot be made here (column 1)"),
        ("f'{1}'", "SyntaxError: text in `f'…'` is not possible here (column 1)"),
        ("'abc", "SyntaxError: the text has no end (column 1)"),
        ("len(", "SyntaxError: expected a value, found the end (column 5)"),
        ("x = 1", "NameError: there is no value `x` here (column 1)"),
        ("1 = 1", "SyntaxError: expected nothing more, found `=` (column 3)"),
        ("", "SyntaxError: expected a value, found the end (column 1)"),
        ("1 +\n  *", "SyntaxError: expected a value, found `*` (column 3)"),
        ("[x for x in range(2)] + x", "NameError: there is no value `x` here (column 25)"),
        ("len(1, 2)", "TypeError: `len` does not take 2 arguments (column 1)"),
        ("1 < 'a'", "TypeError: a number and a text have no order (column 3)"),
    ]);
}

#[test]
fn an_expression_takes_no_more_than_it_may() {
    for text in [
        "[x for x in range(10 ** 9)]",
        "'a' * 10 ** 12",
        "[0] * 10 ** 12",
        "[1 for a in range(3000) for b in range(3000)]",
        "list(range(-9223372036854775807, 9223372036854775807, 10000000000000))",
        "sum([range(2000000)], [])",
    ] {
        let error = evaluate(text);
        assert!(error.starts_with("LimitError"), "{text}: {error}");
    }
    let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    assert!(evaluate(&deep).contains("nests deeper"), "{}", evaluate(&deep));
    let long = vec!["1"; 5_000].join("+");
    assert!(evaluate(&long).contains("nests deeper"), "{}", evaluate(&long));
    let longest = format!("'{}'", "a".repeat(20_000));
    assert!(evaluate(&longest).contains("the limit is"), "{}", evaluate(&longest));
}

#[test]
fn what_an_expression_reads_is_told_from_its_text() {
    let reads = |text: &str| match Expression::parse(text).unwrap().reads() {
        Reads::Only(ids) => ids.into_iter().collect::<Vec<_>>().join(" "),
        Reads::All => "all".to_owned(),
    };
    assert_eq!(reads("predecessor_outputs['1']['a'] + predecessor_outputs[2]['b'][0]"), "1 2");
    assert_eq!(reads("predecessor_outputs.get('4', {}) if '3' in predecessor_outputs else 1"), "3 4");
    assert_eq!(reads("len(predecessor_outputs)"), "all");
    assert_eq!(reads("[predecessor_outputs[str(i)] for i in range(3)]"), "all");
    assert_eq!(reads("[1, 2]"), "");
}

#[test]
fn the_place_that_is_named_is_found_and_replaced() {
    let outputs = Value::parse(OUTPUTS).unwrap();
    let put = |text: &str| {
        let place = Expression::parse(text).unwrap().place(&outputs).unwrap()?;
        let output = outputs.get(&place.task)?;
        place.replaced(output, Value::from("here")).map(|output| output.to_text())
    };
    let shown = |text: &str| put(text).unwrap_or_else(|| "nowhere".to_owned());
    assert!(shown("predecessor_outputs['1']['tile']").starts_with(r#"{"tile":"here","buckets""#));
    assert!(shown("predecessor_outputs['1']['tile'][1:]").starts_with(r#"{"tile":"here","buckets""#));
    assert!(
        shown("predecessor_outputs['1']['buckets'][-1]['count']").contains(r#""buckets":[{"count":"here"}]"#)
    );
    assert_eq!(shown("list(predecessor_outputs['1']['tile'])"), "nowhere");
    assert_eq!(shown("[1, 2]"), "nowhere");
}

/// Pieces from which texts are made that often come near to being expressions.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "predecessor_outputs",
        "['1']",
        "['tile']",
        "[0]",
        "[-1:]",
        "[::2]",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "+",
        "-",
        "*",
        "**",
        "/",
        "//",
        "%",
        "<",
        "==",
        " in ",
        " not ",
        " and ",
        " or ",
        " if ",
        " else ",
        " for ",
        " x ",
        " is ",
        "len(",
        "range(",
        "sum(",
        "str(",
        "sorted(",
        "1",
        "2.5",
        "'a'",
        "\"é\"",
        "None",
        "True",
        ".get(",
        ".join(",
        ".items()",
        "=",
        "\\",
        "'",
        "\n",
        "lambda",
        "9999999999",
        "1e308",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn survives(text: &str) {
    let outputs = Value::parse(OUTPUTS).unwrap();
    match Expression::parse(text) {
        Ok(expression) => {
            let _ = expression.reads();
            let _ = expression.place(&outputs);
            if let Err(error) = expression.evaluate(&outputs) {
                assert!(error.offset <= text.len() && text.is_char_boundary(error.offset), "{text}: {error}");
            }
        }
        Err(error) => {
            assert!(error.offset <= text.len() && text.is_char_boundary(error.offset), "{text}: {error}");
        }
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 4_000, ..Default::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn no_text_of_its_own_words_makes_it_panic(text in pieces()) {
        survives(&text);
    }

    /// What Python and JSON write alike reads as the same value.
    #[test]
    fn whole_numbers_and_arithmetic_are_exact(a in -1_000_000_i64..1_000_000, b in 1_i64..1000) {
        assert_eq!(evaluate(&format!("({a}) // {b} * {b} + ({a}) % {b}")), a.to_string());
        assert_eq!(evaluate(&format!("({a}) % {b}")), a.rem_euclid(b).to_string());
    }
}
