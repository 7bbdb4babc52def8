"""Connections, variables and settings: from the environment, and from files beside the DAG file.

Variables are looked for in `AIRFLOW_VAR_NAME`, then in what tasks have set, then in `variables.json` beside the DAG file;
connections in `AIRFLOW_CONN_NAME` and `connections.json`; settings in `AIRFLOW__SECTION__KEY`.
"""

from __future__ import annotations

import json
import logging
import os
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tidegate.airflow.authoring.errors import AirflowConfigException, AirflowNotFoundException
from tidegate.airflow.authoring.params import NOTSET
from tidegate.airflow.authoring.providers import make_hook
from tidegate.airflow.running import keeping

_folders = [os.getcwd()]


def look_in(folder):
    """Files of connections and variables are those of `folder`."""
    _folders[0] = folder


def _file(name):
    path = os.path.join(_folders[0], name)
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise AirflowConfigException(f"{path} is no JSON: {error}") from error


class Variable:
    """Values that DAGs share."""

    def __init__(self, key=None, val=None, description=None):
        self.key, self.val, self.description = key, val, description

    @classmethod
    def get(cls, key, default=NOTSET, deserialize_json=False, default_var=NOTSET, **_):
        """The variable `key`; `default` if there is none."""
        found = cls._find(key)
        if found is None:
            default = default if default is not NOTSET else default_var
            if default is NOTSET:
                raise KeyError(f"Variable {key} does not exist: set AIRFLOW_VAR_{key.upper()}, or name it in variables.json")
            return default
        if deserialize_json:
            return json.loads(found) if isinstance(found, str) else found
        return found if isinstance(found, str) else json.dumps(found)

    @classmethod
    def _find(cls, key):
        found = os.environ.get(f"AIRFLOW_VAR_{key.upper()}")
        if found is not None:
            return found
        found = keeping.read("variables", key)
        return found if found is not None else _file("variables.json").get(key)

    @classmethod
    def set(cls, key, value, description=None, serialize_json=False, **_):
        keeping.write("variables", key, json.dumps(value, indent=2) if serialize_json else str(value))

    @classmethod
    def setdefault(cls, key, default, description=None, deserialize_json=False):
        if cls._find(key) is None:
            cls.set(key, default, serialize_json=deserialize_json)
        return cls.get(key, deserialize_json=deserialize_json)

    @classmethod
    def update(cls, key, value, serialize_json=False, **_):
        cls.set(key, value, serialize_json=serialize_json)

    @classmethod
    def delete(cls, key, **_):
        keeping.remove("variables", key)


class Connection:
    """Where a service is, and how one gets in."""

    def __init__(
        self, conn_id=None, conn_type=None, description=None, host=None, login=None, password=None, schema=None,
        port=None, extra=None, uri=None, **_,
    ):  # fmt: skip
        self.conn_id, self.conn_type, self.description = conn_id, conn_type, description
        self.host, self.login, self.password, self.schema, self.port = host, login, password, schema, port
        self.port = int(port) if port not in (None, "") else None
        self.extra = json.dumps(extra) if isinstance(extra, dict) else extra
        if uri is not None:
            self._read(uri)

    def _read(self, uri):
        kind, _, rest = uri.partition("://")
        protocol = ""
        if "://" in rest:
            protocol, _, rest = rest.partition("://")
        parts = urlsplit(f"//{rest}")
        self.conn_type = "postgres" if kind == "postgresql" else kind.replace("-", "_")
        host = unquote(parts.netloc.rpartition("@")[2].rsplit(":", 1)[0])
        self.host = f"{protocol}://{host}" if protocol and host else host or None
        self.login = unquote(parts.username or "") or None
        self.password = unquote(parts.password or "") or None
        self.schema = unquote(parts.path[1:]) or None
        self.port = parts.port
        extra = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.extra = extra.pop("__extra__", None) or (json.dumps(extra) if extra else None)

    @classmethod
    def from_uri(cls, uri, conn_id=None):
        return cls(conn_id=conn_id, uri=uri)

    @classmethod
    def from_json(cls, text, conn_id=None):
        return cls(conn_id=conn_id, **{key: value for key, value in json.loads(text).items() if key != "conn_id"})

    @classmethod
    def get(cls, conn_id):
        return find_connection(conn_id)

    get_connection_from_secrets = get

    @property
    def extra_dejson(self):
        try:
            return json.loads(self.extra) if self.extra else {}
        except ValueError:
            return {}

    def get_extra_dejson(self, nested=False):
        return self.extra_dejson

    def get_password(self):
        return self.password

    def get_extra(self):
        return self.extra

    def get_uri(self):
        """The connection as a URI."""
        login = ""
        if self.login or self.password:
            secret = f":{quote(self.password, safe='')}" if self.password else ""
            login = f"{quote(self.login or '', safe='')}{secret}@"
        port = f":{self.port}" if self.port else ""
        query = f"?{urlencode(self.extra_dejson)}" if self.extra_dejson else ""
        kind = (self.conn_type or "").replace("_", "-")
        return f"{kind}://{login}{quote(self.host or '', safe='')}{port}/{quote(self.schema or '', safe='')}{query}"

    def as_json(self):
        return json.dumps({name: value for name, value in self.as_dict().items() if value is not None and name != "conn_id"})

    def as_dict(self):
        names = ("conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra")
        return {name: getattr(self, name) for name in names}

    def get_hook(self, *, hook_params=None):
        return make_hook(self, hook_params)

    def __repr__(self):
        return self.conn_id or ""


def is_connection(conn_id):
    return f"AIRFLOW_CONN_{conn_id.upper()}" in os.environ or conn_id in _file("connections.json")


def find_connection(conn_id):
    """The connection, or an error that says where it could be."""
    found = os.environ.get(f"AIRFLOW_CONN_{conn_id.upper()}")
    if found is None:
        found = _file("connections.json").get(conn_id)
    if found is None:
        raise AirflowNotFoundException(
            f"The conn_id `{conn_id}` isn't defined: set AIRFLOW_CONN_{conn_id.upper()}, or name it in connections.json"
        )
    if isinstance(found, dict):
        return Connection(conn_id=conn_id, **{key: value for key, value in found.items() if key != "conn_id"})
    if found.lstrip().startswith("{"):
        return Connection.from_json(found, conn_id)
    return Connection(conn_id=conn_id, uri=found)


class BaseHook:
    """A client of a service."""

    def __init__(self, logger_name=None, **_):
        self._logger_name = logger_name

    @property
    def log(self):
        return logging.getLogger(f"airflow.task.hooks.{type(self).__module__}.{type(self).__name__}")

    @classmethod
    def get_connection(cls, conn_id):
        return find_connection(conn_id)

    @classmethod
    def get_connections(cls, conn_id):
        return [find_connection(conn_id)]

    @classmethod
    async def aget_connection(cls, conn_id):
        return find_connection(conn_id)

    @classmethod
    def get_hook(cls, conn_id, hook_params=None):
        return find_connection(conn_id).get_hook(hook_params=hook_params)

    def get_conn(self):
        raise NotImplementedError

    @classmethod
    def get_connection_form_widgets(cls):
        return {}

    @classmethod
    def get_ui_field_behaviour(cls):
        return {}


class Configuration:
    """Settings: `AIRFLOW__SECTION__KEY` of the environment, and a few that are as in Airflow without any."""

    _defaults = {
        ("core", "dags_folder"): lambda: _folders[0],
        ("core", "default_timezone"): lambda: "utc",
        ("core", "executor"): lambda: "LocalExecutor",
        ("core", "load_examples"): lambda: "False",
        ("core", "unit_test_mode"): lambda: "False",
        ("core", "default_task_retries"): lambda: "0",
        ("operators", "default_owner"): lambda: "airflow",
        ("operators", "default_deferrable"): lambda: "False",
        ("api", "base_url"): lambda: "http://localhost:8080",
        ("webserver", "base_url"): lambda: "http://localhost:8080",
        ("kubernetes_executor", "worker_container_repository"): lambda: "",
        ("kubernetes_executor", "worker_container_tag"): lambda: "",
    }

    def get(self, section, key, fallback=NOTSET, **_):
        found = os.environ.get(f"AIRFLOW__{section.upper()}__{key.upper()}")
        if found is not None:
            return found
        if (section.lower(), key.lower()) in self._defaults:
            return self._defaults[(section.lower(), key.lower())]()
        if fallback is NOTSET:
            raise AirflowConfigException(f"section/key [{section}/{key}] not found: set AIRFLOW__{section.upper()}__{key.upper()}")
        return fallback

    def get_mandatory_value(self, section, key, **kwargs):
        return self.get(section, key, **kwargs)

    def getboolean(self, section, key, fallback=NOTSET, **_):
        return str(self.get(section, key, fallback)).strip().lower() in ("true", "t", "1", "yes")

    def getint(self, section, key, fallback=NOTSET, **_):
        return int(self.get(section, key, fallback))

    def getfloat(self, section, key, fallback=NOTSET, **_):
        return float(self.get(section, key, fallback))

    def getjson(self, section, key, fallback=NOTSET, **_):
        found = self.get(section, key, fallback)
        return json.loads(found) if isinstance(found, str) else found

    def getlist(self, section, key, fallback=NOTSET, delimiter=",", **_):
        found = self.get(section, key, fallback)
        return [part.strip() for part in found.split(delimiter)] if isinstance(found, str) else found

    def gettimedelta(self, section, key, fallback=None, **_):
        from datetime import timedelta

        found = self.get(section, key, fallback)
        return timedelta(seconds=float(found)) if found not in (None, "") else None

    def getimport(self, section, key, fallback=None, **_):
        return fallback

    def has_option(self, section, key, **_):
        return self.get(section, key, fallback=None) is not None

    def getsection(self, section):
        prefix = f"AIRFLOW__{section.upper()}__"
        return {name[len(prefix) :].lower(): value for name, value in os.environ.items() if name.startswith(prefix)}


conf = Configuration()
