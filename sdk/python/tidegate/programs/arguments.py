"""What a function is called with: from the items of a map, and arguments that all of them have.

A tuple is several arguments and a mapping is arguments by name, wherever the function takes them so; anything else is one argument.
"""

from __future__ import annotations

import inspect

# Parameters that other implementations fill with a client of their storage.
FOREIGN = ("ibm_cos", "storage", "rabbitmq")


class Binding:
    """How the items of one map are given to one function. `spreads` is False where each item is one argument, whatever it is."""

    def __init__(self, function, spreads=True):
        self.spreads = spreads
        try:
            self.signature = inspect.signature(function)
        except (TypeError, ValueError):  # functions of C
            self.signature = None
        parameters = self.parameters = self.signature.parameters if self.signature else {}
        foreign = [name for name in FOREIGN if name in parameters and spreads]
        if foreign:
            raise TypeError(f"the parameter `{foreign[0]}` would be a client of a storage, and there is none: pass one yourself")
        self.wants_id = spreads and "id" in parameters
        self.without_id = self.signature
        if self.wants_id:
            others = [parameter for name, parameter in parameters.items() if name != "id"]
            self.without_id = self.signature.replace(parameters=others)

    def bind(self, item, index=0, extra=None):
        """Positional and named arguments for one item. A parameter `id` is its number, unless the item has something for it."""
        args, kwargs = self.spread(item, extra)
        if self.wants_id and "id" not in kwargs and fits(self.without_id, args, kwargs):
            named = self.without_id.bind(*args, **kwargs)
            if all(may_be_named(self.signature.parameters[name]) for name in named.arguments):
                return (), {**named.arguments, "id": index}
        return args, kwargs

    def spread(self, item, extra):
        if not self.spreads:
            return (item,), {}
        if isinstance(extra, dict):
            if type(item) is dict:
                return (), {**item, **extra}
            return (item if type(item) is tuple else (item,)), dict(extra)
        more = () if extra is None else tuple(extra) if isinstance(extra, (tuple, list)) else (extra,)
        if type(item) is tuple and self.takes(item + more, {}):
            return item + more, {}
        if type(item) is dict and not more:
            args, kwargs = self.unfolded(item)
            if self.takes(args, kwargs):
                return args, kwargs
        return (item, *more), {}

    def unfolded(self, item):
        """Arguments by name, of which `args` and `kwargs` are several where the function has them so."""
        kinds = {kind: name for name, kind in ((name, found.kind) for name, found in self.parameters.items())}
        positional, named = kinds.get(inspect.Parameter.VAR_POSITIONAL), kinds.get(inspect.Parameter.VAR_KEYWORD)
        args = tuple(item[positional]) if positional in item else ()
        kwargs = {name: value for name, value in item.items() if name not in (positional, named)}
        return args, {**kwargs, **item.get(named, {})}

    def takes(self, args, kwargs):
        """Whether the function can be called with these."""
        if self.signature is None:
            return not kwargs
        return fits(self.signature, args, kwargs) or fits(self.without_id, args, kwargs)


def fits(signature, args, kwargs):
    if not all(type(name) is str for name in kwargs):
        return False
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def may_be_named(parameter):
    return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def encoded(packer, args, kwargs):
    """Arguments as JSON."""
    told = {"args": [packer.encode(value) for value in args]}
    if kwargs:
        told["kwargs"] = {name: packer.encode(value) for name, value in kwargs.items()}
    return told


def as_items(given):
    """The items of a map. Something that cannot be iterated is one item."""
    if isinstance(given, list):
        return given
    if isinstance(given, (str, bytes, dict)) or not hasattr(given, "__iter__"):
        return [given]
    return list(given)
