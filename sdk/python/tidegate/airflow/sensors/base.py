"""`BaseSensorOperator`: a task that waits until `poke` says yes, in its process or by being invoked again."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.errors import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferralError,
    TaskDeferralTimeout,
)
from tidegate.airflow.authoring.operator import BaseOperator
from tidegate.airflow.operators.branch import SkipMixin


class PokeReturnValue:
    """An answer of `poke`: whether it is done, and the sensor's result."""

    def __init__(self, is_done, xcom_value=None):
        self.is_done = is_done
        self.xcom_value = xcom_value

    def __bool__(self):
        return bool(self.is_done)


class BaseSensorOperator(BaseOperator, SkipMixin):
    """Waits. In mode `reschedule`, and where it is deferrable, it holds no process between two looks."""

    ui_color = "#e6f1f2"
    valid_modes = ("poke", "reschedule")
    is_sensor = True

    def __init__(
        self,
        *,
        poke_interval=60,
        timeout=7 * 24 * 3600,
        soft_fail=False,
        mode="poke",
        exponential_backoff=False,
        max_wait=None,
        silent_fail=False,
        never_fail=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.poke_interval = _seconds(poke_interval, "poke_interval")
        self.timeout = _seconds(timeout, "timeout")
        self.soft_fail = soft_fail
        self.mode = mode
        self.exponential_backoff = exponential_backoff
        self.max_wait = None if max_wait is None else timedelta(seconds=_seconds(max_wait, "max_wait"))
        self.silent_fail = silent_fail
        self.never_fail = never_fail
        if soft_fail and never_fail:
            raise ValueError("soft_fail and never_fail are mutually exclusive, you can not provide both.")
        if mode not in self.valid_modes:
            raise ValueError(f"the mode of a sensor is `poke` or `reschedule`, and this is {mode!r}")

    @property
    def reschedule(self):
        return self.mode == "reschedule"

    def poke(self, context):
        raise AirflowException("Override me.")

    def execute(self, context):
        memo = context["ti"].memo
        started = memo.setdefault("started", time.time()) if self.reschedule else time.time()
        while True:
            pokes = memo["pokes"] = memo.get("pokes", 0) + 1
            told = self._ask(context)
            if told:
                return told.xcom_value if isinstance(told, PokeReturnValue) else None
            waited = time.time() - started
            if waited > self.timeout:
                message = (
                    f"Sensor has timed out; run duration of {waited} seconds exceeds the specified timeout of {self.timeout}."
                )
                raise AirflowSkipException(message) if self.soft_fail else AirflowSensorTimeout(message)
            pause = self.pause(pokes, waited, started)
            if self.reschedule:
                raise AirflowRescheduleException(times.utcnow() + timedelta(seconds=pause))
            time.sleep(pause)

    def _ask(self, context):
        try:
            return self.poke(context)
        except AirflowSkipException:
            raise
        except (AirflowSensorTimeout, AirflowTaskTimeout, AirflowFailException) as error:
            self._pass_over(error)
            raise
        except Exception as error:
            if self.silent_fail:
                self.log.exception("Sensor poke failed")
                return False
            if self.never_fail:
                self._pass_over(error)
            raise

    def _pass_over(self, error):
        if self.soft_fail:
            raise AirflowSkipException("Skipping due to soft_fail is set to True.") from error
        if self.never_fail:
            raise AirflowSkipException("Skipping due to never_fail is set to True.") from error

    def resume_execution(self, next_method, next_kwargs, context):
        try:
            try:
                return super().resume_execution(next_method, next_kwargs, context)
            except TaskDeferralTimeout as error:
                raise AirflowSensorTimeout(*error.args) from error
        except AirflowSkipException:
            raise
        except (AirflowException, TaskDeferralError) as error:
            self._pass_over(error)
            raise

    def pause(self, pokes, waited, started):
        """Seconds until the next look, the `pokes`-th being over."""
        if not self.exponential_backoff:
            return self.poke_interval
        least = max(int(self.poke_interval * 2 ** min(pokes - 2, 40)), 1)
        spread = hashlib.sha1(f"{self.dag_id}#{self.task_id}#{started}#{pokes}".encode(), usedforsecurity=False)
        pause = min(least + int(spread.hexdigest(), 16) % least, max(self.timeout - int(waited), 0))
        return min(pause, self.max_wait.total_seconds()) if self.max_wait else pause


def poke_mode_only(cls):
    """Marks a sensor that must not be rescheduled."""

    def set_mode(_, value):
        if value != "poke":
            raise ValueError(f"Cannot set mode to '{value}'. Only 'poke' is acceptable")

    cls.mode = property(lambda _: "poke", set_mode)
    return cls


def _seconds(value, name):
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (int, float)) and value >= 0:
        return value
    raise ValueError(f"`{name}` is a timedelta or a number of seconds that is not negative, and this is {value!r}")
