//! The reference of SWEEP workflows: every example in it compiles.

use tidegate_languages::compile;

const PAGE: &str = include_str!("../../../../docs/sweep.md");

#[test]
fn every_example_compiles_without_a_word() {
    let examples: Vec<&str> =
        PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let compiled = compile(example, "example.json");
        assert!(compiled.program.is_some() && compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    }
}

#[test]
fn the_functions_of_the_page_are_there() {
    let expressions = PAGE.split("## Expressions").nth(1).unwrap();
    let expressions = expressions.split("## Failures").next().unwrap();
    let words = expressions
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
    let mut found = 0;
    for word in words.filter(|word| {
        !word.is_empty()
            && !["in", "is", "and", "or", "not", "scatter", "environment", "command"].contains(word)
    }) {
        let read = tidegate_languages::sweep::expression::Expression::parse(&format!("{word}([1])"));
        assert!(read.is_ok(), "{word}: {read:?}");
        found += 1;
    }
    assert_eq!(found, 20);
}
