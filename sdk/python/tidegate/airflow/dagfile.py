"""Reads a DAG file: executes it with the stand-ins in Airflow's place, and gathers its DAGs and what is wrong with it."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import sys

from tidegate.airflow import imports
from tidegate.airflow.authoring import building
from tidegate.airflow.problems import NotSupported, Place, Problem, collecting, place_of


class DagFile:
    """A DAG file that was read."""

    def __init__(self, path, dags, errors, warnings):
        self.path = path
        self.dags = dags
        self.errors = errors
        self.warnings = warnings

    def dag(self, dag_id):
        """The DAG of an id, or an error that says what the file has."""
        found = [dag for dag in self.dags if dag.dag_id == dag_id]
        if found:
            return found[0]
        if self.errors:
            first = self.errors[0]
            raise RuntimeError(f"{first.place.file}:{first.place.line}: {first.message}")
        known = ", ".join(dag.dag_id for dag in self.dags) or "none"
        raise KeyError(f"{self.path} has no DAG {dag_id!r}; it has: {known}")


_read = {}


def load(path):
    """The file as it is now; read once for as long as it does not change."""
    path = os.path.abspath(path)
    stamp = os.stat(path).st_mtime_ns
    known = _read.get(path)
    if known is None or known[0] != stamp:
        known = _read[path] = (stamp, read(path))
    return known[1]


def read(path):
    """Executes the file."""
    path = os.path.abspath(path)
    imports.install(path)
    with collecting(path) as collector, building.gathering() as made:
        module = None
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read(), path)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            collector.error(f"the file is no Python: {getattr(error, 'msg', error)}", place=Place(path, line))
            tree = None
        if tree is not None and not _check_imports(tree, path, collector):
            module = _execute(path, collector)
    return DagFile(path, _registered(made, module, collector), collector.errors, collector.warnings)


def _execute(path, collector):
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    stem = os.path.splitext(os.path.basename(path))[0]
    name = f"tidegate_dag_{hashlib.sha256(path.encode()).hexdigest()[:12]}_{stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        hint = error.hint if isinstance(error, NotSupported) else None
        if isinstance(error, ModuleNotFoundError) and error.name:
            is_airflows = error.name.split(".")[0] == "airflow"
            hint = imports.advice(error.name) if is_airflows else f"install {error.name.split('.')[0]} for the Python that runs tasks"
        message = str(error) if isinstance(error, (NotSupported, ImportError)) else f"{type(error).__name__}: {error}"
        collector.error(message, hint, place_of(error, path))
        return None  # as in Airflow, a file that fails has no DAGs
    return module


def _registered(made, module, collector):
    """Of the DAGs that were made those that Airflow would see: entered by `with`, made by `@dag`, or in a global variable."""
    if module is None:
        return []
    globals_ = [id(value) for value in vars(module).values()]
    found = {}
    for dag in made:
        if (dag.is_entered and dag.auto_register) or id(dag) in globals_:
            if found.get(dag.dag_id, dag) is not dag:
                collector.errors.append(_twice(dag))
            found[dag.dag_id] = dag
    return list(found.values())


def _twice(dag):
    return Problem(dag.place, f"the file makes two DAGs {dag.dag_id!r}", "give one of them another id")


def _check_imports(tree, path, collector):
    """Notes all imports of Airflow's modules that will fail; those that are guarded by `try` or for type checkers may."""
    found = False
    for node in _unguarded(tree.body):
        for module, name in _imported(node):
            message = None
            if not imports.is_there(module):
                message = f"there is no module {module!r} here"
            elif name is not None and not imports.has(module, name):
                message = f"there is no {name!r} in {module!r} here"
            if message:
                found = True
                collector.error(message, imports.advice(module), Place(path, node.lineno))
    return found


def _imported(node):
    if isinstance(node, ast.Import):
        return [(alias.name, None) for alias in node.names if alias.name.split(".")[0] == "airflow"]
    if node.level == 0 and (node.module or "").split(".")[0] == "airflow":
        return [(node.module, None if alias.name == "*" else alias.name) for alias in node.names]
    return []


def _unguarded(body):
    """The imports that are executed whenever the file is."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, (ast.With, ast.For)):
            yield from _unguarded(node.body)
