"""The names of Lithops, so that a program that is written for it runs after a change of its import.

    import tidegate.lithops as lithops
"""

from tidegate.lithops.executors import FunctionExecutor, LocalhostExecutor, ServerlessExecutor, StandaloneExecutor
from tidegate.lithops.retries import RetryingFunctionExecutor
from tidegate.lithops.wait import ALL_COMPLETED, ALWAYS, ANY_COMPLETED, get_result, wait

__all__ = [
    "ALL_COMPLETED",
    "ALWAYS",
    "ANY_COMPLETED",
    "FunctionExecutor",
    "LocalhostExecutor",
    "RetryingFunctionExecutor",
    "ServerlessExecutor",
    "StandaloneExecutor",
    "get_result",
    "wait",
]
