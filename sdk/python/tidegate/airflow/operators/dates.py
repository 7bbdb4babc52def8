"""Branches by date: by a time, by the day of the week, and by whether the run is the latest."""

from __future__ import annotations

import datetime

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.errors import AirflowException
from tidegate.airflow.authoring.states import DagRunType, WeekDay
from tidegate.airflow.operators.branch import BaseBranchOperator


class BranchDateTimeOperator(BaseBranchOperator):
    """Follows one branch within a span of time, and another outside of it."""

    def __init__(
        self,
        *,
        follow_task_ids_if_true,
        follow_task_ids_if_false,
        target_lower,
        target_upper,
        use_task_logical_date=False,
        use_task_execution_date=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if target_lower is None and target_upper is None:
            raise AirflowException("Both target_upper and target_lower are None. At least one must be defined")
        self.target_lower = target_lower
        self.target_upper = target_upper
        self.follow_task_ids_if_true = follow_task_ids_if_true
        self.follow_task_ids_if_false = follow_task_ids_if_false
        self.use_task_logical_date = use_task_logical_date or use_task_execution_date

    def choose_branch(self, context):
        now = context.get("logical_date") if self.use_task_logical_date else None
        now = times.make_naive(now or times.utcnow(), self.dag.timezone)
        lower, upper = target_times_as_dates(now, self.target_lower, self.target_upper)
        after_lower = lower is None or lower <= now
        before_upper = upper is None or now <= upper
        return self.follow_task_ids_if_true if after_lower and before_upper else self.follow_task_ids_if_false


def target_times_as_dates(base_date, lower, upper):
    """Times of day as times of the day of `base_date`; an upper one before the lower one is of the next day."""
    as_date = lambda value: (
        datetime.datetime.combine(base_date, value)
        if isinstance(value, datetime.time)
        else times.make_naive(value)
        if isinstance(value, datetime.datetime) and value.tzinfo is not None
        else value
    )
    both_times = isinstance(lower, datetime.time) and isinstance(upper, datetime.time)
    lower, upper = as_date(lower), as_date(upper)
    if lower is not None and upper is not None and upper < lower and both_times:
        upper += datetime.timedelta(days=1)
    return lower, upper


class BranchDayOfWeekOperator(BaseBranchOperator):
    """Follows one branch on certain days of the week, and another on the others."""

    def __init__(
        self,
        *,
        follow_task_ids_if_true,
        follow_task_ids_if_false,
        week_day,
        use_task_logical_date=False,
        use_task_execution_day=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.follow_task_ids_if_true = follow_task_ids_if_true
        self.follow_task_ids_if_false = follow_task_ids_if_false
        self.week_day = week_day
        self.use_task_logical_date = use_task_logical_date or use_task_execution_day
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def choose_branch(self, context):
        now = context.get("logical_date") if self.use_task_logical_date else None
        now = times.make_naive(now or times.utcnow(), self.dag.timezone)
        is_one = now.isoweekday() in self._week_day_num
        return self.follow_task_ids_if_true if is_one else self.follow_task_ids_if_false


class LatestOnlyOperator(BaseBranchOperator):
    """Skips what comes right after it, unless the run is of the latest interval of the schedule."""

    ui_color = "#e9ffdb"

    def choose_branch(self, context):
        follow_all = list(self.get_direct_relative_ids(upstream=False))
        run = context["dag_run"]
        start, end = run.data_interval_start, run.data_interval_end
        if run.run_type == DagRunType.MANUAL or start is None or end is None:
            return follow_all
        length = end - start
        now = times.utcnow()
        return follow_all if not length or end < now <= end + length else []
