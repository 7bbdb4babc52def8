"""DAG files out of text: compiled, or one task of them called."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)
if PACKAGE not in sys.path:
    sys.path.insert(0, PACKAGE)

from tidegate.airflow import worker  # noqa: E402
from tidegate.airflow.__main__ import compile_file  # noqa: E402

HEAD = """
import datetime
import pendulum
from datetime import timedelta
from airflow.sdk import *
from airflow.sdk.exceptions import AirflowSkipException, AirflowFailException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
"""


class Bench:
    """A folder with DAG files."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, text, name="dag.py", head=HEAD):
        path = self.folder / name
        path.write_text(head.lstrip("\n") + textwrap.dedent(text))
        return str(path)

    def compile(self, text, dag=None, head=HEAD):
        """The document of a file."""
        return json.loads(json.dumps(compile_file(self.write(text, head=head), dag), allow_nan=False))

    def command(self, text, *options, head=HEAD):
        """The same from the command line."""
        path = self.write(text, head=head)
        command = [sys.executable, "-m", "tidegate.airflow", "compile", path, *options]
        env = {**os.environ, "PYTHONPATH": PACKAGE}
        ended = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout), ended.stderr

    def dag(self, text, head=HEAD):
        """The one DAG of a file without problems."""
        found = self.compile(text, head=head)
        assert found["errors"] == [], found["errors"]
        assert len(found["dags"]) == 1, [dag["dag"] for dag in found["dags"]]
        return found["dags"][0]

    def call(self, text, task, xcoms=None, conf=None, head=HEAD, **event):
        """The envelope of one task, executed in this process."""
        path = self.write(text, head=head)
        told = {"id": "run-1", "started_at": "2024-02-03T04:05:06Z", "workflow": "d"}
        given = {"file": path, "dag": "d", "task": task, "run": told, "conf": conf, "xcoms": xcoms or {}, **event}
        return worker.handle(given)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEGATE_AIRFLOW_STATE", str(tmp_path / "state"))


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
