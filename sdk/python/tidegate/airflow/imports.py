"""Puts the modules of `modules` in the place of Airflow's, in this process alone, from `install` on.

Packages of providers that are installed are found beside them, and get the operators and hooks from here. Nothing of it lies on
the module search path, so no other program imports it by accident.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import sys

from tidegate.airflow.modules import PROVIDERS_PREFIX, provider_package, read_table

TABLE = read_table()
PACKAGES = {name.rpartition(".")[0] for name in TABLE} | {"airflow.providers", "airflow.example_dags", "airflow.providers.common"}
PACKAGES |= {package.rpartition(".")[0] for package in PACKAGES}
PACKAGES.discard("")
#: Packages whose modules may lie in installed packages, or around the DAG file.
_OPEN = ("airflow.providers", "airflow.example_dags")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the table."""

    def __init__(self):
        self.roots = []

    def find_spec(self, name, path=None, target=None):
        if name != "airflow" and not name.startswith("airflow."):
            return None
        if name in TABLE or name in PACKAGES:
            spec = importlib.machinery.ModuleSpec(name, self, is_package=name in PACKAGES)
            if name in PACKAGES:
                spec.submodule_search_locations = self.folders(name)
            return spec
        if any(name.startswith(f"{package}.") for package in _OPEN) and path is not None:
            return self._installed(name, path)
        return None

    def folders(self, name):
        """Where further modules of a package are."""
        if not any(name == package or name.startswith(f"{package}.") for package in _OPEN):
            return []
        relative = os.path.join(*name.split("."))
        found = [os.path.join(root, relative) for root in [*self.roots, *sys.path] if isinstance(root, str)]
        return list(dict.fromkeys(folder for folder in found if os.path.isdir(folder)))

    @staticmethod
    def _installed(name, path):
        return importlib.machinery.PathFinder.find_spec(name, path)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        content = TABLE.get(module.__name__, {})
        module.__getattr__ = lambda name: _look_up(module, content, name)
        module.__dir__ = lambda: sorted(content)
        module.__all__ = [name for name in content if not name.startswith("_")]
        if module.__name__ == "airflow":
            module.__version__ = content["__version__"][0] and importlib.import_module(content["__version__"][0]).__version__


def _look_up(module, content, name):
    if name in content:
        source, attribute = content[name]
        found = importlib.import_module(source)
        value = found if attribute is None else getattr(found, attribute)
        setattr(module, name, value)
        return value
    raise AttributeError(f"module {module.__name__!r} has no {name!r} here")


_finder = Finder()


def install(file):
    """Has `import airflow` give what is here, for a DAG file that may itself lie in a package `airflow`."""
    folder = os.path.dirname(os.path.abspath(file))
    parts = folder.split(os.sep)
    for place, part in enumerate(parts):
        root = os.sep.join(parts[:place])
        if part == "airflow" and place and root not in _finder.roots:
            _finder.roots.append(root)
    if _finder not in sys.meta_path:
        for name in [name for name in sys.modules if name == "airflow" or name.startswith("airflow.")]:
            del sys.modules[name]
        sys.meta_path.insert(0, _finder)
    for name in PACKAGES:
        module = sys.modules.get(name)
        if module is not None and getattr(module, "__spec__", None) is not None:
            module.__path__ = _finder.folders(name)


def is_there(module):
    """Whether a module of Airflow can be imported; an installed one is not executed for that."""
    if module in TABLE or module in PACKAGES:
        return True
    if not any(module.startswith(f"{package}.") for package in _OPEN):
        return False
    relative = os.path.join(*module.split("."))
    for root in [*_finder.roots, *sys.path]:
        base = os.path.join(root, relative)
        if os.path.isfile(f"{base}.py") or os.path.isdir(base):
            return True
    return False


def has(module, name):
    """Whether a name can be imported from a module of Airflow; of installed modules that is not looked at."""
    if module not in TABLE:
        return module not in PACKAGES or is_there(f"{module}.{name}")
    return name in TABLE[module] or is_there(f"{module}.{name}")


def advice(module):
    """What to do about a module that is not there."""
    if module.startswith(PROVIDERS_PREFIX):
        package = provider_package(module)
        return f"install `{package}` for the Python that runs tasks; its operators run on Tidegate's own base classes"
    return "see docs/airflow.md for what is covered"
