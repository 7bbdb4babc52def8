"""Modules of the user, which travel as source: those that are neither Python's own nor installed packages.

Two sides: which modules a pickled object needs, with their text, and an importer that finds modules among such texts. The importer
keeps one text per module; when another comes under the same name, all modules that it has imported are imported anew.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import linecache
import os
import site
import sys
import sysconfig

from tidegate.programs.places import PACKAGE


def installed_places():
    """Directories of what is installed, each with a separator at its end."""
    paths = [sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += site.getsitepackages() if hasattr(site, "getsitepackages") else []
    paths += [site.getusersitepackages()] if hasattr(site, "getusersitepackages") else []
    return tuple({os.path.realpath(path) + os.sep for path in paths} | {PACKAGE})


INSTALLED = installed_places()


def source_of(name):
    """The text of a module of the user; `None` for any other."""
    module = sys.modules.get(name)
    if module is None or name == "__main__" or name.partition(".")[0] == "tidegate":
        return None
    loader = getattr(module, "__loader__", None)
    if not isinstance(loader, Text):
        file = getattr(module, "__file__", None)
        if not file or not file.endswith(".py") or os.path.realpath(file).startswith(INSTALLED):
            return None
    try:
        return loader.get_source(name)
    except (ImportError, OSError, AttributeError):
        return None


def needed_by(names, also=(), without=()):
    """The modules of the user among `names`, and those that they import, as `{name: {"source", "file", "package"}}`."""
    found = {}
    for name in also:
        importlib.import_module(name)
    waiting = [*names, *also]
    while waiting:
        name = waiting.pop()
        if name in found or name in without:
            continue
        text = source_of(name)
        if text is None:
            continue
        module = sys.modules[name]
        found[name] = {"source": text, "file": getattr(module, "__file__", None) or name}
        if hasattr(module, "__path__"):
            found[name]["package"] = True
        parent = name.rpartition(".")[0]
        waiting += [parent] if parent else []
        waiting += imports(text, module)
    return dict(sorted(found.items()))


def imports(text, module):
    """Names of modules that a text may import, wherever it does."""
    package = module.__package__ or ""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            try:
                base = importlib.util.resolve_name(base, package) if node.level else base
            except ImportError:
                continue
            yield base
            for alias in node.names:
                yield f"{base}.{alias.name}"


class Text(importlib.abc.InspectLoader):
    """Loads one module from its text."""

    def __init__(self, told):
        self.told = told

    def get_source(self, fullname):
        return self.told["source"]

    def is_package(self, fullname):
        return bool(self.told.get("package"))

    def exec_module(self, module):
        file = self.told["file"]
        module.__file__ = file
        text = self.told["source"]
        # Where the file is not on this machine, tracebacks have its lines all the same.
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        exec(compile(text, file, "exec"), module.__dict__)


class Finder(importlib.abc.MetaPathFinder):
    """Finds modules among the texts that came with calls."""

    def __init__(self):
        self.known = {}
        self.loaded = []

    def add(self, modules):
        """Has these modules found from now on, before any that are installed."""
        if any(name in self.known and self.known[name] != told for name, told in modules.items()):
            for name in self.loaded:
                sys.modules.pop(name, None)
            self.loaded.clear()
        self.known.update(modules)

    def find_spec(self, fullname, path=None, target=None):
        told = self.known.get(fullname)
        if told is None:
            return None
        self.loaded.append(fullname)
        return importlib.util.spec_from_loader(fullname, Text(told), is_package=bool(told.get("package")))


FINDER = Finder()


def install(modules):
    """Makes modules that came with a call importable."""
    if not modules:
        return
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)
    FINDER.add(modules)
