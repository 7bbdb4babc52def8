"""How values travel between tasks: as JSON, with tagged objects for what JSON does not have."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import importlib
import math
import pickle
import sys
import uuid
from pathlib import Path

import pendulum

from tidegate.airflow.authoring.assets import Asset, AssetAlias
from tidegate.airflow.authoring.storage import ObjectStoragePath

#: The key of tagged objects: what kind of value it is.
TAG = "__tidegate__"
#: The key of tuples, which has the items; `compiling.lengths` counts them by it.
TUPLE = "__tuple__"


def encode(value):
    """A value as JSON."""
    if value is None or isinstance(value, (bool, str)) and not isinstance(value, enum.Enum):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, enum.Enum):
        return encode(value.value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else _tagged("int", str(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else _tagged("float", repr(value))
    if isinstance(value, dict):
        found = {str(key): encode(inner) for key, inner in value.items()}
        return _tagged("dict", found) if TAG in found or TUPLE in found else found
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {TUPLE: [encode(item) for item in value]}
    for kind, name, write, _ in _KINDS:
        if isinstance(value, kind):
            return _tagged(name, write(value))
    return _encode_object(value)


def _encode_object(value):
    if hasattr(value, "resolve") and hasattr(value, "iter_references"):
        raise TypeError(f"the result holds {value!r}, which stands for the result of a task: give that task as an argument")
    if hasattr(value, "item") and hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        return encode(value.item())
    if hasattr(value, "model_dump") and hasattr(type(value), "model_validate"):
        return _of_class("model", value, encode(value.model_dump()))
    if callable(getattr(value, "serialize", None)) and callable(getattr(type(value), "deserialize", None)):
        return _of_class("object", value, encode(value.serialize()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return _of_class("dataclass", value, members)
    if hasattr(value, "__iter__") and not hasattr(value, "dtype") and not hasattr(value, "to_dict"):
        return [encode(item) for item in value]
    try:
        return _tagged("pickle", base64.b64encode(pickle.dumps(value)).decode())
    except Exception as error:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise TypeError(f"a value of type {kind} cannot travel between tasks: {error}") from error


def _tagged(name, value):
    return {TAG: name, "value": value}


def _of_class(name, value, members):
    return {TAG: name, "class": f"{type(value).__module__}:{type(value).__qualname__}", "value": members}


def decode(found):
    """The value that `encode` has made this of."""
    if isinstance(found, list):
        return [decode(item) for item in found]
    if not isinstance(found, dict):
        return found
    if set(found) == {TUPLE}:
        return tuple(decode(item) for item in found[TUPLE])
    if TAG not in found:
        return {key: decode(inner) for key, inner in found.items()}
    name, value = found[TAG], found.get("value")
    if name in _PLAIN:
        return _PLAIN[name](value)
    for _, kind, _, read in _KINDS:
        if kind == name:
            return read(value)
    cls = _class(found["class"])
    members = decode(value)
    if name == "model":
        return cls.model_validate(members)
    if name == "object":
        return _deserialized(cls, members)
    return cls(**members)


def _deserialized(cls, members):
    try:
        return cls.deserialize(members, getattr(cls, "__version__", 1))
    except TypeError:
        return cls.deserialize(members)


def _class(path):
    module, _, name = path.partition(":")
    found = sys.modules.get(module) or importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


_PLAIN = {
    "int": int,
    "float": float,
    "dict": lambda value: {key: decode(inner) for key, inner in value.items()},
    "pickle": lambda value: pickle.loads(base64.b64decode(value)),
}


def _write_time(value):
    zone = getattr(value, "timezone_name", None) or getattr(value.tzinfo, "key", None)
    return [value.isoformat(), zone if zone and zone[0] not in "+-" else None, isinstance(value, pendulum.DateTime)]


def _read_time(value):
    text, zone, is_pendulum = value
    found = datetime.datetime.fromisoformat(text)
    if not is_pendulum:
        return found
    found = pendulum.instance(found)
    return found.in_timezone(zone) if zone else found


_KINDS = [
    (datetime.datetime, "datetime", _write_time, _read_time),
    (datetime.date, "date", lambda value: value.isoformat()[:10], datetime.date.fromisoformat),
    (datetime.time, "time", lambda value: value.isoformat(), datetime.time.fromisoformat),
    (datetime.timedelta, "timedelta", lambda value: value.total_seconds(), lambda value: datetime.timedelta(seconds=value)),
    (decimal.Decimal, "decimal", str, decimal.Decimal),
    (uuid.UUID, "uuid", str, uuid.UUID),
    (bytes, "bytes", lambda value: base64.b64encode(value).decode(), base64.b64decode),
    (frozenset, "frozenset", lambda value: [encode(item) for item in value], lambda value: frozenset(map(decode, value))),
    (set, "set", lambda value: [encode(item) for item in value], lambda value: set(map(decode, value))),
    (Path, "path", str, Path),
    (ObjectStoragePath, "storage", lambda value: value.serialize(), ObjectStoragePath.deserialize),
    (
        Asset,
        "asset",
        lambda value: {"name": value.name, "uri": value.uri, "group": value.group, "extra": encode(value.extra)},
        lambda value: Asset(**value),
    ),
    (AssetAlias, "alias", lambda value: value.name, AssetAlias),
]  # fmt: skip
