"""Where in the user's file something is asked for."""

from __future__ import annotations

import os
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def of_caller():
    """The innermost line outside of this package, as `FILE:LINE in FUNCTION`."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    if frame is None:
        return "an unknown place"
    name = frame.f_code.co_name
    where = f"{shortened(frame.f_code.co_filename)}:{frame.f_lineno}"
    return where if name == "<module>" else f"{where} in {name}"


def shortened(path):
    """A path from the current directory on, where it is below that."""
    if not os.path.isabs(path):
        return path
    here = os.getcwd() + os.sep
    return path[len(here):] if path.startswith(here) else path
