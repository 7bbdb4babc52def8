"""Sensors of functions, commands, files and times."""

from __future__ import annotations

import datetime
import glob
import os

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.errors import AirflowFailException
from tidegate.airflow.authoring.states import WeekDay
from tidegate.airflow.operators.bash import codes
from tidegate.airflow.operators.others import Unsupported
from tidegate.airflow.operators.python import arguments_for, call
from tidegate.airflow.operators.subprocesses import SubprocessHook
from tidegate.airflow.running.variables import of_context
from tidegate.airflow.sensors.base import BaseSensorOperator, PokeReturnValue


class PythonSensor(BaseSensorOperator):
    """Waits until a function returns something true."""

    template_fields = ("templates_dict", "op_args", "op_kwargs")

    def __init__(self, *, python_callable, op_args=None, op_kwargs=None, templates_dict=None, **kwargs):
        super().__init__(**kwargs)
        self.python_callable = python_callable
        self.op_args = op_args or []
        self.op_kwargs = op_kwargs or {}
        self.templates_dict = templates_dict

    def poke(self, context):
        seen = dict(context.items())
        seen.update(self.op_kwargs, templates_dict=self.templates_dict)
        told = call(self.python_callable, self.op_args, arguments_for(self.python_callable, self.op_args, seen), context)
        return told if isinstance(told, PokeReturnValue) else bool(told)


class BashSensor(BaseSensorOperator):
    """Waits until a command ends with exit code 0."""

    template_fields = ("bash_command", "env")
    template_ext = (".sh", ".bash")

    def __init__(self, *, bash_command, env=None, output_encoding="utf-8", retry_exit_code=None, **kwargs):
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env = env
        self.output_encoding = output_encoding
        self.retry_exit_code = retry_exit_code

    def poke(self, context):
        env = dict(self.env) if self.env is not None else dict(os.environ)
        env.update(of_context(context))
        ended = SubprocessHook().run_command(["bash", "-c", self.bash_command], env, self.output_encoding)
        if ended.exit_code != 0 and self.retry_exit_code is not None and ended.exit_code not in codes(self.retry_exit_code):
            raise AirflowFailException(f"Command exited with {ended.exit_code}: {ended.output}")
        return ended.exit_code == 0


class Deferring(BaseSensorOperator):
    """A sensor that takes `deferrable`: where it is, it holds no process while it waits."""

    def __init__(self, *, deferrable=False, start_from_trigger=False, trigger_kwargs=None, end_from_trigger=False, **kwargs):
        if deferrable:
            kwargs["mode"] = "reschedule"
        super().__init__(**kwargs)
        self.deferrable = deferrable


class FileSensor(Deferring):
    """Waits until a file, or one that matches a pattern, is there."""

    template_fields = ("filepath",)

    def __init__(self, *, filepath, fs_conn_id="fs_default", recursive=False, **kwargs):
        super().__init__(**kwargs)
        self.filepath = filepath
        self.fs_conn_id = fs_conn_id
        self.recursive = recursive

    @property
    def path(self):
        return os.path.join(self._base(), self.filepath)

    def _base(self):
        from tidegate.airflow.authoring.connections import BaseHook, is_connection

        if not is_connection(self.fs_conn_id):
            return "/"
        return BaseHook.get_connection(self.fs_conn_id).extra_dejson.get("path") or "/"

    def poke(self, context):
        for path in glob.glob(self.path, recursive=self.recursive):
            if os.path.isfile(path) or any(files for _, _, files in os.walk(path)):
                return True
        return False


class UntilTime(Deferring):
    """Waits until a time."""

    def moment(self, context):
        raise NotImplementedError

    def poke(self, context):
        return times.utcnow() > self.moment(context)

    def execute(self, context):
        self._moment = self.moment(context)
        return super().execute(context)

    def pause(self, pokes, waited, started):
        """Until the time has come, where that is before the next look would be."""
        left = (self._moment - times.utcnow()).total_seconds() + 0.001
        usual = super().pause(pokes, waited, started)
        within = max(self.timeout - waited, 0) + 0.001
        return max(min(left, within), 0.001) if self.reschedule else max(min(usual, left), 0.001)


class DateTimeSensor(UntilTime):
    """Waits until a date and time."""

    template_fields = ("target_time",)

    def __init__(self, *, target_time, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(target_time, (str, datetime.datetime)):
            raise TypeError(f"Expected str or datetime.datetime type for target_time. Got {type(target_time)}")
        self.target_time = target_time.isoformat() if isinstance(target_time, datetime.datetime) else target_time

    def moment(self, context):
        return times.instant(self.target_time)


class TimeSensor(UntilTime):
    """Waits until a time of the day, in the DAG's time zone."""

    def __init__(self, *, target_time, **kwargs):
        super().__init__(**kwargs)
        self.target_time = target_time

    def moment(self, context):
        zone = self.dag.timezone or times.utc_zone
        today = datetime.datetime.combine(datetime.datetime.now(zone), self.target_time, tzinfo=zone)
        return times.utc(today)


class TimeDeltaSensor(UntilTime):
    """Waits until a while after the end of the data interval."""

    def __init__(self, *, delta, **kwargs):
        super().__init__(**kwargs)
        self.delta = delta

    def moment(self, context):
        return (context["data_interval_end"] or context["dag_run"].run_after) + self.delta


class WaitSensor(UntilTime):
    """Waits for a while from its start on."""

    def __init__(self, *, time_to_wait, **kwargs):
        super().__init__(**kwargs)
        given = time_to_wait
        self.time_to_wait = given if isinstance(given, datetime.timedelta) else datetime.timedelta(minutes=given)

    def moment(self, context):
        memo = context["ti"].memo
        return times.from_timestamp(memo.setdefault("began", times.utcnow().timestamp())) + self.time_to_wait


def _deferred(kind):
    class Async(kind):
        def __init__(self, **kwargs):
            kwargs.setdefault("deferrable", True)
            super().__init__(**kwargs)

    Async.__name__ = Async.__qualname__ = f"{kind.__name__}Async"
    return Async


DateTimeSensorAsync = _deferred(DateTimeSensor)
TimeSensorAsync = _deferred(TimeSensor)
TimeDeltaSensorAsync = _deferred(TimeDeltaSensor)


class DayOfWeekSensor(BaseSensorOperator):
    """Waits until it is one of certain days of the week."""

    def __init__(self, *, week_day, use_task_logical_date=False, use_task_execution_day=False, **kwargs):
        super().__init__(**kwargs)
        self.week_day = week_day
        self.use_task_logical_date = use_task_logical_date or use_task_execution_day
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def poke(self, context):
        now = context["logical_date"] if self.use_task_logical_date else times.utcnow()
        return now.isoweekday() in self._week_day_num


class ExternalTaskSensor(Unsupported):
    """A sensor of tasks of other DAGs."""

    why = "a task cannot look into runs of other DAGs"
    hint = "let the other DAG update an asset and schedule this one on it, or run it with TriggerDagRunOperator and wait_for_completion"
