//! How far a composite event has come: for the count of its parts, and in a sentence.

use super::open::Open;
use super::tree::{NodeIndex, Operator, Tree};

/// How many parts of the outermost operator are in, and how many it needs.
pub(super) fn count(tree: &Tree, open: &Open) -> (usize, usize) {
    let is_in = |part: &&NodeIndex| !open.of(**part).is_empty();
    match &tree.node(0).operator {
        Operator::Event(_) => (0, 1),
        Operator::Gather { want, parts } => (parts.iter().filter(is_in).count().min(*want), *want),
        Operator::Sequence(parts) => {
            (parts.iter().rposition(|part| is_in(&part)).map_or(0, |part| part + 1), parts.len())
        }
        Operator::Not { start, .. } => (usize::from(is_in(&start)), 2),
        Operator::Absence { after, .. } => (usize::from(is_in(&after)), 2),
    }
}

/// What the node waits for, and what of it is in.
pub(super) fn sentence(tree: &Tree, open: &Open, node: NodeIndex) -> String {
    let is_in = |part: &NodeIndex| !open.of(*part).is_empty();
    let words = |part: NodeIndex| tree.words(part).to_string();
    let missing = |part: NodeIndex| missing(tree, open, part);
    match &tree.node(node).operator {
        Operator::Event(_) => words(node),
        Operator::Gather { want, parts } => {
            let (inside, outside): (Vec<NodeIndex>, Vec<NodeIndex>) =
                parts.iter().partition(|part| is_in(part));
            let outside: Vec<String> = outside.into_iter().map(missing).collect();
            let of = match *want == parts.len() {
                true => format!("{} of `all`", outside.join(" and ")),
                false => {
                    format!("{} more of {} of `any`", want.saturating_sub(inside.len()), outside.join(", "))
                }
            };
            format!("{of}{}", are_in(&inside.into_iter().map(words).collect::<Vec<_>>()))
        }
        Operator::Sequence(parts) => {
            let reached = parts.iter().rposition(is_in).map_or(0, |part| part + 1);
            let (inside, outside) = parts.split_at(reached);
            let outside: Vec<String> = outside.iter().copied().map(missing).collect();
            let inside: Vec<String> = inside.iter().copied().map(words).collect();
            format!("{} of `sequence`{}", outside.join(", then "), are_in(&inside))
        }
        Operator::Not { absent, start, end } if is_in(start) => {
            format!("{} without {}{}", missing(*end), words(*absent), are_in(&[words(*start)]))
        }
        Operator::Not { absent, start, end } => {
            format!("{}, then {} without {}", missing(*start), words(*end), words(*absent))
        }
        Operator::Absence { absent, after, within } => match super::absence::due(open.of(*after), *within) {
            Some(due) => {
                format!("{due}, if without {} until then{}", words(*absent), are_in(&[words(*after)]))
            }
            None => format!("{}, then {within} without {}", missing(*after), words(*absent)),
        },
    }
}

/// A part that is not in, and how far it has come where it is made of parts.
fn missing(tree: &Tree, open: &Open, node: NodeIndex) -> String {
    let words = tree.words(node);
    let mut below = node + 1..tree.node(node).end;
    match below.any(|part| !open.of(part).is_empty()) {
        true => format!("{words} (which waits for {})", sentence(tree, open, node)),
        false => words.to_string(),
    }
}

fn are_in(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => format!("; {one} is in"),
        several => format!("; {} are in", several.join(", ")),
    }
}
