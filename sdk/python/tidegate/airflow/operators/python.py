"""Python functions as tasks, in the worker's own process."""

from __future__ import annotations

import asyncio
import inspect

from tidegate.airflow.authoring.assets import Metadata
from tidegate.airflow.authoring.errors import AirflowException
from tidegate.airflow.authoring.operator import BaseOperator
from tidegate.airflow.operators.branch import BranchMixIn, SkipMixin
from tidegate.airflow.running.context import get_current_context  # noqa: F401 - part of what DAG files import


def arguments_for(function, args, context):
    """What of a context a function takes by name, besides `args`."""
    parameters = inspect.signature(function).parameters
    positional = [
        parameter.name
        for parameter in parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ][: len(args)]
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return {name: context[name] for name in context if name not in positional}
    takes = [
        parameter.name
        for parameter in parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    return {name: context[name] for name in takes if name in context and name not in positional}


def call(function, args, kwargs, context):
    """Calls a function, which may be async, or a generator of metadata about assets."""
    if inspect.iscoroutinefunction(function):
        return asyncio.run(function(*args, **kwargs))
    if not inspect.isgeneratorfunction(function):
        return function(*args, **kwargs)
    generator = function(*args, **kwargs)
    while True:
        try:
            given = next(generator)
        except StopIteration as stop:
            return stop.value
        if not isinstance(given, Metadata):
            raise TypeError(f"a task that yields yields Metadata, and this has yielded {type(given).__name__}")
        given.note(context["outlet_events"])


class PythonOperator(BaseOperator):
    """Calls a function with `op_args`, `op_kwargs`, and what it takes of the context."""

    template_fields = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers = {"templates_dict": "json", "op_args": "py", "op_kwargs": "py"}
    shallow_copy_attrs = ("python_callable", "op_kwargs")
    ui_color = "#ffefeb"

    def __init__(
        self,
        *,
        python_callable,
        op_args=None,
        op_kwargs=None,
        templates_dict=None,
        templates_exts=None,
        show_return_value_in_logs=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not callable(python_callable):
            raise AirflowException("`python_callable` param must be callable")
        self.python_callable = python_callable
        self.op_args = op_args or ()
        self.op_kwargs = op_kwargs or {}
        self.templates_dict = templates_dict
        if templates_exts:
            self.template_ext = templates_exts
        self.show_return_value_in_logs = show_return_value_in_logs

    def execute(self, context):
        seen = dict(context.items())
        seen.update(self.op_kwargs, templates_dict=self.templates_dict)
        self._context = context
        self.op_kwargs = self.determine_kwargs(seen)
        result = self.execute_callable()
        if self.show_return_value_in_logs:
            self.log.info("Done. Returned value was: %s", result)
        return result

    def determine_kwargs(self, context):
        return arguments_for(self.python_callable, self.op_args, context)

    def execute_callable(self):
        return call(self.python_callable, self.op_args, self.op_kwargs, self._context)


class BranchPythonOperator(BranchMixIn, PythonOperator):
    """A function that returns the ids of what is to be followed."""

    def choose_branch(self, context):
        return PythonOperator.execute(self, context)

    def execute(self, context):
        return self.do_branch(context, PythonOperator.execute(self, context))


class ShortCircuitOperator(PythonOperator, SkipMixin):
    """A function after which nothing runs where it returns something false."""

    def __init__(self, *, ignore_downstream_trigger_rules=True, **kwargs):
        super().__init__(**kwargs)
        self.ignore_downstream_trigger_rules = ignore_downstream_trigger_rules

    def execute(self, context):
        condition = PythonOperator.execute(self, context)
        short_circuit(context, condition, self.ignore_downstream_trigger_rules)
        return condition


def short_circuit(context, condition, ignore_downstream_trigger_rules):
    """Skips what comes after, where `condition` is false; teardowns run all the same."""
    if condition:
        return
    ti = context["ti"]
    after = ti.task.get_flat_relatives() if ignore_downstream_trigger_rules else ti.task.downstream_list
    ti.skip([task.task_id for task in after if not task.is_teardown])
