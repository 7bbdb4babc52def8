"""Mapped tasks: `partial` and `expand`, and which values an instance gets."""

from __future__ import annotations

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.node import TaskNode, check_key
from tidegate.airflow.authoring.params import ParamsDict
from tidegate.airflow.authoring.states import TriggerRule
from tidegate.airflow.authoring.xcomarg import XComArg, as_items, references, settled
from tidegate.airflow.problems import NotSupported, user_place


def resolved(value, context):
    """A literal as it is; what is known only in a run, as it is in this one."""
    return value.resolve(context) if hasattr(value, "resolve") and hasattr(value, "iter_references") else value


class Product:
    """Lists by argument: an instance for each combination, the last argument varying fastest."""

    def __init__(self, lists):
        self.lists = dict(lists)
        for name, value in self.lists.items():
            if not isinstance(value, (XComArg, list, tuple, dict, range, set)) and not hasattr(value, "resolve"):
                raise ValueError(f"expand() got an unexpected type {type(value).__name__!r} for keyword argument {name!r}")

    @property
    def sources(self):
        """What the lengths depend on, in order."""
        return list(self.lists.values())

    def iter_tasks(self):
        return references(self.lists)

    def arguments(self, context, index):
        """The arguments of the instance `index`."""
        lists = {name: as_items(resolved(value, context)) for name, value in self.lists.items()}
        chosen = {}
        for name, items in reversed(list(lists.items())):
            chosen[name] = resolved(settled(items[index % len(items)]), context)
            index //= len(items)
        return {name: chosen[name] for name in lists}


class Rows:
    """A list of arguments: an instance for each."""

    def __init__(self, rows):
        if not isinstance(rows, (XComArg, list, tuple)) and not hasattr(rows, "resolve"):
            raise TypeError(f"expected XComArg or list[dict], not {type(rows).__name__}")
        self.rows = rows

    @property
    def sources(self):
        return [self.rows]

    def iter_tasks(self):
        return references(self.rows)

    def arguments(self, context, index):
        row = settled(resolved(resolved(self.rows, context)[index], context))
        if not isinstance(row, dict):
            raise ValueError(f"expand_kwargs() expects a list[dict], not list[{type(row).__name__}]")
        return {name: settled(resolved(value, context)) for name, value in row.items()}


class OperatorPartial:
    """An operator with some of its arguments; `expand` gives it the others."""

    def __init__(self, operator, kwargs):
        if "task_id" not in kwargs:
            raise TypeError("partial() needs a `task_id`")
        self.operator = operator
        self.kwargs = kwargs
        self.place = user_place()

    def expand(self, **lists):
        if not lists:
            raise TypeError("no arguments to expand against")
        _refuse_twice(lists, self.kwargs)
        return MappedOperator(self.operator, self.kwargs, Product(lists))

    def expand_kwargs(self, kwargs, *, strict=True):
        return MappedOperator(self.operator, self.kwargs, Rows(kwargs))


def _refuse_twice(lists, kwargs):
    for name in lists:
        if name in kwargs:
            raise TypeError(f"the argument {name!r} is given to partial() and to expand()")


class MappedOperator(TaskNode):
    """A task of which there is an instance for each of a number of items."""

    is_mapped = True
    start_from_trigger = False

    def __init__(self, operator, kwargs, expansion, argument=None):
        from tidegate.airflow.authoring.operator import SETTINGS, default_arguments

        kwargs = dict(kwargs)
        dag = kwargs.pop("dag", None) or building.current_dag()
        group = kwargs.pop("task_group", None) or building.current_group()
        if dag is not None and group is None:
            group = dag.task_group
        self.place = user_place()
        self.operator_class = operator
        self.expansion = expansion
        #: The argument that holds the mapped ones of a decorated function; `None` where they are the operator's own.
        self.argument = argument
        defaults = default_arguments(dag, group, kwargs.get("default_args"))
        self.partial_kwargs = kwargs
        task_id = kwargs["task_id"]
        self.task_id = group.child_id(task_id) if group is not None else task_id
        check_key(self.task_id)
        self.begin_node(None, group)
        for name, default in SETTINGS.items():
            if name not in ("is_setup", "is_teardown", "on_failure_fail_dagrun"):
                setattr(self, name, kwargs.get(name, defaults.get(name, default)))
        self.trigger_rule = TriggerRule(self.trigger_rule)
        self.params = ParamsDict(self.params)
        self.outlets = self.outlets if isinstance(self.outlets, list) else [self.outlets] if self.outlets else []
        self.template_fields = operator.template_fields
        if self.mapped_group() is not None:
            raise NotSupported(
                f"{self.task_id} is mapped, and so is the group it is in",
                hint="let one of the two be mapped: give the group each pair, or move the task out of it",
            )
        if dag is not None:
            self.dag = dag
            group.add(self)
        for task in [*expansion.iter_tasks(), *references(kwargs)]:
            task.join(self)

    @property
    def _task_display_name(self):
        return self.task_display_name_given

    @property
    def task_display_name(self):
        return self.__dict__.get("task_display_name_given") or self.task_id

    @task_display_name.setter
    def task_display_name(self, value):
        self.__dict__["task_display_name_given"] = value

    @property
    def task_type(self):
        return self.operator_class.__name__

    @property
    def operator_name(self):
        return getattr(self.operator_class, "custom_operator_name", self.operator_class.__name__)

    def instance(self, context, index):
        """The operator of the instance `index`."""
        mapped = self.expansion.arguments(context, index)
        kwargs = dict(self.partial_kwargs)
        if self.argument is None:
            kwargs.update(mapped)
        else:
            kwargs[self.argument] = {**kwargs.get(self.argument, {}), **mapped}
        kwargs["task_id"] = self.task_id
        with building.detached(self.dag, self.task_group):
            task = self.operator_class(**kwargs)
        for name in ("upstream_task_ids", "downstream_task_ids", "is_setup", "is_teardown", "on_failure_fail_dagrun"):
            object.__setattr__(task, name, getattr(self, name))
        object.__setattr__(task, "mapped_from", self)
        object.__setattr__(task, "_is_made", False)
        return task

    def __repr__(self):
        return f"<Mapped({self.operator_class.__name__}): {self.task_id}>"


def refuse_nested(group):
    """Refuses a mapped group in a mapped group, as Airflow does."""
    while group is not None:
        if group.is_mapped:
            raise NotSupported(
                f"a group that is mapped cannot be in {group.group_id}, which is mapped as well",
                hint="map one group over the pairs of both lists",
            )
        group = group.parent_group
