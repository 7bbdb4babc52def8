"""What is wrong with a file is told with its line, all at once where that is possible."""

import datetime
import decimal
import importlib
import subprocess
import sys

import pytest

from tidegate.airflow import imports
from tidegate.airflow.authoring.assets import Asset
from tidegate.airflow.running.codec import decode, encode


def told(found):
    return [(error["line"], error["message"]) for error in found["errors"]]


def test_all_imports_that_are_not_there(bench):
    text = """\
from airflow import DAG
from airflow.providers.amazon.aws.operators.s3 import S3ListOperator
from airflow.sdk import DAG, Nothing
from airflow.operators.python import PythonOperator
try:
    from airflow.providers.docker.operators.docker import DockerOperator
except ImportError:
    DockerOperator = None
"""
    found = bench.compile(text, head="")
    assert told(found) == [
        (2, "there is no module 'airflow.providers.amazon.aws.operators.s3' here"),
        (3, "there is no 'Nothing' in 'airflow.sdk' here"),
    ]
    assert "apache-airflow-providers-amazon" in found["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = (", 1, "the file is no Python"),
        ("import nothing_of_the_kind", 1, "No module named 'nothing_of_the_kind'"),
        ("from airflow.sdk import task\n@task.docker(image='x')\ndef f(): pass", 2, "there is no `@task.docker` here"),
        ("from airflow.sdk import DAG, BaseOperator\nwith DAG('d'):\n    BaseOperator(task_id='a b')", 3, "The key 'a b'"),
        ("from airflow.sdk import DAG, BaseOperator\nwith DAG('d'):\n    BaseOperator(task_id='a', no=1)", 3, "Invalid arguments"),
        ("from airflow.sdk import DAG\nwith DAG('d') as dag:\n    a = 1\n    a.b", 4, "AttributeError"),
        ("from airflow.models import DagBag\nDagBag()", 2, "`DagBag` reads Airflow's database"),
    ],
)
def test_errors_have_a_line(bench, text, line, message):
    (error,) = bench.compile(text, head="")["errors"]
    assert error["line"] == line and message in error["message"], error


def test_a_cycle_is_told(bench):
    text = """from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
with DAG('d'):
    a, b = EmptyOperator(task_id='a'), EmptyOperator(task_id='b')
    a >> b >> a
"""
    assert told(bench.compile(text, head="")) == [(3, "AirflowException: Cycle detected in DAG: d. Faulty task: a")]


def test_what_is_not_supported_is_told_of_each_task(bench):
    text = """from airflow.sdk import DAG
from airflow.sensors.external_task import ExternalTaskSensor
from airflow.providers.standard.operators.empty import EmptyOperator
with DAG('d'):
    ExternalTaskSensor(task_id='a', external_dag_id='x')
    EmptyOperator(task_id='b', run_as_user='root')
"""
    found = bench.compile(text, head="")
    assert [line for line, _ in told(found)] == [5, 6]


def test_every_name_of_the_table_is_there():
    for module, names in imports.TABLE.items():
        for name, (source, attribute) in names.items():
            found = importlib.import_module(source)
            assert attribute is None or hasattr(found, attribute), f"{module}.{name} is {source}.{attribute}"


def test_nobody_imports_airflow_by_accident():
    code = "import tidegate.airflow.worker\ntry:\n    import airflow\nexcept ModuleNotFoundError: print('none')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=_package(), check=True)
    assert ended.stdout == "none\n"


def _package():
    import tidegate

    return tidegate.__path__[0].rpartition("/")[0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [1, 2.5, "x", {"a": [None]}],
        (1, (2, [3])),
        {1, 2},
        datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.timezone.utc),
        datetime.date(2024, 1, 2),
        datetime.timedelta(days=1, seconds=2),
        decimal.Decimal("1.20"),
        b"\x00\xff",
        2**80,
        float("inf"),
        {"__tidegate__": "mine", "__tuple__": 1},
        Asset("a", "s3://a", extra={"x": (1,)}),
    ],
)
def test_values_come_back_as_they_were(value):
    import json

    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert back == value and type(back) is type(value)
