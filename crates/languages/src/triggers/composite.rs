//! Composite events: `all`, `any`, `sequence`, `not … between` and `absence … after … within`.
//!
//! Operands are patterns or composite events again. A pattern becomes an entry of what the trigger listens
//! to, and the tree says where in that list it is.

use tidegate_json::Value;

use super::Scoped;
use super::lowered::{Heard, Part};
use super::pattern;
use crate::file::reading::{boolean, count, missing, only_keys, time_span, wrong_type};
use crate::source::{Content, Member, Node, Span};

/// Most events that one trigger listens to for its composite event.
const EVENTS_MAX: usize = 1_000;

/// The keys that make a mapping a composite event.
pub(super) const OPERATORS: &[&str] = &["all", "any", "sequence", "not", "absence"];

const CONSUMPTIONS: &[&str] = &["recent", "chronicle", "continuous", "cumulative"];

/// Whether a mapping of `members` is a composite event rather than a pattern.
pub(super) fn is_composite(members: &[Member]) -> bool {
    members.iter().any(|member| OPERATORS.contains(&&*member.key))
}

/// The condition `when`, a composite event with what holds for it as a whole.
pub(super) fn read(
    when: &Node,
    members: &[Member],
    on: &mut Vec<Heard>,
    scoped: &mut Scoped<'_, '_, '_>,
) -> Option<Part> {
    let mut params = Vec::new();
    let tree = operator(when, members, &["consumption", "within", "collect"], on, scoped);
    if let Some(consumption) = when.get("consumption") {
        match consumption.as_str() {
            Some(word) if CONSUMPTIONS.contains(&word) => {
                params.push(Member::new("consumption", consumption.span, consumption.clone()));
            }
            _ => {
                let expected = "`recent`, `chronicle`, `continuous` or `cumulative`";
                wrong_type(consumption, "`consumption`", expected, scoped.reports);
            }
        }
    }
    if let Some(collect) = when.get("collect") {
        boolean(collect, "`collect`", scoped.reports);
        params.push(Member::new("collect", collect.span, collect.clone()));
    }
    // The time of an absence is a part of it.
    if let Some(within) = when.get("within").filter(|_| when.get("absence").is_none()) {
        params.extend(milliseconds(within, scoped));
    }
    params.insert(0, Member::new("expr", when.span, tree?));
    Some(Part { name: "composite".to_owned(), span: when.span, params: Node::mapping(params, when.span) })
}

/// An operand: a composite event, or a pattern.
fn operand(node: &Node, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Node> {
    match &node.content {
        Content::Mapping(members) if is_composite(members) => operator(node, members, &[], on, scoped),
        _ => leaf(node, on, scoped),
    }
}

fn operator(
    node: &Node,
    members: &[Member],
    beside: &[&str],
    on: &mut Vec<Heard>,
    scoped: &mut Scoped<'_, '_, '_>,
) -> Option<Node> {
    let mut operators = members.iter().filter(|member| OPERATORS.contains(&&*member.key));
    let member = operators.next()?;
    if let Some(second) = operators.next() {
        let message = format!("`{}` and `{}` stand beside each other", member.key, second.key);
        scoped
            .reports
            .error("file::conflict", second.key_span, message)
            .with_help("make one an operand of the other, as in `all: [{any: […]}, …]`");
        return None;
    }
    let (operands, what) = (&member.value, format!("`{}`", member.key));
    let own: &[&str] = match &*member.key {
        "not" => &["not", "between"],
        "absence" => &["absence", "after", "within"],
        other => &[other],
    };
    let known: Vec<&str> = own.iter().chain(beside).copied().collect();
    only_keys(members, &known, &what, scoped.reports);
    match &*member.key {
        "all" | "sequence" => {
            let operands = list(operands, &what, on, scoped)?;
            Some(Node::mapping(vec![Member::new(member.key.clone(), member.key_span, operands)], node.span))
        }
        "any" => any(node, operands, on, scoped),
        "not" => not(node, operands, on, scoped),
        _ => absence(node, operands, on, scoped),
    }
}

fn any(node: &Node, given: &Node, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Node> {
    let (n, of) = if given.as_sequence().is_some() {
        (1, given)
    } else if let Some(members) = given.as_mapping() {
        only_keys(members, &["n", "of"], "`any`", scoped.reports);
        let n = given.get("n").map_or(Some(1), |n| count(n, "`n`", 1, scoped.reports));
        let Some(of) = given.get("of") else {
            missing("of", "`any`", given.span, "add `of: […]`, a list of events", scoped.reports);
            return None;
        };
        (n?, of)
    } else {
        wrong_type(given, "`any`", "a list of events, or `{n: 2, of: […]}`", scoped.reports);
        return None;
    };
    let operands = list(of, "`any`", on, scoped)?;
    let have = operands.as_sequence().map_or(0, <[Node]>::len) as u64;
    if n > have {
        let message = format!("`any` waits for {n} of {have} events, so the trigger can never fire");
        scoped.reports.error("triggers::bad_condition", given.span, message);
    }
    Some(any_of(n, operands, node.span))
}

fn any_of(n: u64, operands: Node, span: Span) -> Node {
    let n = Node::from_value(&Value::from(n), span);
    let inner = Node::mapping(vec![Member::new("n", span, n), Member::new("of", span, operands)], span);
    Node::mapping(vec![Member::new("any", span, inner)], span)
}

fn not(node: &Node, without: &Node, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Node> {
    let tree = operand(without, on, scoped);
    let Some(between) = node.get("between") else {
        missing("between", "`not`", node.span, "add `between: [START, END]`, two events", scoped.reports);
        return None;
    };
    let Some([start, end]) = between.as_sequence() else {
        wrong_type(between, "`between`", "a list of two events, the start and the end", scoped.reports);
        return None;
    };
    let (start, end) = (operand(start, on, scoped), operand(end, on, scoped));
    let members = [("not", tree?), ("start", start?), ("end", end?)];
    Some(made(members, node.span))
}

fn absence(node: &Node, absent: &Node, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Node> {
    let tree = operand(absent, on, scoped);
    let after = match node.get("after") {
        Some(after) => operand(after, on, scoped),
        None => {
            let help = "add `after: EVENT`, from which on the time counts";
            missing("after", "`absence`", node.span, help, scoped.reports);
            None
        }
    };
    let within = match node.get("within") {
        Some(within) => milliseconds(within, scoped).map(|member| member.value),
        None => {
            missing("within", "`absence`", node.span, "add `within: 10s`", scoped.reports);
            None
        }
    };
    Some(made([("absence", tree?), ("after", after?), ("within", within?)], node.span))
}

fn made<const N: usize>(members: [(&str, Node); N], span: Span) -> Node {
    let members = members.into_iter().map(|(key, value)| Member::new(key, value.span, value));
    Node::mapping(members.collect(), span)
}

fn milliseconds(within: &Node, scoped: &mut Scoped<'_, '_, '_>) -> Option<Member> {
    let span = time_span(within, "`within`", scoped.reports)?;
    Some(Member::new("within", within.span, Node::from_value(&Value::from(span.0), within.span)))
}

fn list(node: &Node, what: &str, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Node> {
    match node.as_sequence() {
        Some([]) | None => {
            wrong_type(node, what, "a list of events", scoped.reports);
            None
        }
        Some(items) => {
            let operands: Vec<Option<Node>> = items.iter().map(|item| operand(item, on, scoped)).collect();
            Some(Node::sequence(operands.into_iter().collect::<Option<Vec<Node>>>()?, node.span))
        }
    }
}

/// A pattern as a leaf; where it stands for several, any of them will do.
fn leaf(node: &Node, on: &mut Vec<Heard>, scoped: &mut Scoped<'_, '_, '_>) -> Option<Node> {
    let heard = pattern::read(node, scoped);
    if on.len() >= EVENTS_MAX {
        let message = format!("a composite event is over at most {EVENTS_MAX} events");
        scoped
            .reports
            .error("triggers::too_many", node.span, message)
            .with_help("to count many events of one kind, use `join` or `count`");
        return None;
    }
    let event = |index: usize| made([("event", Node::from_value(&Value::from(index), node.span))], node.span);
    let mut leaves: Vec<Node> = heard.into_iter().map(|heard| event(position(heard, on))).collect();
    match leaves.len() {
        0 | 1 => leaves.pop(),
        _ => Some(any_of(1, Node::sequence(leaves, node.span), node.span)),
    }
}

/// The index in `on` of what equals `heard`, which is added where there is none.
fn position(heard: Heard, on: &mut Vec<Heard>) -> usize {
    on.iter().position(|known| known.pattern == heard.pattern).unwrap_or_else(|| {
        on.push(heard);
        on.len() - 1
    })
}
