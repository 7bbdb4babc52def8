"""What outlives a call and is no result: small JSON values in files, by kind and key.

They are in the directory that `TIDEGATE_AIRFLOW_STATE` names, else in that of the user's state. Other machines do not see them.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from urllib.parse import quote


def directory():
    given = os.environ.get("TIDEGATE_AIRFLOW_STATE")
    if given:
        return given
    base = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "tidegate-airflow")


def _path(kind, key):
    name = quote(key, safe="")
    if len(name) > 120:
        name = f"{name[:80]}-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    return os.path.join(directory(), kind, f"{name}.json")


def read(kind, key, default=None):
    """The value that is kept under `key`."""
    try:
        with open(_path(kind, key), encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return default


def write(kind, key, value):
    """Keeps a value; a reader sees either this or the one before."""
    path = _path(kind, key)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(scratch, path)


def remove(kind, key):
    try:
        os.remove(_path(kind, key))
    except FileNotFoundError:
        pass


class Store:
    """Values by key of one task or one asset: `task_state_store` and `asset_state_store[asset]`."""

    def __init__(self, kind, key):
        self._kind, self._key = kind, key

    def _all(self):
        return read(self._kind, self._key, {})

    def get(self, key, default=None):
        return self._all().get(key, default)

    def set(self, key, value, *, retention=None):
        write(self._kind, self._key, {**self._all(), key: json.loads(json.dumps(value))})

    def delete(self, key):
        left = self._all()
        left.pop(key, None)
        write(self._kind, self._key, left)

    def clear(self, **_):
        remove(self._kind, self._key)

    async def aget(self, key, default=None):
        return self.get(key, default)

    async def aset(self, key, value, *, retention=None):
        self.set(key, value)

    async def adelete(self, key):
        self.delete(key)

    async def aclear(self, **_):
        self.clear()


class AssetStores:
    """The stores of assets, by asset."""

    def __getitem__(self, asset):
        return Store("assets", getattr(asset, "uri", None) or getattr(asset, "name", None) or str(asset))


NEVER_EXPIRE = object()
