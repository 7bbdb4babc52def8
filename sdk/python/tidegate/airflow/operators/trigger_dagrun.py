"""Runs of other DAGs."""

from __future__ import annotations

import json

from tidegate.airflow.authoring.errors import AirflowException
from tidegate.airflow.authoring.operator import BaseOperator


class TriggerDagRunOperator(BaseOperator):
    """Starts a run of another DAG. With `wait_for_completion` the run is a task of this one, which ends with it."""

    template_fields = ("trigger_dag_id", "trigger_run_id", "logical_date", "conf", "wait_for_completion", "skip_when_already_exists")
    template_fields_renderers = {"conf": "py"}
    ui_color = "#ffefeb"

    def __init__(
        self,
        *,
        trigger_dag_id,
        trigger_run_id=None,
        conf=None,
        logical_date=None,
        reset_dag_run=False,
        wait_for_completion=False,
        poke_interval=60,
        allowed_states=None,
        failed_states=None,
        skip_when_already_exists=False,
        fail_when_dag_is_paused=False,
        deferrable=False,
        openlineage_inject_parent_info=True,
        note=None,
        run_after=None,
        **kwargs,
    ):
        logical_date = kwargs.pop("execution_date", logical_date)
        super().__init__(**kwargs)
        self.trigger_dag_id = trigger_dag_id
        self.trigger_run_id = trigger_run_id
        self.conf = conf
        self.logical_date = logical_date
        self.reset_dag_run = reset_dag_run
        self.wait_for_completion = wait_for_completion
        self.poke_interval = poke_interval
        self.allowed_states = allowed_states
        self.failed_states = failed_states
        self.skip_when_already_exists = skip_when_already_exists

    def execute(self, context):
        try:
            conf = json.loads(json.dumps(self.conf or {}))
        except TypeError as error:
            raise AirflowException("conf parameter should be JSON Serializable") from error
        ti = context["ti"]
        ti.xcom_push(key="trigger_dag_id", value=self.trigger_dag_id)
        if self.trigger_run_id:
            ti.xcom_push(key="trigger_run_id", value=self.trigger_run_id)
        if self.wait_for_completion:
            ti.xcom_push(key="conf", value=conf)
            return
        ti.start(self.trigger_dag_id, conf, self.trigger_run_id)
