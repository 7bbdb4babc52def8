"""A DAG as a native DAG file."""

from __future__ import annotations

import os

from tidegate.airflow.authoring.assets import Asset
from tidegate.airflow.compiling.lengths import CannotCount, indexes
from tidegate.airflow.compiling.naming import Names
from tidegate.airflow.compiling.schedule import CannotSchedule, schedule
from tidegate.airflow.compiling.spans import span
from tidegate.airflow.compiling.tasks import FUNCTION, TaskWriter, is_waited_for
from tidegate.airflow.problems import PACKAGE

HOOK = "airflow"


def document(dag, collector, assets, environment=None):
    """The native DAG file of a DAG; what cannot be written goes to the collector."""
    names = Names(dag)
    _check(dag, names, collector)
    found = {"dag": dag.dag_id}
    if dag.description:
        found["description"] = str(dag.description)
    found["functions"] = {FUNCTION: _function(dag, environment)}
    found["concurrency"] = dag.max_active_tasks
    if dag.dagrun_timeout is not None:
        found["timeout"] = span(dag.dagrun_timeout)
    if dag.on_success_callback:
        found["on_success"] = HOOK
    if dag.on_failure_callback:
        found["on_failure"] = HOOK
    if len(dag.params):
        found["params"] = dag.params.as_schema()
    try:
        when = schedule(dag, assets)
    except CannotSchedule as reason:
        when = None
        collector.warn(f"the DAG {dag.dag_id!r} is not scheduled: {reason}", place=dag.place)
    if when is not None:
        found["schedule"] = when
    found["tasks"] = _tasks(dag, names, collector)
    return found


def _function(dag, environment):
    variables = {"TIDEGATE_AIRFLOW_FILE": dag.fileloc, "PYTHONPATH": os.path.dirname(PACKAGE.rstrip(os.sep))}
    variables.update(environment or {})
    return {
        "python": "tidegate.airflow.worker.handle",
        "directory": dag.folder,
        "environment": variables,
        "limits": {"concurrency": dag.max_active_tasks},
    }


def _tasks(dag, names, collector):
    writer = TaskWriter(dag, names, collector)
    found = {}
    for task in dag.topological_sort():
        group = task.mapped_group()
        try:
            if group is not None:
                key = names.group_key(group)
                found.setdefault(key, None)
                if found[key] is None:
                    found[key] = _mapped_group(group, names)
                found[key]["tasks"].update(writer.entries(task))
            elif task.is_mapped:
                found[names.group_key(task)] = _mapped_task(task, names, writer)
            else:
                found.update(writer.entries(task))
        except CannotCount as reason:
            collector.error(f"the task {task.task_id!r} cannot be mapped: {reason}", place=task.place)
    return {key: entry for key, entry in found.items() if entry is not None}


def _mapped_group(group, names):
    first = next(iter(group))
    entry = {}
    after = sorted({names.reference(first, task) for task in group.expansion.iter_tasks()})
    if after:
        entry["after"] = after
    entry["map"] = indexes(group.expansion, first, names)
    entry["each"] = True
    entry["tasks"] = {}
    return entry


def _mapped_task(task, names, writer):
    entry = writer.edges(task)
    entry["map"] = indexes(task.expansion, task, names)
    entry["each"] = True
    limit = task.max_active_tis_per_dagrun or task.max_active_tis_per_dag
    if limit:
        entry["concurrency"] = int(limit)
    # What it comes after has been said, and to whom it names itself.
    entry.update(writer.entries(task)[names.key(task)])
    return entry


def _check(dag, names, collector):
    """What a DAG asks for that Tidegate does not have, all at once."""
    if not names.is_name(dag.dag_id):
        collector.error(f"a DAG cannot be called {dag.dag_id!r} here", _NAMES, dag.place)
    if not dag.task_dict:
        collector.error(f"the DAG {dag.dag_id!r} has no tasks", place=dag.place)
    if dag.fail_fast:
        collector.error("`fail_fast` is not supported", "let tasks come after those whose failure is to stop them", dag.place)
    for task in dag.tasks:
        if not names.is_name(names.key(task)):
            collector.error(f"a task cannot be called {task.task_id!r} here", _NAMES, task.place)
        if task.depends_on_past or task.wait_for_downstream:
            collector.warn(
                f"the task {task.task_id!r} waits for the run before as far as tasks were executed on this machine",
                "a task that was not executed, as one before it had failed, is not seen",
                task.place,
            )
        if task.run_as_user:
            collector.error(f"the task {task.task_id!r} runs as another user", "remove `run_as_user`", task.place)
        if task.is_mapped and is_waited_for(task):
            collector.error(
                f"the task {task.task_id!r} waits for a run for each of its items, which cannot be mapped",
                "map a group that has the task in it, or do not wait for completion",
                task.place,
            )
        if task.is_mapped is False and task.max_active_tis_per_dag:
            collector.warn(f"`max_active_tis_per_dag` of {task.task_id!r} is not looked at: use a pool", place=task.place)
        if task.email:
            collector.warn(f"no mail is sent for {task.task_id!r}: use a callback", place=task.place)


_NAMES = "names are 1 to 128 of letters of the Latin alphabet, digits, `-`, `_`, `.`, and begin with a letter, a digit or `_`"


def assets_of(dags):
    """The assets that the tasks of a file write or read, by name."""
    found = {}
    for dag in dags:
        for task in dag.tasks:
            for asset in [*(getattr(task, "outlets", None) or []), *(getattr(task, "inlets", None) or [])]:
                if isinstance(asset, Asset):
                    found.setdefault(asset.name, asset)
    return found
