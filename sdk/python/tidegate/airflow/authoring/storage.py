"""`ObjectStoragePath`: paths of files and objects; local ones here, others where `universal_pathlib` is installed."""

from __future__ import annotations

import os
from pathlib import Path

from tidegate.airflow.authoring.errors import AirflowOptionalProviderFeatureException


class ObjectStoragePath:
    """A path with a scheme. What it does is looked up when it is used, as its service may not be there before."""

    def __init__(self, path, *more, conn_id=None, **options):
        text = "/".join([str(path).rstrip("/") if more else str(path), *[str(part).strip("/") for part in more]])
        self._text = text
        self.conn_id = conn_id
        self._options = options

    @property
    def protocol(self):
        return self._text.partition("://")[0] if "://" in self._text else "file"

    @property
    def path(self):
        rest = self._text.partition("://")[2] if "://" in self._text else self._text
        return rest if self.protocol == "file" else rest.partition("/")[2]

    @property
    def bucket(self):
        return "" if self.protocol == "file" else self._text.partition("://")[2].partition("/")[0]

    name = property(lambda self: self._text.rstrip("/").rpartition("/")[2])
    parent = property(lambda self: self._with(self._text.rstrip("/").rpartition("/")[0]))

    def _with(self, text):
        return ObjectStoragePath(text, conn_id=self.conn_id, **self._options)

    def __truediv__(self, part):
        return self._with(f"{self._text.rstrip('/')}/{part}")

    def joinpath(self, *parts):
        return self._with("/".join([self._text.rstrip("/"), *map(str, parts)]))

    def _target(self):
        if self.protocol == "file":
            return Path(self.path)
        try:
            from upath import UPath
        except ImportError:
            raise AirflowOptionalProviderFeatureException(
                f"{self._text}: paths of {self.protocol} need `universal_pathlib` and the fsspec package of {self.protocol}"
            ) from None
        return UPath(self._text, **self._options)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._target(), name)

    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        self._target().mkdir(parents=parents, exist_ok=exist_ok)

    def iterdir(self):
        return (self._with(f"{self._text.rstrip('/')}/{path.name}") for path in self._target().iterdir())

    def __fspath__(self):
        return os.fspath(self._target())

    def __eq__(self, other):
        return isinstance(other, ObjectStoragePath) and (self._text, self.conn_id) == (other._text, other.conn_id)

    def __hash__(self):
        return hash((self._text, self.conn_id))

    def __str__(self):
        return self._text

    def __repr__(self):
        return f"ObjectStoragePath({self._text!r})"

    def serialize(self):
        return {"path": self._text, "conn_id": self.conn_id, "options": self._options}

    @classmethod
    def deserialize(cls, data, version=1):
        return cls(data["path"], conn_id=data.get("conn_id"), **data.get("options", {}))
