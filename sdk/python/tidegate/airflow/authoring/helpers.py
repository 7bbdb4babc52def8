"""Small functions of Airflow's that packages of providers import."""

from __future__ import annotations

import asyncio
import inspect

from tidegate.airflow.authoring.operator import BaseOperator
from tidegate.airflow.operators.python import arguments_for
from tidegate.airflow.running.limits import at_most

AIRFLOW_VAR_NAME_FORMAT_MAPPING = {
    f"AIRFLOW_CONTEXT_{name.upper()}": {"default": f"airflow.ctx.{name}", "env_var_format": f"AIRFLOW_CTX_{name.upper()}"}
    for name in ("dag_id", "task_id", "logical_date", "execution_date", "dag_run_id", "try_number", "dag_owner", "dag_email")
}


def merge_dicts(first, second):
    """Both, with inner mappings merged, too."""
    merged = dict(first)
    for key, value in second.items():
        both = isinstance(merged.get(key), dict) and isinstance(value, dict)
        merged[key] = merge_dicts(merged[key], value) if both else value
    return merged


def exactly_one(*args):
    return sum(map(bool, args)) == 1


def at_most_one(*args):
    return sum(map(bool, args)) <= 1


def prune_dict(val, mode="strict"):
    """Without members that are `None`, or that are empty."""
    is_kept = (lambda value: value is not None) if mode == "strict" else bool
    if isinstance(val, dict):
        return {key: prune_dict(value, mode) for key, value in val.items() if is_kept(value)}
    if isinstance(val, list):
        return [prune_dict(value, mode) for value in val if is_kept(value)]
    return val


def to_boolean(text):
    return str(text).strip().lower() in ("on", "t", "true", "y", "yes", "1")


def is_async_callable(function):
    return inspect.iscoroutinefunction(getattr(function, "func", function))


def context_merge(context, *args, **kwargs):
    for given in (*args, kwargs):
        for name, value in given.items():
            context[name] = value


class timeout(at_most):  # noqa: N801 - the name that packages know
    """`with timeout(seconds)`"""

    def __init__(self, seconds=1, error_message="Timeout"):
        from datetime import timedelta

        super().__init__(timedelta(seconds=seconds), None)


class KeywordParameters:
    """What a function takes of a context."""

    def __init__(self, found):
        self._found = found

    @classmethod
    def determine(cls, func, args, kwargs):
        return cls(arguments_for(func, args, kwargs))

    def unpacking(self):
        return dict(self._found)

    serializing = unpacking


class BaseAsyncOperator(BaseOperator):
    """An operator whose work is `aexecute`."""

    is_async = True

    async def aexecute(self, context):
        raise NotImplementedError

    def execute(self, context):
        return asyncio.run(self.aexecute(context))


class DagRunTriggerException(Exception):
    pass
