"""Callbacks of tasks and of DAGs: called in the worker; one that fails is logged and changes nothing."""

from __future__ import annotations

import logging

log = logging.getLogger("airflow.task.callbacks")


def call_all(callbacks, context):
    """Calls each with the context."""
    if callbacks is None:
        return
    for callback in callbacks if isinstance(callbacks, (list, tuple, set)) else [callbacks]:
        callback = getattr(callback, "callback", callback) if hasattr(callback, "callback_kwargs") else callback
        try:
            callback(context)
        except Exception:
            log.exception("the callback %r failed", callback)


def call_for_run(dag, run, told):
    """The callbacks of a DAG whose run is about to end as `told` says."""
    state = told.get("state")
    callbacks = dag.on_success_callback if state == "success" else dag.on_failure_callback
    run.state = state
    context = {
        "dag": dag,
        "dag_run": run,
        "run_id": run.run_id,
        "conf": run.conf,
        "reason": told.get("message") or told.get("error") or state,
        "ti": None,
        "task_instance": None,
        "logical_date": run.logical_date,
        "execution_date": run.logical_date,
        "data_interval_start": run.data_interval_start,
        "data_interval_end": run.data_interval_end,
        "ds": run.logical_date.strftime("%Y-%m-%d"),
        "ts": run.logical_date.isoformat(),
        "params": dict(dag.params.dump()),
        "failed": told.get("failed") or [],
    }
    call_all(callbacks, context)
