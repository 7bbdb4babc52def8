"""What is wrong with a DAG file, and where: problems with file and line, collected while the file is read."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from typing import Optional

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = tuple(
    os.path.join(path, "") for key in ("stdlib", "platstdlib") for path in [sysconfig.get_paths().get(key)] if path
)


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True)
class Problem:
    """Something that stops a DAG (an error) or that is not as in Airflow (a warning)."""

    place: Place
    message: str
    hint: Optional[str] = None

    def as_json(self):
        found = {"file": self.place.file, "line": self.place.line, "message": self.message}
        if self.hint:
            found["hint"] = self.hint
        return found


class NotSupported(Exception):
    """Something of Airflow that Tidegate does not have; where it stands is told by the traceback."""

    def __init__(self, message, hint=None):
        super().__init__(message)
        self.hint = hint


class Collector:
    """The problems of the file that is being read."""

    def __init__(self, file=None):
        self.file = file
        self.errors = []
        self.warnings = []

    def error(self, message, hint=None, place=None):
        self._note(self.errors, message, hint, place)

    def warn(self, message, hint=None, place=None):
        self._note(self.warnings, message, hint, place)

    def _note(self, problems, message, hint, place):
        problem = Problem(place or user_place(), message, hint)
        if problem not in problems:
            problems.append(problem)


_collectors = [Collector()]


def collector():
    """The collector of the file that is being read."""
    return _collectors[-1]


class collecting:
    """Within it, problems go to a collector of `file`."""

    def __init__(self, file):
        self.collector = Collector(file)

    def __enter__(self):
        _collectors.append(self.collector)
        return self.collector

    def __exit__(self, *_):
        _collectors.remove(self.collector)


def user_place():
    """The line of the user's code that is being executed: in the DAG file if it is there at all."""
    file = collector().file
    frame = sys._getframe(1)
    outside = None
    while frame is not None:
        name = frame.f_code.co_filename
        if name == file:
            return Place(name, frame.f_lineno)
        if outside is None and is_users(name):
            outside = Place(name, frame.f_lineno)
        frame = frame.f_back
    return outside or Place(file or "<unknown>", 1)


def place_of(error, file):
    """Where an exception comes from: the last line of `file` in its traceback, else of any code of the user."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(error.filename, error.lineno or 1)
    own = outside = None
    traceback = error.__traceback__
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if name == file:
            own = Place(name, traceback.tb_lineno)
        elif is_users(name):
            outside = Place(name, traceback.tb_lineno)
        traceback = traceback.tb_next
    return own or outside or Place(file, 1)


def is_users(file):
    """Whether a file is the user's: none of this package, of Python's own, of installed packages."""
    if file.startswith(("<", PACKAGE)) or "site-packages" in file or "dist-packages" in file:
        return False
    return not file.startswith(_LIBRARIES)
