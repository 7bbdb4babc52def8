"""Waiting for several futures."""

from __future__ import annotations

import math

ALWAYS = 0
ALL_COMPLETED = 100
ANY_COMPLETED = -1


def as_list(futures):
    """Futures as a list, also a single one."""
    return list(futures) if isinstance(futures, (list, tuple, set, frozenset)) else [futures]


def enough(return_when, count):
    """How many of `count` futures have to end."""
    if return_when == ANY_COMPLETED:
        return min(1, count)
    if return_when == ALWAYS:
        return 0
    if not 0 < return_when <= 100:
        raise ValueError("return_when is ALWAYS, ANY_COMPLETED, ALL_COMPLETED or a percentage")
    return math.ceil(count * return_when / 100)


def wait(fs, throw_except=True, return_when=ALL_COMPLETED, timeout=None, show_progressbar=True, **_):
    """Waits for futures, of one executor or of several. Gives those that have ended and those that have not."""
    futures = as_list(fs)
    for program in dict.fromkeys(future.job.program for future in futures):
        own = [future for future in futures if future.job.program is program]
        if return_when == ALWAYS:
            program.look()
        else:
            program.wait_for(own, enough(return_when, len(own)), timeout, show_progressbar)
    done = [future for future in futures if future._told is not None]
    if throw_except:
        for future in done:
            if future._error is not None:
                raise future._error
    return done, [future for future in futures if future._told is None]


def get_result(fs, throw_except=True, timeout=None, show_progressbar=True, **_):
    """Waits for futures and gives their results: a list of a list, one of one."""
    futures = as_list(fs)
    wait(futures, throw_except=throw_except, timeout=timeout, show_progressbar=show_progressbar)
    results = []
    for future in futures:
        future.was_read = True
        results.append(future.result(throw_except=throw_except))
    return results if isinstance(fs, (list, tuple, set, frozenset)) else results[0]
