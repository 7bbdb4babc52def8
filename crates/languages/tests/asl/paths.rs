//! JSONPath: what paths find, what is said when they find nothing, and where reference paths put values.

use tidegate_json::Value;
use tidegate_languages::asl::expression::path::{NoResult, Path, ReferencePath, cause};

use crate::world::World;

const STORE: &str = r#"{
    "books": [
        {"title": "Sayings", "price": 8.95, "tags": ["old", "short"], "isbn": null},
        {"title": "Sword", "price": 12.99, "tags": []},
        {"title": "Moby", "price": 8, "pages": "635", "isbn": "0-553"}
    ],
    "bicycle": {"price": 19.95},
    "limit": 10,
    "a b": {"c.d": 1},
    "grid": [[1, 2], [3, 4]]
}"#;

/// What the path finds in the store: its value, or the sentence that says why there is none.
fn found(path: &str) -> String {
    let world = World::of(STORE);
    match Path::parse(path).expect("the case is a path").evaluate(&world.around()) {
        Ok(value) => value.to_text(),
        Err(why) => format!("! {why}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (path, expected) in cases {
        assert_eq!(found(path), *expected, "{path}");
    }
}

#[test]
fn names_and_indexes_lead_to_one_value() {
    check(&[
        ("$.limit", "10"),
        ("$['limit']", "10"),
        (r#"$["limit"]"#, "10"),
        ("$['a b']['c.d']", "1"),
        (r"$.books[0].title", r#""Sayings""#),
        ("$.books[-1].title", r#""Moby""#),
        ("$.grid[1][0]", "3"),
        ("$.grid.[1].[0]", "3"),
        ("$.books[ 0 ]['price']", "8.95"),
        (r"$.a\ b.c\.d", "1"),
        ("$['limit','bicycle']", r#"{"limit":10,"bicycle":{"price":19.95}}"#),
    ]);
}

#[test]
fn indefinite_paths_always_give_arrays() {
    check(&[
        ("$.books[*].price", "[8.95,12.99,8]"),
        ("$.books.*.isbn", r#"[null,"0-553"]"#),
        ("$.books[0,2].title", r#"["Sayings","Moby"]"#),
        ("$.books[1:].title", r#"["Sword","Moby"]"#),
        ("$.books[:-1].title", r#"["Sayings","Sword"]"#),
        ("$.books[-2:].title", r#"["Sword","Moby"]"#),
        ("$.books[::2].title", r#"["Sayings","Moby"]"#),
        ("$.books[5:9]", "[]"),
        ("$.grid[*][*]", "[1,2,3,4]"),
        ("$..price", "[8.95,12.99,8,19.95]"),
        ("$.books..tags[0]", r#"["old"]"#),
        ("$..c\\.d", "[1]"),
        ("$['bicycle','limit'].price", "[19.95]"),
        ("$.nothing[*]", "[]"),
        ("$.nothing.here[1:].x", "[]"),
        ("$..nothing", "[]"),
    ]);
}

#[test]
fn filters_choose_elements() {
    let titles = |filter: &str| found(&format!("$.books[?({filter})].title"));
    for (filter, expected) in [
        ("@.price < 10", r#"["Sayings","Moby"]"#),
        ("@.price == 8", r#"["Moby"]"#),
        ("@.pages == 635", r#"["Moby"]"#),
        ("@.isbn", r#"["Sayings","Moby"]"#),
        ("!@.isbn", r#"["Sword"]"#),
        ("@.isbn == null", r#"["Sayings"]"#),
        ("@.isbn != '0-553'", r#"["Sayings","Sword"]"#),
        ("@.price < $.limit && @.title == 'Moby'", r#"["Moby"]"#),
        ("@.price > 10 || (@.price > 8 && !(@.title =~ /s.*/i))", r#"["Sword"]"#),
        ("@.title =~ /S.*/", r#"["Sayings","Sword"]"#),
        ("@.title =~ /S/", "[]"),
        ("@.title in ['Moby', 'Sword']", r#"["Sword","Moby"]"#),
        ("@.title nin ['Moby']", r#"["Sayings","Sword"]"#),
        ("@.tags contains 'old'", r#"["Sayings"]"#),
        ("@.tags size 2", r#"["Sayings"]"#),
        ("@.tags empty true", r#"["Sword"]"#),
        ("@.tags anyof ['old', 'new']", r#"["Sayings"]"#),
        ("@.tags subsetof ['old', 'short', 'new']", r#"["Sayings","Sword"]"#),
        ("'Moby' == @.title", r#"["Moby"]"#),
        ("@.title==Moby", r#"["Moby"]"#),
        ("@['price'] >= 12.99", r#"["Sword"]"#),
    ] {
        assert_eq!(titles(filter), expected, "{filter}");
    }
    check(&[
        ("$.grid[*][?(@ > 2)]", "[3,4]"),
        ("$..[?(@.price > 15)]", r#"[{"price":19.95}]"#),
        ("$.bicycle[?(@.price)].price", "[19.95]"),
        ("$.books[?(@.price > 9),?(@.tags)].title", r#"["Sword"]"#),
    ]);
}

#[test]
fn functions_may_end_a_path() {
    check(&[
        ("$.books.length()", "3"),
        ("$.books[*].price.max()", "12.99"),
        ("$.books[?(@.price > 100)].length()", "0"),
        ("$.grid[0].sum()", "3"),
        ("$.grid[1].avg()", "3.5"),
        ("$.bicycle.keys()", r#"["price"]"#),
        ("$.limit.length()", "null"),
    ]);
}

#[test]
fn a_definite_path_that_leads_nowhere_says_why() {
    check(&[
        ("$.no", "! No results for path: $['no']"),
        ("$.no.such", "! Missing property in path $['no']"),
        ("$.bicycle.no", "! No results for path: $['bicycle']['no']"),
        ("$.limit.no", "! Property ['no'] not found in path $['limit']"),
        ("$.books[7]", "! No results for path: $['books'][7]"),
        ("$.books[7].title", "! Property ['title'] not found in path $['books'][7]"),
        ("$.limit[0]", "! Filter: [0] can only be applied to arrays. Current context is: 10"),
        ("$.limit[0:]", "! Filter: [0:] can only be applied to arrays. Current context is: 10"),
        ("$unknown.x", "! No results for path: $['x']"),
    ]);
    let beyond = Path::parse("$.books[7]").unwrap().evaluate(&World::of(STORE).around());
    assert!(matches!(beyond, Err(NoResult::Beyond(_))));
}

#[test]
fn paths_start_from_the_input_the_context_or_a_variable() {
    let mut world = World::of(r#"{"x": 1}"#);
    world.context = Value::parse(r#"{"Execution": {"Id": "e-1"}}"#).unwrap();
    world.variables = Value::parse(r#"{"total": {"net": 5}, "größe": 2}"#).unwrap();
    let value = |path: &str| Path::parse(path).unwrap().evaluate(&world.around()).unwrap().to_text();
    assert_eq!(value("$"), r#"{"x":1}"#);
    assert_eq!(value("$$"), world.context.to_text());
    assert_eq!(value("$$.Execution.Id"), r#""e-1""#);
    assert_eq!(value("$$['Execution'].Id"), r#""e-1""#);
    assert_eq!(value("$total"), r#"{"net":5}"#);
    assert_eq!(value("$total.net"), "5");
    assert_eq!(value("$größe"), "2");

    let path = Path::parse("$total.net").unwrap();
    assert_eq!(
        (path.variable(), path.is_definite(), path.to_string()),
        (Some("total"), true, "$['net']".to_owned())
    );
    assert_eq!(Path::parse("$$.Execution.Id").unwrap().source_in_document(), "$.Execution.Id");
}

#[test]
fn texts_that_are_no_paths_are_refused_at_their_place() {
    for (text, at, message) in [
        ("", 0, "a path starts with `$`"),
        ("x", 0, "a path starts with `$`"),
        ("$.", 2, "a name, `*` or `[` follows a dot"),
        ("$..", 3, "a name, `*` or `[` follows a dot"),
        ("$[", 2, "`[` is followed by a name in quotes, an index, `*` or `?(`"),
        ("$[x]", 2, "`[` is followed by a name in quotes, an index, `*` or `?(`"),
        ("$['x'", 5, "`]` is missing"),
        ("$['x", 2, "the quote is never closed"),
        ("$[99999999999999999999]", 2, "an index is a whole number"),
        ("$[::0]", 4, "a slice steps by 1 or more"),
        ("$.a b", 3, "a name with blanks is written `['…']`"),
        ("$.a]", 3, "`]` is written `['…']` in a name"),
        ("$.a.jump()", 4, "there is no function `jump()`"),
        ("$[?(@.a ==)]", 10, "a path, a text in quotes, a number, `true`, `false` or `null` is missing"),
        ("$[?(@.a]", 7, "`)` is missing"),
        ("$1x", 1, "a variable's name starts with a letter"),
    ] {
        let error = Path::parse(text).expect_err(text);
        assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
    }
    assert!(Path::parse(&format!("${}", "[?(@.a)]".repeat(100))).is_ok());
    assert!(Path::parse(&format!("${}", ".a".repeat(99_999))).is_err());
    assert!(Path::parse(&format!("$[?{}@.a{}]", "(".repeat(9999), ")".repeat(9999))).is_err());
}

#[test]
fn reference_paths_name_one_place() {
    let named =
        ["$", "$.a", "$['a b'][0]", "$.store\\.book", r"$.foo\@bar.baz\[\[.\?pretty", "$.&Ж中.\u{10346}"];
    for text in named {
        assert_eq!(ReferencePath::parse(text).unwrap().source(), text);
    }
    for text in ["$.a[*]", "$..a", "$.a[0:1]", "$.a[0,1]", "$['a','b']", "$.a[?(@.b)]", "$.a.length()", "a"] {
        assert!(ReferencePath::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_result_is_put_where_its_path_says() {
    let put = |path: &str, into: &str| {
        let into = Value::parse(into).unwrap();
        match ReferencePath::parse(path).unwrap().insert(&into, Value::from(9)) {
            Ok(value) => value.to_text(),
            Err(fault) => format!("{}: {}", fault.error, fault.cause),
        }
    };
    for (path, into, expected) in [
        ("$", r#"{"a":1}"#, "9"),
        ("$.b", r#"{"a":1}"#, r#"{"a":1,"b":9}"#),
        ("$.a", r#"{"a":1,"b":2}"#, r#"{"a":9,"b":2}"#),
        ("$.a.b.c", "{}", r#"{"a":{"b":{"c":9}}}"#),
        ("$.a.b", r#"{"a":{"x":1}}"#, r#"{"a":{"x":1,"b":9}}"#),
        ("$[1].p", r#"[{},{"id":7}]"#, r#"[{},{"id":7,"p":9}]"#),
        ("$.a[0]", r#"{"a":[1,2]}"#, r#"{"a":[9,2]}"#),
        (
            "$.x",
            r#""text""#,
            r#"States.ResultPathMatchFailure: Unable to apply ReferencePath $.x to input "text""#,
        ),
        ("$.x", "[1]", "States.ResultPathMatchFailure: Unable to apply ReferencePath $.x to input [1]"),
        ("$[10]", "[1]", "States.ResultPathMatchFailure: Unable to apply ReferencePath $[10] to input [1]"),
        ("$.a[0]", "{}", "States.ResultPathMatchFailure: Unable to apply ReferencePath $.a[0] to input {}"),
        (
            "$.a.b",
            r#"{"a":1}"#,
            r#"States.ResultPathMatchFailure: Unable to apply ReferencePath $.a.b to input {"a":1}"#,
        ),
    ] {
        assert_eq!(put(path, into), expected, "{path} {into}");
    }
}

#[test]
fn causes_are_those_of_aws() {
    let world = World::of(r#"{"int-literal":0}"#);
    let path = Path::parse("$.no.such.result.path").unwrap();
    let why = path.evaluate(&world.around()).unwrap_err();
    let said =
        |fault: tidegate_languages::asl::expression::Fault| format!("{}: {}", fault.error, fault.cause);
    assert_eq!(
        said(cause::invalid(&path, &why)),
        "States.Runtime: Invalid path '$.no.such.result.path' : Missing property in path $['no']"
    );
    assert_eq!(
        said(cause::not_found(&Path::parse("$.ErrorX").unwrap(), "ErrorPath", &world.around())),
        "States.Runtime: The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the input \
         '{\"int-literal\":0}'"
    );
    assert_eq!(
        said(cause::not_an_array(&Path::parse("$$.Execution.Input").unwrap())),
        "States.Runtime: Reference path \"$.Execution.Input\" must point to array."
    );
    assert_eq!(
        said(cause::not_an_integer(
            &Path::parse("$.M").unwrap(),
            "MaxConcurrencyPath",
            &Value::parse("{}").unwrap()
        )),
        "States.Runtime: The MaxConcurrencyPath field refers to value \"{}\" which is not a valid integer: $.M"
    );
}

#[test]
fn a_path_that_multiplies_is_stopped() {
    let nested =
        (0..100).fold(Value::from(1), |inner, _| Value::object([("a", inner.clone()), ("b", 1.into())]));
    let mut world = World::of("null");
    world.input = nested;
    for text in ["$..*..*..*..*", "$..[?(@..a)]..[?(@..b)]..[?(@..a)]"] {
        let why = Path::parse(text).unwrap().evaluate(&world.around()).unwrap_err();
        assert_eq!(why.sentence(), "The path visits more than 1000000 values", "{text}");
    }
}
