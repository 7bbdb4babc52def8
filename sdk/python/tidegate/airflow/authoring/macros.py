"""`macros` of templates."""

from __future__ import annotations

import json  # noqa: F401 - templates use the modules by these names
import random as _random
import time  # noqa: F401
import uuid  # noqa: F401
from datetime import datetime, timedelta  # noqa: F401

import dateutil  # noqa: F401

from tidegate.airflow.authoring import times

random = _random.random


def ds_add(ds, days):
    """A day, some days later."""
    return (datetime.strptime(str(ds), "%Y-%m-%d") + timedelta(days=days)).strftime("%Y-%m-%d") if days else str(ds)


def ds_format(ds, input_format, output_format):
    return datetime.strptime(str(ds), input_format).strftime(output_format)


def ds_format_locale(ds, input_format, output_format, locale=None):
    return ds_format(ds, input_format, output_format)


def datetime_diff_for_humans(dt, since=None):
    """The difference in words, as in `2 days ago`."""
    return times.instant(dt).diff_for_humans(None if since is None else times.instant(since))
