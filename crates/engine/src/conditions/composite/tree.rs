//! The tree of operators that a composite event is written as.
//!
//! Owns its shape and the places of mistakes in it; what the operators mean is in the modules named after them.
//! Invariant: nodes are in preorder, so the parts of a node have greater indexes than the node, and the nodes
//! below it are `index + 1..end`.

use std::fmt;

use tidegate_json::{Map, Value};
use tidegate_model::Span;

use crate::registry::MalformedParams;

/// Operators within operators.
pub(super) const DEPTH_MAX: usize = 32;

/// Nodes of one tree.
pub(super) const NODES_MAX: usize = 1000;

/// Place of a node in its tree.
pub(super) type NodeIndex = usize;

/// A whole tree. The root is node 0.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// An operator or a leaf.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What it is.
    pub(super) operator: Operator,
    /// JSON pointer to it within the expression.
    pub(super) pointer: String,
    /// One past the last node below it.
    pub(super) end: NodeIndex,
}

/// What makes an occurrence of a node.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    /// An event of the trigger's pattern of that number.
    Event(usize),
    /// `want` distinct ones of `parts`, in any order. `all` wants every one.
    Gather {
        /// How many of them.
        want: usize,
        /// Of these.
        parts: Vec<NodeIndex>,
    },
    /// All, each over before the next begins.
    Sequence(Vec<NodeIndex>),
    /// `start` and then `end`, with no `absent` wholly between them.
    Not {
        /// What must not happen.
        absent: NodeIndex,
        /// What opens the interval.
        start: NodeIndex,
        /// What closes it.
        end: NodeIndex,
    },
    /// That much time after `after` without `absent`.
    Absence {
        /// What must not happen.
        absent: NodeIndex,
        /// What opens the window.
        after: NodeIndex,
        /// How long the window is open.
        within: Span,
    },
}

impl Tree {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first mistake in it, with a pointer from the parameters.
    pub(super) fn parse(expr: &Value) -> Result<Self, MalformedParams> {
        let mut tree = Self { nodes: Vec::new() };
        tree.add(expr, String::new(), 1)?;
        Ok(tree)
    }

    /// The node of that index.
    pub(super) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index]
    }

    /// All nodes, in preorder.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The greatest pattern number that a leaf names.
    pub(super) fn leaves_max(&self) -> usize {
        let leaf = |node: &Node| match node.operator {
            Operator::Event(pattern) => pattern,
            Operator::Gather { .. }
            | Operator::Sequence(_)
            | Operator::Not { .. }
            | Operator::Absence { .. } => 0,
        };
        self.nodes.iter().map(leaf).max().unwrap_or(0)
    }

    /// The longest window that an `absence` keeps open, and where it is written.
    pub(super) fn window_max(&self) -> Option<(Span, &str)> {
        let windows = self.nodes.iter().filter_map(|node| match &node.operator {
            Operator::Absence { within, .. } => Some((*within, node.pointer.as_str())),
            Operator::Event(_) | Operator::Gather { .. } | Operator::Sequence(_) | Operator::Not { .. } => {
                None
            }
        });
        windows.max_by_key(|(within, _)| *within)
    }

    /// A node, in words that people can tell from others.
    pub(super) fn words(&self, index: NodeIndex) -> impl fmt::Display {
        Words { tree: self, index }
    }

    fn add(&mut self, value: &Value, pointer: String, depth: usize) -> Result<NodeIndex, MalformedParams> {
        if depth > DEPTH_MAX {
            return Err(at(&pointer, format!("operators nest deeper than {DEPTH_MAX}")));
        }
        if self.nodes.len() == NODES_MAX {
            return Err(at(
                &pointer,
                format!("the expression has more than {NODES_MAX} operators and events"),
            ));
        }
        let index = self.nodes.len();
        // Keeps the place: a node stands before its parts, and is known only after them.
        self.nodes.push(Node { operator: Operator::Event(0), pointer: pointer.clone(), end: index + 1 });
        let operator = self.operator(value, &pointer, depth)?;
        let end = self.nodes.len();
        self.nodes[index] = Node { operator, pointer, end };
        Ok(index)
    }

    fn operator(&mut self, value: &Value, pointer: &str, depth: usize) -> Result<Operator, MalformedParams> {
        let Some(members) = value.as_object() else {
            let message = format!("expected an operator, found {}", value.type_name());
            return Err(at(pointer, message).with_help(OPERATORS));
        };
        let named = |name: &str| members.get(name);
        if let Some(number) = named("event") {
            only(members, &["event"], pointer)?;
            return leaf(number, pointer);
        }
        if let Some(parts) = named("all") {
            only(members, &["all"], pointer)?;
            let parts = self.parts(parts, &format!("{pointer}/all"), depth)?;
            return Ok(Operator::Gather { want: parts.len(), parts });
        }
        if let Some(any) = named("any") {
            only(members, &["any"], pointer)?;
            return self.any(any, &format!("{pointer}/any"), depth);
        }
        if let Some(parts) = named("sequence") {
            only(members, &["sequence"], pointer)?;
            return Ok(Operator::Sequence(self.parts(parts, &format!("{pointer}/sequence"), depth)?));
        }
        if named("not").is_some() {
            only(members, &["not", "start", "end"], pointer)?;
            let absent = self.part(members, "not", pointer, depth)?;
            let start = self.part(members, "start", pointer, depth)?;
            let end = self.part(members, "end", pointer, depth)?;
            return Ok(Operator::Not { absent, start, end });
        }
        if named("absence").is_some() {
            only(members, &["absence", "after", "within"], pointer)?;
            let absent = self.part(members, "absence", pointer, depth)?;
            let after = self.part(members, "after", pointer, depth)?;
            let within = named("within").ok_or_else(|| at(pointer, "`within` is missing"))?;
            let within = span(within).map_err(|message| at(&format!("{pointer}/within"), message))?;
            return Ok(Operator::Absence { absent, after, within });
        }
        Err(at(pointer, "there is no operator here").with_help(OPERATORS))
    }

    fn any(&mut self, any: &Value, pointer: &str, depth: usize) -> Result<Operator, MalformedParams> {
        let Some(members) = any.as_object() else {
            let message = format!("expected `n` and `of`, found {}", any.type_name());
            return Err(at(pointer, message));
        };
        only(members, &["n", "of"], pointer)?;
        let of = members.get("of").ok_or_else(|| at(pointer, "`of` is missing"))?;
        let parts = self.parts(of, &format!("{pointer}/of"), depth)?;
        let n = members.get("n").ok_or_else(|| at(pointer, "`n` is missing"))?;
        let want = n.as_usize().filter(|want| (1..=parts.len()).contains(want));
        let refused =
            || at(&format!("{pointer}/n"), format!("expected a number from 1 to {}, found {n}", parts.len()));
        let want = want.ok_or_else(refused)?;
        Ok(Operator::Gather { want, parts })
    }

    fn parts(
        &mut self,
        list: &Value,
        pointer: &str,
        depth: usize,
    ) -> Result<Vec<NodeIndex>, MalformedParams> {
        let Some(elements) = list.as_array() else {
            return Err(at(pointer, format!("expected a list, found {}", list.type_name())));
        };
        if elements.is_empty() {
            return Err(at(pointer, "expected at least one part, found none"));
        }
        let elements = elements.iter().enumerate();
        elements.map(|(number, part)| self.add(part, format!("{pointer}/{number}"), depth + 1)).collect()
    }

    fn part(
        &mut self,
        members: &Map,
        name: &str,
        pointer: &str,
        depth: usize,
    ) -> Result<NodeIndex, MalformedParams> {
        let part = members.get(name).ok_or_else(|| at(pointer, format!("`{name}` is missing")))?;
        self.add(part, format!("{pointer}/{name}"), depth + 1)
    }
}

const OPERATORS: &str = "an operator is an object with one of: event, all, any, sequence, not, absence";

/// A mistake at `pointer` within the expression.
fn at(pointer: &str, message: impl Into<String>) -> MalformedParams {
    MalformedParams { pointer: format!("/expr{pointer}"), message: message.into(), help: None }
}

fn only(members: &Map, known: &[&str], pointer: &str) -> Result<(), MalformedParams> {
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let message = format!("`{key}` is unknown beside `{}`", known[0]);
            Err(at(pointer, message).with_help(format!("it takes: {}", known.join(", "))))
        }
    }
}

fn leaf(number: &Value, pointer: &str) -> Result<Operator, MalformedParams> {
    number.as_usize().map(Operator::Event).ok_or_else(|| {
        let message = format!("expected the number of a pattern of the trigger, from 0, found {number}");
        at(&format!("{pointer}/event"), message)
    })
}

/// A length of time above zero: a number of milliseconds, or text such as `1m30s`.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn span(value: &Value) -> Result<Span, String> {
    let span = match (value.as_u64(), value.as_str()) {
        (Some(ms), _) => Span(ms),
        (None, Some(text)) => text.parse::<Span>().map_err(|malformed| malformed.to_string())?,
        (None, None) => {
            return Err(format!("expected milliseconds or a text such as `1m30s`, found {value}"));
        }
    };
    if span.0 == 0 { Err("expected a time above zero".to_owned()) } else { Ok(span) }
}

struct Words<'a> {
    tree: &'a Tree,
    index: NodeIndex,
}

impl Words<'_> {
    fn list(&self, f: &mut fmt::Formatter<'_>, parts: &[NodeIndex]) -> fmt::Result {
        for (number, part) in parts.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{}", self.tree.words(*part))?;
        }
        Ok(())
    }
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |index: &NodeIndex| self.tree.words(*index);
        match &self.tree.node(self.index).operator {
            Operator::Event(pattern) => write!(f, "event {pattern}"),
            Operator::Gather { want, parts } => {
                match *want == parts.len() {
                    true => f.write_str("all(")?,
                    false => write!(f, "any {want}(")?,
                }
                self.list(f, parts)?;
                f.write_str(")")
            }
            Operator::Sequence(parts) => {
                f.write_str("sequence(")?;
                self.list(f, parts)?;
                f.write_str(")")
            }
            Operator::Not { absent, start, end } => {
                write!(f, "not({} between {} and {})", words(absent), words(start), words(end))
            }
            Operator::Absence { absent, after, within } => {
                write!(f, "absence({} within {within} after {})", words(absent), words(after))
            }
        }
    }
}
