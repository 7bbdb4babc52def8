//! Timestamps: as parameters give them, as the wire has them, as results show them.
//!
//! Source: Smithy 2.0, "timestampFormat trait".

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use tidegate_json::{Number, Value};

use crate::aws::table::TimestampFormat as Format;

/// How results show timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum Shown {
    /// As the SDK for Java 2 prints them: RFC 3339 in UTC.
    Iso,
    /// As version 1 of it: milliseconds since 1970.
    Millis,
}

/// The time that a parameter states: RFC 3339, or seconds since 1970.
pub(in crate::aws) fn given(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => of_seconds(seconds.as_f64()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The parameter as text of the form.
pub(super) fn written(value: &Value, format: Format) -> String {
    let Some(time) = given(value) else { return String::new() };
    match format {
        Format::Unix => seconds(time).to_text(),
        Format::Iso => iso(time),
        Format::Http => {
            rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_else(|_| iso(time))
        }
    }
}

/// Seconds since 1970, with a fraction where there is one.
pub(super) fn seconds(time: Timestamp) -> Value {
    let millis = time.as_millisecond();
    if millis % 1000 == 0 {
        return Value::from(millis / 1000);
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this era are well within 53 bits")]
    let seconds = millis as f64 / 1000.0;
    Number::from_f64(seconds).map_or(Value::Null, Value::Number)
}

/// What a result shows of the text of a timestamp. What is no timestamp is shown as it came.
pub(super) fn shown_text(text: &str, format: Format, shown: Shown) -> Value {
    // Services are not always true to their models, so the other forms are tried as well.
    let unix = || text.parse().ok().and_then(of_seconds);
    let iso = || text.parse::<Timestamp>().ok();
    let http = || rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok();
    let time = match format {
        Format::Unix => unix().or_else(iso).or_else(http),
        Format::Iso => iso().or_else(unix).or_else(http),
        Format::Http => http().or_else(iso).or_else(unix),
    };
    time.map_or_else(|| Value::from(text), |time| shown_time(time, shown))
}

/// The same of a JSON value.
pub(super) fn shown_value(value: &Value, shown: Shown) -> Value {
    match value {
        Value::Number(number) => {
            of_seconds(number.as_f64()).map_or_else(|| value.clone(), |time| shown_time(time, shown))
        }
        Value::String(text) => shown_text(text, Format::Iso, shown),
        other => other.clone(),
    }
}

/// A time as results show it.
pub(in crate::aws) fn shown_time(time: Timestamp, shown: Shown) -> Value {
    match shown {
        Shown::Iso => Value::from(iso(time)),
        Shown::Millis => Value::from(time.as_millisecond()),
    }
}

/// As Java prints an instant: a fraction of three, six or nine digits, or none.
fn iso(time: Timestamp) -> String {
    let date = time.to_zoned(TimeZone::UTC).datetime();
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        date.hour(),
        date.minute(),
        date.second()
    );
    match date.subsec_nanosecond() {
        0 => format!("{whole}Z"),
        nanos if nanos % 1_000_000 == 0 => format!("{whole}.{:03}Z", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!("{whole}.{:06}Z", nanos / 1_000),
        nanos => format!("{whole}.{nanos:09}Z"),
    }
}

fn of_seconds(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    if !millis.is_finite() || millis.abs() > 1e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 16 digits")]
    Timestamp::from_millisecond(millis as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_written_in_each_form() {
        let given = Value::from("2026-07-01T11:00:00.5+02:00");
        assert_eq!(written(&given, Format::Unix), "1782896400.5");
        assert_eq!(written(&given, Format::Iso), "2026-07-01T09:00:00.500Z");
        assert_eq!(written(&Value::from(1_782_896_400), Format::Http), "Wed, 01 Jul 2026 09:00:00 GMT");
    }

    #[test]
    fn results_show_what_java_prints() {
        let show = |text: &str, format| shown_text(text, format, Shown::Iso).as_str().unwrap().to_owned();
        assert_eq!(show("1782896400.25", Format::Unix), "2026-07-01T09:00:00.250Z");
        assert_eq!(show("Wed, 01 Jul 2026 09:00:00 GMT", Format::Http), "2026-07-01T09:00:00Z");
        assert_eq!(show("2026-07-01T09:00:00.000Z", Format::Iso), "2026-07-01T09:00:00Z");
        assert_eq!(show("soon", Format::Iso), "soon");
        assert_eq!(shown_value(&Value::from(1.5), Shown::Millis), Value::from(1500));
    }
}
