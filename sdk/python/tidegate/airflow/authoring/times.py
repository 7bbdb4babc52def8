"""Dates and times in UTC, as Airflow's `timezone` has them."""

from __future__ import annotations

import datetime as _datetime

import pendulum

DateTime = pendulum.DateTime
utc_zone = pendulum.timezone("UTC")


def instant(value, zone=None):
    """A time as pendulum's, in its own zone; without one, in `zone` or UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        return pendulum.parse(value, tz=zone or "UTC")
    if not isinstance(value, _datetime.datetime):
        value = _datetime.datetime(value.year, value.month, value.day)
    return pendulum.instance(value, tz=zone or "UTC")


def utc(value):
    """A time in UTC."""
    found = instant(value)
    return None if found is None else found.in_timezone("UTC")


def utcnow():
    return pendulum.now("UTC")


def is_localized(value):
    return value.utcoffset() is not None


def is_naive(value):
    return value.utcoffset() is None


def make_aware(value, timezone=None):
    return instant(value, timezone)


def make_naive(value, timezone=None):
    return value.astimezone(timezone or utc_zone).replace(tzinfo=None)


def coerce_datetime(value, tz=None):
    return instant(value, tz)


def parse(string, timezone=None, *, strict=False):
    return pendulum.parse(string, tz=timezone or "UTC", strict=strict)


def datetime(*args, **kwargs):
    return utc(_datetime.datetime(*args, **kwargs))


def utc_epoch():
    return pendulum.datetime(1970, 1, 1)


def from_timestamp(timestamp, tz="UTC"):
    return pendulum.from_timestamp(timestamp, tz)


def parse_timezone(name):
    return pendulum.timezone(name) if isinstance(name, str) else pendulum.FixedTimezone(name)


def convert_to_utc(value):
    return utc(value)


def days_ago(n, hour=0, minute=0, second=0, microsecond=0):
    """Midnight, or a time of that day, `n` days ago."""
    return pendulum.today("UTC").subtract(days=n).replace(hour=hour, minute=minute, second=second, microsecond=microsecond)


cron_presets = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
