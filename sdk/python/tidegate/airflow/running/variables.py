"""`AIRFLOW_CTX_…`: what commands are told about their task in the environment."""

from __future__ import annotations


def of_context(context):
    """The variables for the task of a context."""
    ti, run = context["ti"], context["dag_run"]
    date = context.get("logical_date")
    found = {
        "AIRFLOW_CTX_DAG_OWNER": getattr(context["task"], "owner", "") or "",
        "AIRFLOW_CTX_DAG_ID": ti.dag_id,
        "AIRFLOW_CTX_TASK_ID": ti.task_id,
        "AIRFLOW_CTX_LOGICAL_DATE": date.isoformat() if date is not None else "",
        "AIRFLOW_CTX_TRY_NUMBER": str(ti.try_number),
        "AIRFLOW_CTX_DAG_RUN_ID": run.run_id,
    }
    return {name: value for name, value in found.items() if value}


def context_to_airflow_vars(context, in_env_var_format=False):
    found = of_context(context)
    if in_env_var_format:
        return found
    return {f"airflow.ctx.{name[len('AIRFLOW_CTX_'):].lower()}": value for name, value in found.items()}
