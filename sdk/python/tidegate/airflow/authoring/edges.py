"""Edges between tasks: `>>`, `<<`, lists, labels, `chain` and its like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from tidegate.airflow.authoring.errors import AirflowException


class Relating:
    """Something that edges start from and end at: `roots` take edges in, `leaves` send them out."""

    @property
    def roots(self):
        raise NotImplementedError

    @property
    def leaves(self):
        raise NotImplementedError

    def set_upstream(self, other, edge_modifier=None):
        relate(other, self)

    def set_downstream(self, other, edge_modifier=None):
        relate(self, other)

    def as_setup(self):
        for task in self.roots:
            task.as_setup()
        return self

    def as_teardown(self, **options):
        for task in self.leaves:
            task.as_teardown(**options)
        return self

    def __rshift__(self, other):
        relate(self, other)
        return other

    def __lshift__(self, other):
        relate(other, self)
        return other

    def __rrshift__(self, other):
        relate(other, self)
        return self

    def __rlshift__(self, other):
        relate(self, other)
        return self


class EdgeModifier:
    """What stands between two tasks and changes nothing about the order: a label, for people."""

    def __init__(self, label=None):
        self.label = label
        self._before = []
        self._after = []

    def set_upstream(self, other, edge_modifier=None):
        self._take(self._before, other)

    def set_downstream(self, other, edge_modifier=None):
        self._take(self._after, other)

    def _take(self, side, other):
        side.extend(flat(other))
        for before in self._before:
            for after in self._after:
                relate(before, after)

    def __rshift__(self, other):
        self.set_downstream(other)
        return other

    def __lshift__(self, other):
        self.set_upstream(other)
        return other

    def __rrshift__(self, other):
        self.set_upstream(other)
        return self

    def __rlshift__(self, other):
        self.set_downstream(other)
        return self


def Label(label):  # noqa: N802 - the name that DAG files know
    return EdgeModifier(label=label)


def flat(things):
    """A thing, or the things of a list of lists, as a list."""
    if isinstance(things, (list, tuple, set)):
        return [inner for thing in things for inner in flat(thing)]
    return [things]


def relate(before, after):
    """Makes each of `after` come after each of `before`."""
    for first in flat(before):
        for second in flat(after):
            if isinstance(first, EdgeModifier):
                first.set_downstream(second)
            elif isinstance(second, EdgeModifier):
                second.set_upstream(first)
            else:
                _relate_one(_relating(first), _relating(second))


def _relating(thing):
    if not isinstance(thing, Relating):
        raise AirflowException(f"an edge goes from task to task, and this is {type(thing).__name__}: {thing!r}")
    return thing


def _relate_one(first, second):
    leaves, roots = list(first.leaves), list(second.roots)
    for leaf in leaves:
        for root in roots:
            leaf.join(root)


def chain(*tasks):
    """Each comes after the one before; lists of equal length pairwise."""
    for before, after in zip(tasks, tasks[1:]):
        if not _is_list(before) or not _is_list(after):
            relate(before, after)
            continue
        if len(before) != len(after):
            raise AirflowException(
                f"Chain not supported for different length Iterable. Got {len(before)} and {len(after)}."
            )
        for first, second in zip_longest(before, after):
            relate(first, second)


def chain_linear(*elements):
    """Each comes after all of the one before."""
    kept = [element for element in elements if not _is_list(element) or len(element)]
    if not kept:
        raise ValueError("No tasks provided; nothing to do.")
    for before, after in zip(kept, kept[1:]):
        relate(before, after)


def cross_downstream(from_tasks, to_tasks):
    """All of `to_tasks` come after all of `from_tasks`."""
    relate(list(from_tasks), to_tasks)


def _is_list(thing):
    return isinstance(thing, Sequence) and not isinstance(thing, str)
