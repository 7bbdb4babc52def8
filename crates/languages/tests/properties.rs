//! What holds for every text: no panic, a program or an error, places inside the text, the same answer twice.

use proptest::prelude::*;
use tidegate_json::Value;
use tidegate_languages::source::{Document, Source};
use tidegate_languages::{Colour, Severity, compile, render};
use tidegate_model::Program;

/// Pieces that trigger files are made of, and pieces that break them.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "workflow",
        "triggers",
        "functions",
        "scopes",
        "vars",
        "on",
        "when",
        "do",
        "once",
        "start",
        "succeeded",
        "failed",
        "ended",
        "timer",
        "type",
        "subject",
        "where",
        "invoke",
        "map",
        "call",
        "add",
        "set",
        "complete",
        "items",
        "each",
        "as",
        "function",
        "scope",
        "retry",
        "join",
        "count",
        "all",
        "any",
        "sequence",
        "not",
        "absence",
        "between",
        "after",
        "within",
        "10s",
        "t",
        "f",
        "command",
        "builtin",
        "echo",
        "{% a %}",
        "{% a",
        "'it''s'",
        "\"\\u00e9\\n\"",
        "é→🌊",
        "-1.5e3",
        "true",
        "~",
        "&a",
        "*a",
        "!!str",
        "!x",
        "<<",
        "? ",
        "|\n",
        ">-\n",
        "# c\n",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\t",
        "\u{feff}",
        "\r\n",
        "\u{85}",
        "\u{0}",
    ]);
    let marks = prop::sample::select(vec![
        ": ", "\n", "\n  ", "\n    ", "- ", "{", "}", "[", "]", ", ", "\"", "'", " ", "{\"", "\": ",
    ]);
    prop_oneof![
        words.prop_map(str::to_owned),
        marks.prop_map(str::to_owned),
        any::<char>().prop_map(String::from)
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

/// A trigger file that is sound but for one piece that was put in somewhere.
fn damaged() -> impl Strategy<Value = String> {
    let sound = "workflow: w\nfunctions:\n  f: {command: \"ls {% a %}\"}\ntriggers:\n  t:\n    on: {succeeded: f}\n    when: {all: [{ended: f}, a.b]}\n    do:\n      - map: {function: f, items: \"{% event.data %}\"}\n      - complete: >-\n          {% vars.é %}\n";
    (0..=sound.chars().count(), piece()).prop_map(move |(at, piece)| {
        let at = sound.char_indices().nth(at).map_or(sound.len(), |(byte, _)| byte);
        format!("{}{piece}{}", &sound[..at], &sound[at..])
    })
}

fn holds(text: &str, name: &str) -> Result<(), TestCaseError> {
    let compiled = compile(text, name);
    let errors = compiled.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    prop_assert_eq!(compiled.program.is_none(), errors > 0);
    for found in &compiled.diagnostics {
        for place in found.place.into_iter().chain(found.related.iter().map(|related| related.place)) {
            prop_assert!(text.get(place.span.start()..place.span.end()).is_some(), "{:?}", found);
            prop_assert!(place.line >= 1 && place.column >= 1);
        }
        let shown = render(found, text, Colour::Never);
        prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{}", shown);
    }
    prop_assert_eq!(&compile(text, name), &compiled);
    if let Some(program) = compiled.program {
        let again = Program::from_text(&program.to_value().to_text()).expect("a program reads back");
        prop_assert_eq!(again.digest(), program.digest());
    }
    Ok(())
}

/// JSON values of a few levels.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Value::object),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_program_or_an_error(text in text()) {
        holds(&text, "w.yaml")?;
        holds(&text, "w.json")?;
    }

    #[test]
    fn a_damaged_file_gives_a_program_or_an_error(text in damaged()) {
        holds(&text, "w.yaml")?;
    }

    #[test]
    fn a_located_document_has_the_value_of_its_text(value in json()) {
        for text in [value.to_text(), value.to_pretty()] {
            let (document, found) = Document::read(&Source::new("w.json", &text));
            prop_assert!(found.is_empty(), "{:?}", found);
            prop_assert_eq!(document.expect("JSON reads").root.to_value(), value.clone());
        }
    }

    #[test]
    fn the_place_of_a_pointer_leads_back_to_it(value in json()) {
        let text = value.to_pretty();
        let document = Document::read(&Source::new("w.json", &text)).0.expect("JSON reads");
        let mut pointers = vec![(String::new(), &value)];
        while let Some((pointer, value)) = pointers.pop() {
            let span = document.root.nearest_span(&pointer);
            let written = Value::parse(&text[span.start()..span.end()]);
            prop_assert_eq!(written.as_ref(), Ok(value));
            prop_assert_eq!(document.root.pointer_at(span.start()), pointer.clone());
            let members = value.as_object().into_iter().flat_map(|members| members.iter());
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers.push((format!("{pointer}/{key}"), member));
            }
            for (index, item) in value.as_array().into_iter().flat_map(|items| items.iter()).enumerate() {
                pointers.push((format!("{pointer}/{index}"), item));
            }
        }
    }
}
