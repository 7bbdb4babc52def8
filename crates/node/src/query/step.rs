//! A step of history as people and programs read it.

use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use tidegate_engine::Compiled;
use tidegate_model::{Fact, Offset, RunId, Timestamp};

/// What happened in one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    /// The journal entry.
    pub offset: Offset,
    /// Its time.
    pub at: Timestamp,
    /// What happened, in order.
    pub facts: Vec<FactView>,
}

/// One thing that happened: an object with `fact`, what kind of thing, and its particulars. Triggers have their
/// names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct FactView {
    fields: Map<String, Value>,
    #[serde(skip)]
    run: Option<RunId>,
}

impl StepView {
    pub(crate) fn new<'a>(
        offset: Offset,
        at: Timestamp,
        facts: &[Fact],
        program: impl Fn(RunId) -> Option<&'a Arc<Compiled>>,
    ) -> Self {
        let facts = facts.iter().map(|fact| FactView::new(fact, fact.run().and_then(&program))).collect();
        Self { offset, at, facts }
    }

    /// Whether anything in it is about `run`.
    #[must_use]
    pub fn is_about(&self, run: RunId) -> bool {
        self.facts.iter().any(|fact| fact.run == Some(run))
    }
}

impl FactView {
    pub(crate) fn new(fact: &Fact, program: Option<&Arc<Compiled>>) -> Self {
        let run = fact.run();
        let mut fields = Map::new();
        if let Ok(Value::Object(tagged)) = serde_json::to_value(fact)
            && let Some((kind, Value::Object(particulars))) = tagged.into_iter().next()
        {
            fields.insert("fact".to_owned(), Value::String(kind));
            for (key, value) in particulars {
                match (key.as_str(), value) {
                    ("trigger", Value::Object(reference)) => name_trigger(&mut fields, &reference, program),
                    ("disposition", value) => flatten_disposition(&mut fields, value),
                    (_, value) => {
                        fields.insert(key, value);
                    }
                }
            }
        }
        Self { fields, run }
    }

    /// The run it is about, if about one.
    #[must_use]
    pub fn run(&self) -> Option<RunId> {
        self.run
    }

    /// What kind of thing happened.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("fact")
    }

    /// One of its particulars as text; empty where it is not text or not there.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// One of its particulars.
    #[must_use]
    pub fn field(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }
}

fn name_trigger(
    fields: &mut Map<String, Value>,
    reference: &Map<String, Value>,
    program: Option<&Arc<Compiled>>,
) {
    let number = |key: &str| reference.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let compiled = program
        .zip(number("spec"))
        .zip(number("index"))
        .and_then(|((program, spec), index)| program.trigger(spec, index));
    let name = match (compiled, number("index")) {
        (Some(compiled), _) => compiled.spec.name.to_string(),
        (None, index) => format!("#{}", index.unwrap_or_default()),
    };
    fields.insert("trigger".to_owned(), Value::String(name));
    for key in ["run", "scope"] {
        if let Some(value) = reference.get(key) {
            fields.insert(key.to_owned(), value.clone());
        }
    }
}

/// `"fired"` stays a word; `{"filtered": {"part": …}}` becomes the word and its particulars.
fn flatten_disposition(fields: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(tagged) => {
            for (word, particulars) in tagged {
                fields.insert("disposition".to_owned(), Value::String(word));
                if let Value::Object(particulars) = particulars {
                    fields.extend(particulars);
                }
            }
        }
        word => {
            fields.insert("disposition".to_owned(), word);
        }
    }
}
