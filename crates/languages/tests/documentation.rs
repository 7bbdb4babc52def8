//! The reference of trigger files: every example in it compiles, and says what the page says it does.

use tidegate_languages::{Colour, compile, render};

const PAGE: &str = include_str!("../../../docs/trigger-files.md");

/// The fenced blocks of the page: what is written after the fence, the text, and the line it starts at.
fn blocks() -> Vec<(&'static str, String, usize)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, String, usize)> = None;
    for (number, line) in PAGE.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(kind), None) => open = Some((kind, String::new(), number + 2)),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text, _))) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block of docs/trigger-files.md is not closed");
    blocks
}

fn rendered(text: &str, name: &str) -> String {
    let found = compile(text, name).diagnostics;
    found.iter().map(|found| render(found, text, Colour::Never)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_example_compiles_without_a_word() {
    let examples: Vec<_> =
        blocks().into_iter().filter(|(kind, ..)| matches!(*kind, "yaml" | "json")).collect();
    assert!(examples.len() >= 10, "the page has {} examples", examples.len());
    for (kind, text, line) in examples {
        let compiled = compile(&text, &format!("example.{kind}"));
        let found = rendered(&text, "example");
        assert!(compiled.program.is_some() && found.is_empty(), "example at line {line}:\n{found}");
    }
}

#[test]
fn mistakes_are_shown_as_the_page_shows_them() {
    let blocks = blocks();
    let mistakes: Vec<_> = blocks.windows(2).filter(|pair| pair[0].0 == "yaml mistake").collect();
    assert!(!mistakes.is_empty());
    for pair in mistakes {
        assert_eq!(pair[1].0, "text", "line {}", pair[1].2);
        assert_eq!(rendered(&pair[0].1, "survey.yaml"), pair[1].1, "line {}", pair[1].2);
    }
}

#[test]
fn the_two_notations_of_the_page_state_the_same_program() {
    let blocks = blocks();
    let json = blocks.iter().position(|(kind, ..)| *kind == "json").expect("an example in JSON");
    let program = |index: usize| {
        let mut program = compile(&blocks[index].1, "example").program.unwrap();
        (program.source, program.source_map) = (None, Vec::new());
        program
    };
    assert_eq!(program(json), program(json - 1), "the example before the one in JSON");
}
