"""`ti`: one instance of a task in one run, with what the tasks before it have pushed and what it pushes itself."""

from __future__ import annotations

import copy
import logging
import socket
from collections import namedtuple

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.errors import XComNotFound
from tidegate.airflow.authoring.params import NOTSET
from tidegate.airflow.authoring.states import TaskInstanceState
from tidegate.airflow.authoring.xcomarg import RETURN_VALUE
from tidegate.airflow.problems import NotSupported
from tidegate.airflow.running.codec import decode, encode
from tidegate.airflow.running.context import params_of
from tidegate.airflow.running.events import Outlets

TaskInstanceKey = namedtuple("TaskInstanceKey", ["dag_id", "task_id", "run_id", "try_number", "map_index"])


class TaskInstance:
    """One instance of a task. `xcoms` is what the tasks before it have given, by id: objects by key, or lists of them."""

    def __init__(self, node, run, index, xcoms, try_number, memo):
        self.node = node
        self.task = node
        self.dag_run = run
        self.task_id = node.task_id
        self.dag_id = run.dag_id
        self.run_id = run.run_id
        self.map_index = -1 if index is None else index
        self.try_number = try_number
        self.max_tries = node.retries
        self.memo = memo
        self.state = TaskInstanceState.RUNNING
        self.start_date = times.utcnow()
        self.end_date = None
        self.duration = None
        self.hostname = socket.gethostname()
        self.pushed = {}
        self.skipped = []
        self.starts = []
        self.outlet_events = Outlets()
        self.rendered_map_index = None
        self._xcoms = xcoms
        self._params = None

    log = property(lambda self: logging.getLogger("airflow.task"))
    logical_date = property(lambda self: self.dag_run.logical_date)
    execution_date = property(lambda self: self.dag_run.logical_date)
    prev_attempted_tries = property(lambda self: self.try_number - 1)
    queued_dttm = property(lambda self: self.start_date)
    pool = property(lambda self: self.task.pool)
    queue = property(lambda self: self.task.queue)
    operator = property(lambda self: self.task.operator_name)
    task_display_name = property(lambda self: self.task.task_display_name)
    dagrun = property(lambda self: self.dag_run)
    log_url = property(lambda self: "")
    mark_success_url = property(lambda self: "")
    xcom_encoded = property(lambda self: {key: encode(value) for key, value in self.pushed.items()})
    id = property(lambda self: f"{self.run_id}/{self.task_id}/{self.map_index}")

    @property
    def key(self):
        return TaskInstanceKey(self.dag_id, self.task_id, self.run_id, self.try_number, self.map_index)

    @property
    def params(self):
        if self._params is None:
            self._params = params_of(self.dag_run.dag, self.task, self.dag_run)
        return self._params

    def get_dagrun(self, *_, **__):
        return self.dag_run

    def get_template_context(self, *_, **__):
        return self.context

    def get_first_reschedule_date(self, context):
        return times.from_timestamp(self.memo["started"]) if "started" in self.memo else None

    def get_previous_dagrun(self, state=None):
        return None

    def get_previous_start_date(self, state=None):
        return None

    def get_previous_ti(self, state=None, **_):
        return None

    def get_num_running_task_instances(self, *_, **__):
        return 1

    def refresh_from_db(self, *_, **__):
        """There is no database."""

    def skip(self, task_ids):
        """Has tasks downstream not run."""
        self.skipped += [task_id for task_id in task_ids if task_id not in self.skipped]

    def start(self, dag_id, conf, run_id):
        """Has a run of another DAG started."""
        self.starts.append((dag_id, conf, run_id))

    def xcom_push(self, key, value, execution_date=None, session=None):
        encode(value)
        self.pushed[key] = value

    def xcom_pull(
        self, task_ids=None, dag_id=None, key=RETURN_VALUE, include_prior_dates=False, session=None, *, map_indexes=NOTSET,
        default=None, run_id=None,
    ):  # fmt: skip
        """What tasks before this one have pushed under `key`: of one task the value, of a mapped or of several ones a list."""
        is_single = task_ids is None or isinstance(task_ids, str)
        wanted = [self.task_id] if task_ids is None else [task_ids] if is_single else list(task_ids)
        if dag_id is not None and dag_id != self.dag_id:
            raise NotSupported(f"tasks see results of their own run: those of {dag_id!r} come with its asset events")
        if map_indexes is NOTSET:
            found = [value for task_id in wanted for value in self._values(task_id, key)]
            if is_single and len(found) == 1 and not self._is_list(wanted[0]):
                return found[0]
            if is_single and not found and not self._is_list(wanted[0]):
                return default
            return found
        is_one_index = map_indexes is None or isinstance(map_indexes, int)
        indexes = [map_indexes] if is_one_index else list(map_indexes)
        found = [self._value_at(task_id, key, index, default) for task_id in wanted for index in indexes]
        return found[0] if is_single and is_one_index else found

    def _is_list(self, task_id):
        return isinstance(self._xcoms.get(task_id), list)

    def _given(self, task_id):
        """The objects that a task has pushed: its own here; of a mapped one that of each instance, `None` where it has none."""
        given = self._xcoms.get(task_id)
        if isinstance(given, list):
            return flat(given)
        if task_id == self.task_id:
            return [self.xcom_encoded]
        return [given]

    def _values(self, task_id, key):
        return [decode(each[key]) for each in self._given(task_id) if isinstance(each, dict) and key in each]

    def _value_at(self, task_id, key, index, default):
        given = self._given(task_id)
        place = 0 if index is None or index < 0 or not self._is_list(task_id) else index
        each = given[place] if place < len(given) else None
        return decode(each[key]) if isinstance(each, dict) and key in each else default

    def result_of(self, task, key):
        """What an argument gets that is the result of a task."""
        found = self._values(task.task_id, key)
        if self._is_list(task.task_id):
            return found
        if found:
            return found[0]
        if key == RETURN_VALUE or getattr(task, "multiple_outputs", False):
            return None
        raise XComNotFound(self.dag_id, task.task_id, key)

    def __copy__(self):
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, pushed=copy.copy(self.pushed))
        return twin

    def __repr__(self):
        return f"<TaskInstance: {self.dag_id}.{self.task_id} {self.run_id} [{self.state}]>"


def flat(lists):
    return [inner for item in lists for inner in (flat(item) if isinstance(item, list) else [item])]
