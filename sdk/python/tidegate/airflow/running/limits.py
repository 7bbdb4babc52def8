"""`execution_timeout`: ends an attempt from inside, with an error that the task can see."""

from __future__ import annotations

import signal
import threading

from tidegate.airflow.authoring.errors import AirflowTaskTimeout


class at_most:  # noqa: N801 - reads as a statement
    """Raises `AirflowTaskTimeout` after a while. In other threads than the main one there are no alarms."""

    def __init__(self, timeout, task):
        self.timeout = timeout
        self.task = task
        self.is_set = False

    def __enter__(self):
        if self.timeout is None or threading.current_thread() is not threading.main_thread():
            return self
        self.before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, max(self.timeout.total_seconds(), 0.001))
        self.is_set = True
        return self

    def __exit__(self, *_):
        if self.is_set:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)

    def _ring(self, *_):
        on_kill = getattr(self.task, "on_kill", None)
        if on_kill is not None:
            on_kill()
        raise AirflowTaskTimeout(f"the task has run for {self.timeout.total_seconds()} s, which is its execution_timeout")
