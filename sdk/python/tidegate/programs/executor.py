"""The executor: what a program calls functions with."""

from __future__ import annotations

from tidegate.programs import arguments, parcels, pictures, surroundings, waiting
from tidegate.programs.digests import digest, function_name, identity
from tidegate.programs.futures import Future, FuturesList
from tidegate.programs.problems import Problem
from tidegate.programs.runs import CALL
from tidegate.programs.values import Packer

class Executor:
    """Calls functions, and waits for their results."""

    # Whether tuples and mappings are spread over the parameters of a function.
    spreads = True

    def __init__(self, program, make_run=None):
        self._program = program
        self._make_run = make_run
        self._on_close = None
        self.futures = []
        self.last_call = None

    # Calling.

    def call_async(self, func, data, extra_env=None, timeout=None, include_modules=(), exclude_modules=(), retries=0, **_):
        """Calls a function once; gives a future."""
        self.last_call = "call_async"
        packer = Packer()
        item = arguments.encoded(packer, *arguments.Binding(func, self.spreads).bind(known(data)))
        parcel = parcels.pack(func, packer, include_modules, exclude_modules or (), extra_env)
        action = {"function": CALL, "input": {"function": parcel, "item": item}, **attempts(retries, timeout)}
        name = function_name(func)
        job = self._running().job({"call": action}, name, digest(identity(func), known(data)), "A", name, 1)
        self.futures += job.futures
        return job.futures[0]

    def map(self, map_function, map_iterdata, chunksize=None, extra_args=None, **options):
        """Calls a function once for each item; gives a list of futures. With `chunksize`, so many items are one task."""
        self.last_call = "map"
        return FuturesList(self._map(map_function, map_iterdata, chunksize, extra_args, **options), self)

    def _map(
        self, func, iterdata, chunksize=None, extra_args=None, extra_env=None, timeout=None,
        include_modules=(), exclude_modules=(), retries=0, concurrency=None, letter="M", **_,
    ):  # fmt: skip
        data = known(arguments.as_items(iterdata))
        if not data:
            return []
        if chunksize is not None and chunksize < 1:
            raise ValueError("chunksize is at least 1")
        packer = Packer()
        binding = arguments.Binding(func, self.spreads)
        items = [arguments.encoded(packer, *binding.bind(item, index, extra_args)) for index, item in enumerate(data)]
        inputs = items if chunksize is None else chunks(items, chunksize)
        parcel = parcels.pack(func, packer, include_modules, exclude_modules or (), extra_env)
        action = {"function": CALL, "inputs": inputs, "with": {"function": parcel}, "each": True, **attempts(retries, timeout)}
        if concurrency:
            action["concurrency"] = concurrency
        name = function_name(func)
        what = f"{name} over {len(data)} items"
        job = self._running().job({"map": action}, what, digest(identity(func), data, extra_args), letter, name, len(data), chunksize)
        self.futures += job.futures
        return job.futures

    def map_reduce(self, map_function, map_iterdata, reduce_function, chunksize=None, extra_args=None, extra_args_reduce=None, **options):
        """Calls a function for each item, and another one with the list of results; gives the future of that."""
        return self._map_reduce(map_function, map_iterdata, reduce_function, chunksize, extra_args, extra_args_reduce, **options)[-1]

    def _map_reduce(self, map_function, map_iterdata, reduce_function, chunksize=None, extra_args=None, extra_args_reduce=None, **options):
        mapped = self._map(map_function, map_iterdata, chunksize, extra_args, **options)
        for future in mapped:
            future.produces_output = False
        results = waiting.get_result(list(mapped))
        self.last_call = "map_reduce"
        return [*mapped, *self._map(reduce_function, [(results,)], None, extra_args_reduce, **{**options, "letter": "R"})]

    # Waiting.

    def wait(self, fs=None, throw_except=True, return_when=waiting.ALL_COMPLETED, timeout=None, show_progressbar=True, **_):
        """Waits for futures, by default all of this executor. Gives those that have ended and those that have not."""
        futures = self.futures if fs is None else waiting.as_list(fs)
        done, not_done = waiting.wait(futures, throw_except, return_when, timeout, show_progressbar)
        return FuturesList(done, self), FuturesList(not_done, self)

    def get_result(self, fs=None, throw_except=True, timeout=None, show_progressbar=True, **_):
        """Waits for futures and gives their results; by default all that have not been read, and of a single call its result."""
        if fs is not None:
            return waiting.get_result(fs, throw_except, timeout, show_progressbar)
        futures = [future for future in self.futures if future.produces_output and not future.was_read]
        results = waiting.get_result(futures, throw_except, timeout, show_progressbar)
        return results[0] if len(results) == 1 and self.last_call != "map" else results

    def sleep(self, seconds):
        """Waits for this long. What has passed stays passed, also for a program that is started again."""
        self._running().sleep(seconds)

    def now(self):
        """The time, in seconds since 1970; the same whenever a program that is started again comes here."""
        return self._running().now()

    # Programs that are functions.

    def run(self, main, *args, **kwargs):
        """Runs `main` as a program, and gives its result. In `main`, `tidegate.executor()` is what calls functions."""
        if self._make_run is None:
            with surroundings.of(self._running()):
                return main(*args, **kwargs)
        return self.start(main, *args, **kwargs).result()

    def start(self, main, *args, **kwargs):
        """Starts `main` as a program on the server, and gives its run."""
        if self._make_run is None:
            raise Problem('only executor(scheduler="external") starts programs that run without this one')
        packer = Packer()
        item = arguments.encoded(packer, args, kwargs)
        return self._make_run({"function": parcels.pack(main, packer), "item": item})

    def _running(self):
        if self._program is None:
            raise Problem('with scheduler="external" functions are called by a program that is given to run()')
        return self._program

    # Looking.

    def plot(self, fs=None, dst=None, figsize=(10, 6)):
        """Draws when calls ran, and how many at a time, as two SVG files; gives their paths."""
        futures = self.futures if fs is None else waiting.as_list(fs)
        return pictures.draw([future.stats for future in futures if future._told is not None], dst, figsize)

    def job_summary(self, **_):
        """Prints a line for each call and map: how often its function was called, and how long that took."""
        print(pictures.summary(self.futures))

    def clean(self, *_, **__):
        """Nothing: the server keeps what it has for as long as it was told to."""

    # The end.

    def close(self, error=None):
        """Ends the run: well, or as failed with `error`. At the end of the process this happens by itself."""
        if self._on_close is not None:
            on_close, self._on_close = self._on_close, None
            on_close(error)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close(error)

    def __reduce__(self):
        raise TypeError("an executor does not travel: make one in the function that is to use it")


def known(data):
    """Data with the results of the futures in it, which are waited for."""
    if isinstance(data, Future):
        return data.result()
    if isinstance(data, (list, tuple)) and any(isinstance(item, Future) for item in data):
        waiting.wait([item for item in data if isinstance(item, Future)])
        for item in data:
            if isinstance(item, Future):
                item.produces_output = False
        results = [known(item) for item in data]
        return tuple(results) if isinstance(data, tuple) else results
    return data


def chunks(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def attempts(retries, timeout):
    """How often a call is tried, and how long one attempt may take."""
    told = {}
    if retries:
        told["retry"] = {"max_attempts": retries + 1, **RETRY}
    if timeout is not None:
        told["timeout"] = f"{max(1, round(timeout * 1000))}ms"
    return told


RETRY = {"interval": "200ms"}
