"""The context of a task: what templates, functions and callbacks see of its run."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.params import ParamsDict
from tidegate.airflow.authoring.states import DagRunState, DagRunType
from tidegate.airflow.problems import NotSupported

#: Names that functions may take besides their own arguments.
CONTEXT_KEYS = {
    "asset_state_store", "conf", "conn", "dag", "dag_run", "data_interval_end", "data_interval_start", "ds", "ds_nodash",
    "exception", "execution_date", "expanded_ti_count", "inlet_events", "inlets", "logical_date", "macros", "map_index_template",
    "next_ds", "next_ds_nodash", "next_execution_date", "outlet_events", "outlets", "params", "partition_date", "partition_key", "prev_data_interval_end_success",
    "prev_data_interval_start_success", "prev_ds", "prev_ds_nodash", "prev_end_date_success", "prev_execution_date",
    "prev_execution_date_success", "prev_start_date_success", "reason", "run_id", "start_date", "task", "task_instance",
    "task_instance_key_str", "task_reschedule_count", "task_state_store", "templates_dict", "test_mode", "ti", "tomorrow_ds",
    "tomorrow_ds_nodash", "triggering_asset_events", "triggering_dataset_events", "ts", "ts_nodash", "ts_nodash_with_tz", "try_number",
    "var", "yesterday_ds", "yesterday_ds_nodash",
}  # fmt: skip

_current = []


class Context(MutableMapping):
    """A mapping; values that take work are made when they are read."""

    def __init__(self, *args, **kwargs):
        self._values = dict(*args, **kwargs)

    def __getitem__(self, name):
        value = self._values[name]
        return value.make() if isinstance(value, Later) else value

    def __setitem__(self, name, value):
        self._values[name] = value

    def __delitem__(self, name):
        del self._values[name]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __contains__(self, name):
        return name in self._values

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._values:
            raise AttributeError(name)
        return self[name]

    def copy(self):
        return Context(self._values)

    def __copy__(self):
        return self.copy()

    def __repr__(self):
        return repr({name: value for name, value in self._values.items() if not isinstance(value, Later)})


class Later:
    """A value that is made when it is read."""

    def __init__(self, make):
        self.make = make


class entered:
    """Within it, `get_current_context` gives the context."""

    def __init__(self, context):
        self.context = context

    def __enter__(self):
        _current.append(self.context)
        return self.context

    def __exit__(self, *_):
        _current.remove(self.context)


def get_current_context():
    """The context of the task that runs."""
    if not _current:
        raise RuntimeError(
            "Current context was requested but no context was found! Are you running within an Airflow task?"
        )
    return _current[-1]


def _date_of_key(key):
    """The date in a key that has Airflow's form of the ids of runs, as in `manual__2024-01-01T00:00:00+00:00`."""
    kind, _, date = key.partition("__")
    try:
        return times.utc(date) if kind in ("manual", "scheduled", "backfill", "asset_triggered") else None
    except ValueError:
        return None


class DagRun:
    """The run, as far as tasks are told of it."""

    def __init__(self, dag, told, conf):
        self.dag = dag
        self.dag_id = dag.dag_id
        self.run_id = str(told.get("key") or told.get("id") or "manual")
        self.id = self.run_id
        tick = conf.get("schedule") if isinstance(conf, MutableMapping) else None
        if isinstance(tick, MutableMapping) and isinstance(tick.get("interval"), MutableMapping):
            # A run of a schedule: its logical date is where its interval begins.
            interval = tick["interval"]
            told = {
                **told,
                "logical_date": interval.get("start"),
                "data_interval_start": interval.get("start"),
                "data_interval_end": interval.get("end"),
            }
            conf = {name: value for name, value in conf.items() if name != "schedule"}
        elif not told.get("logical_date"):
            told = {**told, "manual_date": _date_of_key(self.run_id)}
        self.conf = conf
        self.state = DagRunState.RUNNING
        self.start_date = times.utc(told.get("started_at")) or times.utcnow()
        self.queued_at = self.start_date
        self.end_date = None
        scheduled = told.get("scheduled_at") or told.get("logical_date")
        self.external_trigger = not scheduled
        self.run_type = DagRunType.SCHEDULED if scheduled else DagRunType.MANUAL
        self.logical_date = times.utc(told.get("logical_date") or scheduled or told.get("manual_date")) or self.start_date
        self.execution_date = self.logical_date
        self.data_interval_start = times.utc(told.get("data_interval_start")) or self.logical_date
        self.data_interval_end = times.utc(told.get("data_interval_end")) or self.logical_date
        self.run_after = times.utc(told.get("run_after")) or self.data_interval_end
        self.triggering_user_name = None
        self.partition_key = told.get("partition_key")
        self.partition_date = None
        self.note = None
        self.consumed_asset_events = told.get("events") or []
        self.bundle_version = None

    @property
    def is_manual(self):
        return self.run_type == DagRunType.MANUAL

    def get_task_instances(self, **_):
        raise NotSupported("tasks are not told what became of others: use trigger rules, or results")

    def get_task_instance(self, *_, **__):
        return self.get_task_instances()

    def __repr__(self):
        return f"<DagRun {self.dag_id} @ {self.logical_date}: {self.run_id}>"


def make_context(dag, task, ti, run):
    """The context of the instance `ti` of a task."""
    from tidegate.airflow.authoring import macros
    from tidegate.airflow.authoring.connections import conf
    from tidegate.airflow.running import events
    from tidegate.airflow.running.keeping import AssetStores, Store

    date = run.logical_date
    day = date.strftime("%Y-%m-%d")
    days = {"ds": day}
    for name, shift in (("yesterday_ds", -1), ("tomorrow_ds", 1)):
        days[name] = (date + timedelta(days=shift)).strftime("%Y-%m-%d")
    days.update(prev_ds=day, next_ds=run.data_interval_end.strftime("%Y-%m-%d"))
    days.update({f"{name}_nodash": value.replace("-", "") for name, value in list(days.items())})
    kept = f"{run.dag_id}/{run.run_id}/{ti.task_id}/{ti.map_index}"
    context = Context(
        conf=conf,
        conn=Accessor(_connection),
        dag=dag,
        dag_run=run,
        data_interval_start=run.data_interval_start,
        data_interval_end=run.data_interval_end,
        execution_date=date,
        logical_date=date,
        next_execution_date=run.data_interval_end,
        prev_execution_date=None,
        prev_execution_date_success=None,
        prev_data_interval_start_success=None,
        prev_data_interval_end_success=None,
        prev_start_date_success=None,
        prev_end_date_success=None,
        inlets=task.inlets,
        outlets=task.outlets,
        inlet_events=events.Inlets(task),
        outlet_events=ti.outlet_events,
        triggering_asset_events=events.Triggering(run),
        triggering_dataset_events=events.Triggering(run),
        macros=macros,
        params=Later(lambda: ti.params),
        partition_key=run.partition_key,
        partition_date=run.partition_date,
        run_id=run.run_id,
        task=task,
        ti=ti,
        task_instance=ti,
        task_instance_key_str=f"{dag.dag_id}__{ti.task_id}__{days['ds_nodash']}",
        task_reschedule_count=ti.memo.get("again", 0),
        test_mode=False,
        templates_dict=getattr(task, "templates_dict", None),
        ts=date.isoformat(),
        ts_nodash=date.strftime("%Y%m%dT%H%M%S"),
        ts_nodash_with_tz=date.isoformat().replace("-", "").replace(":", ""),
        var={"json": Accessor(_json_variable), "value": Accessor(_variable)},
        expanded_ti_count=None,
        map_index_template=getattr(task, "map_index_template", None),
        task_state_store=Store("tasks", kept),
        asset_state_store=AssetStores(),
        **days,
    )
    return context


def params_of(dag, task, run):
    """The params of a task: those of the DAG, its own, and over both what the run was started with."""
    params = ParamsDict(suppress_exception=False)
    for given in (dag.params, getattr(task, "params", None) or {}):
        params.update(given)
    for name, value in (run.conf or {}).items():
        params[name] = value
    return params


class Accessor:
    """`var.value`, `var.json` and `conn`: names as attributes, and `get` with a default."""

    def __init__(self, find):
        self._find = find

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._find(name)

    __getitem__ = __getattr__

    def get(self, name, *default, default_var=None, **named):
        try:
            return self._find(name)
        except Exception:  # whatever kind of place it is looked up in
            return default[0] if default else named.get("default_conn", default_var)


def _variable(name):
    from tidegate.airflow.authoring.connections import Variable

    return Variable.get(name)


def _json_variable(name):
    from tidegate.airflow.authoring.connections import Variable

    return Variable.get(name, deserialize_json=True)


def _connection(name):
    from tidegate.airflow.authoring.connections import find_connection

    return find_connection(name)
