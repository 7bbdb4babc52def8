"""What installed packages of providers say of themselves: which hook a kind of connection has, which dialects of SQL there are."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
from collections import namedtuple

from tidegate.airflow.authoring.errors import AirflowNotFoundException

HookInfo = namedtuple("HookInfo", ["hook_class_name", "connection_type", "connection_id_attribute_name"])
DialectInfo = namedtuple("DialectInfo", ["name", "dialect_class_name", "provider_name"])


@functools.lru_cache(maxsize=1)
def infos():
    """By package, what it says."""
    found = importlib.metadata.entry_points()
    group = "apache_airflow_provider"
    points = found.select(group=group) if hasattr(found, "select") else found.get(group, [])
    return {info["package-name"]: info for info in (point.load()() for point in points)}


class ProvidersManager:
    """The packages, by what they have."""

    @property
    def hooks(self):
        found = {}
        for info in infos().values():
            for kind in info.get("connection-types", []):
                found[kind["connection-type"]] = HookInfo(
                    kind["hook-class-name"], kind["connection-type"], _attribute(kind["hook-class-name"])
                )
        return found

    @property
    def dialects(self):
        return {
            dialect["dialect-type"]: DialectInfo(dialect["dialect-type"], dialect["dialect-class-name"], package)
            for package, info in infos().items()
            for dialect in info.get("dialects", [])
        }

    @property
    def providers(self):
        return infos()


def _attribute(path):
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name).conn_name_attr
    except (ImportError, AttributeError):
        return None


def make_hook(connection, hook_params=None):
    """The hook of a connection's kind."""
    for info in infos().values():
        for kind in info.get("connection-types", []):
            if kind["connection-type"] != connection.conn_type:
                continue
            module, _, name = kind["hook-class-name"].rpartition(".")
            hook = getattr(importlib.import_module(module), name)
            return hook(**{hook.conn_name_attr: connection.conn_id}, **(hook_params or {}))
    raise AirflowNotFoundException(
        f"no installed package of a provider has a hook for connections of type {connection.conn_type!r}"
    )
