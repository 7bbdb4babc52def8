//! An expression as data.

use std::collections::BTreeSet;

use tidegate_json::{Str, Value};

use super::OUTPUTS;
use super::functions::Function;
use super::methods::Method;

/// An expression with its text, which errors are placed in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) text: Str,
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) form: Form,
    /// Byte of the text that an error about it is placed at.
    pub(super) at: usize,
    /// How deep it nests, from 1.
    pub(super) depth: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Constant(Value),
    /// `predecessor_outputs`
    Outputs,
    /// A name that a comprehension gives.
    Name(Str),
    List(Vec<Node>),
    Dictionary(Vec<(Node, Node)>),
    Subscript(Box<Node>, Box<Node>),
    Slice(Box<Node>, Box<[Option<Node>; 3]>),
    Negative(Box<Node>),
    Positive(Box<Node>),
    Not(Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    /// The first, then each operator and what stands behind it.
    Compare(Box<Node>, Vec<(Comparison, Node)>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// Condition, then, else.
    If(Box<[Node; 3]>),
    Call(Function, Arguments),
    Method(Box<Node>, Method, Vec<Node>),
    Comprehension(Box<Element>, Vec<Clause>),
}

/// What a function is called with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Arguments {
    pub(super) plain: Vec<Node>,
    pub(super) named: Vec<(Str, Node)>,
}

/// What a comprehension collects.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Element {
    Item(Node),
    Member(Node, Node),
}

/// `for NAMES in ITEMS if …`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) names: Vec<Str>,
    pub(super) items: Node,
    pub(super) conditions: Vec<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

impl Node {
    /// The nodes right below.
    pub(super) fn children(&self) -> Vec<&Self> {
        match &self.form {
            Form::Constant(_) | Form::Outputs | Form::Name(_) => Vec::new(),
            Form::List(items) | Form::And(items) | Form::Or(items) => items.iter().collect(),
            Form::Dictionary(members) => members.iter().flat_map(|(key, value)| [key, value]).collect(),
            Form::Subscript(left, right) | Form::Binary(_, left, right) => vec![left, right],
            Form::Slice(of, bounds) => std::iter::once(&**of).chain(bounds.iter().flatten()).collect(),
            Form::Negative(of) | Form::Positive(of) | Form::Not(of) => vec![of],
            Form::Compare(first, others) => {
                std::iter::once(&**first).chain(others.iter().map(|(_, node)| node)).collect()
            }
            Form::If(parts) => parts.iter().collect(),
            Form::Call(_, arguments) => {
                arguments.plain.iter().chain(arguments.named.iter().map(|(_, node)| node)).collect()
            }
            Form::Method(of, _, arguments) => std::iter::once(&**of).chain(arguments).collect(),
            Form::Comprehension(element, clauses) => {
                let parts = match &**element {
                    Element::Item(item) => vec![item],
                    Element::Member(key, value) => vec![key, value],
                };
                let of_clauses = clauses
                    .iter()
                    .flat_map(|clause| std::iter::once(&clause.items).chain(&clause.conditions));
                parts.into_iter().chain(of_clauses).collect()
            }
        }
    }
}

/// Notes the ids of the tasks whose outputs are read; false where that cannot be told.
pub(super) fn note_reads(tree: &Tree, ids: &mut BTreeSet<String>) -> bool {
    note(&tree.root, ids)
}

fn note(node: &Node, ids: &mut BTreeSet<String>) -> bool {
    match &node.form {
        Form::Outputs => false,
        Form::Subscript(of, key) if of.form == Form::Outputs => match id(key) {
            Some(id) => {
                ids.insert(id);
                true
            }
            None => false,
        },
        Form::Method(of, Method::Get, arguments) if of.form == Form::Outputs => {
            let Some(id) = arguments.first().and_then(id) else { return false };
            ids.insert(id);
            arguments.iter().skip(1).all(|argument| note(argument, ids))
        }
        Form::Compare(first, others) => match others.as_slice() {
            // Whether a task has an output at all.
            [(Comparison::In | Comparison::NotIn, of)] if of.form == Form::Outputs => match id(first) {
                Some(id) => {
                    ids.insert(id);
                    true
                }
                None => false,
            },
            _ => node.children().into_iter().all(|child| note(child, ids)),
        },
        _ => node.children().into_iter().all(|child| note(child, ids)),
    }
}

/// The id of a task that a constant spells.
fn id(node: &Node) -> Option<String> {
    match &node.form {
        Form::Constant(Value::String(id)) => Some(id.to_string()),
        Form::Constant(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    }
}

/// The name under which an expression sees the outputs.
pub(super) fn is_outputs(name: &str) -> bool {
    name == OUTPUTS
}
