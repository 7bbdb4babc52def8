//! The tree that is evaluated: paths are flat lists of steps, parents are bound where they are needed, calls in tail
//! position are marked.

use std::sync::Arc;

use regex::Regex;
use tidegate_json::{Str, Value};

use crate::parse::ast::Operator;
use crate::signature::Signature;

/// A resolved expression.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// In bytes from the start of the source.
    pub(crate) position: usize,
    /// A single result stays an array (`[]` in the source).
    pub(crate) keep_array: bool,
    /// Takes part in a stream of tuples: something on the way binds a variable or is asked for as a parent.
    pub(crate) tuple: bool,
    /// An array constructor at either end of a path: its result stays one element.
    pub(crate) constructs: bool,
    /// `expr[...]` outside a path.
    pub(crate) predicates: Vec<Node>,
    /// `step[...]` and `step#$i` within a path, in order.
    pub(crate) stages: Vec<Stage>,
    pub(crate) group: Option<Vec<Pair>>,
    /// `step@$v`: binds the result and leaves the context.
    pub(crate) focus: Option<Str>,
    /// `step#$i`: binds the position.
    pub(crate) index: Option<Str>,
    /// Labels under which later `%` look for this step's context.
    pub(crate) ancestors: Vec<Str>,
    /// Parents this expression asks for and has not found; empty once resolved.
    pub(crate) seeking: Vec<Slot>,
}

/// A parent that is asked for: how many steps up it still is.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) label: Str,
    pub(crate) level: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Filter(Node),
    Index(Str),
}

/// A member of an object constructor or of a grouping.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) key: Node,
    pub(crate) value: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Literal(Value),
    Regex(Arc<Regex>),
    Name(Str),
    Variable(Str),
    Wildcard,
    Descendants,
    /// The label under which the wanted context is bound.
    Parent(Str),
    Path {
        steps: Vec<Node>,
        keep_singleton: bool,
    },
    /// A step that orders what came so far.
    Sort(Vec<SortTerm>),
    Binary(Operator, Box<Node>, Box<Node>),
    Negate(Box<Node>),
    Array(Vec<Node>),
    Object(Vec<Pair>),
    Call {
        procedure: Box<Node>,
        arguments: Vec<Node>,
        /// Nothing happens to the result before the enclosing function returns it.
        tail: bool,
    },
    Partial {
        procedure: Box<Node>,
        /// `None` stands for `?`.
        arguments: Vec<Option<Node>>,
    },
    Lambda(Arc<Lambda>),
    Condition(Box<Node>, Box<Node>, Option<Box<Node>>),
    Default(Box<Node>, Box<Node>),
    Coalesce(Box<Node>, Box<Node>),
    Transform(Arc<Transform>),
    Block(Vec<Node>),
    Bind(Str, Box<Node>),
    Apply(Box<Node>, Box<Node>),
}

#[derive(Clone, Debug)]
pub(crate) struct SortTerm {
    pub(crate) descending: bool,
    pub(crate) by: Node,
}

/// A function definition.
#[derive(Debug)]
pub(crate) struct Lambda {
    pub(crate) parameters: Vec<Str>,
    pub(crate) signature: Option<Arc<Signature>>,
    pub(crate) body: Node,
}

/// `| pattern | update, delete |`.
#[derive(Debug)]
pub(crate) struct Transform {
    pub(crate) pattern: Node,
    pub(crate) update: Node,
    pub(crate) delete: Option<Node>,
}

impl Node {
    pub(crate) fn new(kind: NodeKind, position: usize) -> Self {
        Self {
            kind,
            position,
            keep_array: false,
            tuple: false,
            constructs: false,
            predicates: Vec::new(),
            stages: Vec::new(),
            group: None,
            focus: None,
            index: None,
            ancestors: Vec::new(),
            seeking: Vec::new(),
        }
    }

    /// A path of `steps`.
    pub(crate) fn path(steps: Vec<Node>, position: usize) -> Self {
        Self::new(NodeKind::Path { steps, keep_singleton: false }, position)
    }

    /// Whether nothing is done to the result of the bare expression.
    pub(crate) fn is_bare(&self) -> bool {
        self.predicates.is_empty() && self.stages.is_empty() && self.group.is_none() && !self.keep_array
    }
}
