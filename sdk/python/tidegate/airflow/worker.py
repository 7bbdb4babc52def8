"""The handler of warm processes: executes one instance of a task, or the callbacks of a run, and says what became of it.

`handle(event, context)` takes what the compiler has put into a task's `input` (`dag`, `task`, `run`, `conf`, `index`, `xcoms`) and
returns an envelope (`result`, `state`, `skip`, `again`, `start`, `events`), or raises what the task has raised.
"""

from __future__ import annotations

import logging
import os

from tidegate.airflow import dagfile
from tidegate.airflow.authoring.connections import look_in
from tidegate.airflow.running.callbacks import call_for_run
from tidegate.airflow.running.context import DagRun
from tidegate.airflow.running.execution import Execution

logging.getLogger().setLevel(logging.INFO)


def handle(event, context=None):
    """One call."""
    file = event.get("file") or os.environ.get("TIDEGATE_AIRFLOW_FILE")
    if not file:
        raise KeyError("TIDEGATE_AIRFLOW_FILE names the DAG file, and it is not set")
    os.environ.setdefault("AIRFLOW_HOME", os.path.join(os.path.expanduser("~"), "airflow"))
    look_in(os.path.dirname(os.path.abspath(file)))
    loaded = dagfile.load(file)
    told = event.get("run")
    told = told if isinstance(told, dict) else {"id": told}
    dag = loaded.dag(event.get("dag") or event.get("workflow") or told.get("workflow"))
    run = DagRun(dag, told, conf_of(event))
    if "task" not in event:
        call_for_run(dag, run, event)
        return {"result": None}
    return Execution(dag, run, event).envelope()


def conf_of(event):
    """What the run was started with: an object, or nothing."""
    conf = event.get("conf")
    return dict(conf) if isinstance(conf, dict) else {}
