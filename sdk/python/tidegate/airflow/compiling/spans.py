"""Spans of time as native DAG files write them."""

from __future__ import annotations

from datetime import timedelta


def span(value):
    """A timedelta, or a number of seconds, as in `1m30s`; at least a millisecond."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    left = max(round(seconds * 1000), 1)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
