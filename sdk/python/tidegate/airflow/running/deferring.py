"""Deferred tasks: their trigger is awaited in the task's own process, then the task goes on."""

from __future__ import annotations

import asyncio
import datetime
import glob
import os

from tidegate.airflow.authoring import times
from tidegate.airflow.authoring.errors import TaskDeferred


class TriggerEvent:
    """What a trigger fires with."""

    def __init__(self, payload=None):
        self.payload = payload

    def __repr__(self):
        return f"TriggerEvent<{self.payload!r}>"


class BaseTrigger:
    """Waits for something, in `run`."""

    def __init__(self, **kwargs):
        self.task_instance = None

    def serialize(self):
        raise NotImplementedError

    async def run(self):
        raise NotImplementedError
        yield

    async def cleanup(self):
        """Called when it is no longer awaited."""


class BaseEventTrigger(BaseTrigger):
    """A trigger that watches an asset."""


class DateTimeTrigger(BaseTrigger):
    """Fires at a time."""

    def __init__(self, moment, *, end_from_trigger=False):
        super().__init__()
        self.moment = times.utc(moment)
        self.end_from_trigger = end_from_trigger

    def serialize(self):
        return "airflow.providers.standard.triggers.temporal.DateTimeTrigger", {"moment": self.moment}

    async def run(self):
        await asyncio.sleep(max((self.moment - times.utcnow()).total_seconds(), 0))
        yield TriggerEvent(self.moment)


class TimeDeltaTrigger(DateTimeTrigger):
    """Fires after a while."""

    def __init__(self, delta, *, end_from_trigger=False):
        super().__init__(times.utcnow() + delta, end_from_trigger=end_from_trigger)


class FileTrigger(BaseTrigger):
    """Fires when a file is there."""

    def __init__(self, filepath, recursive=False, poke_interval=5.0, **_):
        super().__init__()
        self.filepath, self.recursive, self.poke_interval = filepath, recursive, poke_interval

    async def run(self):
        while not any(os.path.isfile(path) for path in glob.glob(self.filepath, recursive=self.recursive)):
            await asyncio.sleep(self.poke_interval)
        yield TriggerEvent(True)


class FileDeleteTrigger(BaseEventTrigger):
    """Fires when a file is there, and removes it."""

    def __init__(self, filepath, poke_interval=5.0, **_):
        super().__init__()
        self.filepath, self.poke_interval = filepath, poke_interval

    async def run(self):
        while not os.path.isfile(self.filepath):
            await asyncio.sleep(self.poke_interval)
        os.remove(self.filepath)
        yield TriggerEvent(self.filepath)


class DirectoryFileDeleteTrigger(FileDeleteTrigger):
    """Fires when a file is in a directory, and removes it."""

    def __init__(self, directory, filename, poke_interval=5.0, **_):
        super().__init__(os.path.join(directory, filename), poke_interval)


def go_on(task, context, deferred):
    """The result of a task that has deferred, and may do so again."""
    while True:
        kwargs = dict(deferred.kwargs or {})
        try:
            event = asyncio.run(_first_event(deferred.trigger, deferred.timeout, context["ti"]))
        except asyncio.TimeoutError:
            method, kwargs = "__fail__", {"error": "Trigger timeout"}
        else:
            method = deferred.method_name
            kwargs["event"] = event.payload if isinstance(event, TriggerEvent) else event
        try:
            return task.resume_execution(method, kwargs, context)
        except TaskDeferred as again:
            deferred = again


async def _first_event(trigger, timeout, ti):
    trigger.task_instance = ti
    limit = timeout.total_seconds() if isinstance(timeout, datetime.timedelta) else timeout

    async def first():
        async for event in trigger.run():
            return event
        raise RuntimeError("Trigger exited without sending an event")

    try:
        return await asyncio.wait_for(first(), limit)
    finally:
        await trigger.cleanup()
