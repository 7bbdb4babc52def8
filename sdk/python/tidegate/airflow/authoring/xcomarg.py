"""Results of tasks as arguments of others: `task.output`, its items, and what `map`, `zip` and `concat` make of it."""

from __future__ import annotations

from itertools import chain as chained

from tidegate.airflow.authoring.edges import Relating
from tidegate.airflow.authoring.params import NOTSET

RETURN_VALUE = "return_value"


def references(value):
    """The tasks whose results are in an argument."""
    if isinstance(value, XComArg):
        return list(value.iter_tasks())
    if isinstance(value, dict):
        return [task for pair in value.items() for part in pair for task in references(part)]
    if isinstance(value, (list, tuple, set)):
        return [task for part in value for task in references(part)]
    if hasattr(value, "iter_references"):
        return [task for task, _ in value.iter_references()]
    fields = getattr(type(value), "template_fields", None)
    if isinstance(fields, (list, tuple)) and not isinstance(value, Relating):
        return [task for name in fields for task in references(getattr(value, name, None))]
    return []


class XComArg(Relating):
    """A value that is known when the task that gives it has run. `XComArg(task)` is what that returns."""

    def __new__(cls, *args, **kwargs):
        return object.__new__(PlainXComArg if cls is XComArg else cls)

    def iter_tasks(self):
        raise NotImplementedError

    def iter_references(self):
        return iter((task, RETURN_VALUE) for task in self.iter_tasks())

    def resolve(self, context):
        """The value in a run."""
        raise NotImplementedError

    def map(self, function):
        return MapXComArg(self, function)

    def zip(self, *others, fillvalue=NOTSET):
        return ZipXComArg([self, *others], fillvalue)

    def concat(self, *others):
        return ConcatXComArg([self, *others])

    @property
    def roots(self):
        return list(self.iter_tasks())

    @property
    def leaves(self):
        return list(self.iter_tasks())


class PlainXComArg(XComArg):
    """What a task has pushed under a key."""

    def __init__(self, operator, key=RETURN_VALUE):
        self.operator = operator
        self.key = key

    def __eq__(self, other):
        return isinstance(other, PlainXComArg) and (self.operator, self.key) == (other.operator, other.key)

    def __hash__(self):
        return hash((id(self.operator), self.key))

    def __getitem__(self, item):
        if not isinstance(item, str):
            raise ValueError(f"XComArg only supports str lookup, received {type(item).__name__}")
        return PlainXComArg(self.operator, item)

    def __iter__(self):
        raise TypeError("'XComArg' object is not iterable: what it holds is known when the DAG runs")

    def __getattr__(self, name):
        raise AttributeError(
            f"the result of a task has no {name!r} here: it is known when the DAG runs. Give it to a task, which has it"
        )

    def __str__(self):
        pull = f"task_instance.xcom_pull(task_ids='{self.operator.task_id}', dag_id='{self.operator.dag_id}', key='{self.key}')"
        return "{{ " + pull + " }}"

    def __repr__(self):
        suffix = "" if self.key == RETURN_VALUE else f"[{self.key!r}]"
        return f"XComArg({self.operator!r}){suffix}"

    def __enter__(self):
        self.operator.__enter__()
        return self

    def __exit__(self, *error):
        self.operator.__exit__(*error)

    def iter_tasks(self):
        yield self.operator

    def as_setup(self):
        self.operator.as_setup()
        return self

    def as_teardown(self, *, setups=None, on_failure_fail_dagrun=None):
        self.operator.as_teardown(setups=setups, on_failure_fail_dagrun=on_failure_fail_dagrun)
        return self

    @property
    def is_setup(self):
        return self.operator.is_setup

    @is_setup.setter
    def is_setup(self, value):
        self.operator.is_setup = value

    @property
    def is_teardown(self):
        return self.operator.is_teardown

    @is_teardown.setter
    def is_teardown(self, value):
        self.operator.is_teardown = value

    @property
    def on_failure_fail_dagrun(self):
        return self.operator.on_failure_fail_dagrun

    @on_failure_fail_dagrun.setter
    def on_failure_fail_dagrun(self, value):
        self.operator.on_failure_fail_dagrun = value

    def resolve(self, context):
        return context["ti"].result_of(self.operator, self.key)


class Derived(XComArg):
    """A list that is made of others."""

    def __init__(self, args):
        self.args = list(args)

    def iter_tasks(self):
        return chained.from_iterable(arg.iter_tasks() for arg in self.args)


class MapXComArg(Derived):
    """Each item of a list with a function applied to it."""

    def __init__(self, arg, function):
        if not callable(function):
            raise ValueError(f"`map` takes a function, and this is {type(function).__name__}")
        super().__init__([arg])
        self.function = getattr(function, "function", function)

    def resolve(self, context):
        return [Pending(self.function, item) for item in as_items(self.args[0].resolve(context))]


class ZipXComArg(Derived):
    """Tuples of the items of several lists."""

    def __init__(self, args, fillvalue):
        super().__init__(args)
        self.fillvalue = fillvalue

    def resolve(self, context):
        lists = [as_items(arg.resolve(context)) for arg in self.args]
        pick = min if self.fillvalue is NOTSET else max
        length = pick((len(items) for items in lists), default=0)
        return [
            tuple(items[place] if place < len(items) else self.fillvalue for items in lists) for place in range(length)
        ]


class ConcatXComArg(Derived):
    """The items of several lists, one list after the other."""

    def resolve(self, context):
        return [item for arg in self.args for item in as_items(arg.resolve(context))]


class Pending:
    """An item to which a function of `map` is not applied yet: it may skip the one task that is for that item."""

    def __init__(self, function, item):
        self.function = function
        self.item = item

    def value(self):
        return self.function(settled(self.item))


def settled(value):
    """A value with all functions of `map` applied."""
    if isinstance(value, Pending):
        return value.value()
    if isinstance(value, (list, tuple)) and any(isinstance(item, (Pending, list, tuple)) for item in value):
        items = [settled(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def as_items(value):
    """What a task is mapped over where `value` is given: the items of a list, the pairs of a mapping."""
    if value is None:
        return []
    return list(value.items()) if isinstance(value, dict) else list(value)
