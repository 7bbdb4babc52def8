//! The examples of `docs/composite-events.md`, as they stand there.
//!
//! A block begins with an expression and a trace; a line for each policy says what fires, and what still waits.

use super::notation::Expr;
use super::world::{Firing, POLICIES, Timers, read, rule, run};

const PAGE: &str = include_str!("../../../../../../docs/composite-events.md");

fn told(firings: &[Firing], left: &[String]) -> String {
    let firing = |firing: &Firing| {
        let when = firing.by.clone().unwrap_or_else(|| format!("@{}", firing.at));
        let composites = firing.composites.iter().map(|names| format!("[{}]", names.join(" ")));
        format!("{when} → {}", composites.collect::<Vec<_>>().join(" "))
    };
    let mut told = firings.iter().map(firing).collect::<Vec<_>>().join("; ");
    if told.is_empty() {
        told.push('-');
    }
    if !left.is_empty() {
        told = format!("{told} | {}", left.join(" "));
    }
    told
}

/// The block with its outcomes as they are.
fn carried_out(block: &str) -> String {
    let mut lines = block.lines();
    let heading = lines.next().unwrap();
    let (expr, trace) = heading.split_once(": ").unwrap();
    let (expr, within) = match expr.split_once(" in ") {
        Some((expr, within)) => (expr, Some(within.trim_end_matches("ms").parse().unwrap())),
        None => (expr, None),
    };
    let (events, end) = read(trace);
    let mut carried_out = format!("{heading}\n");
    for line in lines {
        let name = line.split_whitespace().next().unwrap();
        let (_, policy) = POLICIES.iter().find(|(known, _)| *known == name).unwrap();
        let (firings, left) = run(&rule(&Expr::parse(expr), *policy, within), &events, end, Timers::InTime);
        carried_out.push_str(&format!("{name:<10} {}\n", told(&firings, &left)));
    }
    carried_out
}

#[test]
fn the_examples_of_the_page_are_true() {
    let blocks: Vec<&str> =
        PAGE.split("```trace\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 10, "the page has {} examples", blocks.len());
    for block in blocks {
        assert_eq!(carried_out(block), block);
    }
}

#[test]
fn every_operator_has_an_example_under_every_policy() {
    let blocks: Vec<&str> =
        PAGE.split("```trace\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    for operator in ["all(", "any ", "sequence(", "not(", "absence("] {
        for (policy, _) in POLICIES {
            let has = |block: &&&str| block.starts_with(operator) && block.contains(&format!("\n{policy}"));
            assert!(blocks.iter().filter(has).count() > 0, "{operator} {policy}");
        }
    }
}
