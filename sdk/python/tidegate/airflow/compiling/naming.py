"""Ids of tasks in native DAG files, and how one task names another.

Without mapped groups, ids are those of Airflow. A mapped group `g` is a group `g`, in which the task `g.x` is called `x`; outside of the
group that is `g.x`.
"""

from __future__ import annotations

import re

from tidegate.airflow.authoring.group import MappedTaskGroup

#: Names that expressions have for other things.
RESERVED = ("input", "item", "items", "index", "indexes", "run")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}")


class Names:
    """The names of the tasks of a DAG."""

    def __init__(self, dag):
        self.dag = dag
        self.groups = [group for group in dag.groups() if isinstance(group, MappedTaskGroup)]
        self.expansions = [group.expansion for group in self.groups]
        self.expansions += [task.expansion for task in dag.tasks if task.is_mapped]
        self._keys = {}
        taken = {key for key in map(self._outer_key, self._outermost()) if key}
        for task in dag.tasks:
            self._keys[task.task_id] = self._key(task, taken)

    def _outermost(self):
        outside = [task.task_id for task in self.dag.tasks if task.mapped_group() is None]
        return outside + [group.group_id for group in self.groups]

    @staticmethod
    def _outer_key(task_id):
        return f"{task_id}_" if task_id in RESERVED else task_id

    def _key(self, task, taken):
        group = task.mapped_group()
        if group is None:
            return self._outer_key(task.task_id)
        prefix = f"{group.group_id}."
        label = task.task_id[len(prefix) :] if task.task_id.startswith(prefix) else task.task_id
        return label if label not in taken and label not in RESERVED else task.task_id

    def key(self, task):
        """The key of a task among those around it."""
        return self._keys[task.task_id]

    def group_key(self, member):
        """The key of the group that a mapped group becomes."""
        return self._outer_key(getattr(member, "group_id", None) or member.task_id)

    def home(self, task):
        """The mapped group or mapped task in whose instances a task is; `None` where it is in none."""
        return task.mapped_group() or (task if task.is_mapped else None)

    def reference(self, origin, task):
        """How `origin` names `task`."""
        group = task.mapped_group()
        if group is None or origin.mapped_group() is group:
            return self.key(task)
        return f"{self.group_key(group)}.{self.key(task)}"

    def skip(self, origin, task):
        """How `task` is named to have it skipped: as in the whole DAG, wherever `origin` stands."""
        group = task.mapped_group()
        return self.key(task) if group is None else f"{self.group_key(group)}.{self.key(task)}"

    @staticmethod
    def is_name(key):
        return _NAME.fullmatch(key) is not None


def quoted(reference):
    """A reference in an expression."""
    return f"`{reference}`"
