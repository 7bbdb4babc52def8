//! From the shape of the text to the tree that is evaluated.
//!
//! Flattens paths, turns predicates into stages of their step, finds for every `%` the step whose context it means,
//! and marks calls in tail position. Invariant of the result: no node is still seeking a parent.

use std::sync::Arc;

use tidegate_json::{Str, Value};

use crate::error::{Details, SyntaxError};
use crate::node::{Lambda, Node, NodeKind, Pair, Slot, SortTerm, Stage, Transform};
use crate::parse::ast::{Ast, AstKind, Pairs};

type Resolved<T> = Result<T, SyntaxError>;

/// Resolves a whole expression.
pub(crate) fn resolve(ast: Ast, source: &str) -> Resolved<Node> {
    let mut resolver = Resolver { source, labels: 0 };
    let node = resolver.node(ast)?;
    match node.seeking.is_empty() {
        true => Ok(node),
        false => Err(resolver.no_parent(&node)),
    }
}

struct Resolver<'s> {
    source: &'s str,
    /// Labels given out so far.
    labels: usize,
}

impl Resolver<'_> {
    fn error(&self, code: &'static str, position: usize, message: &str) -> SyntaxError {
        SyntaxError::at(code, self.source, position, message)
    }

    fn no_parent(&self, node: &Node) -> SyntaxError {
        self.error(
            "S0217",
            node.position,
            "the parent that `%` asks for cannot be derived from this expression",
        )
    }

    fn node(&mut self, ast: Ast) -> Resolved<Node> {
        let (position, keep_array) = (ast.position, ast.keep_array);
        let mut node = match ast.kind {
            AstKind::Name(name) => self.name(name, position, keep_array),
            AstKind::Parent => self.parent(position),
            AstKind::Dot(left, right) => self.dot(*left, *right, position)?,
            AstKind::Predicate(left, condition) => self.predicate(*left, *condition)?,
            AstKind::Group(left, pairs) => self.group(*left, pairs)?,
            AstKind::Sort(left, terms) => self.sort(*left, terms, position)?,
            AstKind::Focus(left, name) => self.focus(*left, name, position)?,
            AstKind::Index(left, name) => self.index(*left, name)?,
            other => self.plain(other, position)?,
        };
        node.keep_array |= keep_array;
        Ok(node)
    }

    /// Expressions that only contain others.
    fn plain(&mut self, kind: AstKind, position: usize) -> Resolved<Node> {
        let mut seeking = Vec::new();
        let up = &mut seeking;
        let kind = match kind {
            AstKind::String(text) => NodeKind::Literal(Value::String(text)),
            AstKind::Constant(value) => NodeKind::Literal(value),
            AstKind::Regex(regex) => NodeKind::Regex(regex),
            AstKind::Variable(name) => NodeKind::Variable(name),
            AstKind::Wildcard => NodeKind::Wildcard,
            AstKind::Descendants => NodeKind::Descendants,
            AstKind::Binary(operator, left, right) => {
                NodeKind::Binary(operator, self.inner(*left, up)?, self.inner(*right, up)?)
            }
            AstKind::Negate(inner) => NodeKind::Negate(self.inner(*inner, up)?),
            AstKind::Array(elements) => NodeKind::Array(self.all(elements, up)?),
            AstKind::Object(pairs) => NodeKind::Object(self.pairs(pairs, up)?),
            AstKind::Call(procedure, arguments) => self.call(*procedure, arguments, up)?,
            AstKind::Lambda(parameters, signature, body) => {
                let mut body = *self.inner(*body, up)?;
                mark_tail_calls(&mut body);
                NodeKind::Lambda(Arc::new(Lambda { parameters, signature, body }))
            }
            AstKind::Condition(test, then, otherwise) => NodeKind::Condition(
                self.inner(*test, up)?,
                self.inner(*then, up)?,
                otherwise.map(|otherwise| self.inner(*otherwise, up)).transpose()?,
            ),
            AstKind::Default(left, right) => {
                NodeKind::Default(self.inner(*left, up)?, self.inner(*right, up)?)
            }
            AstKind::Coalesce(left, right) => {
                NodeKind::Coalesce(self.inner(*left, up)?, self.inner(*right, up)?)
            }
            AstKind::Transform(pattern, update, delete) => NodeKind::Transform(Arc::new(Transform {
                pattern: self.node(*pattern)?,
                update: self.node(*update)?,
                delete: delete.map(|delete| self.node(*delete)).transpose()?,
            })),
            AstKind::Block(expressions) => return self.block(expressions, position),
            AstKind::Bind(name, value) => NodeKind::Bind(name, self.inner(*value, up)?),
            AstKind::Apply(left, right) => return self.apply(*left, *right, position),
            AstKind::Placeholder
            | AstKind::Name(_)
            | AstKind::Parent
            | AstKind::Dot(..)
            | AstKind::Predicate(..)
            | AstKind::Group(..)
            | AstKind::Sort(..)
            | AstKind::Focus(..)
            | AstKind::Index(..) => return Err(self.error("S0201", position, "syntax error")),
        };
        Ok(Node { seeking, ..Node::new(kind, position) })
    }

    fn inner(&mut self, ast: Ast, seeking: &mut Vec<Slot>) -> Resolved<Box<Node>> {
        let mut node = self.node(ast)?;
        seeking.append(&mut node.seeking);
        Ok(Box::new(node))
    }

    fn all(&mut self, parts: Vec<Ast>, seeking: &mut Vec<Slot>) -> Resolved<Vec<Node>> {
        parts.into_iter().map(|part| self.inner(part, seeking).map(|node| *node)).collect()
    }

    fn pairs(&mut self, pairs: Pairs, seeking: &mut Vec<Slot>) -> Resolved<Vec<Pair>> {
        let pair =
            |(key, value)| Ok(Pair { key: *self.inner(key, seeking)?, value: *self.inner(value, seeking)? });
        pairs.into_iter().map(pair).collect()
    }

    fn call(&mut self, procedure: Ast, arguments: Vec<Ast>, seeking: &mut Vec<Slot>) -> Resolved<NodeKind> {
        let procedure = Box::new(self.node(procedure)?);
        if !arguments.iter().any(|argument| matches!(argument.kind, AstKind::Placeholder)) {
            return Ok(NodeKind::Call { procedure, arguments: self.all(arguments, seeking)?, tail: false });
        }
        let given = |argument: Ast| match argument.kind {
            AstKind::Placeholder => Ok(None),
            _ => self.inner(argument, seeking).map(|node| Some(*node)),
        };
        Ok(NodeKind::Partial {
            procedure,
            arguments: arguments.into_iter().map(given).collect::<Resolved<_>>()?,
        })
    }

    fn block(&mut self, expressions: Vec<Ast>, position: usize) -> Resolved<Node> {
        let mut seeking = Vec::new();
        let expressions = self.all(expressions, &mut seeking)?;
        let constructs = expressions.iter().any(|part| match &part.kind {
            NodeKind::Path { steps, .. } => steps[0].constructs,
            _ => part.constructs,
        });
        Ok(Node { seeking, constructs, ..Node::new(NodeKind::Block(expressions), position) })
    }

    fn apply(&mut self, left: Ast, right: Ast, position: usize) -> Resolved<Node> {
        let (left, right) = (self.node(left)?, self.node(right)?);
        let keep_array = left.keep_array || right.keep_array;
        let kind = NodeKind::Apply(Box::new(left), Box::new(right));
        Ok(Node { keep_array, ..Node::new(kind, position) })
    }

    fn name(&mut self, name: Str, position: usize, keep_array: bool) -> Node {
        let steps = vec![Node { keep_array, ..Node::new(NodeKind::Name(name), position) }];
        Node::new(NodeKind::Path { steps, keep_singleton: keep_array }, position)
    }

    fn parent(&mut self, position: usize) -> Node {
        let label = Str::from(format!("%{}", self.labels));
        self.labels += 1;
        let seeking = vec![Slot { label: label.clone(), level: 1 }];
        Node { seeking, ..Node::new(NodeKind::Parent(label), position) }
    }

    fn dot(&mut self, left: Ast, right: Ast, position: usize) -> Resolved<Node> {
        let mut path = as_path(self.node(left)?);
        let mut right = self.node(right)?;
        let NodeKind::Path { steps, keep_singleton } = &mut path.kind else { return Ok(path) };
        match right.kind {
            NodeKind::Path { steps: more, .. } if right.is_bare() && right.seeking.is_empty() => {
                steps.extend(more);
            }
            _ => {
                right.stages.extend(std::mem::take(&mut right.predicates).into_iter().map(Stage::Filter));
                steps.push(right);
            }
        }
        for step in steps.iter_mut() {
            match &step.kind {
                NodeKind::Literal(Value::String(text)) => step.kind = NodeKind::Name(text.clone()),
                NodeKind::Literal(literal) => {
                    let message = format!("the literal {literal} cannot be a step of a path");
                    let error = SyntaxError::at("S0213", self.source, step.position, message);
                    return Err(error.about(Details::value(literal)));
                }
                _ => {}
            }
        }
        *keep_singleton |= steps.iter().any(|step| step.keep_array);
        let last = steps.len() - 1;
        for end in [0, last] {
            steps[end].constructs |= matches!(steps[end].kind, NodeKind::Array(_));
        }
        path.position = path.position.min(position);
        self.resolve_parents(&mut path)?;
        Ok(path)
    }

    fn predicate(&mut self, left: Ast, condition: Ast) -> Resolved<Node> {
        let mut node = self.node(left)?;
        let grouped = node.group.is_some();
        let mut condition = self.node(condition)?;
        let mut open = Vec::new();
        let is_path = matches!(node.kind, NodeKind::Path { .. });
        let step = last_step(&mut node);
        if grouped || step.group.is_some() {
            return Err(self.error("S0209", condition.position, "a predicate cannot follow a grouping"));
        }
        for mut slot in std::mem::take(&mut condition.seeking) {
            if slot.level == 1 {
                self.seek(step, &mut slot)?;
            } else {
                slot.level -= 1;
            }
            if slot.level > 0 {
                open.push(slot);
            }
        }
        if is_path {
            step.stages.push(Stage::Filter(condition));
        } else {
            step.predicates.push(condition);
        }
        step.seeking.extend(open);
        Ok(node)
    }

    fn group(&mut self, left: Ast, pairs: Pairs) -> Resolved<Node> {
        let mut node = self.node(left)?;
        if node.group.is_some() {
            return Err(self.error("S0210", node.position, "a step can have only one grouping"));
        }
        let mut lost = Vec::new();
        node.group = Some(self.pairs(pairs, &mut lost)?);
        Ok(node)
    }

    fn sort(
        &mut self,
        left: Ast,
        terms: Vec<crate::parse::ast::SortTerm>,
        position: usize,
    ) -> Resolved<Node> {
        let mut path = as_path(self.node(left)?);
        let mut seeking = Vec::new();
        let term = |term: crate::parse::ast::SortTerm| {
            Ok(SortTerm { descending: term.descending, by: *self.inner(term.by, &mut seeking)? })
        };
        let terms = terms.into_iter().map(term).collect::<Resolved<_>>()?;
        if let NodeKind::Path { steps, .. } = &mut path.kind {
            steps.push(Node { seeking, ..Node::new(NodeKind::Sort(terms), position) });
        }
        self.resolve_parents(&mut path)?;
        Ok(path)
    }

    fn focus(&mut self, left: Ast, name: Str, position: usize) -> Resolved<Node> {
        let mut node = self.node(left)?;
        let step = last_step(&mut node);
        if !step.stages.is_empty() || !step.predicates.is_empty() {
            return Err(self.error(
                "S0215",
                position,
                "a context binding must come before any predicate of its step",
            ));
        }
        if matches!(step.kind, NodeKind::Sort(_)) {
            return Err(self.error(
                "S0216",
                position,
                "a context binding must come before the order of its step",
            ));
        }
        step.focus = Some(name);
        step.tuple = true;
        Ok(node)
    }

    fn index(&mut self, left: Ast, name: Str) -> Resolved<Node> {
        let mut node = self.node(left)?;
        let predicates = match node.kind {
            NodeKind::Path { .. } => Vec::new(),
            _ => std::mem::take(&mut node.predicates),
        };
        node = as_path(node);
        let step = last_step(&mut node);
        step.stages.extend(predicates.into_iter().map(Stage::Filter));
        if step.stages.is_empty() {
            step.index = Some(name);
        } else {
            step.stages.push(Stage::Index(name));
        }
        step.tuple = true;
        Ok(node)
    }

    /// Looks for the parents that the last step asks for among the steps before it; what is not found there is asked
    /// of whatever contains the path.
    fn resolve_parents(&self, path: &mut Node) -> Resolved<()> {
        let NodeKind::Path { steps, .. } = &mut path.kind else { return Ok(()) };
        let Some((last, before)) = steps.split_last_mut() else { return Ok(()) };
        for mut slot in std::mem::take(&mut last.seeking) {
            let mut at = before.len();
            while slot.level > 0 && at > 0 {
                at -= 1;
                // Steps that bind the focus share one context: only the first of them leads to the parent.
                while at > 0 && before[at].focus.is_some() && before[at - 1].focus.is_some() {
                    at -= 1;
                }
                self.seek(&mut before[at], &mut slot)?;
            }
            if slot.level > 0 {
                path.seeking.push(slot);
            }
        }
        Ok(())
    }

    /// Goes one step up: through `node`, whose context is the parent if this was the last level.
    fn seek(&self, node: &mut Node, slot: &mut Slot) -> Resolved<()> {
        match &mut node.kind {
            NodeKind::Name(_) | NodeKind::Wildcard => {
                slot.level -= 1;
                if slot.level == 0 {
                    node.ancestors.push(slot.label.clone());
                    node.tuple = true;
                }
            }
            NodeKind::Parent(_) => slot.level += 1,
            NodeKind::Block(expressions) => {
                node.tuple = true;
                if let Some(last) = expressions.last_mut() {
                    self.seek(last, slot)?;
                }
            }
            NodeKind::Path { steps, .. } => {
                node.tuple = true;
                for (nearer, step) in steps.iter_mut().rev().enumerate() {
                    if nearer > 0 && slot.level == 0 {
                        break;
                    }
                    self.seek(step, slot)?;
                }
            }
            _ => return Err(self.no_parent(node)),
        }
        Ok(())
    }
}

fn as_path(mut node: Node) -> Node {
    if matches!(node.kind, NodeKind::Path { .. }) && node.group.is_none() {
        return node;
    }
    let (position, seeking) = (node.position, std::mem::take(&mut node.seeking));
    let keep_singleton = node.keep_array;
    let mut path = Node { seeking, ..Node::path(vec![node], position) };
    if let NodeKind::Path { keep_singleton: keeps, .. } = &mut path.kind {
        *keeps = keep_singleton;
    }
    path
}

fn last_step(node: &mut Node) -> &mut Node {
    if !matches!(node.kind, NodeKind::Path { .. }) {
        return node;
    }
    match &mut node.kind {
        NodeKind::Path { steps, .. } => steps.last_mut().expect("a path has steps"),
        _ => unreachable!("checked above"),
    }
}

fn mark_tail_calls(node: &mut Node) {
    if !node.is_bare() {
        return;
    }
    match &mut node.kind {
        NodeKind::Call { tail, .. } => *tail = true,
        NodeKind::Condition(_, then, otherwise) => {
            mark_tail_calls(then);
            if let Some(otherwise) = otherwise {
                mark_tail_calls(otherwise);
            }
        }
        NodeKind::Block(expressions) => {
            if let Some(last) = expressions.last_mut() {
                mark_tail_calls(last);
            }
        }
        _ => {}
    }
}
