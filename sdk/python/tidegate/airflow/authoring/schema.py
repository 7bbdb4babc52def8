"""What is wrong with a value for a JSON Schema, of which the words are known that params are written with."""

from __future__ import annotations

import datetime
import re

_TYPES = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def mistakes(value, schema):
    """Sentences without a subject, as in `is not of type 'string'`; none where the value is as the schema says."""
    if schema is True or not schema:
        return []
    if schema is False:
        return ["is not allowed"]
    found = []
    kinds = schema.get("type")
    if kinds is not None:
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if not any(_TYPES[kind](value) for kind in kinds if kind in _TYPES):
            return [f"is not of type {', '.join(map(repr, kinds))}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"is not one of {schema['enum']!r}")
    if "const" in schema and value != schema["const"]:
        found.append(f"is not {schema['const']!r}")
    if isinstance(value, str):
        found += _of_text(value, schema)
    if _TYPES["number"](value):
        found += _of_number(value, schema)
    if isinstance(value, list):
        found += _of_list(value, schema)
    if isinstance(value, dict):
        found += _of_object(value, schema)
    return found + _of_choices(value, schema)


def _of_text(value, schema):
    found = []
    if len(value) < schema.get("minLength", 0):
        found.append(f"is shorter than {schema['minLength']}")
    if len(value) > schema.get("maxLength", len(value)):
        found.append(f"is longer than {schema['maxLength']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"does not match {schema['pattern']!r}")
    read = {
        "date": datetime.date.fromisoformat,
        "date-time": lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")),
        "time": lambda text: datetime.time.fromisoformat(text.replace("Z", "+00:00")),
    }.get(schema.get("format"))
    if read:
        try:
            read(value)
        except ValueError:
            found.append(f"is not a {schema['format']!r}")
    return found


def _of_number(value, schema):
    checks = [
        ("minimum", lambda limit: value >= limit, "is less than"),
        ("maximum", lambda limit: value <= limit, "is greater than"),
        ("exclusiveMinimum", lambda limit: value > limit, "is not greater than"),
        ("exclusiveMaximum", lambda limit: value < limit, "is not less than"),
        ("multipleOf", lambda limit: value % limit == 0, "is not a multiple of"),
    ]
    return [f"{words} {schema[key]}" for key, holds, words in checks if key in schema and not holds(schema[key])]


def _of_list(value, schema):
    found = []
    if len(value) < schema.get("minItems", 0):
        found.append(f"has fewer than {schema['minItems']} items")
    if len(value) > schema.get("maxItems", len(value)):
        found.append(f"has more than {schema['maxItems']} items")
    if schema.get("uniqueItems") and any(item in value[:place] for place, item in enumerate(value)):
        found.append("has an item twice")
    if isinstance(schema.get("items"), (dict, bool)):
        found += [f"has an item that {text}" for item in value for text in mistakes(item, schema["items"])]
    return found


def _of_object(value, schema):
    found = [f"has no {name!r}" for name in schema.get("required", []) if name not in value]
    members = schema.get("properties", {})
    for name, inner in value.items():
        if name in members:
            found += [f"has a {name!r} that {text}" for text in mistakes(inner, members[name])]
        elif schema.get("additionalProperties") is False:
            found.append(f"has the unknown member {name!r}")
    return found


def _of_choices(value, schema):
    found = []
    for inner in schema.get("allOf", []):
        found += mistakes(value, inner)
    if "anyOf" in schema and all(mistakes(value, inner) for inner in schema["anyOf"]):
        found.append("is as none of `anyOf` says")
    if "oneOf" in schema and sum(not mistakes(value, inner) for inner in schema["oneOf"]) != 1:
        found.append("is not as just one of `oneOf` says")
    if "not" in schema and not mistakes(value, schema["not"]):
        found.append("is as `not` forbids")
    return found
