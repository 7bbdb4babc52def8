"""What a warm process does with a call: the function out of its parcel, the arguments, and how it ended.

The event is `{"function": PARCEL, "item": ITEM}`, where an item is `{"args", "kwargs"}` or a list of these; with `"returns": true` no
failure is raised. The answer to an item is `{"result", "from", "to"}`, the times in seconds, or `{"failed": {…}, "from", "to"}`;
to a list, a list. A failure has `error`, `message`, `traceback` and, if it could be pickled, the exception as `raised`.
"""

from __future__ import annotations

import base64
import os
import time
import traceback

from tidegate.programs import surroundings
from tidegate.programs.parcels import unpack
from tidegate.programs.places import PACKAGE
from tidegate.programs.problems import CallFailed
from tidegate.programs.values import Packer, decode


class Failure(Exception):
    """A call has failed: what is told of it."""

    def __init__(self, told):
        super().__init__(told["message"])
        self.told = told


def answer(event, key=None):
    """Carries out one call. `key` is what all attempts of it share."""
    item = event["item"]
    is_list = type(item) is list
    ended = [carry_out(event["function"], part, f"{key}.{index}") for index, part in enumerate(item if is_list else [item])]
    failed = [part for part in ended if "failed" in part]
    if failed and not event.get("returns"):
        first = failed[0]["failed"]
        if not is_list:
            raise Failure({**first, "from": failed[0]["from"], "to": failed[0]["to"]})
        message = first["message"]
        if len(ended) > 1:
            message = f"{len(failed)} of {len(ended)} items failed, the first with: {message}"
        raise Failure({"error": first["error"], "message": message, "items": ended})
    return ended if is_list else ended[0]


def carry_out(parcel, item, key):
    """One call of the function, and how it ended."""
    began = time.time()
    before = set_variables(parcel.get("environment"))
    packer = Packer(names_classes=True)
    try:
        function = unpack(parcel)
        args = [decode(value) for value in item["args"]]
        kwargs = {name: decode(value) for name, value in item.get("kwargs", {}).items()}
        with surroundings.of_call(parcel["name"], key):
            result = packer.encode(results_of(function(*args, **kwargs)))
    except (KeyboardInterrupt, SystemExit, Exception) as error:
        return {"failed": failure(error), "from": began, "to": time.time()}
    finally:
        restore(before)
    return {"result": result, "from": began, "to": time.time()}


def results_of(result):
    """A result with the results of the futures in it, which the function has got from an executor of its own."""
    if surroundings.call().executors:
        from tidegate.programs.executor import known

        return known(result)
    return result


def failure(error):
    """What is told of an exception."""
    if isinstance(error, CallFailed):
        return {"error": error.error, "message": error.message, "detail": error.detail}
    told = {"error": type(error).__name__, "message": str(error), "traceback": text_of(error)}
    if not isinstance(error, Exception):
        return told  # `sys.exit` of a function is not that of the program
    try:
        told["raised"] = base64.b64encode(Packer(names_classes=True).dumps(error)).decode("ascii")
    except Exception:
        pass  # it travels as its name, message and traceback
    return told


def text_of(error):
    """The traceback, from the user's function on."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(PACKAGE):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))


def set_variables(environment):
    """Sets variables for one call, and tells what was there before."""
    if not environment:
        return {}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    return before


def restore(before):
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
