"""Python side of Tidegate, an engine for serverless workflows.

Programs that call functions and wait for their results start with `executor`; what they use is loaded when it is first named.
"""

import importlib

__version__ = "0.1.0"

_PLACES = {
    "executor": "making",
    "Executor": "executor",
    "Future": "futures",
    "FuturesList": "futures",
    "Run": "run",
    "wait": "waiting",
    "get_result": "waiting",
    "ALL_COMPLETED": "waiting",
    "ANY_COMPLETED": "waiting",
    "ALWAYS": "waiting",
    "CallFailed": "problems",
    "CallTimedOut": "problems",
    "NonDeterminism": "problems",
    "Problem": "problems",
    "RunEnded": "problems",
    "ServerProblem": "problems",
}

__all__ = ["__version__", *_PLACES]


def __getattr__(name):
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"tidegate.programs.{_PLACES[name]}"), name)
    globals()[name] = value
    return value
