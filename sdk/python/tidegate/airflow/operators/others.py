"""The operator with a good lyric, and what there is no machinery for."""

from __future__ import annotations

from tidegate.airflow.authoring.operator import BaseOperator
from tidegate.airflow.problems import NotSupported, collector


class SmoothOperator(BaseOperator):
    """Logs a song."""

    ui_color = "#e8f7e4"

    def execute(self, context):
        self.log.info("https://www.youtube.com/watch?v=4TYv2PhG89A")


class Unsupported(BaseOperator):
    """An operator that needs something Tidegate does not have: its place in the file is an error."""

    why = ""
    hint = None

    def __init__(self, **kwargs):
        known = {name: kwargs.pop(name) for name in list(kwargs) if name in BaseOperator.__init__.argument_names}
        for name, value in kwargs.items():
            object.__setattr__(self, name, value)
        super().__init__(**known)
        collector().error(f"{type(self).__name__} is not supported: {self.why}", self.hint, self.place)

    def execute(self, context):
        raise NotSupported(f"{type(self).__name__} is not supported: {self.why}")


class HITLOperator(Unsupported):
    why = "there is no page on which people answer tasks"
    hint = "wait for an event, or for a file with a FileSensor"


class ApprovalOperator(HITLOperator):
    pass


class HITLBranchOperator(HITLOperator):
    pass


class HITLEntryOperator(HITLOperator):
    pass


class HITLTrigger:
    def __init__(self, **_):
        pass
