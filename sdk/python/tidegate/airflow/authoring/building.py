"""What is being built: the DAG, the group, and the setup or teardown that the `with` statements around a line have opened."""

from __future__ import annotations

from contextlib import contextmanager

_dags = []
_groups = []
_made = []
_brackets = []
_detached = []


def current_dag():
    return _dags[-1] if _dags else None


def current_group():
    """The innermost group that is open in the current DAG: the DAG's own where there is no other."""
    dag = current_dag()
    for group in reversed(_groups):
        if dag is None or group.dag is dag:
            return group
    return dag.task_group if dag is not None else None


def open_dag(dag):
    _dags.append(dag)


def close_dag():
    _dags.pop()


def open_group(group):
    _groups.append(group)


def close_group():
    _groups.pop()


def open_bracket(bracket):
    _brackets.append(bracket)


def close_bracket():
    return _brackets.pop()


def current_bracket():
    return _brackets[-1] if _brackets else None


def note_task(task):
    """A task was made: the `with` statements of setups and teardowns around it take it in."""
    if _brackets:
        _brackets[-1].add(task)


def note_dag(dag):
    """A DAG was made."""
    _made.append(dag)


@contextmanager
def gathering():
    """Gives a list, which has the DAGs that were made within it at its end; what is open outside is not seen inside."""
    stacks = (_dags, _groups, _made, _brackets)
    saved = [stack[:] for stack in stacks]
    found = []
    for stack in stacks:
        stack.clear()
    try:
        yield found
    finally:
        found += _made
        for stack, content in zip(stacks, saved):
            stack[:] = content


@contextmanager
def detached(dag, group):
    """Within it tasks are made for `dag` and `group` without becoming part of them."""
    open_dag(dag)
    _detached.append(group)
    try:
        yield
    finally:
        _detached.pop()
        close_dag()


def is_detached():
    return bool(_detached)


def detached_group():
    return _detached[-1]
