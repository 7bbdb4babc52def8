"""Retry policies: rules by exception for whether a task is retried."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class RetryAction(str, enum.Enum):
    RETRY = "retry"
    FAIL = "fail"
    DEFAULT = "default"


@dataclass
class RetryDecision:
    """What becomes of a task that has failed."""

    action: RetryAction = RetryAction.DEFAULT
    retry_delay: Any = None
    reason: Any = None

    @classmethod
    def retry(cls, delay=None, reason=None):
        return cls(RetryAction.RETRY, delay, reason)

    @classmethod
    def fail(cls, reason=None):
        return cls(RetryAction.FAIL, None, reason)

    @classmethod
    def default(cls):
        return cls()


class RetryPolicy:
    """Decides by what has failed."""

    def evaluate(self, exception, try_number, max_tries, context=None):
        return RetryDecision()


@dataclass
class RetryRule:
    """What an exception, and those that derive from it, mean."""

    exception: Any
    action: RetryAction = RetryAction.RETRY
    retry_delay: Any = None
    reason: Any = None
    match_subclasses: bool = True

    def matches(self, error):
        kinds = type(error).__mro__ if self.match_subclasses else (type(error),)
        if isinstance(self.exception, str):
            return any(f"{kind.__module__}.{kind.__qualname__}" == self.exception for kind in kinds)
        return self.exception in kinds


class ExceptionRetryPolicy(RetryPolicy):
    """The first rule that matches decides."""

    def __init__(self, rules, default=None, **_):
        self.rules = list(rules)

    def evaluate(self, exception, try_number, max_tries, context=None):
        for rule in self.rules:
            if rule.matches(exception):
                return RetryDecision(RetryAction(rule.action), rule.retry_delay, rule.reason)
        return RetryDecision()
