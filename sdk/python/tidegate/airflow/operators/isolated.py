"""Python functions as tasks in another interpreter: one that is there, or a virtual environment made for them."""

from __future__ import annotations

import ast
import fcntl
import hashlib
import importlib
import importlib.util
import inspect
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from tidegate.airflow.authoring.errors import AirflowException, AirflowSkipException
from tidegate.airflow.operators.bash import codes
from tidegate.airflow.operators.branch import BranchMixIn
from tidegate.airflow.operators.python import PythonOperator
from tidegate.airflow.operators.subprocesses import SubprocessHook

#: What of the context travels to another interpreter.
_KEYS = (
    "ds", "ds_nodash", "expanded_ti_count", "inlets", "outlets", "run_id", "task_instance_key_str", "test_mode", "ts",
    "ts_nodash", "ts_nodash_with_tz", "params", "templates_dict", "conf", "data_interval_start", "data_interval_end",
    "logical_date", "execution_date", "prev_data_interval_start_success", "prev_data_interval_end_success",
)  # fmt: skip

_SCRIPT = '''
import importlib, json, sys

serializer = importlib.import_module({serializer!r})
virtualenv_string_args = {string_args!r}

{source}

with open(sys.argv[1], "rb") as given:
    call = serializer.load(given)
try:
    result = {name}(*call["args"], **call["kwargs"])
except Exception as error:
    with open(sys.argv[3], "w") as told:
        json.dump([type(error).__name__, str(error)], told)
    raise
with open(sys.argv[2], "wb") as answer:
    serializer.dump(result, answer)
'''


def source_of(function):
    """The text of a function without its decorators."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        node = ast.parse(text).body[0]
    except (OSError, SyntaxError, TypeError, IndexError):
        node = None
    if not isinstance(node, ast.FunctionDef):
        raise AirflowException("what runs in another interpreter is a function with a `def` of its own, no lambda")
    return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])


class IsolatedOperator(PythonOperator):
    """Calls a function in the interpreter that `interpreter` gives."""

    def __init__(
        self,
        *,
        serializer=None,
        use_dill=False,
        use_cloudpickle=False,
        string_args=None,
        expect_airflow=False,
        expect_pendulum=False,
        skip_on_exit_code=None,
        env_vars=None,
        inherit_env=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.serializer = serializer or ("dill" if use_dill else "cloudpickle" if use_cloudpickle else "pickle")
        self.string_args = string_args or []
        self.skip_on_exit_code = codes(skip_on_exit_code)
        self.env_vars = env_vars
        self.inherit_env = inherit_env

    def interpreter(self, scratch):
        """The path of the interpreter; `scratch` is a directory that goes with the call."""
        raise NotImplementedError

    def determine_kwargs(self, context):
        known = {name: _plain(context[name]) for name in _KEYS if name in context}
        known.update((name, context[name]) for name in self.op_kwargs)
        return arguments_without_objects(super().determine_kwargs(known))

    def execute_callable(self):
        with tempfile.TemporaryDirectory(prefix="tidegate-python") as folder:
            scratch = Path(folder)
            python = self.interpreter(scratch)
            return self._call_in(python, scratch)

    def _serializer(self):
        """The serializer that is asked for, where it is installed here; plain values need no other than pickle."""
        if self.serializer != "pickle" and importlib.util.find_spec(self.serializer) is None:
            self.log.warning("%s is not installed here: values travel with pickle", self.serializer)
            return "pickle"
        return self.serializer

    def _call_in(self, python, scratch):
        given, answer, told, script = (scratch / name for name in ("in", "out", "error.json", "script.py"))
        serializer_name = self._serializer()
        serializer = importlib.import_module(serializer_name)
        call = {"args": list(self.op_args), "kwargs": dict(self.op_kwargs)}
        given.write_bytes(serializer.dumps(call, protocol=4) if serializer is pickle else serializer.dumps(call))
        source = source_of(self.python_callable)
        name = self.python_callable.__name__
        strings = [str(text) for text in self.string_args]
        script.write_text(_SCRIPT.format(serializer=serializer_name, string_args=strings, source=source, name=name))
        env = dict(os.environ) if self.inherit_env else {}
        env.update(self.env_vars or {})
        env.pop("PYTHONHOME", None)
        env.pop("PYTHONPATH", None)
        command = [python, str(script), str(given), str(answer), str(told)]
        ended = SubprocessHook().run_command(command, env, cwd=str(scratch))
        if ended.exit_code in self.skip_on_exit_code:
            raise AirflowSkipException(f"Process exited with code {ended.exit_code}. Skipping.")
        if told.exists():
            kind, message = json.loads(told.read_text())
            if kind == "AirflowSkipException":
                raise AirflowSkipException(message)
            raise AirflowException(f"{name} failed in {python}: {kind}: {message}")
        if ended.exit_code != 0:
            raise AirflowException(f"{python} ended with exit code {ended.exit_code}: {ended.output}")
        return serializer.loads(answer.read_bytes())


class ExternalPythonOperator(IsolatedOperator):
    """Calls a function in an interpreter that is there."""

    template_fields = ("python", *PythonOperator.template_fields)

    def __init__(self, *, python, expect_airflow=True, **kwargs):
        super().__init__(**kwargs)
        if not python:
            raise ValueError("Python Path must be defined in ExternalPythonOperator")
        self.python = python

    def interpreter(self, scratch):
        path = shutil.which(str(self.python))
        if path is None:
            raise ValueError(f"Python Path '{self.python}' must exists and be executable")
        return path


class PythonVirtualenvOperator(IsolatedOperator):
    """Calls a function in a virtual environment with the packages that it needs."""

    template_fields = ("requirements", "index_urls", "venv_cache_path", *PythonOperator.template_fields)
    template_ext = (".txt",)

    def __init__(
        self,
        *,
        requirements=None,
        python_version=None,
        system_site_packages=True,
        pip_install_options=None,
        index_urls=None,
        index_urls_from_connection_ids=None,
        venv_cache_path=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.requirements = [requirements] if isinstance(requirements, str) else list(requirements or [])
        self.python_version = python_version
        self.system_site_packages = system_site_packages
        self.pip_install_options = list(pip_install_options or [])
        self.index_urls = [index_urls] if isinstance(index_urls, str) else list(index_urls or [])
        self.venv_cache_path = venv_cache_path

    def interpreter(self, scratch):
        if not self.venv_cache_path:
            return self._make(scratch / "venv")
        text = json.dumps([self.requirements, self.python_version, self.system_site_packages, self.pip_install_options, sys.version])
        folder = Path(self.venv_cache_path) / f"venv-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        done = folder / "tidegate-made"
        with open(f"{folder}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # other tasks want the same one
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                self._make(folder)
                done.touch()
        return str(folder / "bin" / "python")

    def _make(self, folder):
        base = shutil.which(f"python{self.python_version}") if self.python_version else sys.executable
        if base is None:
            raise AirflowException(f"there is no python{self.python_version} on this machine: install it, or ask for another")
        options = ["--system-site-packages"] if self.system_site_packages else []
        _run([base, "-m", "venv", *options, str(folder)], "the virtual environment cannot be made")
        python = str(folder / "bin" / "python")
        name = self._serializer()
        own = [name] if name != "pickle" else []
        wanted = own + [line for text in self.requirements for line in text.splitlines() if line.strip()]
        if wanted:
            listed = folder / "requirements.txt"
            listed.write_text("\n".join(wanted))
            urls = ["--index-url", self.index_urls[0]] if self.index_urls else []
            urls += [part for url in self.index_urls[1:] for part in ("--extra-index-url", url)]
            _run(
                [python, "-m", "pip", "install", "--quiet", *self.pip_install_options, *urls, "-r", str(listed)],
                f"{', '.join(wanted)} cannot be installed",
            )
        return python


class BranchPythonVirtualenvOperator(BranchMixIn, PythonVirtualenvOperator):
    """A function in a virtual environment that returns the ids of what is to be followed."""

    def execute(self, context):
        return self.do_branch(context, PythonVirtualenvOperator.execute(self, context))


class BranchExternalPythonOperator(BranchMixIn, ExternalPythonOperator):
    """A function in another interpreter that returns the ids of what is to be followed."""

    def execute(self, context):
        return self.do_branch(context, ExternalPythonOperator.execute(self, context))


def is_venv_installed():
    return True


def arguments_without_objects(kwargs):
    """The arguments that other interpreters can read."""
    found = {}
    for name, value in kwargs.items():
        try:
            pickle.dumps(value)
        except Exception:  # whatever a class raises for not being picklable
            continue
        found[name] = value
    return found


def _plain(value):
    dump = getattr(value, "dump", None)
    if callable(dump):
        return dump()
    return value.isoformat() if hasattr(value, "isoformat") else value


def _run(command, failure):
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ended.returncode != 0:
        raise AirflowException(f"{failure}: {ended.stdout.strip()[-2000:]}")
