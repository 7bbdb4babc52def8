"""The operators that `@task` and its flavours make."""

from __future__ import annotations

import inspect

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.assets import Asset
from tidegate.airflow.authoring.operator import BaseOperator
from tidegate.airflow.authoring.taskflow import free_task_id
from tidegate.airflow.operators.bash import BashOperator
from tidegate.airflow.operators.branch import BranchMixIn
from tidegate.airflow.operators.isolated import (
    BranchExternalPythonOperator,
    BranchPythonVirtualenvOperator,
    ExternalPythonOperator,
    PythonVirtualenvOperator,
)
from tidegate.airflow.operators.python import PythonOperator, ShortCircuitOperator, arguments_for
from tidegate.airflow.running.context import CONTEXT_KEYS
from tidegate.airflow.sensors.simple import PythonSensor


class DecoratedOperator(BaseOperator):
    """A function with the arguments of one call of it. Numbers its id where that is used already."""

    template_fields = ("templates_dict", "op_args", "op_kwargs")

    def __init__(self, *, python_callable, task_id, op_args=None, op_kwargs=None, kwargs_to_upstream=None, **kwargs):
        if not building.is_detached():
            dag = kwargs.get("dag") or building.current_dag()
            group = kwargs.get("task_group") or building.current_group()
            task_id = free_task_id(task_id, dag, group)
        op_args, op_kwargs = tuple(op_args or ()), dict(op_kwargs or {})
        parameters = inspect.signature(python_callable).parameters
        defaults = self.__dict__.get("_defaults", {})
        taken = list(parameters)[: len(op_args)]
        for name in parameters:
            if name in defaults and name not in op_kwargs and name not in taken:
                op_kwargs[name] = defaults[name]
        check_arguments(python_callable, op_args, op_kwargs)
        upstream = dict(kwargs_to_upstream or {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs})
        super().__init__(task_id=task_id, **upstream, **kwargs)
        self.python_callable = python_callable
        self.op_args = op_args
        self.op_kwargs = op_kwargs

    def execute(self, context):
        for argument in (*self.op_args, *self.op_kwargs.values()):
            if isinstance(argument, Asset):
                self.inlets.append(argument)
        result = super().execute(context)
        for item in result if isinstance(result, list) else [result]:
            if isinstance(item, Asset):
                self.outlets.append(item)
        return result

    def determine_kwargs(self, context):
        return arguments_for(self.python_callable, self.op_args, context)


def check_arguments(function, args, kwargs):
    """Refuses a call that the function would refuse; what the context gives need not be there."""
    signature = inspect.signature(function)
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.name in CONTEXT_KEYS:
            if parameter.default not in (None, parameter.empty):
                raise ValueError(f"Context key parameter {parameter.name} can't have a default other than None")
            parameter = parameter.replace(default=None)
        parameters.append(parameter)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    has_default, required = False, []
    for place, parameter in enumerate(parameters):
        if parameter.kind not in positional:
            continue
        if has_default and parameter.default is parameter.empty:
            required.append(parameter.name)
            parameters[place] = parameter.replace(default=None)
        has_default = has_default or parameter.default is not parameter.empty
    bound = signature.replace(parameters=parameters).bind(*args, **kwargs)
    missing = [name for name in required if name not in bound.arguments]
    if missing:
        raise TypeError(f"missing required argument(s): {', '.join(missing)}")


class PythonTask(DecoratedOperator, PythonOperator):
    """`@task`"""

    custom_operator_name = "@task"


class VirtualenvTask(DecoratedOperator, PythonVirtualenvOperator):
    """`@task.virtualenv`"""

    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.virtualenv"
    determine_kwargs = PythonVirtualenvOperator.determine_kwargs


class ExternalPythonTask(DecoratedOperator, ExternalPythonOperator):
    """`@task.external_python`"""

    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.external_python"
    determine_kwargs = ExternalPythonOperator.determine_kwargs


class BranchTask(BranchMixIn, PythonTask):
    """`@task.branch`"""

    custom_operator_name = "@task.branch"

    def execute(self, context):
        return self.do_branch(context, super().execute(context))


class BranchVirtualenvTask(DecoratedOperator, BranchPythonVirtualenvOperator):
    """`@task.branch_virtualenv`"""

    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.branch_virtualenv"
    determine_kwargs = PythonVirtualenvOperator.determine_kwargs


class BranchExternalPythonTask(DecoratedOperator, BranchExternalPythonOperator):
    """`@task.branch_external_python`"""

    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.branch_external_python"
    determine_kwargs = ExternalPythonOperator.determine_kwargs


class ShortCircuitTask(DecoratedOperator, ShortCircuitOperator):
    """`@task.short_circuit`"""

    custom_operator_name = "@task.short_circuit"


class SensorTask(DecoratedOperator, PythonSensor):
    """`@task.sensor`"""

    custom_operator_name = "@task.sensor"


class BashTask(DecoratedOperator, BashOperator):
    """`@task.bash`: the function returns the command."""

    template_fields = ("bash_command", "env", "cwd", "op_args", "op_kwargs")
    custom_operator_name = "@task.bash"

    def __init__(self, *, python_callable, op_args=None, op_kwargs=None, **kwargs):
        kwargs.setdefault("bash_command", "")
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            kwargs_to_upstream={"output_encoding": kwargs.pop("output_encoding", "utf-8")},
            **kwargs,
        )

    def execute(self, context):
        seen = dict(context.items())
        seen.update(self.op_kwargs)
        command = self.python_callable(*self.op_args, **self.determine_kwargs(seen))
        if not isinstance(command, str) or not command.strip():
            raise TypeError("The returned value from the TaskFlow callable must be a non-empty string.")
        self.bash_command = self.render_template(command, context)
        return BashOperator.execute(self, context)
