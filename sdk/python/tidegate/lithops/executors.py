"""Executors with the names and answers of Lithops."""

from __future__ import annotations

from tidegate.programs import making, waiting
from tidegate.programs import executor as programs
from tidegate.programs.futures import FuturesList


class Executor(programs.Executor):
    """Where Lithops differs in what it gives: a map and reduce its futures, and a list of one future no list."""

    def map_reduce(self, map_function, map_iterdata, reduce_function, chunksize=None, extra_args=None, extra_args_reduce=None, **options):
        options.pop("spawn_reducer", None)
        futures = self._map_reduce(map_function, map_iterdata, reduce_function, chunksize, extra_args, extra_args_reduce, **options)
        return FuturesList(futures, self)

    def get_result(self, fs=None, throw_except=True, timeout=None, show_progressbar=True, **_):
        futures = waiting.as_list(fs) if fs is not None else [future for future in self.futures if not future.was_read]
        futures = [future for future in futures if future.produces_output]
        results = waiting.get_result(futures, throw_except, timeout, show_progressbar)
        return results[0] if len(results) == 1 and self.last_call != "map" else results


def FunctionExecutor(mode=None, config=None, config_file=None, backend=None, storage=None, monitoring=None, log_level=False, **options):
    """An executor. Backends, storages and their configuration mean nothing here: functions run where the server is.

    Other options are those of `tidegate.executor`.
    """
    known = ("scheduler", "id", "server", "data", "python", "concurrency", "environment", "progress")
    concurrency = options.get("max_workers") or options.get("worker_processes")
    given = {name: options[name] for name in known if name in options}
    if concurrency:
        given.setdefault("concurrency", concurrency)
    return making.executor(kind=Executor, **given)


LocalhostExecutor = ServerlessExecutor = StandaloneExecutor = FunctionExecutor
