"""Futures: what a call gives at once, and where its result will be."""

from __future__ import annotations

import base64
import pickle

from tidegate.programs.problems import CallFailed, CallTimedOut, Traceback
from tidegate.programs.values import decode


class Future:
    """One call, or one item of a map."""

    def __init__(self, job, index):
        self.job = job
        self.index = index
        self.produces_output = True
        self.was_read = False
        self._told = None
        self._value = None
        self._error = None

    # How it stands. These look whether there is news, and wait for none.

    @property
    def done(self):
        """Whether the call has ended, well or not."""
        if self._told is None:
            self.job.program.look()
        return self._told is not None

    ready = done

    @property
    def running(self):
        """Whether the call has not ended."""
        return not self.done

    @property
    def success(self):
        """Whether the call has ended well."""
        return self.done and self._error is None

    @property
    def error(self):
        """Whether the call has ended with an exception."""
        return self.done and self._error is not None

    # What became of it.

    def result(self, timeout=None, throw_except=True, **_):
        """Waits for the result. An exception of the function is raised here; `None` instead of it without `throw_except`."""
        self.wait(timeout)
        if self._error is not None:
            if throw_except:
                raise self._error
            return None
        return self._value

    def exception(self, timeout=None):
        """Waits for the end, and gives the exception of the function or `None`."""
        self.wait(timeout)
        return self._error

    def status(self, throw_except=True, **_):
        """Waits for the end."""
        self.wait()
        if self._error is not None and throw_except:
            raise self._error
        return self.stats

    def wait(self, timeout=None):
        """Waits for the end."""
        self.job.program.wait_for([self], timeout=timeout)

    @property
    def function_name(self):
        return self.job.name

    @property
    def call_id(self):
        return f"{self.index:05d}"

    @property
    def job_id(self):
        return f"{self.job.letter}{self.job.number:03d}"

    @property
    def traceback(self):
        """The traceback that the function had, as text."""
        return getattr(self._error.__cause__, "text", None) if self._error is not None else None

    @property
    def stats(self):
        """When what happened, in seconds since 1970, with the names that Lithops has for these."""
        told = self._told or {}
        began, ended = told.get("from"), told.get("to")
        times = {
            "host_job_create_tstamp": self.job.created,
            "host_submit_tstamp": self.job.created,
            "worker_start_tstamp": began,
            "worker_func_start_tstamp": began,
            "worker_func_end_tstamp": ended,
            "worker_end_tstamp": ended,
            "host_status_done_tstamp": told.get("at"),
            "host_result_done_tstamp": told.get("at"),
        }
        if began is not None and ended is not None:
            times["worker_exec_time"] = times["worker_func_exec_time"] = round(ended - began, 6)
        return {key: value for key, value in times.items() if value is not None}

    def __reduce__(self):
        raise TypeError("a future does not travel: pass its result()")

    def __repr__(self):
        state = "waiting" if self._told is None else "failed" if self._error is not None else "done"
        return f"<Future {self.job_id}-{self.call_id} {self.job.name} {state}>"

    def end(self, told):
        """It has ended: `{"result"}` or `{"failed"}`, with times."""
        if self._told is not None:
            return
        self._told = told
        if "failed" in told:
            self._error = raised(told["failed"])
        else:
            self._value = decode(told["result"])


class FuturesList(list):
    """The futures of a map, which can be mapped over again."""

    executor = None

    def __init__(self, futures=(), executor=None):
        super().__init__(futures)
        self.executor = executor

    def map(self, function, **options):
        """A map over the results of these; they are waited for first."""
        return self.executor.map(function, self, **options)

    def map_reduce(self, function, reduce_function, **options):
        return self.executor.map_reduce(function, self, reduce_function, **options)

    def wait(self, **options):
        return self.executor.wait(self, **options)

    def get_result(self, **options):
        return self.executor.get_result(self, **options)


def raised(failed):
    """The exception that a failure is."""
    detail = failed.get("detail") if isinstance(failed.get("detail"), dict) else {}
    told = {**detail, **failed}
    error = None
    if "raised" in told:
        try:
            error = pickle.loads(base64.b64decode(told["raised"]))
        except Exception:
            pass  # its class is not here, or wants other arguments than it keeps
    if not isinstance(error, Exception):
        kind = CallTimedOut if told.get("error") == "Tidegate.Timeout" else CallFailed
        error = kind(told.get("error", "Tidegate.TaskFailed"), told.get("message", ""), failed.get("detail"))
    if told.get("traceback"):
        error.__cause__ = Traceback(told["traceback"])
    return error
