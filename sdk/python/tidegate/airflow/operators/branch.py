"""Branching: which of the tasks downstream are not to run."""

from __future__ import annotations

from collections.abc import Iterable

from tidegate.airflow.authoring.errors import AirflowException
from tidegate.airflow.authoring.operator import BaseOperator


class SkipMixin:
    """Skips tasks downstream."""

    def skip(self, ti, tasks, **_):
        ti.skip([task.task_id for task in tasks])

    def skip_all_except(self, ti, branch_task_ids):
        """Skips the tasks right after this one, unless they are followed, or come after such that are."""
        task = ti.task
        followed = chosen(branch_task_ids)
        unknown = followed - set(task.dag.task_ids)
        if unknown:
            raise AirflowException(
                f"'branch_task_ids' must contain only valid task_ids. Invalid tasks found: {sorted(unknown)}."
            )
        for task_id in list(followed):
            followed |= task.dag.get_task(task_id).get_flat_relative_ids(upstream=False)
        direct = [after.task_id for after in task.downstream_list]
        ti.skip([task_id for task_id in direct if task_id not in followed])


class BranchMixIn(SkipMixin):
    """Follows the tasks and groups that are named, and no others."""

    def do_branch(self, context, branches_to_execute):
        followed = self.expand_task_group_roots(context["ti"], branches_to_execute)
        self.skip_all_except(context["ti"], followed)
        return branches_to_execute

    def expand_task_group_roots(self, ti, branches_to_execute):
        """The ids, with those of the first tasks of a group in place of the group's."""
        groups = ti.task.dag.task_group_dict
        found = []
        for branch in chosen(branches_to_execute):
            found += [task.task_id for task in groups[branch].roots] if branch in groups else [branch]
        return found


class BaseBranchOperator(BaseOperator, BranchMixIn):
    """Runs `choose_branch`, which names what is to be followed."""

    def choose_branch(self, context):
        raise NotImplementedError

    def execute(self, context):
        return self.do_branch(context, self.choose_branch(context))


def chosen(branches):
    """The ids that a branching function has returned, as a set."""
    if branches is None:
        return set()
    if isinstance(branches, str):
        return {branches}
    if not isinstance(branches, Iterable):
        kind = type(branches).__name__
        raise AirflowException(f"'branch_task_ids' must be either None, a task ID, or an Iterable of IDs, but got {kind!r}.")
    found = set(branches)
    wrong = [branch for branch in found if not isinstance(branch, str)]
    if wrong:
        raise AirflowException(f"a branching function returns ids of tasks, and this one has returned {wrong!r} in its list")
    return found
