"""`DAG` and `@dag`: a set of tasks with their edges, and what holds for all of them."""

from __future__ import annotations

import copy
import functools
import inspect
import os
from datetime import timedelta

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.errors import AirflowException, DuplicateTaskIdFound, TaskNotFound
from tidegate.airflow.authoring.group import TaskGroup
from tidegate.airflow.authoring.node import check_key
from tidegate.airflow.authoring.params import NOTSET, DagParam, ParamsDict
from tidegate.airflow.authoring.times import utc
from tidegate.airflow.problems import user_place

#: What Airflow takes and Tidegate has no use for.
_WITHOUT_EFFECT = {
    "access_control", "auto_register", "concurrency", "dag_bundle_name", "default_view", "disable_bundle_versioning",
    "full_filepath", "is_paused_upon_creation", "jinja_environment_kwargs", "max_consecutive_failed_dag_runs",
    "orientation", "owner_links", "rerun_with_latest_version", "sla_miss_callback", "deadline", "allowed_run_types",
    "fail_stop", "dag_display_name", "max_active_runs", "tags", "doc_md", "max_active_tasks", "description",
}  # fmt: skip


class DAG:
    """A DAG as a file makes it."""

    def __init__(
        self,
        dag_id,
        description=None,
        schedule=NOTSET,
        start_date=None,
        end_date=None,
        *,
        schedule_interval=NOTSET,
        timetable=None,
        template_searchpath=None,
        template_undefined=None,
        user_defined_macros=None,
        user_defined_filters=None,
        default_args=None,
        dagrun_timeout=None,
        catchup=False,
        on_success_callback=None,
        on_failure_callback=None,
        params=None,
        render_template_as_native_obj=False,
        fail_fast=False,
        **others,
    ):
        unknown = sorted(set(others) - _WITHOUT_EFFECT)
        if unknown:
            raise TypeError(f"DAG.__init__() got an unexpected keyword argument {unknown[0]!r}")
        check_key(dag_id)
        self.place = user_place()
        self.fileloc = self.place.file
        self.dag_id = dag_id
        self.description = description
        self.default_args = copy.copy(default_args or {})
        self.params = ParamsDict(params)
        if "params" in self.default_args:
            self.params.update(self.default_args.pop("params") or {})
        given = [value for value in (schedule, schedule_interval) if value is not NOTSET]
        self.schedule = timetable if timetable is not None else given[0] if given else None
        self.timetable = self.schedule
        self.start_date = utc(start_date or self.default_args.get("start_date"))
        self.timezone = getattr(start_date or self.default_args.get("start_date"), "tzinfo", None)
        self.end_date = utc(end_date or self.default_args.get("end_date"))
        self.template_searchpath = [template_searchpath] if isinstance(template_searchpath, str) else template_searchpath
        self.template_undefined = template_undefined
        self.user_defined_macros = user_defined_macros or {}
        self.user_defined_filters = user_defined_filters or {}
        self.jinja_environment_kwargs = others.get("jinja_environment_kwargs") or {}
        self.render_template_as_native_obj = render_template_as_native_obj
        self.dagrun_timeout = timedelta(seconds=dagrun_timeout) if isinstance(dagrun_timeout, (int, float)) else dagrun_timeout
        self.catchup = catchup
        self.max_active_tasks = others.get("max_active_tasks") or others.get("concurrency") or 16
        self.max_active_runs = others.get("max_active_runs") or 16
        self.on_success_callback = on_success_callback
        self.on_failure_callback = on_failure_callback
        self.fail_fast = fail_fast or bool(others.get("fail_stop"))
        self.tags = set(others.get("tags") or [])
        self.doc_md = others.get("doc_md")
        self.dag_display_name = others.get("dag_display_name") or dag_id
        self.auto_register = others.get("auto_register", True)
        self.owner_links = others.get("owner_links") or {}
        self.is_entered = False
        self.task_dict = {}
        self.task_group = TaskGroup(dag=self, is_root=True)
        building.note_dag(self)

    @property
    def schedule_interval(self):
        return self.schedule

    @property
    def folder(self):
        return os.path.dirname(self.fileloc)

    filepath = property(lambda self: os.path.basename(self.fileloc))
    display_name = property(lambda self: self.dag_display_name)
    task_group_dict = property(lambda self: {group.group_id: group for group in self.groups()})
    tasks = property(lambda self: list(self.task_dict.values()))
    task_ids = property(lambda self: list(self.task_dict))
    task_count = property(lambda self: len(self.task_dict))
    teardowns = property(lambda self: [task for task in self.tasks if task.is_teardown])
    roots = property(lambda self: [task for task in self.tasks if not task.upstream_task_ids])
    leaves = property(lambda self: [task for task in self.tasks if not task.downstream_task_ids])
    owner = property(lambda self: ", ".join(sorted({task.owner for task in self.tasks})))

    def groups(self):
        """All groups but the DAG's own."""
        open_groups, found = [self.task_group], []
        while open_groups:
            inner = [member for member in open_groups.pop().children.values() if isinstance(member, TaskGroup)]
            found += inner
            open_groups += inner
        return found

    def is_id_used(self, member_id):
        return member_id in self.task_dict or any(group.group_id == member_id for group in self.groups())

    def add_task(self, task):
        """Takes in a task."""
        if self.task_dict.get(task.task_id, task) is not task or task.task_id in self.task_group_dict:
            raise DuplicateTaskIdFound(f"Task id '{task.task_id}' has already been added to the DAG")
        self.task_dict[task.task_id] = task
        object.__setattr__(task, "_dag", self)
        if getattr(task, "task_group", None) is None:
            task.task_group = self.task_group
            self.task_group.add(task)

    def add_tasks(self, tasks):
        for task in tasks:
            self.add_task(task)

    def get_task(self, task_id, include_subdags=False):
        if task_id not in self.task_dict:
            raise TaskNotFound(f"Task {task_id} not found")
        return self.task_dict[task_id]

    def has_task(self, task_id):
        return task_id in self.task_dict

    def set_dependency(self, upstream_task_id, downstream_task_id):
        self.get_task(upstream_task_id).join(self.get_task(downstream_task_id))

    def param(self, name, default=NOTSET):
        return DagParam(self, name, default)

    def add_param(self, name, value):
        self.params[name] = value

    def get_template_env(self, *, force_sandboxed=False):
        from tidegate.airflow.running.rendering import environment

        return environment(self)

    def resolve_template_files(self):
        """Templates are read when they are rendered."""

    def topological_sort(self):
        """The tasks, each after those that it comes after."""
        waiting = {task.task_id: set(task.upstream_task_ids) for task in self.tasks}
        ordered = []
        while waiting:
            ready = [task_id for task_id, before in waiting.items() if not before & set(waiting)]
            if not ready:
                raise AirflowException(f"Cycle detected in DAG: {self.dag_id}. Faulty task: {sorted(waiting)[0]}")
            ordered += [self.task_dict[task_id] for task_id in ready]
            for task_id in ready:
                del waiting[task_id]
        return ordered

    def cli(self):
        raise AirflowException("run the file with `tidegate run`")

    def test(self, *_, **__):
        raise AirflowException("run the file with `tidegate run`")

    def __enter__(self):
        self.is_entered = True
        building.open_dag(self)
        return self

    def __exit__(self, *_):
        building.close_dag()

    def __eq__(self, other):
        return isinstance(other, DAG) and self.dag_id == other.dag_id

    def __hash__(self):
        return hash(self.dag_id)

    def __repr__(self):
        return f"<DAG: {self.dag_id}>"


def dag(dag_id=None, *args, **options):
    """Makes a DAG of the tasks that a function makes, each time that it is called."""

    def decorate(function):
        name = function.__name__ if callable(dag_id) or dag_id in (None, "") else dag_id

        @functools.wraps(function)
        def factory(*given, **kwargs):
            bound = inspect.signature(function).bind(*given, **kwargs)
            bound.apply_defaults()
            settings = dict(options)
            if function.__doc__ and not settings.get("doc_md"):
                settings["doc_md"] = function.__doc__
            with DAG(name, *args, **settings) as made:
                function(**{key: DagParam(made, key, value) for key, value in bound.arguments.items()})
            return made

        return factory

    return decorate(dag_id) if callable(dag_id) else decorate
