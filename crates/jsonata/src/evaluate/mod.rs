//! Evaluation: a node, a context item and a frame of variables give an item.
//!
//! - this module: the dispatch, the budget that bounds it, and the frames that hold variables
//! - `path`, `tuple`: steps, predicates, and streams that bind variables
//! - `operators`: arithmetic, comparison, text, ranges
//! - `construct`: arrays, objects, grouping
//! - `sort`, `transform`: the operators of those names
//! - `call`: functions, partial application, chaining, tail calls
//! - `measure`: equality, truth and conversion, charged by the size of what they look at
//!
//! Invariants: every loop burns fuel in proportion to its work; nesting is counted and limited; no value deeper than
//! [`VALUE_DEPTH_MAX`] is ever built.

mod call;
mod construct;
pub(crate) mod measure;
mod operators;
mod path;
mod sort;
mod transform;
mod tuple;

use tidegate_json::{Str, Value};

use crate::env::{Env, Limits};
use crate::error::{EvalError, Result, fail};
use crate::functions::{Function, FunctionKind};
use crate::item::{Item, ListKind};
use crate::node::{Node, NodeKind};
use crate::parse::NESTING_MAX;
use crate::random::Random;
use call::TailCall;

/// Nesting of a value that an expression may build. Its text must parse again: JSON text nests at most 127 deep.
pub(crate) const VALUE_DEPTH_MAX: u32 = 127;

/// Levels that a function of ours counts for: it may call back through more of our own frames than an operator does.
const BUILTIN_LEVELS: u32 = 4;

/// Items that are moved or looked at for one step.
const ITEMS_PER_STEP: usize = 4;

/// Bytes of text that are copied or searched for one step.
const BYTES_PER_STEP: usize = 32;

/// Names a frame of variables in [`Evaluator::frames`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameId(usize);

impl FrameId {
    pub(crate) const ROOT: Self = Self(0);
}

#[derive(Debug, Default)]
struct Frame {
    parent: Option<FrameId>,
    bindings: Vec<(Str, Item)>,
    /// A function refers to it, so it outlives its scope.
    captured: bool,
}

/// One evaluation: its budget, its variables, its random draws.
pub(crate) struct Evaluator<'e> {
    pub(crate) env: &'e Env<'e>,
    pub(crate) root: Item,
    pub(crate) random: Random,
    pub(crate) fuel: u64,
    depth: u32,
    depth_max: u32,
    /// Frames refer to their parents by place, so functions that refer to themselves make no cycle of counts.
    frames: Vec<Frame>,
    tail: Option<TailCall>,
    /// The scope of the call being made, which `$eval` sees.
    pub(crate) caller: FrameId,
}

impl<'e> Evaluator<'e> {
    pub(crate) fn new(env: &'e Env<'e>, root: Item) -> Self {
        Self {
            env,
            root,
            random: Random::new(env.seed),
            fuel: env.limits.fuel,
            depth: 0,
            depth_max: env.limits.depth.min(Limits::DEPTH_MAX),
            frames: vec![Frame::default()],
            tail: None,
            caller: FrameId::ROOT,
        }
    }

    /// Pays for `steps`.
    pub(crate) fn burn(&mut self, steps: u64) -> Result<()> {
        match self.fuel.checked_sub(steps) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                fail("U1002", format!("the evaluation needs more than {} steps", self.env.limits.fuel))
            }
        }
    }

    /// Pays for a visit to each of `items`.
    pub(crate) fn burn_items(&mut self, items: usize) -> Result<()> {
        self.burn((items / ITEMS_PER_STEP) as u64)
    }

    /// Pays for making or reading `bytes` of text, refusing what may not exist.
    pub(crate) fn burn_text(&mut self, bytes: usize) -> Result<()> {
        if bytes > self.env.limits.text_bytes {
            return fail("U1003", format!("a string would exceed {} bytes", self.env.limits.text_bytes));
        }
        self.burn((bytes / BYTES_PER_STEP) as u64)
    }

    /// Refuses a sequence of `items` that would be too long, before it is built.
    pub(crate) fn check_length(&self, items: usize) -> Result<()> {
        if items > self.env.limits.items {
            return fail("U1003", format!("a sequence would exceed {} items", self.env.limits.items));
        }
        Ok(())
    }

    pub(crate) fn enter(&mut self) -> Result<()> {
        if self.depth >= self.depth_max {
            return fail("U1001", format!("the evaluation nests deeper than {} levels", self.depth_max));
        }
        self.depth += 1;
        self.burn(1)
    }

    /// How deep a text may nest that is read from here: the deeper the evaluation, the less stack is left.
    pub(crate) fn nesting_left(&self) -> u32 {
        NESTING_MAX * Limits::DEPTH_MAX.saturating_sub(self.depth) / Limits::DEPTH_MAX
    }

    fn enter_builtin(&mut self) -> Result<()> {
        self.depth += BUILTIN_LEVELS - 1;
        self.enter()
    }

    fn leave_builtin(&mut self) {
        self.depth -= BUILTIN_LEVELS;
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(crate) fn eval(&mut self, node: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        self.enter()?;
        let mut result = self.bare(node, input, frame).map_err(|error| placed(error, node.position))?;
        if !node.predicates.is_empty() {
            result = self.filter_all(&node.predicates, result, frame)?;
        }
        if let Some(group) = &node.group
            && !matches!(node.kind, NodeKind::Path { .. })
        {
            result = self.group(group, result, frame)?;
        }
        self.leave();
        if let Item::List(list) = &result {
            if list.extent.depth > VALUE_DEPTH_MAX {
                return fail("U1003", format!("a value would nest deeper than {VALUE_DEPTH_MAX} levels"));
            }
            if list.kind == ListKind::Sequence {
                return Ok(settled(result, node.keep_array));
            }
        } else if result.extent().depth > VALUE_DEPTH_MAX {
            return fail("U1003", format!("a value would nest deeper than {VALUE_DEPTH_MAX} levels"));
        }
        Ok(result)
    }

    fn bare(&mut self, node: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        match &node.kind {
            NodeKind::Path { steps, keep_singleton } => self.path(node, steps, *keep_singleton, input, frame),
            NodeKind::Literal(value) => Ok(Item::Json(value.clone())),
            NodeKind::Name(name) => self.name(name, input),
            NodeKind::Variable(name) => Ok(self.variable(name, input, frame)),
            NodeKind::Parent(label) => Ok(self.bound(label, frame).unwrap_or_default()),
            NodeKind::Binary(operator, left, right) => self.binary(*operator, left, right, input, frame),
            NodeKind::Call { procedure, arguments, tail } => {
                self.call(procedure, arguments, *tail, input, frame, None)
            }
            NodeKind::Condition(test, then, otherwise) => {
                self.condition(test, then, otherwise.as_deref(), input, frame)
            }
            NodeKind::Block(expressions) => self.block(expressions, input, frame),
            NodeKind::Bind(name, value) => self.bind_value(name, value, input, frame),
            NodeKind::Array(elements) => self.array(node, elements, input, frame),
            NodeKind::Object(pairs) => self.group(pairs, input.clone(), frame),
            NodeKind::Wildcard => self.wildcard(input),
            NodeKind::Descendants => self.descendants(input),
            NodeKind::Negate(inner) => self.negate(inner, input, frame),
            NodeKind::Default(left, right) => self.default(left, right, input, frame),
            NodeKind::Coalesce(left, right) => self.coalesce(left, right, input, frame),
            NodeKind::Apply(left, right) => self.apply_operator(left, right, input, frame),
            NodeKind::Partial { procedure, arguments } => self.partial(procedure, arguments, input, frame),
            NodeKind::Lambda(lambda) => Ok(self.closure(lambda, input, frame)),
            NodeKind::Transform(transform) => Ok(self.transformer(transform, input, frame)),
            NodeKind::Regex(regex) => Ok(Function::item(FunctionKind::Matcher(regex.clone()), 0)),
            NodeKind::Sort(terms) => {
                let items = input.clone().into_items();
                self.sorted(terms, items, frame).map(Item::sequence)
            }
        }
    }

    fn condition(
        &mut self,
        test: &Node,
        then: &Node,
        otherwise: Option<&Node>,
        input: &Item,
        frame: FrameId,
    ) -> Result<Item> {
        let test = self.eval(test, input, frame)?;
        match (self.truth(&test)?, otherwise) {
            (true, _) => self.eval(then, input, frame),
            (false, Some(otherwise)) => self.eval(otherwise, input, frame),
            (false, None) => Ok(Item::Nothing),
        }
    }

    fn default(&mut self, left: &Node, right: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        let value = self.eval(left, input, frame)?;
        if self.truth(&value)? { Ok(value) } else { self.eval(right, input, frame) }
    }

    fn coalesce(&mut self, left: &Node, right: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        match self.eval(left, input, frame)? {
            Item::Nothing => self.eval(right, input, frame),
            value => Ok(value),
        }
    }

    fn block(&mut self, expressions: &[Node], input: &Item, frame: FrameId) -> Result<Item> {
        let scope = self.open(frame);
        let mut last = Item::Nothing;
        for expression in expressions {
            last = self.eval(expression, input, scope)?;
        }
        self.close(scope);
        Ok(last)
    }

    fn bind_value(&mut self, name: &Str, value: &Node, input: &Item, frame: FrameId) -> Result<Item> {
        let value = self.eval(value, input, frame)?;
        self.bind(frame, name, value.clone());
        Ok(value)
    }

    /// A new scope inside `parent`.
    pub(crate) fn open(&mut self, parent: FrameId) -> FrameId {
        self.frames.push(Frame { parent: Some(parent), ..Frame::default() });
        FrameId(self.frames.len() - 1)
    }

    /// Ends a scope. Its frame goes unless a function still refers to it.
    pub(crate) fn close(&mut self, scope: FrameId) {
        if scope.0 + 1 == self.frames.len() && !self.frames[scope.0].captured {
            self.frames.pop();
        }
    }

    pub(crate) fn bind(&mut self, frame: FrameId, name: &Str, item: Item) {
        let bindings = &mut self.frames[frame.0].bindings;
        match bindings.iter_mut().find(|(known, _)| known == name) {
            Some((_, bound)) => *bound = item,
            None => bindings.push((name.clone(), item)),
        }
    }

    fn capture(&mut self, frame: FrameId) {
        let mut next = Some(frame);
        while let Some(FrameId(at)) = next.filter(|frame| !self.frames[frame.0].captured) {
            self.frames[at].captured = true;
            next = self.frames[at].parent;
        }
    }

    /// What a frame or one around it binds.
    fn bound(&self, name: &str, frame: FrameId) -> Option<Item> {
        let mut next = Some(frame);
        while let Some(FrameId(at)) = next {
            let frame = &self.frames[at];
            if let Some((_, item)) = frame.bindings.iter().find(|(known, _)| known.as_str() == name) {
                return Some(item.clone());
            }
            next = frame.parent;
        }
        None
    }

    /// `$` is the context, `$$` the input; then scopes, then the caller's bindings, then functions.
    pub(crate) fn variable(&self, name: &str, input: &Item, frame: FrameId) -> Item {
        if name.is_empty() {
            return input.unwrapped();
        }
        if let Some(item) = self.bound(name, frame) {
            return item;
        }
        if name == "$" {
            return self.root.unwrapped();
        }
        match self.env.bindings.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Item::Json(value.clone()),
            None => self.env.functions.item(name),
        }
    }

    /// The final result: what JSON can say of `item`, if it is not too large.
    pub(crate) fn conclude(&mut self, item: &Item) -> Result<Option<Value>> {
        self.check_extent(item)?;
        Ok(item.to_value())
    }
}

fn placed(mut error: Box<EvalError>, position: usize) -> Box<EvalError> {
    error.position.get_or_insert(position);
    error
}

/// A sequence of none is nothing and of one is that one, unless it is to stay an array.
fn settled(sequence: Item, keep_array: bool) -> Item {
    let Item::List(list) = &sequence else { return sequence };
    match list.items.len() {
        0 => Item::Nothing,
        1 if !keep_array && !list.keep_singleton => list.items[0].clone(),
        _ if keep_array => sequence.keeping_singleton(),
        _ => sequence,
    }
}
