//! Fields that hold a path.

use super::finding::Checking;
use super::problem::{BadPath, Doubt, Problem};
use super::spot::Spot;
use super::state::State;
use super::value::{self, is_placeholder};
use super::vocabulary::QueryLanguage;
use crate::asl::expression::intrinsic::Intrinsic;
use crate::asl::expression::path::{Path, PathError, ReferencePath};
use crate::asl::expression::template::ValueSource;

/// What kind of path a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Any path.
    Path,
    /// A path of names and positions, which leads to one place.
    Reference,
    /// A path that a choice rule compares what is at.
    Compared,
    /// A path or a call of an intrinsic function.
    Computed,
}

/// Whether `null` may stand in place of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    Allowed,
    Refused,
}

/// Reports `spot` unless it holds a path of `form`. In JSONata there are no paths, which is told elsewhere.
pub(super) fn check(spot: &Spot<'_>, form: Form, null: Null, state: &State<'_>, to: &mut Checking<'_>) {
    if state.language == QueryLanguage::Jsonata || (spot.node.is_null() && null == Null::Allowed) {
        return;
    }
    let Some(text) = value::text(spot, to) else { return };
    if is_placeholder(text) {
        return;
    }
    let read = match form {
        Form::Computed => {
            ValueSource::parse(text).map_err(|error| not_a_path(text, &error.message, error.at))
        }
        Form::Path => as_path(text).map_err(|error| not_a_path(text, &error.message, error.at)),
        Form::Reference | Form::Compared => as_reference(text, form),
    };
    match read {
        Ok(source) => variables(spot, &source, state, to),
        Err((problem, at)) => {
            let span = to.place_within(spot, at);
            to.add(problem, span, &spot.at);
        }
    }
}

fn as_path(text: &str) -> Result<ValueSource, PathError> {
    Path::parse(text).map(ValueSource::Path)
}

/// A problem, and the byte of the text that it is at.
type Placed = (Problem, usize);

fn not_a_path(text: &str, message: &str, at: usize) -> Placed {
    (BadPath::NotAPath { found: text.to_owned(), why: why(text, message) }.into(), at)
}

fn as_reference(text: &str, form: Form) -> Result<ValueSource, Placed> {
    if !text.starts_with('$') {
        let found = text.to_owned();
        let problem = match form {
            Form::Compared => {
                BadPath::NotAReference { found, why: "Reference path didn't start with '$'".to_owned() }
            }
            Form::Path | Form::Computed | Form::Reference => BadPath::NotAPath { found, why: None },
        };
        return Err((problem.into(), 0));
    }
    // What a rule compares may be any path, though AWS documents a reference path: nothing that works is refused.
    let read = match form {
        Form::Reference => ReferencePath::parse(text).map(|path| ValueSource::Path(path.as_path().clone())),
        Form::Path | Form::Computed | Form::Compared => as_path(text),
    };
    read.map_err(|error| {
        (BadPath::NotAReference { found: text.to_owned(), why: error.message.to_string() }.into(), error.at)
    })
}

/// What is wrong with `text` as a path; nothing more to say where it does not look like one.
pub(super) fn why(text: &str, message: &str) -> Option<String> {
    (text.starts_with('$') || Intrinsic::is_meant(text)).then(|| message.to_owned())
}

/// Reports the variables that `source` reads and nothing assigns.
pub(super) fn variables(spot: &Spot<'_>, source: &ValueSource, state: &State<'_>, to: &mut Checking<'_>) {
    for name in source.paths().into_iter().filter_map(Path::variable) {
        state.scope.read(name, spot, to);
    }
}

/// Reports a doubt where `spot`, the field `name`, which is taken as it is, looks like a path.
pub(super) fn doubt(spot: &Spot<'_>, name: &str, text: &str, to: &mut Checking<'_>) {
    if looks_computed(text) {
        to.add_at(Doubt::NoPath { field: name.to_owned() }, spot);
    }
}

/// Whether `text` looks like a path or a call of an intrinsic function.
pub(super) fn looks_computed(text: &str) -> bool {
    let is_path =
        ["$.", "$[", "$$."].iter().any(|start| text.starts_with(start)) && Path::parse(text).is_ok();
    is_path || (text.starts_with("States.") && Intrinsic::parse(text).is_ok())
}
