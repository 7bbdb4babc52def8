"""Task groups: a prefix of ids, defaults of arguments, and edges for many tasks at once; mapped ones, too."""

from __future__ import annotations

import copy
import functools
import inspect
import re

from tidegate.airflow.authoring import building
from tidegate.airflow.authoring.edges import Relating
from tidegate.airflow.authoring.errors import AirflowException, DuplicateTaskIdFound
from tidegate.airflow.authoring.mapping import Product, Rows, refuse_nested
from tidegate.airflow.authoring.node import check_key
from tidegate.airflow.authoring.xcomarg import XComArg
from tidegate.airflow.problems import user_place


def free_id(wanted, is_used):
    """`wanted`, or with `__1`, `__2` … behind it the first that is not used."""
    if not is_used(wanted):
        return wanted
    base = re.split(r"__\d+$", wanted)[0]
    number = 1
    while is_used(f"{base}__{number}"):
        number += 1
    return f"{base}__{number}"


class TaskGroup(Relating):
    """Tasks and groups that belong together."""

    is_mapped = False
    expansion = None

    def __init__(
        self,
        group_id=None,
        prefix_group_id=True,
        parent_group=None,
        dag=None,
        default_args=None,
        tooltip="",
        ui_color="CornflowerBlue",
        ui_fgcolor="#000",
        add_suffix_on_collision=False,
        group_display_name="",
        is_root=False,
        **_,
    ):
        self.place = user_place()
        self.prefix_group_id = prefix_group_id
        self.default_args = copy.copy(default_args or {})
        self.tooltip = tooltip
        self.group_display_name = group_display_name
        self.children = {}
        self.is_root = is_root
        if is_root:
            self.dag, self.parent_group, self._group_id = dag, None, None
            return
        self.parent_group = parent_group or (dag.task_group if dag is not None else building.current_group())
        self.dag = dag or (self.parent_group.dag if self.parent_group is not None else building.current_dag())
        if self.dag is None:
            raise RuntimeError("TaskGroup can only be used inside a dag")
        check_key(group_id)
        self._group_id = group_id
        used = self.dag.is_id_used
        if add_suffix_on_collision:
            self._group_id = free_id(group_id, lambda wanted: used(self.parent_group.child_id(wanted)))
        elif used(self.group_id):
            raise DuplicateTaskIdFound(f"group_id '{self.group_id}' has already been added to the DAG")
        self.parent_group.add(self)

    @property
    def group_id(self):
        """Its id, with those of the groups around it before it; nothing of the DAG's own group."""
        if self._group_id and self.parent_group is not None and self.parent_group.group_id and self.parent_group.prefix_group_id:
            return self.parent_group.child_id(self._group_id)
        return self._group_id

    @property
    def node_id(self):
        return self.group_id

    @property
    def label(self):
        return self.group_display_name or self._group_id

    def child_id(self, label):
        """The id of a member that is called `label` here."""
        return f"{self.group_id}.{label}" if self.prefix_group_id and self.group_id else label

    def add(self, member):
        """Takes in a task or a group."""
        member_id = member.node_id
        if self.children.get(member_id, member) is not member:
            raise DuplicateTaskIdFound(f"Task id '{member_id}' has already been added to the DAG")
        self.children[member_id] = member

    def __iter__(self):
        for member in list(self.children.values()):
            if isinstance(member, TaskGroup):
                yield from member
            else:
                yield member

    iter_tasks = __iter__

    def has_task(self, task):
        return any(member is task for member in self)

    @property
    def roots(self):
        tasks = list(self)
        ids = {task.task_id for task in tasks}
        return [task for task in tasks if task.upstream_task_ids.isdisjoint(ids)]

    @property
    def leaves(self):
        """Tasks after which none of the group comes; before teardowns, what comes before those."""
        tasks = {task.task_id: task for task in self}
        found = {}
        for task in tasks.values():
            if task.downstream_task_ids.isdisjoint(tasks):
                last = [task] if not task.is_teardown else _before_teardown(task, tasks)
                found.update((leaf.task_id, leaf) for leaf in last)
        return list(found.values())

    get_roots = property(lambda self: lambda: iter(self.roots))
    get_leaves = property(lambda self: lambda: iter(self.leaves))

    def get_child_by_label(self, label):
        return self.children[self.child_id(label)]

    def get_task_group_dict(self):
        return {
            group.group_id: group for group in [self, *(m for m in self.children.values() if isinstance(m, TaskGroup))]
        }

    def as_teardown(self, **_):
        raise AirflowException("a group cannot be a teardown")

    def __enter__(self):
        building.open_group(self)
        return self

    def __exit__(self, *_):
        building.close_group()

    def __repr__(self):
        return f"<TaskGroup: {self.group_id}>"


def _before_teardown(task, tasks):
    for before in task.upstream_list:
        if before.task_id not in tasks:
            continue
        if before.is_teardown:
            yield from _before_teardown(before, tasks)
        elif not before.is_setup:
            others = before.downstream_task_ids - {task.task_id}
            if not any(other in tasks and not tasks[other].is_teardown for other in others):
                yield before


class MappedTaskGroup(TaskGroup):
    """A group of which there is an instance for each of a number of items."""

    is_mapped = True

    def __init__(self, expansion, **kwargs):
        super().__init__(**kwargs)
        refuse_nested(self.parent_group)
        self.expansion = expansion

    def join_expansion(self):
        """Its first tasks come after those whose results it is mapped over."""
        roots = self.roots
        for task in self.expansion.iter_tasks():
            for root in roots:
                task.join(root)


class MappedArgument(XComArg):
    """An argument of a mapped group: in each instance another item."""

    def __init__(self, group_expansion, name):
        self.expansion = group_expansion
        self.name = name

    def iter_tasks(self):
        return iter(self.expansion.iter_tasks())

    def resolve(self, context):
        return self.expansion.arguments(context, context["ti"].map_index)[self.name]

    def __getitem__(self, item):
        raise ValueError("an item of a mapped group's argument is known when the DAG runs: give the argument to a task")


class GroupMaker:
    """What `@task_group` makes of a function: calling it makes a group."""

    def __init__(self, function, options):
        self.function = function
        self.options = options
        self.partial_arguments = {}
        functools.update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        return self._make(TaskGroup, args, {**self.partial_arguments, **kwargs})

    def override(self, **options):
        return GroupMaker(self.function, {**self.options, **options})

    def partial(self, **kwargs):
        made = GroupMaker(self.function, self.options)
        made.partial_arguments = {**self.partial_arguments, **kwargs}
        return made

    def expand(self, **lists):
        if not lists:
            raise TypeError("no arguments to expand against")
        self._check(lists)
        return self._expand(Product(lists), lists)

    def expand_kwargs(self, kwargs):
        if isinstance(kwargs, XComArg):
            names = [name for name in inspect.signature(self.function).parameters if name not in self.partial_arguments]
        else:
            names = list(dict.fromkeys(name for row in kwargs for name in row))
        return self._expand(Rows(kwargs), names)

    def _check(self, lists):
        known = inspect.signature(self.function).parameters
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        unknown = [name for name in lists if name not in known and not takes_any]
        if unknown:
            raise TypeError(f"expand() got unexpected keyword arguments {', '.join(map(repr, unknown))}")

    def _expand(self, expansion, names):
        arguments = {name: MappedArgument(expansion, name) for name in names}
        make = functools.partial(MappedTaskGroup, expansion)
        return self._make(make, (), {**self.partial_arguments, **arguments})

    def _make(self, kind, args, kwargs):
        options = {"group_id": self.function.__name__, "add_suffix_on_collision": True, **self.options}
        if not options.get("tooltip") and self.function.__doc__:
            options["tooltip"] = inspect.cleandoc(self.function.__doc__)
        with kind(**options) as group:
            given = self.function(*args, **kwargs)
        if isinstance(group, MappedTaskGroup):
            group.join_expansion()
        return group if given is None else given


def task_group(python_callable=None, **options):
    """Makes a group of the tasks that a function makes."""
    if python_callable is not None:
        return GroupMaker(python_callable, options)
    return lambda function: GroupMaker(function, options)
