//! How long things are kept: the options, and how their values are written.

use std::fmt;
use std::str::FromStr;

use tidegate_model::Span;

/// What is kept, and for how long.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RetentionArguments {
    /// Keep runs that have ended, and their history, for this long, as 12h or 30d; or forever
    #[arg(long, value_name = "SPAN", env = "TIDEGATE_RETAIN_RUNS", default_value = "30d")]
    pub(crate) retain_runs: Keep,
    /// Keep the journal up to this size, counted with the payloads that it refers to, as 512MiB or 4GiB
    #[arg(long, value_name = "SIZE", env = "TIDEGATE_RETAIN_JOURNAL", default_value = "4GiB")]
    pub(crate) retain_journal: Size,
}

/// For how long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keep(pub(crate) Option<Span>);

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "forever" => Ok(Self(None)),
            text => text.parse().map(|span| Self(Some(span))).map_err(|_| {
                format!("`{text}` is neither a length of time such as `12h` or `30d`, nor `forever`")
            }),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(span) => write!(f, "for {span}"),
            None => f.write_str("for ever"),
        }
    }
}

/// Units with their bytes, each before those that end like it.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || format!("`{text}` is not a size such as `500MB`, `512MiB` or `4GiB`");
        let (number, unit) = UNITS
            .iter()
            .find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)))
            .unwrap_or((text, 1));
        let number: u64 = number.trim_end().parse().map_err(|_| malformed())?;
        number.checked_mul(unit).map(Self).ok_or_else(malformed)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BINARY: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        match BINARY.iter().find(|(_, bytes)| self.0 >= *bytes) {
            Some((unit, bytes)) if self.0.is_multiple_of(*bytes) => write!(f, "{} {unit}", self.0 / bytes),
            Some((unit, bytes)) => write!(f, "{:.1} {unit}", self.0 as f64 / *bytes as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read_as_people_write_them() {
        for (text, bytes) in
            [("4GiB", 4 << 30), ("500MB", 500_000_000), ("64 KiB", 64 << 10), ("7", 7), ("7B", 7), ("0", 0)]
        {
            assert_eq!(text.parse::<Size>().unwrap(), Size(bytes), "{text}");
        }
        for text in ["", "GiB", "4 Gib", "-1", "99999999TiB", "1.5GiB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        assert_eq!("forever".parse::<Keep>().unwrap(), Keep(None));
        assert_eq!("2d".parse::<Keep>().unwrap().to_string(), "for 2d");
        assert!("soon".parse::<Keep>().is_err());
        assert_eq!(Size(4 << 30).to_string(), "4 GiB");
        assert_eq!(Size((3 << 20) + (1 << 19)).to_string(), "3.5 MiB");
    }
}
