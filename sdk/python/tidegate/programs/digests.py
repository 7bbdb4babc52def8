"""Digests of values that are the same in every process.

Pickled bytes are not: the order of sets, and the classes of a script, differ from one process to the next. So a value is walked,
as pickle would walk it, and functions and classes count by their names. What cannot be walked counts by its type.
"""

from __future__ import annotations

import hashlib
import json
import types

PLAIN = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis), range)
NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)
DEPTH_MAX = 100


def digest(*values):
    """A short digest of values."""
    sha = hashlib.sha256()
    for value in values:
        try:
            sha.update(json.dumps(value, sort_keys=True).encode())
        except (TypeError, ValueError, RecursionError):
            sha.update(walked(value, {}, 0).encode("utf-8", "surrogatepass"))
        sha.update(b"\0")
    return sha.hexdigest()[:16]


def function_name(function):
    """What a function is called, in its module."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    if name is not None:
        return name
    inner = getattr(function, "func", None)  # functools.partial
    return type(function).__qualname__ if inner is None else function_name(inner)


def identity(function):
    """What tells a function from others: its name, and for one without a name of its own also its code."""
    name = function_name(function)
    code = getattr(function, "__code__", None)
    if code is not None and "<" in name:
        return f"{name} {hashlib.sha256(code.co_code + repr(constants(code)).encode()).hexdigest()[:16]}"
    return name


def constants(code):
    """The constants of a function that print the same in every process."""
    return [value for value in code.co_consts if isinstance(value, PLAIN)], code.co_names


def walked(value, seen, depth):
    """A text that tells a value from others."""
    if isinstance(value, PLAIN) and type(value) in PLAIN:
        return repr(value)
    if isinstance(value, NAMED):
        return f"<{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', None) or value.__name__}>"
    if depth > DEPTH_MAX:
        return f"<{type(value).__qualname__}>"
    if id(value) in seen:
        return f"<again {seen[id(value)]}>"
    seen[id(value)] = len(seen)

    def inner(part):
        return walked(part, seen, depth + 1)

    if type(value) in (list, tuple):
        return f"{type(value).__name__}({','.join(map(inner, value))})"
    if type(value) is dict:
        return f"dict({','.join(f'{inner(key)}:{inner(item)}' for key, item in value.items())})"
    if type(value) in (set, frozenset):
        # Each member by itself: which one is met first differs between processes.
        return f"set({','.join(sorted(walked(part, {}, depth + 1) for part in value))})"
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:
        return f"<{type(value).__qualname__}>"
    if isinstance(reduced, str):
        return f"<{reduced}>"
    seen[("kept", id(value))] = reduced  # or ids of what it has made would be used again
    parts = [inner(part) for part in reduced[:3]]
    parts += [inner(list(part)) for part in reduced[3:5] if part is not None]
    return f"object({','.join(parts)})"
