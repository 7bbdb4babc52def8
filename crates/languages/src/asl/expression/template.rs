//! Payload templates: JSON in which a field `name.$` holds a path or an intrinsic function, and becomes the field
//! `name` with its value. Everything else stands for itself.
//!
//! They are the values of `Parameters`, `ResultSelector`, `ItemSelector` and, where the query language is JSONPath,
//! `Assign`. Parts without such fields are shared, not copied. Source: Amazon States Language, "Payload Template".

mod parse;
mod source;

use std::collections::BTreeSet;

use tidegate_json::{Map, Str, Value};
use tidegate_model::Text;

pub use source::{SourceError, ValueSource};

use super::path::Path;
use super::{Fault, Surroundings};

/// A compiled payload template.
#[derive(Clone, Debug)]
pub struct PayloadTemplate {
    root: Node,
    doubts: Vec<TemplateError>,
}

/// What is wrong with a template, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// JSON pointer into the template (RFC 6901).
    pub pointer: String,
    /// The sentence that AWS gives when a machine is created, if it refuses this.
    pub message: Text,
    /// What exactly is wrong, for people, where there is more to say.
    pub detail: Option<Text>,
}

#[derive(Clone, Debug)]
enum Node {
    /// A part without sources.
    Literal(Value),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Clone, Debug)]
enum Member {
    Plain {
        name: Str,
        value: Node,
    },
    /// `field` is the name as written, with its `.$`, as faults show it.
    Computed {
        name: Str,
        field: Str,
        source: Box<ValueSource>,
    },
}

impl PayloadTemplate {
    /// Compiles a template.
    ///
    /// # Errors
    /// All that is wrong with it: fields whose value is neither a path nor an intrinsic function.
    pub fn parse(template: &Value) -> Result<Self, Vec<TemplateError>> {
        parse::template(template)
    }

    /// What is accepted and can hardly be meant: a field that is there twice, as `a` and as `a.$`. The later wins.
    #[must_use]
    pub fn doubts(&self) -> &[TemplateError] {
        &self.doubts
    }

    /// The value that the template describes.
    ///
    /// # Errors
    /// `States.Runtime` when a path leads nowhere or an intrinsic function fails.
    pub fn evaluate(&self, around: &Surroundings<'_>) -> Result<Value, Fault> {
        self.root.evaluate(around)
    }

    /// The sources in the template, with the fields that they stand in (`name.$`), in order.
    #[must_use]
    pub fn sources(&self) -> Vec<(&str, &ValueSource)> {
        let mut sources = Vec::new();
        self.root.collect(&mut sources);
        sources
    }

    /// The paths that the template reads.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        self.sources().into_iter().flat_map(|(_, source)| source.paths()).collect()
    }

    /// The variables that the template reads, without their `$`.
    #[must_use]
    pub fn variables(&self) -> BTreeSet<&str> {
        self.paths().into_iter().filter_map(Path::variable).collect()
    }
}

impl Node {
    fn evaluate(&self, around: &Surroundings<'_>) -> Result<Value, Fault> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Array(elements) => {
                let elements: Result<Vec<Value>, Fault> =
                    elements.iter().map(|element| element.evaluate(around)).collect();
                Ok(elements?.into())
            }
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for member in members {
                    let (name, value) = member.evaluate(around)?;
                    object.insert(name, value);
                }
                Ok(object.into())
            }
        }
    }

    fn collect<'a>(&'a self, sources: &mut Vec<(&'a str, &'a ValueSource)>) {
        match self {
            Self::Literal(_) => {}
            Self::Array(elements) => elements.iter().for_each(|element| element.collect(sources)),
            Self::Object(members) => members.iter().for_each(|member| match member {
                Member::Plain { value, .. } => value.collect(sources),
                Member::Computed { field, source, .. } => sources.push((field, source)),
            }),
        }
    }
}

impl Member {
    fn evaluate(&self, around: &Surroundings<'_>) -> Result<(Str, Value), Fault> {
        match self {
            Self::Plain { name, value } => Ok((name.clone(), value.evaluate(around)?)),
            Self::Computed { name, field, source } => Ok((name.clone(), source.evaluate(field, around)?)),
        }
    }
}
