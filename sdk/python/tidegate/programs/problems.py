"""What can go wrong with a program and its calls, as exceptions."""

from __future__ import annotations


class Problem(Exception):
    """Base of what this package raises by itself."""


class NonDeterminism(Problem):
    """A program that was started again asks for something other than its history has."""


class CallFailed(Problem):
    """A call failed, and not with an exception that could travel: `error` is the failure's name, `detail` what came with it."""

    def __init__(self, error, message, detail=None):
        super().__init__(f"{error}: {message}" if message else error)
        self.error = error
        self.message = message
        self.detail = detail

    def __reduce__(self):
        return CallFailed, (self.error, self.message, self.detail)


class CallTimedOut(CallFailed, TimeoutError):
    """A call took longer than it was given."""

    def __reduce__(self):
        return CallTimedOut, (self.error, self.message, self.detail)


class RunEnded(Problem):
    """The run of this program has ended, and not because the program did."""


class ServerProblem(Problem):
    """The server is not there, or refuses what it is asked for."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class Traceback(Exception):
    """The cause of an exception that comes from a call: where it was raised there."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text

    def __str__(self):
        return f"\n\n{self.text.rstrip()}\n"


class Suspended(BaseException):
    """Leaves a program that can go no further in this turn. It is no `Exception`, so that programs do not catch it."""


def need_cloudpickle():
    """The module `cloudpickle`, or an error that says how to get it."""
    try:
        import cloudpickle
    except ImportError:
        raise Problem(
            "functions travel by cloudpickle, and it is not installed for this Python: pip install cloudpickle"
        ) from None
    return cloudpickle
