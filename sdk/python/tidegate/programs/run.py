"""A run on the server, of a program that is a function."""

from __future__ import annotations

import time

from tidegate.programs.futures import raised
from tidegate.programs.problems import RunEnded
from tidegate.programs.values import decode

WAIT_S = 20


class Run:
    """A program that was started. `is_new` is False where it had been started before and had not ended."""

    def __init__(self, client, run, is_new):
        self.client = client
        self.id = run["id"]
        self.is_new = is_new

    def result(self, timeout=None):
        """Waits for the result. An exception that ended the program is raised here."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = WAIT_S if until is None else max(0.0, min(WAIT_S, until - time.monotonic()))
            path = f"/v1/runs/{self.id}/wait?timeout={round(left * 1000)}ms"
            answer = self.client.ask("GET", path, wait_s=left)
            if answer.status == 200:
                return self.ended(answer.told)
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"run {self.id} did not end within {timeout} seconds")

    def ended(self, told):
        if told["status"] == "succeeded":
            return decode(told.get("output"))
        if told["status"] == "failed":
            raise raised(told["failure"])
        raise RunEnded(f"the run {self.id} was {told['status']}")

    def __repr__(self):
        return f"<Run {self.id}>"
