//! What a path is made of.

use std::fmt;

use tidegate_json::Str;

use super::Filter;

/// What a path starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$`: the state's input, its result, or an item.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable, without its `$`.
    Variable(Str),
}

/// One step into a value.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`, `['name']`.
    Name(Str),
    /// `['a','b']`: at the end of a path an object of those members, and elsewhere each of them in turn.
    Names(Vec<Str>),
    /// `[n]`; from the end if negative.
    Index(i64),
    /// `[a,b]`.
    Indexes(Vec<i64>),
    /// `[from:to]`, `[from:to:by]`; from the end if negative.
    Slice(Slice),
    /// `.*`, `[*]`.
    Wildcard,
    /// `..`: the value and everything inside it; the next step is tried on each.
    Descent,
    /// `[?(…)]`.
    Filter(Box<Filter>),
}

/// Bounds of a slice, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// First index; the start if absent.
    pub from: Option<i64>,
    /// Index after the last; the end if absent.
    pub to: Option<i64>,
    /// Distance between the chosen elements, at least 1.
    pub by: u32,
}

impl Step {
    /// Whether the step leads to at most one value; `is_last` as several names at the end of a path make one object.
    pub(super) fn is_definite(&self, is_last: bool) -> bool {
        match self {
            Self::Name(_) | Self::Index(_) => true,
            Self::Names(_) => is_last,
            Self::Indexes(_) | Self::Slice(_) | Self::Wildcard | Self::Descent | Self::Filter(_) => false,
        }
    }
}

/// Whether all the steps of a path are definite.
pub(super) fn are_definite(steps: &[Step]) -> bool {
    steps.iter().enumerate().all(|(at, step)| step.is_definite(at + 1 == steps.len()))
}

/// Writes `$['a'][0]`.
pub(super) fn write_canonical(steps: &[Step], out: &mut impl fmt::Write) -> fmt::Result {
    out.write_char('$')?;
    steps.iter().try_for_each(|step| write!(out, "{step}"))
}

/// The canonical form of the beginning of a path.
pub(super) fn canonical(steps: &[Step]) -> String {
    let mut text = String::new();
    write_canonical(steps, &mut text).expect("text takes whatever is written");
    text
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(out, "['{name}']"),
            Self::Names(names) => write_list(names.iter().map(|name| format!("'{name}'")), out),
            Self::Index(index) => write!(out, "[{index}]"),
            Self::Indexes(indexes) => write_list(indexes.iter().map(i64::to_string), out),
            Self::Slice(slice) => write!(out, "[{slice}]"),
            Self::Wildcard => out.write_str("[*]"),
            Self::Descent => out.write_str(".."),
            Self::Filter(_) => out.write_str("[?]"),
        }
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = |bound: Option<i64>| bound.map(|at| at.to_string()).unwrap_or_default();
        write!(out, "{}:{}", bound(self.from), bound(self.to))?;
        if self.by == 1 { Ok(()) } else { write!(out, ":{}", self.by) }
    }
}

fn write_list(items: impl Iterator<Item = String>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(out, "[{}]", items.collect::<Vec<_>>().join(", "))
}
