"""Functions on their way: pickled, with the modules of the user that they need, and known by a digest.

A parcel is an object: `name`, `digest`, `pickled`, `modules`, `python` (the version that has pickled it) and `environment`. Where
it is opened, what was in it is kept by its digest.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import platform
import sys
from collections import OrderedDict

from tidegate.programs import sources
from tidegate.programs.digests import function_name
from tidegate.programs.problems import CallFailed, Problem, need_cloudpickle

OPENED_MAX = 256
VERSION = "{}.{}".format(*sys.version_info[:2])


def pack(function, packer, modules=(), without=(), environment=None):
    """A parcel with `function`; what `packer` has pickled before finds its modules in it, too."""
    if not callable(function):
        raise TypeError(f"a function is called, and this is a {type(function).__name__}: {function!r}")
    try:
        pickled = packer.dumps(function)
    except (TypeError, pickle.PicklingError, RecursionError) as error:
        raise Problem(f"{function_name(function)} cannot be sent: {error}") from error
    found = {} if modules is None else sources.needed_by(packer.modules, modules, without)
    parcel = {
        "name": function_name(function),
        "pickled": base64.b64encode(pickled).decode("ascii"),
        "python": VERSION,
    }
    if found:
        parcel["modules"] = found
    if environment:
        parcel["environment"] = {str(name): str(value) for name, value in environment.items()}
    parcel["digest"] = hashlib.sha256(json.dumps(parcel).encode()).hexdigest()[:32]
    return parcel


_opened = OrderedDict()


def unpack(parcel):
    """The function in a parcel."""
    digest = parcel["digest"]
    if digest in _opened:
        _opened.move_to_end(digest)
        return _opened[digest]
    if parcel["python"] != VERSION:
        message = (
            f"the program runs with Python {parcel['python']} and its functions with {platform.python_version()}, and functions "
            "travel only between equal versions: say executor(python=…)"
        )
        raise CallFailed("Tidegate.OtherPython", message)
    need_cloudpickle()
    sources.install(parcel.get("modules"))
    function = _opened[digest] = pickle.loads(base64.b64decode(parcel["pickled"]))
    if len(_opened) > OPENED_MAX:
        _opened.popitem(last=False)
    return function
