"""Over how many items a task or a group is mapped: a list of indexes, or an expression that gives it."""

from __future__ import annotations

from tidegate.airflow.authoring.params import NOTSET, DagParam
from tidegate.airflow.authoring.xcomarg import ConcatXComArg, MapXComArg, PlainXComArg, ZipXComArg
from tidegate.airflow.compiling.naming import quoted
from tidegate.airflow.running.codec import TUPLE

#: Longest list that is written out; above, it is an expression.
_WRITTEN_MAX = 1000


class CannotCount(Exception):
    """The length of something is known to no expression."""


def indexes(expansion, origin, names):
    """The value of `map` for an expansion; `origin` is whose expansion it is."""
    counts = [_count(source, origin, names) for source in expansion.sources]
    fixed = 1
    for count in counts:
        fixed *= count if isinstance(count, int) else 1
    open_counts = [count for count in counts if not isinstance(count, int)]
    if not open_counts or fixed == 0:
        if fixed <= _WRITTEN_MAX:
            return list(range(fixed))
        return "{% " + f"[0..{fixed - 1}]" + " %}"
    product = " * ".join([*open_counts, *([str(fixed)] if fixed != 1 else [])])
    return "{% " + f"[0..({product} - 1)]" + " %}"


def _count(source, origin, names):
    """A number, or an expression that gives one."""
    if isinstance(source, PlainXComArg):
        return _count_of_result(source, origin, names)
    if isinstance(source, MapXComArg):
        return _count(source.args[0], origin, names)
    if isinstance(source, ConcatXComArg):
        return _joined([_count(arg, origin, names) for arg in source.args], "sum", sum)
    if isinstance(source, ZipXComArg):
        name, pick = ("min", min) if source.fillvalue is NOTSET else ("max", max)
        return _joined([_count(arg, origin, names) for arg in source.args], name, pick)
    if isinstance(source, DagParam):
        raise CannotCount("the length of a list that a run is started with is not known before: return it from a task")
    if hasattr(source, "__len__"):
        return len(source)
    raise CannotCount(f"a task can be mapped over a list, a dict, or the result of a task, and this is {source!r}")


def _joined(counts, name, pick):
    if all(isinstance(count, int) for count in counts):
        return pick(counts)
    return f"${name}([{', '.join(map(str, counts))}])"


def _count_of_result(arg, origin, names):
    task, key = arg.operator, arg.key
    name = quoted(names.reference(origin, task))
    if names.home(task) is not None:
        return f"$count($filter({name}, function($each) {{ $exists($each.{quoted(key)}) }}))"
    value = f"{name}.{quoted(key)}"
    return (
        f"($exists({value}.{TUPLE}) ? $count({value}.{TUPLE}) : "
        f'$type({value}) = "object" ? $count($keys({value})) : $count({value}))'
    )


