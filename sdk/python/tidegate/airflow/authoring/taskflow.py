"""`@task` and its flavours: functions that are tasks where they are called in a DAG."""

from __future__ import annotations

import functools
import importlib
import inspect

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.mapping import MappedOperator, Product, Rows, _refuse_twice
from tidegate.airflow.authoring.group import free_id
from tidegate.airflow.authoring.states import TriggerRule
from tidegate.airflow.authoring.xcomarg import XComArg
from tidegate.airflow.problems import NotSupported

#: Flavours of `@task` and the operators that they make.
FLAVOURS = {
    "python": "tidegate.airflow.operators.decorated:PythonTask",
    "virtualenv": "tidegate.airflow.operators.decorated:VirtualenvTask",
    "external_python": "tidegate.airflow.operators.decorated:ExternalPythonTask",
    "branch": "tidegate.airflow.operators.decorated:BranchTask",
    "branch_virtualenv": "tidegate.airflow.operators.decorated:BranchVirtualenvTask",
    "branch_external_python": "tidegate.airflow.operators.decorated:BranchExternalPythonTask",
    "short_circuit": "tidegate.airflow.operators.decorated:ShortCircuitTask",
    "sensor": "tidegate.airflow.operators.decorated:SensorTask",
    "bash": "tidegate.airflow.operators.decorated:BashTask",
}
#: Flavours of providers, and the packages of those.
_OF_PROVIDERS = {
    "docker": "docker",
    "kubernetes": "cncf-kubernetes",
    "kubernetes_cmd": "cncf-kubernetes",
    "pyspark": "apache-spark",
    "snowpark": "snowflake",
    "agent": "common-ai",
    "llm": "common-ai",
    "sql": "common-sql",
    "analytics": "common-sql",
}


class TaskMaker:
    """What `@task` makes of a function: calling it in a DAG makes a task, whose result the call stands for."""

    is_setup = False
    is_teardown = False
    on_failure_fail_dagrun = False
    #: The operator, where it is none of a flavour.
    given_class = None

    def __init__(self, function, flavour, options):
        if isinstance(function, TaskMaker):
            raise TypeError("@task was given a function that is a task already")
        if inspect.isclass(function) and hasattr(function, "execute"):
            raise TypeError("@task is used with a function; call the operator by its class instead")
        self.function = function
        self.flavour = flavour
        self.options = options
        functools.update_wrapper(self, function)

    @property
    def operator_class(self):
        if self.given_class is not None:
            return self.given_class
        module, _, name = FLAVOURS[self.flavour].partition(":")
        return getattr(importlib.import_module(module), name)

    def __call__(self, *args, **kwargs):
        if building.current_dag() is None and "dag" not in self.options:
            way_out = "call it inside a `with DAG(...)` or a function with @dag"
            raise RuntimeError(f"the task {self.function.__name__!r} is made outside of a DAG: {way_out}")
        settings = self._settings()
        given = settings.pop("op_kwargs", {})
        operator = self.operator_class(
            python_callable=self.function, op_args=args, op_kwargs={**given, **kwargs}, **settings
        )
        return self._result(operator)

    def _result(self, operator):
        operator.is_setup = self.is_setup or operator.is_setup
        operator.is_teardown = self.is_teardown or operator.is_teardown
        if self.is_teardown:
            operator.trigger_rule = TriggerRule.ALL_DONE_SETUP_SUCCESS
            operator.on_failure_fail_dagrun = self.on_failure_fail_dagrun
        return XComArg(operator)

    def _settings(self):
        settings = {"task_id": self.function.__name__, **self.options}
        if "multiple_outputs" not in self.options and _returns_dict(self.function):
            settings["multiple_outputs"] = True
        if self.function.__doc__ and not settings.get("doc_md"):
            settings["doc_md"] = self.function.__doc__
        return settings

    def override(self, **options):
        made = TaskMaker(self.function, self.flavour, {**self.options, **options})
        for name in ("is_setup", "is_teardown", "on_failure_fail_dagrun", "given_class"):
            setattr(made, name, getattr(self, name))
        return made

    def partial(self, **kwargs):
        given = self.options.get("op_kwargs", {})
        _refuse_twice(kwargs, given)
        return self.override(op_kwargs={**given, **kwargs})

    def expand(self, **lists):
        if not lists:
            raise TypeError("no arguments to expand against")
        self._check(lists)
        _refuse_twice(lists, self.options.get("op_kwargs", {}))
        return self._expand(Product(lists))

    def expand_kwargs(self, kwargs, *, strict=True):
        return self._expand(Rows(kwargs))

    def _check(self, lists):
        known = inspect.signature(self.function).parameters
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        unknown = [name for name in lists if name not in known and not takes_any]
        if unknown:
            raise TypeError(f"expand() got unexpected keyword arguments {', '.join(map(repr, unknown))}")

    def _expand(self, expansion):
        settings = self._settings()
        dag = settings.get("dag") or building.current_dag()
        group = settings.get("task_group") or building.current_group()
        settings["task_id"] = free_task_id(settings["task_id"], dag, group)
        settings["python_callable"] = self.function
        return self._result(MappedOperator(self.operator_class, settings, expansion, argument="op_kwargs"))


def free_task_id(task_id, dag, group):
    """The id, or with a number behind it where the DAG has a task of that id."""
    if dag is None:
        return task_id
    name = group.child_id if group is not None else str
    return free_id(task_id, lambda wanted: dag.is_id_used(name(wanted)))


def _returns_dict(function):
    """Whether the function says that it returns a mapping, whose members are then pushed one by one, too."""
    try:
        returned = inspect.signature(function).return_annotation
    except (TypeError, ValueError):
        return False
    if isinstance(returned, str):
        return returned.split("[")[0].split(".")[-1] in ("dict", "Dict", "Mapping", "MutableMapping")
    origin = getattr(returned, "__origin__", returned)
    return inspect.isclass(origin) and hasattr(origin, "keys") and hasattr(origin, "__getitem__")


class Task:
    """`task`: used as `@task`, `@task(...)`, and by flavour as `@task.branch`."""

    def __call__(self, python_callable=None, multiple_outputs=None, **options):
        return self.python(python_callable, multiple_outputs=multiple_outputs, **options)

    def __getattr__(self, flavour):
        if flavour in FLAVOURS:
            return functools.partial(_decorate, flavour)
        if flavour.startswith("__"):
            raise AttributeError(flavour)
        package = _OF_PROVIDERS.get(flavour)
        hint = f"it is of apache-airflow-providers-{package}: use that package's operator class" if package else None
        raise NotSupported(f"there is no `@task.{flavour}` here", hint or f"there are: {', '.join(FLAVOURS)}")

    @staticmethod
    def stub(*_, **__):
        raise NotSupported("`@task.stub` is for tasks in other languages", "write a native DAG file for those")

    @staticmethod
    def skip_if(condition, skip_message=None):
        return _skipping(condition, skip_message, wanted=False)

    @staticmethod
    def run_if(condition, skip_message=None):
        return _skipping(condition, skip_message, wanted=True)


def _decorate(flavour, python_callable=None, **options):
    options = {name: value for name, value in options.items() if not (name == "multiple_outputs" and value is None)}
    if python_callable is not None:
        if not callable(python_callable):
            raise TypeError("No args allowed while using @task, use kwargs instead")
        return TaskMaker(python_callable, flavour, options)
    return lambda function: TaskMaker(function, flavour, options)


def _skipping(condition, message, wanted):
    from tidegate.airflow.authoring.errors import AirflowSkipException

    def decorate(maker):
        if not isinstance(maker, TaskMaker):
            raise TypeError("run_if and skip_if stand above @task")
        before = maker.options.get("pre_execute")

        def check(context):
            told = condition(context)
            holds, text = told if isinstance(told, tuple) else (told, message)
            if bool(holds) is not wanted:
                raise AirflowSkipException(text or f"skipped by {'run_if' if wanted else 'skip_if'}")
            if before is not None:
                before(context)

        return maker.override(pre_execute=check)

    return decorate


task = Task()


def setup(function):
    """Makes the tasks of a function setups."""
    return _marked(function, is_setup=True)


def teardown(function=None, *, on_failure_fail_dagrun=False):
    """Makes the tasks of a function teardowns."""
    if function is None:
        return functools.partial(teardown, on_failure_fail_dagrun=on_failure_fail_dagrun)
    return _marked(function, is_teardown=True, on_failure_fail_dagrun=on_failure_fail_dagrun)


def _marked(function, **marks):
    maker = function if hasattr(function, "override") else task(function)
    if not isinstance(maker, TaskMaker):
        raise TypeError("Task groups cannot be marked as setup or teardown.")
    for name, value in marks.items():
        setattr(maker, name, value)
    return maker


def task_decorator_factory(python_callable=None, *, multiple_outputs=None, decorated_operator_class, **options):
    """`@task` for an operator of a provider."""
    if multiple_outputs is not None:
        options["multiple_outputs"] = multiple_outputs

    def decorate(function):
        maker = TaskMaker(function, "python", options)
        maker.given_class = decorated_operator_class
        return maker

    return decorate if python_callable is None else decorate(python_callable)
