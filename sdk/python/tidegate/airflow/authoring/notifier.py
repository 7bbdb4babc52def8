"""`BaseNotifier`: a callback with templates."""

from __future__ import annotations

import asyncio
import inspect
import logging

from tidegate.airflow.running.rendering import Templater, environment


class BaseNotifier(Templater):
    """Tells somebody what became of a task or a run."""

    template_fields = ()
    template_ext = ()

    def __init__(self, **kwargs):
        self.notifier_kwargs = kwargs

    @property
    def log(self):
        return logging.getLogger("airflow.task.notifier")

    def notify(self, context):
        raise NotImplementedError

    async def async_notify(self, context):
        raise NotImplementedError

    def __call__(self, *args):
        """Called with a context, or, as a hook of SLAs was, with the DAG first."""
        context = args[0] if len(args) == 1 else {"dag": args[0]}
        context = dict(context, **{"notifier": self})
        dag = context.get("dag")
        if dag is not None:
            self.render_template_fields(context, environment(dag))
        try:
            told = self.notify(context)
            if inspect.iscoroutine(told):
                asyncio.run(told)
        except Exception as error:
            self.log.exception("Failed to send notification: %s", error)
