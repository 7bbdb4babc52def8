//! Triggers in the form that the engine takes, with the place of each part.
//!
//! Invariant: the parameters of a part are the tree whose value goes into the program, so a JSON pointer
//! into parameters leads to a place in the file.

use tidegate_json::Value;
use tidegate_model::{ActionSpec, ConditionSpec, Name, Pattern, TextMatch, TriggerName, TriggerSpec};

use crate::source::{Member, Node, Span};

/// A scope.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) name: Name,
    pub(super) vars: Value,
    pub(super) triggers: Vec<Trigger>,
}

/// A trigger.
#[derive(Debug)]
pub(super) struct Trigger {
    pub(super) name: TriggerName,
    /// Where its name is.
    pub(super) name_span: Span,
    pub(super) on: Vec<Heard>,
    pub(super) condition: Part,
    pub(super) actions: Vec<Part>,
    pub(super) once: bool,
    pub(super) enabled: bool,
    pub(super) context: Value,
}

/// A pattern that a trigger listens to.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) pattern: Pattern,
    pub(super) span: Span,
}

/// A condition or an action.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// All of it.
    pub(super) span: Span,
    pub(super) params: Node,
}

impl Trigger {
    /// The trigger without places.
    pub(super) fn to_spec(&self) -> TriggerSpec {
        TriggerSpec {
            name: self.name.clone(),
            on: self.on.iter().map(|heard| heard.pattern.clone()).collect(),
            condition: ConditionSpec {
                name: self.condition.name.as_str().into(),
                params: self.condition.params.to_value(),
            },
            actions: self.actions.iter().map(Part::to_action).collect(),
            once: self.once,
            enabled: self.enabled,
            context: self.context.clone(),
        }
    }

    /// The trigger as a document of the form of [`TriggerSpec`], for an action that adds it.
    pub(super) fn to_node(&self) -> Node {
        let span = self.name_span;
        let made = |value: Value| Node::from_value(&value, span);
        let patterns =
            self.on.iter().map(|heard| Node::from_value(&pattern_value(&heard.pattern), heard.span));
        let mut members = vec![
            Member::new("name", span, made(Value::from(self.name.as_str()))),
            Member::new("on", span, Node::sequence(patterns.collect(), span)),
            Member::new("condition", span, self.condition.to_node()),
            Member::new(
                "actions",
                span,
                Node::sequence(self.actions.iter().map(Part::to_node).collect(), span),
            ),
        ];
        if self.once {
            members.push(Member::new("once", span, made(Value::Bool(true))));
        }
        if !self.enabled {
            members.push(Member::new("enabled", span, made(Value::Bool(false))));
        }
        if !self.context.is_null() {
            members.push(Member::new("context", span, made(self.context.clone())));
        }
        Node::mapping(members, span)
    }
}

impl Part {
    fn to_action(&self) -> ActionSpec {
        ActionSpec { name: self.name.as_str().into(), params: self.params.to_value() }
    }

    fn to_node(&self) -> Node {
        let name = Node::from_value(&Value::from(self.name.as_str()), self.span);
        let mut members = vec![Member::new("name", self.span, name)];
        if !self.params.is_null() {
            members.push(Member::new("params", self.span, self.params.clone()));
        }
        Node::mapping(members, self.span)
    }
}

/// The form that [`Pattern`] has in a stored program.
fn pattern_value(pattern: &Pattern) -> Value {
    let mut value = Value::object([("type", test_value(&pattern.kind))]);
    if let Some(subject) = &pattern.subject {
        value.set("subject", test_value(subject));
    }
    if let Some(source) = &pattern.source {
        value.set("source", test_value(source));
    }
    if let Some(filter) = &pattern.filter {
        value.set("where", filter);
    }
    value.set(
        "reach",
        match pattern.reach {
            tidegate_model::Reach::Run => "run",
            tidegate_model::Reach::World => "world",
        },
    );
    value
}

fn test_value(test: &TextMatch) -> Value {
    let (key, text) = match test {
        TextMatch::Exact(text) => ("exact", text),
        TextMatch::Prefix(text) => ("prefix", text),
        TextMatch::Suffix(text) => ("suffix", text),
        TextMatch::Glob(text) => ("glob", text),
        TextMatch::Expression(text) => ("expression", text),
    };
    Value::object([(key, text.as_str())])
}
