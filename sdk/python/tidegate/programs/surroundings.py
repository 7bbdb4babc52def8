"""Where a program runs: at the top of its own process, in a turn of a program that is a function, or in a call."""

from __future__ import annotations

from contextlib import contextmanager

_programs = []
_calls = []


class Call:
    """A call that is carried out: its function, the key that all attempts of it share, and the executors that it has made."""

    def __init__(self, function, key):
        self.function = function
        self.key = key
        self.executors = []


@contextmanager
def of(program):
    """Executors that are made meanwhile belong to this program."""
    _programs.append(program)
    try:
        yield program
    finally:
        _programs.pop()


@contextmanager
def of_call(function, key):
    """Executors that are made meanwhile are those of a call, and end with it."""
    call = Call(function, key)
    _calls.append(call)
    try:
        yield call
        for executor in call.executors:
            executor.close()
    except BaseException as error:
        for executor in call.executors:
            executor.close(error)
        raise
    finally:
        _calls.pop()


def program():
    """The program that surrounds this code; `None` at the top."""
    return _programs[-1] if _programs else None


def call():
    """The call that surrounds this code; `None` at the top."""
    return _calls[-1] if _calls else None
