"""`BaseOperator`: a task as a DAG file makes it, with default arguments from its DAG and groups."""

from __future__ import annotations

import abc
import copy
import functools
import inspect
import logging
from datetime import timedelta

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.errors import TaskDeferralError, TaskDeferralTimeout, TaskDeferred
from tidegate.airflow.authoring.node import TaskNode, check_key
from tidegate.airflow.authoring.params import ParamsDict
from tidegate.airflow.authoring.states import TriggerRule
from tidegate.airflow.authoring.xcomarg import references
from tidegate.airflow.problems import user_place
from tidegate.airflow.running.rendering import Templater

#: Arguments that every operator takes, and what they are without.
SETTINGS = {
    "owner": "airflow",
    "email": None,
    "email_on_retry": True,
    "email_on_failure": True,
    "retries": 0,
    "retry_delay": timedelta(minutes=5),
    "retry_exponential_backoff": False,
    "max_retry_delay": None,
    "retry_policy": None,
    "start_date": None,
    "end_date": None,
    "depends_on_past": False,
    "ignore_first_depends_on_past": False,
    "wait_for_past_depends_before_skipping": False,
    "wait_for_downstream": False,
    "params": None,
    "priority_weight": 1,
    "weight_rule": "downstream",
    "queue": "default",
    "pool": None,
    "pool_slots": 1,
    "sla": None,
    "execution_timeout": None,
    "on_execute_callback": None,
    "on_failure_callback": None,
    "on_success_callback": None,
    "on_retry_callback": None,
    "on_skipped_callback": None,
    "pre_execute": None,
    "post_execute": None,
    "trigger_rule": TriggerRule.ALL_SUCCESS,
    "resources": None,
    "run_as_user": None,
    "map_index_template": None,
    "max_active_tis_per_dag": None,
    "max_active_tis_per_dagrun": None,
    "executor": None,
    "executor_config": None,
    "do_xcom_push": True,
    "multiple_outputs": False,
    "inlets": None,
    "outlets": None,
    "doc": None,
    "doc_md": None,
    "doc_json": None,
    "doc_yaml": None,
    "doc_rst": None,
    "task_display_name": None,
    "logger_name": None,
    "allow_nested_operators": True,
    "render_template_as_native_obj": None,
    "is_setup": False,
    "is_teardown": False,
    "on_failure_fail_dagrun": False,
}
_CALLBACKS = [name for name in SETTINGS if name.endswith("_callback")]
_HOOKS = {"pre_execute": "_pre_execute_hook", "post_execute": "_post_execute_hook"}


class OperatorType(abc.ABCMeta):
    """Gives the constructors of operators the default arguments of the DAG and the groups that are open."""

    def __new__(mcs, name, bases, namespace, **kwargs):
        made = super().__new__(mcs, name, bases, namespace, **kwargs)
        if "__init__" in namespace:
            made.__init__ = _with_defaults(made.__init__)
        return made


BaseOperatorMeta = OperatorType


def default_arguments(dag, group, given=None):
    """Arguments of tasks in `group` of `dag`: those of the DAG, then of its groups from outside inwards, then `given`."""
    layers = []
    while group is not None:
        layers.append(group.default_args or {})
        group = group.parent_group
    layers.append((dag.default_args if dag is not None else None) or {})
    merged = {}
    for layer in [*reversed(layers), given or {}]:
        merged.update(layer)
    return merged


def _with_defaults(init):
    signature = inspect.signature(init)
    own = [
        parameter
        for parameter in list(signature.parameters.values())[1:]
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    names = getattr(init, "argument_names", None) or [parameter.name for parameter in own]
    required = [parameter.name for parameter in own if parameter.default is parameter.empty]

    @functools.wraps(init)
    def wrapper(self, *args, **kwargs):
        if args:
            raise TypeError("Use keyword arguments when initializing operators")
        is_outermost = "_defaults" not in self.__dict__
        if is_outermost:
            _begin(self, kwargs)
        defaults = self._defaults
        kwargs.update((name, defaults[name]) for name in names if name not in kwargs and name in defaults)
        missing = [name for name in required if name not in kwargs]
        if missing:
            plural = "s" if len(missing) > 1 else ""
            raise TypeError(f"missing keyword argument{plural} {', '.join(map(repr, sorted(missing)))}")
        init(self, **kwargs)
        if is_outermost:
            del self.__dict__["_defaults"]
            object.__setattr__(self, "_is_made", True)
            self.join_references()

    return wrapper


def _begin(task, kwargs):
    object.__setattr__(task, "place", user_place())
    dag = kwargs.get("dag") or building.current_dag()
    group = kwargs.get("task_group") or _group_in(dag)
    if building.is_detached():
        group = building.detached_group()
    object.__setattr__(task, "_home", (dag, group))
    object.__setattr__(task, "_defaults", default_arguments(dag, group, kwargs.pop("default_args", None)))


def _group_in(dag):
    group = building.current_group()
    if group is not None and dag is not None and group.dag is not dag:
        return dag.task_group
    return group if group is not None or dag is None else dag.task_group


class BaseOperator(TaskNode, Templater, metaclass=OperatorType):
    """A task. What it does is `execute`."""

    template_fields = ()
    template_ext = ()
    template_fields_renderers = {}
    operator_extra_links = ()
    ui_color = "#fff"
    ui_fgcolor = "#000"
    shallow_copy_attrs = ()
    is_mapped = False
    start_trigger_args = None
    start_from_trigger = False
    inherits_from_empty_operator = False
    subdag = None

    def __init__(self, *, task_id, dag=None, task_group=None, **kwargs):
        known = {name: kwargs.pop(name, default) for name, default in SETTINGS.items()}
        kwargs.pop("default_args", None)
        for ignored in ("provide_context", "task_concurrency", "wait_for_downstream_past"):
            if ignored == "task_concurrency" and ignored in kwargs:
                known["max_active_tis_per_dag"] = kwargs[ignored]
            kwargs.pop(ignored, None)
        if kwargs:
            raise TypeError(
                f"Invalid arguments were passed to {type(self).__name__} (task_id: {task_id}). "
                f"Invalid arguments were:\n**kwargs: {kwargs}"
            )
        home, group = self.__dict__.pop("_home", (None, None))
        dag = dag or home
        group = task_group or group
        is_part = dag is not None and not building.is_detached()
        self.task_id = group.child_id(task_id) if is_part and group is not None else task_id
        check_key(self.task_id)
        self.begin_node(None, group)
        self._take(known)
        if dag is None:
            return
        if not is_part:
            object.__setattr__(self, "_dag", dag)
            return
        self.dag = dag
        if group is not None:
            group.add(self)

    def _take(self, known):
        callbacks = {name: _as_list(known[name]) for name in _CALLBACKS}
        hooks = {attribute: known.pop(name) for name, attribute in _HOOKS.items()}
        display = known.pop("task_display_name")
        known.update(callbacks, inlets=_as_list(known["inlets"]), outlets=_as_list(known["outlets"]))
        if not TriggerRule.is_valid(known["trigger_rule"]):
            try:
                known["trigger_rule"] = TriggerRule(known["trigger_rule"])
            except ValueError:
                rules = ", ".join(sorted(TriggerRule.all_triggers()))
                raise ValueError(f"there is no trigger rule {known['trigger_rule']!r}: it is one of {rules}") from None
        if known["execution_timeout"] is not None and not isinstance(known["execution_timeout"], timedelta):
            raise ValueError(f"execution_timeout must be timedelta object but passed as type: {type(known['execution_timeout'])}")
        known["trigger_rule"] = TriggerRule(known["trigger_rule"])
        known["params"] = ParamsDict(known["params"])
        known["executor_config"] = known["executor_config"] or {}
        for name in ("retry_delay", "max_retry_delay"):
            if isinstance(known[name], (int, float)):
                known[name] = timedelta(seconds=known[name])
        known["retries"] = int(known["retries"] or 0)
        for name, value in {**known, **hooks, "_task_display_name": display}.items():
            if not isinstance(getattr(type(self), name, None), property):
                setattr(self, name, value)

    __init__.argument_names = ["task_id", "dag", "task_group", *SETTINGS]
    __init__ = _with_defaults(__init__)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        if self.__dict__.get("_is_made") and name in self.template_fields:
            self.join_references()

    def join_references(self):
        """Makes the task come after those whose results its arguments are."""
        if building.is_detached():
            return
        for name in _names(self.template_fields):
            for task in references(getattr(self, name, None)):
                if task is not self:
                    task.join(self)

    @classmethod
    def partial(cls, **kwargs):
        """The operator with arguments that all of its mapped instances share."""
        from tidegate.airflow.authoring.mapping import OperatorPartial

        return OperatorPartial(cls, kwargs)

    def execute(self, context):
        raise NotImplementedError(f"{type(self).__name__} does not say what it does: it has no `execute`")

    def pre_execute(self, context):
        if self._pre_execute_hook is not None:
            self._pre_execute_hook(context)

    def post_execute(self, context, result=None):
        if self._post_execute_hook is not None:
            self._post_execute_hook(context, result)

    def on_kill(self):
        """Called when the task is to end at once."""

    def prepare_template(self):
        """Called before templates are rendered."""

    def defer(self, *, trigger, method_name, kwargs=None, timeout=None):
        raise TaskDeferred(trigger=trigger, method_name=method_name, kwargs=kwargs, timeout=timeout)

    def resume_execution(self, next_method, next_kwargs, context):
        """Goes on after a trigger has fired."""
        kwargs = dict(next_kwargs or {})
        if next_method == "__fail__":
            kind = TaskDeferralTimeout if kwargs.get("error") == "Trigger timeout" else TaskDeferralError
            raise kind(kwargs.get("error", "Unknown"))
        return getattr(self, next_method)(context, **kwargs)

    @property
    def log(self):
        return logging.getLogger(self.__dict__.get("logger_name") or f"airflow.task.operators.{type(self).__module__}")

    @property
    def task_type(self):
        return type(self).__name__

    @property
    def operator_name(self):
        return getattr(self, "custom_operator_name", type(self).__name__)

    @property
    def operator_class(self):
        return type(self)

    @staticmethod
    def xcom_push(context, key, value):
        context["ti"].xcom_push(key=key, value=value)

    @staticmethod
    def xcom_pull(context, task_ids=None, dag_id=None, key="return_value", **kwargs):
        return context["ti"].xcom_pull(task_ids=task_ids, dag_id=dag_id, key=key, **kwargs)

    def copy_for_execution(self):
        """A task of its own for one execution, which may change it."""
        twin = copy.copy(self)
        for name in ("inlets", "outlets"):
            object.__setattr__(twin, name, list(getattr(self, name)))
        object.__setattr__(twin, "_is_made", False)
        return twin

    def __repr__(self):
        return f"<Task({type(self).__name__}): {self.task_id}>"


def _as_list(value):
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def _names(fields):
    return [fields] if isinstance(fields, str) else list(fields)
