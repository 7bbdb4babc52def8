"""The names of PyWren, so that a program that is written for it runs after a change of its import.

    import tidegate.pywren as pywren
"""

from __future__ import annotations

from tidegate.programs import executor as programs
from tidegate.programs import making, waiting

ALL_COMPLETED = 1
ANY_COMPLETED = 2
ALWAYS = 3

_MEANING = {ALL_COMPLETED: waiting.ALL_COMPLETED, ANY_COMPLETED: waiting.ANY_COMPLETED, ALWAYS: waiting.ALWAYS}

__all__ = [
    "ALL_COMPLETED",
    "ALWAYS",
    "ANY_COMPLETED",
    "default_executor",
    "dummy_executor",
    "get_all_results",
    "lambda_executor",
    "wait",
]


class Future:
    """A future with the methods of PyWren."""

    def __init__(self, future):
        self.future = future

    def result(self, timeout=None, check_only=False, throw_except=True, **_):
        if check_only and not self.future.done:
            return None
        return self.future.result(timeout=timeout, throw_except=throw_except)

    def wait(self, timeout=None, **_):
        self.future.wait(timeout)

    def done(self):
        return self.future.done

    def running(self):
        return self.future.running

    def succeeded(self):
        return self.future.success

    def errored(self):
        return self.future.error

    def exception(self, timeout=None):
        return self.future.exception(timeout)

    @property
    def call_id(self):
        return self.future.call_id

    @property
    def callset_id(self):
        return self.future.job_id

    @property
    def run_status(self):
        return self.future.stats

    invoke_status = run_status

    def __repr__(self):
        return repr(self.future)


class Executor(programs.Executor):
    """An executor that gives each function one argument, whatever that is."""

    spreads = False

    def call_async(self, func, data, extra_env=None, extra_meta=None, **options):
        return Future(super().call_async(func, data, extra_env=extra_env, **options))

    def map(self, func, iterdata, extra_env=None, extra_meta=None, **options):
        data = [bare(item) for item in iterdata]
        return [Future(future) for future in super().map(func, data, extra_env=extra_env, **options)]

    def reduce(self, function, list_of_futures, extra_env=None, extra_meta=None, **_):
        """Calls a function with the list of results."""
        return self.call_async(function, get_all_results(list_of_futures), extra_env=extra_env)

    def map_reduce(self, map_func, iterdata, reduce_func, extra_env=None, extra_meta=None, **_):
        return self.reduce(reduce_func, self.map(map_func, iterdata, extra_env=extra_env), extra_env=extra_env)

    def get_result(self, fs=None, **options):
        return super().get_result(None if fs is None else bare(fs), **options)

    def wait(self, fs=None, return_when=ALL_COMPLETED, **options):
        return wait(self.futures if fs is None else fs, return_when, **options)


def bare(given):
    """Futures without the methods of PyWren, wherever they stand."""
    if isinstance(given, Future):
        return given.future
    return [bare(item) for item in given] if isinstance(given, list) else given


def default_executor(**options):
    """An executor. Regions, roles and queues mean nothing here; other options are those of `tidegate.executor`."""
    known = ("scheduler", "id", "server", "data", "python", "concurrency", "environment", "progress")
    return making.executor(kind=Executor, **{name: options[name] for name in known if name in options})


lambda_executor = dummy_executor = remote_executor = standalone_executor = default_executor


def wait(fs, return_when=ALL_COMPLETED, timeout=None, **_):
    """Waits for futures; gives those that have ended and those that have not."""
    wrapped = {id(bare(future)): future for future in fs}
    told = waiting.wait([bare(future) for future in fs], False, _MEANING[return_when], timeout)
    return tuple([wrapped[id(future)] for future in part] for part in told)


def get_all_results(fs, **_):
    """The results of futures, once all have ended."""
    return waiting.get_result([bare(future) for future in fs])
