"""Operators that do nothing."""

from tidegate.airflow.authoring.operator import BaseOperator


class EmptyOperator(BaseOperator):
    """Does nothing, and stands where edges meet."""

    ui_color = "#e8f7e4"
    inherits_from_empty_operator = True

    def execute(self, context):
        pass


DummyOperator = EmptyOperator


class ExternalTaskMarker(EmptyOperator):
    """Says that a task of another DAG depends on this one."""

    template_fields = ("external_dag_id", "external_task_id", "logical_date")

    def __init__(self, *, external_dag_id, external_task_id, logical_date="{{ logical_date.isoformat() }}", recursion_depth=10, **kwargs):
        kwargs.pop("execution_date", None)
        super().__init__(**kwargs)
        self.external_dag_id = external_dag_id
        self.external_task_id = external_task_id
        self.logical_date = logical_date
        self.recursion_depth = recursion_depth
