//! Intrinsic functions: what they return, what AWS says when they fail, and which calls are refused.

use tidegate_json::Value;
use tidegate_languages::asl::expression::intrinsic::{Function, Intrinsic};
use tidegate_languages::asl::expression::path::Path;

use crate::world::World;

/// What the call returns with this input, or the end of the cause.
fn returned(call: &str, input: &str) -> String {
    let mut world = World::of(input);
    world.context = Value::parse(r#"{"Execution":{"Name":"e-1"}}"#).expect("the case is JSON");
    world.variables = Value::parse(r#"{"name":"Ada"}"#).expect("the case is JSON");
    let intrinsic = Intrinsic::parse(call).unwrap_or_else(|error| panic!("{call}: {error}"));
    match intrinsic.evaluate(&world.around()) {
        Ok(value) => value.to_text(),
        Err(fault) => {
            assert_eq!(fault.error, "States.Runtime");
            let start = format!("The function '{call}' had the following error: ");
            format!("! {}", fault.cause.strip_prefix(&start).expect("the cause names the whole call"))
        }
    }
}

/// Cases of call, input and result.
fn check(cases: &[(&str, &str, &str)]) {
    for (call, input, expected) in cases {
        assert_eq!(returned(call, input), *expected, "{call} of {input}");
    }
}

#[test]
fn format_fills_its_template() {
    check(&[
        (
            "States.Format('Hello, my name is {}.', $.name)",
            r#"{"name":"Arnav"}"#,
            r#""Hello, my name is Arnav.""#,
        ),
        (
            "States.Format($.template, $.name)",
            r#"{"template":"I am {}.","name":"Arnav"}"#,
            r#""I am Arnav.""#,
        ),
        ("States.Format('no placeholders')", "{}", r#""no placeholders""#),
        ("States.Format('{} {} {}', $.a, $.b, $.c)", r#"{"a":"x","b":2,"c":true}"#, r#""x 2 true""#),
        ("States.Format('{}', $.v)", r#"{"v":null}"#, r#""null""#),
        ("States.Format('{}', $.v)", r#"{"v":1.1}"#, r#""1.1""#),
        ("States.Format('fst={}', $)", r#"{"Arg1":1,"Arg2":[]}"#, r#""fst={Arg1=1, Arg2=[]}""#),
        (r"States.Format('\{{}\} \'{}\' \\', 1, 2)", "{}", r#""{1} '2' \\""#),
        ("States.Format('{}-{}', $name, $$.Execution.Name)", "{}", r#""Ada-e-1""#),
        ("States.Format('{}', States.JsonToString($))", r#"{"k":1}"#, r#""{\"k\":1}""#),
        ("States.Format('\n\nHuman: {}', $)", r#""hi""#, r#""\n\nHuman: hi""#),
        (
            "States.Format('{} {}', 1)",
            "{}",
            "! Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        (
            "States.Format('{}', 1, 2)",
            "{}",
            "! Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        (
            "States.Format('Hello {', 1)",
            "{}",
            "! Invalid template in States.Format: matching '}' not found for '{'.",
        ),
        (
            "States.Format('Hello {{}}', 1)",
            "{}",
            "! Invalid template in States.Format: matching '}' not found for '{'.",
        ),
        ("States.Format('}')", "{}", "! Invalid template in States.Format: matching '{' not found for '}'."),
        ("States.Format()", "{}", "! Invalid arguments in States.Format"),
    ]);
}

#[test]
fn json_is_read_written_and_merged() {
    check(&[
        ("States.StringToJson($)", r#""{\"a\": [1, null]}""#, r#"{"a":[1,null]}"#),
        ("States.StringToJson($)", r#""""#, "null"),
        ("States.StringToJson($)", r#""  ""#, "null"),
        ("States.StringToJson('{\"a\": 1}')", "{}", r#"{"a":1}"#),
        ("States.StringToJson($)", r#""{bad json}""#, "! Invalid arguments in States.StringToJson"),
        ("States.StringToJson($)", "123", "! Invalid arguments in States.StringToJson"),
        ("States.JsonToString($)", r#"{"a": [1, "x", null]}"#, r#""{\"a\":[1,\"x\",null]}""#),
        ("States.JsonToString('x')", "{}", r#""\"x\"""#),
        (
            "States.JsonMerge($.l, $.r, false)",
            r#"{"l":{"a":{"a1":1},"b":2},"r":{"a":{"a3":1},"c":3}}"#,
            r#"{"a":{"a3":1},"b":2,"c":3}"#,
        ),
        ("States.JsonMerge($, $, 'false')", r#"{"a":1}"#, r#"{"a":1}"#),
        ("States.JsonMerge($, $, true)", "{}", "! Invalid arguments in States.JsonMerge"),
        ("States.JsonMerge($, 1, false)", "{}", "! Invalid arguments in States.JsonMerge"),
        ("States.JsonMerge($, $)", "{}", "! Invalid arguments in States.JsonMerge"),
    ]);
}

#[test]
fn arrays_are_made_searched_and_cut() {
    check(&[
        ("States.Array()", "{}", "[]"),
        (
            "States.Array($.a, 'x', -1.5, null, States.Array(true))",
            r#"{"a":{"k":1}}"#,
            r#"[{"k":1},"x",-1.5,null,[true]]"#,
        ),
        ("States.ArrayPartition($, 4)", "[1,2,3,4,5,6,7,8,9]", "[[1,2,3,4],[5,6,7,8],[9]]"),
        ("States.ArrayPartition($, 2.6)", "[1,2,3]", "[[1,2],[3]]"),
        ("States.ArrayPartition($, 3)", "[]", "[]"),
        ("States.ArrayPartition($, 0.6)", "[1]", "! Invalid arguments in States.ArrayPartition"),
        ("States.ArrayPartition($, -1)", "[1]", "! Invalid arguments in States.ArrayPartition"),
        ("States.ArrayPartition($, '2')", "[1]", "! Invalid arguments in States.ArrayPartition"),
        ("States.ArrayContains($, 5)", "[1,2,3,4,5]", "true"),
        ("States.ArrayContains($[0], $[1])", r#"[[[1,2],{"a":1}],{"a":1}]"#, "true"),
        ("States.ArrayContains($, null)", "[1,null]", "true"),
        ("States.ArrayContains($, null)", "[[1,2]]", "false"),
        ("States.ArrayContains($, false)", "[0,1]", "false"),
        ("States.ArrayContains($, true)", r#"["true"]"#, "true"),
        ("States.ArrayContains($, 1)", "{}", "! Invalid arguments in States.ArrayContains"),
        ("States.ArrayRange(1, 9, 2)", "{}", "[1,3,5,7,9]"),
        ("States.ArrayRange(5, 1, -2)", "{}", "[5,3,1]"),
        ("States.ArrayRange(5, 1, 1)", "{}", "[]"),
        ("States.ArrayRange(1.6, 1.4, 1)", "{}", "[1]"),
        ("States.ArrayRange(1, 10, 0.49)", "{}", "! Invalid arguments in States.ArrayRange"),
        ("States.ArrayRange(1, 1001, 1)", "{}", "! Invalid arguments in States.ArrayRange"),
        ("States.ArrayLength(States.ArrayRange(1, 1000, 1))", "{}", "1000"),
        ("States.ArrayGetItem($, 5)", "[1,2,3,4,5,6,7,8,9]", "6"),
        ("States.ArrayGetItem($, 1.2)", "[10,20,30]", "20"),
        ("States.ArrayGetItem($, 999)", "[]", "null"),
        ("States.ArrayGetItem($, 3)", "[10,20,30]", "! Invalid arguments in States.ArrayGetItem"),
        ("States.ArrayGetItem($, -1)", "[10,20,30]", "! Invalid arguments in States.ArrayGetItem"),
        ("States.ArrayLength($)", "[1,[2,3]]", "2"),
        ("States.ArrayLength($)", "{}", "! Invalid arguments in States.ArrayLength"),
    ]);
}

#[test]
fn unique_elements_come_in_the_order_that_aws_gives() {
    check(&[
        ("States.ArrayUnique($)", "[1,2,3,3,3,3,3,3,4]", "[1,2,3,4]"),
        ("States.ArrayUnique($)", r#"["a","b","a","c","b"]"#, r#"["a","b","c"]"#),
        ("States.ArrayUnique($)", "[true,false,true,false]", "[false,true]"),
        ("States.ArrayUnique($)", "[[1,2],[1,2],[2,1]]", "[[2,1],[1,2]]"),
        ("States.ArrayUnique($)", "[null,null,1,null]", "[null,1]"),
        ("States.ArrayUnique($)", r#"[1,"1","01"]"#, r#"[1,"1","01"]"#),
        ("States.ArrayUnique($)", r#"[{"a":1,"b":2},{"b":2,"a":1}]"#, r#"[{"a":1,"b":2}]"#),
        ("States.ArrayUnique('x')", "{}", "! Invalid arguments in States.ArrayUnique"),
    ]);
}

#[test]
fn texts_are_encoded_hashed_and_split() {
    check(&[
        ("States.Base64Encode('Data to encode')", "{}", r#""RGF0YSB0byBlbmNvZGU=""#),
        ("States.Base64Encode($)", r#""✓""#, r#""4pyT""#),
        ("States.Base64Encode(123)", "{}", "! Invalid arguments in States.Base64Encode"),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "{}", r#""Data to encode""#),
        ("States.Base64Decode(' YWJj ZA== ')", "{}", r#""abcd""#),
        ("States.Base64Decode('Pj4-')", "{}", r#"">>>""#),
        ("States.Base64Decode('YWI')", "{}", r#""ab""#),
        ("States.Base64Decode('!!!')", "{}", r#""""#),
        ("States.Base64Decode(5)", "{}", "! Invalid arguments in States.Base64Decode"),
        ("States.Hash('hello', 'MD5')", "{}", r#""5d41402abc4b2a76b9719d911017c592""#),
        ("States.Hash($, 'SHA-1')", r#""input data""#, r#""aaff4a450a104cd177d28d18d74485e8cae074b7""#),
        ("States.Hash('data', 'SHA256')", "{}", "! Invalid arguments in States.Hash"),
        ("States.Hash('data')", "{}", "! Invalid arguments in States.Hash"),
        ("States.StringSplit('1,2,3', ',')", "{}", r#"["1","2","3"]"#),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", "{}", r#"["This","is","a","test","string"]"#),
        ("States.StringSplit($, ',')", r#"", , ,""#, r#"[" "," "]"#),
        ("States.StringSplit('', ',')", "{}", "[]"),
        ("States.StringSplit(1, ',')", "{}", "! Invalid arguments in States.StringSplit"),
    ]);
    let long = |length: usize| format!("\"{}\"", "a".repeat(length));
    for call in ["States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"] {
        assert!(!returned(call, &long(10_000)).starts_with('!'), "{call}");
        assert!(returned(call, &long(10_001)).starts_with("! Invalid arguments"), "{call}");
    }
}

#[test]
fn numbers_are_added_and_drawn() {
    check(&[
        ("States.MathAdd($.value1, $.step)", r#"{"value1":111,"step":-1}"#, "110"),
        ("States.MathAdd(1.6, 2.7)", "{}", "5"),
        ("States.MathAdd(1.5, 0)", "{}", "2"),
        ("States.MathAdd(-1.5, 0)", "{}", "-1"),
        ("States.MathAdd(2147483646, 1)", "{}", "2147483647"),
        ("States.MathAdd(2147483647, 1)", "{}", "! Invalid arguments in States.MathAdd"),
        ("States.MathAdd(3000000000, 1)", "{}", "! Invalid arguments in States.MathAdd"),
        ("States.MathAdd('1', 1)", "{}", "! Invalid arguments in States.MathAdd"),
        ("States.MathAdd(true, 1)", "{}", "! Invalid arguments in States.MathAdd"),
        ("States.MathRandom(-5, 5, 42)", "{}", "-5"),
        ("States.MathRandom(0, 10, 42)", "{}", "0"),
        ("States.MathRandom(7, 8)", "{}", "7"),
        ("States.MathRandom(1.4, 1.6)", "{}", "! Invalid arguments in States.MathRandom"),
        ("States.MathRandom(10, 5)", "{}", "! Invalid arguments in States.MathRandom"),
        ("States.MathRandom(1, 10, null)", "{}", "! Invalid arguments in States.MathRandom"),
    ]);
    let world = World::of("{}");
    let around = world.around();
    let drawn = || Intrinsic::parse("States.MathRandom(1, 1000000)").unwrap().evaluate(&around).unwrap();
    assert_ne!(drawn(), drawn(), "two draws of one evaluation differ");
    assert_eq!(
        returned("States.MathRandom(1, 1000000)", "{}"),
        returned("States.MathRandom(1, 1000000)", "{}")
    );
}

#[test]
fn a_uuid_has_its_version_and_variant() {
    let uuid = returned("States.UUID()", "{}");
    let shape: String = uuid.chars().map(|c| if c.is_ascii_hexdigit() { 'h' } else { c }).collect();
    assert_eq!(shape, "\"hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh\"");
    assert_eq!(&uuid[15..16], "4");
    assert!("89ab".contains(&uuid[20..21]));
}

#[test]
fn calls_nest_and_read_context_and_variables() {
    check(&[
        (
            "States.ArrayGetItem(States.StringSplit($$.Execution.Name, '-'), \
             States.MathAdd(States.ArrayLength(States.StringSplit($$.Execution.Name, '-')), -1))",
            "{}",
            r#""1""#,
        ),
        ("States.Array( $['a,b'] , $.x[?(@.n == ')')].n )", r#"{"a,b":1,"x":[{"n":")"}]}"#, r#"[1,[")"]]"#),
    ]);
    let call = Intrinsic::parse("States.Array($.a, States.Format('{}', $name), $$.Execution.Name)").unwrap();
    let read: Vec<&str> = call.paths().into_iter().map(Path::source).collect();
    assert_eq!(read, ["$.a", "$$.Execution.Name", "$name"]);
}

#[test]
fn an_argument_that_is_not_there_is_named() {
    check(&[
        (
            "States.Format('{}', States.Format('{}', $.nope))",
            r#"{"other":1}"#,
            r#"! The JsonPath argument for the field '$.nope' could not be found in the input '{"other":1}'"#,
        ),
        (
            "States.Format('{}', $.items[5])",
            r#"{"items":[1,2]}"#,
            r#"! The JsonPath argument for the field '$.items[5]' could not be found in the input '{"items":[1,2]}'"#,
        ),
        (
            "States.Format('{}', $$.Nope.Deep)",
            r#"{"other":1}"#,
            r#"! The JsonPath argument for the field '$.Nope.Deep' could not be found in the input '{"other":1}'"#,
        ),
        (
            "States.Format('{}', $.other[0])",
            r#"{"other":1}"#,
            "! Filter: [0] can only be applied to arrays. Current context is: 1",
        ),
        ("States.ArrayLength($.items[*].nope)", r#"{"items":[1,2]}"#, "0"),
    ]);
}

#[test]
fn texts_that_are_no_calls_are_refused_at_their_place() {
    for (text, at, message) in [
        ("States.Formatt('x')", 0, "there is no function `States.Formatt`; did you mean `States.Format`?"),
        ("States.format('x')", 0, "there is no function `States.format`; did you mean `States.Format`?"),
        ("Format('x')", 0, "a function is named `States.…`"),
        (
            "States.Array(",
            13,
            "an argument is a path, a text in single quotes, a number, `true`, `false`, `null` or another call",
        ),
        (
            "States.Array($.a, )",
            18,
            "an argument is a path, a text in single quotes, a number, `true`, `false`, `null` or another call",
        ),
        (
            "States.Array([1,2])",
            13,
            "an argument is a path, a text in single quotes, a number, `true`, `false`, `null` or another call",
        ),
        (
            "States.Array(1.)",
            13,
            "an argument is a path, a text in single quotes, a number, `true`, `false`, `null` or another call",
        ),
        (
            "States.Array(\"x\")",
            13,
            "an argument is a path, a text in single quotes, a number, `true`, `false`, `null` or another call",
        ),
        ("States.Array('x)", 13, "the quote is never closed"),
        (r"States.Array('a\nb')", 17, "a backslash stands before `'`, `{`, `}` or `\\`"),
        ("States.Array($.a) trailing", 18, "a call ends with its closing parenthesis"),
        ("States.Array($.)", 15, "a name, `*` or `[` follows a dot"),
    ] {
        let error = Intrinsic::parse(text).expect_err(text);
        assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
    }
    let nested = |depth: usize| format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(Intrinsic::parse(&nested(10)).is_ok());
    assert!(Intrinsic::parse(&nested(11)).is_err());
}

#[test]
fn a_wrong_number_of_arguments_is_known_before_the_call() {
    let call = Intrinsic::parse("States.Array(States.Hash('x'), States.UUID(1))").unwrap();
    assert_eq!(call.miscounted(), [(Function::Hash, 1), (Function::Uuid, 1)]);
}
