"""Values on their way: as plain JSON where that keeps them exactly, and pickled otherwise.

A value that is JSON is read by people who look at a run; anything else is `{"pickled": BASE64}`.
"""

from __future__ import annotations

import base64
import io
import math
import pickle
import sys
import types

from tidegate.programs.problems import need_cloudpickle

INTEGER_MAX = 2**53  # JSON numbers above this are not the same everywhere
DEPTH_MAX = 20
PICKLED = "pickled"


class Packer:
    """Pickles values, and notes the modules that they need where they are read.

    With `names_classes`, a class of the script that is read where the script runs is the one that is there: a program that was
    started again has classes of its own under the same names.
    """

    def __init__(self, names_classes=False):
        self.modules = set()
        self.names_classes = names_classes

    def encode(self, value):
        """A value as JSON."""
        if is_plain(value):
            return value
        return {PICKLED: base64.b64encode(self.dumps(value)).decode("ascii")}

    def dumps(self, value):
        buffer = io.BytesIO()
        pickler_class()(buffer, self.modules, self.names_classes).dump(value)
        return buffer.getvalue()


def decode(told):
    """The value that `encode` has written."""
    if type(told) is dict and PICKLED in told:
        return pickle.loads(base64.b64decode(told[PICKLED]))
    return told


def is_plain(value, depth=0):
    """Whether JSON keeps a value exactly."""
    kind = type(value)
    if kind is int:
        return -INTEGER_MAX <= value <= INTEGER_MAX
    if kind is str:
        return value.isascii() or is_unicode(value)
    if kind is bool or value is None:
        return True
    if kind is float:
        return math.isfinite(value) and not value.is_integer()
    if depth >= DEPTH_MAX:
        return False
    if kind is list:
        return all(is_plain(item, depth + 1) for item in value)
    if kind is dict:
        keys_are_texts = all(type(key) is str and is_plain(key) for key in value)
        return keys_are_texts and PICKLED not in value and all(is_plain(item, depth + 1) for item in value.values())
    return False


def is_unicode(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def named_in_script(name, pickled):
    """A class of the script: that of this process, where it is the one that runs the script, or else as it was sent."""
    found = sys.modules.get("__main__")
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else pickle.loads(pickled)


_pickler = None


def pickler_class():
    """cloudpickle's pickler, which also notes modules, and names the classes of scripts."""
    global _pickler
    if _pickler is not None:
        return _pickler
    cloudpickle = need_cloudpickle()

    class Pickler(cloudpickle.Pickler):
        def __init__(self, file, modules, names_classes):
            super().__init__(file)
            self.modules = modules
            self.names_classes = names_classes

        def reducer_override(self, obj):
            if isinstance(obj, types.ModuleType):
                self.modules.add(obj.__name__)
            elif isinstance(obj, (type, types.FunctionType, types.BuiltinFunctionType)):
                self.modules.add(getattr(obj, "__module__", None) or "")
            if self.names_classes and is_of_script(obj):
                buffer = io.BytesIO()
                Pickler(buffer, self.modules, False).dump(obj)
                return named_in_script, (obj.__qualname__, buffer.getvalue())
            return super().reducer_override(obj)

    _pickler = Pickler
    return _pickler


def is_of_script(obj):
    """Whether this is a class that the script has under its own name."""
    return isinstance(obj, type) and obj.__module__ == "__main__" and "<" not in obj.__qualname__
