//! Every file can be held in one head, says what it is, and is finished.

use std::path::PathBuf;

use crate::tokens::{Token, is_word, tokens};
use crate::tree::{files, packages, read, root, shown};
use crate::{Breach, report};

/// Longest Rust file, in lines: past it there usually hides a second concept.
const FILE_LINES_MAX: usize = 800;

#[test]
fn crates_share_the_lints_of_the_workspace() {
    let mut breaches = Vec::new();
    for package in packages() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a package has a manifest"));
        let text = read(&manifest).replace([' ', '\r'], "");
        if !text.contains("[lints]\nworkspace=true") && !text.contains("lints.workspace=true") {
            breaches.push(Breach::new(shown(&manifest), "add `[lints]` with `workspace = true`"));
        }
    }
    report("a crate has lints of its own", &breaches);
}

#[test]
fn files_have_a_header_and_a_length_that_one_can_hold() {
    let mut breaches = Vec::new();
    for source in files(&root(), &["rs"]) {
        let text = read(&source);
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            let mend = format!("split it by meaning: at most {FILE_LINES_MAX} lines");
            breaches.push(Breach::new(format!("{}: {lines} lines", shown(&source)), mend));
        }
        if shown(&source).contains("/src/") && !text.trim_start().starts_with("//!") {
            let mend = "begin with `//!`: what the module is, what it owns, what always holds";
            breaches.push(Breach::new(format!("{}:1", shown(&source)), mend));
        }
    }
    report("a file lacks a header or hides a second concept", &breaches);
}

#[test]
fn nothing_is_left_for_later() {
    let mut breaches = Vec::new();
    for source in files(&root(), &["rs", "py", "sh"]) {
        let text = read(&source);
        for (number, line) in text.lines().enumerate() {
            for mark in [concat!("TO", "DO"), concat!("FIX", "ME")] {
                if words(line).any(|word| word == mark) {
                    let place = format!("{}:{}: {mark}", shown(&source), number + 1);
                    breaches
                        .push(Breach::new(place, "finish it, or describe the limit where users look for it"));
                }
            }
            if line.trim_start().starts_with("@pytest.mark.")
                && (line.contains("skip") || line.contains("xfail"))
            {
                let place = format!("{}:{}", shown(&source), number + 1);
                breaches.push(Breach::new(place, "a test runs or is deleted"));
            }
        }
        if source.extension().is_some_and(|extension| extension == "rs") {
            breaches.extend(
                unfinished(&tokens(&text)).into_iter().map(|(line, what, mend)| {
                    Breach::new(format!("{}:{line}: {what}", shown(&source)), mend)
                }),
            );
        }
    }
    report("something is left for later", &breaches);
}

/// Signs of unfinished work among `tokens`: line, what it is, and the mend.
fn unfinished(tokens: &[Token<'_>]) -> Vec<(usize, String, &'static str)> {
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        match [window[0].1, window[1].1, window[2].1] {
            ["#", "[", "ignore"] => {
                found.push((window[0].0, "#[ignore]".to_owned(), "a test runs or is deleted"));
            }
            [name @ ("todo" | "unimplemented"), "!", _] => {
                found.push((
                    window[0].0,
                    format!("{name}!"),
                    "write it, or return an error that names the limit",
                ));
            }
            _ => {}
        }
    }
    found
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_word(c))
}

#[test]
fn unfinished_work_is_found_in_code_alone() {
    assert_eq!(unfinished(&tokens("#[ignore = \"x\"] fn a() { todo!() }")).len(), 2);
}
