"""One execution of one instance of a task: from its input to its envelope."""

from __future__ import annotations

import logging
import math
import os

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.errors import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    DownstreamTasksSkipped,
    TaskDeferred,
    UnmappableXComTypePushed,
    XComForMappingNotPushed,
)
from tidegate.airflow.authoring.retrying import RetryAction
from tidegate.airflow.authoring.states import TaskInstanceState
from tidegate.airflow.authoring.xcomarg import RETURN_VALUE
from tidegate.airflow.compiling.naming import Names
from tidegate.airflow.running import events, keeping, past
from tidegate.airflow.running.callbacks import call_all
from tidegate.airflow.running.context import entered, make_context
from tidegate.airflow.running.deferring import go_on
from tidegate.airflow.running.instance import TaskInstance
from tidegate.airflow.running.limits import at_most
from tidegate.airflow.running.variables import of_context

log = logging.getLogger("airflow.task")


class Execution:
    """An instance of a task of a run, about to be executed."""

    def __init__(self, dag, run, event):
        self.dag = dag
        self.run = run
        self.node = dag.get_task(event["task"])
        index = event.get("index")
        self.kept_as = f"{run.dag_id}/{run.run_id}/{self.node.task_id}/{'' if index is None else index}"
        kept = keeping.read("attempts", self.kept_as, {})
        self.failures = kept.get("failures", 0)
        memo = dict(event.get("carry") or {})
        try_number = event.get("attempt") or self.failures + 1
        self.has_kept = bool(kept)
        self.ti = TaskInstance(self.node, run, index, event.get("xcoms") or {}, try_number, memo)
        self.context = make_context(dag, self.node, self.ti, run)
        self.ti.context = self.context
        self.names = Names(dag)

    def envelope(self):
        """Executes; gives the envelope, or raises what the task has raised."""
        if past.must_wait(self.node, self.run):
            return {"again": f"{past.INTERVAL_S}s", "carry": self.ti.memo}
        with entered(self.context):
            try:
                result = self._execute()
                found = self._succeed(result)
            except AirflowSkipException as skip:
                found = self._skip(skip)
            except DownstreamTasksSkipped as skip:
                self.ti.skip([getattr(task, "task_id", task) for task in skip.tasks])
                found = self._succeed(None)
            except AirflowRescheduleException as again:
                return self._again(again)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                self._fail(error)
        past.note(self.node, self.run, found["state"])
        self._forget()
        return found

    def _execute(self):
        node, ti, context = self.node, self.ti, self.context
        task = node.instance(context, ti.map_index) if node.is_mapped else node.copy_for_execution()
        ti.task = task
        for name, value in (("task", task), ("inlets", task.inlets), ("outlets", task.outlets)):
            context[name] = value
        context["inlet_events"] = events.Inlets(task)
        os.environ.update(of_context(context))
        ti.params.validate()
        task.prepare_template()
        task.render_template_fields(context, task.get_template_env(self.dag))
        context["templates_dict"] = getattr(task, "templates_dict", None)
        call_all(task.on_execute_callback, context)
        task.pre_execute(context)
        with at_most(task.execution_timeout, task):
            try:
                result = task.execute(context)
            except TaskDeferred as deferred:
                result = go_on(task, context, deferred)
        task.post_execute(context, result)
        return result

    def _succeed(self, result):
        ti, task = self.ti, self.ti.task
        self._push(task, result)
        ti.state = TaskInstanceState.SUCCESS
        ti.end_date = times.utcnow()
        self._note_map_index(task)
        call_all(task.on_success_callback, self.context)
        found = {"result": ti.xcom_encoded, "state": "success"}
        if ti.skipped:
            found["skip"] = [self.names.skip(self.node, self.dag.get_task(task_id)) for task_id in ti.skipped]
        if ti.starts:
            found["start"] = [
                {"workflow": dag_id, "input": conf, **({"key": run_id} if run_id else {})} for dag_id, conf, run_id in ti.starts
            ]
        source = {"dag": ti.dag_id, "task": ti.task_id, "run": ti.run_id, "at": str(times.utcnow())}
        sent = events.made_by(task, ti.outlet_events, source)
        if sent:
            found["events"] = sent
        return found

    def _push(self, task, result):
        if task.multiple_outputs and result is not None:
            if not isinstance(result, dict):
                kind = type(result).__name__
                raise TypeError(f"Returned output was type {kind} expected dictionary for multiple_outputs")
            for key, value in result.items():
                if not isinstance(key, str):
                    raise TypeError(f"Returned dictionary keys must be strings when using multiple_outputs, found {key!r}")
                self.ti.xcom_push(key, value)
        if task.do_xcom_push and result is not None:
            self.ti.xcom_push(RETURN_VALUE, result)
        if self._is_mapped_over():
            if RETURN_VALUE not in self.ti.pushed:
                raise XComForMappingNotPushed()
            if self.ti.map_index < 0 and not isinstance(self.ti.pushed[RETURN_VALUE], (list, tuple, dict)):
                if not hasattr(result, "__len__") or isinstance(result, (str, bytes, set)):
                    raise UnmappableXComTypePushed(result)

    def _is_mapped_over(self):
        return any(self.node in expansion.iter_tasks() for expansion in self.names.expansions)

    def _note_map_index(self, task):
        template = getattr(task, "map_index_template", None)
        if template is not None and self.ti.map_index >= 0:
            self.ti.rendered_map_index = task.render_template(template, self.context)
            log.info("map index %s is %s", self.ti.map_index, self.ti.rendered_map_index)

    def _skip(self, skip):
        log.info("skipped: %s", skip)
        self.ti.state = TaskInstanceState.SKIPPED
        self.context["exception"] = skip
        call_all(self.ti.task.on_skipped_callback, self.context)
        return {"result": self.ti.xcom_encoded, "state": "skipped"}

    def _again(self, again):
        delay = (times.utc(again.reschedule_date) - times.utcnow()).total_seconds()
        memo = {**self.ti.memo, "again": self.ti.memo.get("again", 0) + 1}
        return {"again": f"{max(math.ceil(delay * 1000), 1)}ms", "carry": memo}

    def _fail(self, error):
        ti, task = self.ti, self.ti.task
        is_final = self._is_final(error)
        ti.state = TaskInstanceState.FAILED if is_final else TaskInstanceState.UP_FOR_RETRY
        ti.end_date = times.utcnow()
        self.context["exception"] = error
        past.note(self.node, self.run, ti.state)
        call_all(task.on_failure_callback if is_final else task.on_retry_callback, self.context)
        if is_final:
            self._forget()
        else:
            keeping.write("attempts", self.kept_as, {"failures": self.failures + 1})
        told = raised(error, is_final and ti.try_number <= ti.max_tries)
        if told is error:
            raise error
        raise told from error

    def _is_final(self, error):
        if isinstance(error, (AirflowFailException, AirflowSensorTimeout)):
            return True
        policy = getattr(self.ti.task, "retry_policy", None)
        if policy is not None:
            decision = policy.evaluate(error, self.ti.try_number, self.ti.max_tries, self.context)
            if decision.action == RetryAction.FAIL:
                return True
        return self.ti.try_number > self.ti.max_tries

    def _forget(self):
        if self.has_kept:
            keeping.remove("attempts", self.kept_as)


def raised(error, no_retry):
    """What is raised in place of an error, for its name to say whether it is retried; an exception, never less."""
    if no_retry and type(error) not in (AirflowFailException, AirflowSensorTimeout):
        kind = AirflowSensorTimeout if isinstance(error, AirflowSensorTimeout) else AirflowFailException
        return kind(f"{type(error).__name__}: {error}" if not isinstance(error, kind) else str(error))
    if isinstance(error, Exception):
        return error
    return type(type(error).__name__, (AirflowException,), {})(str(error))
