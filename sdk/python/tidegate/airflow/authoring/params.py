"""Params: values that a run is started with, with defaults and JSON Schemas."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import MutableMapping

from tidegate.airflow.authoring.errors import ParamValidationError
from tidegate.airflow.authoring.schema import mistakes


class NotSet:
    """Stands for an argument that is not given."""

    def __repr__(self):
        return "NOTSET"

    def __bool__(self):
        return False


NOTSET = NotSet()
ArgNotSet = NotSet


def is_arg_set(value):
    return value is not NOTSET


class Param:
    """A default, a description, and a JSON Schema, whose keys are given by name."""

    def __init__(self, default=NOTSET, description=None, source=None, **kwargs):
        self.value = _plain(default)
        self.description = description
        self.source = source
        self.schema = kwargs.pop("schema", kwargs)

    @property
    def has_value(self):
        return self.value is not NOTSET and self.value is not None

    def resolve(self, value=NOTSET, suppress_exception=False):
        """The value, or the default without one, if the schema allows it."""
        final = self.value if value is NOTSET else _plain(value)
        if final is NOTSET:
            if suppress_exception:
                return None
            raise ParamValidationError("No value passed and Param has no default value")
        found = mistakes(final, self.schema)
        if found:
            if suppress_exception:
                return None
            raise ParamValidationError(f"{final!r} {found[0]}")
        self.value = final
        return final

    def dump(self):
        return {"value": self.value, "schema": self.schema, "description": self.description}

    def as_schema(self):
        """The JSON Schema of the param with its default and its description in it."""
        schema = copy.deepcopy(self.schema)
        # A time is one with an offset in JSON Schema, and one without in Airflow.
        if schema.get("format") == "time":
            del schema["format"]
        if self.value is not NOTSET:
            schema["default"] = self.value
        if self.description:
            schema["description"] = self.description
        return json.loads(json.dumps(schema, default=str))


class ParamsDict(MutableMapping):
    """Params by name; reading one gives its value."""

    def __init__(self, dict_obj=None, suppress_exception=False):
        self.suppress_exception = suppress_exception
        self._params = {}
        for name, value in (dict_obj or {}).items():
            self._params[name] = value if isinstance(value, Param) else Param(value)
        if isinstance(dict_obj, ParamsDict):
            self._params = dict(dict_obj._params)

    def __setitem__(self, name, value):
        if isinstance(value, Param):
            self._params[name] = value
        elif name in self._params:
            param = copy.copy(self._params[name])
            self._resolve(name, param, value)
            self._params[name] = param
        else:
            self._params[name] = Param(value)

    def __getitem__(self, name):
        return self._resolve(name, self._params[name])

    def _resolve(self, name, param, value=NOTSET):
        try:
            return param.resolve(value, suppress_exception=self.suppress_exception)
        except ParamValidationError as error:
            raise ParamValidationError(f"Invalid input for param {name}: {error}") from None

    def __delitem__(self, name):
        del self._params[name]

    def __iter__(self):
        return iter(self._params)

    def __len__(self):
        return len(self._params)

    def __contains__(self, name):
        return name in self._params

    def __repr__(self):
        return repr(self.dump())

    def __copy__(self):
        return ParamsDict(self)

    def get_param(self, name):
        return self._params[name]

    def params(self):
        return self._params.items()

    def items(self):
        return [(name, self[name]) for name in self._params]

    def values(self):
        return [self[name] for name in self._params]

    def update(self, *args, **kwargs):
        given = args[0] if args else {}
        given = dict(given._params) if isinstance(given, ParamsDict) else dict(given)
        for name, value in {**given, **kwargs}.items():
            self[name] = value

    def dump(self):
        """The values by name, without checks."""
        return {name: None if param.value is NOTSET else param.value for name, param in self._params.items()}

    def validate(self):
        return {name: self[name] for name in self._params}

    def as_schema(self):
        """The JSON Schema of an object that has the params as members."""
        schema = {"type": "object", "properties": {name: param.as_schema() for name, param in self._params.items()}}
        required = [name for name, param in self._params.items() if param.value is NOTSET]
        if required:
            schema["required"] = required
        return schema


class DagParam:
    """An argument of a function that makes a DAG: known when the DAG runs."""

    def __init__(self, current_dag, name, default=NOTSET):
        if default is not NOTSET:
            current_dag.params[name] = default
        self._name = name
        self._default = default
        self.current_dag = current_dag

    def iter_references(self):
        return iter(())

    def resolve(self, context):
        """Its value in a run."""
        run = context.get("dag_run")
        if run is not None and run.conf and self._name in run.conf:
            return run.conf[self._name]
        if self._default is not NOTSET:
            return self._default
        return context["params"][self._name]


def _plain(value):
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (tuple, set)):
        return list(value)
    return value
