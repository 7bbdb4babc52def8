//! What is at the other end of stdout and stderr: a person at a terminal, or a program.
//!
//! Colours, bars and relative times are for people. `NO_COLOR` (any value that is not empty) and `TERM=dumb`
//! switch colours off.

use std::io::IsTerminal;
use std::time::{SystemTime, UNIX_EPOCH};

use tidegate_model::{Span, Timestamp};

/// Width of a line where the terminal does not tell, in columns.
const WIDTH_DEFAULT: usize = 80;

/// One end of the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Whether a person looks at it.
    pub(crate) is_terminal: bool,
    has_colour: bool,
    /// Columns of a line.
    pub(crate) width: usize,
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Something went wrong.
    Error,
    /// Something may not be as it should.
    Warning,
    /// Something went well.
    Good,
    /// Something is under way.
    Active,
    /// Something stands out.
    Strong,
    /// Something is secondary.
    Faint,
}

impl Terminal {
    /// Nobody looks: plain text.
    pub(crate) const PLAIN: Self = Self { is_terminal: false, has_colour: false, width: WIDTH_DEFAULT };

    /// Where results go.
    pub(crate) fn stdout() -> Self {
        let stream = std::io::stdout();
        if stream.is_terminal() { Self::of_person(width(&stream)) } else { Self::PLAIN }
    }

    /// Where everything else goes.
    pub(crate) fn stderr() -> Self {
        let stream = std::io::stderr();
        if stream.is_terminal() { Self::of_person(width(&stream)) } else { Self::PLAIN }
    }

    fn of_person(width: usize) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { is_terminal: true, has_colour: !is_set("NO_COLOR") && !is_dumb, width }
    }

    /// `text` in the colour of its style, where colours are shown.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Error => "1;31",
            Style::Warning => "33",
            Style::Good => "32",
            Style::Active => "36",
            Style::Strong => "1",
            Style::Faint => "2",
        };
        if self.has_colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Whether colours are shown.
    pub(crate) fn has_colour(self) -> bool {
        self.has_colour
    }

    /// The colours in which diagnostics are rendered.
    pub(crate) fn colour(self) -> tidegate_languages::Colour {
        if self.has_colour { tidegate_languages::Colour::Always } else { tidegate_languages::Colour::Never }
    }

    /// A point in time: how long ago for people, RFC 3339 for programs.
    pub(crate) fn time(self, rfc3339: &str) -> String {
        match rfc3339.parse::<Timestamp>() {
            Ok(at) if self.is_terminal => ago(now(), at),
            Ok(_) | Err(_) => rfc3339.to_owned(),
        }
    }
}

fn width(stream: impl rustix::fd::AsFd) -> usize {
    let size = rustix::termios::tcgetwinsize(stream).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|&width| width > 0).unwrap_or(WIDTH_DEFAULT)
}

/// The time on this machine's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How long ago `at` was, in the largest unit that fits, as `3m ago`; what is to come as `in 3m`.
fn ago(now: Timestamp, at: Timestamp) -> String {
    if at > now { format!("in {}", brief(at.since(now))) } else { format!("{} ago", brief(now.since(at))) }
}

/// A length of time in the unit that suits it: `480ms`, `4.1s`, `59s`, `3m`, `2h`, `5d`.
pub(crate) fn brief(span: Span) -> String {
    let ms = span.0;
    match ms {
        0..1000 => format!("{ms}ms"),
        1000..10_000 => format!("{}.{}s", ms / 1000, ms % 1000 / 100),
        10_000..120_000 => format!("{}s", ms / 1000),
        120_000..7_200_000 => format!("{}m", ms / 60_000),
        7_200_000..172_800_000 => format!("{}h", ms / 3_600_000),
        _ => format!("{}d", ms / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_unit_that_people_would_use() {
        let told: Vec<String> =
            [7, 4_120, 59_000, 61_000, 180_000, 7_200_000, 200_000_000].map(|ms| brief(Span(ms))).into();
        assert_eq!(told, ["7ms", "4.1s", "59s", "61s", "3m", "2h", "2d"]);
    }

    #[test]
    fn what_was_and_what_is_to_come_differ() {
        assert_eq!(ago(Timestamp(10_000), Timestamp(5_000)), "5.0s ago");
        assert_eq!(ago(Timestamp(5_000), Timestamp(25_000)), "in 20s");
    }
}
