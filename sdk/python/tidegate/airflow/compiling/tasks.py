"""One task as a task of a native DAG file."""

from __future__ import annotations

from datetime import timedelta

from tidegate.airflow.authoring.states import TriggerRule
from tidegate.airflow.compiling.naming import quoted
from tidegate.airflow.compiling.spans import span
from tidegate.airflow.operators.trigger_dagrun import TriggerDagRunOperator

#: The function of all tasks.
FUNCTION = "airflow"
#: How much later than a task itself its process is ended where the task does not end at its own limit.
GRACE = timedelta(seconds=30)


class TaskWriter:
    """Writes the tasks of one DAG."""

    def __init__(self, dag, names, collector):
        self.dag = dag
        self.names = names
        self.collector = collector

    def entries(self, task):
        """The entries that a task becomes, by key: one, or two for a run of another DAG that is waited for."""
        key = self.names.key(task)
        entry = self._function(task)
        if not is_waited_for(task):
            return {key: entry}
        before = f"{key}.__start"
        target = setting(task, "trigger_dag_id")
        if not isinstance(target, str) or "{" in target:
            self.collector.error(
                f"the task {task.task_id!r} waits for a run of a DAG that is not known before",
                "write the id of the DAG without a template, or do not wait for its completion",
                task.place,
            )
        run = {
            "workflow": str(target),
            "after": [before],
            "input": "{% " + f"{quoted(before)}.conf" + " %}",
        }
        for name in ("teardown_of", "fail_run", "pool", "slots"):
            if name in entry:
                run[name] = entry.pop(name)
        return {before: entry, key: run}

    def _function(self, task):
        entry = {"function": FUNCTION}
        if not task.is_mapped:
            entry.update(self.edges(task))
        entry["input"] = self._input(task)
        entry["control"] = True
        entry.update(self._limits(task))
        return entry

    def edges(self, task):
        """`after`, `rule`, and what a teardown has."""
        found = {}
        before = task.upstream_list
        if before:
            found["after"] = [self.names.reference(task, other) for other in before]
        if task.is_teardown:
            setups = [self.names.reference(task, other) for other in before if other.is_setup]
            found["teardown_of"] = setups
            if task.on_failure_fail_dagrun:
                found["fail_run"] = True
        rule = TriggerRule(task.trigger_rule)
        if rule != TriggerRule.ALL_SUCCESS and not (task.is_teardown and rule == TriggerRule.ALL_DONE_SETUP_SUCCESS):
            found["rule"] = rule.value
        return found

    def _input(self, task):
        found = {"dag": self.dag.dag_id, "task": task.task_id, "run": "{% run %}", "conf": "{% input %}"}
        if self.names.home(task) is not None:
            found["index"] = "{% index %}"
        xcoms = {}
        for task_id in sorted(task.get_flat_relative_ids(upstream=True)) if reads_results(task) else []:
            other = self.dag.task_dict[task_id]
            reference = self.names.reference(task, other)
            xcoms[task_id] = "{% " + quoted(f"{reference}.__start" if is_waited_for(other) else reference) + " %}"
        if xcoms:
            found["xcoms"] = xcoms
        return found

    def _limits(self, task):
        found = {}
        retries = int(task.retries or 0)
        delay = task.retry_delay
        delay = delay if isinstance(delay, timedelta) else timedelta(seconds=delay)
        if retries:
            found["retry"] = self._retry(task, retries, delay)
            found["fail_on"] = ["AirflowFailException", "AirflowSensorTimeout"]
        limit = self._timeout(task, retries, delay)
        if limit is not None:
            found["timeout"] = span(limit)
        if task.pool and task.pool != "default_pool":
            found["pool"] = task.pool
            if task.pool_slots != 1:
                found["slots"] = task.pool_slots
        return found

    @staticmethod
    def _retry(task, retries, delay):
        found = {"max_attempts": retries + 1, "interval": span(delay), "backoff": 1}
        growth = task.retry_exponential_backoff
        longest = task.max_retry_delay or timedelta(days=1)
        longest = longest if isinstance(longest, timedelta) else timedelta(seconds=longest)
        if growth:
            found["backoff"] = 2 if growth is True or float(growth) <= 1 else float(growth)
        else:
            longest = max(delay, timedelta(milliseconds=1))
        found["max_interval"] = span(longest)
        return found

    @staticmethod
    def _timeout(task, retries, delay):
        """A limit from outside, above the one that the worker keeps for each attempt; sensors wait as long as they say."""
        limit = task.execution_timeout
        if limit is None or setting(task, "mode") == "reschedule" or setting(task, "deferrable"):
            return None
        if task.retry_exponential_backoff:
            return None
        return (limit + GRACE) * (retries + 1) + delay * retries


def setting(task, name):
    """An argument of a task, mapped or not."""
    if task.is_mapped:
        return task.partial_kwargs.get(name, getattr(task.operator_class, name, None))
    return getattr(task, name, None)


def operator_class(task):
    return task.operator_class if task.is_mapped else type(task)


def is_waited_for(task):
    """Whether a task is a run of another DAG with whose end it ends."""
    return issubclass(operator_class(task), TriggerDagRunOperator) and setting(task, "wait_for_completion") is True


def reads_results(task):
    """Whether a task may read results: one that does nothing does not, and one that waits for nobody cannot."""
    if TriggerRule(task.trigger_rule) == TriggerRule.ALWAYS:
        return False
    if getattr(operator_class(task), "inherits_from_empty_operator", False):
        return task.is_mapped or bool(task.on_success_callback or task.on_execute_callback or task._pre_execute_hook)
    return True
