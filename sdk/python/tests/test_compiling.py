"""What DAGs are as native DAG files."""

import pytest

DAG = "with DAG('d', start_date=datetime.datetime(2024, 1, 1), schedule=None):\n    "


def test_a_task_is_a_call_of_the_worker_with_what_it_may_read(bench):
    dag = bench.dag(DAG + "a = BashOperator(task_id='a', bash_command='x')\n    b = BashOperator(task_id='b', bash_command='x')\n    a >> b")
    assert dag["functions"]["airflow"]["python"] == "tidegate.airflow.worker.handle"
    assert dag["functions"]["airflow"]["environment"]["TIDEGATE_AIRFLOW_FILE"].endswith("dag.py")
    assert dag["tasks"]["b"] == {
        "function": "airflow",
        "after": ["a"],
        "input": {
            "dag": "d",
            "task": "b",
            "run": "{% run %}",
            "conf": "{% input %}",
            "xcoms": {"a": "{% `a` %}"},
        },
        "control": True,
    }


def edges(bench, text):
    dag = bench.dag(DAG + "a, b, c, d = [EmptyOperator(task_id=i) for i in 'abcd']\n    " + text)
    return {task: entry["after"] for task, entry in dag["tasks"].items() if "after" in entry}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a >> b >> c", {"b": ["a"], "c": ["b"]}),
        ("a >> [b, c] >> d", {"b": ["a"], "c": ["a"], "d": ["b", "c"]}),
        ("[a, b] >> c", {"c": ["a", "b"]}),
        ("a << b", {"a": ["b"]}),
        ("a >> Label('x') >> b", {"b": ["a"]}),
        ("chain(a, [b, c], d)", {"b": ["a"], "c": ["a"], "d": ["b", "c"]}),
        ("chain([a, b], [c, d])", {"c": ["a"], "d": ["b"]}),
        ("chain_linear(a, [b, c], d)", {"b": ["a"], "c": ["a"], "d": ["b", "c"]}),
        ("cross_downstream([a, b], [c, d])", {"c": ["a", "b"], "d": ["a", "b"]}),
        ("a.set_downstream([b, c]); d.set_upstream(b)", {"b": ["a"], "c": ["a"], "d": ["b"]}),
    ],
)
def test_edges(bench, text, expected):
    assert edges(bench, text) == expected


def test_groups_are_prefixes_and_edges_for_many(bench):
    dag = bench.dag(
        DAG
        + """a = EmptyOperator(task_id='a')
    with TaskGroup('g') as g:
        x = EmptyOperator(task_id='x')
        with TaskGroup('h', prefix_group_id=False):
            y = EmptyOperator(task_id='y')
        x >> y
    a >> g >> EmptyOperator(task_id='z')"""
    )
    assert {key: task.get("after") for key, task in dag["tasks"].items()} == {"a": None, "g.x": ["a"], "y": ["g.x"], "z": ["y"]}


def test_a_mapped_task_counts_each_instance(bench):
    dag = bench.dag(
        DAG
        + """
    @task
    def names(): return ['a']
    @task
    def f(x, y): return x
    @task
    def total(xs): return len(xs)
    total(f.partial(y=1).expand(x=names()))
    f.override(task_id='g').expand(x=[1, 2], y=[3, 4, 5])"""
    )
    tasks = dag["tasks"]
    count = "($exists(`names`.`return_value`.__tuple__) ? $count(`names`.`return_value`.__tuple__) : "
    count += '$type(`names`.`return_value`) = "object" ? $count($keys(`names`.`return_value`)) : $count(`names`.`return_value`))'
    assert tasks["f"]["map"] == "{% [0..(" + count + " - 1)] %}"
    assert tasks["f"]["each"] is True
    assert tasks["f"]["after"] == ["names"]
    assert tasks["f"]["input"]["index"] == "{% index %}"
    assert tasks["total"]["after"] == ["f"]
    assert tasks["total"]["input"]["xcoms"]["f"] == "{% `f` %}"
    assert tasks["g"]["map"] == [0, 1, 2, 3, 4, 5]


def test_tasks_of_a_mapped_group_see_their_own_instance(bench):
    dag = bench.dag(
        DAG
        + """
    @task
    def start(): return 1
    @task
    def one(x): return x
    @task
    def two(x, s): return x
    s = start()
    @task_group
    def g(x): return two(one(x), s)
    last = g.expand(x=[1, 2])
    last >> EmptyOperator(task_id='end')"""
    )
    group = dag["tasks"]["g"]
    assert group["map"] == [0, 1]
    assert set(group["tasks"]) == {"one", "two"}
    assert group["tasks"]["two"]["after"] == ["one", "start"]
    assert group["tasks"]["two"]["input"]["task"] == "g.two"
    assert group["tasks"]["two"]["input"]["xcoms"] == {"g.one": "{% `one` %}", "start": "{% `start` %}"}
    assert dag["tasks"]["end"]["after"] == ["g.two"]


def test_a_name_that_means_two_things_is_written_out(bench):
    dag = bench.dag(
        DAG
        + """
    a = EmptyOperator(task_id='a')
    run = EmptyOperator(task_id='run')
    @task_group
    def g(x):
        inner = BashOperator(task_id='a', bash_command=x)
        [a, run] >> inner
    g.expand(x=['1'])"""
    )
    assert "run_" in dag["tasks"]
    assert dag["tasks"]["g"]["tasks"]["g.a"]["after"] == ["a", "run_"]


def test_retries_limits_pools_and_rules(bench):
    dag = bench.dag(
        DAG
        + """BashOperator(task_id='a', bash_command='x', retries=2, retry_delay=timedelta(minutes=1), retry_exponential_backoff=True,
        max_retry_delay=timedelta(minutes=3), execution_timeout=timedelta(seconds=10), pool='db', pool_slots=2, trigger_rule='none_failed')
    BashOperator(task_id='b', bash_command='x', retries=1, retry_delay=5, execution_timeout=timedelta(seconds=10))"""
    )
    a, b = dag["tasks"]["a"], dag["tasks"]["b"]
    assert a["retry"] == {"max_attempts": 3, "interval": "1m", "backoff": 2, "max_interval": "3m"}
    assert (a["pool"], a["slots"], a["rule"]) == ("db", 2, "none_failed")
    assert a["fail_on"] == ["AirflowFailException", "AirflowSensorTimeout"]
    assert b["retry"] == {"max_attempts": 2, "interval": "5s", "backoff": 1, "max_interval": "5s"}
    assert b["timeout"] == "1m25s"


def test_teardowns_name_what_they_take_away(bench):
    dag = bench.dag(
        DAG
        + """
    @setup
    def up(): return 1
    @task
    def work(): pass
    @teardown(on_failure_fail_dagrun=True)
    def down(x): pass
    with down(up()):
        work()"""
    )
    assert dag["tasks"]["work"]["after"] == ["up"]
    assert dag["tasks"]["down"]["after"] == ["up", "work"]
    assert dag["tasks"]["down"]["teardown_of"] == ["up"]
    assert dag["tasks"]["down"]["fail_run"] is True
    assert "rule" not in dag["tasks"]["down"]


def test_a_run_that_is_waited_for_is_a_task_of_its_own(bench):
    dag = bench.dag(
        DAG
        + """from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    t = TriggerDagRunOperator(task_id='t', trigger_dag_id='other', conf={'a': '{{ ds }}'}, wait_for_completion=True)
    t >> EmptyOperator(task_id='end')"""
    )
    assert dag["tasks"]["t"] == {"workflow": "other", "after": ["t.__start"], "input": "{% `t.__start`.conf %}"}
    assert dag["tasks"]["t.__start"]["control"] is True
    assert dag["tasks"]["end"]["after"] == ["t"]


def test_params_have_a_schema_and_hooks_a_function(bench):
    dag = bench.dag(
        """
with DAG('d', schedule=None, params={'n': Param(1, type='integer', minimum=0), 'must': Param(type='string'), 'x': 'y'},
         on_failure_callback=print, max_active_tasks=3, dagrun_timeout=timedelta(hours=1, minutes=30)):
    EmptyOperator(task_id='a')"""
    )
    assert dag["params"] == {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 0, "default": 1},
            "must": {"type": "string"},
            "x": {"default": "y"},
        },
        "required": ["must"],
    }
    assert dag["on_failure"] == "airflow" and "on_success" not in dag
    assert dag["concurrency"] == 3 and dag["timeout"] == "1h30m"


ASSET = "airflow.asset.updated"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("'@daily'", {"cron": "0 0 * * *"}),
        ("'5 4 * * 1'", {"cron": "5 4 * * 1"}),
        ("timedelta(hours=36)", {"every": "1d12h"}),
        ("CronTriggerTimetable('0 1 * * *', timezone='Europe/Berlin')", {"cron": "0 1 * * *", "timezone": "Europe/Berlin"}),
        ("Asset('s3://a')", {"events": [{"type": ASSET, "subject": "s3://a"}], "all": True}),
        ("[Asset('a', 's3://a')]", {"events": [{"type": ASSET, "subject": "s3://a"}], "all": True}),
        ("Asset('a') | Asset('b')", {"events": [{"type": ASSET, "subject": "a"}, {"type": ASSET, "subject": "b"}], "all": False}),
    ],
)
def test_schedules(bench, given, expected):
    text = f"with DAG('d', schedule={given}, start_date=pendulum.datetime(2024, 1, 1, tz='UTC'), catchup=True):\n    EmptyOperator(task_id='a')"
    if "events" not in expected:
        expected = {"timezone": "UTC", **expected, "start": "2024-01-01T00:00:00+00:00", "catch_up": "all"}
    expected = {**expected, "overlap": "allow"}
    assert bench.dag(text)["schedule"] == expected


def test_conditions_over_assets_that_nest_are_told(bench):
    found = bench.compile("with DAG('d', schedule=Asset('a') | (Asset('b') & Asset('c'))):\n    EmptyOperator(task_id='a')")
    assert "schedule" not in found["dags"][0]
    assert "`all` within `any`" in found["warnings"][0]["message"]


def test_a_timetable_of_ones_own_is_told_and_leaves_the_dag_to_be_run_by_hand(bench):
    found = bench.compile(
        """
from airflow.timetables.base import Timetable
class Mine(Timetable): pass
with DAG('d', schedule=Mine()):
    EmptyOperator(task_id='a')"""
    )
    assert "schedule" not in found["dags"][0]
    assert [warning["message"] for warning in found["warnings"]] == [
        "the DAG 'd' is not scheduled: the timetable Mine is not kept here; runs of the DAG are started by hand"
    ]


def test_several_dags_of_factories_and_one_of_them(bench):
    text = """
def make(name):
    with DAG(name, schedule=None) as dag:
        EmptyOperator(task_id='a')
    return dag
for name in ('one', 'two'):
    make(name)
@dag(schedule=None)
def three(x='y'):
    EmptyOperator(task_id='a')
three()
unseen = [DAG('four')]
"""
    assert [dag["dag"] for dag in bench.compile(text)["dags"]] == ["one", "two", "three"]
    assert [dag["dag"] for dag in bench.compile(text, "two")["dags"]] == ["two"]
    assert bench.compile(text, "five")["errors"][0]["hint"] == "it has: one, two, three"


def test_imports_of_airflow_2_and_default_arguments(bench):
    dag = bench.dag(
        """
from airflow import DAG
from airflow.models import Variable
from airflow.models.baseoperator import chain
from airflow.operators.bash import BashOperator
from airflow.operators.dummy import DummyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator
from airflow.utils.dates import days_ago
from airflow.utils.task_group import TaskGroup
from airflow.utils.trigger_rule import TriggerRule
from datetime import timedelta
with DAG('d', default_args={'retries': 2, 'retry_delay': timedelta(seconds=3)}, schedule_interval='@hourly', start_date=days_ago(2), catchup=False) as dag:
    a = DummyOperator(task_id='a', retries=0)
    with TaskGroup('g', default_args={'retries': 5}):
        b = PythonOperator(task_id='b', python_callable=print, provide_context=True)
    chain(a, b, BashOperator(task_id='c', bash_command='x', trigger_rule=TriggerRule.ALL_DONE))
""",
        head="",
    )
    assert "retry" not in dag["tasks"]["a"]
    assert dag["tasks"]["g.b"]["retry"]["max_attempts"] == 6
    assert dag["tasks"]["c"]["retry"]["interval"] == "3s"
    assert dag["schedule"]["cron"] == "0 * * * *"


def test_the_command_prints_one_document_and_what_is_wrong_besides(bench):
    text = "print('loud')\nwith DAG('d', schedule='@once'):\n    EmptyOperator(task_id='a')\nwith DAG('e'):\n    EmptyOperator(task_id='a')"
    found, told = bench.command(text, "--dag", "d")
    assert [dag["dag"] for dag in found["dags"]] == ["d"] and found["errors"] == []
    assert told == "loud\n"
    assert found["warnings"][0]["message"].startswith("the DAG 'd' is not scheduled")
