//! Problems: what a command could not do, why, what to do about it, and the exit code that says so to scripts.
//!
//! Invariant: whoever makes a problem that a person can mend also names the way out.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use crate::terminal::{Style, Terminal};

/// What scripts are told. The codes are part of the command line's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done.
    Done,
    /// It could not be done, for a reason that has no code of its own.
    Failed,
    /// The input is not valid.
    Invalid,
    /// The run failed.
    RunFailed,
    /// It took too long.
    TimedOut,
    /// There is no such thing.
    NotFound,
    /// It is not allowed.
    Denied,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::RunFailed => 3,
            Self::TimedOut => 4,
            Self::NotFound => 5,
            Self::Denied => 6,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What a command could not do.
#[derive(Debug)]
pub(crate) struct Problem {
    exit: Exit,
    /// `None` where everything has been said, or nobody listens.
    message: Option<String>,
    notes: Vec<String>,
    help: Option<String>,
}

/// What commands return.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    /// A problem of the kind that `exit` names.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Some(message.into()), notes: Vec::new(), help: None }
    }

    /// What the person gave is not valid.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, message)
    }

    /// Something outside failed: a disk, a network.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    /// The operating system refused; the exit code follows from how.
    pub(crate) fn io(message: impl Into<String>, error: &io::Error) -> Self {
        let exit = match error.kind() {
            io::ErrorKind::NotFound => Exit::NotFound,
            io::ErrorKind::PermissionDenied => Exit::Denied,
            _ => Exit::Failed,
        };
        Self::new(exit, message).because(error)
    }

    /// Ends with `exit` and prints nothing: it has been said already, or whoever read has gone.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { exit, message: None, notes: Vec::new(), help: None }
    }

    /// Adds the error that is behind it, and those behind that one.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let text = error.to_string();
            // An error that only passes another one on says the same.
            if self.notes.last() != Some(&text) {
                self.notes.push(text);
            }
            cause = error.source();
        }
        self
    }

    /// Adds a line that explains.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds the way out.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the way out for a thing that is not there, where none is named yet.
    pub(crate) fn help_if_not_found(self, help: impl Into<String>) -> Self {
        if self.exit == Exit::NotFound && self.help.is_none() { self.help(help) } else { self }
    }

    /// Tells the person on stderr and the script by the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprint!("{}", self.render(Terminal::stderr()));
        self.exit.into()
    }

    fn render(&self, terminal: Terminal) -> String {
        let Some(message) = &self.message else { return String::new() };
        let mut text = format!("{}: {}\n", terminal.paint(Style::Error, "error"), indented(message));
        for note in &self.notes {
            let _ = writeln!(text, "  {}", indented(note));
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, "{}: {}", terminal.paint(Style::Strong, "help"), indented(help));
        }
        text
    }
}

/// Lines after the first stand below it.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_problem_names_its_causes_and_the_way_out() {
        let cause = io::Error::new(io::ErrorKind::PermissionDenied, "not yours");
        let problem = Problem::io("cannot read `plan.yaml`", &cause).help("ask its owner");
        expect![[r"
            error: cannot read `plan.yaml`
              not yours
            help: ask its owner
        "]]
        .assert_eq(&problem.render(Terminal::PLAIN));
        assert_eq!(problem.exit, Exit::Denied);
    }

    #[test]
    fn a_silent_problem_prints_nothing() {
        assert_eq!(Problem::silent(Exit::RunFailed).render(Terminal::PLAIN), "");
    }
}
