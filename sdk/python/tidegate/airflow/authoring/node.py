"""What all tasks have, mapped or not: an id, a place, edges, and being a setup or a teardown."""

from __future__ import annotations

import re

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.edges import Relating, flat
from tidegate.airflow.authoring.errors import AirflowException
from tidegate.airflow.authoring.states import TriggerRule

KEY = re.compile(r"[\w.-]+")


def check_key(key):
    """Refuses ids that Airflow refuses."""
    if not isinstance(key, str):
        raise TypeError(f"The key has to be a string and is {type(key)}:{key}")
    if len(key) > 250:
        raise AirflowException(f"The key: {key[:40]}… has to be less than 250 characters")
    if not KEY.fullmatch(key):
        raise AirflowException(
            f"The key {key!r} has to be made of alphanumeric characters, dashes, dots, and underscores exclusively"
        )


class TaskNode(Relating):
    """A task in a DAG. `upstream_task_ids` and `downstream_task_ids` are its edges."""

    def begin_node(self, dag, group):
        object.__setattr__(self, "_dag", dag)
        self.task_group = group
        self.upstream_task_ids = set()
        self.downstream_task_ids = set()
        self.is_setup = False
        self.is_teardown = False
        self.on_failure_fail_dagrun = False
        building.note_task(self)

    @property
    def dag(self):
        if self._dag is None:
            raise RuntimeError(f"Operator {self!r} has not been assigned to a DAG yet")
        return self._dag

    @dag.setter
    def dag(self, dag):
        object.__setattr__(self, "_dag", dag)
        if dag is not None:
            dag.add_task(self)

    def has_dag(self):
        return self._dag is not None

    @property
    def dag_id(self):
        return self._dag.dag_id if self._dag is not None else f"adhoc_{getattr(self, 'owner', 'airflow')}"

    def get_dag(self):
        return self._dag

    @property
    def node_id(self):
        return self.task_id

    @property
    def label(self):
        group = self.task_group
        if group is not None and group.group_id and group.prefix_group_id:
            return self.task_id[len(group.group_id) + 1 :]
        return self.task_id

    @property
    def task_display_name(self):
        return getattr(self, "_task_display_name", None) or self.task_id

    @property
    def roots(self):
        return [self]

    @property
    def leaves(self):
        return [self]

    @property
    def output(self):
        from tidegate.airflow.authoring.xcomarg import XComArg

        return XComArg(self)

    def join(self, after):
        """Makes `after` come after this task."""
        dag = self._dag or after._dag
        if dag is None:
            raise AirflowException(f"tasks without a DAG cannot be joined: {self.task_id} and {after.task_id}")
        for task in (self, after):
            if task._dag is None:
                task.dag = dag
            elif task._dag is not dag:
                raise AirflowException(
                    f"an edge joins tasks of one DAG, and these are of {self.dag_id!r} and {after.dag_id!r}"
                )
        self.downstream_task_ids.add(after.task_id)
        after.upstream_task_ids.add(self.task_id)

    @property
    def upstream_list(self):
        return [self.dag.task_dict[task] for task in sorted(self.upstream_task_ids)]

    @property
    def downstream_list(self):
        return [self.dag.task_dict[task] for task in sorted(self.downstream_task_ids)]

    def get_direct_relative_ids(self, upstream=False):
        return self.upstream_task_ids if upstream else self.downstream_task_ids

    def get_direct_relatives(self, upstream=False):
        return self.upstream_list if upstream else self.downstream_list

    def get_flat_relative_ids(self, *, upstream=False):
        """Ids of all before it, or after it, directly or not."""
        found, open_ids = set(), set(self.get_direct_relative_ids(upstream))
        while open_ids:
            task_id = open_ids.pop()
            if task_id not in found:
                found.add(task_id)
                open_ids |= self.dag.task_dict[task_id].get_direct_relative_ids(upstream)
        return found

    def get_flat_relatives(self, upstream=False):
        return [self.dag.task_dict[task] for task in sorted(self.get_flat_relative_ids(upstream=upstream))]

    def as_setup(self):
        self.is_setup = True
        return self

    def as_teardown(self, *, setups=None, on_failure_fail_dagrun=None):
        """Makes it a teardown, of `setups` if they are given."""
        self.is_teardown = True
        self.trigger_rule = TriggerRule.ALL_DONE_SETUP_SUCCESS
        if on_failure_fail_dagrun is not None:
            self.on_failure_fail_dagrun = on_failure_fail_dagrun
        for setup in flat(setups) if setups is not None else []:
            for task in setup.leaves:
                task.as_setup()
                task.join(self)
        return self

    def mapped_group(self):
        """The innermost mapped group that it is in."""
        group = self.task_group
        while group is not None and not group.is_mapped:
            group = group.parent_group
        return group

    def __enter__(self):
        if not self.is_setup and not self.is_teardown:
            raise AirflowException("Only setup/teardown tasks can be used as context managers.")
        building.open_bracket(Bracket(self))
        return self

    def __exit__(self, *_):
        bracket = building.close_bracket()
        bracket.close(building.current_bracket())


class Bracket:
    """A `with` statement over a setup or a teardown: what is made in it runs between the two."""

    def __init__(self, task):
        self.setups = [task] if task.is_setup else _nearest(task.upstream_list, task, "is_setup")
        self.teardowns = [task] if task.is_teardown else _nearest(task.downstream_list, task, "is_teardown")
        self.tasks = []

    def add(self, task):
        self.tasks.append(task)

    def close(self, outer):
        """Joins the first and last tasks of the statement, and its setups and teardowns with those of the one around."""
        work = [task for task in self.tasks if not task.is_setup and not task.is_teardown]
        first = [task for task in work if not task.upstream_task_ids] or work[:1]
        last = [task for task in work if not task.downstream_task_ids] or work[-1:]
        _join_all(self.setups, first)
        _join_all(last, self.teardowns)
        if outer is not None:
            _join_all(outer.setups, self.setups)
            _join_all(self.teardowns, outer.teardowns)


def _join_all(before, after):
    for first in before:
        for second in after:
            first.join(second)


def _nearest(tasks, start, flag):
    """The nearest tasks that are setups, or teardowns, from `tasks` on."""
    seen = {start.task_id}
    while tasks:
        found = [task for task in tasks if getattr(task, flag)]
        if found:
            return found
        seen.update(task.task_id for task in tasks)
        relatives = [near for task in tasks for near in task.downstream_list + task.upstream_list]
        tasks = list({task.task_id: task for task in relatives if task.task_id not in seen}.values())
    return []
