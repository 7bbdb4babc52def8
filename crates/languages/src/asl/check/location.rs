//! Where something is in a definition, as AWS writes it: `/States/Fetch/Retry[0]/ErrorEquals`.
//!
//! This is no JSON pointer: names stand as they are, whatever is in them, and positions stand in brackets.

use std::fmt;

/// A place on the way from the root of a definition to one of its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Location<'a> {
    parent: Option<&'a Location<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
}

impl<'a> Location<'a> {
    /// The definition itself.
    pub(super) const ROOT: Self = Self { parent: None, step: Step::Root };

    /// The member `name` of what is here.
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(name) }
    }

    /// The element at `index` of what is here.
    pub(super) fn item(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Item(index) }
    }

    /// What people call the value that is here: its key, and its position if it is in a list.
    pub(super) fn subject(&self) -> String {
        match (self.step, self.parent) {
            (Step::Root, _) => "the definition".to_owned(),
            (Step::Field(name), _) => format!("`{name}`"),
            (Step::Item(index), Some(list)) => {
                format!("{}[{index}]`", list.subject().trim_end_matches('`'))
            }
            (Step::Item(index), None) => format!("`[{index}]`"),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.write(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) => write!(f, "/{name}"),
            Step::Item(index) => write!(f, "[{index}]"),
        }
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Step::Root => f.write_str("/"),
            Step::Field(_) | Step::Item(_) => self.write(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_written_as_aws_writes_it() {
        let root = Location::ROOT;
        let states = root.field("States");
        let state = states.field("a/b");
        let retry = state.field("Retry");
        let first = retry.item(0);
        assert_eq!(root.to_string(), "/");
        assert_eq!(first.field("ErrorEquals").to_string(), "/States/a/b/Retry[0]/ErrorEquals");
        assert_eq!(first.subject(), "`Retry[0]`");
        assert_eq!(state.subject(), "`a/b`");
    }
}
