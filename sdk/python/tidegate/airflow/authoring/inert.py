"""What DAG files import and what needs no more than to be there."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from contextlib import contextmanager

from tidegate.airflow.problems import NotSupported

TIMEZONE = "UTC"
NEW_SESSION = None


class LoggingMixin:
    """Gives objects a logger."""

    def __init__(self, context=None, **_):
        pass

    @property
    def log(self):
        return logging.getLogger(f"airflow.task.{type(self).__module__}.{type(self).__name__}")


class BaseOperatorLink:
    """A link on a page of Airflow's."""

    name = ""

    def get_link(self, operator, *, ti_key):
        return ""


class AirflowPlugin:
    """A plugin of Airflow; none is loaded."""

    name = None


def hookimpl(function=None, **_):
    """Marks a listener; none is called."""
    return function if function is not None else lambda inner: inner


def apply_defaults(function):
    """As operators get default arguments anyway, it gives the function as it is."""
    return function


def import_string(path):
    """What a dotted path names."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError as error:
        raise ImportError(f'Module "{module}" does not define a "{name}" attribute/class') from error


def qualname(thing, **_):
    return f"{thing.__module__}.{thing.__qualname__}"


def iter_namespace(module):
    return pkgutil.iter_modules(module.__path__, f"{module.__name__}.")


def is_valid_dotpath(path):
    return isinstance(path, str) and all(part.isidentifier() for part in path.split(".")) and "." in path


class Stats:
    """Measures of Airflow; none is kept."""

    @staticmethod
    def incr(*_, **__):
        pass

    decr = gauge = timing = incr

    @staticmethod
    @contextmanager
    def timer(*_, **__):
        yield


def mask_secret(*_, **__):
    """Logs are kept as they are written."""


def redact(value, *_, **__):
    return value


def ensure_secrets_loaded(*_, **__):
    return []


def get_parsing_context():
    """Whether a file is read for one DAG or task: it is read for all."""
    return ParsingContext()


class ParsingContext:
    dag_id = None
    task_id = None


class Collected:
    """What data a hook has read and written; nobody asks."""

    has_collected = False

    def __getattr__(self, name):
        return lambda *_, **__: None


def get_hook_lineage_collector():
    return Collected()


lineage = Collected()


class Kept:
    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs


class StartTriggerArgs(Kept):
    """How a task may begin with a trigger; it begins with itself."""


class AsyncCallback(Kept):
    """A callback of a deadline."""


class SyncCallback(AsyncCallback):
    pass


class DeadlineAlert(Kept):
    """A deadline of runs: use the DAG's `dagrun_timeout`."""


class _Reference:
    def __getattr__(self, name):
        return lambda *args, **kwargs: Kept(name, *args, **kwargs)


DeadlineReference = _Reference()


def _database(name, hint):
    def refuse(*_, **__):
        raise NotSupported(f"`{name}` reads Airflow's database, and there is none", hint)

    return refuse


class BaseXCom:
    """Results of tasks."""

    XCOM_RETURN_KEY = "return_value"

    get_one = get_many = get_all = set = clear = get_value = classmethod(
        _database("XCom", "use `ti.xcom_pull` and `ti.xcom_push`")
    )


XCom = BaseXCom


class Pool:
    DEFAULT_POOL_NAME = "default_pool"
    get_pool = create_or_update_pool = classmethod(_database("Pool", "name the pool in the task"))


class DagBag:
    __init__ = _database("DagBag", "each file is read on its own")


class DagModel:
    get_dagmodel = get_current = classmethod(_database("DagModel", None))


class SetupTeardownContext:
    """`with` over a setup or a teardown keeps its own account of tasks."""

    active = False

    @staticmethod
    def add_task(task):
        from tidegate.airflow.authoring import building

        building.note_task(getattr(task, "operator", task))


provide_session = apply_defaults


@contextmanager
def create_session(*_, **__):
    _database("create_session", "ask Tidegate's own API instead")()
    yield


Session = _database("Session", "ask Tidegate's own API instead")
send_email = _database("send_email", "send mail with smtplib, or with a command")
