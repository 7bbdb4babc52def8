"""`depends_on_past` and `wait_for_downstream`: whether tasks of the run before have ended well.

Each execution of such a task leaves a mark on this machine: of which run it was, and how it ended.
"""

from __future__ import annotations

from tidegate.airflow.running import keeping

#: Seconds between two looks at the run before.
INTERVAL_S = 10
_WELL = ("success", "skipped")


def must_wait(task, run):
    """Whether the task, or with `wait_for_downstream` one right after it, has not ended well in the run before."""
    if not (task.depends_on_past or task.wait_for_downstream):
        return False
    if task.ignore_first_depends_on_past and keeping.read("past", _key(task)) is None:
        return False
    others = task.downstream_list if task.wait_for_downstream else []
    return any(_is_open(other, run) for other in [task, *others])


def note(task, run, state):
    """Leaves the mark of a task, if it or one right before it asks for the past."""
    asked = [task, *(other for other in task.upstream_list if other.wait_for_downstream)]
    if any(other.depends_on_past or other.wait_for_downstream for other in asked):
        keeping.write("past", _key(task), {"run": run.run_id, "state": str(state), "date": run.logical_date.isoformat()})


def _is_open(task, run):
    mark = keeping.read("past", _key(task))
    return mark is not None and mark["run"] != run.run_id and mark["state"] not in _WELL


def _key(task):
    return f"{task.dag_id}/{task.task_id}"
