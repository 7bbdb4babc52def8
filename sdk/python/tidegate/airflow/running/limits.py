"""`execution_timeout`: ends an attempt from inside, with an error that the task can see."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager

from tidegate.airflow.authoring.errors import AirflowTaskTimeout


@contextmanager
def at_most(timeout, task):
    """Raises `AirflowTaskTimeout` after a while. In other threads than the main one there are no alarms."""
    if timeout is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    seconds = timeout.total_seconds()

    def ring(*_):
        on_kill = getattr(task, "on_kill", None)
        if on_kill is not None:
            on_kill()
        raise AirflowTaskTimeout(f"the task has run for {seconds} seconds, which is its execution_timeout")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
