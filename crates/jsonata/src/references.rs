//! What an expression reads: the fields of its input, and variables. For lints and for skipping what cannot match.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_json::Str;

use crate::node::{Node, NodeKind, Pair, Stage};

/// What an expression reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The first names of paths that start at the input.
    pub fields: BTreeSet<Str>,
    /// Variables, without `$`, that nothing in the expression binds; functions among them.
    pub variables: BTreeSet<Str>,
    /// The input may be read as a whole, or by a name that is not written: `$`, `$$`, `*`, `**`, `$eval`.
    pub whole: bool,
    /// Where paths into the input start, as written: a name, `$`, `$$`, `*` or `**`.
    pub roots: BTreeSet<Str>,
    /// The names that paths read of a variable directly, by variable: `input` of `$states` in `$states.input.x`.
    pub members: BTreeMap<Str, BTreeSet<Str>>,
}

impl References {
    /// Whether the expression may read `field` of its input.
    #[must_use]
    pub fn reads(&self, field: &str) -> bool {
        self.whole || self.fields.contains(field)
    }

    pub(crate) fn of(node: &Node) -> Self {
        let mut walk = Walk::default();
        walk.node(node, Context::Input);
        let variables = walk.used.difference(&walk.bound).cloned().collect();
        walk.members.retain(|variable, _| !walk.bound.contains(variable));
        Self { fields: walk.fields, variables, whole: walk.whole, roots: walk.roots, members: walk.members }
    }
}

/// Whether names are looked up in the input or in something inside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Input,
    Inside,
}

#[derive(Default)]
struct Walk {
    fields: BTreeSet<Str>,
    used: BTreeSet<Str>,
    bound: BTreeSet<Str>,
    whole: bool,
    roots: BTreeSet<Str>,
    members: BTreeMap<Str, BTreeSet<Str>>,
}

impl Walk {
    fn node(&mut self, node: &Node, context: Context) {
        self.kind(&node.kind, context);
        self.bound.extend(node.focus.iter().chain(&node.index).cloned());
        for predicate in &node.predicates {
            self.node(predicate, Context::Inside);
        }
        for stage in &node.stages {
            match stage {
                Stage::Filter(predicate) => self.node(predicate, Context::Inside),
                Stage::Index(name) => {
                    self.bound.insert(name.clone());
                }
            }
        }
        for pair in node.group.iter().flat_map(|pairs| pairs.iter()) {
            self.pair(pair, Context::Inside);
        }
    }

    fn pair(&mut self, pair: &Pair, context: Context) {
        self.node(&pair.key, context);
        self.node(&pair.value, context);
    }

    fn kind(&mut self, kind: &NodeKind, context: Context) {
        match kind {
            NodeKind::Literal(_) | NodeKind::Regex(_) | NodeKind::Parent(_) => {}
            NodeKind::Name(name) if context == Context::Input => {
                self.fields.insert(name.clone());
                self.roots.insert(name.clone());
            }
            NodeKind::Name(_) => {}
            NodeKind::Variable(name) => self.variable(name, context),
            NodeKind::Wildcard if context == Context::Input => self.all("*"),
            NodeKind::Descendants if context == Context::Input => self.all("**"),
            NodeKind::Wildcard | NodeKind::Descendants => {}
            NodeKind::Path { steps, .. } => self.path(steps, context),
            NodeKind::Sort(terms) => terms.iter().for_each(|term| self.node(&term.by, Context::Inside)),
            NodeKind::Binary(_, left, right)
            | NodeKind::Default(left, right)
            | NodeKind::Coalesce(left, right)
            | NodeKind::Apply(left, right) => {
                self.node(left, context);
                self.node(right, context);
            }
            NodeKind::Negate(inner) => self.node(inner, context),
            NodeKind::Array(parts) | NodeKind::Block(parts) => {
                parts.iter().for_each(|part| self.node(part, context));
            }
            NodeKind::Object(pairs) => pairs.iter().for_each(|pair| self.pair(pair, context)),
            NodeKind::Call { procedure, arguments, .. } => {
                self.node(procedure, context);
                arguments.iter().for_each(|argument| self.node(argument, context));
            }
            NodeKind::Partial { procedure, arguments } => {
                self.node(procedure, context);
                arguments.iter().flatten().for_each(|argument| self.node(argument, context));
            }
            NodeKind::Lambda(lambda) => {
                self.bound.extend(lambda.parameters.iter().cloned());
                self.node(&lambda.body, context);
            }
            NodeKind::Condition(test, then, otherwise) => {
                self.node(test, context);
                self.node(then, context);
                if let Some(otherwise) = otherwise {
                    self.node(otherwise, context);
                }
            }
            NodeKind::Transform(transform) => {
                for part in [&transform.pattern, &transform.update].into_iter().chain(&transform.delete) {
                    self.node(part, Context::Inside);
                }
            }
            NodeKind::Bind(name, value) => {
                self.bound.insert(name.clone());
                self.node(value, context);
            }
        }
    }

    fn variable(&mut self, name: &Str, context: Context) {
        match name.as_str() {
            "" if context == Context::Input => self.all("$"),
            "" => {}
            "$" => self.all("$$"),
            _ => {
                self.whole |= name == "eval";
                self.used.insert(name.clone());
            }
        }
    }

    /// The input is read as a whole by `root`.
    fn all(&mut self, root: &str) {
        self.whole = true;
        self.roots.insert(root.into());
    }

    /// The first step decides what the rest is inside of; `$` and `$$` with a name after them read that name.
    fn path(&mut self, steps: &[Node], context: Context) {
        let Some((first, rest)) = steps.split_first() else { return };
        if let (NodeKind::Variable(variable), Some(NodeKind::Name(name))) =
            (&first.kind, rest.first().map(|step| &step.kind))
        {
            self.members.entry(variable.clone()).or_default().insert(name.clone());
        }
        let stays = match &first.kind {
            NodeKind::Variable(name) if name.is_empty() => Some(context),
            NodeKind::Variable(name) if *name == "$" => Some(Context::Input),
            _ => None,
        };
        match (stays, rest.split_first()) {
            (Some(reads), Some((second, rest))) if first.is_bare() => {
                self.behind(second, reads);
                self.root_of(first, context);
                rest.iter().for_each(|step| self.node(step, Context::Inside));
            }
            _ => {
                self.node(first, context);
                rest.iter().for_each(|step| self.node(step, Context::Inside));
            }
        }
    }

    /// The step after `$` or `$$`, which is no root itself.
    fn behind(&mut self, step: &Node, context: Context) {
        let mut roots = std::mem::take(&mut self.roots);
        self.node(step, context);
        self.roots.retain(|root| *root == "$$");
        self.roots.append(&mut roots);
    }

    fn root_of(&mut self, first: &Node, context: Context) {
        match &first.kind {
            NodeKind::Variable(name) if *name == "$" => _ = self.roots.insert("$$".into()),
            NodeKind::Variable(_) if context == Context::Input => _ = self.roots.insert("$".into()),
            _ => {}
        }
    }
}
