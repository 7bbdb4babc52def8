//! One comparison: a variable, an operator, and what it is compared with.

use std::cmp::Ordering;
use std::fmt;

use tidegate_json::Value;

use super::kind::Kind;
use super::pattern::Pattern;
use super::{boolean, numeric, string, timestamp};
use crate::asl::expression::path::Path;
use crate::asl::expression::{Fault, Surroundings};

/// A comparison, compiled.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) variable: Path,
    pub(super) test: Test,
}

/// What is asked of the variable.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// `StringLessThan` and its like.
    Ordered { operator: Ordered, operand: Operand },
    /// `StringMatches`.
    Matches(Pattern),
    /// `IsNull` and its like: whether the answer is to be yes.
    Is(Kind, bool),
}

/// Values that compare with one another.
#[derive(Debug)]
pub(super) struct Family {
    /// How its operators begin.
    pub(super) name: &'static str,
    /// What it takes, for people.
    pub(super) takes: &'static str,
    pub(super) relations: &'static [Relation],
    /// The order of two values; `None` where one is not of the family.
    pub(super) order: fn(&Value, &Value) -> Option<Ordering>,
}

static FAMILIES: [&Family; 4] = [&string::FAMILY, &numeric::FAMILY, &boolean::FAMILY, &timestamp::FAMILY];

/// An operator of a family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordered {
    pub(super) family: &'static Family,
    pub(super) relation: Relation,
    pub(super) against: Against,
}

/// Whether an operator compares with a value, or with what a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Against {
    Value,
    Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Value(Value),
    Path(Path),
}

impl Comparison {
    pub(super) fn holds(&self, around: &Surroundings<'_>) -> Result<bool, Fault> {
        match &self.test {
            Test::Is(kind, wanted) => self.is(*kind, around).map(|is| is == *wanted),
            Test::Matches(pattern) => {
                let value = value_at(&self.variable, around)?;
                Ok(value.as_str().is_some_and(|text| pattern.matches(text)))
            }
            Test::Ordered { operator, operand } => {
                let value = value_at(&self.variable, around)?;
                Ok(operator.holds(&value, &operand.value(around)?))
            }
        }
    }

    fn is(&self, kind: Kind, around: &Surroundings<'_>) -> Result<bool, Fault> {
        match kind {
            Kind::Present => Ok(self.variable.evaluate(around).is_ok()),
            kind => value_at(&self.variable, around).map(|value| kind.is(&value)),
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let operand = match &self.test {
            Test::Ordered { operand: Operand::Path(path), .. } => Some(path),
            Test::Ordered { .. } | Test::Matches(_) | Test::Is(..) => None,
        };
        std::iter::once(&self.variable).chain(operand)
    }
}

/// As it is written: `$.total NumericLessThan 30`.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = self.variable.source();
        match &self.test {
            Test::Is(kind, wanted) => write!(f, "{variable} {} {wanted}", kind.operator()),
            Test::Matches(pattern) => {
                write!(f, "{variable} StringMatches {}", Value::from(pattern.source()).to_text())
            }
            Test::Ordered { operator, operand: Operand::Value(value) } => {
                write!(f, "{variable} {operator} {}", value.to_text())
            }
            Test::Ordered { operator, operand: Operand::Path(path) } => {
                write!(f, "{variable} {operator} {}", path.source())
            }
        }
    }
}

impl Ordered {
    /// The operator of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        FAMILIES.iter().find_map(|family| {
            let rest = name.strip_prefix(family.name)?;
            let (rest, against) = match rest.strip_suffix("Path") {
                Some(rest) => (rest, Against::Path),
                None => (rest, Against::Value),
            };
            let relation = *family.relations.iter().find(|relation| relation.name() == rest)?;
            Some(Self { family, relation, against })
        })
    }

    /// All names, for suggestions.
    pub(super) fn names() -> impl Iterator<Item = String> {
        FAMILIES.iter().flat_map(|family| {
            family.relations.iter().flat_map(|relation| {
                let name = format!("{}{}", family.name, relation.name());
                let with_path = format!("{name}Path");
                [name, with_path]
            })
        })
    }

    /// Whether a value spelt out in a definition is one of the family.
    pub(super) fn takes(&self, value: &Value) -> bool {
        (self.family.order)(value, value).is_some()
    }

    fn holds(&self, value: &Value, operand: &Value) -> bool {
        (self.family.order)(value, operand).is_some_and(|order| self.relation.holds(order))
    }
}

impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.against == Against::Path { "Path" } else { "" };
        write!(f, "{}{}{path}", self.family.name, self.relation.name())
    }
}

impl Relation {
    pub(super) const ALL: &'static [Self] =
        &[Self::Equals, Self::LessThan, Self::GreaterThan, Self::LessThanEquals, Self::GreaterThanEquals];

    fn name(self) -> &'static str {
        match self {
            Self::Equals => "Equals",
            Self::LessThan => "LessThan",
            Self::GreaterThan => "GreaterThan",
            Self::LessThanEquals => "LessThanEquals",
            Self::GreaterThanEquals => "GreaterThanEquals",
        }
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::GreaterThan => order.is_gt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThanEquals => order.is_ge(),
        }
    }
}

impl Operand {
    fn value(&self, around: &Surroundings<'_>) -> Result<Value, Fault> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Path(path) => value_at(path, around),
        }
    }
}

/// What a path of a rule names, which must be there.
fn value_at(path: &Path, around: &Surroundings<'_>) -> Result<Value, Fault> {
    path.evaluate(around).map_err(|_| {
        let path = path.source();
        Fault::runtime(format!(
            "Invalid path '{path}': The choice state's condition path references an invalid value."
        ))
    })
}
