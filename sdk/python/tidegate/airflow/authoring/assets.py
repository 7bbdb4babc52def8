"""Assets: names of data that tasks write, and on whose updates DAGs are scheduled."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

from tidegate.airflow.authoring.dag import DAG
from tidegate.airflow.authoring.operator import BaseOperator


class Condition:
    """Something that updates of assets fulfil; `&` and `|` join them."""

    def __and__(self, other):
        return AssetAll(*_parts(self, AssetAll), *_parts(other, AssetAll))

    def __or__(self, other):
        return AssetAny(*_parts(self, AssetAny), *_parts(other, AssetAny))


BaseAsset = Condition


def _parts(condition, kind):
    if not isinstance(condition, Condition):
        raise TypeError(f"unsupported operand: {type(condition).__name__}")
    return condition.objects if isinstance(condition, kind) else [condition]


class Asset(Condition):
    """Data by its name, its URI, or both."""

    asset_type = ""

    def __init__(self, name=None, uri=None, *, group="asset", extra=None, watchers=None, **_):
        if name is None and uri is None:
            raise TypeError("Asset() requires either 'name' or 'uri'")
        for text in (name, uri):
            if text is not None and not str(text).strip():
                raise ValueError("Asset name and uri cannot be empty")
        self.name = name if name is not None else str(uri)
        self.uri = str(uri) if uri is not None else name
        self.group = group
        self.extra = dict(extra or {})
        self.watchers = list(watchers or [])

    def __fspath__(self):
        return self.uri

    def __eq__(self, other):
        return isinstance(other, Asset) and (self.name, self.uri) == (other.name, other.uri)

    def __hash__(self):
        return hash((self.name, self.uri))

    def __repr__(self):
        return f"Asset(name={self.name!r}, uri={self.uri!r})"

    @staticmethod
    def ref(*, name=None, uri=None):
        if (name is None) == (uri is None):
            raise TypeError("Asset reference expects keyword argument 'name' or 'uri'")
        return AssetRef(name=name, uri=uri)

    def iter_assets(self):
        yield self

    @property
    def normalized_uri(self):
        return self.uri

    def as_expression(self):
        return {"asset": {"uri": self.uri, "name": self.name, "group": self.group}}


class Dataset(Asset):
    """An asset, as Airflow 2 calls it: by its URI."""

    def __init__(self, uri, extra=None, **kwargs):
        super().__init__(kwargs.pop("name", None), uri, extra=extra, **kwargs)


class Model(Asset):
    asset_type = "model"


@dataclass(frozen=True)
class AssetRef(Condition):
    """An asset that is defined elsewhere."""

    name: Any = None
    uri: Any = None

    def iter_assets(self):
        yield self


AssetNameRef = AssetUriRef = AssetRef


@dataclass(frozen=True)
class AssetAlias(Condition):
    """A name under which a task tells at run time which assets it has updated."""

    name: str
    group: str = "asset"

    def iter_assets(self):
        yield self


DatasetAlias = AssetAlias


class AssetAll(Condition):
    """All of several."""

    def __init__(self, *objects):
        self.objects = list(objects)

    def iter_assets(self):
        for inner in self.objects:
            yield from inner.iter_assets()


class AssetAny(AssetAll):
    """Any of several."""


DatasetAll = AssetAll
DatasetAny = AssetAny


@dataclass
class AssetWatcher:
    """A trigger outside of DAGs that updates an asset."""

    name: str
    trigger: Any


@dataclass
class AssetAccessControl:
    producer_teams: Any = None
    consumer_teams: Any = None
    allow_global: bool = True

    def __init__(self, *args, **kwargs):
        self.__dict__.update(kwargs)


@dataclass
class Metadata:
    """Facts about an update of an asset."""

    asset: Any
    extra: dict = field(default_factory=dict)
    alias: Any = None

    def note(self, outlet_events):
        """Adds them to the update that the task makes."""
        if self.alias is not None:
            alias = self.alias if isinstance(self.alias, AssetAlias) else AssetAlias(self.alias)
            outlet_events[alias].add(self.asset, extra=self.extra)
        else:
            outlet_events[self.asset].extra.update(self.extra or {})


class AssetTask(BaseOperator):
    """The task of a function with `@asset`: it gets the assets that its arguments are called after."""

    custom_operator_name = "@asset"

    def __init__(self, *, python_callable, definition, names, **kwargs):
        super().__init__(**kwargs)
        self.python_callable = python_callable
        self.definition = definition
        self.names = names

    def execute(self, context):
        from tidegate.airflow.operators.python import call

        special = {"self": self.definition, "context": context}
        found = {}
        for name in self.names:
            found[name] = special.get(name, context.get(name)) if name in special or name in context else None
            if found[name] is None and name not in special:
                found[name] = next((inlet for inlet in self.inlets if getattr(inlet, "name", None) == name), None)
        return call(self.python_callable, (), found, context)


class asset:  # noqa: N801 - the name that DAG files know
    """`@asset`: a function that makes an asset, and the DAG of one task that calls it."""

    def __init__(self, name=None, uri=None, *, group="asset", extra=None, watchers=None, schedule=None, **options):
        self.asset = {"name": name, "uri": uri, "group": group, "extra": extra, "watchers": watchers}
        self.schedule = schedule
        self.options = options

    def __call__(self, function):
        settings = dict(self.asset, name=self.asset["name"] or function.__name__)
        settings["uri"] = settings["uri"] or settings["name"]
        made = AssetDefinition(**settings)
        made.outlets = [made]
        self._make_dag(function, made, list(inspect.signature(function).parameters))
        return made

    def _make_dag(self, function, definition, names):
        known = {name: self.options[name] for name in self.options if name not in ("is_paused_upon_creation", "allow_producer_teams", "access_control")}
        inlets = [Asset.ref(name=name) for name in names if name not in ("self", "context")]
        with DAG(known.pop("dag_id", definition.name), schedule=self.schedule, catchup=False, **known):
            AssetTask(
                task_id=function.__name__,
                python_callable=function,
                definition=definition,
                names=names,
                inlets=inlets,
                outlets=definition.outlets,
            )


class AssetDefinition(Asset):
    """An asset that a function of the file makes."""


class multi:  # noqa: N801 - `asset.multi`
    """`@asset.multi`: a function that makes several assets."""

    def __init__(self, *, outlets, name=None, schedule=None, **options):
        self.outlets = list(outlets)
        self.name = name
        self.maker = asset(name, schedule=schedule, **options)

    def __call__(self, function):
        made = AssetDefinition(self.name or function.__name__)
        made.outlets = self.outlets
        self.maker._make_dag(function, made, list(inspect.signature(function).parameters))
        return made


asset.multi = multi


def expand_alias_to_assets(alias):
    return []
